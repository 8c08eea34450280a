"""`/objectives/{key}/closure`, `/cycles/{key}/closure`, `/cycles/compare` and `/lessons`: how things ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import LONGEST_NUMBER, Asked, Change, Key, Line, Words, found, named
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.closing import Verdict, close_cycle, close_objective, reopen_cycle, reopen_objective
from sextant.okrs.models import Objective
from sextant.okrs.queries.closing import Closing, ClosingRow, closing_of
from sextant.okrs.queries.cycles import Comparison, Row, Stop, Tally, compare, cycle_states, score_history, stops_of
from sextant.okrs.queries.lessons import Lesson, lessons
from sextant.strategy.models import Cycle

router = Router(tags=["Planning"])
MOST_CYCLES = 12
Decision = Annotated[str, Field(description="keep, modify or drop.", max_length=20)]


class VerdictIn(Change):
    decision: Decision
    learning: Words = ""


class ClosureIn(Change):
    outcome: Words
    learning: Words
    decision: Decision
    items: dict[Key, VerdictIn] = Field(default_factory=dict, description="By the key of the key result; all of them.")
    carry_to: Key | None = Field(None, description="The cycle a kept or modified objective goes to; null: the backlog.")
    version: int | None = Field(None, ge=0, le=LONGEST_NUMBER, description="The version you saw; 409 when it is older.")


class ReasonIn(Change):
    reason: Words


class ClosureItemOut(BaseModel):
    key_result: str
    title: str
    value: float | None
    progress: float | None = Field(description="Computed: raw, not cut to 0 to 1.")
    score: float | None = Field(description="Computed: 0.0 to 1.0.")
    achieved: bool | None
    first_target: float | None = Field(description="The target it started with, where it was changed on the way.")
    first_score: float | None = Field(description="Computed: the score against the first target.")
    decision: str = Field(description="Empty while it is not closed.")
    learning: str
    why: dict[str, Explanation] = Field(default_factory=dict)


class StopOut(BaseModel):
    objective: str
    cycle: str | None
    score: float | None
    so_far: float | None = Field(description="Computed: progress, while it is not closed.")
    achieved: bool | None


class ClosureOut(BaseModel):
    objective: str
    closed: bool
    score: float | None = Field(description="Computed: what closing wrote down, or would write down now.")
    achieved: bool | None = Field(description="Computed: committed from 1.0, aspirational from 0.7.")
    outcome: str
    learning: str
    decision: str
    carried_to: str | None
    author: str
    closed_at: datetime | None
    items: list[ClosureItemOut]
    history: list[StopOut] = Field(description="The objective through the cycles it was carried through.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class CycleClosureOut(BaseModel):
    cycle: str
    phase: str = Field(description="coming, running, ended (and not closed) or closed.")
    closed_at: datetime | None
    open: list[str] = Field(description="Objectives that are still open.")
    closed: list[StopOut]


class CompareAsked(Asked):
    cycle: list[Key] = Field(min_length=1, max_length=MOST_CYCLES, description="Once for each cycle.")


class TallyOut(BaseModel):
    objectives: int
    closed: int
    scored: int
    mean_score: float | None = Field(description="Computed: over those closed with a score.")
    achieved: int
    share_achieved: float | None
    mean_so_far: float | None = Field(description="Computed: mean progress of those that still run.")


class RowOut(BaseModel):
    key: str = Field(description="Empty for objectives without one.")
    name: str
    tallies: list[TallyOut | None] = Field(description="In the order of the cycles; null where there was nothing.")


class LineOut(BaseModel):
    title: str
    stops: list[StopOut | None]


class ComparisonOut(BaseModel):
    cycles: list[str]
    overall: list[TallyOut]
    teams: list[RowOut]
    themes: list[RowOut]
    lines: list[LineOut] = Field(description="Objectives carried from one of these cycles to another.")


class LessonsAsked(Asked):
    q: Line = Field("", description="Words that all have to occur.")
    kpi: Key = ""
    theme: Key = ""
    team: Key = ""


class ItemLessonOut(BaseModel):
    key_result: str
    learning: str


class LessonOut(BaseModel):
    objective: str
    title: str
    team: str
    cycle: str | None
    score: float | None
    achieved: bool | None
    outcome: str
    learning: str
    items: list[ItemLessonOut]
    closed_at: datetime


@router.get("/objectives/{key}/closure", response=ClosureOut, summary="How an objective ended, or would end now")
def get_closure(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(_closure(request.actor, found("objective", request.actor, key), asked))


@router.post("/objectives/{key}/closure", response={201: ClosureOut}, summary="Close an objective")
def post_closure(request: ApiRequest, key: str, body: ClosureIn) -> HttpResponse:
    """Scores are written down as they are now. Keep and modify draft it anew; drop carries nothing."""
    actor = request.actor
    objective: Objective = found("objective", actor, key)
    close_objective(
        actor, objective, outcome=body.outcome, learning=body.learning, decision=body.decision,
        items={one: Verdict(said.decision, said.learning) for one, said in body.items.items()},
        carry_to=named("cycle", actor, body.carry_to, "carry_to"), version=body.version,
    )  # fmt: skip
    return answer(_closure(actor, found("objective", actor, key), Asked(as_of=None, why=False)), 201)


@router.delete("/objectives/{key}/closure", response=ClosureOut, summary="Reopen a closed objective")
def delete_closure(request: ApiRequest, key: str, asked: Query[ReasonIn]) -> HttpResponse:
    """With `?reason=`. Its scores stay in the history."""
    objective: Objective = found("objective", request.actor, key)
    reopen_objective(request.actor, objective, reason=asked.reason)
    return answer(_closure(request.actor, found("objective", request.actor, key), Asked(as_of=None, why=False)))


def _closure(actor: Actor, objective: Objective, asked: Asked) -> ClosureOut:
    ended: Closing = closing_of(objective, standpoint(asked.as_of))
    closure = ended.closure
    carried = closure.carried_to if closure is not None else None
    if carried is not None and not visible("objective", actor).filter(pk=carried.pk).exists():
        carried = None
    out = ClosureOut(
        objective=objective.key,
        closed=closure is not None,
        score=ended.score,
        achieved=ended.achieved,
        outcome=closure.outcome if closure is not None else "",
        learning=closure.learning if closure is not None else "",
        decision=closure.decision if closure is not None else "",
        carried_to=carried.key if carried is not None else None,
        author=closure.author if closure is not None else "",
        closed_at=closure.known_at if closure is not None else None,
        items=[_item(row, asked.why) for row in ended.rows],
        history=[_stop(one) for one in score_history(actor, objective, standpoint(asked.as_of))],
    )
    if asked.why:
        out.why = explained({"score": ended.why})
    return out


def _item(row: ClosingRow, why: bool) -> ClosureItemOut:
    out = ClosureItemOut(
        key_result=row.standing.key,
        title=row.standing.title,
        value=row.value,
        progress=row.progress,
        score=row.score,
        achieved=row.achieved,
        first_target=row.first_target,
        first_score=row.first_score,
        decision=row.item.decision if row.item is not None else "",
        learning=row.item.learning if row.item is not None else "",
    )
    if why:
        out.why = explained({"score": row.why})
    return out


def _stop(one: Stop) -> StopOut:
    cycle = one.objective.cycle
    return StopOut(
        objective=one.objective.key, cycle=cycle.key if cycle is not None else None, score=one.score,
        so_far=one.so_far, achieved=one.achieved,
    )  # fmt: skip


@router.get("/cycles/compare", response=ComparisonOut, summary="Cycles side by side")
def get_comparison(request: ApiRequest, asked: Query[CompareAsked]) -> HttpResponse:
    """`?cycle=` once for each, in the order wanted. Drafts and personal objectives are in no figure."""
    cycles: list[Cycle] = [named("cycle", request.actor, key, "cycle") for key in dict.fromkeys(asked.cycle)]
    made: Comparison = compare(request.actor, cycles, standpoint(asked.as_of))
    out = ComparisonOut(
        cycles=[one.key for one in made.cycles],
        overall=[_tally(one) for one in made.overall],
        teams=[_row(one) for one in made.teams],
        themes=[_row(one) for one in made.themes],
        lines=[
            LineOut(title=line.title, stops=[_stop(one) if one is not None else None for one in line.stops])
            for line in made.lines
        ],
    )
    return answer(out)


def _tally(one: Tally) -> TallyOut:
    return TallyOut(
        objectives=one.objectives, closed=one.closed, scored=one.scored, mean_score=one.mean_score,
        achieved=one.achieved, share_achieved=one.share_achieved, mean_so_far=one.mean_so_far,
    )  # fmt: skip


def _row(row: Row) -> RowOut:
    tallies = [_tally(one) if one is not None else None for one in row.tallies]
    return RowOut(key=row.key, name=row.label, tallies=tallies)


@router.get(
    "/cycles/{key}/closure", response=CycleClosureOut, summary="What is open in a cycle, and how the rest ended"
)
def get_cycle_closure(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(_cycle_closure(request.actor, found("cycle", request.actor, key), asked))


@router.post("/cycles/{key}/closure", response={201: CycleClosureOut}, summary="Close a cycle")
def post_cycle_closure(request: ApiRequest, key: str) -> HttpResponse:
    """Refused with what is still open in it."""
    cycle = close_cycle(request.actor, found("cycle", request.actor, key))
    return answer(_cycle_closure(request.actor, cycle, Asked(as_of=None, why=False)), 201)


@router.delete("/cycles/{key}/closure", response=CycleClosureOut, summary="Reopen a cycle")
def delete_cycle_closure(request: ApiRequest, key: str) -> HttpResponse:
    cycle: Cycle = found("cycle", request.actor, key)
    if cycle.closed_at is None:
        raise Hidden("closure", key[:60])
    return answer(_cycle_closure(request.actor, reopen_cycle(request.actor, cycle), Asked(as_of=None, why=False)))


def _cycle_closure(actor: Actor, cycle: Cycle, asked: Asked) -> CycleClosureOut:
    point = standpoint(asked.as_of)
    (state,) = cycle_states(actor, point, [cycle])
    inside = visible("objective", actor).filter(cycle=cycle, archived_at=None).order_by("key")
    stops = stops_of(list(inside), point)
    return CycleClosureOut(
        cycle=cycle.key,
        phase=state.phase,
        closed_at=cycle.closed_at,
        open=[one.objective.key for one in stops if one.closure is None],
        closed=[_stop(one) for one in stops if one.closure is not None],
    )


@router.get("/lessons", response=Page[LessonOut], summary="What was learned at closing")
def list_lessons(request: ApiRequest, asked: Query[LessonsAsked]) -> HttpResponse:
    """About a KPI, a theme or a team, or with certain words; at most 200, the nearest first."""
    actor = request.actor
    kpi = named("kpi", actor, asked.kpi or None, "kpi")
    theme = named("theme", actor, asked.theme or None, "theme")
    team = named("team", actor, asked.team or None, "team")
    told = lessons(
        actor, standpoint(asked.as_of), query=asked.q, metric_ids=[kpi.metric_id] if kpi else [],
        theme_ids=[theme.pk] if theme else [], team_ids=[team.pk] if team else [], most=200,
    )  # fmt: skip
    return answer(Page[LessonOut](items=[lesson_shown(one) for one in told], next=None))


def lesson_shown(one: Lesson) -> LessonOut:
    objective, closure = one.objective, one.closure
    return LessonOut(
        objective=objective.key, title=objective.title, team=objective.team.key,
        cycle=objective.cycle.key if objective.cycle is not None else None, score=closure.score,
        achieved=one.achieved, outcome=closure.outcome, learning=closure.learning, closed_at=closure.known_at,
        items=[ItemLessonOut(key_result=item.key_result.key, learning=item.learning) for item in one.items],
    )  # fmt: skip
