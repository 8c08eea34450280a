"""Making forecasts: computed outside every transaction, written in short ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sextant.calc.forecast import MEDIAN, Floats
from sextant.calc.period_grid import shift
from sextant.core import clock
from sextant.core.writing import writing
from sextant.forecasts.engines import Said, method_here, run
from sextant.forecasts.histories import STEPS, filled
from sextant.forecasts.members import History, Outcome
from sextant.forecasts.models import Forecast
from sextant.metrics.models import Metric
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import standpoint

AT_ONCE = 200
"""So many forecasts are written in one transaction, so that nobody waits long for the writer."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Ids of the metrics with a new forecast, and how many were left as they were, their history being the same."""

    made: frozenset[int]
    kept: int


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    metric_id: int
    history: History
    ends: tuple[int, ...]
    history_end: int
    signature: str
    points: int


def refresh(
    metric_ids: Iterable[int], engine: str = "local", *, light: bool = False, said: Said | None = None,
    processes: int | None = None,
) -> Refreshed:  # fmt: skip
    """Forecast these metrics anew where their history, or the method, is no longer what the last forecast was made of.

    Runs as the system: a forecast says nothing a metric does not, and who may see the metric may see it. The series
    are those of the present. Raises Refused for an engine that is unknown or not installed.
    """
    metrics = list(Metric.objects.filter(pk__in=sorted(set(metric_ids)), archived_at=None))
    series = series_many(metrics, standpoint()) if metrics else {}
    method = method_here(light=light)
    tasks = [task for metric in metrics if (task := _task(metric, series[metric.pk], method)) is not None]
    _forget({metric.pk for metric in metrics} - {task.metric_id for task in tasks})
    known = dict(
        Forecast.objects.filter(metric_id__in=[task.metric_id for task in tasks], superseded_at=None).values_list(
            "metric_id", "history_hash"
        )
    )
    changed = [task for task in tasks if known.get(task.metric_id) != task.signature]
    outcomes = run([task.history for task in changed], engine, light=light, said=said, processes=processes)
    for first in range(0, len(changed), AT_ONCE):
        _write(changed[first : first + AT_ONCE], outcomes[first : first + AT_ONCE])
    return Refreshed(frozenset(task.metric_id for task in changed), len(tasks) - len(changed))


def _forget(metric_ids: set[int]) -> None:
    """What has no values any more has no forecast any more."""
    standing = Forecast.objects.filter(metric_id__in=metric_ids, superseded_at=None)
    if metric_ids and standing.exists():
        with writing():
            standing.update(superseded_at=clock.now(), members=None)


def _task(metric: Metric, series: Series, method: str) -> _Task | None:
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
    return _Task(metric.pk, history, ends, period.end, signature, points)


def _write(tasks: Sequence[_Task], outcomes: Sequence[Outcome]) -> None:
    with writing():
        now = clock.now()
        ids = [task.metric_id for task in tasks]
        Forecast.objects.filter(metric_id__in=ids, superseded_at=None).update(superseded_at=now, members=None)
        there = set(Metric.objects.filter(pk__in=ids).values_list("pk", flat=True))
        pairs = zip(tasks, outcomes, strict=True)
        Forecast.objects.bulk_create(_row(task, out, now) for task, out in pairs if task.metric_id in there)


def _row(task: _Task, outcome: Outcome, now: datetime) -> Forecast:
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
