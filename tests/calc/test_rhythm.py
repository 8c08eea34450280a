"""Due days of check-ins: every day belongs to one window, and windows follow each other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.rhythm import LEAD_DAYS, Slot, slot_on, slots_between, verdict

DAY = timedelta(days=1)
FRIDAY = 4
days = st.dates(date(2000, 1, 1), date(2090, 1, 1))
rhythms = st.sampled_from(sorted(LEAD_DAYS))
weekdays = st.integers(0, 6)


@given(days, rhythms, weekdays, days)
def test_every_day_belongs_to_the_one_window_that_holds_it(day: date, every: str, weekday: int, start: date) -> None:
    slot = slot_on(day, every, weekday, start)
    assert slot.holds(day)
    assert slot.due.weekday() == weekday
    assert slot.due - slot.opens == timedelta(days=LEAD_DAYS[every])
    assert slot.holds(slot.due)


@given(days, rhythms, weekdays, days)
def test_windows_follow_each_other_without_a_hole(day: date, every: str, weekday: int, start: date) -> None:
    slot = slot_on(day, every, weekday, start)
    after, before = slot_on(slot.closes + DAY, every, weekday, start), slot_on(slot.opens - DAY, every, weekday, start)
    assert after.opens == slot.closes + DAY
    assert before.closes == slot.opens - DAY
    assert before.due < slot.due < after.due


@given(days, rhythms, weekdays, days, st.integers(0, 400))
def test_slots_between_two_days_are_those_of_the_days_between(
    first: date, every: str, weekday: int, start: date, length: int
) -> None:
    last = first + timedelta(days=length)
    one_by_one = {slot_on(first + timedelta(days=n), every, weekday, start) for n in range(-40, length + 40)}
    expected = sorted(slot for slot in one_by_one if first <= slot.due <= last)
    assert list(slots_between(first, last, every, weekday, start)) == expected


def test_a_weekly_friday_is_asked_from_monday_and_late_on_the_weekend() -> None:
    monday = date(2026, 11, 16)
    friday = Slot(date(2026, 11, 20), monday, date(2026, 11, 22))
    assert slot_on(monday, "week", FRIDAY, monday) == friday
    assert slot_on(date(2026, 11, 22), "week", FRIDAY, monday) == friday
    assert slot_on(date(2026, 11, 23), "week", FRIDAY, monday).due == date(2026, 11, 27)


def test_two_weeks_are_counted_from_the_start() -> None:
    start = date(2026, 10, 5)
    due = [slot.due for slot in slots_between(start, date(2026, 11, 8), "two_weeks", FRIDAY, start)]
    assert due == [date(2026, 10, 9), date(2026, 10, 23), date(2026, 11, 6)]


def test_a_month_is_due_on_its_last_such_weekday() -> None:
    due = [slot.due for slot in slots_between(date(2026, 1, 1), date(2026, 3, 31), "month", FRIDAY, date(2026, 1, 1))]
    assert due == [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 27)]


@pytest.mark.parametrize(
    ("said", "today", "expected"),
    [
        (date(2026, 11, 17), date(2026, 11, 30), "on_time"),
        (date(2026, 11, 20), date(2026, 11, 30), "on_time"),
        (date(2026, 11, 21), date(2026, 11, 30), "late"),
        (None, date(2026, 11, 23), "missed"),
        (None, date(2026, 11, 22), "open"),
    ],
)
def test_a_slot_is_met_in_time_late_or_not_at_all(said: date | None, today: date, expected: str) -> None:
    slot = slot_on(date(2026, 11, 18), "week", FRIDAY, date(2026, 1, 1))
    assert verdict(slot, said, today) == expected
