"""Time that goes on as a test says, and short ways to a KPI whose life is lived week by week by the program itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.core import jobs
from sextant.core.jobs import run_due
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import promote
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.people import queries as people
from tests.make import admin, make_kpi, record_values
from tests.world import World

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Hand:
    """The hand of the clock: everything reads its time."""

    def __init__(self, patch: pytest.MonkeyPatch, moment: datetime = MONDAY) -> None:
        self.moment = moment
        patch.setattr("django.utils.timezone.now", lambda: self.moment)

    def to(self, moment: datetime) -> None:
        self.moment = moment

    def on(self, **stretch: float) -> None:
        self.moment += timedelta(**stretch)

    @property
    def day(self) -> date:
        return self.moment.date()


def measured(key: str = "uptime", *, target: float = 99.0, red_flag: float | None = 95.0, **changes: Any) -> Kpi:
    """An active weekly KPI of the emergency department in percent, owned by its lead."""
    kpi = make_kpi(key, active=True, **({"frequency": "week", "unit": "percent", "direction": "up"} | changes))
    flag = {} if red_flag is None else {"red_flag": red_flag}
    set_target(admin(), kpi, target=target, **flag)
    return kpi


def newest(kpi: Kpi, back: int = 0) -> str:
    """The newest complete period, or the one so many before it."""
    return label(shift(period_of(people.now_local(), Frequency(kpi.metric.frequency)), -1 - back))


def come(kpi: Kpi, value: float | None, back: int = 0) -> None:
    """A value comes for the newest complete period (or an earlier one), and the program does what it does."""
    record_values(kpi, {newest(kpi, back): value})
    run_due()


def week_by_week(hand: Hand, kpi: Kpi, *values: float) -> None:
    """Each Monday the value of the week before comes; ends on the Monday of the last one."""
    for value in values:
        hand.on(weeks=1)
        come(kpi, value)


def weeks_at_once(hand: Hand, kpi: Kpi, *values: float) -> None:
    """The same weeks, but all values come together on the Monday of the last one: for what only has to be there."""
    hand.on(weeks=len(values))
    record_values(kpi, {newest(kpi, len(values) - 1 - place): value for place, value in enumerate(values)})
    run_due()


def log(kpi: Kpi) -> list[str]:
    """The kinds of its transitions, oldest first."""
    return list(Transition.objects.filter(kpi=kpi).order_by("pk").values_list("kind", flat=True))


def state(kpi: Kpi) -> str:
    row = Life.objects.filter(kpi=kpi).first()
    return "monitored" if row is None else row.state


def the_promotion(kpi: Kpi) -> Promotion:
    return Promotion.objects.filter(kpi=kpi).latest("pk")


def start_of(kpi: Kpi, back: int = 0) -> int:
    """The hour at which the newest complete period, or the one so many before it, begins."""
    return shift(period_of(people.now_local(), Frequency(kpi.metric.frequency)), -1 - back).start


def at_work(world: World, hand: Hand, *values: float, weeks: int = 10, **changes: Any) -> Kpi:
    """A KPI off target for three weeks, promoted, and then these values week by week."""
    kpi = measured()
    weeks_at_once(hand, kpi, 50, 50, 50)
    promote(world.lea, kpi, **({"why": "Too low.", "ends_on": hand.day + timedelta(weeks=weeks)} | changes))
    week_by_week(hand, kpi, *values)
    return kpi


def promoted(world: World, hand: Hand, *values: float, **changes: Any) -> Promotion:
    """The promotion of such a KPI."""
    return the_promotion(at_work(world, hand, *values, **changes))


def sweep() -> None:
    """The ticker has come round."""
    jobs.enqueue("lifecycle.sweep", {})
    run_due()
