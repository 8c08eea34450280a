"""Fans: the quantiles of what a value may become, how likely they make it to pass a threshold, and how members' fans
become one.

A fan is an array (..., levels) of values that rise with LEVELS. Between two levels, and beyond the outermost, the
log odds of lying below run straight, so a fan answers for every threshold and every answer turns back into the fan:
chance and fan agree because they are the same curve read in two directions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = (0.01, *(round(0.05 * step, 2) for step in range(1, 20)), 0.99)
"""The quantiles a fan consists of."""
LOG_ODDS: Floats = np.log(np.array(LEVELS) / (1 - np.array(LEVELS)))
MEDIAN = LEVELS.index(0.5)
MOST = 8.0
"""Log odds further out are not told apart: one in three thousand."""
_FLAT = 1e-6  # of a fan's width: equal quantiles are held this far apart, so that a curve can be turned round


def rising(fans: Floats) -> Floats:
    """Fans (..., levels) with every quantile a little above the one before, whatever was computed."""
    ordered = np.maximum.accumulate(np.asarray(fans, dtype=np.float64), axis=-1)
    width = ordered[..., -1:] - ordered[..., :1]
    least = np.maximum(np.abs(ordered[..., MEDIAN : MEDIAN + 1]) * 1e-9, 1e-300)
    step = np.where(width > least, width, least) * _FLAT
    found: Floats = ordered + np.arange(len(LEVELS)) * step
    return found


def log_odds_above(fans: Floats, thresholds: Floats) -> Floats:
    """How likely a value is to lie above each threshold, as log odds from -MOST to MOST.

    ``fans`` (n, levels) and ``thresholds`` (n, t) -> (n, t). Beyond the outermost quantiles the slope between the
    1 % and 5 % (95 % and 99 %) quantiles goes on.
    """
    curve = rising(fans)
    places = (thresholds[:, :, None] >= curve[:, None, :]).sum(axis=2) - 1
    places = np.clip(places, 0, len(LEVELS) - 2)
    rows = np.arange(len(curve))[:, None]
    below, above = curve[rows, places], curve[rows, places + 1]
    with np.errstate(over="ignore", invalid="ignore"):
        share = (thresholds - below) / (above - below)
        odds = LOG_ODDS[places] + share * (LOG_ODDS[places + 1] - LOG_ODDS[places])
    found: Floats = np.clip(-odds, -MOST, MOST)
    return found


def chance_of(log_odds: Floats) -> Floats:
    """Log odds as shares from 0 to 1."""
    found: Floats = 1 / (1 + np.exp(-log_odds))
    return found


def chance_within(fans: Floats, lows: Floats, highs: Floats) -> Floats:
    """The share of each fan (n, levels) from `lows` to `highs` (n,), which may be infinite: a target to pass has one
    bound, a band two.
    """
    above_low = np.where(np.isneginf(lows), 1.0, chance_of(log_odds_above(fans, _finite(lows)))[:, 0])
    above_high = np.where(np.isposinf(highs), 0.0, chance_of(log_odds_above(fans, _finite(highs)))[:, 0])
    found: Floats = np.clip(above_low - above_high, 0, 1)
    return found


def _finite(bounds: Floats) -> Floats:
    found: Floats = np.where(np.isfinite(bounds), bounds, 0.0)[:, None]
    return found
