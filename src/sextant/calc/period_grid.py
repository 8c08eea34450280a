"""The calendar line: periods as whole hours, and arithmetic on regular grids of them.

A moment is an int of whole hours since 1970-01-01T00:00 (naive for day and coarser, UTC for hourly). A period
is a half-open stretch of that line. Every frequency cuts the line into units without gaps: weeks begin on
Monday (ISO 8601); quarters, tertials, halves and years begin with the month in which the
calendar's year begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

EPOCH_DAY = date(1970, 1, 1).toordinal()
EPOCH = datetime.fromordinal(EPOCH_DAY)
WEEK_HOURS = 168
# 1970-01-01 was a Thursday: the Monday of its week lies three days before hour 0.
MONDAY_OFFSET = 72
FIRST_YEAR, LAST_YEAR = 1000, 2999


class Frequency(StrEnum):
    """How often a series has a value, finest first."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    TERTIAL = "tertial"
    HALF = "half"
    YEAR = "year"

    @property
    def rank(self) -> int:
        """Position from fine to coarse; the hour has 0."""
        return RANKS[self]


RANKS = {frequency: rank for rank, frequency in enumerate(Frequency)}
HOURS = {Frequency.HOUR: 1, Frequency.DAY: 24, Frequency.WEEK: WEEK_HOURS}
MONTHS = {
    Frequency.MONTH: 1,
    Frequency.QUARTER: 3,
    Frequency.TERTIAL: 4,
    Frequency.HALF: 6,
    Frequency.YEAR: 12,
}
# Pairs whose units cross each other's bounds, so that the finer never lies inside the coarser.
CROSSING = {(Frequency.QUARTER, Frequency.TERTIAL), (Frequency.TERTIAL, Frequency.HALF)}


class PeriodError(ValueError):
    """A period that cannot be read or made: `key` is stable, the message says why and what to do."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Calendar:
    """When years begin, and whether "FY2018" is the year that ends (`end`) or starts (`start`) in 2018."""

    year_start_month: int = 1
    fiscal_year_named_by: str = "end"

    def __post_init__(self) -> None:
        if not 1 <= self.year_start_month <= 12:
            raise PeriodError("bad-calendar", f"A year starts in month 1 to 12, not {self.year_start_month}.")
        if self.fiscal_year_named_by not in ("start", "end"):
            raise PeriodError("bad-calendar", 'A fiscal year is named by its "start" or its "end".')

    def __hash__(self) -> int:
        # The generated hash builds a tuple on every cache look-up; this is four times faster.
        return self.year_start_month

    def year_name(self, first_calendar_year: int) -> int:
        """The number people give to the year that begins in this calendar year."""
        return first_calendar_year + self._name_shift()

    def first_calendar_year(self, name: int) -> int:
        """The calendar year in which the year of this number begins."""
        return name - self._name_shift()

    def _name_shift(self) -> int:
        return int(self.year_start_month > 1 and self.fiscal_year_named_by == "end")


PLAIN_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start` (inclusive) to `end` (exclusive) in hours; `span` units long (rolling: 2 or more)."""

    start: int
    end: int
    frequency: Frequency
    span: int = 1

    @property
    def first_day(self) -> date:
        return moment_of(self.start).date()

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return moment_of(self.end - 1).date()


def hour_of(moment: date | datetime) -> int:
    """Whole hours since 1970-01-01T00:00, minutes cut off; a moment with a zone is counted in UTC."""
    if isinstance(moment, datetime):
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
        return (moment.toordinal() - EPOCH_DAY) * 24 + moment.hour
    return (moment.toordinal() - EPOCH_DAY) * 24


def moment_of(hour: int) -> datetime:
    """The naive moment of an hour number. Raises PeriodError outside the years 1 to 9999."""
    try:
        return EPOCH + timedelta(hours=hour)
    except OverflowError:
        raise out_of_range(f"Hour {hour}") from None


def out_of_range(what: str) -> PeriodError:
    return PeriodError(
        "year-out-of-range",
        f"{what} lies outside the years {FIRST_YEAR} to {LAST_YEAR}. Please check the year.",
    )


@lru_cache(maxsize=8192)
def month_start(month: int) -> int:
    """The hour at which a month begins; months are counted as year * 12 + month - 1."""
    year, index = divmod(month, 12)
    if not FIRST_YEAR - 1 <= year <= LAST_YEAR + 1:
        raise out_of_range(f"The year {year}")
    return (date(year, index + 1, 1).toordinal() - EPOCH_DAY) * 24


def month_of(hour: int) -> int:
    """The month (year * 12 + month - 1) that contains an hour."""
    moment = moment_of(hour)
    return moment.year * 12 + moment.month - 1


def unit_of(hour: int, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR) -> int:
    """The running number of the unit that contains an hour; neighbours differ by one."""
    hours = HOURS.get(frequency)
    if hours is not None:
        return (hour + MONDAY_OFFSET) // hours if hours == WEEK_HOURS else hour // hours
    return (month_of(hour) - calendar.year_start_month + 1) // MONTHS[frequency]


def unit_start(unit: int, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR) -> int:
    """The hour at which a numbered unit begins; the inverse of `unit_of`."""
    hours = HOURS.get(frequency)
    if hours is not None:
        return unit * hours - MONDAY_OFFSET if hours == WEEK_HOURS else unit * hours
    return month_start(unit * MONTHS[frequency] + calendar.year_start_month - 1)


def period_from_unit(unit: int, frequency: Frequency, calendar: Calendar, span: int = 1) -> Period:
    """The period of `span` units that begins with the numbered one."""
    if span < 1:
        raise PeriodError("bad-span", f"A period spans 1 or more units, not {span}.")
    start = unit_start(unit, frequency, calendar)
    return Period(start, unit_start(unit + span, frequency, calendar), frequency, span)


@lru_cache(maxsize=16384)
def period_at(start: int, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR, span: int = 1) -> Period:
    """The period that contains this hour; with a span, the one that begins with the unit containing it."""
    return period_from_unit(unit_of(start, frequency, calendar), frequency, calendar, span)


def period_of(
    moment: date | datetime, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR, span: int = 1
) -> Period:
    """As `period_at`, for a date or a moment."""
    return period_at(hour_of(moment), frequency, calendar, span)


def shift(period: Period, steps: int, calendar: Calendar = PLAIN_CALENDAR) -> Period:
    """The period `steps` units later (earlier when negative); rolling spans move by one unit per step."""
    hours = HOURS.get(period.frequency)
    if hours is not None:
        moved = Period(period.start + steps * hours, period.end + steps * hours, period.frequency, period.span)
        moment_of(moved.start), moment_of(moved.end)  # refuses what lies outside the calendar
        return moved
    if month_start(month_of(period.start)) != period.start:
        raise PeriodError("off-grid", f"A {period.frequency} that begins within a month cannot be moved.")
    months = MONTHS[period.frequency]
    first = month_of(period.start) + steps * months
    return Period(month_start(first), month_start(first + months * period.span), period.frequency, period.span)


def periods_between(start: int, end: int, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR) -> list[Period]:
    """All periods that touch the stretch from `start` (inclusive) to `end` (exclusive), oldest first."""
    if end <= start:
        return []
    first = unit_of(start, frequency, calendar)
    last = unit_of(end - 1, frequency, calendar)
    edges = [unit_start(unit, frequency, calendar) for unit in range(first, last + 2)]
    return [Period(left, right, frequency) for left, right in pairwise(edges)]


def containing(period: Period, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR) -> Period:
    """The coarser period it lies in: a week where its Thursday lies, a rolling span where its last unit lies.

    Raises PeriodError when the asked frequency is finer, or when its units cross those of the period.
    """
    own = period.frequency
    if frequency.rank < own.rank:
        raise PeriodError("too-coarse", f"One {own} cannot be placed in a single {frequency}.")
    if (own, frequency) in CROSSING:
        raise PeriodError("frequencies-cross", f"A {own} does not lie inside one {frequency}.")
    return period_at(anchor(period), frequency, calendar)


def anchor(period: Period) -> int:
    """The hour that decides in which coarser period this one lies."""
    start = period.start if period.span == 1 else shift(period, period.span - 1).start
    return start + MONDAY_OFFSET if period.frequency is Frequency.WEEK else start


def is_complete(period: Period, now: datetime) -> bool:
    """Whether the period has ended; `now` is naive local time (UTC for hourly periods)."""
    return period.end <= hour_of(now)


def expected_latest(frequency: Frequency, now: datetime, calendar: Calendar = PLAIN_CALENDAR, span: int = 1) -> Period:
    """The newest period that has ended at `now`."""
    running = unit_of(hour_of(now), frequency, calendar)
    return period_from_unit(running - span, frequency, calendar, span)
