"""`/alerts`: episodes of rules with their evidence, what is done about them, and what nobody answers for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.alerts import commands
from sextant.alerts.models import Alert, AlertStep, Response, RuleFailure
from sextant.alerts.queries import inbox
from sextant.alerts.queries.inbox import STATE_FILTERS, AlertLine, InboxFilter
from sextant.alerts.queries.rules import failures
from sextant.alerts.queries.waiting import WithoutAction, targets_without_action, unanswered
from sextant.alerts.rules import rule_of
from sextant.alerts.sentences import explain
from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import Asked, Change, Day, Key, Line, Listed, Words, named, place, written
from sextant.calc.periods import moment_of
from sextant.calc.why import Why
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people.models import Team

router = Router(tags=["Alerts"])
HOURS = ("start", "since", "found")


class ResponseOut(BaseModel):
    plan: str = Field(description="What the KPI's response plan said when the alert was raised.")
    owner: str | None
    due_on: date
    what: str = Field(description="The answer; empty while nobody has answered.")
    action_owner: str | None
    action_due_on: date | None
    answered_at: datetime | None
    answered_by: str


class AlertOut(BaseModel):
    id: int
    rule: str
    kind: str = Field(description="What it is about: kpi or key_result.")
    key: str = Field(description="The key of the KPI or key result.")
    name: str
    team: str
    owner: str | None
    state: str = Field(description="open, acknowledged, snoozed or closed.")
    opened_at: datetime
    snoozed_until: datetime | None
    closed_at: datetime | None
    closed_how: str = Field(description="recovered, passed, person, muted, retired or escalated; empty while it lives.")
    relapse_of: int | None = Field(description="The episode it follows, where it came back soon after a recovery.")
    sentence: str = Field(description="Computed: what it says, with size and window.")
    since: str = Field(description="Computed: the first period it held for; empty where it is about none.")
    how_sure: str = Field(description="Computed: periods in a row, surprise or chance; empty for a plain fact.")
    evidence: dict[str, Any] = Field(description="The figures it rests on; `since`, `start` and `found` as moments.")
    response: ResponseOut | None = Field(description="null: this rule asks for no answer.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class AlertBrief(BaseModel):
    """An alert beside the KPI it is about."""

    id: int
    rule: str
    state: str
    sentence: str
    opened_at: datetime
    response_due_on: date | None = Field(description="Until when an answer is asked for; null when none waits.")


class StepOut(BaseModel):
    kind: str
    before: str
    after: str
    at: datetime
    author: str
    reason: str
    evidence: dict[str, Any]


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


class LateOut(BaseModel):
    alert: AlertOut
    days_late: int


class WithoutActionOut(BaseModel):
    kpi: str
    kind: str = Field(description="off_target, or aim: a long-range aim nobody works towards.")
    status: str
    owner: str | None


class FailureOut(BaseModel):
    rule: str
    kpi: str | None
    key_result: str | None
    message: str
    times: int
    first_at: datetime
    last_at: datetime


class UnansweredOut(BaseModel):
    responses: list[LateOut] = Field(description="Past their day, the longest waiting first.")
    without_owner: list[AlertOut]
    without_action: list[WithoutActionOut] = Field(description="KPIs off target or with an aim, and nothing under way.")
    failures: list[FailureOut] = Field(description="Rules that cannot be evaluated at present.")


def shown(line: AlertLine, *, why: bool = False) -> AlertOut:
    """An episode as it is sent, as it stood at the standpoint it was read from."""
    row: Alert = line.alert
    is_closed = line.state == "closed"
    out = AlertOut(
        id=line.id,
        rule=line.rule,
        kind=line.kind,
        key=line.key,
        name=line.name,
        team=line.team.key,
        owner=line.owner.key if line.owner else None,
        state=line.state,
        opened_at=line.opened_at,
        snoozed_until=line.snoozed_until,
        closed_at=row.closed_at if is_closed else None,
        closed_how=row.closed_how if is_closed else "",
        relapse_of=row.relapse_of_id,
        sentence=line.sentence,
        since=line.since,
        how_sure=line.how_sure,
        evidence=_evidence(line.evidence),
        response=_response(line.response),
    )
    if why:
        reason = explain(row, line.evidence)
        inputs = _evidence(reason.inputs)
        out.why = explained({
            field: Why(reason.rule, reason.formula, {**inputs, "result": getattr(out, field)}, reason.source)
            for field in ("sentence", "since", "how_sure")
        })  # fmt: skip
    return out


def brief(line: AlertLine) -> AlertBrief:
    response = line.response
    due_on = response.due_on if response is not None and response.answered_at is None else None
    return AlertBrief(
        id=line.id, rule=line.rule, state=line.state, sentence=line.sentence, opened_at=line.opened_at,
        response_due_on=due_on,
    )  # fmt: skip


def _evidence(found: Any) -> dict[str, Any]:
    return {name: moment(value) if name in HOURS else _within(value) for name, value in found.items()}


def _within(value: Any) -> Any:
    """Evidence may hold evidence, such as that of a finding beside a missed target."""
    if isinstance(value, list):
        return [_within(one) for one in value]
    return _evidence(value) if isinstance(value, dict) else value


def moment(hour: Any) -> Any:
    """An hour of the calendar line as a moment."""
    return moment_of(hour).isoformat(timespec="minutes") if isinstance(hour, int) else hour


def _response(row: Response | None) -> ResponseOut | None:
    if row is None:
        return None
    return ResponseOut(
        plan=row.plan, owner=row.owner.key if row.owner else None, due_on=row.due_on, what=row.what,
        action_owner=row.action_owner.key if row.action_owner else None, action_due_on=row.action_due_on,
        answered_at=row.answered_at, answered_by=row.answered_by,
    )  # fmt: skip


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
        without_action=[_bare(one) for one in bare],
        failures=[_failure(one) for one in failures(actor)],
    )
    return answer(out)


def _bare(one: WithoutAction) -> WithoutActionOut:
    owner = one.standing.metric.owner
    return WithoutActionOut(
        kpi=one.kpi.key, kind=one.kind, status=one.standing.status, owner=owner.key if owner else None
    )  # fmt: skip


def _failure(row: RuleFailure) -> FailureOut:
    return FailureOut(
        rule=row.rule, kpi=row.kpi.key if row.kpi else None, key_result=row.key_result.key if row.key_result else None,
        message=row.message, times=row.times, first_at=row.first_at, last_at=row.last_at,
    )  # fmt: skip


@router.get("/alerts/{alert_id}", response=AlertOut, summary="One alert")
def get_alert(request: ApiRequest, alert_id: str, asked: Query[Asked]) -> HttpResponse:
    return answer(shown(inbox.alert(request.actor, alert_id, standpoint(asked.as_of)), why=asked.why))


@router.get("/alerts/{alert_id}/history", response=Page[StepOut], summary="The life of an alert, oldest first")
def get_history(request: ApiRequest, alert_id: str, asked: Query[Asked]) -> HttpResponse:
    point: Standpoint = standpoint(asked.as_of)
    line = inbox.alert(request.actor, alert_id, point)
    steps: Sequence[AlertStep] = inbox.history(request.actor, line.id, point)
    return answer(Page[StepOut](items=[_step(one) for one in steps], next=None))


def _step(one: AlertStep) -> StepOut:
    return StepOut(
        kind=one.kind, before=one.before, after=one.after, at=one.known_at, author=one.author, reason=one.reason,
        evidence=_evidence(one.evidence),
    )  # fmt: skip


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
    out = _response(_asked_response(request, alert_id))
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
