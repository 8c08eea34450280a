"""The page of one alert: what it found and why, its life, what is done about it, and the discussion."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sextant.alerts import commands
from sextant.alerts.queries.inbox import AlertLine, alert, alerts_of, history
from sextant.alerts.rules import RULES
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.reports.pictures import KpiPicture
from sextant.web import alert_facts, key_result_chart
from sextant.web.alert_forms import AnswerForm, CloseForm, JudgementForm, OwnerForm
from sextant.web.alert_life import undo_url
from sextant.web.alert_rows import PROBLEMS_OF_A_KPI, Row, is_for_the_better, locale, row_of, rows_of
from sextant.web.context import day_asked_for, refuse_past
from sextant.web.kpi_subject import Subject
from sextant.web.kpi_uses import UseLine, uses_of
from sextant.web.kpi_words import Told
from sextant.web.lifecycle_strip import promote_url
from sextant.web.objective_subject import KeyResultSubject
from sextant.web.requests import PageRequest, carry_out, say

MOST_BEFORE = 8


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as its page shows it."""

    row: Row
    says: str  # what the rule looks at
    facts: list[tuple[str, str]]
    why: Told
    picture: KpiPicture | None
    life: list[alert_facts.LifeStep]
    relapse_url: str
    is_restated: bool
    before: list[Row]  # other episodes of the same KPI or key result
    before_url: str
    uses: list[UseLine]
    rules_url: str
    may_handle: bool
    may_judge: bool
    promote_url: str  # empty where it is about no KPI that lags, or it cannot be promoted

    @property
    def line(self) -> AlertLine:
        return self.row.line


@require_safe
def page(request: PageRequest, number: int) -> HttpResponse:
    """The alert as it is, or with `?as_of=` as it was known then."""
    return _shown(request, number)


def _shown(
    request: PageRequest, number: int, *, answer: AnswerForm | None = None, owner: OwnerForm | None = None,
    close: CloseForm | None = None, judgement: JudgementForm | None = None,
) -> HttpResponse:  # fmt: skip
    point = standpoint(day_asked_for(request))
    line = alert(request.actor, number, point, locale=locale())
    response = line.response
    context = {
        "view": _view(request.actor, line, point),
        "answer": answer or (AnswerForm(initial=AnswerForm.of(response)) if response is not None else None),
        "owner": owner or OwnerForm(alert=line.alert, initial={"owner": line.owner.key if line.owner else ""}),
        "close": close or CloseForm(),
        "judgement": judgement or JudgementForm(),
        "is_past": point.as_of is not None,
    }
    refused = any(one is not None and one.errors for one in (answer, owner, close, judgement))
    return render(request, "alerts/alert.html", context, status=422 if refused else 200)


def _view(actor: Actor, line: AlertLine, point: Standpoint) -> AlertView:
    teller = alert_facts.teller_of(point)
    steps = history(actor, line.id, point)
    others = [one for one in alerts_of(actor, line.alert.thing, point, most=MOST_BEFORE + 1, locale=locale())
              if one.id != line.id][:MOST_BEFORE]  # fmt: skip
    kpi = line.alert.kpi
    rules = RULES[line.rule]
    return AlertView(
        row=row_of(actor, line, point),
        says=str(rules.says),
        facts=alert_facts.facts(line, teller),
        why=alert_facts.why_told(line, point),
        picture=_picture(actor, line, point),
        life=alert_facts.life(line, steps, teller),
        relapse_url=alert_facts.relapse_url(line),
        is_restated=any(step.kind == "restated" for step in steps),
        before=rows_of(actor, others, point),
        before_url=f"{reverse('alerts')}?scope=all&state=all&{line.kind}={line.key}",
        uses=uses_of(Subject(actor, kpi, True, point.as_of)) if kpi is not None else [],
        rules_url=f"{reverse('alert_rule', args=[line.rule])}?{line.kind}={line.key}",
        may_handle=line.may_handle and point.as_of is None,
        may_judge=point.as_of is None and alert_facts.may_judge(actor, line),
        promote_url=_promote_url(actor, line, point),
    )


def _promote_url(actor: Actor, line: AlertLine, point: Standpoint) -> str:
    """Where the KPI is promoted because of this, while it lags."""
    kpi = line.alert.kpi
    if kpi is None or not line.is_live or line.rule not in PROBLEMS_OF_A_KPI or is_for_the_better(line):
        return ""
    url = promote_url(actor, kpi, point)
    return f"{url}?alert={line.id}" if url else ""


def _picture(actor: Actor, line: AlertLine, point: Standpoint) -> KpiPicture | None:
    key_result = line.alert.key_result
    if key_result is None:
        return alert_facts.picture_of(line, point)
    return key_result_chart.picture_of(KeyResultSubject(actor, key_result, point.as_of))[0]


@require_POST
def response(request: PageRequest, number: int) -> HttpResponse:
    """Answer the response plan: what is done, by whom, until when."""
    refuse_past(request)
    line = alert(request.actor, number)
    asked = line.response
    if asked is None:
        raise refuse("no-response", _("This alert asks for no answer. Say what you do in its discussion."))
    form = AnswerForm(request.POST)
    if form.is_valid():
        done = carry_out(form, lambda: form.answer(request.actor, asked))
        if done is not None:
            say(request, _("Thank you. It is shown beside the KPI as what is being done."))
            return redirect("alert", number)
    return _shown(request, number, answer=form)


@require_POST
def owner(request: PageRequest, number: int) -> HttpResponse:
    """Give it to somebody, with the response that waits; they are told."""
    refuse_past(request)
    line = alert(request.actor, number)
    form = OwnerForm(request.POST, alert=line.alert)
    if form.is_valid():
        chosen = form.cleaned_data["owner"]
        done = carry_out(form, lambda: commands.assign(request.actor, line.alert, chosen))
        if done is not None:
            say(request, _("%(name)s has it now.") % {"name": chosen.name} if chosen else _("Nobody has it now."))
            return redirect("alert", number)
    return _shown(request, number, owner=form)


@require_POST
def closure(request: PageRequest, number: int) -> HttpResponse:
    """Close it with a reason."""
    refuse_past(request)
    line = alert(request.actor, number)
    before = line.alert.state
    form = CloseForm(request.POST)
    if form.is_valid():
        done = carry_out(form, lambda: commands.close(request.actor, line.alert, **form.cleaned_data))
        if done is not None:
            words = _("Closed. It is raised again only when it has ceased and begins anew.")
            say(request, words, undo=undo_url(line.alert, before))
            return redirect("alert", number)
    return _shown(request, number, close=form)


@require_POST
def judgement(request: PageRequest, number: int) -> HttpResponse:
    """Say of a deviation that it is the new normal (`do=baseline`), or no change at all (`do=rejected`)."""
    refuse_past(request)
    line = alert(request.actor, number)
    form = JudgementForm(request.POST)
    is_baseline = request.POST.get("do") == "baseline"
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done = carry_out(
            form,
            lambda: commands.settle_deviation(request.actor, line.alert, is_new_normal=is_baseline, reason=reason),
        )
        if done is not None:
            words = _("A new normal begins there.") if is_baseline else _("It counts as no change.")
            say(request, words, undo=reverse("alert_judgement_removal", args=[number]))
            return redirect("alert", number)
    return _shown(request, number, judgement=form)


@require_POST
def judgement_removal(request: PageRequest, number: int) -> HttpResponse:
    """Take that back: the alert is open again, and the KPI is judged as before."""
    refuse_past(request)
    commands.reopen_deviation(request.actor, alert(request.actor, number).alert)
    say(request, _("It is as it was before."))
    return redirect("alert", number)


urlpatterns = [
    path("alerts/<int:number>", page, name="alert"),
    path("alerts/<int:number>/response", response, name="alert_response"),
    path("alerts/<int:number>/owner", owner, name="alert_owner"),
    path("alerts/<int:number>/closure", closure, name="alert_closure"),
    path("alerts/<int:number>/judgement", judgement, name="alert_judgement"),
    path("alerts/<int:number>/judgement/removal", judgement_removal, name="alert_judgement_removal"),
]
