"""From the fans of several members to one: their log odds of passing each threshold, weighed, and turned back.

For every threshold the log odds of lying above it are a weighted sum of the members' own (a stacked logistic
regression), plus a little for where the series usually is, was a year ago and was going, times a factor that makes the
middle 80 % of the fan hold 80 % of the values. No weight is below 0, so the sum falls as the threshold rises: it is a
fan again, and the chance read from it at a target is the stacked logistic's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sextant.calc.forecast import LEVELS, LOG_ODDS, MEDIAN, Floats, log_odds_above, rising
from sextant.calc.forecast_light import CYCLE, SEASONS
from sextant.calc.forecast_tables import ENSEMBLE, LIGHT, MEMBERS, OWN, Weights

_FAMILY = {"hour": "day", "day": "day", "week": "week"}
_FAR = 4.0  # half widths of the fan beyond which a sign says no more
_BEYOND = np.array([-1.0, -0.5, -0.2, 0.2, 0.5, 1.0])  # thresholds outside all members, in widths of what they span


def family_of(frequency: str, points: int) -> str:
    """Which weights hold: a history of less than two seasons is "short", whatever its frequency."""
    season = SEASONS[frequency][0]
    return "short" if points < 2 * season else _FAMILY.get(frequency, "month")


def signs(values: Floats, frequency: str, step: int, light: Floats) -> Floats:
    """Where else the value may go (6,), each in half widths of the middle 60 % of the light fan (levels,) from its
    median, at most 4 either way: last year's move again; last year's value; the usual value; the present value; as far
    as the last quarter's move goes on; the mean of the last quarter.
    """
    year, cycle, last = SEASONS[frequency][1], CYCLE[frequency], len(values) - 1
    middle, now = light[MEDIAN], values[last]
    found = np.zeros(6)
    if step <= year <= last:
        found[0] = now + values[last - year + step] - values[last - year] - middle
        found[1] = values[last - year + step] - middle
    found[2], found[3] = np.mean(values) - middle, now - middle
    if last >= cycle:
        found[4] = (now - values[last - cycle]) * step / cycle
    found[5] = np.mean(values[-cycle:]) - middle
    width = (light[LEVELS.index(0.8)] - light[LEVELS.index(0.2)]) / 2
    clipped: Floats = np.clip(found / max(width, abs(middle) * 1e-9, 1e-300), -_FAR, _FAR)
    return clipped


def combined(
    values: Floats, frequency: str, steps: Sequence[int], fans: Mapping[str, Floats], *, with_signs: bool = True
) -> Floats:
    """One fan (steps, levels) from the members' (each (steps, levels), "light" among them) of a history (n,).

    A member that is missing is spoken for by the others. ``with_signs`` is False for sums, of which signs say nothing.
    """
    table = LIGHT if set(fans) <= set(OWN) else ENSEMBLE
    weights = table[family_of(frequency, len(values))]
    unit = max(float(np.max(np.abs(values))), 1e-300)
    found = []
    for index, step in enumerate(steps):
        own = {name: np.nan_to_num(fan[index] / unit) for name, fan in fans.items()}
        extra = signs(values / unit, frequency, step, own["light"]) if with_signs else np.zeros(6)
        found.append(_turned(own, weights, min(1.0, step / CYCLE[frequency]), extra))
    with np.errstate(over="ignore"):
        restored: Floats = np.array(found) * unit
    return restored


def _turned(own: Mapping[str, Floats], weights: Weights, horizon: float, extra: Floats) -> Floats:
    """The stacked log odds at every quantile of every member, turned back into a fan (levels,)."""
    curves = {name: rising(fan) for name, fan in own.items()}
    places = np.sort(np.concatenate(list(curves.values())))
    span = places[-1] - places[0]
    outside = np.where(_BEYOND < 0, places[0], places[-1]) + _BEYOND * span
    places = np.sort(np.concatenate([places, outside]))
    odds = log_odds_above(np.array(list(own.values())), np.broadcast_to(places, (len(own), len(places))))
    mean = odds.mean(axis=0)
    shares = dict(zip(MEMBERS, weights.members, strict=True))
    stacked = sum(share * mean for name, share in shares.items() if name not in own and share)
    stacked = stacked + sum(shares[name] * one for name, one in zip(own, odds, strict=True))
    stacked = stacked + weights.horizon * (horizon - 0.5) * mean + float(np.dot(weights.signs, extra))
    falling = np.minimum.accumulate(weights.scale * stacked)
    apart = np.arange(len(places)) * 1e-9  # so that it can be turned round where it is flat
    found: Floats = np.interp(LOG_ODDS, apart - falling, places)
    return found
