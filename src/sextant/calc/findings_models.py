"""The bank of small models a KPI is judged by: level, trend, season and autocorrelated noise, with their filters.

Every member says: a value is a slowly wandering level with a straight trend, plus a season of a few harmonics, plus
noise that remembers its last value. Members differ in how strong each part is. All sizes are in units of the noise, so
one table serves every KPI whatever its unit; and because the filter of a member does not depend on the values, its
gains are computed once for all series. Source: Harvey, Forecasting, Structural Time Series Models and the Kalman
Filter (1989), chapters 2 and 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

WINDOWS = 13
"""A deviation is looked for among onsets this many values back, the newest included."""
MEMORY = 600
"""Gains are those of this many values from there on, so what is longer ago fades."""
LEVEL_SPREAD = 100.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known beforehand about KPIs of one frequency, in noise sizes and per period."""

    season_length: int
    shapes: tuple[tuple[float, float, tuple[float, ...]], ...]
    """(share, steepness of the trend, size of each wave of the season) per shape; an empty tuple is no season."""
    memories: tuple[tuple[float, float], ...] = ((0.0, 0.40), (0.3, 0.35), (0.6, 0.25))
    wanders: tuple[tuple[float, float], ...] = ((0.03, 1.0),)
    tails: float = 0.3
    """How far heavy tails, where a series has them, are believed: 0 not at all, 1 fully."""
    outliers: float = 0.02
    """The share of values taken for outliers beforehand; with 0 none is unlearned in hindsight."""
    quiet: int = 10
    """So many values after an alert there is no other, unless something new and more surprising begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The members of one shape: M members with p states (level, trend, season pairs, noise).

    ``gain`` (MEMORY, M, p), ``spread`` (MEMORY, M: size of a forecast error) are by the number of values seen before;
    ``trace`` (MEMORY, WINDOWS, M) is how a step of size 1 that began at that value shows in the standardised forecast
    errors 0, 1, 2 ... values later, and ``absorbed`` (MEMORY, WINDOWS, M, 3) how much of it level, trend and noise have
    taken for their own by then.
    """

    gain: Floats
    spread: Floats
    trace: Floats
    absorbed: Floats
    memory: Floats
    turn: Floats
    log_share: Floats


@lru_cache(maxsize=64)
def families(kind: Kind) -> tuple[Family, ...]:
    """The families of a kind, one per shape."""
    return tuple(_family(kind, *shape) for shape in kind.shapes)


def advance(state: Floats, family: Family) -> None:
    """One period later, in place: states (..., M, p)."""
    state[..., 0] += state[..., 1]
    if len(family.turn):
        cos, sin = np.cos(family.turn), np.sin(family.turn)
        first, second = state[..., 2:-1:2].copy(), state[..., 3:-1:2]
        state[..., 2:-1:2] = cos * first + sin * second
        state[..., 3:-1:2] = cos * second - sin * first
    state[..., -1] *= family.memory


def _family(kind: Kind, share: float, trend: float, sizes: tuple[float, ...]) -> Family:
    pairs = [(memory, wander) for memory, _ in kind.memories for wander, _ in kind.wanders]
    chance = np.array([a * b for _, a in kind.memories for _, b in kind.wanders])
    memory = np.array([pair[0] for pair in pairs])
    wander = np.array([pair[1] for pair in pairs])
    turn = 2 * np.pi * np.arange(1, len(sizes) + 1) / max(1, kind.season_length)
    move = transition(memory, turn)
    states = move.shape[-1]
    noise = np.zeros_like(move)
    noise[:, 0, 0] = wander**2
    noise[:, -1, -1] = 1 - memory**2
    seen = seen_in(states)
    spread = np.diag([LEVEL_SPREAD**2, trend**2, *np.repeat(np.square(sizes), 2), 1.0])
    uncertain = np.repeat(spread[None], len(pairs), axis=0)
    gain = np.empty((MEMORY, len(pairs), states))
    error = np.empty((MEMORY, len(pairs)))
    for count in range(MEMORY):
        shared = uncertain @ seen
        error[count] = shared @ seen
        gain[count] = shared / error[count][:, None]
        uncertain = uncertain - gain[count][:, :, None] * shared[:, None, :]
        uncertain = move @ uncertain @ move.transpose(0, 2, 1) + noise
        uncertain = (uncertain + uncertain.transpose(0, 2, 1)) / 2
    spread_of = np.sqrt(error)
    tables = (gain, spread_of, *_trace(gain, spread_of, move), memory, turn, np.log(share * chance))
    return Family(*(np.ascontiguousarray(table, np.float32) for table in tables))


def transition(memory: Floats, turn: Floats) -> Floats:
    """What becomes of the states of members with these memories within one period: (M, p, p)."""
    states = 3 + 2 * len(turn)
    move = np.zeros((len(memory), states, states))
    move[:, 0, 0] = move[:, 0, 1] = move[:, 1, 1] = 1.0
    for place, angle in enumerate(turn.tolist()):
        at = 2 + 2 * place
        move[:, at, at] = move[:, at + 1, at + 1] = math.cos(angle)
        move[:, at, at + 1] = math.sin(angle)
        move[:, at + 1, at] = -math.sin(angle)
    move[:, -1, -1] = memory
    return move


def seen_in(states: int) -> Floats:
    """What of the states adds up to the value: the level, the first of each season pair, the noise."""
    seen = np.zeros(states)
    seen[0] = seen[-1] = 1.0
    seen[2:-1:2] = 1.0
    return seen


def _trace(gain: Floats, spread: Floats, move: Floats) -> tuple[Floats, Floats]:
    counts, members, states = gain.shape
    seen, taken = seen_in(states), np.zeros((counts, members, states))
    trace = np.empty((counts, WINDOWS, members))
    absorbed = np.empty((counts, WINDOWS, members, 3))
    for age in range(WINDOWS):
        at = np.minimum(np.arange(counts) + age, counts - 1)
        left = 1.0 - taken @ seen
        trace[:, age] = left / spread[at]
        taken = np.einsum("mij,nmj->nmi", move, taken + gain[at] * left[..., None])
        absorbed[:, age] = taken[..., [0, 1, -1]]
    return trace, absorbed
