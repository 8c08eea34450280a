"""Which team somebody is counted in: each person in exactly one, so that nobody is counted twice."""

from __future__ import annotations

from collections.abc import Mapping

from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.queries.rows import known
from sextant.people import queries as people
from sextant.people.models import Membership


def teams_of(person_id: int) -> list[int]:
    """The teams somebody holds a role in now, the closest one first; the organisation itself for who has none."""
    tree = people.team_tree()
    held = Membership.objects.filter(person_id=person_id, superseded_at=None).values_list("team_id", flat=True)
    own = sorted((team for team in held if team in tree), key=lambda team: (-tree[team].depth, team))
    return own or [node.pk for node in tree.roots[:1]]


def home_teams(point: Standpoint) -> Mapping[int, int]:
    """The team of each person at work who holds a role somewhere: the deepest one in the tree, one statement."""
    tree = people.team_tree()
    rows = Membership.objects.filter(known(point), person__archived_at=None, person__erased_at=None)
    found: dict[int, int] = {}
    for person_id, team_id in rows.order_by("team_id").values_list("person_id", "team_id"):
        if team_id in tree and (person_id not in found or tree[team_id].depth > tree[found[person_id]].depth):
            found[person_id] = team_id
    return found


def parents() -> dict[int, int | None]:
    """The team above each team."""
    return {node.pk: node.parent_id for node in people.team_tree()}
