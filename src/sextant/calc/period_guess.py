"""What a column of periods says about itself: how often it comes, and whether its dates put the day first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from sextant.calc.period_grid import Frequency, Period, PeriodError, moment_of, month_of

BY_MONTHS = {12: Frequency.YEAR, 6: Frequency.HALF, 4: Frequency.TERTIAL, 3: Frequency.QUARTER}
# Days between dates that come once per month, quarter, half or year without lying on its first or last day.
BY_DAYS = (
    (27, 35, 1, Frequency.MONTH),
    (84, 98, 3, Frequency.QUARTER),
    (175, 189, 6, Frequency.HALF),
    (357, 371, 12, Frequency.YEAR),
)
NUMERIC_DATE = re.compile(r"\s*(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})(?!\d)", re.ASCII)


def guess_frequency(periods: Sequence[Period]) -> tuple[Frequency, int]:
    """The frequency and span of a column, from the periods read without a frequency.

    Periods that name their frequency are believed (the most common one). Dates are judged by their distances:
    all on the first or last day of a month make a month, quarter, tertial, half or year; distances of whole
    weeks make a week; one date per month, quarter, half or year in regular distance makes that. A single date
    stays a day. Raises PeriodError for no periods.
    """
    if not periods:
        raise PeriodError("no-periods", "There is no period to judge the frequency by.")
    kinds = Counter((period.frequency, period.span) for period in periods)
    if kinds.keys() <= {(Frequency.DAY, 1), (Frequency.HOUR, 1)}:
        return _frequency_of_moments({period.start for period in periods}), 1
    if _are_years_that_look_like_months(periods, kinds):
        return Frequency.YEAR, 1
    return max(kinds, key=lambda kind: (kinds[kind], -kind[0].rank, -kind[1]))


def _frequency_of_moments(starts: set[int]) -> Frequency:
    """Distinct hours: one time of day throughout means that the days matter."""
    if len({start % 24 for start in starts}) > 1:
        return Frequency.HOUR
    return _frequency_of_days(sorted(start // 24 for start in starts))


def _frequency_of_days(days: list[int]) -> Frequency:
    """Distinct days since 1970-01-01, ascending."""
    if len(days) < 2:
        return Frequency.DAY
    gaps = [later - earlier for earlier, later in pairwise(days)]
    months = [month_of(day * 24) for day in days]
    if _all_first(days) or _all_first([day + 1 for day in days]):
        return BY_MONTHS.get(_step_in_months(months), Frequency.MONTH)
    typical = median(gaps)
    for least, most, size, frequency in BY_DAYS:
        if least <= typical <= most and len({month // size for month in months}) == len(days):
            return frequency
    if all(gap % 7 == 0 for gap in gaps) and min(gaps) < 28:
        return Frequency.WEEK
    return Frequency.DAY


def _all_first(days: list[int]) -> bool:
    return all(moment_of(day * 24).day == 1 for day in days)


def _step_in_months(months: list[int]) -> int:
    """The coarsest regular step that the distances allow; gaps in the series do not disturb it."""
    step = math.gcd(*(later - earlier for earlier, later in pairwise(months)))
    return next((size for size in BY_MONTHS if step % size == 0), 1)


def _are_years_that_look_like_months(periods: Sequence[Period], kinds: Counter[tuple[Frequency, int]]) -> bool:
    """ "2010-11", "2011-12" read as months, yet stand for the years 2010-11 and 2011-12."""
    if not kinds.keys() <= {(Frequency.MONTH, 1), (Frequency.YEAR, 1)}:
        return False
    months = {month_of(period.start) for period in periods if period.frequency is Frequency.MONTH}
    all_look_like_years = all((month // 12 + 1) % 100 == month % 12 + 1 for month in months)
    return all_look_like_years and (len(months) > 1 or kinds[Frequency.YEAR, 1] > 0)


def guess_day_first(texts: Iterable[str]) -> bool | None:
    """Whether dates such as 03/04/2021 put the day first, from dates that can only be read one way.

    Dots count as day first, as everywhere where dates are written with them. None when nothing tells, or
    when the column contradicts itself.
    """
    dates = {match.groups() for text in texts if (match := NUMERIC_DATE.match(text))}
    found = {
        separator == "." or int(first) > 12
        for first, separator, second, year in dates
        if separator == "." or (int(first) > 12) != (int(second) > 12)
    }
    if len(found) != 1 or _may_begin_with_the_year(dates):
        return None
    return found.pop()


def _may_begin_with_the_year(dates: set[tuple[str, ...]]) -> bool:
    """Whether 21/04/25 may be 2021-04-25: short dates whose first part changes no more often than their last."""
    if any(len(year) == 4 or separator == "." or int(year) > 31 for _, separator, _, year in dates):
        return False
    lasts = {year for *_, year in dates}
    return len({first for first, *_ in dates}) <= len(lasts) and len({date[2] for date in dates}) <= len(lasts)
