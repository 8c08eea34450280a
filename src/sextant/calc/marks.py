"""The three classic rules as marks on a process-behaviour chart: reading aids, which raise no alert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

OUTSIDE = "outside"
RUN_OF_EIGHT = "run_of_eight"
THREE_OF_FOUR = "three_of_four"
RUN_LENGTH = 8
ROUNDING = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Mark:
    """One point singled out by one rule; ``index`` counts from the start of the chart."""

    index: int
    rule: str
    side: str


def marks_of(values: Floats, centre: Floats, lower: Floats, upper: Floats, spread: tuple[Floats, Floats]) -> list[Mark]:
    """Marks of one segment, by index within it.

    All arrays have the segment's length; ``spread`` is the distance from the centre to the limits below
    and above, before they were clipped. Missing values neither break nor lengthen a run; a value on the
    centre line breaks it. A value equal to a limit (up to rounding) is inside.
    """
    here = np.flatnonzero(~np.isnan(values))
    x, middle, low, high = values[here], centre[here], lower[here], upper[here]
    slack = rounding_of(lower, upper)
    half = 0.5 * np.stack(spread)[:, here]
    sides = (
        ("above", x > high + slack, x > middle + slack, x - middle > half[1] + slack),
        ("below", x < low - slack, x < middle - slack, middle - x > half[0] + slack),
    )
    found: list[Mark] = []
    for side, outside, beyond, near in sides:
        for rule, flags in (
            (OUTSIDE, outside),
            (RUN_OF_EIGHT, _runs(beyond)),
            (THREE_OF_FOUR, _three_of_four(near)),
        ):
            found.extend(Mark(int(index), rule, side) for index in here[flags])
    return found


def rounding_of(lower: Floats, upper: Floats) -> float:
    """How far rounding may carry a value of this size across a line: differences below it mean nothing."""
    return ROUNDING * float(max(np.abs(lower).max(), np.abs(upper).max()))


def _runs(flags: Flags) -> Flags:
    """Keep only the stretches of at least RUN_LENGTH neighbouring true flags."""
    padded = np.concatenate(([False], flags, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(padded))
    first, after = edges[::2], edges[1::2]
    kept = after - first >= RUN_LENGTH
    change = np.zeros(len(flags) + 1, dtype=np.int64)
    change[first[kept]] += 1
    change[after[kept]] -= 1
    return np.cumsum(change)[:-1] > 0


def _three_of_four(flags: Flags) -> Flags:
    """Keep the true flags that lie in a window of four with at least three of them."""
    if len(flags) < 4:
        return np.zeros(len(flags), dtype=np.bool_)
    full = np.convolve(flags.astype(np.int64), np.ones(4, dtype=np.int64), mode="valid") >= 3
    covered = np.convolve(full.astype(np.int64), np.ones(4, dtype=np.int64), mode="full") > 0
    return flags & covered
