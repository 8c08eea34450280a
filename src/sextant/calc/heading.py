"""Where a number is heading: towards its target or away from it, by the newest values without their season.

Kendall's rank test for a trend, with the variance widened for neighbours that resemble each other, and the middle of
all slopes as its size (Mann 1945, Sen 1968, Hamed and Rao 1998). One wild value moves neither.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sextant.calc.effects import Floats, without_season

LOOK_BACK = 13
LEAST = 8
SURPRISE = 0.01


@dataclass(frozen=True, slots=True)
class Heading:
    """`way` is "towards" or "away" from the target, or "none" where no trend is to be seen.

    `slope` per period in the unit of the values, `periods` until the target is met (towards) or missed (away, while it
    is still met) at this pace, None where that is further off than `LOOK_BACK` periods or cannot be said. `first` and
    `last` are the indexes looked at.
    """

    way: str
    slope: float = 0.0
    periods: int | None = None
    surprise: float = 1.0
    first: int = 0
    last: int = -1


def heading(values: ArrayLike, target: float | None, direction: str, *, season_length: int = 0) -> Heading:
    """`values` one per complete period, oldest first, nan where missing; `direction` up or down."""
    series = np.array(values, dtype=np.float64, ndmin=1)
    if target is None or not math.isfinite(target) or direction not in ("up", "down"):
        return Heading("none")
    level = without_season(series, season_length)[-LOOK_BACK:]
    first = len(series) - len(level)
    places = np.flatnonzero(np.isfinite(level))
    if len(places) < LEAST:
        return Heading("none")
    seen = level[places]
    scale = float(np.max(np.abs(seen))) or 1.0
    later, earlier = np.triu_indices(len(places), 1)[::-1]
    steps, gaps = seen[later] / scale - seen[earlier] / scale, places[later] - places[earlier]
    # Differences that only rounding makes are none.
    signs = np.where(np.abs(steps) > 1e-12, np.sign(steps), 0.0)
    slope = float(np.median(np.where(signs == 0, 0.0, steps) / gaps))
    surprise = _surprise(float(signs.sum()), seen / scale - slope * places)
    found = (first + int(places[0]), first + int(places[-1]))
    if surprise > SURPRISE or slope == 0:
        return Heading("none", slope * scale, None, surprise, *found)
    is_rising = slope > 0
    way = "towards" if is_rising == (direction == "up") else "away"
    now = float(np.median(seen / scale - slope * (places - places[-1])))
    is_met = now >= target / scale if direction == "up" else now <= target / scale
    return Heading(way, slope * scale, _periods(now, target / scale, slope, way, is_met), surprise, *found)


def _periods(now: float, target: float, slope: float, way: str, is_met: bool) -> int | None:
    """At this pace; None where the question does not arise, or the answer lies too far ahead to be worth giving."""
    if (way == "towards") == is_met:
        return None
    needed = math.ceil(abs(target - now) / abs(slope) - 1e-9)
    return max(1, needed) if needed <= LOOK_BACK else None


def _surprise(score: float, rest: Floats) -> float:
    """The chance of so many rises (or falls) among all pairs when there is no trend."""
    count = len(rest)
    middle = rest - rest.mean()
    power = float(np.sum(middle**2))
    alike = float(np.sum(middle[1:] * middle[:-1])) / power if power > 1e-20 else 0.0
    alike = min(max(alike + 1.5 / count, 0.0), 0.7)
    variance = count * (count - 1) * (2 * count + 5) / 18 * (1 + alike) / (1 - alike)
    score = max(0.0, abs(score) - 1) / math.sqrt(variance)
    return math.erfc(score / math.sqrt(2))
