"""The chance of reaching a target by a date: stored fans, read together with targets the fans know nothing of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

import numpy as np
from numpy.typing import NDArray

from sextant.calc.forecast import LEVELS, Floats, chance_within
from sextant.calc.why import Why, method
from sextant.forecasts.making import row_of, task_of
from sextant.forecasts.members import LIGHT, forecast
from sextant.forecasts.queries.stored import COLUMNS, Made, Stored, stored, stored_totals
from sextant.metrics.models import Metric
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint

REASONS = {
    "no_forecast": "there is no forecast of this number yet",
    "not_enough_history": "there are too few values to forecast from",
    "no_target": "there is no target",
    "ended": "the values reach to the end already; nothing is left to forecast",
    "too_far": "the end lies beyond the forecast",
    "not_started": "the sum has not begun yet",
}
"""Why there is no chance, by stable key."""
FORMULA = "the share of the fan at the end that lies on the target's good side"


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to know: is this metric beyond `target` (`direction` "up" or "down") by `end_hour`, or with
    `direction` "within" between `low` and `high`. `is_sum`: of the sum of all values from `since_hour` on instead.
    `id` is the caller's own, such as that of a key result.
    """

    id: int
    metric_id: int
    target: float | None
    direction: str
    end_hour: int
    low: float | None = None
    high: float | None = None
    is_sum: bool = False
    since_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Chance:
    """`share` from 0 to 1 is None where there is none, and `reason` says why by a key of REASONS. `fan` are the
    quantiles (LEVELS) of the value at the end, of the whole sum where a sum is asked for.
    """

    share: float | None
    reason: str = ""
    fan: tuple[float, ...] = field(default=(), repr=False)
    made_at: datetime | None = None
    method: str = ""
    history_end: int | None = None
    points: int = 0

    @property
    def median(self) -> float | None:
        return self.fan[LEVELS.index(0.5)] if self.fan else None

    def between(self, share: float) -> tuple[float, float] | None:
        """The range that holds the middle part of the futures, such as 0.8 of them."""
        if not self.fan:
            return None
        low = LEVELS.index(round((1 - share) / 2, 2))
        return self.fan[low], self.fan[-1 - low]


def chances(asks: Sequence[Ask], point: Standpoint) -> dict[int, Chance]:
    """The chance of each ask by its id, in one statement (three where sums are asked for).

    Read from forecasts made by the standpoint; nothing is forecast here. Without one the reason is "no_forecast".
    """
    plain = [ask for ask in asks if not ask.is_sum]
    sums = [ask for ask in asks if ask.is_sum]
    found: dict[int, Chance] = {}
    if plain:
        found |= answered(plain, stored({ask.metric_id for ask in plain}, point), np.zeros(len(plain)))
    if sums:
        held = stored_totals({ask.metric_id for ask in sums}, point)
        found |= answered(sums, held, _so_far(sums, held, point))
    return found


def chance_now(ask: Ask, point: Standpoint) -> Chance:
    """The chance by the light default from the values known at the standpoint, without a stored forecast: a few
    milliseconds. For one number that nothing is stored for yet, such as that of a draft."""
    metric = Metric.objects.get(pk=ask.metric_id)
    task = task_of(metric, series_many([metric], point)[metric.pk], LIGHT)
    if task is None:
        return Chance(None, "not_enough_history")
    row = row_of(task, forecast(task.history, light=True), datetime.combine(point.now.date(), time(), tzinfo=UTC))
    held = Stored([tuple(getattr(row, name) for name in COLUMNS)])
    if ask.is_sum:
        if row.total_fan is None:
            return Chance(None, "no_forecast")
        held = Stored([(*(getattr(row, name) for name in COLUMNS[:-1]), row.total_fan)], are_totals=True)
    so_far = _so_far([ask], held, point) if ask.is_sum else np.zeros(1)
    return answered([ask], held, so_far)[ask.id]


def shares(
    metric_ids: Sequence[int], targets: Floats, is_up: NDArray[np.bool_], ends: Sequence[int], point: Standpoint
) -> Floats:
    """The chances alone of thousands of end values, nan where there is none: one statement, no object for each.

    All of one length: the metric, its target (nan: none), whether higher is better, and the hour of the end.
    """
    found = np.full(len(metric_ids), np.nan)
    held = stored(metric_ids, point) if len(metric_ids) else Stored([])
    if not held.made:
        return found
    owners = np.array([held.place.get(metric_id, -1) for metric_id in metric_ids], dtype=np.int64)
    hours = np.array(ends, dtype=np.int64)
    asked = np.flatnonzero((owners >= 0) & np.isfinite(targets) & (held.counts[owners] > 0))
    reached, fans = held.at(owners[asked], hours[asked])
    good = (reached > 0) & ~_beyond(held, owners[asked], hours[asked])
    asked, fans = asked[good], fans[good]
    up = is_up[asked]
    lows, highs = np.where(up, targets[asked], -np.inf), np.where(up, np.inf, targets[asked])
    found[asked] = chance_within(fans, lows, highs)
    return found


def explain_chance(ask: Ask, chance: Chance) -> Why:
    """Why the chance is what it is."""
    inputs = {
        "target": ask.target if ask.direction != "within" else (ask.low, ask.high),
        "direction": ask.direction,
        "median": chance.median,
        "range_80": chance.between(0.8),
        "points": chance.points,
        "made_at": chance.made_at,
        "method": chance.method,
        "result": chance.share,
    }
    rule = "chance" if chance.share is not None else f"chance-{chance.reason.replace('_', '-')}"
    return Why(rule, FORMULA if chance.share is not None else REASONS[chance.reason], inputs, method("chance"))


def answered(asks: Sequence[Ask], held: Stored, so_far: Floats) -> dict[int, Chance]:
    """The chance of each ask from these forecasts. `so_far` (n,) is what a sum holds already, nan: it has not begun."""
    found = {ask.id: Chance(None, "no_forecast") for ask in asks}
    kept = [index for index, ask in enumerate(asks) if ask.metric_id in held.place]
    usable = []
    for index in kept:
        made = held.made[held.place[asks[index].metric_id]]
        if held.counts[held.place[asks[index].metric_id]]:
            usable.append(index)
        else:
            found[asks[index].id] = _without("not_enough_history", made)
    if not usable:
        return found
    places = np.array([held.place[asks[index].metric_id] for index in usable])
    hours = np.array([asks[index].end_hour for index in usable], dtype=np.int64)
    reached, fans = held.at(places, hours)
    fans = fans + np.nan_to_num(so_far[usable])[:, None]
    lows, highs = _bounds([asks[index] for index in usable])
    shares = chance_within(fans, lows, highs)
    too_far = _beyond(held, places, hours)
    each = zip(usable, places.tolist(), reached.tolist(), too_far.tolist(), shares.tolist(), fans.tolist(), strict=True)
    for index, place, steps, is_beyond, share, fan in each:
        ask, made = asks[index], held.made[place]
        reason = ""
        if ask.target is None and ask.direction != "within":
            reason = "no_target"
        elif ask.end_hour <= made.history_end or not steps:
            reason = "ended"
        elif np.isnan(so_far[index]):
            reason = "not_started"
        elif is_beyond:
            reason = "too_far"
        known = (made.made_at, made.method, made.history_end, made.points)
        found[ask.id] = _without(reason, made) if reason else Chance(share, "", tuple(fan), *known)
    return found


def _beyond(held: Stored, places: NDArray[np.int64], hours: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a whole period ends after the last step and by the hour asked for."""
    last = held.ends[held.offsets[places] + held.counts[places] - 1]
    found: NDArray[np.bool_] = hours >= last + held.first_gaps[places]
    return found


def _without(reason: str, made: Made) -> Chance:
    return Chance(None, reason, (), made.made_at, made.method, made.history_end, made.points)


def _bounds(asks: Sequence[Ask]) -> tuple[Floats, Floats]:
    """From where to where a value is good, by ask."""
    lows, highs = np.full(len(asks), -np.inf), np.full(len(asks), np.inf)
    for index, ask in enumerate(asks):
        if ask.direction == "within":
            lows[index] = -np.inf if ask.low is None else ask.low
            highs[index] = np.inf if ask.high is None else ask.high
        elif ask.target is not None:
            (highs if ask.direction == "down" else lows)[index] = ask.target
    return lows, highs


def so_far_of(series: Series, since: int | None, until: int, period: int) -> float:
    """The sum of the values from one hour (None: from `until`) to another; nan where it begins more than a `period`
    after that."""
    since = until if since is None else since
    if since >= until + period:
        return float("nan")
    return float(np.nansum(series.values[(series.starts >= since) & (series.starts < until)]))


def _so_far(asks: Sequence[Ask], held: Stored, point: Standpoint) -> Floats:
    """What each sum holds at the end of the history its forecast was made from."""
    wanted = {ask.metric_id for ask in asks if ask.metric_id in held.place}
    series = series_many(list(Metric.objects.filter(pk__in=wanted)), point) if wanted else {}
    found = np.zeros(len(asks))
    for index, ask in enumerate(asks):
        if ask.metric_id not in series:
            continue
        place = held.place[ask.metric_id]
        until, gap = held.made[place].history_end, int(held.first_gaps[place])
        found[index] = so_far_of(series[ask.metric_id], ask.since_hour, until, gap)
    return found
