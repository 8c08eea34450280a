"""Fills an empty data folder with a hospital in which Cem owes five check-ins today: `python -m ...check_in_world`."""

from __future__ import annotations

import os
from datetime import timedelta

FIVE = (
    "Door to doctor in 20 minutes", "Every second patient sent home within 4 hours", "The new triage desk works",
    "Complaints", "Beds in use",
)  # fmt: skip


def build() -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from sextant.alerts.commands import set_rule
    from sextant.core import clock
    from sextant.kpis.commands import set_target
    from sextant.metrics.commands import RawPoint, record
    from sextant.okrs.commands.check_ins import check_in
    from sextant.okrs.commands.key_results import create_key_result
    from sextant.okrs.commands.objectives import activate_objective, create_objective
    from sextant.people import queries as people
    from sextant.strategy.commands import create_cycle
    from tests.make import make_kpi
    from tests.world import World, build_world

    call_command("migrate", verbosity=0)
    build_world()
    world, today = World(), people.today()
    for rule in ("target_crossed", "red_flag"):  # what is owed here are check-ins alone
        set_rule(world.ada, rule, settings={"response_days": 0}, reason="A journey about check-ins.")
    cem = world.person("cem")
    with clock.writing_at(timezone.now() - timedelta(days=20)):
        cycle = create_cycle(
            world.ada, "This quarter", starts_on=today - timedelta(days=20), ends_on=today + timedelta(days=70)
        )
        objective = create_objective(
            world.lea, title="Nobody waits in vain", team=world.emergency, owner=world.person("lea"), cycle=cycle
        )
        minutes = {"unit": "duration:min", "direction": "down", "how_measured": "By the front desk."}
        share = {"unit": "percent", "how_measured": "From the discharge list."}
        desk = [{"title": title, "due_on": today + timedelta(days=30)} for title in ("Room ready", "Desk staffed")]
        made = [
            create_key_result(
                world.lea, objective, title=FIVE[0], owner=cem, own_metric=minutes, terms={"baseline": 60, "target": 20}
            ),
            create_key_result(
                world.lea, objective, title=FIVE[1], owner=cem, own_metric=share, terms={"baseline": 20, "target": 50}
            ),
            create_key_result(world.lea, objective, title=FIVE[2], owner=cem, kind="milestones", milestones=desk),
        ]
        activate_objective(world.lea, objective)
        for name, unit, target in ((FIVE[3], "count", 10), (FIVE[4], "percent", 85)):
            kpi = make_kpi(name.lower().replace(" ", "-"), name=name, unit=unit, owner=cem, active=True)
            set_target(world.lea, kpi, target=target)
            long_ago = (today.replace(day=1) - timedelta(days=70)).strftime("%Y-%m")
            record(world.cem, [RawPoint(kpi.metric.key, long_ago, target - 1)], kind="form")
            check_in(world.cem, kpi, confidence=6, status="on_track")
    with clock.writing_at(timezone.now() - timedelta(days=10)):
        for one, value in zip(made, (52, 24, None), strict=True):
            check_in(world.cem, one, value=value, confidence=7, status="on_track", note="As planned.")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sextant.project.settings"
    import django

    django.setup()
    build()
