"""When a check-in is due: days of a rhythm, each with the window in which what is said counts for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = timedelta(days=7)
LEAD_DAYS = {"week": 4, "two_weeks": 6, "month": 6}
"""How many days before the due day one is asked."""

LATE = "late"
MISSED = "missed"
ON_TIME = "on_time"
OPEN = "open"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One due day. What is said from `opens` to `due` is in time, up to `closes` late; all days included.

    The windows of a rhythm follow each other without a hole, so that every day belongs to exactly one.
    """

    due: date
    opens: date
    closes: date

    def holds(self, day: date) -> bool:
        return self.opens <= day <= self.closes


def slot_on(day: date, every: str, weekday: int, start: date) -> Slot:
    """The slot the day belongs to. `every` is week, two_weeks or month; `weekday` 0 is Monday.

    Two weeks are counted from the first such weekday on or after `start`; a month's due day is its last one.
    """
    lead = timedelta(days=LEAD_DAYS[every])
    due = _due_on_or_after(day, every, weekday, start)
    before = _before(due, every, weekday)
    # The window opens `lead` days before its due day: until then the day still belongs to the slot before.
    if day < due - lead:
        return Slot(before, before - lead, due - lead - timedelta(days=1))
    following = _due_on_or_after(due + timedelta(days=1), every, weekday, start)
    return Slot(due, due - lead, following - lead - timedelta(days=1))


def slots_between(first: date, last: date, every: str, weekday: int, start: date) -> Iterator[Slot]:
    """The slots whose due day lies from `first` to `last`, in order."""
    due = _due_on_or_after(first, every, weekday, start)
    while due <= last:
        slot = slot_on(due, every, weekday, start)
        yield slot
        due = _due_on_or_after(due + timedelta(days=1), every, weekday, start)


def verdict(slot: Slot, first_said: date | None, today: date) -> str:
    """How a slot was met: `first_said` is the first day in its window on which something was said.

    On time, late or missed; open while it is neither and the window has not closed.
    """
    if first_said is not None:
        return ON_TIME if first_said <= slot.due else LATE
    return MISSED if today > slot.closes else OPEN


def _due_on_or_after(day: date, every: str, weekday: int, start: date) -> date:
    if every == "month":
        due = _last_in_month(day, weekday)
        return due if due >= day else _last_in_month(_next_month(day), weekday)
    due = _weekday_on_or_after(day, weekday)
    if every == "two_weeks" and (due - _weekday_on_or_after(start, weekday)) % (2 * WEEK):
        due += WEEK
    return due


def _before(due: date, every: str, weekday: int) -> date:
    if every == "month":
        return _last_in_month(due.replace(day=1) - timedelta(days=1), weekday)
    return due - (2 * WEEK if every == "two_weeks" else WEEK)


def _weekday_on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _last_in_month(day: date, weekday: int) -> date:
    last = _next_month(day) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
