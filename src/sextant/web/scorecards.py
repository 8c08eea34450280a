"""Scorecards: all of them by team, one with its KPIs by period, making, arranging and archiving one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.core.access import can, find
from sextant.core.errors import Hidden
from sextant.kpis import commands
from sextant.kpis.models import Scorecard
from sextant.kpis.queries.scorecards import Row, ScorecardView
from sextant.kpis.queries.scorecards import scorecard as scorecard_view
from sextant.people import queries as people
from sextant.people.roles import allows
from sextant.web import scorecard_edit, scorecard_export, scorecard_tiles
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.requests import PageRequest, say
from sextant.web.scorecard_columns import columns_for
from sextant.web.scorecard_lines import lines, setting_of
from sextant.web.scorecard_look import (
    GROUPED,
    SHOWN,
    STATUSES,
    Choice,
    Filter,
    Group,
    Head,
    Look,
    filters,
    groups,
    heads_of,
    of_all,
)

MOST_AT_ONCE = 60  # rows a page asks for again in one request; past that it asks for all of them


@dataclass(frozen=True, slots=True)
class Count:
    """How many KPIs have a status, and where to see only those."""

    status: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands above a scorecard. `score` is "6.7", or empty when nothing could be scored."""

    score: str
    scored: int
    total: int
    counts: list[Count]
    without_action: int
    without_action_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A scorecard as it is shown; also the shape in which the list of KPIs shows its rows."""

    look: Look
    summary: Summary
    groups: list[Group]
    filters: list[Filter]
    shown: list[Choice]
    grouped: list[Choice]
    has_running: bool
    sorts: dict[str, str]
    count: int

    @property
    def top(self) -> list[Head]:
        """What stands at the top of the table: the periods, unless each group has its own."""
        shared = {id(group.columns): group.columns for group in self.groups}
        return heads_of(next(iter(shared.values())) if len(shared) == 1 else None, self.has_running)


def page_of(view: ScorecardView, request: PageRequest) -> Page:
    """Rows and everything around them, as the address asks for it."""
    look, day = Look.of(request.GET), view.point.as_of
    setting = setting_of(request.actor, view.rows, day)
    rows = look.arranged(view.rows)
    return Page(
        look=look,
        summary=summary_of(view, request),
        groups=groups(rows, look, setting),
        filters=filters(view.rows, look),
        shown=of_all(SHOWN, look.show),
        grouped=of_all({k: w for k, w in GROUPED.items() if k != "team"}, look.group),
        has_running=setting.running,
        sorts=sort_urls(request, look),
        count=len(rows),
    )


def summary_of(view: ScorecardView, request: PageRequest) -> Summary:
    counts = view.counts
    return Summary(
        score="" if view.score is None else f"{view.score:.1f}",
        scored=view.scored,
        total=len(view.rows),
        counts=[
            Count(status, counts[status], here(request, status=status, action=None))
            for status in STATUSES
            if status in counts
        ],
        without_action=view.without_action,
        without_action_url=here(request, action="none", status=None),
    )


def here(request: PageRequest, **changes: str | None) -> str:
    """This page with some of its look changed."""
    asked = [
        (name, value)
        for name, values in request.GET.lists()
        if name not in ("page", "kpi") and name not in changes
        for value in values
    ]
    return f"?{urlencode([*asked, *((name, value) for name, value in changes.items() if value)])}"


def sort_urls(request: PageRequest, look: Look) -> dict[str, str]:
    """For each sortable column the address that sorts by it, turned round when it is the one already used."""
    found = {}
    for name in ("name", "status", "score", "change", "assurance"):
        turned = name == look.sort and not look.descending
        found[name] = here(request, sort=f"-{name}" if turned else name)
    return found


@require_safe
def scorecards(request: PageRequest) -> HttpResponse:
    """All scorecards the actor may see, by team."""
    team, _path = team_asked_for(request)
    archived = request.GET.get("show") == "archived"
    tiles = scorecard_tiles.by_team(
        request.actor, team.pk if team else None, as_of=day_asked_for(request), archived=archived
    )
    may_add = any(allows(request.actor, "scorecard.create", node.pk) for node in people.team_tree().at_work())
    context = {"teams_with_cards": tiles, "may_add": may_add, "archived": archived}
    return render(request, "scorecards/scorecards.html", context)


@require_safe
def scorecard(request: PageRequest, key: str) -> HttpResponse:
    """One scorecard: every KPI with its status, target, periods, trend and what is being done."""
    card: Scorecard = find("scorecard", request.actor, key)
    view = scorecard_view(request.actor, card, as_of=day_asked_for(request))
    context = {
        "card": card,
        "page": page_of(view, request),
        "team_path_here": [*people.team_tree().ancestors(card.team_id), people.team_tree()[card.team_id]],
        "may_change": can("scorecard", request.actor, "change", card) and view.point.as_of is None,
        "exports": exports(request, key),
        "rows_url": reverse("scorecard_rows", args=[key]),
        "is_past": view.point.as_of is not None,
    }
    return render(request, "scorecards/scorecard.html", context)


def exports(request: PageRequest, key: str) -> list[tuple[str, str]]:
    """The downloads of what is shown: same filters, same order, same date."""
    query = here(request)
    return [
        (_("CSV"), reverse("scorecard_csv", args=[key]) + query),
        (_("Excel"), reverse("scorecard_xlsx", args=[key]) + query),
    ]


@require_safe
def scorecard_rows(request: PageRequest, key: str) -> HttpResponseBase:
    """The named rows (`?kpi=a&kpi=b`) and the summary again, for a page that heard that something changed."""
    card: Scorecard = find("scorecard", request.actor, key)
    view = scorecard_view(request.actor, card, as_of=day_asked_for(request))
    return rows_answer(request, view)


def rows_answer(request: PageRequest, view: ScorecardView) -> HttpResponseBase:
    """Rows and summary as a fragment with an ETag, so that nothing travels twice."""
    wanted = set(request.GET.getlist("kpi")[:MOST_AT_ONCE])
    rows: Sequence[Row] = [row for row in view.rows if row.standing.kpi.key in wanted]
    if wanted and not rows:
        raise Hidden("KPI", ", ".join(sorted(wanted)))
    setting = setting_of(request.actor, view.rows, view.point.as_of)
    context = {
        "rows": lines(rows, setting, columns_for([row.standing for row in rows])),
        "summary": summary_of(view, request),
    }
    response = render(request, "scorecards/_rows.html", context)
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_POST
def scorecard_archive(request: PageRequest, key: str) -> HttpResponse:
    card: Scorecard = find("scorecard", request.actor, key)
    commands.archive_scorecard(request.actor, card)
    say(
        request,
        _("%(name)s is archived. Its KPIs stay.") % {"name": card.name},
        undo=reverse("scorecard_restore", args=[key]),
    )
    return redirect("scorecards")


@require_POST
def scorecard_restore(request: PageRequest, key: str) -> HttpResponse:
    card: Scorecard = find("scorecard", request.actor, key)
    commands.restore_scorecard(request.actor, card)
    say(request, _("%(name)s is back.") % {"name": card.name})
    return redirect("scorecard", key)


urlpatterns = [
    path("scorecards/", scorecards, name="scorecards"),
    path("scorecards/new", scorecard_edit.scorecard_new, name="scorecard_new"),
    path("scorecards/<str:key>/", scorecard, name="scorecard"),
    path("scorecards/<str:key>/rows", scorecard_rows, name="scorecard_rows"),
    path("scorecards/<str:key>/scorecard.csv", scorecard_export.scorecard_csv, name="scorecard_csv"),
    path("scorecards/<str:key>/scorecard.xlsx", scorecard_export.scorecard_xlsx, name="scorecard_xlsx"),
    path("scorecards/<str:key>/edit", scorecard_edit.scorecard_change, name="scorecard_change"),
    path("scorecards/<str:key>/kpis", scorecard_edit.scorecard_kpis, name="scorecard_kpis"),
    path("scorecards/<str:key>/archive", scorecard_archive, name="scorecard_archive"),
    path("scorecards/<str:key>/restore", scorecard_restore, name="scorecard_restore"),
]
