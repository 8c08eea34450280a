"""What a process-behaviour chart is made of: its settings, its segments and its marks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sextant.calc.marks import Mark
from sextant.calc.seasons import MULTIPLICATIVE, LimitError, Season

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]

MINIMUM_POINTS = 6
"""Fewer points than this give no limits."""
ENOUGH_HISTORY = 20
"""Computed limits are firm enough to judge a target by from this many points on."""
BASELINE_PERIODS = 104
LIMIT_FACTOR = 2.660
"""3 / 1.128: three standard deviations estimated from the mean range of two (Wheeler, XmR charts)."""
RANGE_FACTOR = 3.268
"""Upper limit of the ranges of two (Wheeler, XmR charts)."""


@dataclass(frozen=True, slots=True)
class TypedLimits:
    """Limits a person typed, used exactly as typed from ``since`` (a start hour; None: the whole last
    segment).

    Raises LimitError when a figure is not finite or the three are not in ascending order.
    """

    centre: float
    lower: float
    upper: float
    range_upper: float | None = None
    since: int | None = None

    def __post_init__(self) -> None:
        figures = [self.centre, self.lower, self.upper, self.range_upper or 0.0]
        if not all(math.isfinite(figure) for figure in figures):
            raise LimitError("limits-not-finite", "A typed limit is not a finite number. Type plain numbers.")
        if not self.lower <= self.centre <= self.upper or figures[3] < 0:
            message = (
                f"The limits {self.lower:g}, {self.centre:g} and {self.upper:g} are out of order. "
                "The lower limit comes first, the centre lies between, and a range is never negative."
            )
            raise LimitError("limits-out-of-order", message)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How limits are drawn; every time is the ``start`` hour of a period.

    A divider starts a new segment at its period. ``locked_from`` and ``locked_to`` (inclusive, either may
    be left out) choose the points whose limits hold from the first of them until the next divider.
    Seasonal factors are used when there are ``season_length`` of them, and estimated when there are none.
    The last segment's limits come from its newest ``baseline_periods`` periods.
    """

    dividers: tuple[int, ...] = ()
    locked_from: int | None = None
    locked_to: int | None = None
    typed: TypedLimits | None = None
    season_length: int = 0
    seasonal_factors: tuple[float, ...] = ()
    sloped: bool = False
    baseline_periods: int = BASELINE_PERIODS
    season_kind: str = MULTIPLICATIVE

    def __post_init__(self) -> None:
        if self.locked_from is not None and self.locked_to is not None and self.locked_from > self.locked_to:
            message = "The first point to lock limits from comes after the last one. Swap them."
            raise LimitError("lock-out-of-order", message)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one process, from index ``first`` to ``last`` inclusive.

    ``centre``, ``lower`` and ``upper`` hold one figure per index of the segment (nan where there are no
    limits). ``range_mean`` and ``range_upper`` belong to the moving ranges after season and slope are
    taken out. ``points`` counts the values the limits came from; ``basis`` is computed, locked, typed or
    too_few.
    """

    first: int
    last: int
    centre: Floats
    lower: Floats
    upper: Floats
    range_mean: float
    range_upper: float
    basis: str
    points: int

    @property
    def has_limits(self) -> bool:
        return self.basis != "too_few"


@dataclass(frozen=True, slots=True)
class ProcessChart:
    """The whole chart: one element of ``starts``, ``values`` and ``moving_ranges`` per period, nan where
    none.

    A moving range is the step between two neighbouring periods, after season and slope are taken out
    where the settings ask for that; across a gap or a divider there is none.
    """

    starts: Hours
    values: Floats
    moving_ranges: Floats
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]
    range_marks: tuple[int, ...]
    season: Season | None = None

    @property
    def has_limits(self) -> bool:
        """True when the newest segment has limits."""
        return bool(self.segments) and self.segments[-1].has_limits

    @property
    def enough_history(self) -> bool:
        """True when the newest limits were chosen by a person or come from at least ENOUGH_HISTORY points."""
        if not self.has_limits:
            return False
        newest = self.segments[-1]
        return newest.basis != "computed" or newest.points >= ENOUGH_HISTORY

    @property
    def lower_now(self) -> float | None:
        return float(self.segments[-1].lower[-1]) if self.has_limits else None

    @property
    def centre_now(self) -> float | None:
        return float(self.segments[-1].centre[-1]) if self.has_limits else None

    @property
    def upper_now(self) -> float | None:
        return float(self.segments[-1].upper[-1]) if self.has_limits else None
