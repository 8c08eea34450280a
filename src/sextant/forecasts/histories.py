"""What of a series a forecast is made from, and for which steps ahead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sextant.calc.forecast import Floats

NEWEST = {
    "hour": 1344, "day": 455, "week": 261, "month": 144, "quarter": 60, "tertial": 60, "half": 40, "year": 40,
}  # fmt: skip
"""How many periods of a history count, by frequency: about as many as its seasons can still be seen in."""
STEPS: dict[str, tuple[int, ...]] = {
    "hour": (*range(1, 49), *range(72, 2209, 24)),
    "day": (*range(1, 99), *range(105, 372, 7)),
    "week": (*range(1, 15), *range(16, 55, 2)),
    "month": tuple(range(1, 25)),
    "quarter": tuple(range(1, 9)),
    "tertial": tuple(range(1, 7)),
    "half": tuple(range(1, 5)),
    "year": tuple(range(1, 4)),
}
"""Steps ahead that are forecast: every period near by, every day or week of them to the end of a yearly cycle."""


def filled(values: Sequence[float] | Floats, frequency: str) -> Floats:
    """The newest values that count, from the first one there is to the last, straight lines across holes."""
    found = np.asarray(values, dtype=np.float64)[-NEWEST[frequency] :]
    found = np.where(np.isfinite(found), found, np.nan)
    known = np.flatnonzero(~np.isnan(found))
    if not len(known):
        return np.empty(0)
    inner: Floats = np.interp(np.arange(known[0], known[-1] + 1), known, found[known])
    return inner
