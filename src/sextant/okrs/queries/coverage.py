"""What is aligned: objectives from which contributions lead to a theme, and so to the vision, and those without."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sextant.calc.planning import coverage as share_of
from sextant.calc.planning import explain_coverage
from sextant.calc.why import Why
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.rows import link_rows, there


@dataclass(frozen=True, slots=True)
class Coverage:
    """Objectives and their key results, drafts apart: how many there are, how many have a path, who has none."""

    items: int
    with_path: int
    orphan_ids: frozenset[int]  # objectives

    @property
    def share(self) -> float | None:
        return share_of(self.with_path, self.items)

    @property
    def why(self) -> Why:
        return explain_coverage(self.with_path, self.items)


def themes_reached(point: Standpoint) -> Mapping[int, int]:
    """Objective id -> id of the theme it points to or contributes to, over any number of steps; else it is missing.

    A draft or an archived objective is no step on the way. Three statements for any number of objectives.
    """
    alive = Objective.objects.filter(there(point)).exclude(state="draft")
    themes = dict(alive.order_by().values_list("pk", "theme_id"))
    parents = {link.child_id: link.parent_id for link in link_rows(point) if link.kind == "contributes"}
    return followed(themes, parents)


def followed(themes: Mapping[int, int | None], parents: Mapping[int, int]) -> dict[int, int]:
    """Objective id -> theme id reached: `themes` holds the own theme of each objective that is a step at all,
    `parents` what it contributes to. A circle reaches nothing."""
    reached: dict[int, int] = {}
    for start in themes:
        way, at = [], start
        while at in themes and at not in reached and themes[at] is None and at in parents and at not in way:
            way.append(at)
            at = parents[at]
        theme = reached.get(at) or themes.get(at)
        if theme is not None:
            reached.update(dict.fromkeys([*way, at], theme))
    return reached


def coverage_of(objective_ids: Collection[int], point: Standpoint) -> Coverage:
    """Of these objectives, none of them a draft, and their key results."""
    reached = themes_reached(point)
    orphans = frozenset(pk for pk in objective_ids if pk not in reached)
    found = KeyResult.objects.filter(objective_id__in=objective_ids, archived_at=None).exclude(published_at=None)
    of_key_results = list(found.order_by().values_list("objective_id", flat=True))
    lacking = len(orphans) + sum(pk in orphans for pk in of_key_results)
    items = len(objective_ids) + len(of_key_results)
    return Coverage(items, items - lacking, orphans)
