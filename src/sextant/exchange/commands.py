"""Start, read, confirm, discard and undo an import: the one engine behind the wizard, the API and the command line."""

from __future__ import annotations

import re
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.utils import timezone

from sextant.core import access
from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.core.events import emit
from sextant.core.keys import new_keys
from sextant.core.writing import writing
from sextant.exchange.drafts_file import read_drafts, write_drafts
from sextant.exchange.matching import Match, match_drafts
from sextant.exchange.models import Import, SavedMapping
from sextant.exchange.publishing import publish_values, within_reach
from sextant.exchange.reading import DRAFTS, STAGED, Progress, answers, quiet, read_files
from sextant.exchange.staging import RULES, Staging
from sextant.exchange.taking_in import TakenIn, take_in
from sextant.exchange.understanding import Mapping as FileMapping
from sextant.exchange.understanding import MappingError
from sextant.kpis.models import Target
from sextant.metrics.commands import undo_batch
from sextant.metrics.commands.batches import announce, open_batch
from sextant.metrics.models import Batch, Metric
from sextant.people.models import Team
from sextant.people.queries import calendar
from sextant.people.roles import allows
from sextant.readers import ReadError

BEAT_SECONDS = 1.0
DEAD_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed."""

    key: str
    batch: str
    new_metrics: int
    accepted: int
    unchanged: int
    superseded: int
    targets: int


def start_import(
    actor: Actor,
    *,
    name: str,
    team: Team,
    source: str = "",
    mapping: Mapping[str, Any] | None = None,
    repeats: str = "last",
) -> Import:
    """An import with an empty folder; put the files into `files_folder(it)`, then read it."""
    if not allows(actor, "import.run", team.id):
        raise NotAllowed(Problem("not-allowed", f"You may not import into {team.name}."))
    _check_rule(repeats)
    key = f"import-{uuid.uuid4().hex[:10]}"
    folder = Path(settings.DATA_FOLDER) / "imports" / key
    with writing():
        imp = Import.objects.create(
            key=key,
            name=name[:300],
            source=(source or source_of(name))[:200],
            folder=str(folder),
            team=team,
            owner_id=actor.person_id,
            author=actor.label,
            created_at=timezone.now(),
            mapping=dict(mapping or {}),
            repeats=repeats,
        )
    files_folder(imp).mkdir(parents=True)
    return imp


def source_of(name: str) -> str:
    """What stays the same about a file's name from month to month: "kpis-2026-02.xlsx" comes from "kpis"."""
    stem = PurePath(name.strip()).stem if "." in PurePath(name).name else PurePath(name).name
    return re.sub(r"[\W\d_]+", " ", stem).strip().lower() or "file"


def files_folder(imp: Import) -> Path:
    """Where the uploaded files of an import lie."""
    return Path(imp.folder) / "files"


def read_import(actor: Actor, imp: Import, *, paths: Sequence[Path] = (), progress: Progress = quiet) -> Import:
    """Understand and stage the files (or `paths`, which stay where they are). Changes nothing of the product.

    What can't be read at all ends as state "failed" with the reason, and raises Refused.
    """
    access.require("import", actor, "run", imp)
    if imp.state not in ("uploaded", "reading", "ready", "failed"):
        raise refuse("import-is-over", f"This import is {imp.state}; start a new one.")
    beat = _Beat(imp, progress)
    _set(imp, state="reading", problem="", progress=0.0, step="", beat_at=timezone.now())
    folder = Path(imp.folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        reading = read_files(
            actor, list(paths) or sorted(files_folder(imp).iterdir()), folder, team=imp.team, source=imp.source,
            mapping=imp.mapping, repeats=imp.repeats, calendar=calendar(), progress=beat,
        )  # fmt: skip
    except (ReadError, MappingError) as error:
        message = str(error)
        _set(imp, state="failed", problem=message, beat_at=None)
        raise refuse(error.key, message) from error
    write_drafts(folder / DRAFTS, reading.drafts)
    reading.summary["assumed"] = {str(index): names for index, names in reading.assumed.items() if names}
    reading.summary["spans"] = {
        str(index): [str(to.frequency), to.span, to.calendar.year_start_month, to.aggregation]
        for index, to in reading.destinations.items()
    }
    reading.staging.close()
    _set(imp, state="ready", summary=reading.summary, step="", progress=1.0, beat_at=None)
    return imp


class _Beat:
    """Writes progress at most once a second, so that a watcher sees it and a dead process is noticed."""

    def __init__(self, imp: Import, listener: Progress) -> None:
        self.imp, self.listener, self.last = imp, listener, 0.0

    def __call__(self, share: float, step: str) -> None:
        self.listener(share, step)
        if time.monotonic() - self.last >= BEAT_SECONDS:
            self.last = time.monotonic()
            _set(self.imp, progress=share, step=step, beat_at=timezone.now())


def change_mapping(actor: Actor, imp: Import, mapping: Mapping[str, Any], *, repeats: str | None = None) -> Import:
    """Correct how the files are read; the import has to be read again."""
    access.require("import", actor, "run", imp)
    try:
        FileMapping.from_dict(mapping)
    except MappingError as error:
        raise refuse(error.key, error.message, "mapping") from error
    if repeats is not None:
        _check_rule(repeats)
    if imp.state not in ("uploaded", "ready", "failed"):
        raise refuse("import-is-over", f"This import is {imp.state}; start a new one.")
    _set(imp, mapping=dict(mapping), repeats=repeats or imp.repeats, state="uploaded")
    return imp


def confirm_import(actor: Actor, imp: Import) -> Imported:
    """Publish a read import: new metrics and draft KPIs, targets and values, all or nothing."""
    access.require("import", actor, "run", imp)
    folder = Path(imp.folder)
    if imp.state != "ready" or not (folder / STAGED).is_file():
        raise refuse("import-not-ready", f"This import is {imp.state}: it has to be read before it is confirmed.")
    drafts = read_drafts(folder / DRAFTS)
    decisions = answers(FileMapping.from_dict(imp.mapping))
    staging = Staging(folder / STAGED)
    try:
        with within_reach(folder / STAGED) as table, writing():
            fresh = Import.objects.select_for_update().get(pk=imp.pk)
            if fresh.state != "ready":
                raise refuse("import-not-ready", f"This import is {fresh.state}; somebody was faster.")
            matches = match_drafts(actor, drafts, imp.team, imp.source, decisions)
            _check_permissions(actor, matches)
            batch = open_batch(actor, "import", source=imp.name)
            taken = take_in(actor, fresh, batch, drafts, matches)
            values = publish_values(batch, staging, table, taken.destinations, taken.new_drafts)
            imported = _finish(actor, fresh, batch, taken, values)
    finally:
        staging.close()
    imp.refresh_from_db()
    _clear_files(folder)
    return imported


def _finish(actor: Actor, imp: Import, batch: Batch, taken: TakenIn, values: Any) -> Imported:
    imported = Imported(
        imp.key, batch.key, len(taken.created), values.accepted, values.unchanged, values.superseded, taken.targets
    )
    batch.counts = {
        "accepted": values.accepted, "unchanged": values.unchanged, "superseded": values.superseded,
        "metrics": len(taken.created), "targets": taken.targets,
    }  # fmt: skip
    batch.save(update_fields=["counts"])
    imp.state, imp.batch = "done", batch
    imp.created_metric_ids = [metric.id for metric in taken.created]
    imp.summary = {**imp.summary, "result": batch.counts}
    imp.save()
    changed = set(taken.destinations.values()) | {metric.id for metric in taken.created}
    if values.accepted or taken.created:
        announce(actor, batch, changed)
    emit(
        actor, "import.done", "import", imp.key, imp.name, team_id=imp.team_id, visibility="team",
        metrics=len(taken.created), values=values.accepted,
    )  # fmt: skip
    return imported


def _check_permissions(actor: Actor, matches: Sequence[Match]) -> None:
    for match in matches:
        if match.metric is not None and not access.can("metric", actor, "record", match.metric):
            message = f"The files hold values of '{match.metric.name}', which you may not record. Nothing was imported."
            raise NotAllowed(Problem("not-allowed", message))


def undo_import(actor: Actor, key: str) -> Import | Batch:
    """Take an import (by its own key or its batch's) or any other batch back.

    Its values give way to what stood before, its targets too; metrics it made are archived unless somebody has
    recorded values for them since.
    """
    imp = Import.objects.filter(key=key).first() or Import.objects.filter(batch__key=key).first()
    if imp is None or imp.batch is None:
        return undo_batch(actor, key)
    access.require("import", actor, "run", imp)
    with writing():
        undo_batch(actor, imp.batch.key)
        now = timezone.now()
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
        emit(actor, "import.undone", "import", imp.key, imp.name, team_id=imp.team_id, visibility="team")
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


def discard_import(actor: Actor, imp: Import) -> Import:
    """Throw an unconfirmed import and its files away."""
    access.require("import", actor, "run", imp)
    if imp.state in ("done", "undone", "publishing"):
        raise refuse("import-is-over", f"This import is {imp.state}: undo it instead.")
    _set(imp, state="discarded", beat_at=None)
    shutil.rmtree(imp.folder, ignore_errors=True)
    return imp


def save_mapping(actor: Actor, imp: Import, *, name: str) -> SavedMapping:
    """Keep how these files are read under a name, for the next ones."""
    access.require("import", actor, "run", imp)
    if not name.strip():
        raise refuse("name-missing", "Give the mapping a name.", "name")
    with writing():
        saved = SavedMapping.objects.filter(team=imp.team, name=name.strip()).first()
        if saved is None:
            saved = SavedMapping(key=new_keys(SavedMapping, [name])[0], team=imp.team, name=name.strip())
        saved.mapping = imp.mapping or imp.summary.get("mapping", {})
        saved.author, saved.saved_at = actor.label, timezone.now()
        saved.save()
        emit(actor, "mapping.saved", "mapping", saved.key, saved.name, team_id=imp.team_id)
    return saved


def is_dead(imp: Import) -> bool:
    """Whether the process that read the files stopped without saying so."""
    if imp.state != "reading" or imp.beat_at is None:
        return False
    return (timezone.now() - imp.beat_at).total_seconds() > DEAD_AFTER_SECONDS


def _set(imp: Import, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(imp, name, value)
    with writing():
        imp.save(update_fields=list(fields))


def _clear_files(folder: Path) -> None:
    """After confirming, the uploads go; the staging file stays for its list of problems, without its values."""
    shutil.rmtree(folder / "files", ignore_errors=True)
    staging = Staging(folder / STAGED)
    staging.forget_values()
    staging.close()


def _check_rule(repeats: str) -> None:
    if repeats not in RULES:
        message = f"'{repeats}' is no rule for repeats: use {', '.join(RULES)}."
        raise Refused(Problem("unknown-rule", message, "repeats"))


__all__ = [
    "SYSTEM", "Imported", "change_mapping", "confirm_import", "discard_import", "files_folder", "is_dead",
    "read_import", "save_mapping", "start_import", "undo_import",
]  # fmt: skip
