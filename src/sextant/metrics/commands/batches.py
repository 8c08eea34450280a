"""Opening a batch, announcing it, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.metrics.commands.publishing import Row, lock_metrics, publish
from sextant.metrics.models import Batch, Measurement, Metric

MOST_TOPICS = 200  # past this many metrics an event says "measurements" and every open page looks again


def open_batch(actor: Actor, kind: str, *, key: str = "", source: str = "") -> Batch:
    """A new batch row, known from now on. Call inside `writing()`."""
    return Batch.objects.create(
        key=key or f"{kind}-{uuid.uuid4().hex[:12]}",
        kind=kind,
        source=source[:200],
        recorded_at=timezone.now(),
        actor_kind=actor.kind,
        actor_key=actor.key,
        actor_label=actor.label,
    )


def announce(actor: Actor, batch: Batch, metric_ids: Iterable[int], *, name: str = "measurements.recorded") -> None:
    """One event per group of metrics that the same people may see, so that no topic leaks a restricted key."""
    from sextant.metrics.queries.dependants import with_dependants

    affected = with_dependants(metric_ids)
    metrics = Metric.objects.filter(id__in=affected).only("id", "key", "team_id", "owner_id", "visibility")
    groups: dict[tuple[int | None, str, tuple[int, ...]], list[str]] = {}
    for metric in metrics:
        group = (None, "organisation", ()) if metric.visibility == "organisation" else _circle(metric)
        groups.setdefault(group, []).append(f"metric:{metric.key}")
    for (team_id, visibility, viewer_ids), topics in groups.items():
        emit(
            actor,
            name,
            "batch",
            batch.key,
            batch.source or batch.key,
            team_id=team_id,
            visibility=visibility,
            viewer_ids=viewer_ids,
            topics=topics if len(topics) <= MOST_TOPICS else ["measurements"],
            count=len(topics) if batch.kind == "undo" else batch.counts.get("accepted", 0),
        )


def _circle(metric: Metric) -> tuple[int | None, str, tuple[int, ...]]:
    """Who sees a restricted metric: team, visibility, and the people by id."""
    people = {metric.owner_id} if metric.owner_id else set()
    if metric.visibility == "people":
        people |= set(metric.viewers.values_list("id", flat=True))
    return metric.team_id, metric.visibility, tuple(sorted(people))


def undo_batch(actor: Actor, batch_key: str) -> Batch:
    """Take a batch back: its values that still stand are replaced by what stood before, or by nothing.

    Values corrected since by somebody else stay. History keeps everything, so `as_of` shows what was known then.
    """
    with writing():
        batch = Batch.objects.filter(key=batch_key).first()
        if batch is None:
            raise refuse("unknown-batch", f"There is no batch '{batch_key}'.")
        if batch.undone_at is not None:
            raise refuse("already-undone", f"The batch '{batch_key}' was taken back before; nothing was changed.")
        standing = Measurement.objects.filter(batch=batch, superseded_at=None)
        metric_ids = set(standing.values_list("metric_id", flat=True).distinct())
        metrics = Metric.objects.filter(id__in=metric_ids)
        if not all(access.can("metric", actor, "record", metric) for metric in metrics):
            raise NotAllowed(Problem("not-allowed", "The batch holds values you may not change; nothing was changed."))
        lock_metrics(metric_ids)
        undo = open_batch(actor, "undo", source=batch.source)
        before = _values_before(batch.id)
        removed = standing.update(superseded_at=undo.recorded_at, superseded_in=undo.id)
        restored = publish(undo, before).accepted if before else 0
        batch.undone_at = undo.recorded_at
        batch.save(update_fields=["undone_at"])
        undo.counts = {"removed": removed, "restored": restored, "undoes": batch.key}
        undo.save(update_fields=["counts"])
        announce(actor, undo, metric_ids, name="batch.undone")
    return undo


def _values_before(batch_id: int) -> list[Row]:
    """What the batch's still standing values corrected, as rows to store again."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT o.metric_id, o.start, o."end", o.value, o.state, o.qualifier, o.note, o.coverage '
            "FROM metrics_measurement n JOIN metrics_measurement o ON o.metric_id = n.metric_id "
            "AND o.start = n.start AND o.superseded_at IS NOT NULL AND o.superseded_in = %s "
            "WHERE n.batch_id = %s AND n.superseded_at IS NULL",
            [batch_id, batch_id],
        )
        return list(cursor.fetchall())
