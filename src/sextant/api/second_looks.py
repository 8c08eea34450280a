"""`/kpis/{key}/second-looks`, and the same of key results: what is worth a second look, and why it is all right."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import Asked, Change, Words, found
from sextant.core.actors import Actor
from sextant.kpis import second_look_sentences as kpi_sentences
from sextant.kpis.commands import second_looks as at_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries.second_looks import SecondLook, second_looks
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs import second_look_sentences as key_result_sentences
from sextant.okrs.commands import second_looks as at_key_results
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.second_looks import second_looks_in
from sextant.okrs.queries.standing import standing_on_board
from sextant.people.queries import organisation

router = Router(tags=["KPIs", "Key results"])


class Explaining(Change):
    reason: Words = ""


class SecondLookOut(BaseModel):
    key: str = Field(
        description="Of a KPI: target-eased-late, target-long-met, frozen or too-smooth; of a key result one of its "
        "`second_looks`."
    )
    title: str
    text: str
    advice: str
    explained: str = Field(description="Why it is all right, where somebody said so.")
    explained_by: str


class SecondLooksOut(BaseModel):
    key: str
    items: list[SecondLookOut]


@router.get("/kpis/{key}/second-looks", response=SecondLooksOut, summary="What is worth a second look at a KPI")
def get_second_looks(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """Hints to look, never verdicts; what was explained comes with its explanation."""
    kpi: Kpi = found("kpi", request.actor, key)
    return answer(_of_kpi(kpi, standpoint(asked.as_of)))


@router.put("/kpis/{key}/second-looks/{look}/explanation", response=SecondLooksOut, summary="Say why it is all right")
def put_explanation(request: ApiRequest, key: str, look: str, body: Explaining) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    at_kpis.explain_second_look(request.actor, kpi, key=look, reason=body.reason)
    return answer(_of_kpi(kpi, standpoint()))


@router.delete(
    "/kpis/{key}/second-looks/{look}/explanation", response=SecondLooksOut, summary="Take the explanation back"
)
def delete_explanation(request: ApiRequest, key: str, look: str) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    at_kpis.take_back_explanation(request.actor, kpi, key=look)
    return answer(_of_kpi(kpi, standpoint()))


@router.get(
    "/key-results/{key}/second-looks", response=SecondLooksOut, summary="What is worth a second look at a key result"
)
def get_key_result_second_looks(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """Its `second_looks` in words; what was explained comes with its explanation. Nothing of an archived one."""
    key_result: KeyResult = found("key_result", request.actor, key)
    return answer(_of_key_result(request.actor, key_result, standpoint(asked.as_of)))


@router.put(
    "/key-results/{key}/second-looks/{look}/explanation", response=SecondLooksOut, summary="Say why it is all right"
)
def put_key_result_explanation(request: ApiRequest, key: str, look: str, body: Explaining) -> HttpResponse:
    """It is not shown again until it rests on something new: other figures, another definition."""
    key_result: KeyResult = found("key_result", request.actor, key)
    at_key_results.explain_second_look(request.actor, key_result, key=look, reason=body.reason)
    return answer(_of_key_result(request.actor, key_result, standpoint()))


@router.delete(
    "/key-results/{key}/second-looks/{look}/explanation", response=SecondLooksOut, summary="Take the explanation back"
)
def delete_key_result_explanation(request: ApiRequest, key: str, look: str) -> HttpResponse:
    key_result: KeyResult = found("key_result", request.actor, key)
    at_key_results.take_back_explanation(request.actor, key_result, key=look)
    return answer(_of_key_result(request.actor, key_result, standpoint()))


def _of_kpi(kpi: Kpi, point: Standpoint) -> SecondLooksOut:
    seen = second_looks([kpi], point, with_explained=True)[kpi.id]
    return SecondLooksOut(key=kpi.key, items=[_shown(kpi, one, point) for one in seen])


def _shown(kpi: Kpi, one: SecondLook, point: Standpoint) -> SecondLookOut:
    return SecondLookOut(
        key=one.key,
        title=kpi_sentences.title(one),
        text=kpi_sentences.sentence(one, kpi.metric, calendar_for(kpi.metric, point), organisation().locale),
        advice=kpi_sentences.advice(one),
        explained=one.explanation.reason if one.explanation else "",
        explained_by=one.explanation.author if one.explanation else "",
    )


def _of_key_result(actor: Actor, key_result: KeyResult, point: Standpoint) -> SecondLooksOut:
    each = standing_on_board(key_result, point)
    if each is None:
        return SecondLooksOut(key=key_result.key, items=[])
    looks, locale = second_looks_in([each], point, with_explained=True)[each.pk], organisation().locale
    seen = key_result_sentences.seen_guards(actor, looks)
    items = [
        SecondLookOut(
            key=one.key, title=key_result_sentences.title(one),
            text=key_result_sentences.sentence(each, one, seen, locale),
            advice=key_result_sentences.advice(one), explained=one.explanation.reason if one.explanation else "",
            explained_by=one.explanation.author if one.explanation else "",
        )
        for one in looks
    ]  # fmt: skip
    return SecondLooksOut(key=key_result.key, items=items)
