"""Fills an empty data folder with KPIs on target that have a response plan; prints a token that pushes values."""

from __future__ import annotations

import os


def build() -> str:
    from django.core.management import call_command

    from sextant.people.commands import create_token
    from tests.alerts.episodes import values, watched
    from tests.make import admin
    from tests.world import World, build_world

    call_command("migrate", verbosity=0)
    build_world()
    for name in ("Seen in time", "Beds free", "Rooms clean", "Calls answered", "Forms complete"):
        kpi = watched(
            name.lower().replace(" ", "-"), name=name, response_plan="Call the on-duty manager.", grace_days=120
        )  # fmt: skip
        values(kpi, *([95, 93, 94, 96] * 4), back=11)
    return create_token(admin(), name="desk", scope="push", team=World().emergency).secret


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    print(build())
