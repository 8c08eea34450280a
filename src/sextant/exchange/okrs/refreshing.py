"""What files change of things that are known already, written down so that it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sextant.calc.periods import hour_of
from sextant.core.actors import Actor
from sextant.exchange.models import Import
from sextant.exchange.okrs.matching import KeyResultMatch, ObjectiveMatch
from sextant.exchange.okrs.planning import Plan
from sextant.metrics.models import Batch, Metric
from sextant.okrs.models import AMBITION_CHOICES, IN_FORCE, ROLLUP_CHOICES, KeyResult, Milestone, Objective, Terms
from sextant.okrs.queries.missing import figures_missing
from sextant.people.queries import today

FIGURES = ("baseline", "target", "low", "high", "stretch", "weight", "relative", "amount", "is_strict",
           "planned_periods", "checkpoints", "plan", "baseline_from_series")  # fmt: skip
CHUNK = 400
Change = dict[str, Any]


@dataclass(slots=True)
class Changes:
    """Who changes what: `rows` hold kind, id and [before, after] of each field, as plain values."""

    actor: Actor
    imp: Import
    batch: Batch
    rows: list[Change] = field(default_factory=list)
    count: int = 0

    def set(self, thing: Objective | KeyResult, values: dict[str, Any]) -> bool:
        """Give a thing these values; what differs is kept with what stood before."""
        differing = {name: value for name, value in values.items() if getattr(thing, name) != value}
        if not differing:
            return False
        kind = "objective" if isinstance(thing, Objective) else "key_result"
        before = {name: [_plain(getattr(thing, name)), _plain(value)] for name, value in differing.items()}
        self.rows.append({"kind": kind, "id": thing.pk, "fields": before})
        self.count += 1
        for name, value in differing.items():
            setattr(thing, name, value)
        thing.version += 1
        thing.save(update_fields=[*differing, "version"])
        return True


def _plain(value: Any) -> Any:
    """A value that JSON can hold: things by their id, days by their text."""
    if hasattr(value, "pk"):
        return value.pk
    return value.isoformat() if hasattr(value, "isoformat") else value


def revive(objectives: Sequence[Objective | None], undone: AbstractSet[str], changes: Changes) -> list[Metric]:
    """The same files came again after they were taken back: what they had made comes back, under the same keys.

    Returns the metrics that came back with it.
    """
    metrics: list[Metric] = []
    back = [one for one in objectives if one is not None and one.archived_at is not None and one.batch_key in undone]
    for objective in back:
        objective.archived_at = None
        objective.batch_key = changes.batch.key
    Objective.objects.bulk_update(back, ["archived_at", "batch_key"], batch_size=CHUNK)
    for first in range(0, len(back), CHUNK):
        ids = [one.pk for one in back[first : first + CHUNK]]
        gone = KeyResult.objects.filter(objective_id__in=ids, batch_key__in=undone).exclude(archived_at=None)
        metrics += Metric.objects.filter(key_results__in=gone).exclude(archived_at=None)
        gone.update(archived_at=None, batch_key=changes.batch.key)
        for objective in back[first : first + CHUNK]:
            work = objective.initiatives.filter(batch_key__in=undone).exclude(archived_at=None)
            work.update(archived_at=None, batch_key=changes.batch.key)
    for metric in metrics:
        metric.archived_at = None
    Metric.objects.bulk_update(metrics, ["archived_at"], batch_size=CHUNK)
    return metrics


def refresh_objectives(matches: Sequence[ObjectiveMatch], plan: Plan, changes: Changes) -> None:
    """OKRs as code say what an objective is; tables and documents leave what people have made of it since."""
    if not plan.document.is_code:
        return
    names = plan.names
    for match in matches:
        read, objective = match.read, match.objective
        if objective is None:
            continue
        values: dict[str, Any] = {"title": read.title[:300], "description": read.description}
        if (cycle := names.cycle(read.cycle)) is not None:
            values["cycle"] = cycle
        if (owner := names.person(read.owners)) is not None:
            values["owner"] = owner
        if (theme := names.theme(read.theme)) is not None:
            values["theme"] = theme
        if read.ambition in dict(AMBITION_CHOICES):
            values["ambition"] = read.ambition
        if read.rollup in dict(ROLLUP_CHOICES):
            values["rollup"] = read.rollup
        changes.set(objective, values)


def refresh_key_results(matches: Sequence[KeyResultMatch], plan: Plan, changes: Changes) -> None:
    """New figures are added with the day they hold from; steps that files mark as done are done."""
    from sextant.exchange.okrs.taking_in import day

    known = [match.key_result for match in matches if match.key_result is not None]
    terms, steps = _standing(known)
    for match in matches:
        read, row = match.read, match.key_result
        if row is None:
            continue
        if plan.document.is_code:
            values: dict[str, Any] = {"title": read.title[:500]}
            values |= {"due_on": day(read.due)} if read.due else {}
            if (owner := plan.names.person(read.owners)) is not None:
                values["owner"] = owner
            changes.set(row, values)
        _refresh_figures(match, plan, changes, terms.get(row.pk, []))
        _refresh_steps(match, changes, steps.get(row.pk, []))


def _standing(rows: Sequence[KeyResult]) -> tuple[dict[int, list[Terms]], dict[int, list[Milestone]]]:
    terms: dict[int, list[Terms]] = {}
    steps: dict[int, list[Milestone]] = {}
    ids = [row.pk for row in rows]
    for first in range(0, len(ids), CHUNK):
        part = ids[first : first + CHUNK]
        for row in Terms.objects.filter(key_result_id__in=part, superseded_at=None).order_by(*IN_FORCE):
            terms.setdefault(row.key_result_id, []).append(row)
        for step in Milestone.objects.filter(key_result_id__in=part, superseded_at=None):
            steps.setdefault(step.key_result_id, []).append(step)
    return terms, steps


def _refresh_figures(match: KeyResultMatch, plan: Plan, changes: Changes, standing: Sequence[Terms]) -> None:
    from sextant.exchange.okrs.taking_in import plain_terms

    read, row = match.read, match.key_result
    if row is None or not standing:
        return
    for figures in plan.figures(read):
        at = [one for one in standing if figures.valid_from is None or (one.valid_from or 0) <= figures.valid_from]
        before = at[0] if figures.valid_from is None else at[-1] if at else standing[0]
        if figures.valid_from is None and len(plan.figures(read)) == 1:
            before = standing[-1]
        wanted = {"baseline": figures.baseline, "target": figures.target}
        if plan.document.is_code:
            wanted |= plain_terms(read)
        wanted = {name: value for name, value in wanted.items() if value is not None or plan.document.is_code}
        if all(getattr(before, name) == value for name, value in wanted.items()):
            continue
        changes.count += 1
        new = Terms(
            key_result=row, author=changes.actor.label, known_at=changes.batch.recorded_at,
            reason=f"Changed by the import of {changes.imp.name}.",
            valid_from=_from(figures.valid_from, before, row),
            **{**{name: getattr(before, name) for name in FIGURES}, **wanted},
        )  # fmt: skip
        Terms.objects.filter(
            key_result=row, superseded_at=None, valid_from=new.valid_from
        ).update(superseded_at=changes.batch.recorded_at)  # fmt: skip
        new.save()
        if row.published_at is None and not figures_missing(row.kind, new):
            changes.set(row, {"published_at": changes.batch.recorded_at})


def _from(valid_from: int | None, before: Terms, row: KeyResult) -> int | None:
    """From when changed figures hold: a first statement from the start, a change without a day from today."""
    if valid_from is not None:
        return valid_from
    was_open = before.baseline is None and before.target is None
    return None if was_open or row.published_at is None else hour_of(today())


def _refresh_steps(match: KeyResultMatch, changes: Changes, standing: Sequence[Milestone]) -> None:
    read = match.read
    done = {step.title[:300] for step in read.steps if step.is_done}
    if read.kind == "yes_no" and read.is_done:
        done |= {step.title for step in standing}
    for step in standing:
        if step.title in done and step.done_at is None:
            step.done_at, step.done_by = changes.batch.recorded_at, changes.actor.label
            step.evidence = f"Marked as done in {read.place.file}."
            step.save(update_fields=["done_at", "done_by", "evidence"])
            changes.count += 1
