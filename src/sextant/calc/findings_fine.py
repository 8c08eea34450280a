"""Values every few minutes: how far out is something, compared with how far this very series has strayed before?

Such series have thousands of values and tails that nobody knows beforehand, but each has a long past of its own. Three
figures are followed: the score of the bank of models (`findings_watch`), how far the newest values lie from the day
before them, and how far from the same time a week ago. Each is compared with its own past: what is farther out than all
but 2 % of it is taken to thin out exponentially (peaks over a threshold; Siffer et al., Anomaly Detection in Streams
with Extreme Value Theory, KDD 2017). The score is the surprise of the most surprising of the three: with a score of s,
one value in exp(s) is so far out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sextant.calc.findings_models import Floats

DAY = 288
"""Values per day, where no season says how many."""
SHORTEST_DAY = 24
RECENT = 12
"""The mean of so many newest values is compared with the day before them, and with the same time a week ago."""
WEEKS = 3
"""After so many weeks the same time last week is worth a look."""
COMMON = 0.98
PRIOR = 4
"""The thinning out is believed to be that of the whole past as far as so many values would say it."""
LEAST = 50
REFRESHED = 20
NO_SCORE = -50.0
ROUNDING = 1e-6
TINY = 1e-12


def own_surprise(values: Floats, scores: Floats, season_length: int | None) -> tuple[Floats, NDArray[np.int64]]:
    """The surprise of each value (nan: not judged), and how many values back the figure that gave it away looks."""
    seen = np.flatnonzero(np.isfinite(values))
    day = season_length if season_length is not None and season_length >= SHORTEST_DAY else DAY
    row = values[seen]
    parts = [np.maximum(scores[seen], 0.0), _moved(row, day), _unlike_last_week(row, day)]
    surprises = np.stack([surprise_in_past(part) for part in parts])
    surprises[2, : WEEKS * 7 * day] = NO_SCORE
    best = surprises.argmax(axis=0)
    score, looks = np.full(len(values), np.nan), np.zeros(len(values), np.int64)
    score[seen] = np.where(np.isfinite(scores[seen]), surprises.max(axis=0, initial=NO_SCORE), np.nan)
    looks[seen] = np.array([0, RECENT - 1, RECENT - 1])[best]
    return score, looks


def surprise_in_past(figures: Floats) -> Floats:
    """For each figure the logarithm of how many of the earlier ones it takes to see one so far out."""
    found = np.full(len(figures), NO_SCORE)
    known = np.isfinite(figures)
    counts = np.cumsum(known)
    begin = int(np.searchsorted(counts, LEAST)) + 1
    for start in range(begin, len(figures), REFRESHED):
        past = figures[:start][known[:start]]
        middle, common = np.quantile(past, [0.5, COMMON])
        rare = past[past > common] - common
        usual = -(common - middle) / math.log(2 * (1 - COMMON))
        thinning = (rare.sum() + PRIOR * usual) / (len(rare) + PRIOR) + ROUNDING * (1 + abs(common))
        found[start : start + REFRESHED] = (figures[start : start + REFRESHED] - common) / thinning
    found = np.where(known & (found > NO_SCORE), found - math.log(1 - COMMON), NO_SCORE)
    return np.asarray(np.maximum(found, NO_SCORE))


def _moved(row: Floats, day: int) -> Floats:
    """How far the mean of the newest values lies from that of the day before them, in sizes of that day's scatter."""
    moved = np.full(len(row), np.nan)
    begin = day // 2
    if len(row) <= begin:
        return moved
    scale = float(np.abs(row[:begin]).max()) + TINY
    recent = _mean_of_last(row, RECENT)
    before, square = _earlier(_mean_of_last(row, day)), _earlier(_mean_of_last(row**2, day))
    spread = np.sqrt(np.maximum(square - before**2, 0.0)) + ROUNDING * scale
    moved[begin:] = (np.abs(recent - before) / spread)[begin:]
    return moved


def _unlike_last_week(row: Floats, day: int) -> Floats:
    """How far the newest values lie from those at the same time a week ago, as a mean."""
    unlike = np.full(len(row), np.nan)
    week = 7 * day
    if len(row) > week:
        unlike[week:] = np.abs(_mean_of_last(row[week:] - row[:-week], RECENT))
    return unlike


def _mean_of_last(row: Floats, count: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(row)])
    ends = np.arange(1, len(row) + 1)
    begins = np.maximum(0, ends - count)
    return np.asarray((sums[ends] - sums[begins]) / (ends - begins))


def _earlier(row: Floats) -> Floats:
    """Each figure as it was before the newest values."""
    return np.concatenate([np.full(min(RECENT, len(row)), np.nan), row[:-RECENT]])
