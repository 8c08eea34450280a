"""Process-behaviour charts: natural limits of one series (X and moving range, after Wheeler).

Centre = mean; limits = mean +- 2.660 x mean moving range; range limit = 3.268 x mean moving range. A
moving range is the step between two neighbouring periods that both have a value: it never spans a gap,
and never a divider.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from sextant.calc.assurance import assurance, explain_assurance
from sextant.calc.charts import (
    BASELINE_PERIODS,
    ENOUGH_HISTORY,
    LIMIT_FACTOR,
    MINIMUM_POINTS,
    RANGE_FACTOR,
    Floats,
    Hours,
    LimitSettings,
    ProcessChart,
    Segment,
    TypedLimits,
)
from sextant.calc.marks import Mark, marks_of, rounding_of
from sextant.calc.seasons import (
    ADDITIVE,
    MULTIPLICATIVE,
    LimitError,
    Places,
    Season,
    season_places,
    seasonal_factors,
)
from sextant.calc.why import Why, method

__all__ = [
    "ADDITIVE",
    "ENOUGH_HISTORY",
    "MINIMUM_POINTS",
    "MULTIPLICATIVE",
    "LimitError",
    "LimitSettings",
    "Mark",
    "ProcessChart",
    "Season",
    "Segment",
    "TypedLimits",
    "assurance",
    "explain_assurance",
    "explain_limits",
    "limits_many",
    "process_chart",
    "season_places",
    "seasonal_factors",
]

Bounds = tuple[float | None, float | None]
MINIMUM_RANGES = 3
"""Six points scattered among gaps may leave no neighbours at all; limits need at least this many ranges."""
FORMULAS = {
    "computed": "centre = mean (without season, along the slope if any); limits = centre -+ 2.660 x mean moving range;"
    " range limit = 3.268 x mean moving range",
    "locked": "as computed, from the chosen points only, and held for the later ones",
    "typed": "limits as typed by a person",
    "too_few": f"no limits: fewer than {MINIMUM_POINTS} values, or hardly any two in a row",
}


def process_chart(
    starts: ArrayLike,
    values: ArrayLike,
    settings: LimitSettings = LimitSettings(),
    *,
    bounds: Bounds = (None, None),
) -> ProcessChart:
    """Draw the chart of one series: ``starts`` ascending hours, ``values`` one per period, nan where
    missing.

    ``bounds`` are the natural bounds of the unit (a share is never below 0): limits are clipped to them.
    Typed limits stand as typed; they win over a lock in the same segment. An infinite value counts as
    missing. A multiplicative season that the values do not allow is estimated as an additive one. Raises
    LimitError when starts and values do not fit together or the settings cannot be used.
    """
    hours, series = _checked(starts, values)
    edges = _edges(hours, settings.dividers)
    season = _season(hours, series, edges, settings)
    places = season_places(hours, season.length) if season else None
    with np.errstate(over="ignore", invalid="ignore"):
        level = season.removed(series, places) if season and places is not None else series
        canvas = _Canvas(series, level, season, places, bounds)
        drawn = [_draw(plan, canvas, settings) for plan in _plans(hours, series, edges, settings)]
        ranges = _moving_ranges(canvas.level, edges, drawn)
        range_marks = _range_marks(ranges, drawn)
        marks = sorted((mark for piece in drawn for mark in piece.marks), key=lambda mark: mark.index)
    segments = tuple(piece.segment for piece in drawn)
    return ProcessChart(hours, series, ranges, segments, tuple(marks), range_marks, season)


def limits_many(matrix: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Centre, lower and upper limit of many series at once: ``matrix`` is series x periods, nan where
    missing.

    Each result holds one figure per series, nan where there are too few points: the same numbers as the
    newest limits of ``process_chart`` with default settings.
    """
    table = np.array(matrix, dtype=np.float64, ndmin=2)
    table[~np.isfinite(table)] = np.nan
    with np.errstate(over="ignore", invalid="ignore"):
        centre, spread, _ = _centre_and_range(_newest(table, BASELINE_PERIODS))
        reach = LIMIT_FACTOR * spread
        return centre, centre - reach, centre + reach


def explain_limits(chart: ProcessChart) -> Why:
    """Why the newest limits are what they are."""
    basis = chart.segments[-1].basis if chart.segments else "too_few"
    inputs: dict[str, object] = {"points": 0, "points_needed": MINIMUM_POINTS}
    if chart.segments:
        newest = chart.segments[-1]
        inputs |= {"points": newest.points, "from": int(chart.starts[newest.first])}
    if chart.has_limits:
        newest = chart.segments[-1]
        inputs |= {
            "centre": chart.centre_now,
            "lower": chart.lower_now,
            "upper": chart.upper_now,
            "mean_moving_range": newest.range_mean,
            "range_limit": newest.range_upper,
            "result": (chart.lower_now, chart.upper_now),
        }
    if chart.season:
        inputs |= {"season_kind": chart.season.kind, "seasonal_factors": chart.season.factors}
    return Why(f"limits-{basis.replace('_', '-')}", FORMULAS[basis], inputs, method("process-limits"))


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What every segment is drawn on; ``level`` holds the values without their season."""

    values: Floats
    level: Floats
    season: Season | None
    places: Places | None
    bounds: Bounds

    def waved(self, levels: Floats, part: slice) -> Floats:
        """Levels of one part with the season put back."""
        if self.season is None or self.places is None:
            return levels
        return self.season.applied(levels, self.places[part])


@dataclass(frozen=True, slots=True)
class _Plan:
    """One segment to draw (``part``), how, and the indexes its limits come from (``base``)."""

    part: slice
    basis: str
    base: slice


@dataclass(frozen=True, slots=True)
class _Drawn:
    segment: Segment
    marks: list[Mark]
    slope: float


def _checked(starts: ArrayLike, values: ArrayLike) -> tuple[Hours, Floats]:
    hours = np.array(starts, dtype=np.int64, ndmin=1)
    series = np.array(values, dtype=np.float64, ndmin=1)
    if hours.shape != series.shape:
        message = f"There are {hours.size} period starts and {series.size} values. Give one value per period."
        raise LimitError("points-do-not-match", message)
    if np.any(np.diff(hours) <= 0):
        raise LimitError("points-not-in-order", "Period starts must rise from one point to the next. Sort them.")
    series[~np.isfinite(series)] = np.nan
    return hours, series


def _edges(hours: Hours, dividers: tuple[int, ...]) -> list[int]:
    """First indexes of the later segments."""
    at = np.unique(np.searchsorted(hours, np.array(dividers, dtype=np.int64)))
    return [int(index) for index in at if 0 < index < len(hours)]


def _season(hours: Hours, series: Floats, edges: list[int], settings: LimitSettings) -> Season | None:
    length, given, kind = settings.season_length, settings.seasonal_factors, settings.season_kind
    if length < 2 or len(series) == 0:
        return None
    if given and len(given) != length:
        message = f"A season of {length} periods needs {length} factors, not {len(given)}."
        raise LimitError("season-factors-do-not-match", message)
    if given:
        return Season(kind, given)
    try:
        factors = seasonal_factors(series, hours, length, kind, edges)
    except LimitError:
        kind, factors = ADDITIVE, seasonal_factors(series, hours, length, ADDITIVE, edges)
    return Season(kind, factors, estimated=True)


def _plans(hours: Hours, series: Floats, edges: list[int], settings: LimitSettings) -> list[_Plan]:
    """Cut the series at its dividers, and once more where typed or locked limits begin."""
    if len(series) == 0:
        return []
    borders = [0, *edges, len(series)]
    held = [*_typed_plan(hours, borders, settings), *_locked_plan(hours, borders, settings)]
    plans = []
    for first, after in pairwise(borders):
        plan = next((plan for plan in held if first <= plan.part.start < after), None)
        computed_to = plan.part.start if plan else after
        if computed_to > first:
            plans.append(_Plan(slice(first, computed_to), "computed", slice(first, computed_to)))
        if plan:
            plans.append(plan)
    return [*plans[:-1], _with_baseline(plans[-1], series, settings.baseline_periods)]


def _typed_plan(hours: Hours, borders: list[int], settings: LimitSettings) -> list[_Plan]:
    typed = settings.typed
    if typed is None:
        return []
    start = borders[-2] if typed.since is None else int(np.searchsorted(hours, typed.since))
    return [_Plan(_segment_from(start, borders), "typed", slice(start, start))]


def _locked_plan(hours: Hours, borders: list[int], settings: LimitSettings) -> list[_Plan]:
    """The lock holds from its first point to the next divider; only points of that segment count as
    chosen.
    """
    begin, end = settings.locked_from, settings.locked_to
    if begin is None and end is None:
        return []
    after = len(hours) if end is None else int(np.searchsorted(hours, end, side="right"))
    if begin is None:
        start = max(border for border in borders if border < max(after, 1))
    else:
        start = int(np.searchsorted(hours, begin))
    part = _segment_from(start, borders)
    return [_Plan(part, "locked", slice(start, max(start, min(after, part.stop))))]


def _segment_from(start: int, borders: list[int]) -> slice:
    return slice(start, next((border for border in borders if border > start), start))


def _with_baseline(plan: _Plan, series: Floats, periods: int) -> _Plan:
    """Limit computed limits to the newest periods, counted back from the last value."""
    seen = np.flatnonzero(~np.isnan(series[plan.part]))
    if plan.basis != "computed" or len(seen) == 0:
        return plan
    after = plan.part.start + int(seen[-1]) + 1
    return _Plan(plan.part, plan.basis, slice(max(plan.part.start, after - periods), after))


def _draw(plan: _Plan, canvas: _Canvas, settings: LimitSettings) -> _Drawn:
    """Limits and marks of one segment."""
    if plan.basis == "typed" and settings.typed is not None:
        return _draw_typed(plan, canvas, settings.typed)
    base = canvas.level[plan.base]
    places = np.arange(len(base), dtype=np.float64)
    slope, middle = _slope(base) if settings.sloped else (0.0, 0.0)
    centre, spread, points = (figure[0] for figure in _centre_and_range((base - slope * (places - middle))[None]))
    if np.isnan(centre):
        return _without_limits(plan, int(points))
    line = centre + slope * (np.arange(plan.part.start, plan.part.stop) - plan.base.start - middle)
    natural = [canvas.waved(line + side * LIMIT_FACTOR * spread, plan.part) for side in (-1, 0, 1)]
    below, above = natural[1] - natural[0], natural[2] - natural[1]
    lower, upper = _clipped(natural[0], natural[1], natural[2], canvas.bounds)
    segment = _segment(plan, natural[1], lower, upper, float(spread), RANGE_FACTOR * float(spread), int(points))
    marks = _marks(segment, canvas.values, below, above)
    return _Drawn(segment, marks, float(slope))


def _draw_typed(plan: _Plan, canvas: _Canvas, typed: TypedLimits) -> _Drawn:
    length = plan.part.stop - plan.part.start
    centre, lower, upper = (np.full(length, figure) for figure in (typed.centre, typed.lower, typed.upper))
    spread = (typed.upper - typed.lower) / (2 * LIMIT_FACTOR)
    ceiling = RANGE_FACTOR * spread if typed.range_upper is None else typed.range_upper
    points = int(np.sum(~np.isnan(canvas.values[plan.part])))
    segment = _segment(plan, centre, lower, upper, spread, ceiling, points)
    return _Drawn(segment, _marks(segment, canvas.values, centre - lower, upper - centre), 0.0)


def _without_limits(plan: _Plan, points: int) -> _Drawn:
    nothing = np.full(plan.part.stop - plan.part.start, np.nan)
    empty = _Plan(plan.part, "too_few", plan.base)
    return _Drawn(_segment(empty, nothing, nothing, nothing, np.nan, np.nan, points), [], 0.0)


def _segment(
    plan: _Plan, centre: Floats, lower: Floats, upper: Floats, spread: float, ceiling: float, points: int
) -> Segment:
    part = plan.part
    return Segment(part.start, part.stop - 1, centre, lower, upper, spread, ceiling, plan.basis, points)


def _marks(segment: Segment, values: Floats, below: Floats, above: Floats) -> list[Mark]:
    part = values[segment.first : segment.last + 1]
    found = marks_of(part, segment.centre, segment.lower, segment.upper, (below, above))
    return [Mark(segment.first + mark.index, mark.rule, mark.side) for mark in found]


def _clipped(lower: Floats, centre: Floats, upper: Floats, bounds: Bounds) -> tuple[Floats, Floats]:
    """Limits within the natural bounds, and never on the wrong side of the centre."""
    floor, ceiling = bounds
    if floor is not None:
        lower = np.minimum(np.maximum(lower, floor), centre)
    if ceiling is not None:
        upper = np.maximum(np.minimum(upper, ceiling), centre)
    return lower, upper


def _slope(values: Floats) -> tuple[float, float]:
    """Least-squares rise per period, and the mean place of the values it comes from."""
    seen = np.flatnonzero(~np.isnan(values))
    if len(seen) < 2:
        return 0.0, 0.0
    middle = float(seen.mean())
    reach = float(np.abs(seen - middle).max())
    x = (seen - middle) / reach
    y = values[seen]
    return float(np.sum(x * (y - _mean(y[None])[0])) / np.sum(x**2)) / reach, middle


def _centre_and_range(table: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, mean moving range and number of values per row; nan means where no limits can be drawn."""
    points = np.sum(~np.isnan(table), axis=1)
    steps = np.abs(np.diff(table, axis=1))
    known = np.sum(~np.isnan(steps), axis=1)
    centre = _mean(table)
    spread = np.nansum(steps, axis=1) / np.maximum(known, 1)
    usable = (points >= MINIMUM_POINTS) & (known >= MINIMUM_RANGES) & np.isfinite(centre + 4 * spread)
    return np.where(usable, centre, np.nan), np.where(usable, spread, np.nan), points


def _mean(table: Floats) -> Floats:
    """Mean of the values present per row, measured from the first of them so that equal values give
    themselves.
    """
    if table.shape[1] == 0:
        return np.full(len(table), np.nan)
    seen = ~np.isnan(table)
    anchor = table[np.arange(len(table)), seen.argmax(axis=1)]
    total = np.sum(np.where(seen, table - anchor[:, None], 0.0), axis=1)
    return np.asarray(anchor + total / np.maximum(seen.sum(axis=1), 1))


def _newest(table: Floats, periods: int) -> Floats:
    """The newest periods of each row, counted back from its last value; shorter rows are filled with nan."""
    width = table.shape[1]
    if width <= periods:
        return table
    last = width - 1 - (~np.isnan(table))[:, ::-1].argmax(axis=1)
    columns = last[:, None] - np.arange(periods - 1, -1, -1)
    picked = np.take_along_axis(table, np.maximum(columns, 0), axis=1)
    return np.where(columns >= 0, picked, np.nan)


def _moving_ranges(level: Floats, edges: list[int], drawn: list[_Drawn]) -> Floats:
    ranges = np.full(len(level), np.nan)
    if not drawn:
        return ranges
    slopes = np.concatenate([np.full(len(piece.segment.centre), piece.slope) for piece in drawn])
    ranges[1:] = np.abs(np.diff(level) - slopes[1:])
    ranges[edges] = np.nan
    return ranges


def _range_marks(ranges: Floats, drawn: list[_Drawn]) -> tuple[int, ...]:
    found: list[int] = []
    for segment in (piece.segment for piece in drawn if piece.segment.has_limits):
        ceiling = segment.range_upper + rounding_of(segment.lower, segment.upper)
        over = np.flatnonzero(ranges[segment.first : segment.last + 1] > ceiling)
        found.extend(int(index) + segment.first for index in over)
    return tuple(found)
