"""A KPI with a past, for the pages about it."""

from __future__ import annotations

from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from tests.make import admin, last_months, make_kpi, record_values


def waiting_time() -> Kpi:
    """An active KPI with two years of values, a target with a red flag, and a long-term aim."""
    made = make_kpi(active=True, direction="down", unit="duration:min", aggregation="last", precision=0)
    record_values(made, last_months([30.0 + place % 4 for place in range(23)] + [52.0]))
    set_target(admin(), made, target=35, red_flag=45)
    return made
