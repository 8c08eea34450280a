"""Quiet hours and digests on the wall clock, over midnight and over both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.notifications.timetable import Timetable
from tests.notifications.posts import utc

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = Timetable(BERLIN, quiet_from=22 * 60, quiet_to=6 * 60)
WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (utc(2026, 1, 12, 20, 59), None),
        (utc(2026, 1, 12, 21, 0), utc(2026, 1, 13, 5, 0)),
        (utc(2026, 1, 13, 4, 59), utc(2026, 1, 13, 5, 0)),
        (utc(2026, 1, 13, 5, 0), None),
        (utc(2026, 7, 13, 20, 0), utc(2026, 7, 14, 4, 0)),
    ],
)
def test_quiet_hours_reach_over_midnight(now: datetime, until: datetime | None) -> None:
    assert NIGHTS.quiet_until(now) == until


def test_the_night_the_clock_goes_forward_is_an_hour_shorter_and_the_other_one_longer() -> None:
    assert NIGHTS.quiet_until(utc(2026, 3, 28, 23, 0)) == utc(2026, 3, 29, 4, 0)
    assert NIGHTS.quiet_until(utc(2026, 10, 24, 23, 0)) == utc(2026, 10, 25, 5, 0)


def test_a_time_the_clock_skips_or_shows_twice_keeps_the_quiet_longer() -> None:
    to_the_hour = Timetable(BERLIN, quiet_from=0, quiet_to=2 * 60 + 30)
    assert to_the_hour.quiet_until(utc(2026, 3, 29, 0, 0)) == utc(2026, 3, 29, 1, 30)
    assert to_the_hour.quiet_until(utc(2026, 10, 25, 0, 0)) == utc(2026, 10, 25, 1, 30)


def test_quiet_days_and_nights_beside_each_other_are_one_quiet() -> None:
    calm = Timetable(BERLIN, quiet_from=20 * 60, quiet_to=7 * 60, quiet_days=frozenset({5, 6}))
    friday_evening = utc(2026, 1, 16, 19, 30)
    assert calm.quiet_until(friday_evening) == utc(2026, 1, 19, 6, 0)


def test_quiet_hours_begin_only_on_their_days() -> None:
    workdays = Timetable(BERLIN, quiet_from=22 * 60, quiet_to=6 * 60, quiet_weekdays=WORKDAYS)
    assert workdays.quiet_until(utc(2026, 1, 17, 22, 0)) is None  # Saturday evening
    assert workdays.quiet_until(utc(2026, 1, 17, 3, 0)) == utc(2026, 1, 17, 5, 0)  # the night Friday began


def test_without_quiet_hours_nothing_waits() -> None:
    assert Timetable(BERLIN, quiet_from=None).quiet_until(utc(2026, 1, 12, 2)) is None


def test_a_digest_comes_at_its_local_hour_in_summer_and_winter() -> None:
    hours = Timetable(BERLIN, digest_at=8 * 60, digest_weekday=0)
    assert hours.next_digest(utc(2026, 3, 28, 12), "daily") == utc(2026, 3, 29, 6)
    assert hours.next_digest(utc(2026, 1, 12, 6, 59), "weekly") == utc(2026, 1, 12, 7)
    assert hours.next_digest(utc(2026, 1, 12, 7, 0), "weekly") == utc(2026, 1, 19, 7)


@given(
    now=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 12, 31)),
    start=st.integers(0, 1439),
    stop=st.integers(0, 1439),
    days=st.frozensets(st.integers(0, 6), max_size=6),
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]
    ),
)
def test_quiet_ends_outside_of_the_quiet_and_within_a_week_and_a_day(
    now: datetime, start: int, stop: int, days: frozenset[int], zone: str
) -> None:
    hours = Timetable(ZoneInfo(zone), start, stop if stop != start else (stop + 1) % 1440, quiet_days=days)
    moment = now.replace(tzinfo=UTC)
    until = hours.quiet_until(moment)
    if until is not None:
        assert moment < until <= moment + timedelta(days=8, hours=2)
        assert hours.quiet_until(until) is None


@given(now=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 12, 31)), at=st.integers(0, 1439))
def test_the_next_digest_is_ahead_and_never_more_than_its_pace_away(now: datetime, at: int) -> None:
    hours, moment = Timetable(BERLIN, digest_at=at), now.replace(tzinfo=UTC)
    assert moment < hours.next_digest(moment, "daily") <= moment + timedelta(days=1, hours=1)
    assert moment < hours.next_digest(moment, "weekly") <= moment + timedelta(days=7, hours=1)
