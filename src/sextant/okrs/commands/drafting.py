"""Drafting an objective with its key results and initiatives in one go: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Refused, refuse
from sextant.core.writing import writing
from sextant.okrs.commands.alignment import End, align
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.key_results import create_key_result
from sextant.okrs.commands.objectives import create_objective
from sextant.okrs.models import KeyResult, Objective

MOST_KEY_RESULTS = 50


def draft_objective(
    actor: Actor, *, key_results: Sequence[Mapping[str, Any]] = (), initiatives: Sequence[str] = (),
    parent: End | None = None, parent_kind: str = "contributes", **fields: Any,
) -> Objective:  # fmt: skip
    """A draft with key results (the arguments of `create_key_result` each) and initiatives (titles), aligned to a
    parent. A problem of a key result has the field "key_results.1.target", counted from 1.
    """
    with writing():
        objective = create_objective(actor, **fields)
        if parent is not None:
            align(actor, objective, parent, kind=parent_kind)
        add_key_results(actor, objective, key_results)
        for title in initiatives:
            create_initiative(actor, objective, title=title)
    return objective


def add_key_results(actor: Actor, objective: Objective, rows: Sequence[Mapping[str, Any]]) -> list[KeyResult]:
    """Add key results to an objective, all or none. Raises Refused with the problems of every row."""
    room = MOST_KEY_RESULTS - objective.key_results.filter(archived_at=None).count()
    if len(rows) > max(room, 0):
        message = _(
            "These are %(count)s key results, and an objective has room for %(most)s. Nothing was saved; many at once "
            "are taken in by the import."
        )
        raise refuse("too-many", message % {"count": len(rows), "most": max(room, 0)}, "key_results")
    made, problems = [], []
    with writing():
        for number, row in enumerate(rows, 1):
            try:
                made.append(create_key_result(actor, objective, **row))
            except NotAllowed:
                raise
            except Refused as refusal:
                problems += [
                    replace(one, field=f"key_results.{number}.{one.field or 'title'}") for one in refusal.problems
                ]
        if problems:
            raise Refused(*problems)
    return made
