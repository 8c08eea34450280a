"""Outliers in hindsight: a value that nothing after it bears out is unlearned once enough has come after it.

When a value far out arrives, nobody knows yet whether it is a step, a peak of the season or a mistake, and half of what
it says is believed. Twelve values later it is plain. What the value did to level, trend, season and the size of the
noise is known exactly, because the filters are linear, and is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sextant.calc.findings_models import WINDOWS, Family, Floats, Kind, families, seen_in, transition
from sextant.calc.findings_tracks import Track, evidence

Counts = NDArray[np.int64]

HINDSIGHT = WINDOWS - 1
"""So many values after it, a value is looked at again."""
OUTLIER = 6.0
"""How large outliers usually are, in noise sizes."""
LOUDER = 1.0
"""By how much, as a logarithm, an outlier must explain the errors better than a step there."""
MOST = 300.0
LEAST_LEFT, MOST_LEFT = 0.3, 1.02
"""Taking one value back leaves at least and at most so much of the sum of squared errors."""
LONGEST_GAP = 52


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """What a single value that lies 1 too high leaves behind, for each member of a family.

    ``trace`` (MEMORY, WINDOWS, M) is how it shows in its own standardised error and the following ones, ``shared``
    (MEMORY, WINDOWS, M) the sum of its trace x that of a step which began 0, 1, 2 ... values after it, and ``left``
    (MEMORY, M, p) what it has added to the states HINDSIGHT values later; ``move`` (M, p, p) carries those one period
    on.
    """

    trace: Floats
    shared: Floats
    left: Floats
    move: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Values to look at again, one per row: their series, the slots of an onset with them and with the value after
    them, how often was seen before, and how many periods without a value have passed since.
    """

    rows: Counts
    slots: Counts
    nexts: Counts
    at: Counts
    gaps: Counts

    def only(self, chosen: NDArray[np.bool_]) -> Suspects:
        """Some of them."""
        parts = (self.rows, self.slots, self.nexts, self.at, self.gaps)
        return Suspects(*(part[chosen] for part in parts))


@lru_cache(maxsize=64)
def trails(kind: Kind) -> tuple[Trail, ...]:
    """The trails of a kind, one per family."""
    return tuple(_trail(family) for family in families(kind))


def unlearn_outliers(
    tracks: Sequence[Track], kind: Kind, suspects: Suspects, shares: Floats, points: Floats, rounding: Floats
) -> None:
    """Take back, in place, what outliers among the suspects have taught.

    `shares` (B, 2, members of all families) are what the members count for, `points` (B,) the number of errors,
    `rounding` (B, 2, 1) what is added to sums of squared errors.
    """
    rows, known = suspects.rows, trails(kind)
    count = points[rows][:, None, None]
    outlier, step = [], []
    for track, trail in zip(tracks, known, strict=True):
        squares = track.squares[rows] + rounding[rows]
        weight = np.square(trail.trace[suspects.at]).sum(axis=1)[:, None]
        outlier.append(evidence(_speaks(track, suspects), weight, squares, count, OUTLIER))
        begun = [
            evidence(track.speaks[rows, :, :, slots], track.weight[rows, :, :, slots], squares, count)
            for slots in (suspects.slots, suspects.nexts)
        ]
        step.append(np.maximum(*begun))
    odds = _together(outlier, shares[rows])
    probable = np.log(kind.outliers) + odds
    chosen = (probable > 0) & (odds > _together(step, shares[rows]) + LOUDER)
    if chosen.any():
        trust = 1 / (1 + np.exp(-probable[chosen]))
        for track, trail in zip(tracks, known, strict=True):
            _take_back(track, trail, suspects.only(chosen), trust.astype(np.float32)[:, None, None], count[chosen])


def _speaks(track: Track, suspects: Suspects) -> Floats:
    """How much speaks for an outlier: a step that is over with the next value."""
    begins, ends = (track.speaks[suspects.rows, :, :, slots] for slots in (suspects.slots, suspects.nexts))
    return np.asarray(begins - ends)


def _together(said: Sequence[Floats], shares: Floats) -> Floats:
    odds = np.exp(np.clip(np.concatenate(said, axis=2), -MOST, MOST).astype(np.float64))
    return np.asarray(np.log((shares * odds).sum(axis=(1, 2))))


def _take_back(track: Track, trail: Trail, those: Suspects, trust: Floats, count: Floats) -> None:
    rows, trace = those.rows, trail.trace[those.at]
    error, moved, squared = np.moveaxis(track.learned[rows, :, :, those.slots], -1, 0)
    moved = moved * trust
    after = _speaks(track, those) - trace[:, 0][:, None] * error
    later = moved**2 * np.square(trace[:, 1:]).sum(axis=1)[:, None] - 2 * moved * after
    squares = track.squares[rows]
    usual = squares / np.maximum(count, 1.0)
    fewer = squares - trust * np.maximum(squared - usual, 0.0) + later
    track.squares[rows] = np.clip(fewer, LEAST_LEFT * squares, MOST_LEFT * squares)
    left = trail.left[those.at].copy()
    for place in np.flatnonzero(those.gaps).tolist():
        for _ in range(min(int(those.gaps[place]), LONGEST_GAP)):
            left[place] = np.einsum("mij,mj->mi", trail.move, left[place])
    track.state[rows] -= moved[..., None] * left[:, None]
    for age in range(1, WINDOWS):
        slots = (those.slots + age) % WINDOWS
        track.speaks[rows, :, :, slots] -= moved * trail.shared[those.at, age][:, None]


def _trail(family: Family) -> Trail:
    gain, spread = family.gain.astype(np.float64), family.spread.astype(np.float64)
    counts, members, states = gain.shape
    move = transition(family.memory.astype(np.float64), family.turn.astype(np.float64))
    seen, left = seen_in(states), np.zeros_like(gain)
    trace, shared = np.empty((counts, WINDOWS, members)), np.zeros((counts, WINDOWS, members))
    later = np.minimum(np.arange(counts)[:, None] + np.arange(WINDOWS), counts - 1)
    for age in range(WINDOWS):
        shown = (age == 0) - left @ seen
        trace[:, age] = shown / spread[later[:, age]]
        left = np.einsum("mij,nmj->nmi", move, left + gain[later[:, age]] * shown[..., None])
    for age in range(WINDOWS):
        steps = family.trace[later[:, age], : WINDOWS - age]
        shared[:, age] = (trace[:, age:] * steps).sum(axis=1)
    return Trail(*(np.ascontiguousarray(table, np.float32) for table in (trace, shared, left, move)))
