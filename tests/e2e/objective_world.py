"""Fills an empty data folder with a KPI, a key result bound to it and its objective; prints a push token."""

from __future__ import annotations

import os


def build() -> str:
    from django.core.management import call_command

    from sextant.people.commands import create_token
    from tests.make import admin, make_key_result, make_kpi, make_objective, record_values, start
    from tests.world import World, build_world

    call_command("migrate", verbosity=0)
    build_world()
    world = World()
    kpi = make_kpi("complaints", active=True, direction="down", aggregation="sum", name="Complaints")
    record_values(kpi, {"2026-01": 50})
    objective = make_objective("Give people fewer reasons to complain", key="fewer-reasons", theme=world.safety)
    make_key_result(objective, "Complaints down to 20", key="complaints-down", metric=kpi.metric,
                    terms={"baseline": 50.0, "target": 20.0})  # fmt: skip
    start(objective)
    return create_token(admin(), name="desk", scope="push", team=world.emergency).secret


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    print(build())
