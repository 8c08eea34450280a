"""From figures to places on the paper: a scale that bears any range, sensible ticks, and thinning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sextant.calc.numbers import format_value

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
LARGEST = float(np.finfo(np.float64).max)
SMALLEST = float(np.finfo(np.float64).tiny)
ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
TIME_STEPS = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 5 * DAY, 10 * DAY, 20 * DAY, 50 * DAY, 100 * DAY),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from figures (`low` to `high`) to places (`start` to `end`)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, figure: float) -> float:
        return float(self.many(np.array([figure]))[0])

    def many(self, figures: Floats) -> Floats:
        """Places of many figures, nan staying nan; never overflows, because all is measured in the larger end."""
        unit = max(abs(self.low), abs(self.high)) or 1.0
        low, high = self.low / unit, self.high / unit
        with np.errstate(over="ignore", invalid="ignore"):
            share = (figures / unit - low) / ((high - low) or 1.0)
        return np.asarray(self.start + np.clip(share, -9.0, 10.0) * (self.end - self.start))


def value_range(figures: Floats, *, unit: str = "number", padding: float = 0.08) -> tuple[float, float]:
    """The range an axis shows: all finite figures with some air.

    Figures that are never negative get no negative axis, percentages up to 100 none above 100. A constant series
    stands in the middle. Nothing at all gives 0 to 1.
    """
    known = figures[np.isfinite(figures)]
    if len(known) == 0:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    size = max(abs(low), abs(high))
    if high / 2 - low / 2 <= size * 1e-12:
        air = size * 0.1 or 1.0
    else:
        air = (high / 2 - low / 2) * 2 * padding if size < LARGEST / 4 else LARGEST * padding / 2
    bottom, top = max(low - air, -LARGEST), min(high + air, LARGEST)
    if low >= 0 and (bottom < 0 or low / 2 < (high / 2 - low / 2) * 0.35):
        bottom = 0.0
    if high <= 0 < top:
        top = 0.0
    if unit == "percent" and low >= 0 and high <= 100:
        top = min(top, 100.0)
    return (bottom, top) if top > bottom else (bottom, bottom + 1.0)


def ticks(low: float, high: float, wanted: int = 5, unit: str = "number") -> list[float]:
    """Round figures between two ends, about `wanted` of them."""
    rough = high / wanted - low / wanted
    if not rough > SMALLEST * 1e3:
        return [low, high]
    step = _time_step(rough) if unit == "duration:s" else _round_step(rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first > 4 * wanted:
        return [low, high]
    found = [figure for figure in (step * at for at in range(first, last + 1)) if math.isfinite(figure)]
    return found or [low, high]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next((power * step for step in ROUND_STEPS if power * step >= rough * 0.75), power * 10)


def _time_step(rough: float) -> float:
    if rough < TIME_STEPS[0] or rough > TIME_STEPS[-1]:
        return _round_step(rough / DAY) * DAY if rough > DAY else _round_step(rough)
    return next(step for step in TIME_STEPS if step >= rough * 0.75)


def tick_labels(figures: list[float], unit: str, locale: str = "en") -> list[str]:
    """Labels of ticks: as short as they can be while no two look alike."""
    step = min((abs(b - a) for a, b in pairwise(figures)), default=1.0)
    places = 0
    while 0 < step < 1e15 and places < 9 and abs(round(step, places) - step) > step * 1e-3:
        places += 1
    for short, precision, room in ((True, None, 14), (True, places, 14), (False, places, 20)):
        labels = [format_value(figure + 0.0, unit, precision, short=short, locale=locale) for figure in figures]
        if len(set(labels)) == len(labels) and max(map(len, labels), default=0) <= room:
            return labels
    return [f"{figure:.4g}".replace("-", "−") for figure in figures]


def thinned(places: Floats, values: Floats, columns: int) -> Whole:
    """Indexes worth drawing: per column of the picture the first, last, lowest and highest value.

    The drawn line looks the same as one through all points, however many there are (M4, Jugel et al. 2014).
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) <= 2 * columns or columns < 1:
        return np.asarray(known, dtype=np.int64)
    span = float(places[known[-1]] - places[known[0]]) or 1.0
    column = ((places[known] - places[known[0]]) / span * (columns - 1e-9)).astype(np.int64)
    edges = np.flatnonzero(np.diff(column)) + 1
    begins = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(known)])) - 1
    order = np.lexsort((values[known], column))
    return np.unique(known[np.concatenate((begins, ends, order[begins], order[ends]))]).astype(np.int64)


def line_through(xs: Floats, ys: Floats, kept: Whole, values: Floats) -> str:
    """A path through the kept points, broken wherever a value is missing between two of them."""
    if len(kept) == 0:
        return ""
    missing = np.cumsum(~np.isfinite(values))
    broken = np.concatenate(([True], np.diff(missing[kept]) > 0))
    alone = broken & np.concatenate((broken[1:], [True]))
    pieces = zip(broken.tolist(), alone.tolist(), xs[kept].tolist(), ys[kept].tolist(), strict=True)
    # A lone point gets a hair's breadth, so that its round line end shows as a dot.
    return "".join(
        f"{'M' if is_new else 'L'}{x:.1f} {y:.1f}{'h.1' if is_alone else ''}" for is_new, is_alone, x, y in pieces
    )


def label_stride(widest: float, spacing: float) -> int:
    """Every how many periods a label fits; numbers people count in."""
    fitting = max(1, math.ceil(widest / max(spacing, 1e-6)))
    return next((stride for stride in (1, 2, 3, 4, 6, 12, 13, 24, 26, 52, 104) if stride >= fitting), fitting)
