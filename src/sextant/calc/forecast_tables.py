"""The figures of the stacked logistic, fitted once on real series (docs/method/forecasts.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "2"
"""Counts up with every change of figures or arithmetic; a forecast says which one it was made with."""
OWN = ("light", "moves", "waves")
"""The members that need nothing but numpy."""
MEMBERS = (*OWN, "ets", "mstl", "theta")


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
    "week": Weights(
        (0.247, 0.388, 0.032, 0.116, 0.119, 0.018), 0.051, (0.037, -0.011, 0.011, -0.041, 0.004, -0.018), 1.018
    ),
    "month": Weights(
        (0.395, 0.341, 0.011, 0.082, 0.044, 0.109), -0.002, (0.047, 0.019, -0.057, -0.036, -0.028, 0.007), 1.03
    ),
    "day": Weights(
        (0.346, 0.355, 0.27, 0.292, 0.103, 0.184), 0.029, (0.062, 0.121, -0.012, -0.096, -0.062, -0.03), 1.054
    ),
    "short": Weights(
        (0.072, 0.344, 0.085, 0.078, 0.045, 0.108), 0.016, (0.036, 0.029, 0.0, -0.048, 0.087, -0.022), 1.105
    ),
}
LIGHT: Mapping[str, Weights] = {
    "week": Weights((0.37, 0.409, 0.133, 0.0, 0.0, 0.0), 0.012, (0.047, -0.007, 0.004, -0.03, 0.003, -0.004), 1.039),
    "month": Weights(
        (0.561, 0.354, 0.081, 0.0, 0.0, 0.0), -0.005, (0.045, 0.031, -0.065, -0.037, -0.035, 0.019), 1.018
    ),
    "day": Weights((0.537, 0.389, 0.419, 0.0, 0.0, 0.0), -0.011, (0.067, 0.132, -0.02, -0.078, -0.052, -0.016), 1.055),
    "short": Weights((0.183, 0.362, 0.159, 0.0, 0.0, 0.0), 0.025, (0.035, 0.034, -0.019, -0.028, 0.09, 0.009), 1.115),
}
