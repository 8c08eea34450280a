"""`/check-ins` and `/blockers`: what people say about key results and KPIs, what they owe, and what is in the way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.db.models import Q
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import LONGEST_NUMBER, Asked, Change, Figure, Key, Line, Listed, Words, named, place, written
from sextant.calc.periods import Frequency, label, period_at
from sextant.core.errors import Hidden, refuse
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs import subjects
from sextant.okrs.access import visible_check_ins
from sextant.okrs.commands import blockers as blocking
from sextant.okrs.commands import check_ins as checking
from sextant.okrs.models import Blocker, CheckIn
from sextant.okrs.queries.check_ins import (
    DueItem,
    blocker_seen,
    check_in_seen,
    due_check_ins,
    visible_blockers,
)
from sextant.okrs.queries.due import day_of, local_day
from sextant.okrs.queries.rows import known

router = Router(tags=["Check-ins"])
Id = Annotated[int, Field(ge=0, le=LONGEST_NUMBER)]


class NewCheckIn(Change):
    key_result: Key | None = Field(None, description="Key of the key result; or give `kpi`.")
    kpi: Key | None = None
    value: Figure | Line | None = Field(
        None, description='A number, or text such as "47.8 %". It goes into the series.'
    )
    period: Line | None = Field(None, description="The period of the value; the one asked for unless said.")
    confidence: int | None = Field(None, description="0 to 10.")
    status: Line = Field("", description="on_track, at_risk or off_track, which needs `note` and `action`.")
    note: Words = ""
    action: Words = ""
    blocker: Words = Field("", description="What is in the way.")
    blocker_owner: Key | None = Field(None, description="Key of the person who can clear it.")
    milestones: dict[Id, Words] = Field(default_factory=dict, description="Steps now done: id to evidence.")
    draft: bool = Field(False, description="Kept for yourself alone; it records nothing.")
    seconds: Figure | None = Field(None, description="How long it took, as your program measured it.")
    seen: Id | None = Field(None, description="Id of the newest check-in you saw, 0 for none; 409 when it is older.")


class CheckInOut(BaseModel):
    id: int
    key_result: str | None
    kpi: str | None
    author: str
    author_key: str | None
    value: float | None
    period: str | None
    confidence: int | None
    status: str
    note: str
    action: str
    draft: bool
    due_on: date | None = Field(description="The due day it answers; null when nobody waited for it.")
    late: bool
    known_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str


class StepOut(BaseModel):
    id: int
    title: str
    done: bool


class DueOut(BaseModel):
    kind: str = Field(description="key_result or kpi.")
    key: str
    name: str
    due_on: date
    late: bool
    takes_value: bool
    automatic: bool = Field(description="Its value comes by itself: say only how confident you are.")
    period: str | None
    value: float | None = Field(description="The last value; what your own draft says goes first.")
    unit: str | None
    confidence: int | None
    status: str
    seen: int = Field(description="Send it as `seen` with the check-in.")
    milestones: list[StepOut]


class CheckInsAsked(Listed):
    key_result: Key = ""
    kpi: Key = ""


class Resolution(Change):
    resolved: bool | None = Field(None, description="true: out of the way; false: in the way again.")
    resolution: Line = ""
    text: Line | None = None
    owner: Key | None = Field(None, description="Key of the person who clears it from now on; null: nobody yet.")


class NewBlocker(Change):
    key_result: Key | None = None
    kpi: Key | None = None
    text: Words
    owner: Key | None = None


class BlockerOut(BaseModel):
    id: int
    key_result: str | None
    kpi: str | None
    text: str
    owner: str | None
    author: str
    known_at: datetime
    age_days: int = Field(description="Days it was or has been open.")
    resolved_at: datetime | None
    resolution: str


class BlockersAsked(Listed):
    key_result: Key = ""
    kpi: Key = ""
    open: bool = Field(False, description="1: only those nobody cleared yet.")


@router.get("/check-ins", response=Page[CheckInOut], summary="Check-ins, the newest first")
def list_check_ins(request: ApiRequest, asked: Query[CheckInsAsked]) -> HttpResponse:
    """Published ones on what you may see, and your own drafts."""
    point = standpoint(asked.as_of)
    rows = visible_check_ins(request.actor).filter(known(point))
    rows = rows.filter(_about(request, asked.key_result, asked.kpi)).select_related("key_result__metric")
    after = place(asked.cursor, int)
    if after is not None:
        rows = rows.filter(pk__lt=after[0])
    found = list(rows.order_by("-pk")[: asked.limit + 1])
    shown = [check_in_shown(row) for row in found[: asked.limit]]
    following = written([found[asked.limit - 1].pk]) if len(found) > asked.limit else None
    return answer(Page[CheckInOut](items=shown, next=following))


@router.get("/check-ins/due", response=Page[DueOut], summary="What you owe")
def list_due(request: ApiRequest, asked: Query[Asked]) -> HttpResponse:
    """Key results and KPIs in one list, filled in with what was said last; late ones first."""
    items = due_check_ins(request.actor, standpoint(asked.as_of))
    return answer(Page[DueOut](items=[due_shown(item) for item in items], next=None))


@router.post("/check-ins", response={201: CheckInOut}, summary="Check in")
def post_check_in(request: ApiRequest, body: NewCheckIn) -> HttpResponse:
    """On a key result or a KPI. A push token of the team may do this too."""
    subject = _subject(request, body.key_result, body.kpi)
    row = checking.check_in(
        request.actor, subject, value=body.value, period=body.period, confidence=body.confidence, status=body.status,
        note=body.note, action=body.action, blocker=body.blocker,
        blocker_owner=named("person", request.actor, body.blocker_owner, "blocker_owner"),
        milestones=dict(body.milestones), is_draft=body.draft, seconds=body.seconds, seen=body.seen,
    )  # fmt: skip
    return answer(check_in_shown(row), 201)


@router.delete("/check-ins/{check_in_id}", response={204: None}, summary="Take a check-in back")
def delete_check_in(request: ApiRequest, check_in_id: int) -> HttpResponse:
    """The value, the steps and the blocker it brought go with it; what stood before stands again."""
    checking.take_back(request.actor, check_in_seen(request.actor, check_in_id))
    return HttpResponse(status=204)


@router.post("/check-ins/{check_in_id}/publication", response={201: CheckInOut}, summary="Say what a draft holds")
def post_publication(request: ApiRequest, check_in_id: int) -> HttpResponse:
    row = checking.publish_draft(request.actor, check_in_seen(request.actor, check_in_id))
    return answer(check_in_shown(row), 201)


@router.post("/check-ins/{check_in_id}/acknowledgement", response=CheckInOut, summary="Say that you have read it")
def post_acknowledgement(request: ApiRequest, check_in_id: int) -> HttpResponse:
    """By the lead of the team."""
    return answer(check_in_shown(checking.acknowledge(request.actor, check_in_seen(request.actor, check_in_id))))


@router.get("/blockers", response=Page[BlockerOut], summary="What is in the way, the newest first")
def list_blockers(request: ApiRequest, asked: Query[BlockersAsked]) -> HttpResponse:
    point = standpoint(asked.as_of)
    rows = visible_blockers(request.actor).filter(_about(request, asked.key_result, asked.kpi))
    if point.known_at is not None:
        rows = rows.filter(known_at__lte=point.known_at)
    if asked.open:
        still = (
            Q(resolved_at=None) if point.known_at is None else Q(resolved_at=None) | Q(resolved_at__gt=point.known_at)
        )
        rows = rows.filter(still)
    after = place(asked.cursor, int)
    if after is not None:
        rows = rows.filter(pk__lt=after[0])
    found = list(rows.order_by("-pk")[: asked.limit + 1])
    shown = [blocker_shown(row, point) for row in found[: asked.limit]]
    following = written([found[asked.limit - 1].pk]) if len(found) > asked.limit else None
    return answer(Page[BlockerOut](items=shown, next=following))


@router.post("/blockers", response={201: BlockerOut}, summary="Name what is in the way")
def post_blocker(request: ApiRequest, body: NewBlocker) -> HttpResponse:
    subject = _subject(request, body.key_result, body.kpi)
    owner = named("person", request.actor, body.owner, "owner")
    row = blocking.raise_blocker(request.actor, subject, text=body.text, owner=owner)
    return answer(blocker_shown(row, standpoint()), 201)


@router.patch("/blockers/{blocker_id}", response=BlockerOut, summary="Clear it, hand it over, or word it differently")
def patch_blocker(request: ApiRequest, blocker_id: int, body: Resolution) -> HttpResponse:
    row = blocker_seen(request.actor, blocker_id)
    given = body.model_fields_set
    if "text" in given or "owner" in given:
        owner = named("person", request.actor, body.owner, "owner")
        row = blocking.change_blocker(request.actor, row, text=body.text, owner=owner, hand_over="owner" in given)
    if body.resolved is True:
        row = blocking.resolve_blocker(request.actor, row, resolution=body.resolution)
    elif body.resolved is False:
        row = blocking.reopen_blocker(request.actor, row)
    return answer(blocker_shown(row, standpoint()))


def check_in_shown(row: CheckIn) -> CheckInOut:
    subject = checking.subject_of(row)
    metric, period = subjects.metric_of(subject), None
    if row.start is not None and metric is not None:
        calendar = subjects.calendar_for(metric)
        period = label(period_at(row.start, Frequency(metric.frequency), calendar, metric.span), calendar)
    return CheckInOut(
        id=row.pk, key_result=row.key_result.key if row.key_result else None, kpi=row.kpi.key if row.kpi else None,
        author=row.author, author_key=row.author_person.key if row.author_person else None, value=row.value,
        period=period, confidence=row.confidence, status=row.status, note=row.note, action=row.action,
        draft=row.is_draft, due_on=row.due_on, late=row.is_late, known_at=row.known_at,
        acknowledged_at=row.acknowledged_at, acknowledged_by=row.acknowledged_by,
    )  # fmt: skip


def due_shown(item: DueItem) -> DueOut:
    assert item.owed is not None
    return DueOut(
        kind=item.kind, key=item.key, name=item.name, due_on=item.owed.due_on, late=item.owed.is_late,
        takes_value=item.takes_value, automatic=item.is_automatic, period=item.period_label or None, value=item.value,
        unit=item.metric.unit if item.metric else None, confidence=item.confidence, status=item.status, seen=item.seen,
        milestones=_steps(item),
    )  # fmt: skip


def blocker_shown(row: Blocker, point: Standpoint) -> BlockerOut:
    began = local_day(row.known_at) or day_of(point)
    if point.known_at is not None and row.resolved_at is not None and row.resolved_at > point.known_at:
        row.resolved_at, row.resolution = None, ""  # it was in the way then
    ended = local_day(row.resolved_at) or day_of(point)
    return BlockerOut(
        id=row.pk, key_result=row.key_result.key if row.key_result else None, kpi=row.kpi.key if row.kpi else None,
        text=row.text, owner=row.owner.key if row.owner else None, author=row.author, known_at=row.known_at,
        age_days=(ended - began).days, resolved_at=row.resolved_at, resolution=row.resolution,
    )  # fmt: skip


def _steps(item: DueItem) -> list[StepOut]:
    return [StepOut(id=one.pk, title=one.title, done=one.done_at is not None) for one in item.milestones]


def _about(request: ApiRequest, key_result: str, kpi: str) -> Q:
    """The condition for rows about one thing. Refused (422) when there is none the actor may see."""
    about = Q()
    for kind, key in (("key_result", key_result), ("kpi", kpi)):
        if key:
            about &= Q(**{kind: _found(request, kind, key)})
    return about


def _subject(request: ApiRequest, key_result: str | None, kpi: str | None) -> subjects.Subject:
    """The one thing the body names. Refused (422) when it names none, both, or one out of sight."""
    if (key_result is None) == (kpi is None):
        raise refuse("one-thing", "Name either a key result or a KPI.", "key_result")
    return _found(request, "key_result", key_result) if key_result is not None else _found(request, "kpi", kpi or "")


def _found(request: ApiRequest, kind: str, key: str) -> subjects.Subject:
    try:
        return subjects.find_subject(request.actor, kind, key)
    except Hidden as hidden:
        raise refuse(f"unknown-{kind.replace('_', '-')}", str(hidden), kind) from None
