"""Which metrics are no longer what they were, after a batch of values or another event."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Q

from sextant.core.models import Event
from sextant.metrics.models import Batch, Metric
from sextant.metrics.queries.dependants import with_dependants

BATCHES_AT_ONCE = 5_000


def metrics_of_event(event: Event) -> set[int]:
    """Ids of the metrics an event about a batch or a metric concerns, and of all calculated from them; else empty."""
    if event.subject_kind == "batch":
        return metrics_of_batch(event.subject_key)
    if event.subject_kind == "metric":
        return with_dependants(Metric.objects.filter(key=event.subject_key).values_list("pk", flat=True))
    return set()


def metrics_of_batch(key: str) -> set[int]:
    """Ids of the metrics whose values the batch brought or took back, and of all that is calculated from them.

    `key` is that of `Batch`, whether form, push, import or undo. Empty for a batch that changed nothing or is unknown.
    """
    batch = Batch.objects.filter(key=key).values_list("pk", "kind", "counts").first()
    if batch is None:
        return set()
    number, kind, counts = batch
    ids = {number}
    if kind == "undo":  # it holds the values that stand again; those taken back were another batch's
        ids |= set(Batch.objects.filter(key=counts.get("undoes", "")).values_list("pk", flat=True))
    return with_dependants(_brought(ids))


def metrics_changed_since(moment: datetime) -> set[int]:
    """Ids of the metrics of which values were recorded or taken back since, and of all that is calculated from them."""
    known = Batch.objects.filter(Q(recorded_at__gte=moment) | Q(undone_at__gte=moment))
    return with_dependants(_brought(set(known.values_list("pk", flat=True))))


def _brought(batch_ids: Collection[int]) -> set[int]:
    ids, found = sorted(batch_ids), set[int]()
    for first in range(0, len(ids), BATCHES_AT_ONCE):
        numbers = ",".join(map(str, ids[first : first + BATCHES_AT_ONCE]))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT metric_id FROM metrics_measurement WHERE batch_id IN ({numbers})")
            found.update(row[0] for row in cursor.fetchall())
    return found
