"""What changed lately, in sentences: about one KPI, a team, or all one may see. Each can be dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.alerts.commands import dismiss, restore_insight
from sextant.alerts.queries.insight_rules import Cause
from sextant.alerts.queries.insights import Insight, insights, kpi_key_in, worsening
from sextant.core.access import find, visible
from sextant.core.errors import Hidden
from sextant.kpis.models import Kpi
from sextant.lifecycle.queries.suggested import suggestions
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import Objective
from sextant.people.models import Team
from sextant.strategy.models import Cycle
from sextant.web.context import day_asked_for, refuse_past, team_asked_for
from sextant.web.kpi_words import locale
from sextant.web.lifecycle_strip import promote_urls
from sextant.web.requests import PageRequest, say
from sextant.web.templatetags.sextant import safe_back

MOST = 40
MOST_BESIDE = 5
MOST_WORSE = 8
FINDINGS = ("deviation", "unusual")
SIGNS = {"better": "check", "worse": "warning", "odd": "info"}


@dataclass(frozen=True, slots=True)
class Line:
    """An insight as it is shown, with what it rests on and where that is."""

    insight: Insight
    url: str
    items: Sequence[tuple[str, str]]
    tone: str


@require_safe
def page(request: PageRequest) -> HttpResponse:
    """`?kpi=`, `?team=` or `?mine=1` (own KPIs and those of one's teams) narrows.

    Asked for by a page that shows it beside something else: the newest few alone.
    """
    day = day_asked_for(request)
    kpi: Kpi | None = find("kpi", request.actor, request.GET["kpi"]) if request.GET.get("kpi") else None
    node, _way = team_asked_for(request)
    team: Team | None = find("team", request.actor, node.key) if node is not None else None
    is_beside = request.headers.get("HX-Request") == "true"
    is_mine = bool(request.GET.get("mine"))
    found = insights(
        request.actor, standpoint(day), team=team, kpi=kpi, is_mine=is_mine, limit=MOST_BESIDE if is_beside else MOST,
        with_dismissed=not is_beside, locale=locale(),
    )  # fmt: skip
    # The page of a KPI says in its own words what deviates; beside it stands what else is known of it.
    told = [one for one in found if not (is_beside and kpi is not None) or one.rule not in FINDINGS or one.items[1:]]
    lines = [line_of(one) for one in told]
    narrowed = f"?kpi={kpi.key}" if kpi is not None else f"?team={team.key}" if team is not None else ""
    narrowed = narrowed or ("?mine=1" if is_mine else "")
    context = {
        "lines": [line for line in lines if not line.insight.is_dismissed], "kpi": kpi, "found_team": team,
        "dismissed": [line for line in lines if line.insight.is_dismissed], "is_beside": is_beside,
        "may_dismiss": day is None and request.actor.may_write and request.actor.person_id is not None,
        "all_url": reverse("insights") + narrowed,
    }  # fmt: skip
    return render(request, "insights/_list.html" if is_beside else "insights/insights.html", context)


def line_of(one: Insight) -> Line:
    kpi_url = reverse("kpi", args=[one.kpi.key])
    return Line(one, kpi_url, [(each.label, _page_of(each, one.kpi)) for each in one.items], SIGNS[one.tone])


def _page_of(each: Cause, kpi: Kpi) -> str:
    if each.kind == "initiative":
        return reverse("initiative", args=[each.key])
    name = {"marker": "kpi_markers", "definition": "kpi_definition"}.get(each.kind, "kpi")
    return reverse(name, args=[kpi.key])


@require_safe
def worse(request: PageRequest, key: str) -> HttpResponse:
    """KPIs that worsen, for who plans a cycle: each offers the draft of an objective on it (`?team=` narrows)."""
    cycle: Cycle = find("cycle", request.actor, key)
    node, _way = team_asked_for(request)
    team: Team | None = find("team", request.actor, node.key) if node is not None else None
    point = standpoint(day_asked_for(request))
    found = worsening(request.actor, point, team=team, limit=MOST_WORSE, locale=locale())
    taken = _taken_up(request, cycle, found)
    promoting = promote_urls(request.actor, [one.kpi for one in found], point)
    suggested = suggestions(request.actor, point, team=team, told=[one.kpi.pk for one in found], limit=MOST_WORSE)
    context = {
        "cycle": cycle, "suggested": [(one, reverse("kpi_promote", args=[one.kpi.key])) for one in suggested],
        "rows": [(line_of(one), taken.get(one.kpi.metric_id), promoting[one.kpi.pk]) for one in found],
        "is_beside": request.headers.get("HX-Request") == "true", "found_team": team,
        "total": len(found) + len(suggested),
        "may_draft": cycle.closed_at is None and day_asked_for(request) is None and request.actor.may_write,
    }  # fmt: skip
    return render(request, "insights/_worse.html" if context["is_beside"] else "insights/worse.html", context)


def _taken_up(request: PageRequest, cycle: Cycle, found: Sequence[Insight]) -> dict[int, Objective]:
    """The objective of the cycle that already has a key result on the metric, by metric id."""
    ids = [one.kpi.metric_id for one in found]
    bound = visible("key_result", request.actor).filter(
        objective__cycle=cycle, objective__archived_at=None, archived_at=None, metric_id__in=ids
    )
    return {one.metric_id: one.objective for one in bound.select_related("objective")}


@require_POST
def dismissal(request: PageRequest, insight: str) -> HttpResponse:
    """Read it no more."""
    _about_something_seen(request, insight)
    dismiss(request.actor, insight)
    say(request, _("You will not read this again."), undo=reverse("insight_restoral", args=[insight]))
    return _back(request)


@require_POST
def restoral(request: PageRequest, insight: str) -> HttpResponse:
    """Read it again."""
    _about_something_seen(request, insight)
    restore_insight(request.actor, insight)
    say(request, _("It is back."))
    return _back(request)


def _about_something_seen(request: PageRequest, insight: str) -> None:
    """Raises Hidden when it is about nothing the actor may see, Refused when looking from a past day."""
    refuse_past(request)
    key = kpi_key_in(insight)
    if not key:
        raise Hidden("insight", insight)
    find("kpi", request.actor, key)


def _back(request: PageRequest) -> HttpResponse:
    there = safe_back(request.POST.get("next") or request.headers.get("Referer", ""))
    return redirect(there if there != "/" else reverse("home"))


urlpatterns = [
    path("alerts/insights", page, name="insights"),
    path("alerts/insights/<str:insight>/dismissal", dismissal, name="insight_dismissal"),
    path("alerts/insights/<str:insight>/restoral", restoral, name="insight_restoral"),
    path("cycles/<str:key>/worsening", worse, name="cycle_worsening"),
]
