"""An objective's page: where it stands, what it is made of, the next step, and the repairs of its wording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sextant.core.errors import Refused, refuse
from sextant.okrs.commands import objectives as commands
from sextant.okrs.commands.repairs import Mended, accept_repairs
from sextant.okrs.models import Objective
from sextant.okrs.queries.wording import findings_in
from sextant.people.queries import today
from sextant.web.kpi_words import address
from sextant.web.objective_subject import ObjectiveSubject, objective_asked_for
from sextant.web.objective_view import objective_view, topics_of
from sextant.web.requests import PageRequest, say
from sextant.web.wording_view import chosen

STEPS: dict[str, tuple[str, Callable[[Any, Objective], Objective]]] = {
    "propose": ("propose", commands.propose_objective),
    "agree": ("agree", commands.agree_objective),
    "start": ("activate", commands.activate_objective),
}


@require_safe
def objective(request: PageRequest, key: str) -> HttpResponseBase:
    """The page. `?as_of=` looks from a past day."""
    return _page(request, objective_asked_for(request, key))


def _page(
    request: PageRequest, subject: ObjectiveSubject, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    view = objective_view(subject)
    topics = [f"objective:{subject.key}", "objectives"]
    for one in subject.standing.key_results:
        topics += topics_of(subject, one)
    context = subject.frame() | {
        "view": view,
        "topics": " ".join(dict.fromkeys(topics)),
        "next": next_step(subject),
        "closing_url": address("objective_closure", subject.key),
        "check_in_url": address("check_in"),
        "problems": refusal.problems if refusal is not None else [],
    }
    return render(request, "objectives/objective.html", context, status=status)


def next_step(subject: ObjectiveSubject) -> str:
    """The one thing that comes next for this person: propose, agree, start, close, check_in; empty for nothing."""
    state, may = subject.standing.state, subject.may
    if subject.as_of is not None or subject.is_archived:
        return ""
    if state == "draft":
        return "propose" if may["propose"] else ""
    if state == "proposed":
        return "agree" if may["agree"] else ""
    if state == "agreed":
        return "start" if may["activate"] else ""
    if state == "active":
        ends_on = subject.standing.ends_on
        if ends_on is not None and ends_on < today() and may["close"]:
            return "close"
        return "check_in" if may["check_in"] else ""
    return ""


@require_POST
def step(request: PageRequest, key: str, to: str) -> HttpResponse:
    """One step on; what is missing is said with the place that says it."""
    subject = objective_asked_for(request, key)
    action, command = STEPS[to]
    subject.require(action)
    try:
        command(request.actor, subject.objective)
    except Refused as refusal:
        fresh = objective_asked_for(request, key)
        return _page(request, fresh, refusal, refusal.status)
    words = {
        "propose": _("%(title)s is proposed: now it can be discussed and agreed to."),
        "agree": _("%(title)s is agreed."),
        "start": _("%(title)s has started."),
    }
    say(request, words[to] % {"title": subject.objective.title})
    return redirect(subject.url())


@require_POST
def sending_back(request: PageRequest, key: str) -> HttpResponse:
    """One step back, with a reason."""
    subject = objective_asked_for(request, key)
    subject.require("agree")
    commands.send_back(request.actor, subject.objective, reason=request.POST.get("reason", ""))
    say(request, _("It goes back, with your reason."))
    return redirect(subject.url())


@require_POST
def archive(request: PageRequest, key: str) -> HttpResponse:
    subject = objective_asked_for(request, key)
    subject.require("change")
    commands.archive_objective(request.actor, subject.objective)
    undo = reverse("objective_restoral", args=[key])
    say(request, _("%(title)s is archived. Everything is kept.") % {"title": subject.objective.title}, undo=undo)
    return redirect(subject.url())


@require_POST
def restoral(request: PageRequest, key: str) -> HttpResponse:
    subject = objective_asked_for(request, key)
    subject.require("change")
    commands.restore_objective(request.actor, subject.objective)
    say(request, _("%(title)s is back.") % {"title": subject.objective.title})
    return redirect(subject.url())


@require_POST
def repairs(request: PageRequest, key: str) -> HttpResponse:
    """Accept repairs: `accept` names one or more of them, or is "all"."""
    subject = objective_asked_for(request, key)
    subject.require("change")
    wanted = chosen(findings_in(request.actor, subject.standing), request.POST.getlist("accept"))
    if not wanted:
        raise refuse("no-repair", _("The wording has changed meanwhile, so this proposal is gone. Look again."))
    say(request, mended_words(accept_repairs(request.actor, subject.objective, wanted)))
    return redirect(f"{subject.url()}#wording")


def mended_words(done: Mended) -> str:
    """What accepting changed, in one line."""
    parts = [_("Done.")]
    if done.added:
        parts.append(ngettext("%(n)s key result added.", "%(n)s key results added.", len(done.added)))
        parts[-1] %= {"n": len(done.added)}
    if done.initiatives:
        count = len(done.initiatives)
        parts.append(ngettext("%(n)s initiative made.", "%(n)s initiatives made.", count) % {"n": count})
    if done.archived:
        count = len(done.archived)
        words = ngettext("%(n)s key result is archived.", "%(n)s key results are archived.", count)
        parts.append(words % {"n": count})
    return " ".join(parts)


urlpatterns = [
    path("objectives/<str:key>/", objective, name="objective"),
    path("objectives/<str:key>/proposal", step, {"to": "propose"}, name="objective_proposal"),
    path("objectives/<str:key>/agreement", step, {"to": "agree"}, name="objective_agreement"),
    path("objectives/<str:key>/start", step, {"to": "start"}, name="objective_start"),
    path("objectives/<str:key>/sending-back", sending_back, name="objective_sending_back"),
    path("objectives/<str:key>/archive", archive, name="objective_archive"),
    path("objectives/<str:key>/restoral", restoral, name="objective_restoral"),
    path("objectives/<str:key>/repairs", repairs, name="objective_repairs"),
]
