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
    "minute": 75.0, "hour": 40.0, "day": 3.0, "week": 0.5, "month": 0.25,
    "quarter": 0.1, "tertial": 0.1, "half": 0.05, "year": 0.05,
}  # fmt: skip
"""False alarms per KPI and year, unless someone sets another budget."""

SCORES = (-0.4, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.0)
RATES: Mapping[str, tuple[float, ...]] = {
    "minute": (8.3, 8.25, 8.2, 8.15, 8.1, 8, 7.5, 1.95, 0.836),
    "hour": (46.6, 30.3, 18.1, 11.2, 7.13, 4.65, 2.27, 1.04, 0.571),
    "day": (47.8, 31.7, 18.4, 11.2, 7.16, 4.57, 2.3, 0.99, 0.604),
    "week": (50.8, 32.5, 19.2, 11.6, 7.15, 4.67, 2.4, 1.09, 0.627),
    "month": (53.0, 35.7, 20.4, 12.2, 7.27, 5.09, 2.18, 1.19, 0.728),
}
"""False alarms per 1,000 values at each of SCORES. For values every few minutes nothing is simulated: they are those
outside of the incidents in ten operational series."""


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
