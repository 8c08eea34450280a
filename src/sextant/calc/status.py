"""A KPI's computed status and its performance score, from a value, its target and its direction."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TypeGuard

from sextant.calc.aims import Aim, aim_path, aims_ahead, long_term_aim
from sextant.calc.freshness import explain_freshness, freshness, next_due
from sextant.calc.targets import (
    DIRECTIONS,
    Choice,
    DirectionError,
    Fault,
    TargetRow,
    TargetValues,
    check_target_values,
    choose_target,
    explain_target,
    target_for,
)
from sextant.calc.why import Why, method

__all__ = [
    "DIRECTIONS",
    "Aim",
    "Choice",
    "DirectionError",
    "Fault",
    "TargetRow",
    "TargetValues",
    "Why",
    "aim_path",
    "aims_ahead",
    "check_target_values",
    "choose_target",
    "exceeded",
    "explain_freshness",
    "explain_score",
    "explain_status",
    "explain_target",
    "freshness",
    "kpi_status",
    "long_term_aim",
    "next_due",
    "score",
    "target_for",
    "with_freshness",
]

ON_TARGET = "on_target"
WATCH = "watch"
OFF_TARGET = "off_target"
NO_TARGET = "no_target"
NO_DATA = "no_data"
STALE = "stale"

SCORE_AT_RED_FLAG = 10 / 3
SCORE_AT_TARGET = 20 / 3
SAME = 1e-12
"""Relative distance within which two figures are one: sums of decimal fractions miss their bound by less."""

FORMULAS = {
    "target-met": "the target is met, or met exactly",
    "inside-band": "the value lies in the band, bounds included",
    "between-target-and-red-flag": "the target is missed, the red flag is not passed",
    "past-red-flag": "the value is past the red flag",
    "missed-without-red-flag": "the target is missed, and no red flag is set on that side",
    "no-value": "there is no value for this period",
    "no-target": "no target covers this period; without one a value is never healthy",
    "stale-overrides": "the next value is overdue beyond the grace days; silence is never green",
}
STATUS_OF_RULE = {
    "target-met": ON_TARGET,
    "inside-band": ON_TARGET,
    "between-target-and-red-flag": WATCH,
    "past-red-flag": OFF_TARGET,
    "missed-without-red-flag": OFF_TARGET,
    "no-value": NO_DATA,
    "no-target": NO_TARGET,
}


def kpi_status(value: float | None, target: TargetValues | None, direction: str) -> str:
    """Status of a complete period, freshness apart: on_target, watch, off_target, no_target or no_data.

    Exactly on the target or on a bound is on target; exactly on the red flag is watch. Missed without a
    red flag is off target. Without a value it is no_data, whatever the target. Raises DirectionError.
    """
    return STATUS_OF_RULE[_rule(value, target, direction)]


def with_freshness(status: str, freshness: str) -> str:
    """Status once the age of the data counts: stale replaces on_target and watch, bad news stays as it is."""
    if status not in (ON_TARGET, WATCH):
        return status
    return {"stale": STALE, "never": NO_DATA}.get(freshness, status)


def exceeded(value: float | None, target: TargetValues | None, direction: str) -> bool:
    """True when a stretch target is set and met (up and down only)."""
    if target is None or target.stretch is None or not _is_figure(value) or direction == "within":
        return False
    if direction not in DIRECTIONS:
        raise DirectionError(direction)
    sign = _sign(direction)
    return _reaches(sign * value, sign * target.stretch)


def score(value: float | None, target: TargetValues | None, direction: str) -> float | None:
    """Performance from 0 to 10, comparable across units: red flag 10/3, target 20/3, linear, clamped.

    A band is scored from the bound the value is nearer to (in the very middle from the less favourable
    one). None without a value, or without a red flag beside the target or that bound, or when it lies on
    the wrong side.
    """
    if target is None or not target.judges(direction) or not _is_figure(value):
        return None
    if direction != "within":
        sign = _sign(direction)
        return _scored(sign * value, _signed(sign, target.target), _signed(sign, target.red_flag))
    low, high = target.low, target.high
    to_low = math.inf if low is None else abs(value / 2 - low / 2)
    to_high = math.inf if high is None else abs(value / 2 - high / 2)
    from_low = _scored(value, low, target.red_low)
    from_high = _scored(-value, _signed(-1.0, high), _signed(-1.0, target.red_high))
    if to_low == to_high:
        return min((points for points in (from_low, from_high) if points is not None), default=None)
    return from_low if to_low < to_high else from_high


def explain_status(value: float | None, target: TargetValues | None, direction: str, freshness: str = "fresh") -> Why:
    """Why the status is what it is, freshness included."""
    rule = _rule(value, target, direction)
    before = STATUS_OF_RULE[rule]
    after = with_freshness(before, freshness)
    if after != before:
        rule = "stale-overrides" if after == STALE else "no-value"
    inputs = _inputs(value, target, direction) | {"freshness": freshness, "without_freshness": before}
    return Why(rule, FORMULAS[rule], inputs | {"result": after}, method("status"))


def explain_score(value: float | None, target: TargetValues | None, direction: str) -> Why:
    """Why the score is what it is."""
    result = score(value, target, direction)
    inputs = _inputs(value, target, direction) | {
        "score_at_red_flag": SCORE_AT_RED_FLAG,
        "score_at_target": SCORE_AT_TARGET,
        "result": result,
    }
    if result is None:
        return Why("score-missing", "needs a value, a target and a red flag", inputs, method("score"))
    formula = "10/3 + 10/3 x (value - red flag) / (target - red flag), from 0 to 10"
    if direction == "within":
        return Why("score-from-nearer-bound", f"{formula}; the nearer bound is the target", inputs, method("score"))
    return Why("score-from-target", formula, inputs, method("score"))


def _rule(value: float | None, target: TargetValues | None, direction: str) -> str:
    """The rule that decides the status."""
    if direction not in DIRECTIONS:
        raise DirectionError(direction)
    if not _is_figure(value):
        return "no-value"
    if target is None or not target.judges(direction):
        return "no-target"
    if direction == "within":
        return _band_rule(value, target)
    sign = _sign(direction)
    if _reaches(sign * value, _signed(sign, target.target)):
        return "target-met"
    return _missed_rule(sign * value, _signed(sign, target.red_flag))


def _band_rule(value: float, target: TargetValues) -> str:
    if target.low is not None and not _reaches(value, target.low):
        return _missed_rule(value, target.red_low)
    if target.high is not None and not _reaches(-value, -target.high):
        return _missed_rule(-value, _signed(-1.0, target.red_high))
    return "inside-band"


def _missed_rule(value: float, red_flag: float | None) -> str:
    """How bad a miss is, in a frame where more is better."""
    if red_flag is None:
        return "missed-without-red-flag"
    return "between-target-and-red-flag" if _reaches(value, red_flag) else "past-red-flag"


def _scored(value: float, target: float | None, red_flag: float | None) -> float | None:
    """Linear score in a frame where more is better."""
    if target is None or red_flag is None or red_flag >= target:
        return None
    size = max(abs(target), abs(red_flag))  # keeps the difference of enormous figures finite
    value, target, red_flag = value / size, target / size, red_flag / size
    share = (value - red_flag) / (target - red_flag)
    return min(10.0, max(0.0, SCORE_AT_RED_FLAG + share * (SCORE_AT_TARGET - SCORE_AT_RED_FLAG)))


def _reaches(value: float, bound: float | None) -> bool:
    return bound is not None and (value >= bound or math.isclose(value, bound, rel_tol=SAME))


def _is_figure(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _sign(direction: str) -> float:
    return 1.0 if direction == "up" else -1.0


def _signed(sign: float, figure: float | None) -> float | None:
    return None if figure is None else sign * figure


def _inputs(value: float | None, target: TargetValues | None, direction: str) -> dict[str, object]:
    """The value, the direction, and every figure of the target that is set."""
    figures = {} if target is None else asdict(target)
    return {"value": value, "direction": direction} | {
        name: figure for name, figure in figures.items() if figure is not None
    }
