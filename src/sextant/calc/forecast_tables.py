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
    "week": Weights((0.392, 0.273, 0.142, 0.099), 0.035, (0.08, 0.003, -0.027, -0.018, 0.046, -0.022), 1.022),
    "month": Weights((0.562, 0.197, 0.105, 0.095), -0.049, (0.071, 0.012, -0.067, 0.003, -0.002, 0.015), 1.045),
    "day": Weights((0.649, 0.46, 0.045, 0.313), -0.018, (0.069, 0.094, -0.013, -0.025, -0.037, 0.006), 1.16),
    "short": Weights((0.196, 0.135, 0.077, 0.239), -0.179, (0.051, 0.015, -0.016, 0.009, 0.044, -0.006), 1.032),
}
LIGHT: Mapping[str, Weights] = {
    "week": Weights((0.797, 0.0, 0.0, 0.0), -0.046, (0.072, -0.008, -0.037, 0.048, 0.063, 0.026), 1.05),
    "month": Weights((0.955, 0.0, 0.0, 0.0), -0.088, (0.068, 0.017, -0.072, 0.031, -0.004, 0.042), 1.031),
    "day": Weights((1.083, 0.0, 0.0, 0.0), -0.129, (0.074, 0.109, -0.008, 0.007, -0.024, 0.046), 1.153),
    "short": Weights((0.533, 0.0, 0.0, 0.0), -0.341, (0.048, 0.016, -0.034, 0.049, 0.054, 0.03), 0.901),
}
