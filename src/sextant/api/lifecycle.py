"""`/lifecycle`: where KPIs are in their lives, how they got there, and what was done about the red ones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Key, Listed, found, named, place, written
from sextant.calc.periods import moment_of
from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.lifecycle.models import Promotion
from sextant.lifecycle.queries.board import Entry, board
from sextant.lifecycle.queries.deeds import Deed
from sextant.lifecycle.queries.marks import Mark, marks
from sextant.lifecycle.queries.promotions import ExitProgress, exit_progresses
from sextant.lifecycle.queries.reds import Red, reds
from sextant.lifecycle.queries.timeline import Line as Told
from sextant.lifecycle.queries.timeline import timeline
from sextant.metrics.queries.standpoint import Standpoint, standpoint

router = Router(tags=["Lifecycle"])
LOOKING_BACK = 91  # days


class MarkOut(BaseModel):
    """What a KPI carries while something is done about it."""

    state: str = Field(description="suspected, promoted, restoring, overdue, accepted or watched.")
    relapse: bool = Field(description="It is suspected soon after it was restored or graduated.")
    ends_on: date | None = Field(description="The last day of the promotion, the acceptance or the watch.")
    key_result: str | None = Field(description="The key of the one that works on it, if you may see it.")
    sentence: str


class ProgressOut(BaseModel):
    met: int = Field(description="Periods in a row on target so far.")
    needed: int
    spoilt: bool = Field(description="A change for the worse among them still counts.")
    days_left: int
    sentence: str


class PromotionOut(BaseModel):
    id: int
    kpi: str
    key_result: str | None = Field(description="null: you may not see it.")
    guard: str | None = Field(description="The metric that must not get worse, if you may see it.")
    alert: int | None
    why: str
    cycle: str | None
    ends_on: date
    revert_after: int
    heeds_findings: bool
    own_target: bool = Field(description="Judged by the target of its key result instead of that of the KPI.")
    owner: str | None
    started_at: datetime
    started_by: str
    outcome: str = Field(description="reverted, accepted, withdrawn, retired or undone; empty while at work.")
    ended_at: datetime | None
    what_changed: str
    answered_by: str
    answered_at: datetime | None
    progress: ProgressOut | None = Field(description="How far the exit rule has come; null once it is over.")
    version: int


class LifeOut(BaseModel):
    """A KPI on the board."""

    kpi: str
    name: str
    team: str
    state: str
    relapse: bool
    since: datetime | None
    days: int
    sentence: str
    promotion: int | None
    key_result: str | None
    progress: ProgressOut | None
    next_step: str
    next_on: date | None
    decides: str | None = Field(description="Who is to decide; null: nobody here answers for it.")
    owner_left: bool


class BoardOut(BaseModel):
    counts: dict[str, int] = Field(description="By state, `monitored` included.")
    items: list[LifeOut] = Field(description="All that are not simply monitored; what waits for a decision first.")


class DeedOut(BaseModel):
    kind: str = Field(description="promotion, response, action, accepted, set_aside or withdrawn.")
    on: date
    who: str
    text: str
    due_on: date | None
    ended_on: date | None
    outcome: str
    lesson: str


class RedOut(BaseModel):
    kpi: str
    name: str
    team: str
    owner: str | None
    since: date
    until: date | None = Field(description="null: off target still.")
    value: float | None
    outcome: str
    done: list[DeedOut]


class RedsOut(BaseModel):
    answer: str = Field(description="All of it in a sentence.")
    since: date
    until: date
    counts: dict[str, int] = Field(description="By outcome, of all pages together.")
    items: list[RedOut] = Field(description="What nobody has done anything about comes first.")
    next: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")


class EvidenceOut(BaseModel):
    start: str
    period: str
    value: float | None = Field(description="As it was known then.")
    now: float | None = Field(description="As it was corrected since; null where it was not.")


class StepOut(BaseModel):
    id: int
    kind: str
    rule: str
    sentence: str
    reason: str
    author: str
    by_person: bool
    at: datetime
    before: str
    after: str
    promotion: int | None
    key_result: str | None
    evidence: list[EvidenceOut]
    undone: bool
    undo_until: datetime | None = Field(description="Until when you may take it back; null: you may not.")


class BoardAsked(Asked):
    team: Key = Field("", description="With the teams below it.")
    mine: bool = Field(False, description="1: only those you own or were given.")


class RedsAsked(Listed):
    team: Key = ""
    since: date | None = Field(None, ge=date(1900, 1, 1), description="The first day looked at; else 91 days back.")


def marked(actor: Actor, kpi_ids: Collection[int], point: Standpoint) -> dict[int, MarkOut]:
    """The marks of KPIs as they are sent, by id; at most four statements for all of them."""
    known = marks(kpi_ids, point)
    keys = [one.key_result for one in known.values() if one.key_result]
    seen = (
        set(access.visible("key_result", actor).filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    )
    return {pk: _mark(one, seen) for pk, one in known.items()}


def _mark(one: Mark, seen: Collection[str]) -> MarkOut:
    key_result = one.key_result if one.key_result in seen else None
    return MarkOut(
        state=one.state, relapse=one.is_relapse, ends_on=one.ends_on, key_result=key_result, sentence=one.sentence
    )  # fmt: skip


def shown(actor: Actor, row: Promotion, point: Standpoint) -> PromotionOut:
    """A promotion as it is sent; what the actor may not see is not named."""
    key_result = row.key_result
    is_seen = access.visible("key_result", actor).filter(pk=key_result.pk).exists()
    guard = key_result.guard
    if guard is not None and not access.visible("metric", actor).filter(pk=guard.pk).exists():
        guard = None
    progress = exit_progresses([row], point)[row.pk] if row.ended_at is None else None
    return PromotionOut(
        id=row.pk, kpi=row.kpi.key, key_result=key_result.key if is_seen else None,
        guard=guard.key if guard is not None else None, alert=row.alert_id, why=row.why,
        cycle=row.cycle.key if row.cycle is not None else None, ends_on=row.ends_on, revert_after=row.revert_after,
        heeds_findings=row.heeds_findings, own_target=row.has_own_target,
        owner=row.owner.key if row.owner is not None else None, started_at=row.started_at, started_by=row.started_by,
        outcome=row.outcome, ended_at=row.ended_at, what_changed=row.what_changed, answered_by=row.answered_by,
        answered_at=row.answered_at, progress=_progress(progress), version=row.version,
    )  # fmt: skip


def promotions_for(actor: Actor, keys: Collection[str], point: Standpoint) -> dict[str, int]:
    """The promotions that these key results were made for, by key, among what the actor may see; one statement."""
    known = access.visible("promotion", actor).filter(key_result__key__in=keys).exclude(outcome="undone")
    if point.known_at is not None:
        known = known.filter(started_at__lte=point.known_at)
    return dict(known.values_list("key_result__key", "pk"))


def _progress(one: ExitProgress | None) -> ProgressOut | None:
    if one is None:
        return None
    return ProgressOut(
        met=one.met, needed=one.needed, spoilt=one.is_spoilt, days_left=one.days_left, sentence=one.sentence
    )  # fmt: skip


@router.get("/lifecycle", response=BoardOut, summary="Where KPIs are in their lives")
def get_board(request: ApiRequest, asked: Query[BoardAsked]) -> HttpResponse:
    """KPIs that are suspected, promoted, restoring, overdue, accepted or watched, and who decides next."""
    team = named("team", request.actor, asked.team or None, "team")
    known = board(request.actor, standpoint(asked.as_of), team=team, is_mine=asked.mine)
    items = [_life(one) for column in known.columns for one in column.entries]
    return answer(BoardOut(counts=dict(known.counts), items=items))


def _life(one: Entry) -> LifeOut:
    metric = one.kpi.metric
    return LifeOut(
        kpi=one.kpi.key, name=metric.name, team=metric.team.key, state=one.state, relapse=one.is_relapse,
        since=one.since, days=one.days, sentence=one.sentence,
        promotion=one.promotion.pk if one.promotion is not None else None,
        key_result=one.key_result.key if one.key_result is not None else None, progress=_progress(one.progress),
        next_step=one.next_step, next_on=one.next_on, decides=one.decides.key if one.decides is not None else None,
        owner_left=one.owner_left,
    )  # fmt: skip


@router.get("/lifecycle/reds", response=RedsOut, summary="What was done about the red ones")
def get_reds(request: ApiRequest, asked: Query[RedsAsked]) -> HttpResponse:
    """Every KPI that was off target since a day, with what was done, by whom, until when, and what came of it."""
    point = standpoint(asked.as_of)
    since = asked.since or point.now.date() - timedelta(days=LOOKING_BACK)
    team = named("team", request.actor, asked.team or None, "team")
    begin = (place(asked.cursor, int) or [0])[0]
    known = reds(request.actor, point, since=since, team=team)
    some, end = known.rows[max(0, begin) :], asked.limit
    return answer(RedsOut(
        answer=known.answer, since=known.since, until=known.until, counts=dict(known.counts),
        items=[_red(one) for one in some[:end]], next=written([max(0, begin) + end]) if len(some) > end else None,
    ))  # fmt: skip


def _red(one: Red) -> RedOut:
    metric = one.kpi.metric
    return RedOut(
        kpi=one.kpi.key, name=metric.name, team=metric.team.key, owner=one.owner.key if one.owner else None,
        since=one.since, until=one.until, value=one.value, outcome=one.outcome,
        done=[_deed(each) for each in one.deeds],
    )  # fmt: skip


def _deed(one: Deed) -> DeedOut:
    return DeedOut(
        kind=one.kind, on=one.on, who=one.who, text=one.text, due_on=one.due_on, ended_on=one.ended_on,
        outcome=one.outcome, lesson=one.lesson,
    )  # fmt: skip


@router.get("/kpis/{key}/lifecycle", response=Page[StepOut], summary="The life of a KPI, the newest step first")
def get_timeline(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    told = timeline(request.actor, kpi, standpoint(asked.as_of))
    return answer(Page[StepOut](items=[step_shown(one) for one in told], next=None))


def step_shown(one: Told) -> StepOut:
    """A step of a life as it is sent."""
    row = one.transition
    evidence = [
        EvidenceOut(
            start=moment_of(each.start).isoformat(timespec="minutes"), period=each.label, value=each.value, now=each.now
        )
        for each in one.evidence
    ]  # fmt: skip
    return StepOut(
        id=row.pk, kind=one.kind, rule=row.rule, sentence=one.sentence, reason=row.reason, author=one.author,
        by_person=one.is_by_person, at=one.at, before=row.before, after=row.state, promotion=row.promotion_id,
        key_result=one.key_result.key if one.key_result is not None else None, evidence=evidence,
        undone=one.is_struck, undo_until=one.can_undo_until,
    )  # fmt: skip
