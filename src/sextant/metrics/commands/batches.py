"""Opening a batch, announcing it, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db import connection

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.metrics.commands.finer import take_back_finer
from sextant.metrics.commands.publishing import Row, lock_metrics, publish
from sextant.metrics.models import Batch, FineMeasurement, Measurement, Metric

MOST_TOPICS = 200  # past this many metrics an event names none, and every open page looks again
EVERYTHING = "measurements"


def open_batch(actor: Actor, kind: str, *, key: str = "", source: str = "") -> Batch:
    """A new batch row, known from now on. Call inside `writing()`."""
    return Batch.objects.create(
        key=key or f"{kind}-{uuid.uuid4().hex[:12]}",
        kind=kind,
        source=source[:200],
        recorded_at=clock.now(),
        actor_kind=actor.kind,
        actor_key=actor.key,
        actor_label=actor.label,
    )


Circle = tuple[int | None, str, tuple[int, ...]]  # team, visibility, people by id
Circles = dict[Circle, list[str]]


def announce(
    actor: Actor,
    batch: Batch,
    metric_ids: Iterable[int],
    *,
    name: str = "measurements.recorded",
    circles: Circles | None = None,
) -> None:
    """One event per group of metrics that the same people may see, so that no topic leaks a restricted key.

    `circles`: what `circles_of` gives for these metrics, where the caller has it already.
    """
    found = circles_of(metric_ids) if circles is None else circles
    for (team_id, visibility, viewer_ids), topics in found.items():
        emit(
            actor,
            name,
            "batch",
            batch.key,
            batch.source or batch.key,
            team_id=team_id,
            visibility=visibility,
            viewer_ids=viewer_ids,
            topics=topics,
            count=batch.counts.get("accepted", 0) if batch.kind != "undo" else batch.counts.get("removed", 0),
            kind=batch.kind,
        )


def circles_of(metric_ids: Iterable[int]) -> Circles:
    """Topics of the metrics and of all that is calculated from them, by who may see them."""
    from sextant.metrics.queries.dependants import with_dependants

    return _circles(with_dependants(metric_ids))


def _circles(metric_ids: set[int]) -> Circles:
    """Ids are written into the text, which spares a parameter each."""
    numbers = ",".join(map(str, metric_ids))
    where = f"FROM metrics_metric WHERE id IN ({numbers or 'NULL'}) AND visibility"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, key, team_id, owner_id, visibility {where} <> 'organisation'")
        restricted = list(cursor.fetchall())
        count = len(metric_ids) - len(restricted)
        if 0 < count <= MOST_TOPICS:
            cursor.execute(f"SELECT key {where} = 'organisation'")
            open_topics = [f"metric:{key}" for (key,) in cursor.fetchall()]
        else:
            open_topics = [EVERYTHING] if count else []
    groups: Circles = {}
    if open_topics:
        groups[None, "organisation", ()] = open_topics
    viewers = _viewers([row[0] for row in restricted if row[4] == "people"])
    for metric_id, key, team_id, owner_id, visibility in restricted:
        people = viewers.get(metric_id, set()) | ({owner_id} if owner_id else set())
        groups.setdefault((team_id, visibility, tuple(sorted(people))), []).append(f"metric:{key}")
    return {circle: topics if len(topics) <= MOST_TOPICS else [EVERYTHING] for circle, topics in groups.items()}


def _viewers(metric_ids: Collection[int]) -> dict[int, set[int]]:
    """The named people by metric id."""
    named: dict[int, set[int]] = {}
    if metric_ids:
        rows = Metric.viewers.through.objects.filter(metric_id__in=metric_ids)
        for metric_id, person_id in rows.values_list("metric_id", "person_id"):
            named.setdefault(metric_id, set()).add(person_id)
    return named


def undo_batch(actor: Actor, batch_key: str) -> Batch:
    """Take a batch back: its values that still stand are replaced by what stood before, or by nothing.

    Values corrected since by somebody else stay. History keeps everything, so `as_of` shows what was known then.
    """
    with writing():
        batch = Batch.objects.select_for_update().filter(key=batch_key).first()
        touched = _touched(actor, batch) if batch is not None else None
        if batch is None or touched is None:
            raise refuse("unknown-batch", f"There is no batch '{batch_key[:120]}' here, or it is not visible to you.")
        if batch.undone_at is not None:
            raise refuse("already-undone", f"The batch '{batch_key}' was taken back before; nothing was changed.")
        standing = Measurement.objects.filter(batch=batch, superseded_at=None)
        metric_ids = set(standing.values_list("metric_id", flat=True).distinct())
        if not all(metric is not None and access.can("metric", actor, "record", metric) for metric in touched):
            raise NotAllowed(Problem("not-allowed", "The batch holds values you may not change; nothing was changed."))
        lock_metrics(metric_ids)
        undo = open_batch(actor, "undo", source=batch.source)
        before = _values_before(batch.id)
        removed = standing.update(superseded_at=undo.recorded_at, superseded_in=undo.id)
        take_back_finer(undo, batch)
        restored = publish(undo, before).accepted if before else 0
        batch.undone_at = undo.recorded_at
        batch.save(update_fields=["undone_at"])
        undo.counts = {"removed": removed, "restored": restored, "undoes": batch.key}
        undo.save(update_fields=["counts"])
        announce(actor, undo, metric_ids, name="batch.undone")
    return undo


def _touched(actor: Actor, batch: Batch) -> list[Metric | None] | None:
    """The metrics the batch brought values of, None for each one out of sight; None when all of them are.

    A batch that brought no value is known to everybody who may bring some.
    """
    ids = {
        metric_id
        for rows in (Measurement.objects.filter(batch=batch), FineMeasurement.objects.filter(batch=batch))
        for metric_id in rows.order_by().values_list("metric_id", flat=True).distinct()
    }
    seen = {metric.pk: metric for metric in access.visible("metric", actor).filter(pk__in=ids)}
    if ids:
        return [seen.get(metric_id) for metric_id in ids] if seen else None
    return [] if actor.may_write and actor.has_role(None, "contributor") else None


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
