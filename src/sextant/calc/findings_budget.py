"""From when on a surprise is an alert: the alarm budget, false alarms accepted per KPI and year.

How often chance alone reaches a score was counted on simulated series in which nothing happens, for each frequency
(`benchmarks/method/calibrate.py`). Between the counted scores the logarithm of the rate runs straight.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sextant.calc.findings_models import Floats

PER_YEAR: Mapping[str, int] = {
    "minute": 105_120, "hour": 8760, "day": 365, "week": 52,
    "month": 12, "quarter": 4, "tertial": 3, "half": 2, "year": 1,
}  # fmt: skip

DEFAULT_BUDGETS: Mapping[str, float] = {
    "minute": 67.0, "hour": 40.0, "day": 3.0, "week": 0.5, "month": 0.25,
    "quarter": 0.1, "tertial": 0.1, "half": 0.05, "year": 0.05,
}  # fmt: skip
"""False alarms per KPI and year, unless someone sets another budget."""

SCORES = (-0.4, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.0)
RATES: Mapping[str, tuple[float, ...]] = {
    "minute": (45, 30, 20, 15, 12, 9, 5, 2.5, 1.5),
    "hour": (43.6, 27.8, 15.8, 8.74, 6.02, 3.64, 1.64, 0.698, 0.378),
    "day": (43, 28.1, 15.7, 9.67, 5.87, 3.55, 1.82, 0.591, 0.211),
    "week": (46.4, 30.3, 17.8, 10.6, 7.2, 5.03, 2.58, 1.18, 0.68),
    "month": (48.6, 32.7, 17.8, 10.1, 6.39, 4.58, 2.1, 0.858, 0.572),
}
"""False alarms per 1,000 values at each of SCORES."""


def threshold(frequency: str, budget: float | None = None) -> float:
    """The score from which on a deviation is an alert. `budget` in false alarms per KPI-year; None: the default."""
    wanted = DEFAULT_BUDGETS[frequency] if budget is None else budget
    rate = np.log(max(1000.0 * wanted / PER_YEAR[frequency], 1e-9))
    rates = np.log(RATES[_counted(frequency)])
    return float(_straight(-rate, -rates, np.array(SCORES)))


def surprise(frequency: str, score: float) -> float:
    """How many false alarms with at least this score chance brings to one KPI in a year."""
    rate = _straight(score, np.array(SCORES), np.log(RATES[_counted(frequency)]))
    return float(np.exp(min(rate, 6.9))) * PER_YEAR[frequency] / 1000.0


def _counted(frequency: str) -> str:
    return frequency if frequency in RATES else "month"


def _straight(at: float, places: Floats, levels: Floats) -> float:
    """Linear interpolation, carried on beyond both ends."""
    if at <= places[0]:
        low, high = 0, 1
    elif at >= places[-1]:
        low, high = len(places) - 2, len(places) - 1
    else:
        return float(np.interp(at, places, levels))
    slope = (levels[high] - levels[low]) / (places[high] - places[low])
    return float(levels[low] + slope * (at - places[low]))
