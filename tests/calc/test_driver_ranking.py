"""Real links rank above false ones, on simulated pairs whose moves are known."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from sextant.calc.driver_tree import is_faint, verdict
from sextant.calc.effects_drivers import Drive, Move, drive

Floats = NDArray[np.float64]
WEEKS, PAIRS = 104, 30


def levels(rng: Generator) -> tuple[Floats, list[Move]]:
    """A level that changes by 2 to 3.5 scatters now and then, and when it did."""
    made, moves, at, way = np.zeros(WEEKS), [], int(rng.integers(25, 35)), int(rng.choice([-1, 1]))
    while at < WEEKS - 10:
        made[at:] += way * rng.uniform(2, 3.5)
        moves.append(Move(at, way))
        way = -way if rng.random() < 0.7 else way
        at += int(rng.integers(12, 25))
    return made, moves


def judged(seed: int, *, is_real: bool) -> Drive:
    rng = default_rng([seed, is_real])
    lag = int(rng.integers(1, 9))
    own, moves = levels(rng)
    followed = own if is_real else levels(rng)[0]
    shared = 2 * np.sin(2 * np.pi * np.arange(WEEKS) / 52) + 2 * np.arange(WEEKS) / WEEKS
    driver = own + rng.standard_normal(WEEKS) + shared
    later = np.concatenate([np.full(lag, followed[0]), followed[: WEEKS - lag]])
    outcome = 0.8 * later + rng.standard_normal(WEEKS) + 0.5 * shared
    return drive(driver, outcome, moves, lag=lag, same_way=True, season_length=52)


def test_real_links_rank_above_false_ones() -> None:
    real = [judged(seed, is_real=True) for seed in range(PAIRS)]
    false = [judged(seed, is_real=False) for seed in range(PAIRS)]
    above = np.array([one.strength for one in real])[:, None] > np.array([one.strength for one in false])[None, :]
    assert above.mean() >= 0.9
    words = [[verdict(one.followed, one.not_followed, one.strength) for one in rows] for rows in (real, false)]
    assert words[0].count("strong") > 3 * words[1].count("strong")
    assert words[1].count("none") > words[0].count("none")
    faint = [sum(is_faint(one.followed, one.not_followed, one.strength) for one in rows) for rows in (real, false)]
    assert faint[1] > 3 * faint[0]
