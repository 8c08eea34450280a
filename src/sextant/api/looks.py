"""`/kpis/{key}/looks` and `/key-results/{key}/looks`: what is worth a second look, and why it is all right."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import Asked, Change, Words, found
from sextant.core.actors import Actor
from sextant.kpis import suspicion_sentences
from sextant.kpis.commands.suspicions import explain_suspicion, take_back_explanation
from sextant.kpis.models import Kpi
from sextant.kpis.queries.suspicions import Suspicion, suspicions
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs import flag_sentences
from sextant.okrs.commands.flags import explain_flag, take_back_flag_explanation
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.gaming import flags_in
from sextant.okrs.queries.standing import standing_on_board
from sextant.people.queries import organisation

router = Router(tags=["KPIs", "Key results"])


class Explaining(Change):
    reason: Words = ""


class LookOut(BaseModel):
    key: str = Field(
        description="Of a KPI: target-eased-late, target-long-met, frozen or too-smooth; of a key result one of its "
        "`flags`."
    )
    title: str
    text: str
    advice: str
    explained: str = Field(description="Why it is all right, where somebody said so.")
    explained_by: str


class LooksOut(BaseModel):
    key: str
    items: list[LookOut]


@router.get("/kpis/{key}/looks", response=LooksOut, summary="What is worth a second look at a KPI")
def get_looks(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """Hints to look, never verdicts; what was explained comes with its explanation."""
    kpi: Kpi = found("kpi", request.actor, key)
    return answer(_looks(kpi, standpoint(asked.as_of)))


@router.put("/kpis/{key}/looks/{look}/explanation", response=LooksOut, summary="Say why it is all right")
def put_explanation(request: ApiRequest, key: str, look: str, body: Explaining) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    explain_suspicion(request.actor, kpi, key=look, reason=body.reason)
    return answer(_looks(kpi, standpoint()))


@router.delete("/kpis/{key}/looks/{look}/explanation", response=LooksOut, summary="Take the explanation back")
def delete_explanation(request: ApiRequest, key: str, look: str) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    take_back_explanation(request.actor, kpi, key=look)
    return answer(_looks(kpi, standpoint()))


@router.get("/key-results/{key}/looks", response=LooksOut, summary="What is worth a second look at a key result")
def get_key_result_looks(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """Its `flags` in words; what was explained comes with its explanation. Nothing of an archived one."""
    key_result: KeyResult = found("key_result", request.actor, key)
    return answer(_flags(request.actor, key_result, standpoint(asked.as_of)))


@router.put("/key-results/{key}/looks/{look}/explanation", response=LooksOut, summary="Say why a flag is all right")
def put_flag_explanation(request: ApiRequest, key: str, look: str, body: Explaining) -> HttpResponse:
    """It is not shown again until it rests on something new: other figures, another definition."""
    key_result: KeyResult = found("key_result", request.actor, key)
    explain_flag(request.actor, key_result, key=look, reason=body.reason)
    return answer(_flags(request.actor, key_result, standpoint()))


@router.delete(
    "/key-results/{key}/looks/{look}/explanation", response=LooksOut, summary="Take the explanation of a flag back"
)
def delete_flag_explanation(request: ApiRequest, key: str, look: str) -> HttpResponse:
    key_result: KeyResult = found("key_result", request.actor, key)
    take_back_flag_explanation(request.actor, key_result, key=look)
    return answer(_flags(request.actor, key_result, standpoint()))


def _looks(kpi: Kpi, point: Standpoint) -> LooksOut:
    seen = suspicions([kpi], point, with_explained=True)[kpi.id]
    return LooksOut(key=kpi.key, items=[_look_shown(kpi, one, point) for one in seen])


def _look_shown(kpi: Kpi, one: Suspicion, point: Standpoint) -> LookOut:
    return LookOut(
        key=one.key,
        title=suspicion_sentences.title(one),
        text=suspicion_sentences.sentence(one, kpi.metric, calendar_for(kpi.metric, point), organisation().locale),
        advice=suspicion_sentences.advice(one),
        explained=one.explanation.reason if one.explanation else "",
        explained_by=one.explanation.author if one.explanation else "",
    )


def _flags(actor: Actor, key_result: KeyResult, point: Standpoint) -> LooksOut:
    each = standing_on_board(key_result, point)
    if each is None:
        return LooksOut(key=key_result.key, items=[])
    flags, locale = flags_in([each], point, with_explained=True)[each.pk], organisation().locale
    seen = flag_sentences.seen_guards(actor, flags)
    items = [
        LookOut(
            key=one.key, title=flag_sentences.title(one), text=flag_sentences.sentence(each, one, seen, locale),
            advice=flag_sentences.advice(one), explained=one.explanation.reason if one.explanation else "",
            explained_by=one.explanation.author if one.explanation else "",
        )
        for one in flags
    ]  # fmt: skip
    return LooksOut(key=key_result.key, items=items)
