"""Is a key result where it should be by now: the expected path, the pace, and the status computed from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sextant.calc.status import SAME
from sextant.calc.why import Why, method

ON_TRACK = "on_track"
AT_RISK = "at_risk"
OFF_TRACK = "off_track"
TOO_EARLY = "too_early"
NO_DATA = "no_data"
STALE = "stale"
INCOMPLETE = "incomplete"
STATUSES = (ON_TRACK, TOO_EARLY, INCOMPLETE, NO_DATA, STALE, AT_RISK, OFF_TRACK)
"""From the best to the worst: what is not known is never better than what is, and bad news is worst."""
BADNESS = {status: badness for badness, status in enumerate(STATUSES)}

TOO_EARLY_BEFORE = 0.15
"""Share of the time before which a pace says nothing."""
CHANCE_ON_TRACK, CHANCE_AT_RISK = 0.7, 0.3
PACE_ON_TRACK, PACE_AT_RISK = 0.95, 0.80

FORMULAS = {
    "pace": "progress / expected progress",
    "pace-nothing-expected": "nothing is expected by now, so a pace cannot be told",
    "pace-no-progress": "there is no progress to compare",
    "key-result-no-data": "there is no progress; without data a key result is never healthy",
    "key-result-incomplete": "without a start and a due date nothing can be expected by now",
    "key-result-too-early": "less than 15 % of the time has gone by",
    "key-result-likely": "the chance of reaching the target is 70 % or more",
    "key-result-in-doubt": "the chance of reaching the target is from 30 % to below 70 %",
    "key-result-unlikely": "the chance of reaching the target is below 30 %",
    "key-result-keeps-pace": "pace of 0.95 or more",
    "key-result-falls-behind": "pace from 0.80 to below 0.95",
    "key-result-far-behind": "pace below 0.80",
    "key-result-as-expected": "nothing is expected by now, and the progress is not below that",
    "key-result-below-expected": "nothing is expected by now, and the progress is below even that",
    "key-result-stale": "the next value is overdue beyond the grace days; silence is never green",
}
STATUS_OF_RULE = {
    "key-result-no-data": NO_DATA,
    "key-result-incomplete": INCOMPLETE,
    "key-result-too-early": TOO_EARLY,
    "key-result-likely": ON_TRACK,
    "key-result-in-doubt": AT_RISK,
    "key-result-unlikely": OFF_TRACK,
    "key-result-keeps-pace": ON_TRACK,
    "key-result-falls-behind": AT_RISK,
    "key-result-far-behind": OFF_TRACK,
    "key-result-as-expected": ON_TRACK,
    "key-result-below-expected": OFF_TRACK,
}

PlanPoint = tuple[float, float]
"""A share of the time, and the progress planned for it."""


def elapsed_share(now: float, start: float, end: float) -> float:
    """The share of the time from start to end that has gone by, from 0 to 1; all three in one unit.

    Where the end does not lie after the start it is 0 before the end and 1 from then on.
    """
    if now >= end:
        return 1.0
    return max(0.0, (now - start) / (end - start)) if end > start else 0.0


def expected_share(elapsed: float, *, plan: Sequence[PlanPoint] | None = None) -> float:
    """The progress expected once this share of the time has gone by.

    Without a plan it is the share itself: a straight line from baseline to target. A plan replaces it by the line
    through its points (see plan_path), which begins with 0 at the start and finishes with 1 at the end where the
    plan has no point there or beyond. Of two points at one time the later counts.
    """
    if not plan:
        return elapsed
    points = sorted(dict(plan).items())
    if points[0][0] > 0:
        points.insert(0, (0.0, 0.0))
    if points[-1][0] < 1:
        points.append((1.0, 1.0))
    at, shares = zip(*points, strict=True)
    return float(np.interp(elapsed, at, shares))


def plan_path(
    plan: Sequence[tuple[float, float]], start: float, end: float, share: Callable[[float], float | None]
) -> tuple[PlanPoint, ...]:
    """A plan of (time by which, value) as expected_share takes it.

    ``share`` gives the progress of a value, as of the key result's own values; a planned value that has none is
    left out, and so is the whole plan where the end does not lie after the start.
    """
    if end <= start:
        return ()
    shares = [((at - start) / (end - start), share(value)) for at, value in plan]
    return tuple((at, planned) for at, planned in shares if planned is not None)


def pace(progress: float | None, expected: float | None) -> float | None:
    """Progress against the expected one: 1 is exactly as planned. None without progress or where nothing is
    expected by now.
    """
    if not _is_figure(progress) or not _is_figure(expected) or expected <= 0:
        return None
    found = progress / expected
    return found if math.isfinite(found) else None


def key_result_status(
    progress: float | None, expected: float | None, elapsed: float | None, chance: float | None = None
) -> str:
    """The computed status of a key result, freshness apart.

    ``progress`` and ``expected`` are shares of the way, ``elapsed`` of the time, ``chance`` (where there is a
    usable history) of the futures in which the target is met. no_data without progress, incomplete where nothing
    can be expected for want of dates, too_early before 15 % of the time, else on_track, at_risk or off_track.
    """
    return STATUS_OF_RULE[_rule(progress, expected, elapsed, chance)]


def key_result_status_many(
    progress: ArrayLike, expected: ArrayLike, elapsed: ArrayLike, chances: ArrayLike = math.nan
) -> NDArray[np.int8]:
    """As key_result_status, for arrays (n,) with nan for what is missing, or one figure for all: places in STATUSES."""
    reached, due, gone, chance = np.broadcast_arrays(
        *(np.asarray(figures, dtype=np.float64) for figures in (progress, expected, elapsed, chances))
    )
    with np.errstate(invalid="ignore"):
        # Where nothing is expected the path itself is the bound, and there is nothing between on and off track.
        on_track = _reaches_many(reached, np.where(due > 0, PACE_ON_TRACK * due, due))
        at_risk = _reaches_many(reached, PACE_AT_RISK * due) & (due > 0)
        likely, possible = chance >= CHANCE_ON_TRACK, chance >= CHANCE_AT_RISK
    paced = np.where(on_track, BADNESS[ON_TRACK], np.where(at_risk, BADNESS[AT_RISK], BADNESS[OFF_TRACK]))
    chanced = np.where(likely, BADNESS[ON_TRACK], np.where(possible, BADNESS[AT_RISK], BADNESS[OFF_TRACK]))
    found = np.where(np.isfinite(chance), chanced, paced).astype(np.int8)
    found[gone < TOO_EARLY_BEFORE] = BADNESS[TOO_EARLY]
    found[~(np.isfinite(due) & np.isfinite(gone))] = BADNESS[INCOMPLETE]
    found[~np.isfinite(reached)] = BADNESS[NO_DATA]
    return found


def with_freshness(status: str, freshness: str) -> str:
    """Status once the age of the data counts: stale replaces on_track and at_risk, bad news stays as it is."""
    if status not in (ON_TRACK, AT_RISK):
        return status
    return {"stale": STALE, "never": NO_DATA}.get(freshness, status)


def explain_pace(progress: float | None, expected: float | None) -> Why:
    """Why the pace is what it is."""
    result = pace(progress, expected)
    rule = "pace"
    if result is None:
        rule = "pace-nothing-expected" if _is_figure(progress) else "pace-no-progress"
    inputs = {"progress": progress, "expected": expected, "result": result}
    return Why(rule, FORMULAS[rule], inputs, method("pace"))


def explain_key_result_status(
    progress: float | None,
    expected: float | None,
    elapsed: float | None,
    chance: float | None = None,
    freshness: str = "fresh",
) -> Why:
    """Why the computed status of a key result is what it is, freshness included."""
    rule = _rule(progress, expected, elapsed, chance)
    before = STATUS_OF_RULE[rule]
    after = with_freshness(before, freshness)
    if after != before:
        rule = "key-result-stale" if after == STALE else "key-result-no-data"
    inputs = {
        "progress": progress,
        "expected": expected,
        "elapsed": elapsed,
        "pace": pace(progress, expected),
        "chance": chance,
        "freshness": freshness,
        "without_freshness": before,
        "result": after,
    }
    return Why(rule, FORMULAS[rule], inputs, method("key-result-status"))


def _rule(progress: float | None, expected: float | None, elapsed: float | None, chance: float | None) -> str:
    """The rule that decides the status."""
    if not _is_figure(progress):
        return "key-result-no-data"
    if not _is_figure(expected) or not _is_figure(elapsed):
        return "key-result-incomplete"
    if elapsed < TOO_EARLY_BEFORE:
        return "key-result-too-early"
    if _is_figure(chance):
        if chance >= CHANCE_ON_TRACK:
            return "key-result-likely"
        return "key-result-in-doubt" if chance >= CHANCE_AT_RISK else "key-result-unlikely"
    if expected <= 0:
        return "key-result-as-expected" if _reaches(progress, expected) else "key-result-below-expected"
    # Multiplied rather than divided: a tiny expected progress has no finite pace.
    if _reaches(progress, PACE_ON_TRACK * expected):
        return "key-result-keeps-pace"
    return "key-result-falls-behind" if _reaches(progress, PACE_AT_RISK * expected) else "key-result-far-behind"


def _reaches(share: float, bound: float) -> bool:
    """At least the bound; what differs from it by rounding alone lies on it."""
    return share >= bound or math.isclose(share, bound, rel_tol=SAME)


def _reaches_many(shares: NDArray[np.float64], bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    near = np.abs(shares - bounds) <= SAME * np.maximum(np.abs(shares), np.abs(bounds))
    return (shares >= bounds) | near


def _is_figure(share: float | None) -> TypeGuard[float]:
    return share is not None and math.isfinite(share)
