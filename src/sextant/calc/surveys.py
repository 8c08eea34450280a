"""Survey scores from counts per answer, each with the margin that chance alone gives it.

Formulas: docs/method/surveys.md. Counts are ordered by score: a net promoter question has the scores 0 to 10, a
satisfaction question 1 to 5, a rating 1 to k.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

NPS, CSAT, RATING = "nps", "csat", "rating"
KINDS = (NPS, CSAT, RATING)
POINTS = {NPS: 11, CSAT: 5}
FEWEST_POINTS, MOST_POINTS = 3, 10
Z = 1.96  # of the normal distribution, for 95 of 100 samples
FEW = 30  # below this the normal distribution describes the chance only roughly


@dataclass(frozen=True, slots=True)
class Sample:
    """What the answers say. `value` is in points (-100 to 100), percent (0 to 100) or points of the rating scale.

    `low` and `high` hold what 95 of 100 samples like this would hold, cut at the ends of the scale; `margin` is the
    wider of the two distances from the value. `is_rough` says why it is not to be taken to the digit: few answers, or
    answers that are all alike. Without answers everything but `n` is None.
    """

    n: int
    value: float | None = None
    margin: float | None = None
    low: float | None = None
    high: float | None = None
    is_rough: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that count alike, such as promoters."""

    key: str
    count: int
    share: float  # of all answers, 0 to 1


def first_score(kind: str) -> int:
    """The lowest score somebody can give."""
    return 0 if kind == NPS else 1


def bounds(kind: str, points: int = 0) -> tuple[float, float]:
    """The lowest and the highest value a survey of this kind can have; `points` of a rating scale."""
    return {NPS: (-100.0, 100.0), CSAT: (0.0, 100.0)}.get(kind, (1.0, float(points)))


def sample(kind: str, counts: Sequence[int], population: int | None = None) -> Sample:
    """The value of a survey of this kind. `population`: all whom the result is about, if all were asked (see `nps`)."""
    return {NPS: nps, CSAT: csat}.get(kind, rating)(counts, population)


def nps(counts: Sequence[int], population: int | None = None) -> Sample:
    """Net promoter score of the counts of 0 to 10: percent of 9 and 10 less percent of 0 to 6.

    Margin: z * sqrt((p + d - (p - d)^2) / n), in points, by the variance of an answer that counts +1, 0 or -1. Where
    the whole `population` was asked, it is narrower by the finite-population factor and 0 once all have answered.
    Raises ValueError for counts of another length or below zero.
    """
    promoters, passives, detractors = (group.count for group in reversed(groups(NPS, counts)))
    n = promoters + passives + detractors
    if not n:
        return Sample(0)
    up, down = promoters / n, detractors / n
    value = 100 * (promoters - detractors) / n
    spread = up + down - (up - down) ** 2
    alike = n in (promoters, passives, detractors)
    # The unseen answers of a sample that is all alike may lie as far away as the scale goes.
    margin = 100 * (_unseen(n) * (1 if n == passives else 2) if alike else Z * math.sqrt(spread / n))
    return _cut(n, value, margin * _finite(n, population), bounds(NPS), is_rough=alike or n < FEW)


def csat(counts: Sequence[int], population: int | None = None) -> Sample:
    """Percent of the two best of five answers. `counts` of 1 to 5; `population` and errors as with `nps`.

    Margin: z * sqrt(p (1 - p) / n); at 0 and 100 % the length of Wilson's interval, which is never nothing.
    """
    _check(counts, POINTS[CSAT])
    n, good = sum(counts), sum(counts[-2:])
    if not n:
        return Sample(0)
    share = good / n
    alike = good in (0, n)
    margin = 100 * (_unseen(n) if alike else Z * math.sqrt(share * (1 - share) / n))
    return _cut(n, 100 * good / n, margin * _finite(n, population), bounds(CSAT), is_rough=alike or n < FEW)


def rating(counts: Sequence[int], population: int | None = None) -> Sample:
    """Mean of a scale from 1 to `len(counts)` (3 to 10). `population` and errors as with `nps`.

    Margin: z * s / sqrt(n) with the standard deviation s of the sample; answers that are all alike have the share that
    may have gone unseen, at the far end of the scale.
    """
    if not FEWEST_POINTS <= len(counts) <= MOST_POINTS:
        raise ValueError(f"A rating scale has {FEWEST_POINTS} to {MOST_POINTS} points, not {len(counts)}.")
    _check(counts, len(counts))
    n = sum(counts)
    if not n:
        return Sample(0)
    mean = sum(score * count for score, count in enumerate(counts, start=1)) / n
    low, high = bounds(RATING, len(counts))
    alike = max(counts) == n
    if alike:
        margin = _unseen(n) * max(mean - low, high - mean)
    else:
        squares = sum(count * (score - mean) ** 2 for score, count in enumerate(counts, start=1))
        margin = Z * math.sqrt(squares / (n - 1) / n)
    return _cut(n, mean, margin * _finite(n, population), (low, high), is_rough=alike or n < FEW)


def groups(kind: str, counts: Sequence[int]) -> list[Group]:
    """Answers that count alike, the worst first; a rating scale has none, as every point counts by itself.

    Raises ValueError for counts of another length or below zero.
    """
    if kind == NPS:
        _check(counts, POINTS[NPS])
        parts = {"detractors": sum(counts[:7]), "passives": sum(counts[7:9]), "promoters": sum(counts[9:])}
    elif kind == CSAT:
        _check(counts, POINTS[CSAT])
        parts = {"dissatisfied": sum(counts[:2]), "neutral": counts[2], "satisfied": sum(counts[3:])}
    else:
        return []
    n = sum(parts.values())
    return [Group(key, count, count / n if n else 0.0) for key, count in parts.items()]


def together(many: Sequence[Sequence[int]]) -> list[int]:
    """The counts of several periods of one survey as those of one long period."""
    return [sum(column) for column in zip(*many, strict=True)]


def _check(counts: Sequence[int], points: int) -> None:
    if len(counts) != points or min(counts) < 0:
        raise ValueError(f"Counts of {points} scores, each 0 or more, are needed.")


def _unseen(n: int) -> float:
    """The largest share that n answers may all have missed: the length of Wilson's interval at 0 and at 1."""
    return Z * Z / (n + Z * Z)


def _finite(n: int, population: int | None) -> float:
    """How much narrower the margin is when the answers are a large part of all that could have come."""
    if population is None or population < n:
        return 1.0
    return 0.0 if population == n else math.sqrt((population - n) / (population - 1))


def _cut(n: int, value: float, margin: float, ends: tuple[float, float], *, is_rough: bool) -> Sample:
    low, high = max(value - margin, ends[0]), min(value + margin, ends[1])
    return Sample(n, value, margin, low, high, is_rough)
