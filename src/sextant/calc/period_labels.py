"""Names of periods: the canonical label that reads back to the same period, and the words for people."""

from __future__ import annotations

import re

from sextant.calc.period_grid import (
    MONTHS,
    PLAIN_CALENDAR,
    Calendar,
    Frequency,
    Period,
    moment_of,
    month_of,
    period_at,
    shift,
)

LETTERS = {Frequency.QUARTER: "Q", Frequency.TERTIAL: "T", Frequency.HALF: "H"}
_YEAR = re.compile(r",? (\d{4}(?:-\d\d)?)$")
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def label(period: Period, calendar: Calendar = PLAIN_CALENDAR) -> str:
    """The canonical text: `parse_period(label(p, calendar), calendar=calendar) == p`.

    A period that does not lie on the calendar's grid (a January year where years begin in April) is named by
    the months or days it covers.
    """
    first, last = _units(period)
    if not _is_on_grid(first, calendar):
        return _covered(period)
    if period.span == 1:
        return _unit_label(first, calendar)
    left, right = _unit_label(first, calendar), _unit_label(last, calendar)
    # "2017/2018" means one fiscal year everywhere, so two plain years need another sign.
    plain_pair = period.frequency is Frequency.YEAR and period.span == 2 and calendar.year_start_month == 1
    return f"{left}..{right}" if plain_pair else f"{left}/{right}"


def _units(period: Period) -> tuple[Period, Period]:
    """The first and the last unit of a span."""
    if period.span == 1:
        return period, period
    one_later = shift(period, 1)
    last_unit_start = shift(period, period.span - 1).start
    return (
        Period(period.start, one_later.start, period.frequency),
        Period(last_unit_start, period.end, period.frequency),
    )


def _is_on_grid(unit: Period, calendar: Calendar) -> bool:
    return period_at(unit.start, unit.frequency, calendar) == unit


def _covered(period: Period) -> str:
    """The stretch in whole months, or in days where it does not begin and end with a month."""
    first, last = moment_of(period.start), moment_of(period.end - 1)
    if first.day == 1 and moment_of(period.end).day == 1:
        return f"{first:%Y-%m}/{last:%Y-%m}"
    return f"{first:%Y-%m-%d}/{last:%Y-%m-%d}"


def _unit_label(unit: Period, calendar: Calendar) -> str:
    first = moment_of(unit.start)
    match unit.frequency:
        case Frequency.HOUR:
            return f"{first:%Y-%m-%dT%H:00}"
        case Frequency.DAY:
            return f"{first:%Y-%m-%d}"
        case Frequency.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02d}"
        case Frequency.MONTH:
            return f"{first:%Y-%m}"
    year, number = year_and_number(unit, calendar)
    named = str(year) if calendar.year_start_month == 1 else f"FY{calendar.year_name(year)}"
    return named if unit.frequency is Frequency.YEAR else f"{named}-{LETTERS[unit.frequency]}{number}"


def year_and_number(unit: Period, calendar: Calendar) -> tuple[int, int]:
    """The calendar year in which the unit's year begins, and the unit's number in that year, from 1."""
    year, month = divmod(month_of(unit.start) - calendar.year_start_month + 1, 12)
    return year, month // MONTHS[unit.frequency] + 1


def spoken(period: Period, calendar: Calendar = PLAIN_CALENDAR) -> str:
    """For people: "14 Mar 2026", "week 11, 2026", "Mar 2026", "Q1 2026", "2017-18", "2005-2007"."""
    first, last = _units(period)
    if not _is_on_grid(first, calendar):
        return _covered(period).replace("/", " to ")
    if period.span == 1:
        return _unit_spoken(first, calendar)
    left, right = _unit_spoken(first, calendar), _unit_spoken(last, calendar)
    plain_years = period.frequency is Frequency.YEAR and calendar.year_start_month == 1
    return f"{left}-{right}" if plain_years else f"{left} to {right}"


def spoken_before(first: str, last: str) -> str:
    """A spoken period in front of a later one, without the year they share: "week 14" before "week 42, 2026"."""
    year = _YEAR.search(first)
    return first[: year.start()] if year is not None and last.endswith(f" {year[1]}") else first


def _unit_spoken(unit: Period, calendar: Calendar) -> str:
    first = moment_of(unit.start)
    month = f"{MONTH_NAMES[first.month - 1]} {first.year}"
    match unit.frequency:
        case Frequency.HOUR:
            return f"{first.day} {month}, {first:%H}:00"
        case Frequency.DAY:
            return f"{first.day} {month}"
        case Frequency.WEEK:
            year, week, _ = first.isocalendar()
            return f"week {week}, {year}"
        case Frequency.MONTH:
            return month
    year, number = year_and_number(unit, calendar)
    named = str(year) if calendar.year_start_month == 1 else f"{year}-{(year + 1) % 100:02d}"
    return named if unit.frequency is Frequency.YEAR else f"{LETTERS[unit.frequency]}{number} {named}"
