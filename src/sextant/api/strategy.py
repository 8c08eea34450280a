"""`/themes` and `/cycles`: the pillars under the vision, and named spans of time."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Day, Line, Listed, Version, Words, by_key, found
from sextant.api.patching import patched
from sextant.core.access import visible
from sextant.people.queries import today
from sextant.strategy import commands
from sextant.strategy.models import Cycle, Theme

router = Router()


class ThemeOut(BaseModel):
    key: str
    name: str
    description: str
    position: int
    archived: bool
    version: int


class CycleOut(BaseModel):
    key: str
    name: str
    starts_on: date
    ends_on: date = Field(description="The last day, included.")
    kind: str = Field(description="cycle, or sprint: a short one.")
    closed_at: datetime | None = Field(description="When it was closed and looked back on; null while it is not.")
    archived: bool
    version: int


class ThemesAsked(Listed):
    archived: bool = Field(False, description="1: archived themes instead of those at work.")


class CyclesAsked(ThemesAsked):
    running: bool = Field(False, description="1: only cycles the day lies in (today, or `as_of`).")


class NewTheme(Change):
    name: Line
    description: Words = ""


class ThemeChange(Change):
    version: Version
    name: Line = Field(default_factory=str)
    description: Words = Field(default_factory=str)
    archived: bool = Field(default_factory=bool)


class NewCycle(Change):
    name: Line
    starts_on: Day
    ends_on: Day
    kind: Line = Field("cycle", description="cycle or sprint.")


class CycleChange(Change):
    version: Version
    name: Line = Field(default_factory=str)
    starts_on: Day = Field(default_factory=lambda: date.min)
    ends_on: Day = Field(default_factory=lambda: date.min)
    archived: bool = Field(default_factory=bool)


def theme_shown(theme: Theme) -> ThemeOut:
    return ThemeOut(
        key=theme.key,
        name=theme.name,
        description=theme.description,
        position=theme.position,
        archived=theme.archived_at is not None,
        version=theme.version,
    )


def cycle_shown(cycle: Cycle) -> CycleOut:
    return CycleOut(
        key=cycle.key,
        name=cycle.name,
        starts_on=cycle.starts_on,
        ends_on=cycle.ends_on,
        kind=cycle.kind,
        closed_at=cycle.closed_at,
        archived=cycle.archived_at is not None,
        version=cycle.version,
    )


@router.get("/themes", response=Page[ThemeOut], tags=["Strategy"], summary="List themes")
def list_themes(request: ApiRequest, asked: Query[ThemesAsked]) -> HttpResponse:
    themes = visible("theme", request.actor).filter(archived_at__isnull=not asked.archived)
    page, following = by_key(themes, asked)
    return answer(Page[ThemeOut](items=[theme_shown(theme) for theme in page], next=following))


@router.post("/themes", response={201: ThemeOut}, tags=["Strategy"], summary="Add a theme")
def add_theme(request: ApiRequest, body: NewTheme) -> HttpResponse:
    return answer(theme_shown(commands.create_theme(request.actor, **body.given())), 201)


@router.get("/themes/{key}", response=ThemeOut, tags=["Strategy"], summary="Get a theme")
def get_theme(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(theme_shown(found("theme", request.actor, key)))


@router.patch("/themes/{key}", response=ThemeOut, tags=["Strategy"], summary="Change, archive or restore a theme")
def patch_theme(request: ApiRequest, key: str, body: ThemeChange) -> HttpResponse:
    actor = request.actor
    theme: Theme = found("theme", actor, key)
    changes = body.given("version", "archived")
    theme = patched(
        actor, theme, body, changes,
        change=commands.change_theme, archive=commands.archive_theme, restore=commands.restore_theme,
    )  # fmt: skip
    return answer(theme_shown(theme))


@router.get("/cycles", response=Page[CycleOut], tags=["Strategy"], summary="List cycles")
def list_cycles(request: ApiRequest, asked: Query[CyclesAsked]) -> HttpResponse:
    cycles = visible("cycle", request.actor).filter(archived_at__isnull=not asked.archived)
    if asked.running:
        day = asked.as_of or today()
        cycles = cycles.filter(starts_on__lte=day, ends_on__gte=day)
    page, following = by_key(cycles, asked)
    return answer(Page[CycleOut](items=[cycle_shown(cycle) for cycle in page], next=following))


@router.post("/cycles", response={201: CycleOut}, tags=["Strategy"], summary="Add a cycle")
def add_cycle(request: ApiRequest, body: NewCycle) -> HttpResponse:
    return answer(cycle_shown(commands.create_cycle(request.actor, **body.given())), 201)


@router.get("/cycles/{key}", response=CycleOut, tags=["Strategy"], summary="Get a cycle")
def get_cycle(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(cycle_shown(found("cycle", request.actor, key)))


@router.patch("/cycles/{key}", response=CycleOut, tags=["Strategy"], summary="Change, archive or restore a cycle")
def patch_cycle(request: ApiRequest, key: str, body: CycleChange) -> HttpResponse:
    actor = request.actor
    cycle: Cycle = found("cycle", actor, key)
    changes = body.given("version", "archived")
    cycle = patched(
        actor, cycle, body, changes,
        change=commands.change_cycle, archive=commands.archive_cycle, restore=commands.restore_cycle,
    )  # fmt: skip
    return answer(cycle_shown(cycle))
