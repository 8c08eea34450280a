"""Accepting what the wording checks propose for an objective that is there: titles, figures, and work moved out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sextant.calc.wording_drafts import KeyResultDraft, Repair
from sextant.calc.wording_repairs import Repaired, apply_repairs
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.key_results import archive_key_result, change_key_result, create_key_result
from sextant.okrs.commands.objectives import change_objective
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import Initiative, KeyResult, Objective
from sextant.okrs.queries.standing import objective_standing
from sextant.okrs.queries.wording import draft_of

FIGURES = ("baseline", "target", "relative", "amount", "low", "high")


@dataclass(frozen=True, slots=True)
class Mended:
    """What accepting changed."""

    objective: Objective
    added: tuple[KeyResult, ...] = ()
    archived: tuple[KeyResult, ...] = ()
    initiatives: tuple[Initiative, ...] = ()


def accept_repairs(actor: Actor, objective: Objective, repairs: Sequence[Repair], *, reason: str = "") -> Mended:
    """Do what these repairs propose, in one transaction. Questions change nothing.

    What leaves the key results is archived and can be brought back. `reason` is needed where figures of a running
    objective change.
    """
    access.require("objective", actor, "change", objective)
    with writing():
        before = draft_of(actor, objective_standing(objective, standpoint()))
        after = apply_repairs(before, repairs)
        if after.draft.title != before.title:
            objective = change_objective(actor, objective, version=objective.version, title=after.draft.title)
        there = {one.key: one for one in objective.key_results.filter(archived_at=None)}
        kept = {one.ref: one for one in after.draft.key_results}
        for one in before.key_results:
            if one.ref in kept and kept[one.ref] != one:
                _change(actor, there[one.ref], one, kept[one.ref], reason)
        gone = tuple(archive_key_result(actor, there[ref]) for ref in there if ref not in kept)
        added = tuple(_add(actor, objective, one) for ref, one in kept.items() if ref not in there)
        return Mended(objective, added, gone, _work(actor, objective, after))


def _change(actor: Actor, row: KeyResult, before: KeyResultDraft, after: KeyResultDraft, reason: str) -> None:
    words = {name: getattr(after, name) for name in ("title", "kind") if getattr(after, name) != getattr(before, name)}
    figures = {name: getattr(after, name) for name in FIGURES if getattr(after, name) != getattr(before, name)}
    if after.is_baseline_asked and not before.is_baseline_asked and after.baseline is None:
        figures["baseline_from_series"] = True
    if words:
        row = change_key_result(actor, row, version=row.version, **words)
    if figures:
        set_terms(actor, row, reason=reason, **figures)


def _add(actor: Actor, objective: Objective, one: KeyResultDraft) -> KeyResult:
    terms: dict[str, Any] = {name: getattr(one, name) for name in FIGURES}
    terms["baseline_from_series"] = one.baseline is None
    own = {"unit": one.unit, "direction": one.direction}
    return create_key_result(actor, objective, title=one.title, kind=one.kind, own_metric=own, terms=terms)


def _work(actor: Actor, objective: Objective, after: Repaired) -> tuple[Initiative, ...]:
    return tuple(create_initiative(actor, objective, title=one.title) for one in after.initiatives)
