"""Alerts for the tests of pages and the API, raised by the rules themselves."""

from __future__ import annotations

from typing import Any

from sextant.alerts.models import Alert
from sextant.kpis.models import Kpi
from tests.alerts.episodes import look, the_alert, values, watched

PLAN = "Call the on-duty manager.\nOpen the second desk."


def raised(key: str = "waiting-time", value: float = 60, **changes: Any) -> Alert:
    """An alert past the red flag of a KPI of the Emergency team: open, owned by its lead, with a response plan."""
    kpi = watched(key, **({"response_plan": PLAN} | changes))
    values(kpi, 95, 94, value)
    look(kpi)
    return the_alert(kpi)


def recover(kpi: Kpi | None) -> None:
    assert kpi is not None
    values(kpi, 97)
    look(kpi)
