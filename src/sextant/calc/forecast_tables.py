"""The figures of the stacked logistic, fitted once on real series (docs/method/forecasts.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "2"
"""Counts up with every change of figures or arithmetic; a forecast says which one it was made with."""
OWN = ("light", "moves", "waves")
"""The members that need nothing but numpy."""
MEMBERS = (*OWN, "ets", "mstl")


@dataclass(frozen=True, slots=True)
class Weights:
    """What each of MEMBERS, the horizon (in quarters, from -0.5 to 0.5), and each sign counts, and the pooled factor
    that the sum is multiplied by, so that ranges hold as many values as they say.
    """

    members: tuple[float, ...]
    horizon: float
    signs: tuple[float, ...]
    scale: float


ENSEMBLE: Mapping[str, Weights] = {
    "week": Weights((0.255, 0.386, 0.029, 0.131, 0.122), 0.038, (0.036, -0.008, 0.01, -0.037, 0.002, -0.015), 1.017),
    "month": Weights((0.428, 0.347, 0.021, 0.119, 0.072), -0.012, (0.043, 0.026, -0.058, -0.032, -0.031, 0.011), 1.026),
    "day": Weights((0.368, 0.363, 0.283, 0.351, 0.132), 0.022, (0.06, 0.125, -0.013, -0.088, -0.063, -0.022), 1.048),
    "short": Weights((0.088, 0.358, 0.111, 0.12, 0.05), 0.015, (0.033, 0.032, -0.004, -0.03, 0.084, -0.001), 1.097),
}
LIGHT: Mapping[str, Weights] = {
    "week": Weights((0.37, 0.409, 0.133, 0.0, 0.0), 0.012, (0.047, -0.007, 0.004, -0.03, 0.003, -0.004), 1.039),
    "month": Weights((0.561, 0.354, 0.081, 0.0, 0.0), -0.005, (0.045, 0.031, -0.065, -0.037, -0.035, 0.019), 1.018),
    "day": Weights((0.537, 0.389, 0.419, 0.0, 0.0), -0.011, (0.067, 0.132, -0.02, -0.078, -0.052, -0.016), 1.055),
    "short": Weights((0.183, 0.362, 0.159, 0.0, 0.0), 0.025, (0.035, 0.034, -0.019, -0.028, 0.09, 0.009), 1.115),
}
