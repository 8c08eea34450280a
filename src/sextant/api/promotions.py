"""`/promotions`: promoting KPIs and deciding about them, taking steps back, and graduating key results."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from sextant.alerts.queries.inbox import alert
from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import Change, Day, Figure, Key, Line, Version, Words, found, named
from sextant.api.lifecycle import MarkOut, PromotionOut, StepOut, marked, shown, step_shown
from sextant.core import access
from sextant.core.errors import Hidden
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import deciding
from sextant.lifecycle.commands.graduating import graduate
from sextant.lifecycle.commands.promoting import promote
from sextant.lifecycle.commands.undoing import undo
from sextant.lifecycle.models import Graduation, Promotion, Transition
from sextant.lifecycle.queries.graduations import offer
from sextant.lifecycle.queries.promotions import open_promotion
from sextant.lifecycle.queries.timeline import timeline
from sextant.metrics.queries.standpoint import standpoint

router = Router(tags=["Lifecycle"])
LARGEST = 10**18


class OfferOut(BaseModel):
    key_result: str
    offered: bool
    rule: str = Field(description="process-limits, periods-met, or empty.")
    met: int
    needed: int
    sentence: str
    needs: list[str] = Field(description="What its KPI would lack: reason, owner, how_measured.")
    kpi: str | None = Field(description="The KPI it is watched as since it graduated.")
    graduated_at: datetime | None


class PromotionIn(Change):
    why: Words
    cycle: Key | None = Field(None, description="The cycle or sprint it is for; its last day is the end.")
    ends_on: Day | None = Field(None, description="The last day, instead. One of both is required.")
    objective: Key | None = Field(None, description="The objective it joins; null: one of its own.")
    target: Figure | None = Field(None, description="Another target than the KPI's.")
    guard: Key | None = Field(None, description="The metric that must not get worse.")
    owner: Key | None = None
    revert_after: int = Field(3, ge=1, le=24, description="So many periods in a row on target bring it back.")
    heeds_findings: bool = Field(True, description="A change for the worse among them keeps it.")
    alert: int | None = Field(None, ge=1, lt=LARGEST, description="What it is promoted because of.")
    accept_doubts: bool = Field(False, description="Promote although the exit rule can hardly hold.")


class MoreTimeIn(Change):
    version: Version | None = None
    cycle: Key | None = None
    ends_on: Day | None = None
    reason: Words


class ReplanIn(MoreTimeIn):
    target: Figure | None = None
    revert_after: int | None = Field(None, ge=1, le=24)


class AcceptIn(Change):
    until: Day = Field(description="The last day; at most a year ahead.")
    reason: Words


class ReasonedIn(Change):
    version: Version | None = None
    reason: Words


class UndoIn(Change):
    reason: Words = ""


class WhatChangedIn(Change):
    text: Words


class GraduateIn(Change):
    why: Line = ""
    target: Figure | None = None
    theme: Key | None = None
    owner: Key | None = None
    reason: Words = ""
    how_measured: Words = ""
    response_plan: Words = ""


@router.get("/kpis/{key}/promotion", response=PromotionOut, summary="The promotion that is at work on a KPI")
def get_promotion_of_kpi(request: ApiRequest, key: str) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    at_work = open_promotion(kpi.pk)
    if at_work is None:
        raise Hidden("promotion", key)
    return answer(shown(request.actor, at_work, standpoint()))


@router.post("/kpis/{key}/promotion", response={201: PromotionOut}, summary="Promote a KPI")
def post_promotion(request: ApiRequest, key: str, body: PromotionIn) -> HttpResponse:
    """It becomes a key result on its own series until a day, and comes back by itself once it is restored."""
    actor = request.actor
    kpi: Kpi = found("kpi", actor, key)
    made = promote(
        actor, kpi, why=body.why, cycle=named("cycle", actor, body.cycle, "cycle"), ends_on=body.ends_on,
        objective=named("objective", actor, body.objective, "objective"), target=body.target,
        guard=named("metric", actor, body.guard, "guard"), owner=named("person", actor, body.owner, "owner"),
        revert_after=body.revert_after, heeds_findings=body.heeds_findings,
        alert=alert(actor, str(body.alert)).alert if body.alert is not None else None,
        accept_doubts=body.accept_doubts,
    )  # fmt: skip
    return answer(shown(actor, made, standpoint()), 201)


@router.post("/kpis/{key}/acceptance", response=MarkOut, summary="Accept a KPI as it is, until a day")
def post_acceptance(request: ApiRequest, key: str, body: AcceptIn) -> HttpResponse:
    """What works on it ends; on that day it is asked again."""
    kpi: Kpi = found("kpi", request.actor, key)
    deciding.accept(request.actor, open_promotion(kpi.pk) or kpi, until=body.until, reason=body.reason)
    return answer(marked(request.actor, [kpi.pk], standpoint())[kpi.pk])


@router.post("/kpis/{key}/setting-aside", response=StepOut, summary="Set the suspicion of a KPI aside")
def post_setting_aside(request: ApiRequest, key: str, body: ReasonedIn) -> HttpResponse:
    """It is suspected again only when something new speaks for it."""
    kpi: Kpi = found("kpi", request.actor, key)
    return _done(request, deciding.set_aside(request.actor, kpi, reason=body.reason, version=body.version))


@router.get("/promotions/{promotion_id}", response=PromotionOut, summary="One promotion")
def get_promotion(request: ApiRequest, promotion_id: str) -> HttpResponse:
    return answer(shown(request.actor, _promotion(request, promotion_id), standpoint()))


@router.post("/promotions/{promotion_id}/extension", response=PromotionOut, summary="Give a promotion more time")
def post_extension(request: ApiRequest, promotion_id: str, body: MoreTimeIn) -> HttpResponse:
    row = _promotion(request, promotion_id)
    deciding.extend(request.actor, row, **_end(request, body), reason=body.reason, version=body.version)
    return _now(request, row)


@router.post("/promotions/{promotion_id}/replanning", response=PromotionOut, summary="Plan a promotion anew")
def post_replanning(request: ApiRequest, promotion_id: str, body: ReplanIn) -> HttpResponse:
    """Another end, target or exit rule; only periods that are not over by now count for it."""
    row = _promotion(request, promotion_id)
    deciding.replan(
        request.actor, row, **_end(request, body), target=body.target, revert_after=body.revert_after,
        reason=body.reason, version=body.version,
    )  # fmt: skip
    return _now(request, row)


@router.post("/promotions/{promotion_id}/withdrawal", response=PromotionOut, summary="End a promotion")
def post_withdrawal(request: ApiRequest, promotion_id: str, body: ReasonedIn) -> HttpResponse:
    """Before the KPI is restored; it is watched as before."""
    row = _promotion(request, promotion_id)
    deciding.withdraw(request.actor, row, reason=body.reason, version=body.version)
    return _now(request, row)


@router.put("/promotions/{promotion_id}/answer", response=PromotionOut, summary="Say what changed it")
def put_answer(request: ApiRequest, promotion_id: str, body: WhatChangedIn) -> HttpResponse:
    """Answering again replaces the answer; whoever works on the KPI again, or searches, reads it."""
    row = _promotion(request, promotion_id)
    deciding.answer(request.actor, row, body.text)
    return _now(request, row)


@router.post("/lifecycle/steps/{step_id}/undo", response=StepOut, summary="Take back a step of a KPI's life")
def post_undo(request: ApiRequest, step_id: str, body: UndoIn) -> HttpResponse:
    """Within 7 days, with what rules made of it since; exactly what was is so again."""
    step: Transition = _numbered("transition", request, step_id)
    return _done(request, undo(request.actor, step, reason=body.reason))


@router.get("/key-results/{key}/graduation", response=OfferOut, summary="Whether to watch a key result as a KPI")
def get_graduation(request: ApiRequest, key: str) -> HttpResponse:
    return _offered(request, key)


@router.post("/key-results/{key}/graduation", response={201: OfferOut}, summary="Watch a key result as a KPI")
def post_graduation(request: ApiRequest, key: str, body: GraduateIn) -> HttpResponse:
    """On the same series, with its owner and target; closely at first, so that a relapse is seen."""
    actor = request.actor
    graduate(
        actor, found("key_result", actor, key), why=body.why, target=body.target,
        theme=named("theme", actor, body.theme, "theme"), owner=named("person", actor, body.owner, "owner"),
        reason=body.reason, how_measured=body.how_measured, response_plan=body.response_plan,
    )  # fmt: skip
    return _offered(request, key, 201)


def _offered(request: ApiRequest, key: str, status: int = 200) -> HttpResponse:
    actor = request.actor
    key_result = found("key_result", actor, key)
    if key_result.metric_id is not None:
        seen = access.visible("metric", actor).filter(pk=key_result.metric_id)
        if not seen.exists():
            raise Hidden("graduation", key)
    known = offer(key_result, standpoint())
    done: Graduation | None = known.graduation
    return answer(
        OfferOut(
            key_result=key, offered=known.is_offered, rule=known.offer.rule, met=known.offer.met,
            needed=known.offer.needed, sentence=known.sentence, needs=list(known.needs),
            kpi=done.kpi.key if done is not None else None, graduated_at=done.known_at if done is not None else None,
        ),
        status,
    )  # fmt: skip


def _end(request: ApiRequest, body: MoreTimeIn) -> dict[str, Any]:
    return {"cycle": named("cycle", request.actor, body.cycle, "cycle"), "ends_on": body.ends_on}


def _done(request: ApiRequest, step: Transition) -> HttpResponse:
    told = timeline(request.actor, step.kpi, standpoint())
    return answer(next(step_shown(one) for one in told if one.transition.pk == step.pk))


def _promotion(request: ApiRequest, number: str) -> Promotion:
    row: Promotion = _numbered("promotion", request, number)
    return row


def _numbered(kind: str, request: ApiRequest, number: str) -> Any:
    """The thing with this number. Raises Hidden where there is none the actor may see."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 18
    row = access.visible(kind, request.actor).filter(pk=int(number)).first() if is_number else None
    if row is None:
        raise Hidden(kind, number[:18])
    return row


def _now(request: ApiRequest, row: Promotion) -> HttpResponse:
    return answer(shown(request.actor, _promotion(request, str(row.pk)), standpoint()))
