"""The OKR library: coached templates by function; one click makes the draft with its key results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sextant.calc.numbers import format_value
from sextant.core import access
from sextant.kpis.commands.library import unit_of
from sextant.okrs.commands.library import install_template
from sextant.okrs.library import Shelf, Template, TemplateKeyResult, search, shelves
from sextant.people import queries as people
from sextant.people.models import Person, Team
from sextant.people.queries import today
from sextant.people.roles import allows
from sextant.people.tree import TeamNode
from sextant.strategy import queries as strategy
from sextant.strategy.models import Cycle
from sextant.web.kpi_words import locale
from sextant.web.library import DIRECTIONS, unit_words
from sextant.web.okr_forms import cycle_choices
from sextant.web.requests import PageRequest, say


@dataclass(frozen=True, slots=True)
class ResultLine:
    title: str
    facts: str
    good: str
    guard: str


@dataclass(frozen=True, slots=True)
class Entry:
    template: Template
    results: Sequence[ResultLine]


@dataclass(frozen=True, slots=True)
class ShownShelf:
    shelf: Shelf
    entries: Sequence[Entry]


@require_safe
def library(request: PageRequest) -> HttpResponse:
    """All templates by function, or those that fit `?q=` and `?function=`; `?team=` and `?cycle=` say where to."""
    query, chosen = request.GET.get("q", "").strip(), request.GET.get("function", "")
    fitting = {one.key for one in search(query)}
    shown = []
    for shelf in shelves():
        entries = [entry_of(one) for one in shelf.templates if one.key in fitting]
        if entries and chosen in ("", shelf.key):
            shown.append(ShownShelf(shelf, entries))
    team, teams = chosen_team(request)
    cycle = strategy.running_cycles(request.actor, today()).filter(closed_at=None).first()
    context = {
        "shelves": shown, "functions": shelves(), "query": query, "chosen": chosen, "install_team": team,
        "install_teams": teams, "cycles": cycle_choices(request.actor),
        "install_cycle": request.GET.get("cycle", cycle.key if cycle else ""),
    }  # fmt: skip
    return render(request, "objectives/library.html", context)


def entry_of(one: Template) -> Entry:
    return Entry(one, [ResultLine(each.title, facts_of(each), each.good, each.guard) for each in one.key_results])


def facts_of(one: TemplateKeyResult) -> str:
    """Unit, direction and due day in a line: "minutes, lower is better, by −30 %, within 9 months"."""
    due = ngettext("within %(n)s month", "within %(n)s months", one.due_months) % {"n": one.due_months}
    if one.kind in ("milestones", "yes_no"):
        return due
    parts = [unit_words(one.unit), str(DIRECTIONS[one.direction])]
    if one.amount is not None:
        sign = "−" if one.direction == "down" else "+"
        parts.append(f"{sign}{one.amount:g} {'%' if one.relative == 'percent' else _('points')}")
    elif one.target is not None:
        target = format_value(one.target, unit_of(one.unit), None, locale=locale())
        parts.append(_("to %(target)s") % {"target": target})
    return ", ".join([*parts, due])


def chosen_team(request: PageRequest) -> tuple[TeamNode | None, list[TeamNode]]:
    """Where a click puts it: the team of `?team=`, else the first one the person may draft for."""
    teams = [team for team in people.team_tree().at_work() if allows(request.actor, "objective.create", team.pk)]
    named = next((team for team in teams if team.key == request.GET.get("team", "")), None)
    return named or next(iter(teams), None), teams


@require_POST
def install(request: PageRequest, key: str) -> HttpResponse:
    """Make the draft in the team and cycle of the form; the person owns it until somebody else is named."""
    actor = request.actor
    team: Team = access.find("team", actor, request.POST.get("team", ""))
    asked = request.POST.get("cycle", "")
    cycle: Cycle | None = access.find("cycle", actor, asked) if asked else None
    owner: Person | None = Person.objects.filter(pk=actor.person_id).first() if actor.person_id is not None else None
    made = install_template(actor, key, team, cycle, owner)
    undo = reverse("objective_archive", args=[made.key])
    say(request, _("%(title)s is a draft of %(team)s now.") % {"title": made.title, "team": team.name}, undo=undo)
    return redirect("objective", made.key)


urlpatterns = [
    path("okr-library", library, name="okr_library"),
    path("okr-library/<str:key>/installation", install, name="okr_library_install"),
]
