"""The light forecaster: a season-adjusted walk, led by what led best in the series' own past, as wide as its errors.

Every candidate (a level that follows the values at some speed, with or without a trend that dies away, with a pull
back to the usual level, or with last year's move) has forecast the past from each of its moments. The forecast is
their mean, weighted by how small their errors were, and the fan is what the errors of that mean were at the same
distance. numpy only, about a millisecond for a series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sextant.calc.forecast import LEVELS, LOG_ODDS, Floats

SEASONS = {
    "hour": (24, 168), "day": (7, 364), "week": (52, 52), "month": (12, 12), "quarter": (4, 4), "tertial": (3, 3),
    "half": (2, 2), "year": (1, 1),
}  # fmt: skip
"""Periods in a season, and from a move to the comparable one before, by frequency."""
CYCLE = {"hour": 2184, "day": 91, "week": 13, "month": 3, "quarter": 1, "tertial": 1, "half": 1, "year": 1}
"""Periods in a quarter, by frequency."""
LEAST_POINTS = 8
FADING = 0.6
"""How much less a season counts than the one after it."""
SPEEDS = (0.15, 0.4, 0.8)
TRENDS = ((0.0, 0.9), (0.1, 0.9), (0.2, 0.97), (0.4, 0.97))
"""A trend's speed as a share of the level's, and what is left of the trend after each step."""
PULLS = ((4, 0.95, 1), (4, 0.9, 1), (4, 0.8, 2))
"""Level (place among the candidates), what is left of the distance to the usual level per step, years of the usual."""
REPEATS = (4, 8)
"""Levels that last year's move is added to, by half."""
SHARPNESS = 12
SEEN_BEFORE = 1.3
"""What squared errors are multiplied by where a season was taken out of the history they were measured on."""
LEAST_ERRORS = 6
BELIEVED = 6.0
"""So many errors that share no period with each other are believed as much as the usual shape of errors."""
_MOST_RATIO = 1e3  # values further apart are not looked at as ratios
_TINY = 1e-300
_LOGISTIC: Floats = LOG_ODDS * np.sqrt(3) / np.pi  # quantiles of a logistic distribution of size 1


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """A history without its season, on the scale it is forecast on: logarithms where every value is above 0."""

    values: Floats
    profile: Floats
    is_log: bool
    unit: float

    def restored(self, found: Floats) -> Floats:
        """Values on the scale of forecasting, season included, as they were measured."""
        with np.errstate(over="ignore"):
            plain: Floats = (np.exp(np.clip(found, -700, 700)) if self.is_log else found) * self.unit
        return plain


def adjusted(values: Floats, season: int) -> Adjusted:
    """A history (n,) without holes, its season taken out where there are two whole ones to see it in."""
    unit = float(np.max(np.abs(values))) or 1.0
    scaled = values / unit
    least = float(np.min(scaled))
    is_log = least > 0 and float(np.max(scaled)) / least < _MOST_RATIO
    scaled = np.log(scaled) if is_log else scaled
    profile = season_profile(scaled, season)
    return Adjusted(scaled - profile[np.arange(len(values)) % len(profile)], profile, is_log, unit)


def season_profile(values: Floats, season: int) -> Floats:
    """What each place of the season adds (season,): mean gaps to the centred mean, later seasons counting more,
    pulled towards nothing as far as chance explains them. One zero where there are not two whole seasons.
    """
    count = len(values)
    if season < 2 or count < 2 * season:
        return np.zeros(1)
    gaps = values - _centred_mean(values, season)
    places = np.arange(count) % season
    weights = FADING ** ((count - 1 - np.arange(count)) / season)
    total = np.bincount(places, weights, season)
    profile = np.bincount(places, weights * gaps, season) / total
    seen = float(np.mean(total**2 / np.bincount(places, weights**2, season)))
    noise = float(np.sum(weights * (gaps - profile[places]) ** 2) / np.sum(weights)) * seen / max(seen - 1, 0.5)
    power = float(np.var(profile))
    found: Floats = (profile - profile.mean()) * (max(0.0, power - noise / seen) / (power + _TINY))
    return found


def _centred_mean(values: Floats, season: int) -> Floats:
    """The mean of one season around each value; at both ends it goes on as straight as over the season before."""
    kernel = np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]
    inner = np.convolve(values, kernel / season, "valid")
    edge, length = (len(kernel) - 1) // 2, len(inner)
    reach = min(length, season)
    steps = max(1, reach - 1)
    up_to, onwards = (inner[reach - 1] - inner[0]) / steps, (inner[-1] - inner[-reach]) / steps
    after = len(values) - edge - length
    before = inner[0] - up_to * np.arange(edge, 0, -1)
    found: Floats = np.concatenate([before, inner, inner[-1] + onwards * np.arange(1, after + 1)])
    return found


class Candidates:
    """What every candidate would have forecast from every moment of a history (n,), on the scale of forecasting.

    Every candidate forecasts twice: the history without its season, which is added again, and the history as it is.
    A season fits the past it was seen in better than the future, so the errors of the former count for more.
    """

    def __init__(self, before: Adjusted, season: int, year: int) -> None:
        self.season, self._year, self._profile = season, year, before.profile
        self.values = before.values + before.profile[np.arange(len(before.values)) % len(before.profile)]
        self._ways = [before.values, self.values] if len(before.profile) > 1 else [self.values]
        self.start = min(max(8, season // 2), max(1, len(self.values) // 4))
        pairs = [(speed, trend, left) for speed in SPEEDS for trend, left in TRENDS]
        speeds, trends, self._left = (np.array(column) for column in zip(*pairs, strict=True))
        self._walks = _walked(np.array(self._ways), speeds, speeds * trends, self._left)
        usual = season if season > 7 else 28
        self._usual = [{years: running_mean(own, years * usual) for _, _, years in PULLS} for own in self._ways]
        first = self._errors(1, self.at(1))
        self._near = np.mean(first**2, axis=0) if len(first) else None

    def at(self, step: int) -> Floats:
        """Forecasts so many steps ahead (n, candidates)."""
        found = [self._of_way(way, step) for way in range(len(self._ways))]
        if len(found) == 2:
            found[0] += self._profile[(np.arange(len(self.values)) + step) % len(self._profile)][:, None]
        return np.hstack(found)

    def combined(self, step: int) -> Floats:
        """The candidates' mean (n,) so many steps ahead, each weighted by its errors there and one step ahead."""
        forecasts = self.at(step)
        errors = self._errors(step, forecasts)
        size = self._near
        if len(errors) >= 2:
            weights = 0.5 ** ((len(errors) - 1 - np.arange(len(errors))) / max(4 * self.season, 52))
            far = (weights[:, None] * errors**2).sum(axis=0) / weights.sum()
            size = far if self._near is None else np.sqrt(far * self._near)
        if size is None:
            size = np.ones(forecasts.shape[1])
        if len(self._ways) == 2:
            size = size * np.repeat((SEEN_BEFORE, 1.0), len(size) // 2)
        trust = ((size + _TINY) / (size.min() + _TINY)) ** -SHARPNESS
        found: Floats = forecasts @ (trust / trust.sum())
        return found

    def _of_way(self, way: int, step: int) -> Floats:
        levels, trends = self._walks[0][:, way], self._walks[1][:, way]
        grown = self._left * (1 - self._left**step) / (1 - self._left)
        usual, half_move = self._usual[way], 0.5 * self._moved(self._ways[way], step)[:, None]
        places = [place for place, _, _ in PULLS]
        means = np.column_stack([usual[years] for _, _, years in PULLS])
        pulled = means + np.array([left for _, left, _ in PULLS]) ** step * (levels[:, places] - means)
        return np.hstack([levels + trends * grown, pulled, levels[:, REPEATS] + half_move])

    def _errors(self, step: int, forecasts: Floats) -> Floats:
        return self.values[self.start + step :, None] - forecasts[self.start : max(self.start, len(self.values) - step)]

    def _moved(self, values: Floats, step: int) -> Floats:
        """How far the values moved in so many steps a year before each moment; nothing where that is not known."""
        found = np.zeros(len(values))
        if step <= self._year < len(values):
            found[self._year :] = values[step : len(values) - self._year + step] - values[: -self._year]
        return found


def _walked(ways: Floats, speeds: Floats, trend_speeds: Floats, left: Floats) -> tuple[Floats, Floats]:
    """Levels and trends (n, ways, candidates) after each value (exponential smoothing with a damped trend)."""
    shape = (ways.shape[1], len(ways), len(speeds))
    levels, trends = np.empty(shape), np.empty(shape)
    level, trend = np.repeat(ways[:, :4].mean(axis=1)[:, None], len(speeds), axis=1), np.zeros(shape[1:])
    for index, value in enumerate(ways.T[:, :, None]):
        trend = left * trend
        error = value - level - trend
        level = level + trend + speeds * error
        trend = trend + trend_speeds * error
        levels[index], trends[index] = level, trend
    return levels, trends


def running_mean(values: Floats, count: int) -> Floats:
    """The mean (n,) of the last so many values up to each, of fewer at the beginning."""
    sums = np.cumsum(np.r_[0.0, values])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - count)
    found: Floats = (sums[ends] - sums[starts]) / (ends - starts)
    return found


def light_fan(values: Floats, frequency: str, steps: Sequence[int], *, season: int | None = None) -> Floats:
    """The fan (steps, levels) of a history (n,) without holes, n at least LEAST_POINTS, at each of `steps` (whole
    periods ahead). ``season`` overrides the frequency's own.
    """
    before, candidates = _prepared(values, frequency, season)
    spread = Spread(candidates.values, candidates.start, candidates.season)
    found = []
    for step in steps:
        forecasts = candidates.combined(step)
        found.append(forecasts[-1] + spread.of(step, forecasts))
    return before.restored(np.array(found))


def light_total_fan(values: Floats, frequency: str, steps: Sequence[int], *, season: int | None = None) -> Floats:
    """As light_fan, of the sum of all values from the history's end to each step.

    The errors are those of past sums, so they hold how errors of neighbouring periods go together.
    """
    before, candidates = _prepared(values, frequency, season)
    unit, count = before.unit, len(values)
    plain = values / unit
    sums = np.r_[0.0, np.cumsum(plain)]
    wanted, found = set(steps), []
    path = np.zeros(count)
    spread = Spread(plain, candidates.start, candidates.season)
    for step in range(1, max(steps) + 1):
        path = path + before.restored(candidates.combined(step)) / unit
        if step not in wanted:
            continue
        happened = np.full(count, np.nan)
        happened[: count - step] = (sums[step + 1 :] - sums[1 : count - step + 1])[: max(0, count - step)]
        is_log = before.is_log and bool(np.all(path > 0))
        errors = np.log(happened / path) if is_log else happened - path
        offsets = spread.of_errors(step, errors[candidates.start : max(candidates.start, count - step)])
        found.append(path[-1] * np.exp(np.clip(offsets, -700, 700)) if is_log else path[-1] + offsets)
    with np.errstate(over="ignore"):
        total: Floats = np.array(found) * unit
    return total


def _prepared(values: Floats, frequency: str, season: int | None) -> tuple[Adjusted, Candidates]:
    own_season, year = SEASONS[frequency]
    own_season = season or own_season
    before = adjusted(values, own_season)
    return before, Candidates(before, own_season, year)


class Spread:
    """How far forecasts of a history were off, as quantiles, at any distance."""

    def __init__(self, values: Floats, start: int, season: int) -> None:
        self._values, self._start, self._season = values, start, season
        self._widest: tuple[int, Floats] | None = None

    def of(self, step: int, forecasts: Floats) -> Floats:
        """Quantiles (levels,) of the errors so many steps ahead, from what was forecast at each moment (n,)."""
        end = max(self._start, len(self._values) - step)
        return self.of_errors(step, self._values[self._start + step :] - forecasts[self._start : end])

    def of_errors(self, step: int, errors: Floats) -> Floats:
        """The same from the errors, oldest first. Where the history is too short to show them, those of the longest
        distance it shows, growing with the square root of the distance.
        """
        if len(errors) < LEAST_ERRORS:
            return self._grown(step)
        weights = 0.5 ** ((len(errors) - 1 - np.arange(len(errors))) / max(self._season, 26))
        found = error_quantiles(errors, weights, step)
        self._widest = (step, found)
        return found

    def _grown(self, step: int) -> Floats:
        if self._widest is None:
            moves = np.diff(self._values)
            self._widest = (1, weighted_quantiles(np.r_[moves, -moves], np.ones(2 * len(moves))) * 1.3)
        shown, quantiles = self._widest
        grown: Floats = quantiles * np.sqrt(step / shown)
        return grown


def error_quantiles(errors: Floats, weights: Floats, step: int) -> Floats:
    """The quantiles (levels,) of weighted errors, the same to both sides, pulled towards those of a logistic
    distribution of their size. Errors `step` periods ahead overlap: only one in so many counts as evidence.
    """
    quantiles = weighted_quantiles(errors, weights)
    largest = float(np.max(np.abs(errors)))
    total = float(np.sum(weights))
    size = largest * float(np.sqrt(weights @ (errors / (largest or 1.0)) ** 2 / total))
    evidence = total**2 / float(weights @ weights) / step
    seen = evidence / (evidence + BELIEVED)
    found: Floats = seen * (quantiles - quantiles[::-1]) / 2 + (1 - seen) * size * _LOGISTIC
    return found


def weighted_quantiles(values: Floats, weights: Floats) -> Floats:
    """The quantiles (levels,) of weighted values, straight between the middles of their weights."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    found: Floats = np.interp(LEVELS, (sums - weights[order] / 2) / sums[-1], values[order])
    return found
