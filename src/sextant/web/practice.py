"""How well the organisation practises: the sixteen pitfalls, one of them with its evidence, and maturity by team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sextant.calc.pitfalls import PITFALLS
from sextant.core.access import find
from sextant.core.errors import Hidden
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people
from sextant.people.models import Team
from sextant.practice.queries.maturity import maturity
from sextant.practice.queries.pitfalls import Verdict, pitfalls
from sextant.practice.queries.situation import Situation
from sextant.practice.sentences import WORDS
from sextant.web import practice_look as look
from sextant.web import practice_pulse
from sextant.web.context import day_asked_for, team_asked_for
from sextant.web.requests import PageRequest


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure told beside the evidence."""

    label: str
    value: str


@require_safe
def practice(request: PageRequest) -> HttpResponse:
    """The sixteen pitfalls and the maturity of each team; `?team=` narrows, `?below=1` counts the teams below."""
    day = day_asked_for(request)
    node, _way = team_asked_for(request)
    now = Situation(request.actor, standpoint(day))
    found = pitfalls(request.actor, now.point, situation=now)
    below = request.GET.get("below") == "1"
    inside = people.team_tree().with_descendants(node.pk) if node is not None else None
    lines = maturity(request.actor, now.point, with_below=below, situation=now)
    if inside is not None:
        lines = [one for one in lines if one.team_id in set(inside)]
    teams, left_out = look.columns(found, node)
    query = {"as_of": day.isoformat()} if day else {}
    rows = look.pitfall_rows(found, teams, query)
    context = {
        "groups": [
            (_("With OKRs"), [row for row in rows if row.key.startswith("okr-")]),
            (_("With KPIs"), [row for row in rows if row.key.startswith("kpi-")]),
        ],
        "teams": teams, "left_out": left_out, "clear": sum(one.whole.severity == "clear" for one in found),
        "some": sum(one.whole.severity == "some" for one in found), "below": below,
        "maturity": look.maturity_rows(lines, query), "found_team": node, "pulse": practice_pulse.newest(now),
        "is_empty": not now.kpis and not now.objectives,
    }  # fmt: skip
    return render(request, "practice/practice.html", context)


@require_safe
def pitfall(request: PageRequest, key: str) -> HttpResponse:
    """One pitfall: what it is, what was counted where, the cases, and what prevents it. `?team=` shows its cases."""
    if key not in PITFALLS:
        raise Hidden("pitfall", key)
    day = day_asked_for(request)
    node, _way = team_asked_for(request)
    [one] = pitfalls(request.actor, standpoint(day), only=key)
    query = {"as_of": day.isoformat()} if day else {}
    items = [item for item in one.items if node is None or item.team_id == node.pk]
    verdict: Verdict | None = one.teams.get(node.pk) if node is not None else one.whole
    context = {
        "key": key, "words": WORDS[key], "verdict": look.cell(verdict, "") if verdict is not None else None,
        "lines": look.team_lines(one, query), "items": look.item_lines(items), "found_team": node,
        "more": max(0, len({(item.kind, item.key) for item in items}) - look.MOST_ITEMS),
        "remedy_url": look.remedy_url(key), "beside": _beside(one.beside),
        "all_url": look.address("pitfall", key, query=query),
    }  # fmt: skip
    return render(request, "practice/pitfall.html", context)


def _beside(figures: Mapping[str, float]) -> list[Beside]:
    shown: dict[str, tuple[str, Any]] = {
        "median-draft-days": (_("Days in draft, median"), lambda value: f"{value:.0f}"),
        "pulse-mean": (_("Mean of the last pulse, of 5"), lambda value: f"{value:.1f}"),
        "automation": (_("Key results whose number comes by itself"), lambda value: f"{100 * value:.0f} %"),
        "says-what-it-hides": (_("KPIs that say what they do not show"), lambda value: f"{100 * value:.0f} %"),
    }
    return [Beside(shown[name][0], shown[name][1](value)) for name, value in figures.items()]


@require_safe
def team_maturity(request: PageRequest, key: str) -> HttpResponse:
    """The checklist of a team: its level, and every missing point with where it is put right."""
    found: Team = find("team", request.actor, key)
    below = request.GET.get("below") == "1"
    point = standpoint(day_asked_for(request))
    lines = maturity(request.actor, point, team_ids=[found.pk], with_below=below)
    one = lines[0] if lines else None
    tree = people.team_tree()
    context = {
        "found": found, "above": tree.ancestors(found.pk), "one": one, "below": below,
        "has_below": bool(tree.children(found.pk)), "bar": look.level_bar(one.level if one else 0),
        "parts": look.level_parts(one) if one is not None and one.kpis else [],
        "may_change": not day_asked_for(request), "kpis_url": f"{reverse('kpis')}?team={found.key}",
    }  # fmt: skip
    return render(request, "practice/maturity.html", context)


urlpatterns = [
    path("practice", practice, name="practice"),
    path("practice/pulse", practice_pulse.results_page, name="practice_pulse"),
    path("practice/pulse/rounds", practice_pulse.opening, name="pulse_opening"),
    path("practice/pulse/rounds/<str:key>/closure", practice_pulse.closing, name="pulse_closing"),
    path("practice/<str:key>", pitfall, name="pitfall"),
    path("teams/<str:key>/maturity", team_maturity, name="team_maturity"),
    path("pulse", practice_pulse.answering, name="pulse"),
]
