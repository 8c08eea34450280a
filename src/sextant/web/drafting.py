"""Drafting an objective on one page: what changes, key results row by row, the wording checked while typing."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sextant.alerts.queries.inbox import alert
from sextant.core.access import find
from sextant.core.errors import Hidden, NotAllowed, Problem, Refused
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import standing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.drafting import draft_objective
from sextant.okrs.library import template
from sextant.people.queries import today
from sextant.strategy import queries as strategy
from sextant.web.draft_form import MOST_ROWS, Drafting, Typed, typed_in
from sextant.web.draft_sources import because_of, from_kpi, from_template
from sextant.web.form_fields import known_metrics
from sextant.web.kpi_words import address, locale
from sextant.web.okr_forms import known_parents
from sextant.web.pasted_key_results import typed_rows
from sextant.web.requests import PageRequest, say


@require_http_methods(["GET", "POST"])
def new(request: PageRequest) -> HttpResponseBase:
    """The page. It may be opened with `?kpi=`, `?alert=`, `?template=`, `?team=`, `?cycle=`, `?parent=`, `?title=`,
    `?kr=`."""
    actor = request.actor
    if not actor.may_write or not actor.has_role(None, "contributor"):
        raise NotAllowed(Problem("not-allowed", _("Adding objectives needs the role of a contributor in a team.")))
    if request.method == "GET":
        return _page(request, Drafting(actor, _opened(request)))
    typed = typed_in(request.POST)
    values = request.POST.getlist("accept")
    if values:
        return _page(request, Drafting(actor, Drafting(actor, typed).accept(values).pad()))
    step = request.POST.get("do", "check")
    if step == "save":
        return _saved(request, typed)
    problems = _changed(typed, step, request.POST.get("pasted", ""))
    return _page(request, Drafting(actor, typed.pad()), problems, status=422 if problems else 200)


def _opened(request: PageRequest) -> Typed:
    """The page as it is opened."""
    actor, asked = request.actor, request.GET
    cycle = strategy.running_cycles(actor, today()).filter(closed_at=None).first()
    typed = Typed({"owner": actor.key, "cycle": cycle.key if cycle else "", "ambition": "committed"})
    if asked.get("kpi"):
        kpi: Kpi = find("kpi", actor, asked["kpi"])
        from_kpi(typed, standing(kpi, standpoint()))
    if asked.get("alert"):
        because_of(typed, alert(actor, asked["alert"], locale=locale()))
    if asked.get("template"):
        try:
            from_template(typed, template(asked["template"]))
        except KeyError:
            raise Hidden("template", asked["template"]) from None
    for name in ("team", "cycle", "parent", "title"):
        if name in asked:
            typed.objective[name] = asked[name]
    if asked.get("kr"):
        for row in typed_rows(asked["kr"]):
            typed.add_row(row)
    return typed.pad()


def _changed(typed: Typed, step: str, pasted: str) -> list[str]:
    """Add, take away, or take in pasted lines; what is wrong with it, in words."""
    word, _colon, rest = step.partition(":")
    if word == "add" and len(typed.rows) < MOST_ROWS:
        typed.add_row()
    elif word == "remove":
        typed.rows = [(ref, values) for ref, values in typed.rows if ref != rest]
    elif word == "remove-work":
        typed.work = [text for place, text in enumerate(typed.work) if str(place) != rest]
    elif word == "paste":
        rows = typed_rows(pasted)
        filled = sum(bool(values.get("title", "").strip()) for _ref, values in typed.rows)
        if filled + len(rows) > MOST_ROWS:
            message = _("These are %(count)s lines, and a draft has room for %(most)s. Nothing was taken, and your "
                        "lines are still there; many at once are taken in by the import.")  # fmt: skip
            return [message % {"count": len(rows), "most": MOST_ROWS - filled}]
        for row in rows:
            typed.add_row(row)
    return []


def _saved(request: PageRequest, typed: Typed) -> HttpResponse:
    drafting = Drafting(request.actor, typed, is_saving=True)
    if drafting.is_valid:
        try:
            made = draft_objective(request.actor, **drafting.arguments())
        except NotAllowed:
            raise
        except Refused as refusal:
            drafting.refuse(refusal.problems)
        else:
            undo = reverse("objective_archive", args=[made.key])
            say(request, _("%(title)s is drafted. Propose it when it is ready.") % {"title": made.title}, undo=undo)
            return redirect("objective", made.key)
    return _page(request, drafting, status=422)


def _page(
    request: PageRequest, drafting: Drafting, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    context = {
        "drafting": drafting,
        "form": drafting.objective_form,
        "problems": problems or [],
        "pasted": request.POST.get("pasted", "") if problems else "",
        "known_metrics": known_metrics(request.actor),
        "known_parents": known_parents(request.actor),
        "list_url": address("objectives"),
        "library_url": address("okr_library"),
        "chooser_url": address("chooser"),
        "import_url": address("imports"),
    }
    return render(request, "objectives/new.html", context, status=status)


@require_POST
def check(request: PageRequest) -> HttpResponse:
    """What the checks say to what was typed so far; the page puts it beside the fields."""
    drafting = Drafting(request.actor, typed_in(request.POST))
    return render(request, "objectives/_draft_says.html", {"drafting": drafting, "is_beside": True})


urlpatterns = [
    path("objectives/new", new, name="objective_new"),
    path("objectives/new/wording", check, name="objective_draft_check"),
]
