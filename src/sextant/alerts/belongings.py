"""What waits for somebody among the alerts, for the day they leave: it goes where their KPIs go."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.alerts.models import Alert, Response
from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.people.models import Person


def find(person_id: int) -> Sequence[Belonging]:
    """Nothing of its own: an alert belongs to its KPI or key result, which is named there."""
    return []


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    """Give open alerts and unanswered responses of theirs to somebody else."""
    Alert.objects.filter(owner_id=person_id, closed_at=None).update(owner=to)
    Response.objects.filter(owner_id=person_id, answered_at=None).update(owner=to)


def register() -> None:
    belongings.register(find, hand_over)
