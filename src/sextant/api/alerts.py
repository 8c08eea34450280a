"""`/alerts`: episodes of rules with their evidence, what is done about them, and what nobody answers for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from sextant.alerts import commands
from sextant.alerts.models import Alert, AlertStep, Response
from sextant.alerts.queries import inbox
from sextant.alerts.queries.inbox import STATE_FILTERS, InboxFilter
from sextant.alerts.queries.rules import failures
from sextant.alerts.queries.waiting import targets_without_action, unanswered
from sextant.alerts.rules import rule_of
from sextant.api.actors import ApiRequest
from sextant.api.alert_answers import (
    AlertOut,
    LateOut,
    ResponseOut,
    StepOut,
    UnansweredOut,
    failure_shown,
    response_shown,
    shown,
    step_shown,
    without_action_shown,
)
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Day, Key, Line, Listed, Words, named, place, written
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people.models import Team

router = Router(tags=["Alerts"])


class AlertsAsked(Listed):
    scope: Line = Field("all", description="mine, teams (those in which you hold a role) or all.")
    state: Line = Field("live", description="live (not closed), open, acknowledged, snoozed, closed or all.")
    rule: Line = ""
    team: Key = Field("", description="With the teams below it.")
    kpi: Key = ""
    key_result: Key = ""
    unanswered: bool = Field(False, description="1: only those whose response waits for an answer.")


class ReasonIn(Change):
    reason: Words = ""


class SnoozeIn(Change):
    until: Day = Field(description="The day on whose morning it is open again.")
    reason: Words = ""


class ClosureIn(Change):
    reason: Words


class OwnerIn(Change):
    owner: Key | None = Field(description="Who has it; null for nobody.")


class AnswerIn(Change):
    what: Words = Field(description="What is being done.")
    action_owner: Key | None = None
    action_due_on: Day | None = None


class JudgementIn(Change):
    verdict: Literal["new_normal", "no_change"]
    reason: Words


class UnansweredAsked(Asked):
    team: Key = ""


@router.get("/alerts", response=Page[AlertOut], summary="List alerts, the newest first")
def list_alerts(request: ApiRequest, asked: Query[AlertsAsked]) -> HttpResponse:
    """One entry per episode. Without filters: all that are not closed."""
    after = place(asked.cursor, int)
    filters = _filters(request.actor, asked)
    found = inbox.listed(
        request.actor, filters, standpoint(asked.as_of), before=after[0] if after else None, most=asked.limit + 1
    )
    page = found[: asked.limit]
    following = written([page[-1].id]) if len(found) > asked.limit else None
    return answer(Page[AlertOut](items=[shown(one, why=asked.why) for one in page], next=following))


def _filters(actor: Actor, asked: AlertsAsked) -> InboxFilter:
    """Refused (422) for a choice nobody knows, or a thing the actor may not see."""
    if asked.scope not in ("mine", "teams", "all"):
        raise refuse("unknown-choice", "Choose mine, teams or all.", "scope")
    if asked.state not in STATE_FILTERS:
        raise refuse("unknown-choice", f"Choose one of: {', '.join(STATE_FILTERS)}.", "state")
    if asked.rule:
        rule_of(asked.rule)
    return InboxFilter(
        state=asked.state,
        rule=asked.rule,
        team=named("team", actor, asked.team or None, "team"),
        mine=asked.scope == "mine",
        my_teams=asked.scope == "teams",
        unanswered=asked.unanswered,
        kpi=named("kpi", actor, asked.kpi or None, "kpi"),
        key_result=named("key_result", actor, asked.key_result or None, "key_result"),
    )


@router.get("/alerts/unanswered", response=UnansweredOut, summary="What nobody answers for")
def get_unanswered(request: ApiRequest, asked: Query[UnansweredAsked]) -> HttpResponse:
    """Late responses, alerts without an owner and failing rules of today; targets without action at `as_of`."""
    actor = request.actor
    team: Team | None = named("team", actor, asked.team or None, "team")
    waiting = unanswered(actor, team=team)
    bare = targets_without_action(actor, standpoint(asked.as_of), team=team)
    out = UnansweredOut(
        responses=[LateOut(alert=shown(one.line, why=asked.why), days_late=one.days_late) for one in waiting.responses],
        without_owner=[shown(one, why=asked.why) for one in waiting.without_owner],
        without_action=[without_action_shown(one) for one in bare],
        failures=[failure_shown(one) for one in failures(actor)],
    )
    return answer(out)


@router.get("/alerts/{alert_id}", response=AlertOut, summary="One alert")
def get_alert(request: ApiRequest, alert_id: str, asked: Query[Asked]) -> HttpResponse:
    return answer(shown(inbox.alert(request.actor, alert_id, standpoint(asked.as_of)), why=asked.why))


@router.get("/alerts/{alert_id}/history", response=Page[StepOut], summary="The life of an alert, oldest first")
def get_history(request: ApiRequest, alert_id: str, asked: Query[Asked]) -> HttpResponse:
    point: Standpoint = standpoint(asked.as_of)
    line = inbox.alert(request.actor, alert_id, point)
    steps: Sequence[AlertStep] = inbox.history(request.actor, line.id, point)
    return answer(Page[StepOut](items=[step_shown(one) for one in steps], next=None))


@router.post("/alerts/{alert_id}/acknowledgement", response=AlertOut, summary="Take note of an alert")
def post_acknowledgement(request: ApiRequest, alert_id: str, body: ReasonIn) -> HttpResponse:
    """Doing so twice changes nothing."""
    commands.acknowledge(request.actor, _alert(request, alert_id), reason=body.reason)
    return _now(request, alert_id)


@router.delete("/alerts/{alert_id}/acknowledgement", response=AlertOut, summary="Take that back")
def delete_acknowledgement(request: ApiRequest, alert_id: str) -> HttpResponse:
    commands.reopen(request.actor, _in_state(request, alert_id, "acknowledged", "acknowledgement"))
    return _now(request, alert_id)


@router.post("/alerts/{alert_id}/snooze", response=AlertOut, summary="Let an alert rest until a day")
def post_snooze(request: ApiRequest, alert_id: str, body: SnoozeIn) -> HttpResponse:
    commands.snooze(request.actor, _alert(request, alert_id), until=body.until, reason=body.reason)
    return _now(request, alert_id)


@router.delete("/alerts/{alert_id}/snooze", response=AlertOut, summary="Wake an alert")
def delete_snooze(request: ApiRequest, alert_id: str) -> HttpResponse:
    commands.reopen(request.actor, _in_state(request, alert_id, "snoozed", "snooze"))
    return _now(request, alert_id)


@router.post("/alerts/{alert_id}/closure", response=AlertOut, summary="Close an alert")
def post_closure(request: ApiRequest, alert_id: str, body: ClosureIn) -> HttpResponse:
    """It is raised again only when it has ceased and begins anew."""
    commands.close(request.actor, _alert(request, alert_id), reason=body.reason)
    return _now(request, alert_id)


@router.delete("/alerts/{alert_id}/closure", response=AlertOut, summary="Reopen a closed alert")
def delete_closure(request: ApiRequest, alert_id: str) -> HttpResponse:
    commands.reopen(request.actor, _in_state(request, alert_id, "closed", "closure"))
    return _now(request, alert_id)


@router.put("/alerts/{alert_id}/owner", response=AlertOut, summary="Give an alert to somebody")
def put_owner(request: ApiRequest, alert_id: str, body: OwnerIn) -> HttpResponse:
    """A response that waits goes with it; who gets it is told."""
    found = _alert(request, alert_id)
    commands.assign(request.actor, found, named("person", request.actor, body.owner, "owner"))
    return _now(request, alert_id)


@router.get("/alerts/{alert_id}/response", response=ResponseOut, summary="What is to be done about an alert")
def get_response(request: ApiRequest, alert_id: str) -> HttpResponse:
    out = response_shown(_asked_response(request, alert_id))
    assert out is not None  # _asked_response raises where there is none
    return answer(out)


@router.put("/alerts/{alert_id}/response", response=AlertOut, summary="Answer what is being done")
def put_response(request: ApiRequest, alert_id: str, body: AnswerIn) -> HttpResponse:
    """It becomes the action noted on the KPI. Answering again replaces the answer."""
    actor = request.actor
    commands.answer_response(
        actor, _asked_response(request, alert_id), what=body.what,
        action_owner=named("person", actor, body.action_owner, "action_owner"), due_on=body.action_due_on,
    )  # fmt: skip
    return _now(request, alert_id)


@router.post("/alerts/{alert_id}/judgement", response=AlertOut, summary="Settle a deviation")
def post_judgement(request: ApiRequest, alert_id: str, body: JudgementIn) -> HttpResponse:
    """`new_normal`: from its beginning on the KPI is judged by itself. `no_change`: it is not raised again."""
    is_new_normal = body.verdict == "new_normal"
    found = _alert(request, alert_id)
    commands.settle_deviation(request.actor, found, is_new_normal=is_new_normal, reason=body.reason)
    return _now(request, alert_id)


@router.delete("/alerts/{alert_id}/judgement", response=AlertOut, summary="Take that back")
def delete_judgement(request: ApiRequest, alert_id: str) -> HttpResponse:
    commands.reopen_deviation(request.actor, _in_state(request, alert_id, "closed", "judgement"))
    return _now(request, alert_id)


def _alert(request: ApiRequest, alert_id: str) -> Alert:
    return inbox.alert(request.actor, alert_id).alert


def _in_state(request: ApiRequest, alert_id: str, state: str, what: str) -> Alert:
    """The alert. Raises Hidden when there is nothing of this to take back."""
    found = _alert(request, alert_id)
    if found.state != state:
        raise Hidden(what, alert_id[:18])
    return found


def _asked_response(request: ApiRequest, alert_id: str) -> Response:
    line = inbox.alert(request.actor, alert_id)
    if line.response is None:
        raise Hidden("response", str(line.id))
    return line.response


def _now(request: ApiRequest, alert_id: str) -> HttpResponse:
    return answer(shown(inbox.alert(request.actor, alert_id)))
