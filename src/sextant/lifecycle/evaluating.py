"""Letting the lives of KPIs go on: many at once, with a fixed number of statements for each group of them.

A group is looked at outside of any transaction; only KPIs that are asked for a step are looked at again and moved
inside one, where nobody else moves them. One transaction per group: whoever dies in between leaves whole groups, and
doing a group again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from sextant.alerts.affected import affected_by
from sextant.core.actors import SYSTEM
from sextant.core.editing import held
from sextant.core.writing import alone, writing
from sextant.kpis.models import Kpi
from sextant.lifecycle import looking
from sextant.lifecycle.carrying_out import carry_out
from sextant.lifecycle.models import Life, Promotion
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people

# Looked at with one statement, looked at as a whole together, and moved in one transaction.
AT_FIRST, AT_ONCE, GROUP = 2000, 500, 100


def evaluate(metric_ids: Collection[int] | None = None, *, as_of: date | None = None) -> int:
    """Take the steps that the series of these metrics (None: of all) ask for; returns how many.

    `as_of` looks from the end of a past day, for builders of history. Repeating it at once changes nothing.
    """
    ids: set[int] = set()
    for part in [None] if metric_ids is None else _parts(sorted(metric_ids), AT_FIRST):
        where = Q() if part is None else Q(metric_id__in=part)
        ids |= set(Kpi.objects.filter(looking.followed(), where).order_by().values_list("pk", flat=True))
        own = Q() if part is None else Q(kpi__metric_id__in=part)
        alive = Life.objects.exclude(state="monitored").filter(own)
        ids |= set(alive.order_by().values_list("kpi_id", flat=True))
    moved = 0
    with people.remembering():
        point = standpoint(as_of)
        candidates = [pk for part in _parts(sorted(ids), AT_FIRST) for pk in looking.worth_a_look(part, point)]
        for together in _parts(candidates, AT_ONCE):
            cases = looking.cases(together, standpoint(as_of))
            asked = [pk for pk, case in cases.items() if case.steps]
            moved += sum(_move_group(group, as_of) for group in _parts(asked, GROUP))
    return moved


def evaluate_affected(calls: Iterable[Mapping[str, Any]]) -> int:
    """As `evaluate`, for what the arguments of some jobs name together (`alerts.affected`)."""
    affected = affected_by(calls)
    if affected.metrics is None or affected.key_results is None:
        return evaluate()
    promoted = Promotion.objects.filter(ended_at=None, key_result_id__in=affected.key_results)
    return evaluate(affected.metrics | set(promoted.values_list("kpi__metric_id", flat=True)))


def _move_group(kpi_ids: Sequence[int], as_of: date | None) -> int:
    moved = 0
    with writing():
        alone("lifecycle")
        list(held(Kpi).filter(pk__in=kpi_ids).order_by("pk").values_list("pk"))  # decisions hold the KPI as well
        for case in looking.cases(kpi_ids, standpoint(as_of)).values():
            life = case.life
            for step in case.steps:
                carry_out(SYSTEM, case.kpi, life, step, case.promotion)
                life, moved = step.after, moved + 1
    return moved


def _parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
