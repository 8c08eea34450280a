"""Seasonal factors: how a value usually differs by its place in the day, week or year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

MULTIPLICATIVE = "multiplicative"
ADDITIVE = "additive"
KINDS = (MULTIPLICATIVE, ADDITIVE)
ROUNDS = 12
HOURS_PER_MONTH = 730.5


class LimitError(ValueError):
    """Settings or input that no limits can be drawn from; ``key`` is stable."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Season:
    """Factors by place in the season: multiplied (about 1) or added (about 0). ``estimated``: nobody
    typed them.

    Raises LimitError when a factor is not finite, or is not above 0 in a multiplicative season.
    """

    kind: str
    factors: tuple[float, ...]
    estimated: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise LimitError("season-kind-unknown", f"A season is multiplicative or additive, not {self.kind!r}.")
        if not np.all(np.isfinite(self.factors)):
            raise LimitError("season-not-finite", "A seasonal factor is not a finite number. Type plain numbers.")
        if self.kind == MULTIPLICATIVE and min(self.factors) <= 0:
            message = "A factor that multiplies must be above 0. Change it, or use an additive season."
            raise LimitError("season-not-positive", message)

    @property
    def length(self) -> int:
        return len(self.factors)

    def removed(self, values: Floats, places: Places) -> Floats:
        """Values as they would be without the season."""
        factors = self._at(places)
        return values / factors if self.kind == MULTIPLICATIVE else values - factors

    def applied(self, levels: Floats, places: Places) -> Floats:
        """Levels with the season put back."""
        factors = self._at(places)
        return levels * factors if self.kind == MULTIPLICATIVE else levels + factors

    def _at(self, places: Places) -> Floats:
        return np.asarray(self.factors, dtype=np.float64)[places]


def season_places(starts: ArrayLike, length: int) -> Places:
    """Place of each period in a season of ``length`` periods, 0 to length - 1, from its start hour alone.

    The calendar anchors it, so the same period has the same place in every excerpt of a series: for
    months 0 is January, for days in sevens 0 is Monday, for hours in twenty-fours 0 is midnight, for
    weeks in fifty-twos 0 is ISO week 1 (week 53 shares the place of week 52).
    """
    hours = np.asarray(starts, dtype=np.int64)
    step = float(np.median(np.diff(hours))) if len(hours) > 1 else 1.0
    days = hours // 24
    if step < 24:
        return np.asarray((hours + 72) % length if length % 168 == 0 else hours % length)
    if step < 168:
        return np.asarray((days + 3) % length)
    if step < 672:
        return _week_places(days, length)
    months = hours.astype("datetime64[h]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(months // max(1, round(step / HOURS_PER_MONTH)) % length)


def _week_places(days: Places, length: int) -> Places:
    if length not in (52, 53):
        return np.asarray((days + 3) // 7 % length)
    thursdays = ((days + 3) // 7 * 7).astype("datetime64[D]")
    day_of_year = (thursdays - thursdays.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return np.asarray(np.minimum(day_of_year // 7, length - 1))


def seasonal_factors(
    values: ArrayLike,
    starts: ArrayLike,
    length: int,
    kind: str = MULTIPLICATIVE,
    edges: Sequence[int] = (),
) -> tuple[float, ...]:
    """Estimate one factor per place in the season: multiplicative factors average 1, additive ones 0.

    Classical decomposition by alternating fits: a straight line per segment (``edges`` are the first
    indexes of later segments), then the mean deviation from it by place, until they settle. Fewer than
    two whole seasons of values give neutral factors. Raises LimitError where values do not allow a
    multiplicative season (zero, negative, or of changing sign).
    """
    series = np.asarray(values, dtype=np.float64)
    places = season_places(starts, length)
    seen = ~np.isnan(series)
    multiplies = kind == MULTIPLICATIVE
    factors = np.ones(length) if multiplies else np.zeros(length)
    if seen.sum() < 2 * length:
        return tuple(factors.tolist())
    # A power of two keeps enormous values away from overflow and changes no digit.
    exponent = int(np.frexp(np.abs(series[seen]).max())[1])
    series = np.ldexp(series, -exponent)
    parts = np.split(np.arange(len(series)), list(edges))
    for _ in range(ROUNDS):
        rest = series / factors[places] if multiplies else series - factors[places]
        lines = np.concatenate([_level(rest[part], 2 * length, multiplies) for part in parts])
        factors = _factors_around(lines[seen], series[seen], places[seen], length, multiplies)
    return tuple((factors if multiplies else np.ldexp(factors, exponent)).tolist())


def _level(values: Floats, needed: int, multiplies: bool) -> Floats:
    """Least-squares line through the values present, for every index.

    Their mean where there are fewer than ``needed``, or where the line would fall to zero and below
    although factors are to multiply it.
    """
    seen = np.flatnonzero(~np.isnan(values))
    if len(seen) == 0:
        return np.full(len(values), np.nan)
    mean = float(np.mean(values[seen]))
    if len(seen) < needed:
        return np.full(len(values), mean)
    x = np.linspace(-1.0, 1.0, len(values))
    x = x - x[seen].mean()
    slope = float(np.sum(x[seen] * (values[seen] - mean)) / np.sum(x[seen] ** 2))
    line = np.asarray(mean + slope * x)
    return np.full(len(values), mean) if multiplies and line.min() <= 0 else line


def _factors_around(lines: Floats, values: Floats, places: Places, length: int, multiplies: bool) -> Floats:
    counts = np.bincount(places, minlength=length)
    present = counts > 0
    if not multiplies:
        deviations = np.bincount(places, values - lines, minlength=length) / np.maximum(counts, 1)
        return np.where(present, deviations - deviations[present].mean(), 0.0)
    below = np.bincount(places, lines, minlength=length)
    above = np.bincount(places, values, minlength=length)
    if below[present].min() <= 0 or above[present].min() <= 0:
        message = "Factors that multiply need values above 0. Use an additive season for this series."
        raise LimitError("season-needs-positive-values", message)
    ratios = np.divide(above, below, out=np.ones(length), where=present)
    return np.where(present, ratios / ratios[present].mean(), 1.0)
