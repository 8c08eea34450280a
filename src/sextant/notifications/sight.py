"""Who looks at what a message holds: everybody, the members of a team, or one person."""

from __future__ import annotations

from typing import TypedDict

from sextant.core.actors import Actor
from sextant.notifications.models import Channel
from sextant.people.queries import actor_of_person, team_tree

# Somebody without any role, of whom nothing is known: what they may see, everybody may.
ANYBODY = Actor(kind="person", label="anybody", person_id=0)


def audience(channel: Channel) -> Actor:
    """For whom a channel may say something: its person; all members of its team; for the top team everybody.

    Of a team only what a mere viewer of it sees, because nobody can know who reads a team's chat.
    """
    if channel.person is not None:
        return actor_of_person(channel.person)
    tree, team_id = team_tree(), channel.team_id or 0
    if team_id not in tree or tree[team_id].parent_id is None:
        return ANYBODY
    return Actor(
        kind="person", label="the team", person_id=0, roles=dict.fromkeys(tree.with_descendants(team_id), "viewer")
    )


class Circle(TypedDict):
    """Who may read an event, in the columns every event has."""

    team_id: int | None
    visibility: str
    viewer_ids: list[int]


def circle(channel: Channel) -> Circle:
    """Who may read what happens to a channel: its person alone, or its team."""
    if channel.person_id is None:
        return {"team_id": channel.team_id, "visibility": "team", "viewer_ids": []}
    return {"team_id": None, "visibility": "private", "viewer_ids": [channel.person_id]}
