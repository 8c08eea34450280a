"""Fills an empty data folder with KPIs off target for weeks; prints a token that pushes values.

`age KEY WEEKS` lets time pass for a promotion: what it counts from and its end lie so many weeks earlier.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

SILENT_WEEKS = 5


def build() -> str:
    from django.core.management import call_command

    from sextant.alerts.evaluating import evaluate as raise_alerts
    from sextant.core.jobs import run_due
    from sextant.kpis.models import Kpi
    from sextant.lifecycle.commands.promoting import promote
    from sextant.lifecycle.evaluating import evaluate
    from sextant.people.commands import create_token
    from sextant.people.queries import today
    from tests.alerts.episodes import values, watched
    from tests.make import admin, make_cycle
    from tests.world import World, build_world

    call_command("migrate", verbosity=0)
    build_world()
    make_cycle()
    for name in ("Uptime", "Beds free", "Calls answered", "Forms complete"):
        key = name.lower().replace(" ", "-")
        kpi = watched(key, name=name, targets={"target": 99.0, "red_flag": 90.0}, grace_days=120)
        values(kpi, 98, 99.2, 99.4, 99.1, 52, 51, 49, 50, back=SILENT_WEEKS)
    raise_alerts()
    evaluate()
    for key in ("beds-free", "forms-complete"):
        ends_on = today() + timedelta(days=90)
        promote(admin(), Kpi.objects.get(key=key), why="Patients wait.", ends_on=ends_on, accept_doubts=True)
    age("beds-free", 20)
    evaluate()
    run_due()
    return create_token(admin(), name="desk", scope="push", team=World().emergency).secret


def age(key: str, weeks: int) -> None:
    from sextant.lifecycle.models import Promotion
    from tests.doors.passing import let_weeks_pass

    let_weeks_pass(Promotion.objects.get(kpi__key=key, ended_at=None), weeks)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    if sys.argv[1:2] == ["age"]:
        age(sys.argv[2], int(sys.argv[3]))
    else:
        print(build())
