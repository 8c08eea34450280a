"""Makes things through the commands, with sensible words where the test does not care."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sextant.core.actors import Actor
from sextant.kpis.commands import activate_kpi, create_kpi
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, Recorded, create_metric, record
from sextant.metrics.models import Metric
from sextant.people import queries as people
from sextant.people.models import Person, Team


def admin() -> Actor:
    return people.actor_of_person(Person.objects.get(email="ada@hospital.example"))


def make_metric(key: str = "waiting-time", **changes: Any) -> Metric:
    fields: dict[str, Any] = {
        "name": key.replace("-", " ").capitalize(),
        "team": Team.objects.get(key="emergency"),
        "how_measured": "Counted by the front desk.",
        "frequency": "month",
        "aggregation": "sum",
        "unit": "count",
    }
    return create_metric(admin(), key=key, **(fields | changes))


def make_kpi(key: str = "waiting-time", *, active: bool = False, **changes: Any) -> Kpi:
    fields: dict[str, Any] = {
        "name": key.replace("-", " ").capitalize(),
        "team": Team.objects.get(key="emergency"),
        "how_measured": "Counted by the front desk.",
        "reason": "Long waits harm patients.",
        "owner": Person.objects.get(email="lea@hospital.example"),
        "frequency": "month",
        "unit": "count",
    }
    kpi = create_kpi(admin(), key=key, **(fields | changes))
    return activate_kpi(admin(), kpi) if active else kpi


def record_values(
    metric: str | Metric | Kpi, values: dict[str, float | str | None] | Sequence[tuple[str, float | str | None]]
) -> Recorded:
    """Record period -> value as the administrator."""
    key = metric if isinstance(metric, str) else getattr(metric, "metric", metric).key
    pairs = values.items() if isinstance(values, dict) else values
    return record(admin(), [RawPoint(key, period, value) for period, value in pairs])


def monthly(first_year: int, values: Sequence[float]) -> dict[str, float | str | None]:
    """Values of consecutive months from January of a year on."""
    return {f"{first_year + index // 12}-{index % 12 + 1:02d}": value for index, value in enumerate(values)}
