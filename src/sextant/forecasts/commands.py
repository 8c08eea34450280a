"""Making forecasts: computed outside every transaction, written in short ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sextant.core import clock
from sextant.core.writing import writing
from sextant.forecasts.engines import Said, method_here, run
from sextant.forecasts.making import Task, row_of, task_of
from sextant.forecasts.members import Outcome
from sextant.forecasts.models import Forecast
from sextant.metrics.models import Metric
from sextant.metrics.queries.series import series_many
from sextant.metrics.queries.standpoint import standpoint

AT_ONCE = 200
"""So many forecasts are written in one transaction, so that nobody waits long for the writer."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Ids of the metrics with a new forecast, and how many were left as they were, their history being the same."""

    made: frozenset[int]
    kept: int


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
    tasks = [task for metric in metrics if (task := task_of(metric, series[metric.pk], method)) is not None]
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


def _write(tasks: Sequence[Task], outcomes: Sequence[Outcome]) -> None:
    with writing():
        now = clock.now()
        ids = [task.metric_id for task in tasks]
        Forecast.objects.filter(metric_id__in=ids, superseded_at=None).update(superseded_at=now, members=None)
        there = set(Metric.objects.filter(pk__in=ids).values_list("pk", flat=True))
        pairs = zip(tasks, outcomes, strict=True)
        Forecast.objects.bulk_create(row_of(task, out, now) for task, out in pairs if task.metric_id in there)
