"""`/teams`: the tree of the organisation."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Key, Line, Listed, Version, by_key, found, named_all
from sextant.api.patching import patched
from sextant.core.access import visible
from sextant.people.commands import archive_team, change_team, create_team, restore_team
from sextant.people.models import Team

router = Router(tags=["Teams"])


class TeamOut(BaseModel):
    key: str
    name: str
    parent: str | None = Field(description="Key of the team above; null for the organisation itself.")
    archived: bool
    version: int


class TeamsAsked(Listed):
    parent: Key = Field("", description="Only teams right below this one.")
    archived: bool = Field(False, description="1: archived teams instead of those at work.")


class NewTeam(Change):
    name: Line
    parent: Key | None = Field(None, description="Key of the team above; the organisation itself when left out.")


class TeamChange(Change):
    version: Version
    name: Line = Field(default_factory=str)
    parent: Key = Field(default_factory=str)
    archived: bool = Field(default_factory=bool)


def shown(team: Team) -> TeamOut:
    return TeamOut(
        key=team.key,
        name=team.name,
        parent=team.parent.key if team.parent else None,
        archived=team.archived_at is not None,
        version=team.version,
    )


@router.get("/teams", response=Page[TeamOut], summary="List teams")
def list_teams(request: ApiRequest, asked: Query[TeamsAsked]) -> HttpResponse:
    teams = visible("team", request.actor).select_related("parent").filter(archived_at__isnull=not asked.archived)
    if asked.parent:
        teams = teams.filter(parent__key=asked.parent)
    page, following = by_key(teams, asked)
    return answer(Page[TeamOut](items=[shown(team) for team in page], next=following))


@router.post("/teams", response={201: TeamOut}, summary="Add a team")
def add_team(request: ApiRequest, body: NewTeam) -> HttpResponse:
    fields = named_all(request.actor, body.given(), {"parent": "team"})
    return answer(shown(create_team(request.actor, **fields)), 201)


@router.get("/teams/{key}", response=TeamOut, summary="Get a team")
def get_team(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(shown(found("team", request.actor, key)))


@router.patch("/teams/{key}", response=TeamOut, summary="Rename, move, archive or restore a team")
def patch_team(request: ApiRequest, key: str, body: TeamChange) -> HttpResponse:
    actor = request.actor
    team: Team = found("team", actor, key)
    changes = named_all(actor, body.given("version", "archived"), {"parent": "team"})
    team = patched(actor, team, body, changes, change=change_team, archive=archive_team, restore=restore_team)
    return answer(shown(team))
