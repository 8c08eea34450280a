"""From a metric's series to what is forecast, and from what came out to a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sextant.calc.forecast import MEDIAN, Floats
from sextant.calc.period_grid import shift
from sextant.forecasts.histories import STEPS, filled
from sextant.forecasts.members import History, Outcome
from sextant.forecasts.models import Forecast
from sextant.metrics.models import Metric
from sextant.metrics.queries.series import Series


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One forecast to make: `ends` are the hours at which the steps end, `signature` tells histories apart."""

    metric_id: int
    history: History
    ends: tuple[int, ...]
    history_end: int
    signature: str
    points: int


def task_of(metric: Metric, series: Series, method: str) -> Task | None:
    """What is to be forecast of a metric; None when it has no value at all."""
    latest = series.latest
    if latest is None:
        return None
    frequency = metric.frequency
    values = filled(series.values[: latest + 1], frequency)
    period = series.period(latest)
    steps = STEPS[frequency]
    try:
        ends = tuple(shift(period, step, series.calendar).end for step in steps)
    except (ValueError, OverflowError):  # at the end of the calendar nothing is ahead
        return None
    history = History(
        values, frequency, steps, with_total=metric.aggregation == "sum" and metric.span == 1,
        low=metric.lower_bound, high=metric.upper_bound,
    )  # fmt: skip
    points = int(np.isfinite(series.values[: latest + 1][-len(values) :]).sum())
    if points < len(values) / 4:  # mostly invented between few values: not a history
        history = History(np.empty(0), frequency, steps)
    told = f"{method}|{metric.lower_bound}|{metric.upper_bound}|{history.with_total}|{period.end}|".encode()
    signature = hashlib.sha1(told + history.values.tobytes(), usedforsecurity=False).hexdigest()
    return Task(metric.pk, history, ends, period.end, signature, points)


def row_of(task: Task, outcome: Outcome, now: datetime) -> Forecast:
    """The row to store; not saved."""
    fan = outcome.fan
    has_fan = len(fan) > 0 and bool(np.all(np.isfinite(fan)))
    centre = float(fan[0, MEDIAN]) if has_fan else 0.0
    spread = max(float(np.max(np.abs(fan / 2 - centre / 2))) * 2, abs(centre) * 1e-12, 1e-300) if has_fan else 1.0
    has_fan = has_fan and np.isfinite(spread)
    members = list(outcome.members.values()) if has_fan else []
    total = outcome.total if has_fan and outcome.total is not None and np.all(np.isfinite(outcome.total)) else None
    return Forecast(
        metric_id=task.metric_id, made_at=now, method=outcome.method, history_end=task.history_end,
        history_hash=task.signature, points=task.points, centre=centre, spread=spread,
        ends=np.array(task.ends if has_fan else (), dtype="<i8").tobytes(),
        fan=_packed(fan, centre, spread) if has_fan else b"",
        total_fan=None if total is None else np.asarray(total, dtype="<f8").tobytes(),
        member_names=list(outcome.members) if has_fan else [],
        members=_packed(np.array(members), centre, spread) if members else None,
    )  # fmt: skip


def _packed(values: Floats, centre: float, spread: float) -> bytes:
    with np.errstate(over="ignore"):
        told = np.clip((values - centre) / spread, -1e30, 1e30)
    return np.asarray(told, dtype="<f4").tobytes()
