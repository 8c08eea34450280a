"""What a person answers for among the objectives, for the day they leave (OKR 8: one accountable person, always)."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.okrs.commands.announcing import announce_initiative, announce_key_result, announce_objective
from sextant.okrs.commands.confining import confine
from sextant.okrs.models import Blocker, Initiative, KeyResult, Objective
from sextant.people.models import Person


def _objectives(person_id: int) -> list[Objective]:
    """Personal ones go with the person."""
    found = Objective.objects.filter(owner_id=person_id, archived_at=None, is_personal=False)
    return list(found.exclude(state="closed").order_by("title"))


def _key_results(person_id: int) -> list[KeyResult]:
    found = KeyResult.objects.filter(owner_id=person_id, archived_at=None, objective__archived_at=None)
    found = found.exclude(objective__state="closed").exclude(objective__is_personal=True)
    return list(found.select_related("objective").order_by("title"))


def _initiatives(person_id: int) -> list[Initiative]:
    found = Initiative.objects.filter(owner_id=person_id, archived_at=None, state__in=("planned", "doing"))
    return list(found.select_related("objective", "key_result").order_by("title"))


def find(person_id: int) -> Sequence[Belonging]:
    found = [Belonging("objective", one.key, one.title) for one in _objectives(person_id)]
    found += [Belonging("key_result", one.key, one.title) for one in _key_results(person_id)]
    return found + [Belonging("initiative", one.key, one.title) for one in _initiatives(person_id)]


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    for objective in _objectives(person_id):
        _give(objective, to)
        if objective.visibility != "organisation":
            confine(actor, objective)
        announce_objective(actor, "objective.changed", objective, fields="owner")
    for key_result in _key_results(person_id):
        _give(key_result, to)
        announce_key_result(actor, "key_result.changed", key_result, fields="owner")
    for initiative in _initiatives(person_id):
        _give(initiative, to)
        announce_initiative(actor, "initiative.changed", initiative, fields="owner")
    Blocker.objects.filter(owner_id=person_id, resolved_at=None).update(owner=to)


def _give(thing: Objective | KeyResult | Initiative, to: Person) -> None:
    thing.owner = to
    thing.version += 1
    thing.save(update_fields=["owner", "version"])


def register() -> None:
    belongings.register(find, hand_over)
