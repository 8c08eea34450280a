"""What a person answers for among the surveys, for the day they leave. A survey belongs to who owns its metric."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.metrics.models import Metric
from sextant.people.models import Person
from sextant.surveys.models import Survey


def find(person_id: int) -> Sequence[Belonging]:
    """The surveys on metrics this person owns; one statement."""
    rows = Survey.objects.filter(metric__owner_id=person_id, archived_at=None).order_by("name")
    return [Belonging("survey", survey.key, survey.name) for survey in rows]


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    """Give all metrics of theirs that a survey asks for to somebody else."""
    asked = Metric.objects.filter(owner_id=person_id, survey__isnull=False)
    asked.update(owner=to, version=F("version") + 1)


def register() -> None:
    belongings.register(find, hand_over)
