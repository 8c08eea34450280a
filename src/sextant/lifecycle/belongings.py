"""What waits for somebody among the promotions, for the day they leave: it goes where their KPIs go."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.lifecycle.models import Promotion
from sextant.people.models import Person


def find(person_id: int) -> Sequence[Belonging]:
    """Nothing of its own: a promotion belongs to its KPI and its key result, which are named there."""
    return []


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    """The open ones, and those whose question nobody has answered."""
    Promotion.objects.filter(owner_id=person_id, ended_at=None).update(owner=to)
    Promotion.objects.filter(owner_id=person_id, outcome="reverted", what_changed="").update(owner=to)


def register() -> None:
    belongings.register(find, hand_over)
