"""The charts of many series at once, for pages that show a row each: the same charts as `limits.process_chart`.

Only for the usual case, without dividers, locks, typed limits, seasons and slopes. A page of 50 series then takes a
few array operations instead of fifty times as many.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sextant.calc.charts import BASELINE_PERIODS, LIMIT_FACTOR, RANGE_FACTOR, Floats, Hours, ProcessChart, Segment
from sextant.calc.limits import Bounds, _centre_and_range, _newest
from sextant.calc.marks import OUTSIDE, ROUNDING, RUN_LENGTH, RUN_OF_EIGHT, THREE_OF_FOUR, Mark

Flags = NDArray[np.bool_]
Table = NDArray[np.float64]


def process_charts(
    starts: Sequence[Hours], values: Sequence[Floats], bounds: Sequence[Bounds] | None = None
) -> list[ProcessChart]:
    """One chart per series, with the default settings; series may differ in length.

    `starts` and `values` as for `process_chart` (ascending, nan where missing); `bounds` are the natural bounds of
    each. They are taken as they are: what may not be checked is checked where series are made.
    """
    rows = len(values)
    if not rows:
        return []
    sizes = [len(series) for series in values]
    width = max(sizes)
    table = np.full((rows, width), np.nan)
    for row, (series, size) in enumerate(zip(values, sizes, strict=True)):
        table[row, width - size :] = series
    table[~np.isfinite(table)] = np.nan
    if not width:
        return [_empty(hours, series) for hours, series in zip(starts, values, strict=True)]
    with np.errstate(over="ignore", invalid="ignore"):
        centre, spread, points = _centre_and_range(_newest(table, BASELINE_PERIODS))
        reach = LIMIT_FACTOR * spread
        lower, upper = _clipped(centre - reach, centre, centre + reach, bounds or [(None, None)] * rows)
        slack = ROUNDING * np.maximum(np.abs(lower), np.abs(upper))
        marks = _marks(table, centre, (lower, upper), reach, slack)
        ranges = np.full_like(table, np.nan)
        ranges[:, 1:] = np.abs(np.diff(table, axis=1))
        over: Flags = np.asarray(ranges > (RANGE_FACTOR * spread + slack)[:, None])
    figures = zip(centre.tolist(), lower.tolist(), upper.tolist(), spread.tolist(), points.tolist(), strict=True)
    over_rows = [bool(row.any()) for row in over]
    charts = []
    for row, ((middle, low, high, size_of_step, count), size) in enumerate(zip(figures, sizes, strict=True)):
        before = width - size
        series, own = table[row, before:], marks.get(row, [])
        segments = (_segment(size, middle, low, high, size_of_step, count),) if size else ()
        charts.append(
            ProcessChart(
                starts[row], series, ranges[row, before:], segments,
                tuple(Mark(index - before, rule, side) for index, rule, side in own),
                tuple((np.flatnonzero(over[row]) - before).tolist()) if over_rows[row] else (),
            )
        )  # fmt: skip
    return charts


def _empty(starts: Hours, values: Floats) -> ProcessChart:
    return ProcessChart(starts, values, values, (), (), ())


def _segment(size: int, middle: float, low: float, high: float, step: float, count: int) -> Segment:
    basis = "computed" if middle == middle else "too_few"
    line, below, above = (np.full(size, figure) for figure in (middle, low, high))
    return Segment(0, size - 1, line, below, above, step, RANGE_FACTOR * step, basis, count)


def _clipped(lower: Floats, centre: Floats, upper: Floats, bounds: Sequence[Bounds]) -> tuple[Floats, Floats]:
    """Limits within the natural bounds, and never on the wrong side of the centre."""
    floors = np.array([-np.inf if floor is None else floor for floor, _ in bounds])
    ceilings = np.array([np.inf if ceiling is None else ceiling for _, ceiling in bounds])
    low = np.where(np.isfinite(floors), np.minimum(np.maximum(lower, floors), centre), lower)
    high = np.where(np.isfinite(ceilings), np.maximum(np.minimum(upper, ceilings), centre), upper)
    return low, high


Found = dict[int, list[tuple[int, str, str]]]


def _marks(table: Table, centre: Floats, limits: tuple[Floats, Floats], reach: Floats, slack: Floats) -> Found:
    """Marks by row, by place in the table. Values are moved together first: gaps neither break nor lengthen a run."""
    missing = np.isnan(table)
    order = np.argsort(missing, axis=1, kind="stable") if missing.any() else None
    packed = table if order is None else np.take_along_axis(table, order, axis=1)
    count = table.shape[1] - missing.sum(axis=1)
    middle, room, half = centre[:, None], slack[:, None], (0.5 * reach)[:, None]
    sides = (
        ("above", packed > limits[1][:, None] + room, packed > middle + room, packed - middle > half + room),
        ("below", packed < limits[0][:, None] - room, packed < middle - room, middle - packed > half + room),
    )
    found: Found = {}
    for side, outside, beyond, near in sides:
        for rule, flags in ((OUTSIDE, outside), (RUN_OF_EIGHT, _runs(beyond)), (THREE_OF_FOUR, _three(near, count))):
            rows, places = np.nonzero(flags)
            columns = places if order is None else order[rows, places]
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                found.setdefault(row, []).append((column, rule, side))
    for own in found.values():
        own.sort(key=lambda mark: mark[0])
    return found


def _windows(flags: Flags, length: int) -> NDArray[np.int64]:
    """How many flags are set in each stretch of so many neighbours, by its first place."""
    sums = np.zeros((flags.shape[0], flags.shape[1] + 1), dtype=np.int64)
    np.cumsum(flags, axis=1, out=sums[:, 1:])
    return sums[:, length:] - sums[:, :-length]


def _covered(full: Flags, length: int, width: int) -> Flags:
    """The places that lie in any of the chosen stretches."""
    padded = np.zeros((full.shape[0], width + length - 1), dtype=np.bool_)
    padded[:, length - 1 : length - 1 + full.shape[1]] = full
    return np.asarray(_windows(padded, length) > 0)


def _runs(flags: Flags) -> Flags:
    """The flags in stretches of at least RUN_LENGTH neighbours."""
    width = flags.shape[1]
    if width < RUN_LENGTH:
        return np.zeros_like(flags)
    return _covered(_windows(flags, RUN_LENGTH) == RUN_LENGTH, RUN_LENGTH, width)


def _three(flags: Flags, count: NDArray[np.int64]) -> Flags:
    """The flags in a stretch of four with at least three of them; a stretch ends with the last value."""
    width = flags.shape[1]
    if width < 4:
        return np.zeros_like(flags)
    inside = np.arange(width - 3)[None, :] + 4 <= count[:, None]
    return flags & _covered((_windows(flags, 4) >= 3) & inside, 4, width)
