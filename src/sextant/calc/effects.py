"""Did the action work: is the mean since a dated action other than season and trend before it led one to expect?

The expectation is fitted to the history before the action alone, and carried on. The mean gap since then is set against
how far such a mean strays when nothing happened: scatter, autocorrelation, slow wander and the uncertainty of the fit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sextant.calc.why import Why, method

Floats = NDArray[np.float64]
Band = tuple[float | None, float | None]

POINTS_NEEDED = 4
"""Fewer values since the action say nothing yet."""
HISTORY_NEEDED = 20
MOST_POINTS = 52
"""So many periods after the action other things explain more than it does."""
MOST_HISTORY = 260
SURPRISE = 0.04
"""A change counts as real when chance alone makes such a gap, to either side, in fewer cases than this."""
RANGE_SIGMAS = 1.6449
"""Nine in ten of a normal distribution lie within."""
WANDER = 0.05
"""How far the level of an ordinary KPI drifts by itself per period, in units of its scatter."""
DOUBT = 4.0
"""A trend of fewer than so many standard errors is no plain one."""
FARTHEST = 4.0
"""A single value farther than this from the middle one is pulled in: one spike is no new level."""

SEASONS: Mapping[str, int] = {
    "hour": 24, "day": 7, "week": 52, "month": 12, "quarter": 4, "tertial": 3, "half": 2, "year": 0,
}  # fmt: skip
"""Periods until a frequency usually repeats itself."""

VERDICTS = ("better", "worse", "changed", "no_evidence", "too_early", "not_enough_history", "not_comparable")
"""The last one is for who knows that the number was measured in another way since."""
FORMULA = (
    "size = mean(value - expected) since the action; surprise = chance of |t| >= |size| / sd,"
    " sd^2 = sigma^2 (mean of phi^|i-j| + wander + x' V x)"
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of a number after an action.

    `verdict` is one of `VERDICTS`; "changed" is a real change where neither side is the good one. `size` is the mean
    gap to the expectation in the unit of the values, `low` to `high` hold it in nine of ten cases, `relative` is size
    by the expected mean. `surprise` is the share of cases in which chance alone makes so large a gap. `first` and
    `last` are the indexes judged; `points` counts the values among them, `history` those before. Figures are None
    where nothing can be judged yet.
    """

    verdict: str
    points: int
    history: int
    first: int
    last: int
    size: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    actual: float | None = None
    surprise: float | None = None
    score: float = 0.0

    @property
    def is_real(self) -> bool:
        return self.verdict in ("better", "worse", "changed")


def effect(
    values: ArrayLike, action: int, *, season_length: int = 0, direction: str = "up", band: Band = (None, None),
    dividers: Sequence[int] = (), most: int = MOST_POINTS,
) -> Effect:  # fmt: skip
    """Judge one action that began with period `action` (an index into `values`, one per period, nan where missing).

    `season_length` in periods, 0 for none; `dividers` are indexes at which the level is known to have settled anew
    before. Never raises on values: what cannot be judged has the verdict that says so.
    """
    series = np.array(values, dtype=np.float64, ndmin=1)
    series[~np.isfinite(series)] = np.nan
    action = min(max(action, 0), len(series))
    last = min(len(series), action + most) - 1
    since = int(np.isfinite(series[action : last + 1]).sum())
    before = int(np.isfinite(series[max(0, action - MOST_HISTORY) : action]).sum())
    if before < HISTORY_NEEDED:
        return Effect("not_enough_history", since, before, action, last)
    if since < POINTS_NEEDED:
        return Effect("too_early", since, before, action, last)
    first = max(0, action - MOST_HISTORY)
    series, unit, middle = in_handy_unit(series, first, action)
    fit = _fit(series[first:action], season_length, [one - first for one in dividers])
    gap = _judge(fit, series[action : last + 1], action - first)
    expected = gap.expected + middle
    size, low, high, was, now = _in_unit(
        (gap.size, gap.size - gap.reach, gap.size + gap.reach, expected, expected + gap.size), unit
    )
    verdict = "no_evidence" if gap.surprise > SURPRISE else _side(size, was, now, direction, band)
    relative = gap.size / abs(expected) if abs(expected) > 1e-12 else None
    return Effect(
        verdict, since, before, action, last, size, relative, low, high, was, now, gap.surprise, gap.score
    )  # fmt: skip


def without_season(values: ArrayLike, season_length: int) -> Floats:
    """The values without the season that fits them best beside a straight trend; unchanged with too few of them."""
    series = np.array(values, dtype=np.float64, ndmin=1)
    series[~np.isfinite(series)] = np.nan
    if season_length < 2 or int(np.isfinite(series).sum()) < max(HISTORY_NEEDED, 2 * min(season_length, 52)):
        return series
    handy, unit, middle = in_handy_unit(series, 0, len(series))
    fit = _fit(handy, season_length, ())
    season = fit.design(np.arange(len(series)))[:, 2:] @ fit.coefficients[2:]
    return np.array(_in_unit(handy - season + middle, unit))


def explain_effect(found: Effect) -> Why:
    """Why the verdict is what it is."""
    inputs: dict[str, object] = {
        "history": found.history, "history_needed": HISTORY_NEEDED,
        "points": found.points, "points_needed": POINTS_NEEDED,
    }  # fmt: skip
    if found.size is not None:
        inputs |= {
            "expected": found.expected, "actual": found.actual, "size": found.size, "low": found.low,
            "high": found.high, "surprise": found.surprise, "surprise_needed": SURPRISE,
        }  # fmt: skip
    inputs["result"] = found.verdict
    return Why(f"effect-{found.verdict.replace('_', '-')}", FORMULA, inputs, method("did-the-action-work"))


def odds(surprise: float) -> int:
    """N of "chance alone does this less than once in N such cases", a round figure that promises no more than holds.

    >>> odds(0.004), odds(0.03), odds(1e-9)
    (200, 30, 1000)
    """
    for rounded in (1000, 500, 200, 100, 50, 40, 30, 25, 20, 10, 5, 2):
        if surprise * rounded <= 1:
            return rounded
    return 1


def in_handy_unit(series: Floats, first: int, action: int) -> tuple[Floats, int, float]:
    """The series about its middle value before the action and of a size that cannot overflow, the power of two it was
    divided by, and that middle value in the new unit. A power of two changes no digit.
    """
    unit = int(np.frexp(np.nanmax(np.abs(series)))[1]) + 1
    scaled = np.ldexp(series, -unit)
    middle = float(np.nanmedian(scaled[first:action]))
    around = scaled - middle
    finer = int(np.frexp(np.nanmax(np.abs(around)))[1])
    return np.ldexp(around, -finer), unit + finer, float(np.ldexp(middle, -finer))


def _in_unit(figures: Sequence[float] | Floats, unit: int) -> list[float]:
    """Figures in the unit of the values again; what a float cannot hold becomes the largest it can."""
    with np.errstate(over="ignore", under="ignore"):
        found = np.ldexp(np.array(figures), unit)
    largest = float(np.finfo(np.float64).max)
    return [float(one) for one in np.clip(found, -largest, largest)]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Season and trend of a history; the inverse of the normal matrix says how sure the fit is."""

    coefficients: Floats
    inverse: Floats
    sigma: float
    phi: float
    freedom: float
    season_length: int
    dividers: tuple[int, ...]
    origin: int
    span: float

    def design(self, places: NDArray[np.int64]) -> Floats:
        return season_and_trend(places, self.origin, self.span, self.season_length, self.dividers)


@dataclass(frozen=True, slots=True)
class _Gap:
    size: float
    reach: float
    expected: float
    surprise: float
    score: float


def season_and_trend(
    places: NDArray[np.int64], origin: int, span: float, season_length: int, dividers: Sequence[int]
) -> Floats:
    """One row per place: level, trend, season, and a step at each divider."""
    columns = [np.ones(len(places)), (places - origin) / span]
    if 1 < season_length <= 7:
        place = places % season_length
        last = np.asarray(place == season_length - 1, np.float64)
        columns += [np.asarray(place == day, np.float64) - last for day in range(season_length - 1)]
    elif season_length > 7:
        for wave in range(1, 3 if season_length > 24 else 4):
            turn = 2 * np.pi * wave * places / season_length
            columns += [np.sin(turn), np.cos(turn)]
    columns += [np.asarray(places >= divider, np.float64) for divider in dividers]
    return np.stack(columns, axis=1)


def _fit(history: Floats, season_length: int, dividers: Sequence[int]) -> _Fit:
    """Ridge regression with weights that let old outliers lose their pull (Huber's, squared)."""
    count = len(history)
    origin, span = count, max(52.0, count / 2)
    cuts = tuple(sorted({one for one in dividers if 0 < one < count}))
    places = np.arange(count)
    rows = season_and_trend(places, origin, span, season_length, cuts)
    penalty = np.full(rows.shape[1], 0.5)
    penalty[0], penalty[1] = 1e-9, 0.15
    penalty[rows.shape[1] - len(cuts) :] = 0.02
    seen = np.isfinite(history)
    rows, seen_values, at = rows[seen], history[seen], places[seen]
    weights = np.ones(len(at))
    # Coefficients are drawn towards none, but the trend towards a plain one where there plainly is one.
    prior = np.zeros(rows.shape[1])
    prior[1] = 0.0 if cuts else _plain_slope(at, seen_values) * span
    seen_values = seen_values - rows @ prior
    for turn in range(3):
        weighted = rows * weights[:, None]
        inverse = np.linalg.inv(weighted.T @ rows + np.diag(penalty))
        coefficients = inverse @ (weighted.T @ seen_values)
        rest = seen_values - rows @ coefficients
        scale = 1.4826 * float(np.median(np.abs(rest - np.median(rest)))) + 1e-9
        if turn < 2:
            weights = np.minimum(1.0, 2.0 * scale / np.maximum(np.abs(rest), 1e-300)) ** 2
    clipped = np.clip(rest, -3 * scale, 3 * scale)
    freedom = max(5.0, len(at) - 0.7 * rows.shape[1])
    sigma = math.sqrt(float(np.mean(clipped**2)) * len(at) / freedom) + 1e-9
    phi = autocorrelation(clipped, at)
    return _Fit(
        np.asarray(coefficients + prior, np.float64),
        np.asarray(inverse, np.float64),
        sigma,
        phi,
        freedom,
        season_length,
        cuts,
        origin,
        span,
    )


def _plain_slope(at: NDArray[np.int64], values: Floats) -> float:
    """The middle of all slopes (Sen 1968), drawn towards 0 unless it is beyond doubt (James and Stein)."""
    later, earlier = np.tril_indices(len(at), -1)
    slope = float(np.median((values[later] - values[earlier]) / (at[later] - at[earlier])))
    rest = values - slope * at
    rest = rest - np.median(rest)
    scale = 1.4826 * float(np.median(np.abs(rest))) + 1e-9
    phi = autocorrelation(np.clip(rest, -3 * scale, 3 * scale), at)
    unsure = scale**2 * (1 + phi) / (1 - phi) / float(np.sum((at - at.mean()) ** 2))
    return slope * max(0.0, 1 - DOUBT**2 * unsure / max(slope**2, 1e-300))


def autocorrelation(rest: Floats, at: NDArray[np.int64]) -> float:
    """Of neighbouring periods, mended for short series and drawn towards 0.3 as if twenty more points said so."""
    count = len(rest)
    neighbours = np.diff(at) == 1
    together = float(np.sum(rest[1:][neighbours] * rest[:-1][neighbours]))
    found = together / (float(np.sum(rest**2)) + 1e-300) + 1.5 / count
    return float(np.clip((found * count + 0.3 * 20) / (count + 20), 0.0, 0.85))


def _judge(fit: _Fit, since: Floats, start: int) -> _Gap:
    """The mean gap of the values since, how far chance carries such a mean, and how surprising it is."""
    places = np.flatnonzero(np.isfinite(since))
    rows = fit.design(places + start)
    expected = rows @ fit.coefficients
    gaps = (since[places] - expected) / fit.sigma
    middle = float(np.median(gaps))
    gaps = np.clip(gaps, middle - FARTHEST, middle + FARTHEST)
    size, count = float(gaps.mean()), len(gaps)
    alike = fit.phi ** np.abs(places[:, None] - places[None, :])
    wander = WANDER**2 * (np.minimum(places[:, None], places[None, :]) + 1)
    row = rows.mean(axis=0)
    unsure = float(row @ fit.inverse @ row) * (1 + fit.phi) / (1 - fit.phi)
    # Values that scatter more since the action than before make the verdict less sure.
    expected_scatter = count * (1 - float(alike.mean()))
    own = float(np.sum((gaps - size) ** 2)) / max(expected_scatter, 1e-12)
    wider = max(1.0, (fit.freedom + own * (count - 1)) / (fit.freedom + count - 1))
    deviation = math.sqrt((float(alike.mean()) + float(wander.mean()) + unsure) * wider)
    freedom = max(4.0, fit.freedom / 4)  # scatter and autocorrelation are guessed from the same history
    score = _normal_score(size / deviation, freedom)
    reach = _student(RANGE_SIGMAS, freedom) * deviation
    surprise = math.erfc(abs(score) / math.sqrt(2))
    return _Gap(size * fit.sigma, reach * fit.sigma, float(expected.mean()), surprise, score)


def _normal_score(t: float, freedom: float) -> float:
    """Student's t as the normal score of the same chance (Wallace 1959)."""
    return math.copysign(
        math.sqrt(freedom * math.log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3), t
    )  # fmt: skip


def _student(score: float, freedom: float) -> float:
    """The other way round."""
    own = score * (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1(own * own / freedom))


def _side(size: float, expected: float, actual: float, direction: str, band: Band) -> str:
    """Whether a real change is for the better."""
    if direction == "down":
        return "better" if size < 0 else "worse"
    if direction != "within":
        return "better" if size > 0 else "worse"
    low, high = band
    if low is None and high is None:
        return "changed"
    before, after = _outside(expected, low, high), _outside(actual, low, high)
    if before == after:
        return "changed"  # within the band before and since
    return "better" if after < before else "worse"


def _outside(value: float, low: float | None, high: float | None) -> float:
    below = low - value if low is not None and value < low else 0.0
    above = value - high if high is not None and value > high else 0.0
    return max(below, above)
