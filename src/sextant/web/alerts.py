"""The alerts inbox: one line per episode, mine first, narrowed by what the address asks for."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from sextant.alerts.queries.inbox import Inbox, InboxFilter, count_live, count_open, inbox
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people.models import Team
from sextant.web.alert_look import SCOPES, Look
from sextant.web.alert_rows import Group, groups, locale, rows_of
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.requests import PageRequest
from sextant.web.scorecard_look import Filter


@dataclass(frozen=True, slots=True)
class Scope:
    """Mine, my teams' or all: with how many are not closed."""

    words: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The inbox as it is shown."""

    look: Look
    groups: list[Group]
    filters: list[Filter]
    scopes: list[Scope]
    total: int
    page: int
    pages: int
    previous_url: str
    next_url: str
    may_note: bool

    @property
    def is_empty_everywhere(self) -> bool:
        """Whether nothing at all is there, whatever the filters."""
        return not any(scope.count for scope in self.scopes)


@require_safe
def alerts(request: PageRequest) -> HttpResponse:
    """`?scope=mine|teams|all`, `state`, `rule`, `team`, `kpi`, `key_result`, `unanswered`, `group`, `page`, `as_of`."""
    point = standpoint(day_asked_for(request))
    team = team_of(request)
    look = Look.of(request.GET)
    found = inbox(request.actor, look.filters(request.actor, team), point, page=look.number, locale=locale())
    context = {"page": _page(request.actor, look, team, found, point), "is_past": point.as_of is not None}
    return render(request, "alerts/alerts.html", context)


def _page(actor: Actor, look: Look, team: Team | None, found: Inbox, point: Standpoint) -> Page:
    rows = rows_of(actor, found.lines, point)
    return Page(
        look=look,
        groups=groups(rows, look.group),
        filters=look.choices(found),
        scopes=_scopes(actor, look, team, point),
        total=found.total,
        page=found.page,
        pages=found.pages,
        previous_url=look.url(page=str(found.page - 1)) if found.page > 1 else "",
        next_url=look.url(page=str(found.page + 1)) if found.page < found.pages else "",
        may_note=point.as_of is None and any(row.can_be_noted for row in rows),
    )


def _scopes(actor: Actor, look: Look, team: Team | None, point: Standpoint) -> list[Scope]:
    scopes = []
    for scope, words in SCOPES.items():
        asked = InboxFilter(team=team, mine=scope == "mine", my_teams=scope == "teams")
        count = count_live(actor, asked, point)
        scopes.append(Scope(str(words), look.url(scope=scope), count, scope == look.scope))
    return scopes


def team_of(request: PageRequest) -> Team | None:
    node, _path = team_asked_for(request)
    return Team.objects.get(pk=node.pk) if node is not None else None


@require_safe
def count(request: PageRequest) -> HttpResponse:
    """How many alerts of mine nobody took note of: the part of the rail that is fetched again."""
    return render(request, "alerts/_count.html", {"count": count_open(request.actor)})


urlpatterns = [
    path("alerts", alerts, name="alerts"),
    path("alerts/count", count, name="alert_count"),
]
