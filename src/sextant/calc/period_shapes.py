"""Years, parts of years, ranges and rolling spans out of an encoded text (see `period_words.encode`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from sextant.calc.period_dates import Hints, full_year, read_day, read_moment, read_month, week_period
from sextant.calc.period_grid import (
    HOURS,
    MONTHS,
    WEEK_HOURS,
    Frequency,
    Period,
    month_of,
    month_start,
    period_at,
    unit_of,
)

YEAR = r"(?:[0-9]{4}(?:[-/](?:[0-9]{4}|[0-9]{2}))?|[0-9]{2}/[0-9]{2}|[0-9]{2}-[0-9]{2}|[0-9]{2})"
YEAR_4 = r"[0-9]{4}(?:[-/](?:[0-9]{4}|[0-9]{2}))?"
FISCAL = r"(?P<fiscal>F ?Y? ?F? ?|Y ?F ?|Y )?"
SEP = r"[ ./-]*"
PARTS = (
    re.compile(rf"{FISCAL}(?P<year>{YEAR}){SEP}(?P<unit>[QTHSWMP]){SEP}(?P<number>[0-9]{{1,2}})"),
    re.compile(rf"(?P<unit>[QTHSWMP]){SEP}(?P<number>[0-9]{{1,2}}){SEP}{FISCAL}(?P<year>{YEAR_4})"),
    re.compile(rf"(?P<unit>[QTHSWMP]){SEP}(?P<number>[0-9]{{1,2}})(?:[ ./-]+|(?=F)){FISCAL}(?P<year>{YEAR})"),
    re.compile(rf"(?P<number>[0-9]{{1,2}}){SEP}(?P<unit>[QTHW]){SEP}{FISCAL}(?P<year>{YEAR})"),
    re.compile(rf"(?P<year>{YEAR_4})[ ./-]+(?P<number>[0-9]{{1,2}}){SEP}(?P<unit>[QTHW])"),
)
PLAIN_YEAR = re.compile(rf"{FISCAL}(?P<year>[0-9]{{4}}|(?<=F)[0-9]{{2}}|(?<=F )[0-9]{{2}})(?:\.0)?(?: ?F)?")
TWO_YEARS = re.compile(rf"{FISCAL}(?P<first>[0-9]{{4}}|[0-9]{{2}})(?P<sign> ?[-/~] ?)(?P<second>[0-9]{{4}}|[0-9]{{2}})")
CALENDAR_YEAR = re.compile(r"C ?Y? ?([0-9]{4})")
MONTHS_OF_A_YEAR = (
    re.compile(r"@(?P<first>[0-9]{2}) ?[-~/] ?@(?P<last>[0-9]{2})[ ./-]*(?P<year>[0-9]{4}|[0-9]{2})"),
    re.compile(r"(?P<year>[0-9]{4})[ ./-]*@(?P<first>[0-9]{2}) ?[-~/] ?@(?P<last>[0-9]{2})"),
)
PARTS_OF_A_YEAR = re.compile(
    rf"(?P<unit>[QHT]) ?(?P<first>[0-9]) ?[-~/] ?(?P=unit) ?(?P<last>[0-9]){SEP}(?P<year>{FISCAL}{YEAR_4})"
)
DAYS_OF_A_MONTH = re.compile(r"(?P<first>[0-9]{1,2}) ?[-~] ?(?P<last>[0-9]{1,2} ?@[0-9]{2} ?[0-9]{4})")
ROLLING = re.compile(r"(?:R ?)?(?P<count>[0-9]{1,2})[ -]?(?P<unit>[DWMQHY])(?: ?R)? ?(?:E ?~?|~ ?E?) ?(?P<last>.+)")
ROLLING_BARE = re.compile(r"R ?(?P<count>[0-9]{1,2})[ -]?(?P<unit>[DWMQHY])? (?P<last>.+)")
ENDING = re.compile(r"(?:R ?)?(?P<unit>[WMQHY]) ?(?:E ?~?|~ ?E?) ?(?P<last>.+)")
BEGINNING = re.compile(r"W ?B ?(?P<first>.+)")
RANGE_SIGNS = (re.compile(r"\.\."), re.compile(r" ?~ ?"), re.compile(r" - "), re.compile(r"/"), re.compile(r"-"))
WORDED_SIGNS = ("~", "-")

UNITS = {
    "D": Frequency.DAY,
    "W": Frequency.WEEK,
    "M": Frequency.MONTH,
    "Q": Frequency.QUARTER,
    "T": Frequency.TERTIAL,
    "H": Frequency.HALF,
    "Y": Frequency.YEAR,
}
# What a worded range of days or months may be equal to.
NAMED = (
    Frequency.WEEK,
    Frequency.MONTH,
    Frequency.QUARTER,
    Frequency.HALF,
    Frequency.YEAR,
    Frequency.TERTIAL,
)

Reader = Callable[[str, Hints], Period | None]


def read_shape(code: str, hints: Hints) -> Period | None:
    """The period that the whole text names, or None when it has no known shape."""
    return _first(code, hints, (read_single, _spans_of_a_year, _rolling, _ending, _range))


def read_single(code: str, hints: Hints) -> Period | None:
    """One unit: a moment, day, week, month, part of a year or year (or years joined as one or as a span)."""
    return _first(code, hints, (read_moment, read_day, _part, _years, read_month))


def _first(code: str, hints: Hints, readers: tuple[Reader, ...]) -> Period | None:
    return next((period for reader in readers if (period := reader(code, hints)) is not None), None)


def _part(code: str, hints: Hints) -> Period | None:
    """Quarter, tertial, half, week or month of a year: 2015Q4, Q4-15, 4Q15, F22Q1, 2021/22 Q4, W11 2026."""
    match = next((found for pattern in PARTS if (found := pattern.fullmatch(code))), None)
    if match is None:
        return None
    unit, number, fiscal = match["unit"], int(match["number"]), bool(match.groupdict().get("fiscal"))
    unit = _meant_unit(unit, number, hints)
    if unit in "WM":
        if fiscal or not match["year"].isdigit():
            return None
        year = full_year(match["year"], hints)
        return week_period(year, number, hints) if unit == "W" else read_month(f"{year}-{number:02d}", hints)
    if unit == "P" and not fiscal:
        return None
    months = 1 if unit == "P" else MONTHS[UNITS[unit]]
    if not 1 <= number <= 12 // months:
        name = "period" if unit == "P" else UNITS[unit]
        hint = " If it is a quarter, write Q4." if unit == "T" and number == 4 else ""
        raise hints.refusal(f"no-such-{name}", f"names {name} {number}; a year has {12 // months}.{hint}")
    start = _year_of(match["year"], hints).start
    first = month_start(month_of(start) + (number - 1) * months)
    frequency = Frequency.MONTH if unit == "P" else UNITS[unit]
    return period_at(first, frequency, hints.calendar)


def _meant_unit(unit: str, number: int, hints: Hints) -> str:
    """T is a tertial unless quarters are wished (trimestre); S a half-year unless weeks are (semaine)."""
    if unit == "T" and hints.frequency is Frequency.QUARTER:
        return "Q"
    if unit != "S":
        return unit
    if hints.frequency is Frequency.WEEK:
        return "W"
    if number > 2:
        raise hints.refusal("unreadable-period", "may be a week. Write it as W, such as 2026-W11.")
    return "H"


def _years(code: str, hints: Hints) -> Period | None:
    """2017, FY2017, 2017/18, 2017-2018 (one year); 2005-2007 (a span of three); CY2017."""
    if match := PLAIN_YEAR.fullmatch(code):
        return _year_of(match["year"], hints)
    if match := CALENDAR_YEAR.fullmatch(code):
        year = full_year(match[1], hints)
        if hints.calendar.year_start_month == 1:
            return _year_of(match[1], hints)
        return Period(month_start(year * 12), month_start(year * 12 + 12), Frequency.MONTH, 12)
    if match := TWO_YEARS.fullmatch(code):
        sign = match["sign"].strip()
        return _two_years(bool(match["fiscal"]), match["first"], sign, match["second"], hints)
    return None


def _year_of(text: str, hints: Hints) -> Period:
    """The year of one number ("2018", by the calendar's naming) or of two ("2017/18": it begins in 2017)."""
    if match := re.fullmatch("([0-9]+)[-/]([0-9]+)", text):
        return _one_year_of_two(match[1], match[2], hints)
    return _year_from(hints.calendar.first_calendar_year(full_year(text, hints)), hints)


def _one_year_of_two(first: str, second: str, hints: Hints) -> Period:
    if not _are_consecutive(first, second):
        raise hints.refusal("years-not-consecutive", "joins two years that do not follow each other.")
    return _year_from(full_year(first, hints), hints)


def _year_from(first_calendar_year: int, hints: Hints) -> Period:
    start = month_start(first_calendar_year * 12 + hints.calendar.year_start_month - 1)
    return period_at(start, Frequency.YEAR, hints.calendar)


def _are_consecutive(first: str, second: str) -> bool:
    modulus = int(10 ** len(second))
    return (int(first) + 1) % modulus == int(second)


def _two_years(fiscal: bool, first: str, sign: str, second: str, hints: Hints) -> Period | None:
    wished = hints.frequency is Frequency.YEAR
    could_be_month = len(first) == 4 and len(second) == 2 and 1 <= int(second) <= 12 and not fiscal
    if len(first) == 2 and not (len(second) == 2 and (fiscal or wished or int(first) > 12)):
        return None
    if _are_consecutive(first, second):
        # "2011-12" is December in ISO 8601, unless years are wished; a stroke is never ISO.
        finer_wished = hints.frequency is not None and not wished
        if could_be_month and (finer_wished or (sign == "-" and not wished)):
            return None
        return _year_from(full_year(first, hints), hints)
    if len(first) == 2:
        return None
    return _years_apart(first, sign, second, could_be_month, hints)


def _years_apart(first: str, sign: str, second: str, could_be_month: bool, hints: Hints) -> Period | None:
    """A span such as 2005-2007; with two digits only when nothing else is possible or years are wished."""
    begin = full_year(first, hints)
    end = full_year(second, hints) if len(second) == 4 else begin // 100 * 100 + int(second)
    if len(second) == 2:
        wished = hints.frequency is Frequency.YEAR and end > begin
        if could_be_month and not wished:
            if sign == "/" and end > begin and hints.frequency is None:
                raise hints.refusal("ambiguous-period", f"may be a month or the years {begin} to {end}.")
            return None
        if not wished:
            near = f"the years {begin}-{end}" if end > begin else f"“{begin}-12”"
            raise hints.refusal("no-such-month", f"names no month from 01 to 12. Did you mean {near}?")
    if end <= begin:
        raise hints.refusal("reversed-period", "ends before it begins.")
    return _joined(_year_of(str(begin), hints), _year_of(str(end), hints), hints)


def _spans_of_a_year(code: str, hints: Hints) -> Period | None:
    """Jan-Mar 2020, Q1-Q2 2020 and 1-7 March 2021: the year stands once, for both ends."""
    if match := PARTS_OF_A_YEAR.fullmatch(code):
        first = _part(f"{match['unit']}{match['first']} {match['year']}", hints)
        last = _part(f"{match['unit']}{match['last']} {match['year']}", hints)
        return _joined(first, last, hints) if first and last else None
    if match := DAYS_OF_A_MONTH.fullmatch(code):
        last = read_day(match["last"], hints)
        rest = re.sub("^[0-9]+", "", match["last"])
        first = read_day(f"{match['first']} {rest.lstrip()}", hints)
        return _joined(first, last, hints, named=True) if first and last else None
    for pattern in MONTHS_OF_A_YEAR:
        if match := pattern.fullmatch(code):
            if int(match["first"]) > int(match["last"]):
                raise hints.refusal("ambiguous-period", "crosses a new year. Write the year of both months.")
            first = read_month(f"@{match['first']} {match['year']}", hints)
            last = read_month(f"@{match['last']} {match['year']}", hints)
            return _joined(first, last, hints, named=True) if first and last else None
    return None


def _range(code: str, hints: Hints) -> Period | None:
    """Two periods of one kind with a sign between them: 2020-01/2020-05, Q1 2020 to Q4 2020, 2017..2018."""
    for pattern in RANGE_SIGNS:
        for sign in pattern.finditer(code):
            last = read_single(code[sign.end() :], hints) if sign.end() < len(code) else None
            first = read_single(code[: sign.start()], hints) if last is not None and sign.start() else None
            if first is not None and last is not None:
                return _joined(first, last, hints, named=sign[0].strip() in WORDED_SIGNS)
    return None


def _joined(first: Period, last: Period, hints: Hints, *, named: bool = False) -> Period:
    """From the begin of one to the end of the other; `named` gives "Jan to Mar" its name as a quarter."""
    if first.frequency is not last.frequency or first.span > 1 or last.span > 1:
        raise hints.refusal("unreadable-period", "joins two periods of different kinds.")
    if last.start < first.start:
        raise hints.refusal("reversed-period", "ends before it begins.")
    if first == last:
        return first
    units = unit_of(last.start, last.frequency, hints.calendar) - unit_of(first.start, first.frequency, hints.calendar)
    joined = Period(first.start, last.end, first.frequency, units + 1)
    return _named(joined, hints) if named and joined.frequency in (Frequency.DAY, Frequency.MONTH) else joined


def _named(period: Period, hints: Hints) -> Period:
    homes = (period_at(period.start, frequency, hints.calendar) for frequency in NAMED)
    return next((home for home in homes if (home.start, home.end) == (period.start, period.end)), period)


def _rolling(code: str, hints: Hints) -> Period | None:
    """Rolling 12 months to Mar 2021, 3 years ending 2007, R12 Mar 2021: always a rolling span."""
    match = ROLLING.fullmatch(code) or ROLLING_BARE.fullmatch(code)
    last = read_single(match["last"], hints) if match else None
    if match is None or last is None:
        return None
    return _ended(int(match["count"]), match["unit"] or "M", last, hints)


def _ending(code: str, hints: Hints) -> Period | None:
    """Year ending March 2021 (a span of 12 months), quarter ending June 2021, week ending 20 Jun 2021."""
    if match := BEGINNING.fullmatch(code):
        day = read_day(match["first"], hints)
        if day is None:
            return None
        return _named(Period(day.start, day.start + WEEK_HOURS, Frequency.DAY, 7), hints)
    match = ENDING.fullmatch(code)
    last = read_single(match["last"], hints) if match else None
    if match is None or last is None:
        return None
    period = _ended(1, match["unit"], last, hints)
    return period if match["unit"] == "Y" else _named(period, hints)


def _ended(count: int, unit: str, last: Period, hints: Hints) -> Period:
    """`count` units that end with `last`, counted in units of `last`."""
    frequency = UNITS[unit]
    if last.span == 1 and frequency not in HOURS:
        if last.frequency is Frequency.DAY and month_start(month_of(last.start) + 1) == last.end:
            last = period_at(last.start, Frequency.MONTH)
        length = MONTHS[frequency] * count
        own = MONTHS.get(last.frequency, length + 1)
        if length % own == 0:
            start = month_start(month_of(last.start) + own - length)
            return Period(start, last.end, last.frequency, length // own)
    elif last.span == 1 and last.frequency in HOURS and last.frequency.rank <= frequency.rank:
        own = HOURS[last.frequency]
        length = HOURS[frequency] * count
        return Period(last.end - length, last.end, last.frequency, length // own)
    raise hints.refusal("unreadable-period", "does not end with the end of such a period.")
