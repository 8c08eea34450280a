"""Proposals and things worth a look that have to be there for the table of addresses."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from sextant.core import clock
from sextant.kpis.commands import set_target
from sextant.kpis.commands.applying import apply_proposals
from sextant.kpis.commands.proposals import announce_proposal, draft_proposal
from sextant.kpis.commands.second_looks import explain_second_look
from sextant.kpis.commands.signing import object_to_proposal
from sextant.kpis.models import ChangeProposal, Kpi
from sextant.people.models import Person
from tests.make import admin, make_kpi, record_values


class ProposalWords:
    def make_watched_kpi(self) -> str:
        """The key of an active KPI of the Emergency team, open to all, that the administrator owns."""
        found = Kpi.objects.filter(key="watched").first()
        return (found or make_kpi("watched", owner=Person.objects.get(key=admin().key), active=True)).key

    def make_draft_proposal(self) -> str:
        """The number of the administrator's draft, which nobody else may see."""
        return str(self._drafted().pk)

    def make_proposal(self) -> str:
        """The number of an announced one about which the administrator is asked."""
        return str(announce_proposal(admin(), self._drafted()).pk)

    def make_objected_proposal(self) -> str:
        proposal = announce_proposal(admin(), self._drafted())
        object_to_proposal(admin(), proposal, reason="Not yet.")
        return str(proposal.pk)

    def make_proposal_in_force(self) -> str:
        with clock.writing_at(timezone.now() - timedelta(days=20)):
            proposal = announce_proposal(admin(), self._drafted())
        apply_proposals()
        return str(proposal.pk)

    def make_waiting_proposal(self) -> str:
        """The number of one that is due, and for which nobody who may stands any more."""
        with clock.writing_at(timezone.now() - timedelta(days=20)):
            proposal = announce_proposal(admin(), self._drafted())
        ChangeProposal.objects.filter(pk=proposal.pk).update(proposer=None)
        apply_proposals()
        return str(proposal.pk)

    def _drafted(self) -> ChangeProposal:
        kpi = Kpi.objects.get(key=self.make_watched_kpi())
        return draft_proposal(admin(), kpi, changes={"direction": "down"}, reason="It was wrong.", valid_from=None)

    def make_eased_kpi(self) -> str:
        """The key of a KPI whose target was made easier when its period was over."""
        kpi = Kpi.objects.get(key=self.make_watched_kpi())
        record_values(kpi, {"2025-11": 5})
        with clock.writing_at(timezone.now() - timedelta(days=100)):
            set_target(admin(), kpi, target=9)
        set_target(admin(), kpi, target=4)
        return kpi.key

    def make_explained_kpi(self) -> str:
        key = self.make_eased_kpi()
        explain_second_look(admin(), Kpi.objects.get(key=key), key="target-eased-late", reason="It was mistyped.")
        return key
