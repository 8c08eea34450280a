"""Makes things through the commands, with sensible words where the test does not care."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.core.actors import Actor
from sextant.kpis.commands import activate_kpi, create_kpi
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, Recorded, create_metric, record
from sextant.metrics.models import Metric
from sextant.okrs.commands.key_results import create_key_result
from sextant.okrs.commands.objectives import activate_objective, create_objective
from sextant.okrs.models import KeyResult, Objective
from sextant.people import queries as people
from sextant.people.models import Person, Team
from sextant.strategy.commands import create_cycle
from sextant.strategy.models import Cycle


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


def last_months(values: Sequence[float]) -> dict[str, float | str | None]:
    """The values as those of the newest complete months, the last one last month."""
    running = period_of(people.today(), Frequency.MONTH)
    return {label(shift(running, place - len(values))): value for place, value in enumerate(values)}


def make_cycle(name: str = "This quarter", *, gone: int = 45, length: int = 90) -> Cycle:
    """A cycle that began so many days ago."""
    start = people.today() - timedelta(days=gone)
    return create_cycle(admin(), name, starts_on=start, ends_on=start + timedelta(days=length - 1))


def make_objective(title: str = "Make waiting bearable", *, key: str = "", **changes: Any) -> Objective:
    """A draft of the emergency department in the running cycle, owned by its lead."""
    fields: dict[str, Any] = {
        "team": Team.objects.get(key="emergency"),
        "owner": Person.objects.get(email="lea@hospital.example"),
    }
    if "cycle" not in changes:
        fields["cycle"] = Cycle.objects.filter(name="This quarter").first() or make_cycle()
    return create_objective(admin(), title=title, key=key, **(fields | changes))


def make_key_result(objective: Objective, title: str = "Wait at most 20 minutes", **changes: Any) -> KeyResult:
    """A metric key result from 60 to 20 minutes on a weekly metric of its own."""
    fields: dict[str, Any] = {
        "own_metric": {"unit": "duration:min", "direction": "down", "how_measured": "Read from the desk's clock."},
        "terms": {"baseline": 60.0, "target": 20.0},
    }
    if "metric" in changes or changes.get("kind") in ("milestones", "yes_no"):
        fields.pop("own_metric")
    if changes.get("kind") in ("milestones", "yes_no", "baseline", "guardrail"):
        fields.pop("terms")
    return create_key_result(admin(), objective, title=title, **(fields | changes))


def start(objective: Objective) -> Objective:
    """The objective running, with its key results published."""
    return activate_objective(admin(), objective)


def day(offset: int) -> date:
    """The day so many days from today."""
    return people.today() + timedelta(days=offset)
