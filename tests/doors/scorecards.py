"""Pages with rows of KPIs, as tests read them."""

from __future__ import annotations

import re

from sextant.kpis.commands import create_scorecard, set_target
from sextant.kpis.models import Scorecard
from tests.make import admin, last_months, make_kpi, record_values
from tests.world import World

HTMX = {"headers": {"HX-Request": "true"}}


def acute_care(world: World) -> Scorecard:
    """A scorecard of three KPIs: well, badly off, and without values."""
    well, badly, silent = make_kpi("well"), make_kpi("badly", unit="percent", precision=1), make_kpi("silent")
    for kpi, values in ((well, (9, 11, 12)), (badly, (40.0, 42.5, 12.25))):
        set_target(admin(), kpi, target=10 if kpi is well else 50, red_flag=5 if kpi is well else 30)
        record_values(kpi, last_months(values))
    return create_scorecard(admin(), name="Acute care", team=world.emergency, kpis=[well, badly, silent])


def rows_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<tr id="row-([^"]+)"(.*?)</tr>', html, re.DOTALL))


def read(world: World, address: str, who: str = "lea") -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()
