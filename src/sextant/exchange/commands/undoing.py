"""Taking an import back: its values, its targets, and what it made."""

from __future__ import annotations

from typing import Any

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.exchange.models import Import
from sextant.exchange.okrs.importing import is_okr_import
from sextant.exchange.okrs.undoing import undo_okrs
from sextant.kpis.models import Target
from sextant.metrics.commands import undo_batch
from sextant.metrics.models import Batch, Metric


def undo_import(actor: Actor, key: str) -> Import | Batch:
    """Take an import (by its own key or its batch's) or any other batch back.

    Its values give way to what stood before, its targets too; metrics it made are archived unless somebody has
    recorded values for them since.
    """
    imp = Import.objects.filter(key=key).first() or Import.objects.filter(batch__key=key).first()
    if imp is None or imp.batch is None:
        return undo_batch(actor, key)
    if not access.visible("import", actor).filter(pk=imp.pk).exists():
        raise refuse("unknown-batch", f"There is no batch '{key[:120]}' here, or it is not visible to you.")
    access.require("import", actor, "run", imp)
    with writing():
        undo_batch(actor, imp.batch.key)
        now = clock.now()
        if is_okr_import(imp):
            undo_okrs(imp, imp.batch)
        _undo_targets(imp.batch.key, now)
        unused = Metric.objects.filter(id__in=imp.created_metric_ids, archived_at=None)
        for metric in unused.exclude(measurements__superseded_at=None, measurements__isnull=False):
            metric.archived_at = now
            metric.save(update_fields=["archived_at"])
            if kpi := getattr(metric, "kpi", None):
                kpi.archived_at = now
                kpi.save(update_fields=["archived_at"])
        imp.state = "undone"
        imp.save(update_fields=["state"])
        emit(
            actor, "import.undone", "import", imp.key, imp.name, team_id=imp.team_id, visibility=imp.visibility,
            viewer_ids=[imp.owner_id] if imp.owner_id else [],
        )  # fmt: skip
    return imp


def _undo_targets(batch_key: str, now: Any) -> None:
    """Take the import's targets back and put those it replaced into force again."""
    for target in Target.objects.filter(batch_key=batch_key, superseded_at=None):
        target.superseded_at = now
        target.save(update_fields=["superseded_at"])
        before = (
            Target.objects.filter(
                kpi=target.kpi, valid_from=target.valid_from, start=target.start, aim_by=target.aim_by,
                superseded_at=target.known_at,
            )
            .order_by("-id")
            .first()
        )  # fmt: skip
        if before is not None:
            before.pk, before.known_at, before.superseded_at = None, now, None
            before.save(force_insert=True)
