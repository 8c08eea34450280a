"""Start, read, confirm and discard an import: the one engine behind the wizard, the API and the command line."""

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
from django.db import DatabaseError
from django.utils import timezone

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.exchange.drafts_file import read_drafts, write_drafts
from sextant.exchange.faults import faults_said
from sextant.exchange.locks import BUSY, alone, is_busy
from sextant.exchange.matching import Match, match_drafts
from sextant.exchange.models import Import
from sextant.exchange.okrs.importing import holds_okrs, is_okr_import, publish_okrs, read_okr_import
from sextant.exchange.publishing import publish_values, within_reach
from sextant.exchange.reading import DRAFTS, STAGED, Progress, answers, quiet, read_files
from sextant.exchange.staging import RULES, Staging
from sextant.exchange.taking_in import TakenIn, take_in
from sextant.exchange.understanding import Mapping as FileMapping
from sextant.exchange.understanding import MappingError
from sextant.metrics.commands.batches import announce, open_batch
from sextant.metrics.models import Batch
from sextant.people.models import Organisation, Team
from sextant.people.queries import calendar, team_tree
from sextant.people.roles import allows

BEAT_SECONDS = 1.0
UPLOAD_SECONDS = 24 * 3600
STARTING_SECONDS = 20  # a process that was just started may not hold its lock yet
OPEN = ("uploaded", "reading", "ready", "failed")
AT_WORK = ("reading", "publishing")


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
    objectives: int = 0
    key_results: int = 0
    initiatives: int = 0
    changed: int = 0  # of objectives and key results that were known before


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
    check_mapping(mapping or {})
    _sweep()
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
    folder = Path(imp.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        _move(imp, OPEN, state="reading", problem="", progress=0.0, step="", beat_at=timezone.now())
        try:
            with faults_said(settings.DATA_FOLDER):
                summary = _read(actor, imp, paths or _uploaded(imp), folder, _Beat(imp, progress))
                _set(imp, state="ready", summary=summary, step="", progress=1.0, beat_at=None)
        except Refused as refusal:
            _fail(imp, str(refusal))
            raise
        except Exception:
            _fail(imp, "This is a fault in Sextant, not in your file; it was written to the log. Nothing was imported.")
            raise
    return imp


def _uploaded(imp: Import) -> list[Path]:
    """A single uploaded file, so that what is wrong with it is said plainly; otherwise the folder whole."""
    folder = files_folder(imp)
    files = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    return files if len(files) == 1 and not files[0].is_symlink() else [folder]


def _read(actor: Actor, imp: Import, paths: Sequence[Path], folder: Path, beat: Progress) -> dict[str, Any]:
    if holds_okrs(imp.mapping, paths):
        summary = read_okr_import(actor, imp, paths, folder, beat)
        if summary["is_restricted"]:  # as `_narrow`: it names what not everybody in the team may see
            _set(imp, visibility="people", owner_id=actor.person_id)
        return summary
    reading = read_files(
        actor, list(paths), folder, team=imp.team, source=imp.source, mapping=imp.mapping, repeats=imp.repeats,
        calendar=calendar(), progress=beat,
    )  # fmt: skip
    write_drafts(folder / DRAFTS, reading.drafts)
    _narrow(actor, imp, reading.matches)
    reading.staging.close()
    return reading.summary | {
        "assumed": {str(index): names for index, names in reading.assumed.items() if names},
        "spans": {
            str(index): [str(to.frequency), to.span, to.calendar.year_start_month, to.aggregation]
            for index, to in reading.destinations.items()
        },
    }


def _narrow(actor: Actor, imp: Import, matches: Sequence[Match]) -> None:
    """An import of values that not everybody in its team may see is for who read it alone: it names and shows them."""
    named = [metric for match in matches for metric in (match.metric, *match.near) if metric is not None]
    below = set(team_tree().with_descendants(imp.team_id))
    if any(
        metric.visibility == "people" or (metric.visibility == "team" and metric.team_id not in below)
        for metric in named
    ):
        _set(imp, visibility="people", owner_id=actor.person_id)


def _fail(imp: Import, message: str) -> None:
    try:
        _set(imp, state="failed", problem=message, beat_at=None)
    except DatabaseError:  # the disk may be full; then the missing lock tells that nobody reads any more
        imp.state = "failed"


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
    check_mapping(mapping)
    if repeats is not None:
        _check_rule(repeats)
    _move(imp, OPEN, mapping=dict(mapping), repeats=repeats or imp.repeats, state="uploaded", idle=True)
    return imp


def check_mapping(mapping: Mapping[str, Any]) -> None:
    """Raises Refused, naming the entry, when a mapping can't be used."""
    try:
        FileMapping.from_dict(mapping)
    except (MappingError, TypeError, ValueError) as error:
        key = error.key if isinstance(error, MappingError) else "mapping-invalid"
        raise refuse(key, str(error), "mapping") from error


def confirm_import(actor: Actor, imp: Import) -> Imported:
    """Publish a read import: new metrics and draft KPIs, targets and values, all or nothing."""
    access.require("import", actor, "run", imp)
    folder = Path(imp.folder)
    if imp.state not in ("ready", "publishing") or not (folder / STAGED).is_file():
        raise refuse("import-not-ready", f"This import is {imp.state}: it has to be read before it is confirmed.")
    with alone(folder), faults_said(settings.DATA_FOLDER):
        imp.refresh_from_db()
        imported = _publish_okrs(actor, imp, folder) if is_okr_import(imp) else _publish(actor, imp, folder)
        imp.refresh_from_db()
        _clear_files(folder)
    return imported


def _publish(actor: Actor, imp: Import, folder: Path) -> Imported:
    drafts = read_drafts(folder / DRAFTS)
    decisions = answers(FileMapping.from_dict(imp.mapping))
    staging = Staging(folder / STAGED)
    try:
        with within_reach(folder / STAGED) as table, writing():
            # Two imports of one file at the same time: the second one waits here and finds what the first made.
            Organisation.objects.select_for_update(no_key=True).first()
            fresh = _ready(imp)
            matches = match_drafts(actor, drafts, imp.team, imp.source, decisions)
            _check_permissions(actor, matches)
            batch = open_batch(actor, "import", source=imp.name)
            taken = take_in(actor, fresh, batch, drafts, matches)
            values = publish_values(batch, staging, table, taken.destinations, taken.new_drafts)
            return _finish(actor, fresh, batch, taken, values)
    finally:
        staging.close()


def _publish_okrs(actor: Actor, imp: Import, folder: Path) -> Imported:
    taken = publish_okrs(actor, imp, folder, _ready)
    imp.refresh_from_db()
    return Imported(
        imp.key, imp.batch.key if imp.batch else "", len(taken.metrics), taken.accepted, taken.unchanged,
        taken.superseded, 0, taken.objectives, taken.key_results, taken.initiatives, taken.changed,
    )  # fmt: skip


def _ready(imp: Import) -> Import:
    """The import, held for this transaction. Raises Refused when somebody was faster."""
    fresh = Import.objects.select_for_update(of=("self",)).get(pk=imp.pk)
    if fresh.state not in ("ready", "publishing"):
        raise refuse("import-not-ready", f"This import is {fresh.state}; somebody was faster.")
    return fresh


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
        actor, "import.done", "import", imp.key, imp.name, team_id=imp.team_id, visibility=imp.visibility,
        viewer_ids=[imp.owner_id] if imp.owner_id else [], metrics=len(taken.created), values=values.accepted,
    )  # fmt: skip
    return imported


def _check_permissions(actor: Actor, matches: Sequence[Match]) -> None:
    for match in matches:
        if match.metric is not None and not access.can("metric", actor, "record", match.metric):
            message = f"The files hold values of '{match.metric.name}', which you may not record. Nothing was imported."
            raise NotAllowed(Problem("not-allowed", message))


def discard_import(actor: Actor, imp: Import) -> Import:
    """Throw an unconfirmed import and its files away."""
    access.require("import", actor, "run", imp)
    folder = Path(imp.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        _move(imp, (*OPEN, "publishing", "discarded"), state="discarded", beat_at=None)
    shutil.rmtree(folder, ignore_errors=True)
    return imp


def begin_work(actor: Actor, imp: Import, state: str) -> Import:
    """Mark an import as being read or published by a process that is about to start."""
    access.require("import", actor, "run", imp)
    allowed = OPEN if state == "reading" else ("ready", "publishing")
    _move(imp, allowed, state=state, problem="", progress=0.0, step="", beat_at=timezone.now(), idle=True)
    return imp


def give_up_work(imp: Import, problem: str) -> None:
    """Take an import out of the state of being published, with the reason; nothing of it was written."""
    with writing():
        publishing = Import.objects.filter(pk=imp.pk, state="publishing")
        publishing.update(state="ready", problem=problem, beat_at=None)
    imp.refresh_from_db()


def is_dead(imp: Import) -> bool:
    """Whether the process that was to read or publish the files is gone without saying so."""
    if imp.state not in AT_WORK:
        return False
    silent = (timezone.now() - imp.beat_at).total_seconds() if imp.beat_at else STARTING_SECONDS + 1
    return silent > STARTING_SECONDS and not is_busy(Path(imp.folder))


def _over(imp: Import) -> Refused:
    if imp.state in AT_WORK:
        return refuse(BUSY, "A process is at work on this import; wait until it has ended.")
    return refuse("import-is-over", f"This import is {imp.state}; start a new one.")


def _move(imp: Import, states: Sequence[str], *, idle: bool = False, **fields: Any) -> None:
    """Change an import that is in one of these states now, whatever it was when it was looked up.

    `idle`: and no process is at work on it. Raises Refused when it is elsewhere.
    """
    with writing():
        hold(imp)
        if imp.state not in states or (idle and imp.state in AT_WORK and not is_dead(imp)):
            raise _over(imp)
        _set(imp, **fields)


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


def _sweep() -> None:
    """Remove files that a process killed at the wrong moment left behind: of imports that are over."""
    _sweep_uploads(Path(settings.DATA_FOLDER) / "uploads")
    folder = Path(settings.DATA_FOLDER) / "imports"
    kept = {path.parent.name for path in folder.glob("import-*/files")}
    over = Import.objects.filter(key__in=kept, state__in=("done", "undone", "discarded"))
    for key in over.values_list("key", flat=True):
        shutil.rmtree(folder / key / "files", ignore_errors=True)


def _sweep_uploads(folder: Path) -> None:
    """Remove uploads that nobody is at work on any more; taking one in lasts minutes."""
    for upload in folder.iterdir() if folder.is_dir() else ():
        if time.time() - upload.stat().st_mtime > UPLOAD_SECONDS:
            shutil.rmtree(upload, ignore_errors=True)


def _check_rule(repeats: str) -> None:
    if repeats not in RULES:
        message = f"'{repeats}' is no rule for repeats: use {', '.join(RULES)}."
        raise Refused(Problem("unknown-rule", message, "repeats"))
