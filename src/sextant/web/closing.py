"""Closing an objective with its scores, reopening it, and closing a cycle once nothing in it is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sextant.core.access import can, find, visible
from sextant.core.actors import Actor
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.closing import Verdict, close_cycle, close_objective, reopen_cycle, reopen_objective
from sextant.okrs.commands.objectives import archive_objective, change_objective
from sextant.okrs.commands.planning import require_open_cycle
from sextant.okrs.models import Objective
from sextant.okrs.queries.closing import Closing, ClosingRow, closing_of, former_closures
from sextant.okrs.queries.cycles import Stop, cycle_states, score_history, steps_of, stops_of
from sextant.okrs.queries.lessons import lessons
from sextant.strategy import queries as strategy
from sextant.strategy.models import Cycle
from sextant.web.context import day_asked_for
from sextant.web.graduating import Offered, graduate_chosen, graduated_from, offers_of
from sextant.web.requests import PageRequest, say, whole
from sextant.web.terms import terms

BACKLOG = "backlog"
DECISIONS = [
    ("keep", gettext_lazy("Keep"), gettext_lazy("goes on with the same target")),
    ("modify", gettext_lazy("Modify"), gettext_lazy("goes on and asks for a new target")),
    ("drop", gettext_lazy("Drop"), gettext_lazy("ends here")),
]


@dataclass(frozen=True, slots=True)
class ItemFields:
    """A key result on the closing form, with what was chosen so far."""

    row: ClosingRow
    key: str
    decision: str
    learning: str
    problem: str
    offer: Offered | None  # to go on as a KPI


@require_http_methods(["GET", "POST"])
def objective_closure(request: PageRequest, key: str) -> HttpResponse:
    """What closing would say and the form that closes; of a closed one, how it ended. POST `reopen` takes it back."""
    objective: Objective = find("objective", request.actor, key)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            if "reopen" in request.POST:
                reopen_objective(request.actor, objective, reason=request.POST.get("reason", ""))
                say(request, _("“%(title)s” is open again.") % {"title": objective.title})
            else:
                _close(request, objective)
            return redirect("objective_closure", key)
        except Refused as refusal:
            if refusal.status != 422:
                raise
            problems = {one.field or "": one.message for one in refusal.problems}
    return _closure_page(request, find("objective", request.actor, key), problems)


def _close(request: PageRequest, objective: Objective) -> None:
    posted = request.POST
    keys = [name.removeprefix("decision:") for name in posted if name.startswith("decision:")]
    items = {
        key: Verdict(posted.get(f"decision:{key}", ""), posted.get(f"learning:{key}", "")) for key in keys
    }  # fmt: skip
    decision, where = posted.get("decision", ""), posted.get("carry_to", "")
    if decision in ("keep", "modify") and not where:
        raise refuse("carry-to-missing", _("Choose where it goes on: a cycle, or the backlog."), "carry_to")
    carry_to: Cycle | None = None
    if decision != "drop" and where != BACKLOG:
        carry_to = find("cycle", request.actor, where) if where else None
    with writing():
        key_results = objective.key_results.filter(key__in=keys, archived_at=None)
        watched = graduate_chosen(request.actor, key_results.select_related("metric", "objective"), posted)
        closure = close_objective(
            request.actor, objective, outcome=posted.get("outcome", ""), learning=posted.get("learning", ""),
            decision=decision, items=items, carry_to=carry_to, version=whole(posted.get("version", "")),
        )  # fmt: skip
    if watched:
        names = ", ".join(one.kpi.metric.name for one in watched)
        say(request, _("Watched as a KPI from now on: %(names)s.") % {"names": names})
    if closure.carried_to is None:
        say(request, _("“%(title)s” is closed. Nothing was carried over.") % {"title": objective.title})
    else:
        words = {"title": objective.title, "where": carry_to.name if carry_to is not None else _("the backlog")}
        say(request, _("“%(title)s” is closed, and drafted anew in %(where)s.") % words)


def _closure_page(request: PageRequest, objective: Objective, problems: Mapping[str, str]) -> HttpResponse:
    actor, point = request.actor, standpoint(day_asked_for(request))
    found = closing_of(objective, point)
    may_close = point.known_at is None and can("objective", actor, "close", objective)
    others = [one for one in strategy.cycles(actor) if one.closed_at is None and one.pk != objective.cycle_id]
    carried = found.closure.carried_to if found.closure is not None else None
    metric_ids = [row.standing.metric.id for row in found.rows if row.standing.metric is not None]
    offers = {}
    if may_close and found.closure is None:
        offers = offers_of(actor, [row.standing.key_result for row in found.rows], point, request.POST)
    told = lessons(actor, point, metric_ids=metric_ids, most=4) if metric_ids else []
    context = {
        "objective": objective, "found": found, "words": terms(), "problems": problems, "posted": request.POST,
        "items": [_item(one, request.POST, problems, offers.get(one.standing.key)) for one in found.rows],
        "decisions": DECISIONS, "graduated": graduated_from(actor, objective, point),
        "may_close": may_close and objective.archived_at is None,
        "cycles": sorted(others, key=lambda one: one.starts_on),
        "carried": _visible(actor, carried), "former": former_closures(objective, point),
        "history": _history(actor, objective, found), "steps": steps_of(actor, objective, point),
        "lessons": [one for one in told if one.objective.pk != objective.pk],
    }  # fmt: skip
    return render(request, "planning/closure.html", context, status=422 if problems else 200)


def _item(
    row: ClosingRow, posted: Mapping[str, Any], problems: Mapping[str, str], offer: Offered | None
) -> ItemFields:  # fmt: skip
    key = row.standing.key
    return ItemFields(
        row,
        key,
        posted.get(f"decision:{key}", ""),
        posted.get(f"learning:{key}", ""),
        problems.get(f"items:{key}", ""),
        offer,
    )


def _history(actor: Actor, objective: Objective, found: Closing) -> Sequence[Stop]:
    """The line it is part of, when there is more than one stop."""
    line = score_history(actor, objective, found.standing.board.point)
    return line if len(line) > 1 else ()


def _visible(actor: Actor, objective: Objective | None) -> Objective | None:
    if objective is None:
        return None
    seen: Objective | None = visible("objective", actor).filter(pk=objective.pk).first()
    return seen


@require_http_methods(["GET", "POST"])
def cycle_closure(request: PageRequest, key: str) -> HttpResponse:
    """What is still open in a cycle and what came of the rest; POST closes, reopens, or moves and archives drafts."""
    actor = request.actor
    cycle: Cycle = find("cycle", actor, key)
    problems: list[str] = []
    if request.method == "POST":
        try:
            return _change_cycle(request, cycle)
        except Refused as refusal:
            if refusal.status != 422:
                raise
            problems = [one.message for one in refusal.problems]
    point = standpoint(day_asked_for(request))
    inside = visible("objective", actor).filter(cycle=cycle, archived_at=None).order_by("team__name", "title")
    stops = stops_of(list(inside), point)
    context = {
        "cycle": cycle, "words": terms(), "problems": problems, "state": cycle_states(actor, point, [cycle])[0],
        "open": [
            (one, can("objective", actor, "close", one.objective), can("objective", actor, "change", one.objective))
            for one in stops if one.closure is None
        ],
        "closed": [one for one in stops if one.closure is not None],
        "cycles": [one for one in strategy.cycles(actor) if one.closed_at is None and one.pk != cycle.pk],
        "may_close": can("cycle", actor, "close", cycle),
    }  # fmt: skip
    return render(request, "planning/cycle_closure.html", context, status=422 if problems else 200)


def _change_cycle(request: PageRequest, cycle: Cycle) -> HttpResponse:
    """POST `do`: close, reopen, move (`objective`, `to`: the key of a cycle or "backlog") or archive (`objective`)."""
    actor, wanted = request.actor, request.POST.get("do", "close")
    if wanted in ("move", "archive"):
        objective: Objective = find("objective", actor, request.POST.get("objective", ""))
        if wanted == "archive":
            archive_objective(actor, objective)
            say(request, _("“%(title)s” is archived.") % {"title": objective.title})
        else:
            where = request.POST.get("to", BACKLOG)
            target: Cycle | None = None if where == BACKLOG else find("cycle", actor, where)
            require_open_cycle(target)
            change_objective(actor, objective, version=objective.version, cycle=target)
            words = {"title": objective.title, "where": target.name if target is not None else _("the backlog")}
            say(request, _("“%(title)s” is in %(where)s now.") % words)
    elif wanted == "reopen":
        reopen_cycle(actor, cycle)
        say(request, _("%(name)s is open again.") % {"name": cycle.name})
    else:
        close_cycle(actor, cycle)
        say(request, _("%(name)s is closed.") % {"name": cycle.name})
    return redirect(reverse("cycle_closure", args=[cycle.key]))


urlpatterns = [
    path("objectives/<str:key>/closure", objective_closure, name="objective_closure"),
    path("cycles/<str:key>/closure", cycle_closure, name="cycle_closure"),
]
