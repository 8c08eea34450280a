"""Choosing what a cycle is about, and how what was chosen ended: candidate scores, coverage, scores at close."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sextant.calc.progress import clamp
from sextant.calc.why import Why, method

HIGHEST = 10.0
"""Candidates are scored from 0 to this on every criterion."""

ACHIEVED = {"committed": 1.0, "aspirational": 0.7}
"""The score from which an objective counts as achieved, by its ambition (PRODUCT 4.1)."""

FORMULAS = {
    "candidate-score": "sum of (weight x score) / sum of the weights, over the criteria that have a weight",
    "candidate-score-incomplete": "a criterion has no score yet, which is not the same as 0",
    "candidate-score-no-criteria": "there is no criterion with a weight",
    "score-at-close": "the progress on the day of closing, cut to 0..1",
    "score-at-close-no-progress": "there is no progress to score, which is not the same as 0",
    "coverage": "items with a path of contributions to a theme / all items",
    "coverage-nothing": "there is no item yet",
}
_ROUNDING = 1e-9


def candidate_score(scores: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """The weighted mean of the scores (0 to 10), one per criterion; weight 0 is shown and not counted.

    None while a criterion that counts has no score, so that an unscored candidate is never ranked as a weak one.
    """
    counted = [(score, weight) for score, weight in zip(scores, weights, strict=True) if weight > 0]
    if not counted or any(score is None for score, _ in counted):
        return None
    whole = math.fsum(weight for _, weight in counted)
    return math.fsum(score * weight for score, weight in counted if score is not None) / whole


def explain_candidate_score(scores: Mapping[str, float | None], weights: Mapping[str, float]) -> Why:
    """Why a candidate has its score; both mappings name the criteria."""
    names = list(weights)
    result = candidate_score([scores.get(name) for name in names], [weights[name] for name in names])
    rule = "candidate-score"
    if not any(weight > 0 for weight in weights.values()):
        rule = "candidate-score-no-criteria"
    elif result is None:
        rule = "candidate-score-incomplete"
    inputs = {"scores": {name: scores.get(name) for name in names}, "weights": dict(weights), "result": result}
    return Why(rule, FORMULAS[rule], inputs, method("candidate-scores"))


def score_at_close(progress: float | None) -> float | None:
    """What a progress is worth when it is over: 0.0 to 1.0; None where there is no progress."""
    return None if progress is None or not math.isfinite(progress) else clamp(progress)


def explain_score_at_close(progress: float | None) -> Why:
    result = score_at_close(progress)
    rule = "score-at-close" if result is not None else "score-at-close-no-progress"
    return Why(rule, FORMULAS[rule], {"progress": progress, "result": result}, method("scores-at-close"))


def is_achieved(score: float | None, ambition: str) -> bool | None:
    """Committed counts from 1.0, aspirational from 0.7; None without a score."""
    return None if score is None else score >= ACHIEVED[ambition] - _ROUNDING


def coverage(with_path: int, items: int) -> float | None:
    """The share of items with a path to a theme; None where there is no item."""
    return with_path / items if items else None


def explain_coverage(with_path: int, items: int) -> Why:
    rule = "coverage" if items else "coverage-nothing"
    inputs = {"with_path": with_path, "items": items, "result": coverage(with_path, items)}
    return Why(rule, FORMULAS[rule], inputs, method("coverage"))


def cap_line(decided: Sequence[bool], room: int) -> int:
    """After how many ranked candidates the line of the cap is drawn.

    ``decided`` says of each, in the order of the ranking, whether it was taken; ``room`` is how many the cap leaves.
    What was taken counts, wherever it ranks; the rest of the room goes to the best that are open. Never negative.
    """
    room = max(0, room) - sum(decided)
    for place, is_taken in enumerate(decided):
        if not is_taken:
            if room <= 0:
                return place
            room -= 1
    return len(decided)
