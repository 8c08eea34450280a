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
    from sextant.lifecycle.evaluating import evaluate
    from sextant.people.commands import create_token
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
    run_due()
    return create_token(admin(), name="desk", scope="push", team=World().emergency).secret


def age(key: str, weeks: int) -> None:
    from sextant.lifecycle.models import Life, Promotion
    from sextant.okrs.models import KeyResult

    life = Life.objects.select_related("promotion__key_result").get(kpi__key=key)
    hours = weeks * 7 * 24
    started = life.promotion
    assert started is not None
    ends_on = started.ends_on - timedelta(weeks=weeks)
    Promotion.objects.filter(pk=started.pk).update(since=started.since - hours, ends_on=ends_on)
    own = started.key_result
    assert own.starts_on is not None and own.due_on is not None
    starts_on, due_on = own.starts_on - timedelta(weeks=weeks), own.due_on - timedelta(weeks=weeks)
    KeyResult.objects.filter(pk=own.pk).update(starts_on=starts_on, due_on=due_on)
    Life.objects.filter(pk=life.pk).update(since=(life.since or 0) - hours, ends=(life.ends or 0) - hours)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    if sys.argv[1:2] == ["age"]:
        age(sys.argv[2], int(sys.argv[3]))
    else:
        print(build())
