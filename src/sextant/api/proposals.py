"""`/proposals`: changes of what a KPI means, told before they count."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import LONGEST_NUMBER, Change, Line, Version, Words, found, period_in
from sextant.api.targets import TargetFigures
from sextant.calc.periods import Frequency, label, period_at
from sextant.core.access import require, visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.kpis.commands import applying, proposals, signing
from sextant.kpis.models import ChangeProposal, Kpi
from sextant.kpis.proposal_sentences import effect
from sextant.kpis.queries.proposals import Preview, Said, look_at_proposal, preview, proposals_of
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import standpoint

router = Router(tags=["KPIs"])


class Changes(TargetFigures):
    """What would be different; what is not sent stays as it is. Figures of a target make a new target."""

    description: Words = Field(default_factory=str)
    how_measured: Words = Field(default_factory=str)
    formula: Words = Field(default_factory=str)
    direction: Line = Field(default_factory=str)
    unit: Line = Field(default_factory=str)
    aggregation: Line = Field(default_factory=str)
    numerator: Line = Field(default_factory=str, description='Key of a metric; "" for none.')
    denominator: Line = Field(default_factory=str, description='Key of a metric; "" for none.')

    def changes(self) -> dict[str, Any]:
        sent = self.given()
        figures = {name: sent.pop(name) for name in TargetFigures.model_fields if name in sent}
        return sent | ({"target": figures} if figures else {})


class NewPreview(Change):
    changes: Changes
    valid_from: Line | None = Field(None, description="The first period it applies to; null for the whole history.")


class NewProposal(NewPreview):
    reason: Words
    notice_days: int = Field(proposals.NOTICE_DAYS, ge=0, le=proposals.MOST_NOTICE_DAYS)


class ProposalChange(NewProposal):
    version: Version


class Reason(Change):
    reason: Words = ""


class Answered(Reason):
    answer: Line = Field(description="agreed, objected (with a reason), or none, which withdraws an objection.")


class SignOffOut(BaseModel):
    person: str = Field(description="Key of the person asked.")
    answers_for: list[str] = Field(description="kind:key of what makes it their business, as far as you may see it.")
    answer: str = Field(description="agreed, objected, or empty.")
    reason: str
    answered_at: datetime | None
    overruled_by: str
    overruled_because: str


class ProposalOut(BaseModel):
    id: int
    kpi: str
    state: str = Field(description="draft, announced, objected, accepted, in_force, withdrawn, taken_back or failed.")
    changes: dict[str, Any] = Field(description="Field to what it would be; null for a metric you may not see.")
    before: dict[str, Any] = Field(description="The same fields as they are; once in force, as they were.")
    reason: str
    valid_from: str | None = Field(description="The first period it applies to; null for the whole history.")
    notice_days: int
    notice_ends: datetime | None
    author: str
    known_at: datetime
    announced_at: datetime | None
    waiting_since: datetime | None = Field(
        description="It is due, but nobody who proposed it or agreed may change the KPI any more."
    )
    applied_at: datetime | None
    ended_because: str = Field(description="Why it was withdrawn, taken back or could not be applied.")
    sign_offs: list[SignOffOut]
    version: int


class RestatedOut(BaseModel):
    period: str
    before: float | None
    after: float | None
    status_before: str
    status_after: str
    restated: bool = Field(description="The change reaches the period; where not, `after` is what would have been.")


class PreviewOut(BaseModel):
    restated: int = Field(description="So many periods the change reaches.")
    value_changes: int
    status_changes: int
    recalculated: bool = Field(description="Values are worked out anew; else recorded values stay as they are.")
    text: list[str]
    periods: list[RestatedOut] = Field(description="The newest first.")


@router.get("/kpis/{key}/proposals", response=Page[ProposalOut], summary="Proposed changes of a KPI")
def list_proposals(request: ApiRequest, key: str) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    shown = [proposal_shown(request.actor, one) for one in proposals_of(request.actor, kpi)]
    return answer(Page[ProposalOut](items=shown, next=None))


@router.post("/kpis/{key}/proposals", response={201: ProposalOut}, summary="Propose a change as a draft")
def post_proposal(request: ApiRequest, key: str, body: NewProposal) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    return answer(proposal_shown(request.actor, proposals.draft_proposal(request.actor, kpi, **_given(body))), 201)


@router.post("/kpis/{key}/proposals/preview", response=PreviewOut, summary="What a change would do to the history")
def post_preview(request: ApiRequest, key: str, body: NewPreview) -> HttpResponse:
    """Nothing is written."""
    kpi: Kpi = found("kpi", request.actor, key, "change")
    changes = proposals.checked_changes(request.actor, kpi, body.changes.changes())
    return answer(_preview_shown(preview(kpi, changes, _hour(body.valid_from), standpoint())))


@router.get("/proposals/{number}", response=ProposalOut, summary="Get a proposed change")
def get_proposal(request: ApiRequest, number: int) -> HttpResponse:
    return answer(proposal_shown(request.actor, _found(request.actor, number)))


@router.get("/proposals/{number}/preview", response=PreviewOut, summary="What it would do to the history")
def get_preview(request: ApiRequest, number: int) -> HttpResponse:
    """On the history as it is now; of a proposal in force, nothing is left to differ."""
    proposal = _found(request.actor, number)
    return answer(_preview_shown(preview(proposal.kpi, proposal.changes, proposal.valid_from, standpoint())))


@router.put("/proposals/{number}", response=ProposalOut, summary="Write a draft anew")
def put_proposal(request: ApiRequest, number: int, body: ProposalChange) -> HttpResponse:
    proposal = _found(request.actor, number)
    done = proposals.change_proposal(request.actor, proposal, version=body.version, **_given(body))
    return answer(proposal_shown(request.actor, done))


@router.post("/proposals/{number}/announcement", response=ProposalOut, summary="Announce it to those concerned")
def post_announcement(request: ApiRequest, number: int) -> HttpResponse:
    proposals.announce_proposal(request.actor, _found(request.actor, number))
    return _again(request, number)


@router.put("/proposals/{number}/sign-off", response=ProposalOut, summary="Agree, object, or withdraw an objection")
def put_sign_off(request: ApiRequest, number: int, body: Answered) -> HttpResponse:
    proposal = _found(request.actor, number)
    if body.answer == "agreed":
        signing.sign_proposal(request.actor, proposal)
    elif body.answer == "objected":
        signing.object_to_proposal(request.actor, proposal, reason=body.reason)
    else:
        signing.withdraw_objection(request.actor, proposal)
    return _again(request, number)


@router.post("/proposals/{number}/overruling", response=ProposalOut, summary="Overrule the objections")
def post_overruling(request: ApiRequest, number: int, body: Reason) -> HttpResponse:
    """An administrator's right; the reason stays on record."""
    signing.overrule_objections(request.actor, _found(request.actor, number), reason=body.reason)
    return _again(request, number)


@router.post("/proposals/{number}/withdrawal", response=ProposalOut, summary="Give it up before it is in force")
def post_withdrawal(request: ApiRequest, number: int, body: Reason) -> HttpResponse:
    proposals.withdraw_proposal(request.actor, _found(request.actor, number), reason=body.reason)
    return _again(request, number)


@router.post("/proposals/{number}/standing-for", response=ProposalOut, summary="Put into force what waits for it")
def post_standing_for(request: ApiRequest, number: int) -> HttpResponse:
    """In the place of an author who may not change the KPI any more; `waiting_since` says so."""
    applying.stand_for_proposal(request.actor, _found(request.actor, number))
    return _again(request, number)


@router.post("/proposals/{number}/taking-back", response=ProposalOut, summary="Take it back within seven days")
def post_taking_back(request: ApiRequest, number: int, body: Reason) -> HttpResponse:
    applying.take_back_proposal(request.actor, _found(request.actor, number), reason=body.reason)
    return _again(request, number)


def proposal_shown(actor: Actor, proposal: ChangeProposal) -> ProposalOut:
    look = look_at_proposal(actor, proposal)
    return ProposalOut(
        id=proposal.pk,
        kpi=proposal.kpi.key,
        state=proposal.state,
        changes={one.name: one.after for one in look.fields},
        before={one.name: one.before for one in look.fields if one.name != "target"},
        reason=proposal.reason,
        valid_from=None if proposal.valid_from is None else _period_words(proposal.kpi, proposal.valid_from),
        notice_days=proposal.notice_days,
        notice_ends=look.notice_ends,
        author=proposal.author,
        known_at=proposal.known_at,
        announced_at=proposal.announced_at,
        waiting_since=proposal.waiting_since,
        applied_at=proposal.applied_at,
        ended_because=proposal.ended_because,
        sign_offs=[_sign_off_shown(one) for one in look.said],
        version=proposal.version,
    )


def _sign_off_shown(one: Said) -> SignOffOut:
    row = one.sign_off
    return SignOffOut(
        person=row.person.key, answers_for=[f"{kind}:{key}" for kind, key, _name in one.things], answer=row.answer,
        reason=row.reason, answered_at=row.answered_at, overruled_by=row.overruled_by,
        overruled_because=row.overruled_because,
    )  # fmt: skip


def _preview_shown(seen: Preview) -> PreviewOut:
    calendar = seen.before.series.calendar
    return PreviewOut(
        restated=seen.restated,
        value_changes=seen.value_changes,
        status_changes=seen.status_changes,
        recalculated=seen.is_recalculated,
        text=effect(seen),
        periods=[
            RestatedOut(
                period=label(row.period, calendar), before=row.before, after=row.after,
                status_before=row.status_before, status_after=row.status_after, restated=row.is_restated,
            )
            for row in seen.rows
        ],
    )  # fmt: skip


def _found(actor: Actor, number: int) -> ChangeProposal:
    proposal: ChangeProposal | None = None
    if 0 < number < LONGEST_NUMBER:
        proposal = visible("proposal", actor).filter(pk=number).first()
    if proposal is None:
        raise Hidden("proposal", str(number)[:20])
    require("proposal", actor, "view", proposal)
    return proposal


def _again(request: ApiRequest, number: int) -> HttpResponse:
    return answer(proposal_shown(request.actor, _found(request.actor, number)))


def _given(body: NewProposal) -> dict[str, Any]:
    return {
        "changes": body.changes.changes(), "reason": body.reason, "valid_from": _hour(body.valid_from),
        "notice_days": body.notice_days,
    }  # fmt: skip


def _hour(valid_from: str | None) -> int | None:
    return None if valid_from is None else period_in(valid_from, "valid_from").start


def _period_words(kpi: Kpi, hour: int) -> str:
    calendar = calendar_for(kpi.metric, standpoint())
    return label(period_at(hour, Frequency(kpi.metric.frequency), calendar), calendar)
