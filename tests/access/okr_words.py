"""Objectives and their key results that have to be there for the table of addresses."""

from __future__ import annotations

from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.blockers import raise_blocker
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.objectives import create_objective
from sextant.okrs.commands.overrides import override
from sextant.okrs.commands.planning import add_candidate
from sextant.okrs.models import Objective
from sextant.people.queries import today
from sextant.strategy.models import Cycle
from tests.access.organisation_words import OrganisationWords
from tests.make import make_key_result, make_objective
from tests.okrs.running import running_key_result


class OkrWords(OrganisationWords):
    def make_map_objective(self) -> str:
        """The key of an objective everybody may see."""
        return make_objective("Be seen on the map", key="seen-on-the-map").key

    def make_hidden_map_objective(self) -> str:
        """The key of one that only its team may see."""
        return make_objective("Be off the map", key="off-the-map", visibility="team").key

    def make_candidate(self) -> str:
        """The number of a candidate of the Emergency team."""
        cycle = Cycle.objects.get(key=self.make_cycle())
        return str(add_candidate(self.world.cem, cycle, team=self.world.emergency, title="Shorter waits").pk)

    def make_draft_objective(self) -> str:
        """The key of a draft of the Emergency team that nobody owns, in a cycle of its own."""
        cycle = Cycle.objects.get(key=self.make_cycle())
        return create_objective(self.world.lea, title="No falls", team=self.world.emergency, cycle=cycle).key

    def make_waiting_objective(self) -> str:
        return create_objective(self.world.lea, title="Some day", team=self.world.emergency).key

    def make_objective(self) -> str:
        """The key of a draft of the Emergency team with one key result, owned by its lead."""
        found = Objective.objects.filter(key="shorter-waits").first()
        if found is None:
            found = make_objective("Shorter waits", key="shorter-waits")
            make_key_result(found, key="minutes-waited")
        return found.key

    def make_objective_link(self) -> str:
        child = Objective.objects.get(key=self.make_objective())
        return str(align(self.world.lea, child, make_objective("Be there in time")).pk)

    def make_overridden_objective(self) -> str:
        key = self.make_objective()
        override(self.world.lea, Objective.objects.get(key=key), progress=0.5, reason="So it is.", expires_on=today())
        return key

    def make_key_result(self) -> str:
        self.make_objective()
        return "minutes-waited"

    def make_initiative(self) -> str:
        objective = Objective.objects.get(key=self.make_objective())
        return create_initiative(self.world.lea, objective, title="Open a second desk").key

    def make_running_key_result(self) -> str:
        """The key of a key result of the Emergency team that runs, owned by its contributor."""
        return running_key_result(self.world).key

    def make_said_key_result(self) -> str:
        """The same, after its owner checked in on it."""
        key_result = running_key_result(self.world)
        check_in(self.world.cem, key_result, confidence=5)
        return key_result.key

    def make_check_in(self) -> str:
        """A check-in of the contributor of the Emergency team."""
        return str(check_in(self.world.cem, running_key_result(self.world), confidence=5).pk)

    def make_blocker(self) -> str:
        return str(raise_blocker(self.world.cem, running_key_result(self.world), text="No room").pk)
