"""Does the process, as it behaves now, meet its target? Answered from the limits, not from one value."""

from __future__ import annotations

import numpy as np

from sextant.calc.charts import ENOUGH_HISTORY, ProcessChart
from sextant.calc.why import Why, method

MEETS = "consistently_meets"
HIT_OR_MISS = "hit_or_miss"
MISSES = "consistently_misses"
NOT_ENOUGH_HISTORY = "not_enough_history"
NO_TARGET = "no_target"


def assurance(
    chart: ProcessChart,
    target: float | None,
    direction: str,
    low: float | None = None,
    high: float | None = None,
) -> str:
    """Judge the newest limits of a chart against a target (up, down) or a band (within, one bound may be
    open).

    The worse limit on the good side of the target consistently meets it; the better limit on the bad side
    consistently misses it; else hit or miss. A limit exactly on the target counts as meeting it. Where
    limits wave with a season, the whole newest season is judged.
    """
    low, high = _band(target, direction, low, high)
    if low is None and high is None:
        return NO_TARGET
    if not chart.enough_history:
        return NOT_ENOUGH_HISTORY
    lower, upper = _reach(chart)
    if (low is None or lower.min() >= low) and (high is None or upper.max() <= high):
        return MEETS
    if np.all(_misses(lower, upper, low, high)):
        return MISSES
    return HIT_OR_MISS


def explain_assurance(
    chart: ProcessChart,
    target: float | None,
    direction: str,
    low: float | None = None,
    high: float | None = None,
) -> Why:
    """Why the assurance is what it is."""
    inputs = {
        "target": target,
        "low": low,
        "high": high,
        "direction": direction,
        "lower_limit": chart.lower_now,
        "upper_limit": chart.upper_now,
        "points": chart.segments[-1].points if chart.segments else 0,
        "points_needed": ENOUGH_HISTORY,
        "result": assurance(chart, target, direction, low, high),
    }
    formula = "both limits on the good side: meets; both on the bad side: misses; otherwise hit or miss"
    return Why("assurance-from-limits", formula, inputs, method("assurance"))


def _band(
    target: float | None, direction: str, low: float | None, high: float | None
) -> tuple[float | None, float | None]:
    if direction == "up":
        return target, None
    if direction == "down":
        return None, target
    return low, high


def _reach(chart: ProcessChart) -> tuple[np.ndarray, np.ndarray]:
    newest = chart.segments[-1]
    count = chart.season.length if chart.season else 1
    return newest.lower[-count:], newest.upper[-count:]


def _misses(lower: np.ndarray, upper: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    below = upper < low if low is not None else np.zeros(len(upper), dtype=np.bool_)
    above = lower > high if high is not None else np.zeros(len(lower), dtype=np.bool_)
    return np.asarray(below | above)
