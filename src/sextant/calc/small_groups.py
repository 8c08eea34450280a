"""Counts of people that are shown by team only where nobody can be picked out of them.

Every team's count goes into a group of at least `LEAST`, and what is shown of any team is a sum of whole groups. The
difference of two shown figures is then made of whole groups too, so that no subtraction (a team less the teams below
it, the whole less all teams but one) tells of fewer than `LEAST` people. Complementary suppression on a tree; the
problem is described in Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001, chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LEAST = 5


def gathered(
    counts: Mapping[int, int], parents: Mapping[int, int | None], *, least: int = LEAST
) -> dict[int, int | None]:
    """In which team's group the count of each team goes; None where even all of them together are too few.

    `counts` holds the people of each team itself, `parents` the team above each team, None at the top. A team too small
    takes the smallest group below it in, and goes up to the team above where there is none.
    """
    members: dict[int, list[int]] = {team: [team] for team, count in counts.items() if count > 0}
    size = {team: counts[team] for team in members}
    for team in _from_below(parents):
        if not 0 < size.get(team, 0) < least:
            continue
        below = [one for one, number in size.items() if number >= least and is_below(one, team, parents)]
        above = parents[team]
        if below:
            _move(min(below, key=lambda one: (size[one], one)), team, members, size)
        elif above is not None:
            _move(team, above, members, size)
    enough = {team: number >= least for team, number in size.items()}
    return {one: (team if enough[team] else None) for team, inside in members.items() for one in inside}


def is_told(team: int, groups: Mapping[int, int | None], parents: Mapping[int, int | None]) -> bool:
    """Whether the figures of a team with all teams below it may be shown: nothing of it is counted elsewhere."""
    inside = [(one, group) for one, group in groups.items() if _is_in(one, team, parents)]
    return bool(inside) and all(group is not None and _is_in(group, team, parents) for _, group in inside)


def is_below(team: int, other: int, parents: Mapping[int, int | None]) -> bool:
    """Whether a team lies somewhere below another one."""
    above = parents.get(team)
    while above is not None and above != other:
        above = parents.get(above)
    return above is not None


def _is_in(team: int, other: int, parents: Mapping[int, int | None]) -> bool:
    return team == other or is_below(team, other, parents)


def _move(source: int, to: int, members: dict[int, list[int]], size: dict[int, int]) -> None:
    members.setdefault(to, []).extend(members.pop(source))
    size[to] = size.get(to, 0) + size.pop(source)


def _from_below(parents: Mapping[int, int | None]) -> Iterable[int]:
    """The deepest teams first."""
    return sorted(parents, key=lambda team: (-_depth(team, parents), team))


def _depth(team: int, parents: Mapping[int, int | None]) -> int:
    depth, above = 0, parents.get(team)
    while above is not None:
        depth, above = depth + 1, parents.get(above)
    return depth
