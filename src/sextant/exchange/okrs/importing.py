"""An import of OKRs from its files to the tables: the same steps as every import, with a plan of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sextant.core.actors import Actor
from sextant.core.events import emit
from sextant.core.writing import writing
from sextant.exchange.models import Import
from sextant.exchange.okr_reading import list_files, looks_like_okrs, read_okrs
from sextant.exchange.okrs.kept import keep, kept
from sextant.exchange.okrs.planning import Plan, plan_okrs, summarise
from sextant.exchange.okrs.taking_in import TakenIn, take_in_okrs
from sextant.exchange.reading import STAGED
from sextant.exchange.staging import Staging
from sextant.metrics.commands.batches import announce, open_batch
from sextant.metrics.models import Batch
from sextant.people.models import Organisation
from sextant.people.queries import calendar

KIND = "okrs"
Progress = Callable[[float, str], None]


def holds_okrs(mapping: Mapping[str, Any], paths: Sequence[Path]) -> bool:
    """Whether these files are read as OKRs: what a person said, else what the files hold."""
    said = str(mapping.get("kind", ""))
    return said == KIND if said else looks_like_okrs(list_files(paths)[0])


def is_okr_import(imp: Import) -> bool:
    return bool(imp.summary.get("kind") == KIND)


def read_okr_import(
    actor: Actor, imp: Import, paths: Sequence[Path], folder: Path, progress: Progress
) -> dict[str, Any]:
    """Read and plan; writes nothing of the product. Returns the summary. Raises ReadError when nothing can be read."""
    progress(0.0, "Opening the files")
    files, left_out = list_files(paths)
    document = read_okrs(files, progress=lambda share, step: progress(0.1 + 0.5 * share, step))
    document.notes = [*left_out, *document.notes]
    progress(0.7, "Comparing with what is known")
    plan = _plan(actor, imp, document)
    keep(folder, document)
    staging = Staging.fresh(folder / STAGED)
    found = [*document.problems, *plan.problems]
    staging.add_problems((p.file, p.sheet, p.row, p.column, p.key, p.message, int(p.kept_out)) for p in found)
    counts = {"kept_out": staging.count_problems(kept_out=True), "problems": staging.count_problems()}
    summary = summarise(plan, counts) | {"problem_keys": staging.problem_keys()}
    staging.release({})
    staging.close()
    progress(1.0, "Read")
    return summary


def _plan(actor: Actor, imp: Import, document: Any) -> Plan:
    return plan_okrs(
        actor, document, team=imp.team, source=imp.source, mapping=imp.mapping, repeats=imp.repeats,
        calendar=calendar(),
    )  # fmt: skip


def publish_okrs(actor: Actor, imp: Import, folder: Path, require_ready: Callable[[Import], Import]) -> TakenIn:
    """Write the plan, made anew under the writer's lock, all or nothing."""
    document = kept(folder)
    with writing():
        # Two imports of one file at the same time: the second one waits here and finds what the first made.
        Organisation.objects.select_for_update(no_key=True).first()
        fresh = require_ready(imp)
        plan = _plan(actor, fresh, document)
        batch = open_batch(actor, "import", source=fresh.name)
        taken = take_in_okrs(actor, fresh, batch, plan)
        _finish(actor, fresh, batch, taken)
    return taken


def _finish(actor: Actor, imp: Import, batch: Batch, taken: TakenIn) -> None:
    batch.counts = {
        "accepted": taken.accepted, "unchanged": taken.unchanged, "superseded": taken.superseded, "metrics": 0,
        "targets": 0, "objectives": taken.objectives, "key_results": taken.key_results,
        "initiatives": taken.initiatives, "changed": taken.changed, "check_ins": taken.check_ins,
    }  # fmt: skip
    batch.save(update_fields=["counts"])
    imp.state, imp.batch = "done", batch
    imp.created_metric_ids = [metric.pk for metric in taken.metrics]
    imp.summary = {**imp.summary, "result": batch.counts, "changes": taken.changes}
    imp.save()
    if taken.accepted:
        announce(actor, batch, set(batch.measurements.values_list("metric_id", flat=True)))
    emit(
        actor, "import.okrs_done", "import", imp.key, imp.name, team_id=imp.team_id, visibility=imp.visibility,
        viewer_ids=[imp.owner_id] if imp.owner_id else [], topics=["objectives"], objectives=taken.objectives,
        key_results=taken.key_results, values=taken.accepted,
    )  # fmt: skip
