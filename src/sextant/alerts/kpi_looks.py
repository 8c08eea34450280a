"""Looking at KPIs: their target, their red flag, and whether a value is missing. The judgement is `calc`'s."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.functional import cached_property

from sextant.alerts.looks import ALL_CLEAR, NOTHING_TO_SEE, Look
from sextant.calc.episodes import CLEAR, HOLDS, UNDECIDED, Check
from sextant.calc.freshness import freshness, next_due
from sextant.calc.period_grid import hour_of, unit_of, unit_start
from sextant.calc.periods import Calendar, Frequency, Period, period_at
from sextant.calc.status import NO_DATA, OFF_TARGET, ON_TARGET, STALE, WATCH, kpi_status
from sextant.calc.targets import TargetRow, TargetValues, target_for
from sextant.kpis.models import Kpi
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint

MISSED = {WATCH: 1, OFF_TARGET: 2}
LOOK_BACK = 3  # so many periods before the newest one are looked at for gaps

_age = lru_cache(maxsize=4096)(freshness)  # thousands of KPIs share a rhythm


@lru_cache(maxsize=8192)
def _end(start: int, frequency: Frequency, calendar: Calendar, span: int) -> int:
    return period_at(start, frequency, calendar, span).end


@dataclass(eq=False)
class KpiFacts:
    """What was read of one KPI."""

    kpi: Kpi
    series: Series
    targets: Sequence[TargetRow]
    point: Standpoint
    zone: ZoneInfo
    is_brief: bool = False  # only whether something changed is asked

    def end(self, index: int) -> int:
        series = self.series
        return _end(int(series.starts[index]), series.frequency, series.calendar, series.span)

    @cached_property
    def now(self) -> int:
        return self.point.hour(self.series.frequency)

    @cached_property
    def latest(self) -> int | None:
        return self.series.latest

    @cached_property
    def answered(self) -> int | None:
        return self.series.answered

    @cached_property
    def is_stale(self) -> bool:
        metric, series = self.kpi.metric, self.series
        end = None if self.answered is None else self.end(self.answered)
        return _age(end, self.now, series.frequency, metric.grace_days, series.calendar) == STALE

    @cached_property
    def activated(self) -> int:
        """The hour it was activated, on the clock its periods are counted by; nobody waited for values before."""
        moment = self.kpi.activated_at
        if moment is None:
            return self.now
        is_hourly = self.series.frequency == Frequency.HOUR
        return hour_of(moment.astimezone(ZoneInfo("UTC") if is_hourly else self.zone).replace(tzinfo=None))

    @cached_property
    def _always(self) -> TargetValues | None:
        if len(self.targets) != 1:
            return None
        only = self.targets[0]
        return only.values if only.period is None and only.aim_by is None and only.valid_from is None else None

    def target(self, index: int) -> TargetValues | None:
        if self._always is not None or not self.targets:
            return self._always
        series, period = self.series, self.series.period(index)
        return target_for(period, self.targets, series.calendar, self.kpi.metric.aggregation, series.frequency)

    def status(self, index: int) -> str:
        value = float(self.series.values[index])
        return kpi_status(None if math.isnan(value) else value, self.target(index), self.kpi.metric.direction)


def look_at_target(facts: KpiFacts, *, is_crossing_heard: bool) -> tuple[Look, Look]:
    """The looks of `red_flag` and `target_crossed`. Periods without a value end no row of misses; a value that is stale
    and in between raises nothing any more, bad news stays what it is.

    Between target and red flag a red flag that is up stays up, unless nobody hears of missed targets.
    """
    index = facts.latest
    status = NO_DATA if index is None else facts.status(index)
    if index is None or (status not in MISSED and status != ON_TARGET) or (status == WATCH and facts.is_stale):
        return NOTHING_TO_SEE, NOTHING_TO_SEE
    place = int(facts.series.starts[index])
    if status == ON_TARGET:
        first, count = _row(facts, index, lambda at: facts.status(at) == ON_TARGET)
        seen = {} if facts.is_brief else _evidence(facts, index, first, count, status)
        return (look := Look(Check(CLEAR, count, 0, place), seen)), look
    first, count = _row(facts, index, lambda at: facts.status(at) in MISSED)
    missed = Look(Check(HOLDS, count, MISSED[status], place), _evidence(facts, index, first, count, status))
    if _flag_passed(facts, index, status) is None:
        between = UNDECIDED if is_crossing_heard else CLEAR
        return Look(Check(between, count, 1, place), missed.evidence), missed
    first, count = _row(facts, index, lambda at: _flag_passed(facts, at, facts.status(at)) is not None)
    flagged = Look(Check(HOLDS, count, 2, place), _evidence(facts, index, first, count, status))
    return flagged, missed


def _row(facts: KpiFacts, index: int, holds: Callable[[int], bool]) -> tuple[int, int]:
    """The first index of the unbroken row of periods that ends at `index`, and how many of them have a value."""
    first, count = index, 1
    for at in range(index - 1, -1, -1):
        if math.isnan(facts.series.values[at]):
            continue
        if not holds(at):
            break
        first, count = at, count + 1
    return first, count


def _flag_passed(facts: KpiFacts, index: int, status: str) -> float | None:
    """The red flag the value is past; None when it is not, or none is set on that side."""
    target = facts.target(index)
    if status != OFF_TARGET or target is None:
        return None
    if facts.kpi.metric.direction != "within":
        return target.red_flag
    value = float(facts.series.values[index])
    return target.red_low if target.low is not None and value < target.low else target.red_high


def _evidence(facts: KpiFacts, index: int, first: int, count: int, status: str) -> dict[str, object]:
    target = facts.target(index) or TargetValues()
    figures = {"target": target.target, "low": target.low, "high": target.high}
    return {
        "status": status, "value": float(facts.series.values[index]), "start": int(facts.series.starts[index]),
        "since": int(facts.series.starts[first]), "periods": count, "flag": _flag_passed(facts, index, status),
    } | {name: figure for name, figure in figures.items() if figure is not None}  # fmt: skip


def look_for_values(facts: KpiFacts) -> Look:
    """The look of `late`: the newest value is overdue, none came at all, or one shortly before it is missing."""
    series, metric = facts.series, facts.kpi.metric
    if facts.answered is None:
        return _look_for_first(facts)
    if facts.is_stale:
        waiting = next_period(facts.end(facts.answered), series.frequency, series.calendar, series.span)
        return _late(waiting.start, "overdue", 1)
    if series.is_calculated:
        return ALL_CLEAR
    for index in range(max(0, facts.answered - LOOK_BACK), facts.answered):
        if not math.isnan(series.values[index]):
            continue
        if index in series.flags and series.flags[index].state == "not_applicable":
            continue
        end = facts.end(index)
        if end > facts.activated and facts.now > end + 24 * metric.grace_days:
            return _late(int(series.starts[index]), "gap", 0)
    return Look(Check(CLEAR), {"kind": "clear", "start": int(series.starts[facts.answered])})


def _look_for_first(facts: KpiFacts) -> Look:
    series, metric = facts.series, facts.kpi.metric
    period = period_at(facts.activated, series.frequency, series.calendar, metric.span)
    if facts.kpi.activated_at is not None and facts.now > period.end + 24 * metric.grace_days:
        return _late(period.start, "never", 1)
    return NOTHING_TO_SEE


def _late(start: int, kind: str, level: int) -> Look:
    return Look(Check(HOLDS, 1, level, start), {"kind": kind, "start": start, "since": start})


def next_period(end: int, frequency: Frequency, calendar: Calendar, span: int) -> Period:
    """The period that is waited for after one that ended at this hour."""
    due = next_due(end, frequency, calendar)
    return period_at(unit_start(unit_of(due - 1, frequency, calendar) - span + 1, frequency, calendar), frequency,
                     calendar, span)  # fmt: skip
