"""Believable values: a level that shifts, drifts and follows the seasons, with noise and one bad spell."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

DAY = 24
YEAR = 365.25
MEMORY = 0.3  # how much of a period's deviation is left in the next one
THURSDAY = 3  # 1970-01-01, as counted from Monday

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a series behaves; times are days before today, sizes in the unit of the value unless said otherwise."""

    level: float
    noise: float = 0.0
    trend: float = 0.0  # change per year, counted from the first day
    season: float = 0.0  # share of the level by which the peak month is higher
    peak: int = 1  # the month of the peak
    weekend: float = 0.0  # share of the level by which weekends differ
    daytime: float = 0.0  # share of the level by which the busiest hour is higher
    shifts: tuple[tuple[float, float], ...] = ()  # (days ago, new level)
    ramps: tuple[tuple[float, float, float], ...] = ()  # (from days ago, to days ago, new level)
    incident: tuple[float, float, float] | None = None  # (days ago, days it lasted, value meanwhile)


def values(shape: Shape, starts: Hours, today: int, name: str, bounds: tuple[float | None, float | None]) -> Floats:
    """One value per period; `starts` and `today` are hours, `name` decides the dice."""
    ago = (today - starts) / DAY
    result = _level(shape, ago)
    result = result + shape.trend * (ago.max(initial=0) - ago) / YEAR
    day_of_year = (starts / DAY) % YEAR
    result *= 1 + shape.season * np.cos(2 * np.pi * (day_of_year / YEAR - (shape.peak - 0.5) / 12))
    weekday = (starts // DAY + THURSDAY) % 7
    result = np.where(weekday >= 5, result * (1 + shape.weekend), result)
    result *= 1 + shape.daytime * np.clip(np.cos(2 * np.pi * (starts % DAY - 11) / DAY), 0, None)
    result += _noise(len(starts), shape.noise, name)
    if shape.incident is not None:
        begin, length, meanwhile = shape.incident
        hit = (ago <= begin) & (ago > begin - length)
        result = np.where(hit, meanwhile + 0.3 * _noise(len(starts), shape.noise, f"{name} hit"), result)
    lower, upper = bounds
    return np.clip(result, lower, upper)


def _level(shape: Shape, ago: Floats) -> Floats:
    level = np.full(len(ago), shape.level)
    for since, to in sorted(shape.shifts, reverse=True):
        level = np.where(ago <= since, to, level)
    for begin, end, to in sorted(shape.ramps, reverse=True):
        share = np.clip((begin - ago) / (begin - end), 0, 1)
        level = level + (to - level) * share
    return level


def _noise(count: int, size: float, name: str) -> Floats:
    """Deviations that hang on for a while. The dice fall the same way for the same name, counted back from today."""
    steps = np.random.default_rng(crc32(name.encode())).normal(0, 1, count)
    for index in range(1, count):
        steps[index] = MEMORY * steps[index - 1] + np.sqrt(1 - MEMORY**2) * steps[index]
    return np.asarray(size * steps[::-1])
