"""How far a key result has come: from baseline to target, along checkpoints, in kept periods, in steps done.

A progress is a share: 0.25 is 25 %. It is raw, so it is negative below the baseline and above 1 past the target;
`clamp` cuts it to 0..1 for bars and averages and for nothing else. Without data there is none (None, nan in arrays),
which is not 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sextant.calc.status import SAME
from sextant.calc.targets import DIRECTIONS, DirectionError
from sextant.calc.why import Why, method

PERCENT = "percent"
POINTS = "points"

FORMULAS = {
    "progress-from-baseline": "(value - baseline) / (target - baseline)",
    "progress-no-value": "there is no value yet, which is not the same as 0 %",
    "progress-incomplete": "the baseline or the target is missing",
    "progress-baseline-is-target": "baseline and target are the same, so there is no way to go",
    "progress-from-checkpoints": "on the straight line between the two checkpoints nearest to the value",
    "progress-checkpoints-incomplete": "at least two checkpoints with different values are needed",
    "guardrail-kept": "periods inside the guardrail / planned periods",
    "guardrail-no-data": "no period has a value that could be judged, which is not the same as 0 %",
    "milestones-done": "weight of the steps done / weight of all steps",
    "milestones-missing": "there is no step that has a weight",
    "target-relative-percent": "baseline, changed by so many percent of its own size",
    "target-relative-points": "baseline, changed by so many points",
}

Checkpoint = tuple[float, float]
"""A value in the unit of the metric, and the share of the way that is gone there."""

Step = tuple[float, bool]
"""The weight of a milestone, and whether it is done."""


class RelativeModeError(ValueError):
    """A relative target that is meant neither in percent nor in points."""

    key = "relative-mode-unknown"

    def __init__(self, mode: str) -> None:
        super().__init__(f"{mode!r} says nothing about a relative target. Use percent or points.")


@dataclass(frozen=True, slots=True)
class Tally:
    """How a guardrail was kept: periods inside it, outside it, and without a value, of how many planned.

    ``share`` is successes / planned, None while no period could be judged.
    """

    successes: int
    failed: int
    missed: int
    planned: int
    share: float | None

    @property
    def expected(self) -> float:
        """The share of the planned periods that are over: where a guardrail never broken would stand."""
        return (self.successes + self.failed + self.missed) / self.planned if self.planned else 0.0


def progress(value: float | None, baseline: float | None, target: float | None) -> float | None:
    """The share of the way from baseline to target, in either direction; not clamped.

    None where one of the three is missing or not finite, where baseline and target are the same, and where the
    result is too large for a number.
    """
    if value is None or baseline is None or target is None:
        return None
    way = target - baseline
    if way == 0 or not math.isfinite(way):
        return None
    share = (value - baseline) / way
    return share if math.isfinite(share) else None


def progress_many(values: ArrayLike, baselines: ArrayLike, targets: ArrayLike) -> NDArray[np.float64]:
    """As progress, for arrays of one shape (n,) with nan for what is missing; nan where there is no progress."""
    start = np.asarray(baselines, dtype=np.float64)
    with np.errstate(all="ignore"):
        way = np.asarray(targets, dtype=np.float64) - start
        shares = (np.asarray(values, dtype=np.float64) - start) / way
        shares[~(np.isfinite(shares) & np.isfinite(way))] = np.nan
    return shares


def checkpoint_progress(value: float | None, pairs: Sequence[Checkpoint]) -> float | None:
    """The share at a value on the line through the checkpoints, whose values may rise or fall.

    Outside the first and the last checkpoint the line goes on as between the two nearest ones, so that two
    checkpoints say the same as a baseline and a target. Of two checkpoints at one value the later counts.
    None without a value, or with fewer than two different values.
    """
    known = sorted({at: share for at, share in pairs if math.isfinite(at) and math.isfinite(share)}.items())
    if value is None or not math.isfinite(value) or len(known) < 2:
        return None
    last = next((index for index, (at, _) in enumerate(known[1:-1], 1) if value <= at), len(known) - 1)
    (low, share_low), (high, share_high) = known[last - 1], known[last]
    along = progress(value, low, high)
    return None if along is None else share_low + along * (share_high - share_low)


def guardrail_tally(
    values: Sequence[float | None], *, low: float | None, high: float | None, is_strict: bool, planned: int
) -> Tally:
    """How a guardrail was kept, from one value (None: missed) for each planned period that is over.

    Exactly on a bound is a success unless the guardrail is strict ("under 2 hours"). One bound may be open; with
    neither, nothing can be judged. Where more periods are over than were planned, all of them count as planned.
    """
    known = [value for value in values if value is not None and math.isfinite(value)]
    missed = len(values) - len(known)
    planned = max(planned, len(values))
    if low is None and high is None:
        return Tally(0, 0, missed, planned, None)
    successes = sum(_keeps(value, low, high, is_strict=is_strict) for value in known)
    return Tally(successes, len(known) - successes, missed, planned, successes / planned if known else None)


def milestones_progress(steps: Sequence[Step]) -> float | None:
    """The weight done of all weight; a yes-or-no key result is one step. None where no step has a weight."""
    weighed = [(weight, is_done) for weight, is_done in steps if weight > 0 and math.isfinite(weight)]
    if not weighed:
        return None
    weights = relative_weights([weight for weight, _ in weighed])
    done = [weight for weight, (_, is_done) in zip(weights, weighed, strict=True) if is_done]
    return math.fsum(done) / math.fsum(weights)


def relative_target(baseline: float, amount: float, mode: str, direction: str) -> float:
    """The target that "by 20 percent" or "by 10 points" asks for from this baseline.

    ``mode`` is percent (of the size of the baseline, so that a rise from -20 leads up) or points. The direction
    down subtracts. Raises RelativeModeError or DirectionError.
    """
    if direction not in DIRECTIONS:
        raise DirectionError(direction)
    if mode not in (PERCENT, POINTS):
        raise RelativeModeError(mode)
    change = abs(baseline) * amount / 100 if mode == PERCENT else amount
    return baseline - change if direction == "down" else baseline + change


def relative_weights(weights: Sequence[float]) -> list[float]:
    """Positive finite weights, all divided by one power of two: no digit is lost, and no sum is too large."""
    _, exponent = math.frexp(max(weights, default=1.0))
    return [math.ldexp(weight, -exponent) for weight in weights]


def clamp(share: float) -> float:
    """A share cut to 0..1, for bars and averages."""
    return min(1.0, max(0.0, share))


def explain_progress(value: float | None, baseline: float | None, target: float | None) -> Why:
    """Why a key result with a metric stands where it stands."""
    rule = "progress-from-baseline"
    result = progress(value, baseline, target)
    if baseline is None or target is None:
        rule = "progress-incomplete"
    elif baseline == target:
        rule = "progress-baseline-is-target"
    elif result is None:
        rule = "progress-no-value"
    inputs = {"value": value, "baseline": baseline, "target": target, "result": result}
    return Why(rule, FORMULAS[rule], inputs, method("progress"))


def explain_checkpoint_progress(value: float | None, pairs: Sequence[Checkpoint]) -> Why:
    """Why a key result with checkpoints stands where it stands."""
    result = checkpoint_progress(value, pairs)
    rule = "progress-from-checkpoints"
    if result is None:
        is_complete = len({at for at, _ in pairs}) >= 2
        rule = "progress-no-value" if is_complete else "progress-checkpoints-incomplete"
    inputs = {"value": value, "checkpoints": tuple(pairs), "result": result}
    return Why(rule, FORMULAS[rule], inputs, method("checkpoints"))


def explain_guardrail(tally: Tally, *, low: float | None, high: float | None, is_strict: bool) -> Why:
    """Why a guardrail stands where it stands: missed periods are named apart from failed ones."""
    rule = "guardrail-no-data" if tally.share is None else "guardrail-kept"
    inputs = {
        "low": low,
        "high": high,
        "is_strict": is_strict,
        "successes": tally.successes,
        "failed": tally.failed,
        "missed": tally.missed,
        "planned": tally.planned,
        "result": tally.share,
    }
    return Why(rule, FORMULAS[rule], inputs, method("guardrails"))


def explain_milestones(steps: Sequence[Step]) -> Why:
    """Why a key result of milestones, or of yes or no, stands where it stands."""
    result = milestones_progress(steps)
    rule = "milestones-missing" if result is None else "milestones-done"
    inputs = {
        "steps": len(steps),
        "done": sum(is_done for _, is_done in steps),
        "weights": tuple(weight for weight, _ in steps),
        "result": result,
    }
    return Why(rule, FORMULAS[rule], inputs, method("milestones"))


def explain_relative_target(baseline: float, amount: float, mode: str, direction: str) -> Why:
    """Why a relative target asks for this value."""
    result = relative_target(baseline, amount, mode, direction)
    rule = f"target-relative-{mode}"
    inputs = {"baseline": baseline, "amount": amount, "mode": mode, "direction": direction, "result": result}
    return Why(rule, FORMULAS[rule], inputs, method("relative-targets"))


def _keeps(value: float, low: float | None, high: float | None, *, is_strict: bool) -> bool:
    """Inside the bounds; what differs from a bound by rounding alone lies on it."""
    for bound, sign in ((low, 1.0), (high, -1.0)):
        if bound is None:
            continue
        if math.isclose(value, bound, rel_tol=SAME):
            if is_strict:
                return False
        elif sign * value < sign * bound:
            return False
    return True
