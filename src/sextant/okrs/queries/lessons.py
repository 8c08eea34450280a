"""What was learned at closing, found again when something about the same KPI, theme or team is planned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from sextant.calc.planning import is_achieved
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Closure, ClosureItem, Objective

MOST = 200
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Lesson:
    """One closing with what it taught. `about` says what it shares with the plan: kpi, theme, team, or ""."""

    closure: Closure
    objective: Objective
    items: tuple[ClosureItem, ...]  # those with a learning of their own
    about: str = ""
    shared: str = ""  # the name of the KPI, theme or team

    @property
    def achieved(self) -> bool | None:
        return is_achieved(self.closure.score, self.objective.ambition)


def lessons(
    actor: Actor, point: Standpoint, *, query: str = "", metric_ids: Collection[int] = (),
    theme_ids: Collection[int] = (), team_ids: Collection[int] = (), most: int = 20,
) -> list[Lesson]:  # fmt: skip
    """Closings with a learning: first those about one of the metrics, then the themes, then the teams, newest first.

    Every word of `query` has to occur. With neither words nor things to share, all of them.
    """
    objectives = visible("objective", actor).filter(archived_at=None).order_by()
    found = Closure.objects.filter(standing_at(point), objective_id__in=objectives.values("pk"))
    found = found.exclude(learning="", items__learning="")
    for word in query[:LONGEST_QUERY].split():
        found = found.filter(
            Q(learning__icontains=word) | Q(outcome__icontains=word) | Q(objective__title__icontains=word)
            | Q(items__learning__icontains=word) | Q(items__key_result__title__icontains=word)
        )  # fmt: skip
    if metric_ids or theme_ids or team_ids:
        found = found.filter(
            Q(objective__key_results__metric_id__in=metric_ids) | Q(objective__theme_id__in=theme_ids)
            | Q(objective__team_id__in=team_ids)
        )  # fmt: skip
    ids = list(found.order_by().distinct().values_list("pk", flat=True))
    rows = Closure.objects.filter(pk__in=ids).select_related(
        "objective__team", "objective__cycle", "objective__theme", "carried_to"
    )
    rows = rows.prefetch_related("items__key_result__metric").order_by("-known_at", "-pk")[:MOST]
    wanted = (frozenset(metric_ids), frozenset(theme_ids), frozenset(team_ids))
    told = [_lesson(row, *wanted) for row in rows]
    order = {"kpi": 0, "theme": 1, "team": 2, "": 3}
    return sorted(told, key=lambda one: order[one.about])[:most]


def _lesson(
    closure: Closure, metric_ids: frozenset[int], theme_ids: frozenset[int], team_ids: frozenset[int]
) -> Lesson:
    objective, items = closure.objective, list(closure.items.all())
    about, shared = "", ""
    metric = next((one.key_result.metric for one in items if one.key_result.metric_id in metric_ids), None)
    if metric is not None:
        about, shared = "kpi", metric.name
    elif objective.theme is not None and objective.theme_id in theme_ids:
        about, shared = "theme", objective.theme.name
    elif objective.team_id in team_ids:
        about, shared = "team", objective.team.name
    return Lesson(closure, objective, tuple(one for one in items if one.learning), about, shared)
