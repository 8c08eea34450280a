"""What a person answers for among the KPIs, for the day they leave."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.core import belongings
from sextant.core.actors import Actor
from sextant.core.belongings import Belonging
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.people.models import Person


def _kpis(person_id: int) -> list[Kpi]:
    found = Kpi.objects.filter(metric__owner_id=person_id, archived_at=None).exclude(state="retired")
    return list(found.select_related("metric").order_by("metric__name"))


def find(person_id: int) -> Sequence[Belonging]:
    return [Belonging("kpi", kpi.key, kpi.name) for kpi in _kpis(person_id)]


def hand_over(actor: Actor, person_id: int, to: Person) -> None:
    for kpi in _kpis(person_id):
        metric = kpi.metric
        metric.owner, metric.version = to, metric.version + 1
        metric.save(update_fields=["owner", "version"])
        kpi.version += 1
        kpi.save(update_fields=["version"])
        announce_kpi(actor, "kpi.changed", kpi, fields="owner")
    Metric.objects.filter(owner_id=person_id, archived_at=None).update(owner=to)


def register() -> None:
    belongings.register(find, hand_over)
