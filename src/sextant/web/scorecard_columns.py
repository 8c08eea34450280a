"""The periods of a scorecard as columns: the same ones for all rows of a frequency, counted back from now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.utils.translation import get_language
from numpy.typing import NDArray

from sextant.calc.period_grid import period_from_unit, unit_of
from sextant.calc.period_labels import LETTERS, MONTH_NAMES, year_and_number
from sextant.calc.periods import Calendar, Frequency, Period, label, moment_of, spoken
from sextant.kpis.queries.standing import PERIODS, Standing
from sextant.metrics.queries.standpoint import Standpoint


@dataclass(frozen=True, slots=True)
class Column:
    """One period. `label` is the canonical text, `words` what people say, `short` what fits above a cell."""

    period: Period
    label: str
    words: str
    short: str


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The newest complete periods, oldest first, and the running one at the end; `starts` are their hours."""

    frequency: Frequency
    span: int
    each: tuple[Column, ...]
    starts: NDArray[np.int64]
    calendar: Calendar
    words: Mapping[int, str]

    def words_of(self, period: Period) -> str:
        """A period as people say it; for one of the columns without working it out again."""
        return self.words.get(period.start) or spoken(period, self.calendar)


def columns_of(standing: Standing) -> Columns:
    """The columns the row of this standing belongs under."""
    series, metric = standing.series, standing.metric
    return _columns(series.frequency, series.calendar, metric.span, _running(standing.point, series.frequency,
                    series.calendar), get_language() or "en")  # fmt: skip


def columns_for(standings: Sequence[Standing]) -> list[Columns]:
    """The columns of each standing; those of a rhythm are worked out once."""
    known: dict[tuple[str, int, int], Columns] = {}
    found = []
    for each in standings:
        rhythm = (each.series.frequency, id(each.series.calendar), each.metric.span)
        if rhythm not in known:
            known[rhythm] = columns_of(each)
        found.append(known[rhythm])
    return found


def _running(point: Standpoint, frequency: Frequency, calendar: Calendar) -> int:
    return unit_of(point.hour(frequency), frequency, calendar)


@lru_cache(maxsize=256)
def _columns(frequency: Frequency, calendar: Calendar, span: int, running: int, language: str) -> Columns:
    units = range(running - span - PERIODS + 1, running - span + 2)
    periods = [period_from_unit(unit, frequency, calendar, span) for unit in units]
    each = tuple(
        Column(period, label(period, calendar), spoken(period, calendar), _short(period, calendar))
        for period in periods
    )
    starts = np.array([period.start for period in periods], np.int64)
    return Columns(frequency, span, each, starts, calendar, {one.period.start: one.words for one in each})


def _short(period: Period, calendar: Calendar) -> str:
    """ "Mar", "Jan 26", "W11", "14 Mar", "Q1 26", "2026": what tells a column from its neighbours."""
    first = moment_of(period.start)
    if period.span > 1:
        return spoken(period, calendar)
    month, year = MONTH_NAMES[first.month - 1], f"{first.year % 100:02d}"
    match period.frequency:
        case Frequency.HOUR:
            return f"{first:%H}:00"
        case Frequency.DAY:
            return f"{first.day} {month}"
        case Frequency.WEEK:
            return f"W{first.isocalendar().week}"
        case Frequency.MONTH:
            return f"{month} {year}" if first.month == 1 else month
        case Frequency.YEAR:
            return spoken(period, calendar)
    starts_in, number = year_and_number(period, calendar)
    return f"{LETTERS[period.frequency]}{number} {starts_in % 100:02d}"
