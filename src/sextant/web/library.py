"""The KPI library: find a KPI, see what it would bring, install it into a team with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, re_path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sextant.core import access
from sextant.core.errors import Hidden, Refused
from sextant.core.words import Words
from sextant.kpis.commands import install_from_library
from sextant.kpis.commands.kpis import missing_for_activation
from sextant.kpis.commands.library import unit_of
from sextant.kpis.library import Function, LibraryKpi, functions, library, search
from sextant.kpis.models import Kpi
from sextant.kpis.queries.library import installed
from sextant.kpis.sentences import MISSING
from sextant.metrics.models import FREQUENCY_CHOICES, LEADS_CHOICES, PERSPECTIVE_CHOICES
from sextant.people import queries as people
from sextant.people.models import Person, Team
from sextant.people.roles import allows
from sextant.people.tree import TeamNode
from sextant.web.requests import PageRequest, say

DIRECTIONS: Mapping[str, Words] = {
    "up": gettext_lazy("higher is better"),
    "down": gettext_lazy("lower is better"),
    "within": gettext_lazy("within a band"),
}
AGGREGATIONS: Mapping[str, Words] = {
    "sum": gettext_lazy("added up"),
    "mean": gettext_lazy("averaged"),
    "last": gettext_lazy("the last value counts"),
    "min": gettext_lazy("the smallest counts"),
    "max": gettext_lazy("the largest counts"),
    "ratio": gettext_lazy("the ratio of the sums of its inputs"),
}
UNITS: Mapping[str, Words] = {
    "number": gettext_lazy("number"),
    "percent": gettext_lazy("percent"),
    "count": gettext_lazy("count"),
    "rating": gettext_lazy("rating"),
    "duration:ms": gettext_lazy("milliseconds"),
    "duration:s": gettext_lazy("seconds"),
    "duration:min": gettext_lazy("minutes"),
    "duration:h": gettext_lazy("hours"),
    "duration:d": gettext_lazy("days"),
    "duration:w": gettext_lazy("weeks"),
    "duration:mo": gettext_lazy("months"),
    "duration:y": gettext_lazy("years"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A metric that comes with a KPI."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A KPI of the library as the pages show it; `here` is the one the chosen team has made from it."""

    kpi: LibraryKpi
    url: str
    unit: str
    direction: str
    frequency: str
    in_use: Sequence[Kpi]
    here: Kpi | None


@dataclass(frozen=True, slots=True)
class Shelf:
    function: Function
    entries: Sequence[Entry]


@require_safe
def shelves(request: PageRequest) -> HttpResponse:
    """All KPIs of the library by function, or those that fit `?q=` and `?function=`."""
    actor, query = request.actor, request.GET.get("q", "").strip()
    chosen = request.GET.get("function", "")
    team, teams = chosen_team(request)
    used = installed(actor)
    fitting = {kpi.key for kpi in search(query)}
    shown = []
    for function in functions():
        if chosen and function.key != chosen:
            continue
        entries = [entry_of(kpi, used, team) for kpi in function.kpis if kpi.key in fitting]
        if entries:
            shown.append(Shelf(function, entries))
    context = {
        "shelves": shown,
        "functions": functions(),
        "query": query,
        "chosen": chosen,
        "install_teams": teams,
        "install_team": team,
        "count": sum(len(shelf.entries) for shelf in shown),
    }
    return render(request, "library/library.html", context)


@require_safe
def entry(request: PageRequest, key: str) -> HttpResponse:
    """One KPI of the library: everything it says, and what installing it makes."""
    kpi = _find(key)
    team, teams = chosen_team(request)
    guard = library()[kpi.guard]
    context = {
        "entry": entry_of(kpi, installed(request.actor), team),
        "parts": parts_of(kpi),
        "guard": guard,
        "guard_url": reverse("library_kpi", args=[guard.key]),
        "perspective": dict(PERSPECTIVE_CHOICES)[kpi.perspective],
        "leads": dict(LEADS_CHOICES)[kpi.leads],
        "aggregation": AGGREGATIONS[kpi.aggregation],
        "install_teams": teams,
        "install_team": team,
    }
    return render(request, "library/kpi.html", context)


@require_POST
def install(request: PageRequest, key: str) -> HttpResponse:
    """Install into the team of the form; `mine` makes the person the owner. Twice leads to the one that is there."""
    kpi, actor = _find(key), request.actor
    team: Team = access.find("team", actor, request.POST.get("team", ""))
    owner: Person | None = access.find("person", actor, actor.key) if request.POST.get("mine") else None
    try:
        made = install_from_library(actor, key, team, owner=owner)
    except Refused as refusal:
        there = next((one for one in installed(actor).get(key, []) if one.metric.team_id == team.pk), None)
        if refusal.problems[0].key != "already-installed" or there is None:
            raise
        say(request, refusal.problems[0].message)
        return redirect("kpi", there.key)
    words = {"name": made.name, "team": team.name, "missing": _missing(made)}
    if words["missing"]:
        say(request, _("%(name)s is a draft of %(team)s now. It still needs %(missing)s.") % words)
    else:
        say(request, _("%(name)s is a draft of %(team)s now.") % words)
    if request.POST.get("back") == "library":
        return redirect(f"{reverse('library')}?team={team.key}#{kpi.key}")
    return redirect("kpi", made.key)


def chosen_team(request: PageRequest) -> tuple[TeamNode | None, list[TeamNode]]:
    """Where a click installs: the team of `?team=`, else the first one the person may add KPIs to."""
    teams = [team for team in people.team_tree().at_work() if allows(request.actor, "kpi.create", team.pk)]
    wanted = request.GET.get("team", "")
    named = next((team for team in teams if team.key == wanted), None)
    return named or next(iter(teams), None), teams


def entry_of(kpi: LibraryKpi, used: Mapping[str, Sequence[Kpi]], team: TeamNode | None) -> Entry:
    in_use = used.get(kpi.key, [])
    here = next((one for one in in_use if team is not None and one.metric.team_id == team.pk), None)
    return Entry(
        kpi,
        reverse("library_kpi", args=[kpi.key]),
        unit_words(kpi.unit),
        str(DIRECTIONS[kpi.direction]),
        str(dict(FREQUENCY_CHOICES)[kpi.frequency]),
        in_use,
        here,
    )


def parts_of(kpi: LibraryKpi) -> list[Part]:
    """The metrics that installing makes beside the KPI's own, unless the team has them."""
    if not kpi.is_ratio:
        return []
    return [
        Part(kpi.numerator, unit_words(kpi.numerator_unit)),
        Part(kpi.denominator, unit_words(kpi.denominator_unit)),
    ]


def unit_words(unit: str) -> str:
    return unit_of(unit).removeprefix("currency:") if unit == "currency" else str(UNITS[unit])


def _find(key: str) -> LibraryKpi:
    if key not in library():
        raise Hidden("KPI of the library", key)
    return library()[key]


def _missing(kpi: Kpi) -> str:
    return ", ".join(str(MISSING.get(problem.key, problem.message)) for problem in missing_for_activation(kpi))


urlpatterns = [
    re_path(r"^library/?$", shelves, name="library"),
    path("library/<str:key>", entry, name="library_kpi"),
    path("library/<str:key>/installation", install, name="library_install"),
]
