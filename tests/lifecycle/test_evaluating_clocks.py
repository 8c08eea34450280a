"""Lives at the edges of periods and days, where the organisation is and not where the server stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sextant.core.jobs import run_due
from sextant.lifecycle.commands import accept, promote
from sextant.lifecycle.evaluating import evaluate
from sextant.people import queries as people
from sextant.people.models import Organisation
from tests.lifecycle.weeks import Hand, at_work, log, measured, state, sweep, the_promotion
from tests.make import record_values
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "Asia/Kathmandu"])
@pytest.mark.parametrize("frequency", ["week", "hour"])
def test_a_promotion_is_overdue_with_the_midnight_of_the_organisation(
    world: World, hand: Hand, zone: str, frequency: str
) -> None:
    """Over the days on which clocks change in America (8 March) and New Zealand (5 April)."""
    Organisation.objects.update(time_zone=zone)
    people.forget()
    kpi = measured(frequency=frequency)
    last = hand.day + timedelta(days=36)
    promote(world.lea, kpi, why="Too low.", ends_on=last, accept_doubts=True)
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    hand.to(midnight - timedelta(minutes=1))
    assert evaluate() == 0
    hand.to(midnight + timedelta(minutes=59))
    assert evaluate() == 1
    assert (log(kpi), state(kpi)) == (["promoted", "overdue"], "overdue")


def test_a_value_of_the_running_week_counts_once_the_week_is_over_where_the_organisation_is(
    world: World, hand: Hand
) -> None:
    Organisation.objects.update(time_zone="America/New_York")
    people.forget()
    kpi = at_work(world, hand, 99, 99)
    hand.to(datetime(2026, 4, 13, 3, 59, tzinfo=UTC))  # Sunday evening in New York, the clocks moved in March
    record_values(kpi, {"2026-W15": 99})
    sweep()
    assert state(kpi) == "restoring"
    hand.to(datetime(2026, 4, 13, 4, 0, tzinfo=UTC))
    sweep()
    assert log(kpi)[2:] == ["restoring", "reverted"]


def test_time_alone_ends_what_was_accepted(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 60)
    accept(world.lea, the_promotion(kpi), until=hand.day + timedelta(days=10), reason="The new system comes in May.")
    run_due()
    assert log(kpi)[-1] == "accepted"
    hand.on(days=11)
    sweep()
    assert log(kpi)[-2:] == ["acceptance_ended", "suspected"]
