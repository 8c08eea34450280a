"""All objectives one may see: as a list, as a tree, as a map; fetched again part by part when something changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sextant.core.access import find
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import Objective
from sextant.okrs.queries.alignment import Alignment, alignment
from sextant.okrs.queries.paths import Ways
from sextant.okrs.queries.standing import okr_board
from sextant.people import queries as people
from sextant.people.roles import allows
from sextant.reports.charts import png
from sextant.web import alignment_view, objective_parts, objective_tree
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.objective_list import ListPart, list_part
from sextant.web.objective_look import Asked, Look, asked_for, grouped, views
from sextant.web.objective_rows import Rows, status_counts
from sextant.web.requests import PageRequest, whole
from sextant.web.scorecard_look import Choice, Filter

MOST_AT_ONCE = 60  # rows a page asks for again in one request
SUMMED = ("off_track", "at_risk", "stale", "no_data", "incomplete", "too_early", "on_track", "draft")


@dataclass(frozen=True, slots=True)
class Count:
    status: str
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands above the objectives."""

    total: int
    counts: list[Count]
    coverage: str
    orphans: int
    orphans_url: str
    watermelons: int
    watermelons_url: str


@dataclass(frozen=True, slots=True)
class Page:
    look: Look
    cycles: str
    summary: Summary
    filters: Sequence[Filter]
    grouped: list[Choice]
    views: list[tuple[str, str, bool]]
    body: SafeString
    rest_url: str
    may_add: bool
    exports: list[tuple[str, str]]
    focus_title: str


@require_safe
def objectives(request: PageRequest) -> HttpResponseBase:
    """The page; `?view=`, `?cycle=`, `?team=`, filters, `?focus=` and `?as_of=` say what of it."""
    asked, found = _found(request)
    chosen = _only(asked.look, found)
    rows = Rows(found, asked.look)
    rest_url = ""
    if asked.look.view == "map":
        body = alignment_view.map_markup(found, chosen, asked.look)
    elif asked.look.view == "tree":
        body = objective_tree.tree_markup(rows, chosen)
    else:
        part = list_part(rows, chosen, first=0, count=_count_asked(request))
        body, rest_url = part.markup, part.rest_url
    page = Page(
        look=asked.look,
        cycles=asked.cycle_words,
        summary=_summary(asked.look, found, chosen),
        filters=asked.choices,
        grouped=grouped(asked.look),
        views=views(asked.look),
        body=body,
        rest_url=rest_url,
        may_add=any(allows(request.actor, "objective.create", node.pk) for node in people.team_tree().at_work()),
        exports=_exports(asked.look),
        focus_title=_title_of_focus(asked.look, found),
    )
    return _tagged(request, render(request, "objectives/objectives.html", {"page": page}))


def _count_asked(request: PageRequest) -> int | None:
    """How many rows an open page shows already; `all` for a page without JavaScript."""
    text = request.GET.get("rows", "")
    return None if text == "all" else whole(text) or 0


def _found(request: PageRequest) -> tuple[Asked, Alignment]:
    team, _path = team_asked_for(request)
    day = day_asked_for(request)
    point = standpoint(day)
    look = Look.of(request.GET)
    asked = asked_for(look, request.actor, team.pk if team else None, point.now.date())
    return asked, alignment(request.actor, point, asked.filters)


def _only(look: Look, found: Alignment) -> list[int]:
    """The objectives shown, narrowed to a lane worth working through."""
    if look.lane == "orphans":
        return found.orphans
    if look.lane == "watermelons":
        return [pk for pk in found.shown if found.standing(pk).watermelons]
    if look.lane == "incomplete":
        standings = ((pk, found.standing(pk)) for pk in found.shown)
        return [
            pk for pk, one in standings
            if not one.key_results or (one.state != "draft" and any(not kr.is_published for kr in one.key_results))
        ]  # fmt: skip
    return found.shown


def _summary(look: Look, found: Alignment, chosen: Iterable[int]) -> Summary:
    counts = status_counts(found, chosen)
    coverage = found.coverage.share
    watermelons = sum(bool(found.standing(pk).watermelons) for pk in found.shown)
    return Summary(
        total=sum(counts.values()),
        counts=[
            Count(
                status, counts[status], look.url(status="" if look.status == status else status), look.status == status
            )
            for status in SUMMED
            if counts[status] or look.status == status
        ],
        coverage="" if coverage is None else f"{int(coverage * 100)} %",
        orphans=len(found.orphans),
        orphans_url=look.url(lane="orphans"),
        watermelons=watermelons,
        watermelons_url=look.url(lane="watermelons"),
    )


def _exports(look: Look) -> list[tuple[str, str]]:
    if look.view != "map":
        return []
    return [(_("SVG"), f"/objectives/map.svg?{look.query}"), (_("PNG"), f"/objectives/map.png?{look.query}")]


def _title_of_focus(look: Look, found: Alignment) -> str:
    if not look.focus:
        return ""
    return next((found.standing(pk).title for pk in found.shown if found.standing(pk).key == look.focus), look.focus)


@require_safe
def objective_rows(request: PageRequest) -> HttpResponseBase:
    """Parts of the page as a fragment: `?after=120` the rows that follow, `?key=a&key=b` these rows and what lies
    above them again (`?open=a` with its key results)."""
    asked, found = _found(request)
    rows = Rows(found, asked.look)
    keys = request.GET.getlist("key")[:MOST_AT_ONCE]
    if keys:
        return _tagged(request, HttpResponse(_again(rows, found, keys, set(request.GET.getlist("open")))))
    part: ListPart = list_part(rows, _only(asked.look, found), first=whole(request.GET.get("after", "")) or 0, count=0)
    return render(request, "objectives/_rows.html", {"part": part})


def _again(rows: Rows, found: Alignment, keys: Sequence[str], unfolded: set[str]) -> SafeString:
    """The named objectives as they are now, with everything above them, whose numbers they move."""
    by_key = {found.standing(pk).key: pk for pk in found.nodes}
    ids = {by_key[key] for key in keys if key in by_key}
    ids |= found.ways.above(ids) & found.nodes
    if rows.look.view == "map":
        return alignment_view.cards_markup(found, ids, rows.look)
    with_path = rows.look.view == "list"
    drawn = [rows.objective(pk, is_open=found.standing(pk).key in unfolded, with_path=with_path) for pk in sorted(ids)]
    return mark_safe("".join(drawn))  # noqa: S308 - escaped where it was made


@require_safe
def objective_results(request: PageRequest, key: str) -> HttpResponse:
    """The key results of one objective, for a row that was unfolded."""
    objective: Objective = find("objective", request.actor, key)
    board = okr_board(Objective.objects.filter(pk=objective.pk), standpoint(day_asked_for(request)))
    if objective.pk not in board.objectives:  # it was not there yet on that day
        return HttpResponse("")
    found = Alignment(board, Ways(board.links), [objective.pk])
    return HttpResponse(Rows(found, Look.of(request.GET)).key_results(found.standing(objective.pk)))


@require_safe
def objective_map(request: PageRequest, ending: str) -> HttpResponse:
    """The map as a file, as it is folded and filtered on the page."""
    asked, found = _found(request)
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    drawn = alignment_view.map_file(found, _only(asked.look, found), asked.look, theme)
    body: str | bytes = png(drawn) if ending == "png" else drawn
    kinds = {"svg": "image/svg+xml", "png": "image/png"}
    response = HttpResponse(body, content_type=kinds[ending])
    shown = "inline" if "inline" in request.GET else "attachment"
    response.headers["Content-Disposition"] = f'{shown}; filename="{_("objectives")}.{ending}"'
    return response


def _tagged(request: PageRequest, response: HttpResponse) -> HttpResponseBase:
    """With an ETag for parts that are fetched again, so that nothing travels twice."""
    if not request.headers.get("HX-Request"):
        return response
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    answer: HttpResponseBase = response
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponseNotModified()
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


urlpatterns = [
    path("objectives/", objectives, name="objectives"),
    path("objectives/rows", objective_rows, name="objective_rows"),
    path("objectives/map.svg", objective_map, {"ending": "svg"}, name="objective_map_svg"),
    path("objectives/map.png", objective_map, {"ending": "png"}, name="objective_map_png"),
    path("objectives/<str:key>/results", objective_results, name="objective_results"),
    path("teams/<str:key>/objectives", objective_parts.team_part, name="team_objectives"),
]
