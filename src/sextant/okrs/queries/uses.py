"""Which key results a metric moves or guards: from a KPI to all OKRs that use it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from sextant.core.actors import Actor
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.access import visible_key_results
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import okr_board


@dataclass(frozen=True, slots=True)
class Use:
    """A key result that is measured by the metric, or with `is_guard` one that the metric watches."""

    standing: KeyResultStanding
    is_guard: bool


def uses_of_metric(actor: Actor, metric: Metric, point: Standpoint) -> list[Use]:
    """Key results the actor may see, those it moves first, running ones in front."""
    found = visible_key_results(actor).filter(Q(metric=metric) | Q(guard=metric), archived_at=None)
    rows = {one.pk: one for one in found.filter(objective__archived_at=None).order_by("objective__title", "position")}
    if not rows:
        return []
    objectives = list({one.objective_id: one.objective for one in rows.values()}.values())
    board = okr_board(objectives, point)
    uses = [
        Use(board.key_results[pk], one.metric_id != metric.pk) for pk, one in rows.items() if pk in board.key_results
    ]
    return sorted(uses, key=lambda use: (use.is_guard, use.standing.facts.objective.state != "active"))
