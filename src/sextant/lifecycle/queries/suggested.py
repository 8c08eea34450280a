"""KPIs worth promoting, for planning (ZO-8): those that rules suspect, with what speaks for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sextant.calc import promotion as calc
from sextant.core import access
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.lifecycle.models import Transition
from sextant.lifecycle.queries.lives import entered, histories, lives_at, standing_transitions
from sextant.lifecycle.sentences import Teller
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people.models import Team
from sextant.people.queries import team_tree


def trouble_of(kpi: Kpi, point: Standpoint) -> str:
    """What spoke for suspecting it, as a sentence; empty for a KPI that is not suspected. Two statements."""
    by = entered(histories([kpi.pk], point).get(kpi.pk, []), calc.SUSPECTED)
    return "" if by is None else Teller(point.calendar).trouble_sentence(by)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`may_promote`: the actor may do it themselves."""

    kpi: Kpi
    transition: Transition
    sentence: str
    is_relapse: bool
    may_promote: bool


def suggestions(
    actor: Actor, point: Standpoint, *, team: Team | None = None, told: Collection[int] = (), limit: int = 20
) -> list[Suggestion]:
    """Suspected KPIs of a team and those below it (None: all the actor may see), relapses and the oldest first.

    `told` are ids of KPIs that something else on the page names already, such as the insights.
    """
    found = visible("kpi", actor).filter(archived_at=None, state="active", metric__archived_at=None)
    if team is not None:
        found = found.filter(metric__team_id__in=team_tree().with_descendants(team.pk))
    rows = Transition.objects.filter(standing_transitions(point), kind__in=("suspected", "relapsed")).order_by()
    kpis = {one.pk: one for one in found.filter(pk__in=rows.values("kpi_id")).exclude(pk__in=list(told))}
    lives = {pk: life for pk, life in lives_at(kpis, point).items() if life.state == calc.SUSPECTED}
    past, teller = histories(lives, point), Teller(point.calendar)
    suggested = []
    for pk, life in lives.items():
        by = entered(past.get(pk, []), calc.SUSPECTED)
        if by is not None:
            may = access.can("kpi", actor, "change", kpis[pk])
            suggested.append(
                Suggestion(kpis[pk], by, teller.trouble_sentence(by), life.origin == calc.RELAPSE, may)
            )  # fmt: skip
    suggested.sort(key=lambda one: (not one.is_relapse, one.transition.pk))
    return suggested[:limit]
