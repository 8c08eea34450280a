"""Which numbers are forecast, and when: those that somebody has a target for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sextant.core.jobs import enqueue, every, job, kinds
from sextant.core.models import Event
from sextant.core.writing import writing
from sextant.forecasts.commands import Refreshed, refresh
from sextant.forecasts.engines import Said
from sextant.kpis.models import Kpi, Target
from sextant.metrics.queries.changed import metrics_of_event
from sextant.okrs.models import KeyResult

JOB = "forecasts.refresh"
AFTERWARDS = "alerts.evaluate"


def wanted() -> set[int]:
    """Ids of the metrics with a target ahead: of key results being worked on, and of active KPIs with targets."""
    running = KeyResult.objects.filter(
        kind="metric", archived_at=None, closed_at=None, objective__state="active", objective__archived_at=None
    )
    aimed = Target.objects.filter(superseded_at=None).values("kpi_id")
    kpis = Kpi.objects.filter(state="active", pk__in=aimed, metric__archived_at=None)
    metrics = set(running.exclude(metric=None).values_list("metric_id", flat=True))
    return metrics | set(kpis.values_list("metric_id", flat=True))


def refresh_wanted(
    metric_ids: Iterable[int] | None = None, engine: str = "local", *, light: bool = False, said: Said | None = None
) -> Refreshed:
    """Forecast those of the metrics (None: all) that somebody has a target for, and have the rules look again."""
    ids = wanted() if metric_ids is None else wanted() & set(metric_ids)
    found = refresh(ids, engine, light=light, said=said)
    if found.made and AFTERWARDS in kinds():
        with writing():
            enqueue(AFTERWARDS, {"metrics": sorted(found.made)})
    return found


@job(JOB, together=5000, attempts=4, lane="forecasts")
def refresh_job(calls: list[dict[str, Any]]) -> None:
    """{"event": id}, {"metrics": [ids]}, or {} for everything."""
    refresh_wanted(_concerned(calls))


def _concerned(calls: Iterable[Mapping[str, Any]]) -> set[int] | None:
    events, found = set(), set[int]()
    for call in calls:
        if not call:
            return None
        events |= {call["event"]} if "event" in call else set()
        found |= set(call.get("metrics", ()))
    for event in Event.objects.filter(pk__in=events):
        key = event.subject_key
        results = KeyResult.objects.exclude(metric=None)
        if event.subject_kind == "kpi":
            found |= set(Kpi.objects.filter(key=key).values_list("metric_id", flat=True))
        elif event.subject_kind == "key_result":
            found |= set(results.filter(key=key).values_list("metric_id", flat=True))
        elif event.subject_kind == "objective":
            found |= set(results.filter(objective__key=key).values_list("metric_id", flat=True))
        else:
            found |= metrics_of_event(event)
    return found


every(JOB, seconds=86_400)
