"""What each team does for a shared objective (ZO-9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sextant.calc.progress import clamp
from sextant.core.actors import Actor
from sextant.okrs.access import visible_to
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import ObjectiveStanding
from sextant.people import queries as people


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one team does for an objective: its key results and contributing objectives, and its share of the weight.

    `share` is 0 to 1 of all parts with a weight; `progress` the mean of its own, None without data. `hidden` counts
    contributing objectives that the actor may not see.
    """

    team_id: int
    key_results: Sequence[KeyResultStanding]
    children: Sequence[ObjectiveStanding]
    share: float
    progress: float | None
    hidden: int = 0


def contributions(actor: Actor, standing: ObjectiveStanding) -> list[Contribution]:
    """Per team of a shared objective, the largest share first; contributing teams without a part come last."""
    board, objective = standing.board, standing.objective
    visible = set(visible_to(actor).filter(pk__in=standing.children).order_by().values_list("pk", flat=True))
    teams: dict[int, list[KeyResultStanding]] = {}
    for one in standing.key_results:
        teams.setdefault(board.models[one.pk].team_id or objective.team_id, []).append(one)
    below: dict[int, list[tuple[ObjectiveStanding, float]]] = {}
    for link in board.children.get(standing.pk, ()):
        child = board.objectives.get(link.child_id)
        if child is not None:
            below.setdefault(child.row.team_id, []).append((child, link.weight))
    named = [*teams, *below, *objective.contributors.order_by("name").values_list("pk", flat=True)]
    parts = {team: _parts(standing, teams.get(team, ()), below.get(team, ())) for team in dict.fromkeys(named)}
    whole = sum(weight for own in parts.values() for weight, _progress in own)
    found = [
        Contribution(
            team, tuple(teams.get(team, ())), tuple(one for one, _ in below.get(team, ()) if one.pk in visible),
            sum(weight for weight, _ in own) / whole if whole else 0.0, _mean(own),
            sum(one.pk not in visible for one, _ in below.get(team, ())),
        )
        for team, own in parts.items()
    ]  # fmt: skip
    tree = people.team_tree()
    return sorted(found, key=lambda one: (-one.share, tree[one.team_id].name if one.team_id in tree else ""))


def _parts(
    standing: ObjectiveStanding,
    key_results: Iterable[KeyResultStanding],
    children: Iterable[tuple[ObjectiveStanding, float]],
) -> list[tuple[float, float | None]]:
    """Weight and progress of what counts, as the switch of the objective says."""
    rollup = standing.row.rollup
    own = [(one.weight, one.progress) for one in key_results if rollup != "children" and one.is_published]
    return own + [(weight, one.progress) for one, weight in children if rollup != "key_results"]


def _mean(parts: Sequence[tuple[float, float | None]]) -> float | None:
    known = [(weight, clamp(share)) for weight, share in parts if share is not None and weight > 0]
    whole = sum(weight for weight, _share in known)
    return sum(weight * share for weight, share in known) / whole if whole else None
