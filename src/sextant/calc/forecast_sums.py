"""The fan of a sum of values ahead, from a fan of each of them.

How much the errors of two periods have in common is told by how the fan widens: where each period's surprise stays in
the level by a share a, the variance h periods ahead is that of one period times 1 + (h - 1) a^2, and the errors of
periods i < j have the covariance a + (i - 1) a^2 in the same unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sextant.calc.forecast import LEVELS, MEDIAN, Floats

_LOW, _HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
_WIDTH = 2.5631  # from the 10 % to the 90 % quantile of a normal distribution, in standard deviations


def total_of(path: Floats, steps: Sequence[int]) -> Floats:
    """The fan (steps, levels) of the sum of the first so many values of `path` (periods, levels), one row a period."""
    unit = max(float(np.max(np.abs(path))), 1e-300)
    scaled = path / unit
    middles = scaled[:, MEDIAN]
    deviations = np.maximum((scaled[:, _HIGH] - scaled[:, _LOW]) / _WIDTH, 1e-15)
    shape = np.mean((scaled - middles[:, None]) / deviations[:, None], axis=0)
    together = _correlations(deviations) * np.outer(deviations, deviations)
    variances = np.diagonal(np.cumsum(np.cumsum(together, axis=0), axis=1))
    rows = np.array(steps) - 1
    with np.errstate(over="ignore"):
        found: Floats = (np.cumsum(middles)[rows][:, None] + np.sqrt(variances[rows])[:, None] * shape) * unit
    return found


def kept_share(deviations: Floats) -> float:
    """The share a of a surprise that stays in the level, from 0 to 1, from the standard deviations of a path (h,)."""
    count = len(deviations)
    if count < 2:
        return 1.0
    growth = float((deviations[-1] / deviations[0]) ** 2 - 1) / (count - 1)
    return float(np.sqrt(np.clip(growth, 0.0, 1.0)))


def _correlations(deviations: Floats) -> Floats:
    kept = kept_share(deviations)
    before = np.arange(len(deviations), dtype=np.float64)
    alone = 1 + before * kept**2
    shared = kept + np.minimum.outer(before, before) * kept**2
    np.fill_diagonal(shared, alone)
    found: Floats = shared / np.sqrt(np.outer(alone, alone))
    return found
