"""Deciding about a KPI on one page: extend, plan anew, accept, end or set aside; answering; taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sextant.calc import promotion as calc
from sextant.core import access
from sextant.core.access import find
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, Problem, Refused, refuse
from sextant.core.words import Words
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands.deciding import accept, answer, extend, replan, set_aside, withdraw
from sextant.lifecycle.commands.undoing import undo
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.queries.lives import lives_at
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.web.context import day_asked_for, refuse_past
from sextant.web.kpi_words import thing_url
from sextant.web.lifecycle_forms import AcceptForm, ExtendForm, ReplanForm, SetAsideForm, WhatChangedForm, WithdrawForm
from sextant.web.lifecycle_strip import last_promotion, seen_guard, strip_of, version_of
from sextant.web.lifecycle_timeline import Line, lines_of
from sextant.web.lifecycle_words import day_of, exit_words, undo_url
from sextant.web.requests import PageRequest, carry_out, say, whole


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that can be decided, with its form, or with the page that does it."""

    do: str
    title: Words
    says: Words
    form: forms.Form | None
    is_first: bool = False
    is_open: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A KPI and its promotion, if it has one, for whoever decides about them."""

    name: str
    url: str
    title: str
    version: str
    lines: Sequence[Line]
    promotion_id: int | None
    why: str
    started: str
    exit: str
    guard: str
    guard_url: str
    changed: str
    answered: str


@require_http_methods(["GET", "POST"])
def decision(request: PageRequest, key: str) -> HttpResponseBase:
    """What can be decided about the KPI now, and its life so far. POST `do` decides."""
    kpi: Kpi = find("kpi", request.actor, key)
    if request.method == "GET":
        return _page(request, kpi)
    refuse_past(request)
    access.require("kpi", request.actor, "change", kpi)
    promotion = last_promotion(kpi, standpoint())
    do = request.POST.get("do", "")
    form = empty_form(do, request.actor, promotion, request.POST)
    if form is None:
        raise Refused(Problem("nothing-to-decide", _("This is not to be decided now. Somebody may have been faster.")))
    if form.is_valid():
        done = carry_out(form, lambda: _decide(request, do, form, kpi, promotion))
        if done is not None:
            say(request, str(DONE[do]) % {"name": kpi.metric.name}, undo=undo_url(done))
            return redirect(f"{reverse('kpi', args=[key])}#life-now")
    return _page(request, kpi, form)


DONE: Mapping[str, Words] = {
    "extend": gettext_lazy("%(name)s has more time."),
    "replan": gettext_lazy("%(name)s is planned anew."),
    "accept": gettext_lazy("%(name)s is accepted as it is. It is asked again on that day."),
    "withdraw": gettext_lazy("The work on %(name)s is ended. It is watched as before."),
    "aside": gettext_lazy("Set aside: %(name)s is suspected again only when it goes wrong anew."),
}


def _decide(
    request: PageRequest, do: str, form: forms.Form, kpi: Kpi, promotion: Promotion | None
) -> Transition:  # fmt: skip
    """Carry out what the form says; returns the step, which can be undone."""
    actor, given = request.actor, form.cleaned_data
    version = whole(request.POST.get("version", ""))
    if do == "aside":
        return set_aside(actor, kpi, reason=given["reason"], version=version)
    if do == "accept":
        is_at_work = promotion is not None and promotion.ended_at is None
        thing: Kpi | Promotion = promotion if promotion is not None and is_at_work else kpi
        return accept(actor, thing, until=given["until"], reason=given["reason"], version=version)
    if promotion is None:
        raise Refused(Problem("not-promoted", _("It is not promoted, so there is nothing to change.")))
    if do == "withdraw":
        return withdraw(actor, promotion, reason=given["reason"], version=version)
    if isinstance(form, ExtendForm):
        return extend(actor, promotion, **form.end, reason=given["reason"], version=version)
    assert isinstance(form, ReplanForm)
    return replan(
        actor, promotion, **form.end, target=given["target"], revert_after=given["revert_after"],
        reason=given["reason"], version=version,
    )  # fmt: skip


def _ways(actor: Actor, kpi: Kpi, promotion: Promotion | None, life: calc.Life, asked: forms.Form | None) -> list[Way]:
    """What can be decided, with empty forms; `asked` is the one that was sent and refused."""
    if not access.can("kpi", actor, "change", kpi):
        return []
    is_overdue = life.state == calc.OVERDUE
    ways: list[Way] = []
    if life.state in calc.AT_WORK:
        ways = [
            Way("extend", _("Extend it"), _("more time, the same rule"), None, is_overdue),
            Way("replan", _("Plan it anew"), _("another end, target or rule; it begins anew"), None),
            Way("accept", _("Accept it as it is"), _("until a day, on which it is asked again"), None),
            Way("withdraw", _("End the work on it"), _("it is watched as before"), None),
        ]
    elif life.state == calc.SUSPECTED:
        ways = [
            Way("promote", _("Promote it"), _("work on it as a key result for a limited time"), None, True,
                url=reverse("kpi_promote", args=[kpi.key])),
            Way("accept", _("Accept it as it is"), _("until a day, on which it is asked again"), None),
            Way("aside", _("Set it aside"), _("it is no reason to act; something new suspects it again"), None),
        ]  # fmt: skip
    found = []
    for at, way in enumerate(ways):
        form = asked if asked is not None and asked.prefix == way.do else empty_form(way.do, actor, promotion)
        is_open = form is asked if asked is not None else at == 0 and (is_overdue or bool(way.url))
        found.append(replace(way, form=form, is_open=is_open))
    return found


def empty_form(do: str, actor: Actor, promotion: Promotion | None, data: QueryDict | None = None) -> forms.Form | None:
    """The form of a decision; None for one that has none, or that needs a promotion where there is none."""
    if do == "aside":
        return SetAsideForm(data)
    if do == "accept":
        return AcceptForm(data)
    if promotion is None:
        return None
    if do == "withdraw":
        return WithdrawForm(data)
    if do == "extend":
        return ExtendForm(data, actor=actor, after=promotion.ends_on)
    if do == "replan":
        return ReplanForm(data, actor=actor, initial={"revert_after": promotion.revert_after})
    return None


def _page(request: PageRequest, kpi: Kpi, asked: forms.Form | None = None) -> HttpResponse:
    actor, point = request.actor, standpoint(day_asked_for(request))
    promotion = last_promotion(kpi, point)
    life = lives_at([kpi.pk], point)[kpi.pk]
    is_past = point.as_of is not None
    may_answer = not is_past and promotion is not None and _may_answer(actor, promotion)
    changed = None
    if may_answer and promotion is not None:
        changed = WhatChangedForm(initial={"text": promotion.what_changed})
    context = {
        "view": _view(actor, kpi, promotion, life, point), "strip": strip_of(actor, kpi, point),
        "ways": [] if is_past else _ways(actor, kpi, promotion, life, asked), "changed": changed,
    }  # fmt: skip
    return render(request, "lifecycle/decision.html", context, status=422 if asked is not None else 200)


def _may_answer(actor: Actor, promotion: Promotion) -> bool:
    return promotion.outcome not in ("", "undone") and access.can("promotion", actor, "answer", promotion)


def _view(actor: Actor, kpi: Kpi, promotion: Promotion | None, life: calc.Life, point: Standpoint) -> DecisionView:
    name = kpi.metric.name
    is_waiting = life.state in (calc.OVERDUE, calc.SUSPECTED)
    title = _("%(name)s: what happens now?") if is_waiting else _("%(name)s: where it is in its life")
    version = promotion.version if promotion is not None and life.state in calc.AT_WORK else version_of(kpi)
    started = answered = ""
    guard = None
    if promotion is not None:
        words = {"who": promotion.started_by, "day": day_of(promotion.started_at)}
        started = _("%(who)s, %(day)s") % words
        if promotion.answered_at is not None:
            answered = _("%(who)s, %(day)s") % {"who": promotion.answered_by, "day": day_of(promotion.answered_at)}
        guard = seen_guard(actor, promotion)
    return DecisionView(
        name=name,
        url=reverse("kpi", args=[kpi.key]) + (f"?as_of={point.as_of}" if point.as_of else ""),
        title=title % {"name": name},
        version=str(version),
        lines=lines_of(actor, kpi, point),
        promotion_id=promotion.pk if promotion is not None else None,
        why=promotion.why if promotion is not None else "",
        started=started,
        exit=exit_words(promotion) if promotion is not None else "",
        guard=guard.name if guard is not None else "",
        guard_url=thing_url(guard) if guard is not None else "",
        changed=promotion.what_changed if promotion is not None else "",
        answered=answered,
    )


@require_POST
def answered(request: PageRequest, number: int) -> HttpResponse:
    """Say what changed it (`changed-text`); answering again replaces the answer."""
    refuse_past(request)
    promotion: Promotion = numbered("promotion", request.actor, number)
    form = WhatChangedForm(request.POST)
    if not form.is_valid():
        raise refuse("text-missing", _("Say what changed it, in a sentence or two."), "text")
    answer(request.actor, promotion, form.cleaned_data["text"])
    say(request, _("Thank you. Whoever works on it again will read it."))
    return redirect(f"{reverse('kpi', args=[promotion.kpi.key])}#life")


@require_POST
def undone(request: PageRequest, number: int) -> HttpResponse:
    """Take back a step of a KPI's life and everything since; exactly what was is so again."""
    refuse_past(request)
    step: Transition = numbered("transition", request.actor, number)
    undo(request.actor, step, reason=request.POST.get("reason", ""))
    say(request, _("%(name)s is as it was before.") % {"name": step.kpi.metric.name})
    return redirect(f"{reverse('kpi', args=[step.kpi.key])}#life")


def numbered(kind: str, actor: Actor, number: int) -> Any:
    """The thing with this number. Raises Hidden where there is none the actor may see."""
    found = access.visible(kind, actor).filter(pk=number).first() if number < 10**18 else None
    if found is None:
        raise Hidden(kind, str(number))
    return found


urlpatterns = [
    path("kpis/<str:key>/decision", decision, name="kpi_decision"),
    path("lifecycle/promotions/<int:number>/answer", answered, name="promotion_answer"),
    path("lifecycle/steps/<int:number>/undo", undone, name="lifecycle_undo"),
]
