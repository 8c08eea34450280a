"""What waits for somebody among the promotions, for the day they leave: it goes where their KPIs go."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.lifecycle.models import Promotion
from sextant.lifecycle.queries.drafts import title_of
from sextant.people.models import Person


def find(person_id: int) -> Sequence[Belonging]:
    """Promotions at work; one whose key result the person owns as well is named there."""
    found = Promotion.objects.filter(owner_id=person_id, ended_at=None).exclude(key_result__owner_id=person_id)
    rows = found.select_related("kpi__metric").order_by("kpi__metric__name")
    return [Belonging("kpi", one.kpi.key, title_of(one.kpi)) for one in rows]


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    """The open ones, and those whose question nobody has answered."""
    Promotion.objects.filter(owner_id=person_id, ended_at=None).update(owner=to)
    Promotion.objects.filter(owner_id=person_id, outcome="reverted", what_changed="").update(owner=to)


def register() -> None:
    belongings.register(find, hand_over)
