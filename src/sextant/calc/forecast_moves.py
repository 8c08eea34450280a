"""The forecasters of moves: how far a value moved from each moment of its past, explained by what was known then.

A ridge regression for every distance, on the history alone: the move to come against how far the value lay from its
recent means and from a quarter before, and against the time of the year, which "moves" knows from what it brought in
the years before and "waves" from two waves through the season. What cannot be learned from few moments is taken to be
nothing, so a short history is forecast to stay where it is. numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sextant.calc.forecast import LEVELS, Floats
from sextant.calc.forecast_light import CYCLE, LEAST_ERRORS, SEASONS, Spread, adjusted, running_mean

PULL = 4.0
"""So many moments that share no period with each other teach what each cause alone brings with half its force."""
WAVES = (1, 2)
"""How often each wave comes in a season; those shorter than three periods are left out."""
CAUSES = {"moves": (*range(4), *range(4, 9)), "waves": (*range(4), *range(9, 9 + 2 * len(WAVES)))}
"""The members, with the places of their causes: both have the gaps, one what a year before brought, one the waves."""


def moves_fans(
    values: Floats, frequency: str, steps: Sequence[int], *, season: int | None = None, sums: bool = False
) -> dict[str, Floats]:
    """The fans (steps, levels) of "moves" and "waves" for a history (n,) without holes at each of `steps` (whole
    periods ahead, rising); with `sums`, of the sum of all values up to there. nan for steps that fewer than
    LEAST_ERRORS moves show.
    """
    own_season, year = SEASONS[frequency]
    own_season = season or own_season
    told = adjusted(values, 1)  # on the scale of forecasting; the season is among the causes
    past, count = told.values, len(values)
    start = min(max(8, own_season // 2), max(1, count // 4))
    gaps = _gaps(past, own_season, CYCLE[frequency])
    spread, waves = Spread(past, start, own_season), _waves(count + max(steps), own_season)
    found = {name: np.full((len(steps), len(LEVELS)), np.nan) for name in CAUSES}
    for place, step in enumerate(steps):
        if count - step - start < LEAST_ERRORS:
            break
        came, risen = past[step:], waves[step : count + step]
        if sums:
            came, risen = _means_ahead(values / told.unit, step), _means_ahead(waves[: count + step], step)
            came = np.log(came) if told.is_log else came
        times = _year_before(past, came, year, max(1, own_season // 26))
        known = np.hstack([gaps, times, risen - waves[:count]])
        regression = _Regression(known[start : count - step], (came - past[:-step])[start:], step)
        for name, causes in CAUSES.items():
            move, widening, errors = regression.told(known[-1], causes)
            ends = told.restored(past[-1] + move + widening * spread.of_errors(step, errors))
            found[name][place] = ends * step if sums else ends
    return found


def _means_ahead(values: Floats, step: int) -> Floats:
    """The mean (n - step, ...) of the next so many values after each of (n, ...)."""
    sums = np.cumsum(values, axis=0)
    found: Floats = (sums[step:] - sums[:-step]) / step
    return found


def _waves(count: int, season: int) -> Floats:
    """The waves through the season at so many moments (count, 2 per wave); 0 for those that are too short."""
    times = np.arange(count)[:, None] * 2 * np.pi / season * np.array(WAVES)
    found: Floats = np.hstack([np.sin(times), np.cos(times)]) * np.tile(season > 2 * np.array(WAVES), 2)
    return found


def _gaps(past: Floats, season: int, cycle: int) -> Floats:
    """How far each value lies from the mean of the last weeks, of the last quarter and of three seasons, and from the
    value a quarter before: (n, 4).
    """
    quarter = np.zeros(len(past))
    quarter[cycle:] = past[cycle:] - past[:-cycle]
    spans = (max(2, cycle // 4), max(3, cycle), 3 * max(season, 2 * cycle))
    return np.column_stack([*(past - running_mean(past, span) for span in spans), quarter])


def _year_before(past: Floats, came: Floats, year: int, reach: int) -> Floats:
    """What the same time of the year brought, (n, 5), 0 where that is not known: the move then, from today's value to
    where it led then, the move two years before; and the first two again, smoothed over `reach` neighbours.

    `came` (n - step,) is what came of each value. Whole years back, so many that all of it is known at the moment.
    """
    count = len(past)
    found = np.zeros((count, 5))
    back = year * -(-(count - len(came) + reach) // year)
    if back >= count:
        return found
    ended, began = came[: count - back], past[: count - back]
    found[back:, 0], found[back:, 1] = ended - began, ended - past[back:]
    found[back + year :, 2] = (ended - began)[: max(0, count - back - year)]
    ended, began = _smoothed(came, reach)[: count - back], _smoothed(past, reach)[: count - back]
    found[back:, 3], found[back:, 4] = ended - began, ended - past[back:]
    return found


def _smoothed(values: Floats, reach: int) -> Floats:
    """The mean of each value and `reach` neighbours on both sides; the ends are repeated."""
    wide = np.concatenate([np.repeat(values[:1], reach), values, np.repeat(values[-1:], reach)])
    return np.convolve(wide, np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")


class _Regression:
    """What `moved` (moments,) explained by what was `known` (moments, causes), for any choice of the causes.

    Moments nearer than `step` share periods, so only one in so many counts as evidence.
    """

    def __init__(self, known: Floats, moved: Floats, step: int) -> None:
        sizes = np.sqrt(np.mean(known**2, axis=0))
        self._sizes = np.where(sizes > 0, sizes, 1.0)
        self._causes, self._moved, self._apart = known / self._sizes, moved, len(moved) / step
        self._lowest, self._highest = self._causes.min(axis=0), self._causes.max(axis=0)
        self._largest = float(np.max(np.abs(moved)))
        self._shared = self._causes.T @ self._causes / step
        self._brought = self._causes.T @ moved / step

    def told(self, now: Floats, chosen: Sequence[int]) -> tuple[float, float, Floats]:
        """The move expected from what is known `now` (causes,), how much wider than the errors the fan must be, and
        the errors (moments,).

        The errors were measured where the regression was learned: each coefficient it was free to choose made them
        smaller than those to come. After a break, causes lie where nothing was learned: none counts for more than it
        ever was, and no move is larger than the largest yet.
        """
        own = np.array(chosen)
        shared = self._shared[np.ix_(own, own)]
        pulled = shared + PULL * np.eye(len(own))
        solved = np.linalg.solve(pulled, np.column_stack([self._brought[own], shared]))
        coefficients, free = solved[:, 0], float(np.trace(solved[:, 1:]))
        within = np.minimum(np.maximum(now[own] / self._sizes[own], self._lowest[own]), self._highest[own])
        move = min(max(float(within @ coefficients), -self._largest), self._largest)
        return move, 1 + free / (2 * max(1.0, self._apart)), self._moved - self._causes[:, own] @ coefficients
