"""Short ways to a KPI with values and to what the rules say about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sextant.alerts.evaluating import evaluate
from sextant.alerts.models import Alert
from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.core.jobs import run_due
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from sextant.people import queries as people
from tests.make import admin, make_kpi, record_values

TARGET = {"target": 90.0, "red_flag": 70.0}


def watched(key: str = "seen-in-time", *, targets: dict[str, float] | None = None, **changes: Any) -> Kpi:
    """An active weekly KPI, the higher the better, with a target of 90 and a red flag at 70."""
    kpi = make_kpi(key, active=True, **({"frequency": "week", "unit": "percent"} | changes))
    set_target(admin(), kpi, **(TARGET if targets is None else targets))
    return kpi


def period(back: int, frequency: str = "week") -> str:
    """The complete period so many before the newest complete one."""
    running = period_of(people.now_local(), Frequency(frequency))
    return label(shift(running, -1 - back))


def values(kpi: Kpi, *newest_last: float | None, frequency: str = "week", back: int = 0) -> None:
    """Record one value per complete period up to the one `back` before the newest; None leaves its period out."""
    last = len(newest_last) - 1 + back
    record_values(
        kpi, {period(last - index, frequency): one for index, one in enumerate(newest_last) if one is not None}
    )


def look(kpi: Kpi | None = None) -> int:
    """Evaluate, and tell."""
    changed = evaluate(None if kpi is None else [kpi.metric_id])
    run_due()
    return changed


def the_alert(kpi: Kpi, rule: str = "") -> Alert:
    found = Alert.objects.filter(kpi=kpi, closed_at=None)
    return found.get(rule=rule) if rule else found.get()


def day_before(days: int) -> date:
    from datetime import timedelta

    return people.today() - timedelta(days=days)
