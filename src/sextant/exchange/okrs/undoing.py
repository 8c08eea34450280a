"""Taking an import of OKRs back: what it made is archived, what it changed stands again as before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sextant.core import clock
from sextant.exchange.models import Import
from sextant.metrics.models import Batch
from sextant.okrs.models import CheckIn, Initiative, KeyResult, Link, Milestone, Objective, Terms


def undo_okrs(imp: Import, batch: Batch) -> None:
    """Call inside `writing()`. What people said or changed of these things since then stays as it is."""
    now, at = clock.now(), batch.recorded_at
    CheckIn.objects.filter(batch_key=batch.key, superseded_at=None).update(superseded_at=now)
    used = CheckIn.objects.filter(superseded_at=None, is_draft=False, key_result__batch_key=batch.key)
    kept = set(used.values_list("key_result_id", flat=True))
    kept_objectives = set(used.values_list("key_result__objective_id", flat=True))
    added = KeyResult.objects.filter(objective__batch_key=batch.key, archived_at=None).exclude(batch_key=batch.key)
    kept_objectives |= set(added.values_list("objective_id", flat=True))
    KeyResult.objects.filter(batch_key=batch.key, archived_at=None).exclude(pk__in=kept).update(archived_at=now)
    Objective.objects.filter(batch_key=batch.key, archived_at=None).exclude(pk__in=kept_objectives).update(
        archived_at=now
    )
    Initiative.objects.filter(batch_key=batch.key, archived_at=None).update(archived_at=now)
    _undo_figures(batch, at, now)
    links = Link.objects.filter(known_at=at, superseded_at=None).exclude(child__batch_key=batch.key)
    links.update(superseded_at=now)
    steps = Milestone.objects.filter(done_at=at, superseded_at=None).exclude(key_result__batch_key=batch.key)
    steps.update(done_at=None, done_by="", evidence="")
    for change in reversed(imp.summary.get("changes", [])):
        _put_back(change)


def _undo_figures(batch: Batch, at: datetime, now: datetime) -> None:
    """Figures that the import gave to key results that were there before give way to those they replaced."""
    for row in Terms.objects.filter(known_at=at, superseded_at=None).exclude(key_result__batch_key=batch.key):
        row.superseded_at = now
        row.save(update_fields=["superseded_at"])
        same = Terms.objects.filter(key_result_id=row.key_result_id, valid_from=row.valid_from, superseded_at=at)
        before = same.order_by("-id").first()
        if before is not None:
            before.pk, before.known_at, before.superseded_at = None, now, None
            before.save(force_insert=True)


def _put_back(change: dict[str, Any]) -> None:
    """Give a field its former value, unless somebody has changed it since."""
    model: Any = Objective if change["kind"] == "objective" else KeyResult
    thing = model.objects.filter(pk=change["id"]).first()
    if thing is None:
        return
    for name, (before, after) in change["fields"].items():
        column = f"{name}_id" if hasattr(thing, f"{name}_id") else name
        value = getattr(thing, column)
        plain = value.isoformat() if hasattr(value, "isoformat") else value
        if plain == after:
            setattr(thing, column, model._meta.get_field(name).to_python(before) if column == name else before)
    thing.version += 1
    thing.save()
