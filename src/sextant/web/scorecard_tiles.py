"""Scorecards as tiles: score and how many KPIs stand where, for the list of scorecards and for home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Scorecard
from sextant.kpis.queries.scorecards import ScorecardView, overviews
from sextant.people import queries as people
from sextant.web.scorecard_look import STATUSES

MOST_TILES = 200


@dataclass(frozen=True, slots=True)
class Share:
    """How many KPIs of a scorecard have a status; `left` and `width` are its place in a bar of 100."""

    status: str
    count: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Tile:
    """A scorecard in small. `score` is "6.7" or empty."""

    name: str
    url: str
    key: str
    team: str
    owner: str
    score: str
    total: int
    shares: list[Share]
    without_action: int
    is_archived: bool


@dataclass(frozen=True, slots=True)
class TeamOfTiles:
    name: str
    url: str
    path: str
    tiles: list[Tile]


def tile_of(view: ScorecardView, as_of: date | None = None) -> Tile:
    card, counts = view.scorecard, view.counts
    assert card is not None
    return Tile(
        name=card.name,
        url=reverse("scorecard", args=[card.key]) + (f"?as_of={as_of}" if as_of else ""),
        key=card.key,
        team=card.team.name,
        owner=card.owner.name if card.owner else "",
        score="" if view.score is None else f"{view.score:.1f}",
        total=len(view.rows),
        shares=shares_of(counts),
        without_action=view.without_action,
        is_archived=card.archived_at is not None,
    )


def shares_of(counts: Mapping[str, int]) -> list[Share]:
    total, left = sum(counts.values()), 0.0
    shares = []
    for status in STATUSES:
        if count := counts.get(status, 0):
            width = round(100 * count / total, 2)
            shares.append(Share(status, count, round(left, 2), width))
            left += width
    return shares


def tiles(actor: Actor, cards: Sequence[Scorecard], *, as_of: date | None = None) -> list[Tile]:
    return [tile_of(view, as_of) for view in overviews(actor, cards, as_of=as_of)]


def by_team(
    actor: Actor, team_id: int | None, *, as_of: date | None = None, archived: bool = False
) -> list[TeamOfTiles]:
    """The visible scorecards, of a team and the teams below it or of all, in the order of the tree."""
    tree = people.team_tree()
    cards = visible("scorecard", actor).filter(archived_at__isnull=not archived)
    if team_id is not None:
        cards = cards.filter(team_id__in=tree.with_descendants(team_id))
    found = list(cards.order_by("name")[:MOST_TILES])
    drawn = tiles(actor, found, as_of=as_of)
    by_id: dict[int, list[Tile]] = {}
    for card, tile in zip(found, drawn, strict=True):
        by_id.setdefault(card.team_id, []).append(tile)
    return [
        TeamOfTiles(node.name, reverse("team", args=[node.key]), " › ".join(node.path[:-1]), by_id[node.pk])
        for node in tree
        if node.pk in by_id
    ]


def of_teams(actor: Actor, team_ids: Iterable[int], most: int) -> list[Tile]:
    """The scorecards of these teams, as tiles."""
    cards = visible("scorecard", actor).filter(archived_at=None, team_id__in=list(team_ids)).order_by("name")
    return tiles(actor, list(cards[:most]))
