"""Days, months and moments out of an encoded text (see `period_words.encode`)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from sextant.calc.period_grid import (
    FIRST_YEAR,
    LAST_YEAR,
    Calendar,
    Frequency,
    Period,
    PeriodError,
    out_of_range,
    period_of,
)
from sextant.calc.period_labels import MONTH_NAMES

SEP = r"[ ./-]*"
TWO_DIGIT_PIVOT = 69
YEAR_FIRST = re.compile(r"([0-9]{4})([-./ ])([0-9]{1,2})\2([0-9]{1,2})")
YEAR_LAST = re.compile(r"([0-9]{1,2})([-./ ]|\. )([0-9]{1,2})\2([0-9]{4}|[0-9]{2})\.?")
COMPACT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0)?")
DAY_MONTH_YEAR = re.compile(rf"([0-9]{{1,2}}){SEP}@([0-9]{{2}}){SEP}([0-9]{{4}}|[0-9]{{2}})")
MONTH_DAY_YEAR = re.compile(rf"@([0-9]{{2}}){SEP}([0-9]{{1,2}})[ ./-]+([0-9]{{4}})")
YEAR_MONTH_DAY = re.compile(rf"([0-9]{{4}}){SEP}@([0-9]{{2}}){SEP}([0-9]{{1,2}})")
WEEK_DATE = re.compile(r"([0-9]{4})-?W([0-9]{2})-?([1-7])")
MONTH_YEAR = re.compile(rf"@([0-9]{{2}}){SEP}([0-9]{{4}}|[0-9]{{2}})")
YEAR_MONTH = re.compile(rf"([0-9]{{4}}){SEP}@([0-9]{{2}})")
YEAR_NUMBER = re.compile(r"([0-9]{4})(?:(?:[-./ ]|[ -]?M ?)([0-9]{1,2})|([0-9]{2})(?:\.0)?)")
NUMBER_YEAR = re.compile(r"(?:M ?)?([0-9]{1,2})[-./ ]([0-9]{4})")
NO_YEAR = re.compile(rf"@[0-9]{{2}}{SEP}(?:[0-9]{{1,2}})?|[0-9]{{1,2}}{SEP}@[0-9]{{2}}")
MOMENT = re.compile(
    r"(?P<date>.*?[0-9]) ?(?:T|(?<= ))(?P<hour>[0-9]{1,2})(?:[:H](?P<minute>[0-9]{2})?)?"
    r"(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?P<half> ?[XV])?(?: ?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?))?"
)
HOUR_LABEL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known about a text besides its letters; `text` is quoted in messages."""

    text: str
    calendar: Calendar
    frequency: Frequency | None
    day_first: bool | None

    def refusal(self, key: str, why: str) -> PeriodError:
        return PeriodError(key, f"“{self.text}” {why}")


def full_year(digits: str, hints: Hints) -> int:
    """A year of four digits, or of two (69 to 99 are 1969 to 1999, as in POSIX)."""
    year = int(digits)
    if len(digits) == 2:
        return year + (1900 if year >= TWO_DIGIT_PIVOT else 2000)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise out_of_range(f"“{hints.text}”")
    return year


def day_period(year: int, month: int, day: int, hints: Hints) -> Period:
    if not 1 <= month <= 12:
        raise hints.refusal("no-such-date", f"names month {month}; months run from 1 to 12.")
    days = monthrange(year, month)[1]
    name = f"{MONTH_NAMES[month - 1]} {year}"
    if not 1 <= day <= days:
        near = f" Did you mean “{days} {name}”?" if day else ""
        raise hints.refusal("no-such-date", f"does not exist: {name} has {days} days.{near}")
    return period_of(date(year, month, day), Frequency.DAY)


def month_period(year: int, month: int, hints: Hints) -> Period:
    if not 1 <= month <= 12:
        near = f" Did you mean “{year}-12”?" if month == 13 else ""
        raise hints.refusal("no-such-month", f"names month {month}; months run from 01 to 12.{near}")
    return period_of(date(year, month, 1), Frequency.MONTH)


def read_day(code: str, hints: Hints) -> Period | None:
    """A date, with or without its weekday; None when the text has not the shape of one."""
    if code.startswith("&"):
        period = _date(code[2:].lstrip(" ."), hints)
        if period is not None and period.first_day.weekday() != int(code[1]):
            raise hints.refusal("weekday-mismatch", f"names another weekday than {period.first_day:%A}.")
        return period
    return _date(code, hints)


def _date(code: str, hints: Hints) -> Period | None:
    if match := YEAR_FIRST.fullmatch(code):
        year, _, month, day = match.groups()
        return day_period(full_year(year, hints), int(month), int(day), hints)
    if match := YEAR_LAST.fullmatch(code):
        return _year_last(match, hints)
    if match := COMPACT_DATE.fullmatch(code):
        return day_period(full_year(match[1], hints), int(match[2]), int(match[3]), hints)
    if match := DAY_MONTH_YEAR.fullmatch(code):
        day, month, year = match.groups()
    elif match := MONTH_DAY_YEAR.fullmatch(code):
        month, day, year = match.groups()
    elif match := YEAR_MONTH_DAY.fullmatch(code):
        year, month, day = match.groups()
    elif match := WEEK_DATE.fullmatch(code):
        week = week_period(full_year(match[1], hints), int(match[2]), hints)
        return period_of(week.first_day + timedelta(days=int(match[3]) - 1), Frequency.DAY)
    else:
        return None
    return day_period(full_year(year, hints), int(month), int(day), hints)


def _year_last(match: re.Match[str], hints: Hints) -> Period:
    """03/04/2021 and 03/04/21: every reading that exists; more than one day among them is refused."""
    first, separator, second, last = int(match[1]), match[2], int(match[3]), match[4]
    year = full_year(last, hints)
    day_first = True if separator[0] == "." and hints.day_first is None else hints.day_first
    orders: list[tuple[int, int, int]] = []
    if day_first is not False:
        orders.append((year, second, first))
    if day_first is not True:
        orders.append((year, first, second))
    if len(last) == 2 and day_first is None:
        orders.append((full_year(f"{first:02d}", hints), second, int(last)))
    found = {order for order in orders if _exists(*order)}
    if not found:
        return day_period(*orders[0], hints)
    if len(found) > 1:
        raise hints.refusal(
            "ambiguous-date",
            "can be read in more than one way. Say whether the day or the month comes first, or write"
            f" it as {' or '.join(f'{y}-{m:02d}-{d:02d}' for y, m, d in sorted(found))}.",
        )
    return day_period(*found.pop(), hints)


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def read_month(code: str, hints: Hints) -> Period | None:
    """A month, in words or as a number; None when the text has not the shape of one."""
    if match := MONTH_YEAR.fullmatch(code):
        return month_period(full_year(match[2], hints), int(match[1]), hints)
    if match := YEAR_MONTH.fullmatch(code):
        return month_period(full_year(match[1], hints), int(match[2]), hints)
    if match := YEAR_NUMBER.fullmatch(code):
        return month_period(full_year(match[1], hints), int(match[2] or match[3]), hints)
    if match := NUMBER_YEAR.fullmatch(code):
        return month_period(full_year(match[2], hints), int(match[1]), hints)
    if NO_YEAR.fullmatch(code):
        raise hints.refusal("no-year", "names no year. Write it with its year, such as Mar 2021.")
    return None


def week_period(year: int, week: int, hints: Hints) -> Period:
    try:
        return period_of(date.fromisocalendar(year, week, 1), Frequency.WEEK)
    except ValueError:
        last = date(year, 12, 28).isocalendar().week
        raise hints.refusal("no-such-week", f"does not exist: {year} has weeks 1 to {last}.") from None


def read_moment(code: str, hints: Hints) -> Period | None:
    """A date with a time: the hour that contains it, in UTC when a zone is given.

    Midnight without a wish for hours is a whole day, because spreadsheets write dates so; the label of an hour
    (2026-03-14T00:00) stays one. Where days or coarser are wished, the date counts as it is written.
    """
    match = MOMENT.fullmatch(code)
    if match is None or (match["minute"] is None and "T" not in match[0] and "H" not in match[0]):
        return None
    day = read_day(match["date"].rstrip(" T-"), hints)
    if day is None:
        return None
    moment = _moment(day.first_day, match, hints)
    wish = hints.frequency
    midnight = moment.time() == datetime.min.time() and not HOUR_LABEL.fullmatch(code)
    if (wish is None and midnight) or (wish is not None and wish is not Frequency.HOUR):
        return day
    return period_of(_in_utc(moment, match["zone"], hints), Frequency.HOUR)


def _moment(day: date, match: re.Match[str], hints: Hints) -> datetime:
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise hints.refusal("no-such-time", "has no such time: a.m. and p.m. go with hours 1 to 12.")
        hour = hour % 12 + (12 if "V" in match["half"] else 0)
    if hour == 24 and minute == second == 0:
        raise hints.refusal("no-such-time", "ends a day at 24:00. Write 00:00 of the next day.")
    if hour > 23 or minute > 59 or second > 59:
        raise hints.refusal("no-such-time", "has no such time: times run from 00:00:00 to 23:59:59.")
    return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 (naive by design)


def _in_utc(moment: datetime, zone: str | None, hints: Hints) -> datetime:
    if zone is None or zone == "Z":
        return moment
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 14 or minutes > 59:
        raise hints.refusal("no-such-time", f"has no such time zone: {zone}.")
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    return moment.replace(tzinfo=timezone(offset)).astimezone(UTC)
