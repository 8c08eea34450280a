"""Alerts as the API sends them: what they say, what is done about them, and what nobody answers for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from sextant.alerts.models import Alert, AlertStep, Response, RuleFailure
from sextant.alerts.queries.inbox import AlertLine
from sextant.alerts.queries.waiting import WithoutAction
from sextant.alerts.sentences import explain
from sextant.api.answering import Explanation, explained
from sextant.calc.periods import moment_of
from sextant.calc.why import Why

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
        response=response_shown(line.response),
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


def response_shown(row: Response | None) -> ResponseOut | None:
    if row is None:
        return None
    return ResponseOut(
        plan=row.plan, owner=row.owner.key if row.owner else None, due_on=row.due_on, what=row.what,
        action_owner=row.action_owner.key if row.action_owner else None, action_due_on=row.action_due_on,
        answered_at=row.answered_at, answered_by=row.answered_by,
    )  # fmt: skip


def without_action_shown(one: WithoutAction) -> WithoutActionOut:
    owner = one.standing.metric.owner
    return WithoutActionOut(
        kpi=one.kpi.key, kind=one.kind, status=one.standing.status, owner=owner.key if owner else None
    )  # fmt: skip


def failure_shown(row: RuleFailure) -> FailureOut:
    return FailureOut(
        rule=row.rule, kpi=row.kpi.key if row.kpi else None, key_result=row.key_result.key if row.key_result else None,
        message=row.message, times=row.times, first_at=row.first_at, last_at=row.last_at,
    )  # fmt: skip


def step_shown(one: AlertStep) -> StepOut:
    return StepOut(
        kind=one.kind, before=one.before, after=one.after, at=one.known_at, author=one.author, reason=one.reason,
        evidence=_evidence(one.evidence),
    )  # fmt: skip
