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
    spread = Spread(past, start, own_season)
    found = {name: np.full((len(steps), len(LEVELS)), np.nan) for name in ("moves", "waves")}
    for place, step in enumerate(steps):
        if count - step - start < LEAST_ERRORS:
            break
        came = past[step:]
        if sums:
            came = _means_ahead(values / told.unit, step)
            came = np.log(came) if told.is_log else came
        moved = (came - past[:-step])[start:]
        times = {
            "moves": _year_before(past, came, year, max(1, own_season // 26)),
            "waves": _waves(count, step, own_season, sums=sums),
        }
        for name, time in times.items():
            known = np.column_stack([gaps, time])
            move, widening, errors = _learned(known[start : count - step], moved, known[-1], step)
            ends = told.restored(past[-1] + move + widening * spread.of_errors(step, errors))
            found[name][place] = ends * step if sums else ends
    return found


def _means_ahead(values: Floats, step: int) -> Floats:
    """The mean (n - step, ...) of the next so many values after each of (n, ...)."""
    sums = np.cumsum(values, axis=0)
    found: Floats = (sums[step:] - sums[:-step]) / step
    return found


def _waves(count: int, step: int, season: int, *, sums: bool) -> Floats:
    """How far the waves through the season rise from each moment to what comes (n, 2 per wave)."""
    times = np.arange(count + step)[:, None] * 2 * np.pi / season * np.array(WAVES)
    waves = np.hstack([np.sin(times), np.cos(times)]) * np.tile(season > 2 * np.array(WAVES), 2)
    found: Floats = (_means_ahead(waves, step) if sums else waves[step:]) - waves[:count]
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


def _learned(known: Floats, moved: Floats, now: Floats, step: int) -> tuple[float, float, Floats]:
    """The move expected from what is known `now` (causes,), how much wider than the errors the fan must be, and the
    errors (moments,) of explaining what `moved` (moments,) by what was `known` (moments, causes).

    Moments nearer than `step` share periods, so only one in so many counts as evidence. The errors were measured where
    the regression was learned: each coefficient it was free to choose made them smaller than those to come. After a
    break, causes lie where nothing was learned: none counts for more than it ever was, and no move is the largest yet.
    """
    apart = len(moved) / step
    sizes = np.sqrt(np.mean(known**2, axis=0))
    sizes = np.where(sizes > 0, sizes, 1.0)
    causes = known / sizes
    shared = causes.T @ causes * (apart / len(moved))
    pulled = shared + PULL * np.eye(len(sizes))
    solved = np.linalg.solve(pulled, np.column_stack([causes.T @ moved * (apart / len(moved)), shared]))
    free = float(np.trace(solved[:, 1:]))
    largest = float(np.max(np.abs(moved)))
    within = np.clip(now, known.min(axis=0), known.max(axis=0)) / sizes
    move = float(np.clip(within @ solved[:, 0], -largest, largest))
    return move, 1 + free / (2 * max(1.0, apart)), moved - causes @ solved[:, 0]
