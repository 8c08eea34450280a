"""Objectives on pages about something else: one's own on the home page, a team's beside its scorecards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.queries.alignment import Alignment, Filters, alignment
from sextant.people import queries as people
from sextant.people.models import Team
from sextant.strategy import queries as strategy
from sextant.web.context import day_asked_for
from sextant.web.objective_look import MINE, Look
from sextant.web.objective_rows import Rows
from sextant.web.requests import PageRequest

MOST_OWN, MOST_OF_TEAM = 6, 8
AT_WORK = ("active", "agreed", "proposed", "draft")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of objectives for another page: `more` are left out, `url` shows all, `topics` is what moves them."""

    markup: SafeString
    count: int
    more: int
    url: str
    topics: str


def my_objectives(actor: Actor) -> Part:
    """Running objectives the person owns, or owns a key result of, unfolded, each with its path to the vision."""
    point = standpoint()
    if actor.person_id is None:
        return Part(SafeString(""), 0, 0, "", "")
    filters = Filters(cycles=_running(actor, point), states=AT_WORK, owner=actor.person_id)
    return _part(alignment(actor, point, filters), Look(owner=MINE), MOST_OWN, is_open=True)


def team_objectives(actor: Actor, team_id: int, day: date | None = None) -> Part:
    """Running objectives of the team itself; those of the teams below are a click away."""
    point = standpoint(day)
    filters = Filters(cycles=_running(actor, point), teams=(team_id,))
    look = Look(team=people.team_tree()[team_id].key, as_of=day.isoformat() if day else "")
    return _part(alignment(actor, point, filters), look, MOST_OF_TEAM, is_open=False)


def _running(actor: Actor, point: Standpoint) -> tuple[int, ...]:
    return tuple(strategy.running_cycles(actor, point.now.date()).values_list("pk", flat=True))


def _part(found: Alignment, look: Look, most: int, *, is_open: bool) -> Part:
    rows = Rows(found, look)
    shown = sorted(found.shown, key=lambda pk: found.standing(pk).state == "draft")[:most]
    drawn = "".join(rows.objective(pk, is_open=is_open) for pk in shown)
    topics = " ".join(["objectives", *(rows.topics(found.standing(pk)) for pk in shown)])
    return Part(mark_safe(drawn), len(found.shown), len(found.shown) - len(shown), look.url(), topics)  # noqa: S308


@require_safe
def team_part(request: PageRequest, key: str) -> HttpResponse:
    """A team's objectives as a fragment, for its scorecards; a link to the page without JavaScript."""
    team: Team = find("team", request.actor, key)
    part = team_objectives(request.actor, team.pk, day_asked_for(request))
    return render(request, "objectives/_team.html", {"objectives": part, "page_of_team": reverse("team", args=[key])})
