"""Is what a team watches one-sided? (SX-8; the question of Kaplan and Norton's balanced scorecard.)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sextant.core.actors import Actor
from sextant.kpis.queries.lists import at_work
from sextant.people import queries as people

FEWEST = 4
"""Below so many KPIs there is nothing to balance."""
ONLY_FINANCIAL = "only-financial"
NOTHING_LEADS = "nothing-leads"


@dataclass(frozen=True, slots=True)
class Balance:
    """What the KPIs of one team look at. Keys of the counts are the stored values, "" is "not said"."""

    team_id: int
    team: str
    team_key: str
    total: int
    perspectives: dict[str, int]
    leads: dict[str, int]
    findings: tuple[str, ...]


def findings_of(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What is one-sided about a set of KPIs, each given as (perspective, leading or lagging).

    "only-financial": all that say a perspective are financial. "nothing-leads": all that say so are lagging. Both
    only from FEWEST KPIs on, and only when most of them have said; what nobody has said is no evidence.
    """
    if len(pairs) < FEWEST:
        return ()
    said = [perspective for perspective, _leads in pairs if perspective]
    kinds = [leads for _perspective, leads in pairs if leads]
    found = []
    if 2 * len(said) > len(pairs) and set(said) == {"financial"}:
        found.append(ONLY_FINANCIAL)
    if 2 * len(kinds) > len(pairs) and set(kinds) == {"lagging"}:
        found.append(NOTHING_LEADS)
    return tuple(found)


def balances(actor: Actor, team_ids: Iterable[int] | None = None) -> list[Balance]:
    """One per team with KPIs of its own the actor may see, in the order of the tree."""
    kpis = at_work(actor).order_by()
    if team_ids is not None:
        kpis = kpis.filter(metric__team_id__in=list(team_ids))
    by_team: dict[int, list[tuple[str, str]]] = {}
    for team_id, perspective, leads in kpis.values_list("metric__team_id", "metric__perspective", "metric__leads"):
        by_team.setdefault(team_id, []).append((perspective, leads))
    return [
        Balance(
            node.pk, node.name, node.key, len(by_team[node.pk]),
            dict(Counter(perspective for perspective, _leads in by_team[node.pk])),
            dict(Counter(leads for _perspective, leads in by_team[node.pk])), findings_of(by_team[node.pk]),
        )
        for node in people.team_tree()
        if node.pk in by_team
    ]  # fmt: skip
