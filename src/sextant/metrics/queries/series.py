"""The series of many metrics at once: recorded, aggregated to coarser periods, or calculated (ADR 0007)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from sextant.calc.aggregation import Point, roll_up
from sextant.calc.period_grid import unit_of, unit_start
from sextant.calc.periods import Calendar, Frequency, Period, period_at
from sextant.metrics.models import Metric
from sextant.metrics.queries.reading import Flag, Floats, Hours, RawSeries, latest_starts, read_rows
from sextant.metrics.queries.standpoint import Standpoint

MOST_PERIODS = 500_000
BASELINE = 104  # as many periods as limits are computed from
SLACK = 13  # a metric this many periods behind still shows its newest values in one statement
SHORT_SLACK = 4  # the same for weeks and shorter, where periods are many and silence is short


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One metric period by period, oldest first, without holes: a period without a value is nan.

    `values[:complete]` are judged; the running period and plans for later ones come after. `reasons` says why
    a calculated value is missing, by index.
    """

    metric: Metric
    frequency: Frequency
    calendar: Calendar
    span: int
    starts: Hours
    values: Floats
    complete: int
    flags: Mapping[int, Flag] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    is_calculated: bool = False

    def period(self, index: int) -> Period:
        return period_at(int(self.starts[index]), self.frequency, self.calendar, self.span)

    @property
    def latest(self) -> int | None:
        """Index of the newest complete period with a value."""
        for index in range(self.complete - 1, -1, -1):  # nearly always the first one looked at
            if not math.isnan(self.values[index]):
                return index
        return None

    @property
    def answered(self) -> int | None:
        """Index of the newest complete period with a value, or with the word that none applies."""
        latest = self.latest
        for index in range(self.complete - 1, -1 if latest is None else latest, -1):
            if index in self.flags and self.flags[index].state == "not_applicable":
                return index
        return latest

    @property
    def running(self) -> int | None:
        """Index of the running period, when it has a value so far."""
        if self.complete < len(self.values) and not np.isnan(self.values[self.complete]):
            return self.complete
        return None

    def newest(self, count: int) -> Series:
        """The same series cut to its newest `count` periods."""
        cut = max(0, len(self.starts) - count)
        if not cut:
            return self
        return Series(
            self.metric, self.frequency, self.calendar, self.span, self.starts[cut:], self.values[cut:],
            max(0, self.complete - cut), {i - cut: flag for i, flag in self.flags.items() if i >= cut},
            {i - cut: reason for i, reason in self.reasons.items() if i >= cut}, self.is_calculated,
        )  # fmt: skip


def series_of(metric: Metric, point: Standpoint, *, grain: Frequency | None = None) -> Series:
    """The whole series of one metric."""
    return series_many([metric], point, grain=grain)[metric.id]


def series_many(
    metrics: Sequence[Metric], point: Standpoint, *, newest: int | None = None, grain: Frequency | None = None,
    formulas: Mapping[int, Sequence[tuple[int | None, str]]] | None = None,
) -> dict[int, Series]:  # fmt: skip
    """Series by metric id, with a fixed number of statements.

    `newest` limits how many periods are needed (None: all); `grain` asks for coarser periods and raises
    `RatioNeedsParts` for percentages without parts. `formulas` is what `Calculation.of` takes as known.
    """
    from sextant.metrics.queries.calculated import Calculation

    calculation = Calculation.of(metrics, point, known=formulas)
    since = calculation.since(metrics, newest)
    recorded = load_recorded({i: calculation.by_id[i] for i in since}, since, point, newest=newest)
    series: dict[int, Series] = {}
    for metric in metrics:
        if calculation.is_calculated(metric):
            series[metric.id] = calculation.series(metric, recorded, grain)
        else:
            own = recorded[metric.id]
            series[metric.id] = own if grain is None or grain == own.frequency else coarser(own, grain, point)
    return series


def load_recorded(
    wanted: Mapping[int, Metric], since: Mapping[int, int | None], point: Standpoint, *, newest: int | None
) -> dict[int, Series]:
    """Series of metrics whose values are recorded, each from its own first hour on."""
    raw = read_rows(since, point)
    if newest is not None:
        behind = {i: metric for i, metric in wanted.items() if _is_behind(raw.get(i), metric, point)}
        raw |= _read_behind(behind, since, point) if behind else {}
    return {metric_id: on_grid(metric, raw.get(metric_id), point) for metric_id, metric in wanted.items()}


def calendar_for(metric: Metric, point: Standpoint) -> Calendar:
    """The organisation's calendar, or the metric's own year."""
    own = metric.year_start_month
    if own is None or own == point.calendar.year_start_month:
        return point.calendar
    return Calendar(own, point.calendar.fiscal_year_named_by)


def slack_of(metric: Metric) -> int:
    """How many periods further back than needed one reads at once, for metrics that are behind."""
    return SHORT_SLACK if metric.frequency in ("hour", "day", "week") else SLACK


def first_needed(metric: Metric, point: Standpoint, periods: int) -> int:
    """The start of the period so many periods before the running one."""
    frequency, calendar = Frequency(metric.frequency), calendar_for(metric, point)
    running = unit_of(point.hour(metric.frequency), frequency, calendar)
    return unit_start(running - periods - metric.span, frequency, calendar)


def _read_behind(
    behind: Mapping[int, Metric], since: Mapping[int, int | None], point: Standpoint
) -> dict[int, RawSeries]:
    """The newest periods of metrics whose values end long ago, counted back from their own last value.

    The distance is rounded up to a power of two, so that many such metrics take few statements.
    """
    earlier: dict[int, int | None] = {}
    for metric_id, start in latest_starts(list(behind), point).items():
        metric = behind[metric_id]
        frequency, calendar = Frequency(metric.frequency), calendar_for(metric, point)
        lagging = unit_of(first_needed(metric, point, 0), frequency, calendar) - unit_of(start, frequency, calendar)
        first = since[metric_id]
        if lagging > 0 and first is not None:
            moved = unit_of(first, frequency, calendar) - (1 << (lagging - 1).bit_length())
            earlier[metric_id] = unit_start(moved, frequency, calendar)
    return read_rows(earlier, point) if earlier else {}


def _is_behind(raw: RawSeries | None, metric: Metric, point: Standpoint) -> bool:
    return raw is None or int(raw.starts[-1]) < first_needed(metric, point, slack_of(metric))


@lru_cache(maxsize=512)
def grid(first: int, last: int, frequency: Frequency, calendar: Calendar) -> Hours:
    """The starts of all periods from the one at hour `first` to the one at hour `last`. Shared: never write to it.

    At most the newest `MOST_PERIODS`: a single hour recorded for a wrong century is not worth a server's memory.
    """
    after = unit_of(last, frequency, calendar) + 1
    units = range(max(unit_of(first, frequency, calendar), after - MOST_PERIODS), after)
    starts = np.array([unit_start(unit, frequency, calendar) for unit in units], np.int64)
    starts.flags.writeable = False
    return starts


def on_grid(metric: Metric, raw: RawSeries | None, point: Standpoint) -> Series:
    """Stored rows laid on the metric's periods without holes, up to the newest row."""
    frequency, calendar = Frequency(metric.frequency), calendar_for(metric, point)
    if raw is None:
        nothing = np.empty(0)
        return Series(metric, frequency, calendar, metric.span, nothing.astype(np.int64), nothing, 0)
    starts = grid(int(raw.starts[0]), int(raw.starts[-1]), frequency, calendar)
    values, flags = raw.values, raw.flags
    if len(starts) != len(raw.starts):
        places = np.searchsorted(starts, raw.starts, side="right") - 1
        values = np.full(len(starts), np.nan)
        values[places[places >= 0]] = raw.values[places >= 0]
        flags = {int(places[index]): flag for index, flag in raw.flags.items() if places[index] >= 0}
    complete = count_complete(starts, metric.span, frequency, calendar, point)
    return Series(metric, frequency, calendar, metric.span, starts, values, complete, flags)


def count_complete(starts: Hours, span: int, frequency: Frequency, calendar: Calendar, point: Standpoint) -> int:
    """How many of the periods have ended: those that start before the running period, less the span's reach."""
    running = unit_of(point.hour(frequency), frequency, calendar)
    first_incomplete = unit_start(running - span + 1, frequency, calendar)
    return int(np.searchsorted(starts, first_incomplete, side="left"))


def coarser(series: Series, grain: Frequency, point: Standpoint) -> Series:
    """A recorded series by coarser periods, with the metric's rule. Percentages neither add nor average."""
    metric = series.metric
    rule = "ratio" if metric.unit == "percent" and metric.aggregation in ("mean", "sum") else metric.aggregation
    points = [
        Point(int(start), series.period(index).end, float(series.values[index]))
        for index, start in enumerate(series.starts[: series.complete])
        if not np.isnan(series.values[index])
    ]
    rolled = roll_up(points, grain, rule, series.calendar, series.frequency, series.span)
    if not rolled:
        nothing = np.empty(0)
        return Series(metric, grain, series.calendar, 1, nothing.astype(np.int64), nothing, 0)
    starts = grid(rolled[0].period.start, rolled[-1].period.start, grain, series.calendar)
    values = np.full(len(starts), np.nan)
    flags = {}
    for point_ in rolled:
        index = int(np.searchsorted(starts, point_.period.start))
        values[index] = np.nan if point_.value is None else point_.value
        if not point_.is_complete:
            flags[index] = Flag("observed", "", point_.count / max(1, point_.expected))
    complete = count_complete(starts, 1, grain, series.calendar, point)
    return Series(metric, grain, series.calendar, 1, starts, values, complete, flags)
