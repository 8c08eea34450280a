"""The figures of the stacked logistic, fitted once on real series (docs/method/forecasts.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "1"
"""Counts up with every change of figures or arithmetic; a forecast says which one it was made with."""
MEMBERS = ("light", "ets", "mstl", "theta")


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
    "week": Weights((0.449, 0.223, 0.171, 0.025), 0.042, (0.051, -0.029, 0.015, -0.03, -0.004, -0.046), 1.024),
    "month": Weights((0.593, 0.141, 0.065, 0.127), -0.029, (0.062, 0.016, -0.044, -0.007, -0.026, -0.01), 1.029),
    "day": Weights((0.685, 0.416, 0.074, 0.299), 0.003, (0.079, 0.178, 0.027, -0.031, -0.089, -0.006), 1.166),
    "short": Weights((0.203, 0.122, 0.08, 0.237), -0.165, (0.043, 0.025, 0.018, 0.02, 0.073, -0.033), 1.03),
}
LIGHT: Mapping[str, Weights] = {
    "week": Weights((0.81, 0.0, 0.0, 0.0), -0.032, (0.064, -0.037, 0.002, 0.03, 0.008, -0.01), 1.02),
    "month": Weights((0.934, 0.0, 0.0, 0.0), -0.056, (0.061, 0.022, -0.05, 0.021, -0.036, 0.015), 1.015),
    "day": Weights((1.104, 0.0, 0.0, 0.0), -0.094, (0.094, 0.206, 0.036, 0.0, -0.07, 0.041), 1.153),
    "short": Weights((0.531, 0.0, 0.0, 0.0), -0.319, (0.046, 0.023, -0.012, 0.072, 0.085, 0.018), 0.903),
}
