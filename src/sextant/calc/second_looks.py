"""What makes a series or a target worth a second look: values that stand still, a series that became too smooth, a
target that was met long ago or made easier late (docs/method/second-looks.md).

None of it is proof of anything. Each rule asks how often an honest series would look like this, and stays silent
where rounding, a natural bound or the series' own habits explain it.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sextant.calc.targets import TargetValues

Floats = NDArray[np.float64]

FROZEN_RUN = 4
"""As many equal values in a row are looked at."""
STEPS_BEFORE = 12
"""So many steps must have been seen before the run, to know how often the series repeats itself."""
BY_HAND = 0.01
"""Runs an honest series may show in a year before the run is worth a look; typed values repeat for a reason."""
BY_MACHINE = 0.001
"""The same for values that arrive by themselves: a feed that stands still is the likelier story."""
PERIODS_A_YEAR = {"hour": 8766, "day": 365, "week": 52, "month": 12, "quarter": 4, "tertial": 3, "half": 2, "year": 1}

SMOOTH_POINTS = 8
SMOOTH_SHARE = 0.2
SMOOTH_BEFORE = 16
LONG_MET_VALUES = 6
LONG_MET_SPREAD = 26
"""The spread seen in so many values counts too: limits of a series with a rhythm are narrower than what it does."""
LATE_SHARE = 2 / 3
NATURAL_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The newest values are all ``value``: ``count`` of them from index ``first`` on. An honest series like this one
    shows such a run ``a_year`` times a year.
    """

    first: int
    count: int
    value: float
    a_year: float


@dataclass(frozen=True, slots=True)
class Smooth:
    """The mean step of the newest eight values, from index ``first`` on, and the usual (median) step before them, in
    the unit of the values.
    """

    first: int
    step: float
    usual: float


def frozen(
    values: ArrayLike,
    periods_a_year: int,
    *,
    is_by_hand: bool = True,
    is_count: bool = False,
    lower: float | None = None,
    upper: float | None = None,
) -> Frozen | None:
    """Whether the series stands still: its newest four or more values are exactly the same.

    ``values`` holds one figure per period, oldest first, nan where missing; a missing value ends a run. With the chance
    p that two neighbours are the same, an honest series begins n (1 - p) p^(k - 1) runs of k or more in a year of n
    periods. p is the larger of three: the share of repeats among the steps before the run, by the rule of succession
    (r + 1) / (m + 2); what rounding makes of the usual step; and for counts, what chance makes of small numbers
    (Poisson). A run at a natural bound, such as 0 or 100 %, is explained by it. Without STEPS_BEFORE earlier steps
    nothing is said.
    """
    series = np.asarray(values, dtype=np.float64)
    if not series.size or not math.isfinite(series[-1]):
        return None
    value = float(series[-1])
    if series.size > 1 and series[-2] != value:  # nearly every series is told from this alone
        return None
    differing = np.flatnonzero(series != value)
    first = int(differing[-1]) + 1 if differing.size else 0
    count = len(series) - first
    if count < FROZEN_RUN or value in (lower, upper):
        return None
    steps = _steps(series[: first + 1])
    if len(steps) < STEPS_BEFORE:
        return None
    chance = max(
        (int(np.sum(steps == 0)) + 1) / (len(steps) + 2), _rounded_alike(series, steps), _small_count(value, is_count)
    )
    if chance >= 1:
        return None
    a_year = periods_a_year * (1 - chance) * chance ** (count - 1)
    return Frozen(first, count, value, a_year) if a_year <= (BY_HAND if is_by_hand else BY_MACHINE) else None


def too_smooth(values: ArrayLike, *, lower: float | None = None, upper: float | None = None) -> Smooth | None:
    """Whether the newest eight values move by less than a fifth of what the series used to.

    ``values`` as for ``frozen``, from the newest definition on. Compared are the mean step between the newest eight
    values and the median step before them, of at least 16 values; the newest eight must also move by less than half of
    the quietest eight before, so that a quiet season is none. Explained, and so not said: a step before that is less
    than five times what the values are rounded to, and room to a natural bound that became small (steps are expected to
    shrink with it). Eight equal values are ``frozen``, not smooth.
    """
    series = np.asarray(values, dtype=np.float64)
    cut = len(series) - SMOOTH_POINTS
    if cut < SMOOTH_BEFORE:
        return None
    before, newest = series[:cut], series[cut:]
    step = float(np.abs(newest[1:] - newest[:-1]).mean())
    if not step > 0:  # equal, or one of them is missing
        return None
    steps = _steps(before)
    # Most series are told from this alone: half of the steps before would have to be five times as long.
    if 2 * np.count_nonzero(SMOOTH_SHARE * steps > step) < len(steps):
        return None
    usual = float(np.median(steps)) if len(steps) else 0.0
    if int(np.sum(~np.isnan(before))) < SMOOTH_BEFORE or len(steps) < STEPS_BEFORE:
        return None
    if step >= SMOOTH_SHARE * usual or usual < resolution(series) / SMOOTH_SHARE:
        return None
    expected = usual * min(1.0, _room(newest, lower, upper) / max(_room(before, lower, upper), 1e-300))
    if step >= SMOOTH_SHARE * expected or step >= 0.5 * _quietest(before):
        return None
    return Smooth(cut, step, usual)


def long_met(
    values: ArrayLike, target: float | None, direction: str, lower: float | None, upper: float | None
) -> float | None:
    """The typical (median) of the newest six values, where it lies beyond the target by the whole width of the normal
    range ``lower`` to ``upper``, and by the whole spread of the newest 26 values; None otherwise, and for bands, which
    have no beyond.
    """
    if target is None or direction not in ("up", "down") or lower is None or upper is None or upper <= lower:
        return None
    series = np.asarray(values, dtype=np.float64)
    known = series[~np.isnan(series)]
    if len(known) < LONG_MET_VALUES:
        return None
    typical = statistics.median(known[-LONG_MET_VALUES:].tolist())
    beyond = typical - target if direction == "up" else target - typical
    is_met = beyond >= upper - lower and beyond >= float(np.ptp(known[-LONG_MET_SPREAD:]))
    return typical if is_met else None


def is_easier(before: TargetValues | None, after: TargetValues | None, direction: str) -> bool:
    """Whether a target asks for less than the one before, or for nothing any more."""
    if before is None or not before.judges(direction):
        return False
    if after is None or not after.judges(direction):
        return True
    if direction == "within":
        return _is_lower(after.low, before.low) or _is_lower(_negative(after.high), _negative(before.high))
    sign = 1 if direction == "up" else -1
    return before.target is not None and after.target is not None and sign * after.target < sign * before.target


def is_late(start: int, end: int, moment: int) -> bool:
    """Whether a moment lies in the last third of a time from ``start`` to ``end``, or after it; all in hours."""
    return moment >= start + LATE_SHARE * (end - start)


def resolution(values: ArrayLike) -> float:
    """What the values are rounded to: the largest 1, 2 or 5 times a power of ten of which all are multiples (0: none
    down to a billionth of their size). Seen in the values as recorded: the decimals a page shows explain no repeats.
    """
    series = np.asarray(values, dtype=np.float64)
    known = np.unique(np.abs(series[np.isfinite(series)]))
    largest = float(known.max()) if known.size else 0.0
    if largest == 0:
        return 0.0
    top = math.floor(math.log10(largest))
    for power in range(top, top - 10, -1):
        for factor in reversed(NATURAL_STEPS):
            step = factor * 10.0**power
            if np.all(np.abs(known / step - np.round(known / step)) * step <= 1e-12 * largest):
                return step
    return 0.0


def _steps(series: Floats) -> Floats:
    """Sizes of the steps between neighbours that both have a value."""
    steps = np.abs(np.diff(series))
    return np.asarray(steps[np.isfinite(steps)])


def _rounded_alike(series: Floats, steps: Floats) -> float:
    """The chance that rounding alone makes the next value the same: the rounding step times the highest density of a
    normal distribution whose median step (0.954 sigma) is the one seen.
    """
    sigma = float(np.median(steps)) / 0.954
    grain = resolution(series)
    return 0.0 if grain == 0 else 1.0 if sigma == 0 else min(1.0, grain / (sigma * math.sqrt(2 * math.pi)))


def _small_count(value: float, is_count: bool) -> float:
    """The highest probability of a Poisson count around this value, close to 1 / sqrt(2 pi value)."""
    return 1 / math.sqrt(2 * math.pi * max(value, 0.5)) if is_count and value >= 0 else 0.0


def _room(series: Floats, lower: float | None, upper: float | None) -> float:
    """How far typical values are from the nearer natural bound; without bounds, 1."""
    middle = float(np.nanmedian(series))
    rooms = [abs(middle - bound) for bound in (lower, upper) if bound is not None]
    return min(rooms) if rooms else 1.0


def _quietest(series: Floats) -> float:
    """The smallest mean step of eight values in a row; infinite where there are no eight without a hole."""
    stretches = np.lib.stride_tricks.sliding_window_view(np.abs(np.diff(series)), SMOOTH_POINTS - 1).mean(axis=1)
    whole = stretches[~np.isnan(stretches)]
    return float(whole.min()) if whole.size else math.inf


def _is_lower(after: float | None, before: float | None) -> bool:
    return before is not None and (after is None or after < before)


def _negative(figure: float | None) -> float | None:
    return None if figure is None else -figure
