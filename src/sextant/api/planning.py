"""`/candidates`, `/cycles/{key}/plan` and `/cycles/{key}/criteria`: choosing what to aim at."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import (
    LONGEST_NUMBER,
    Asked,
    Change,
    Figure,
    Key,
    Line,
    Listed,
    Version,
    Words,
    found,
    named,
    place,
    written,
)
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands import planning as commands
from sextant.okrs.models import Candidate, Criterion
from sextant.okrs.queries.planning import Ranked, plan
from sextant.people.models import Team
from sextant.strategy.models import Cycle

router = Router(tags=["Planning"])


class CriterionIn(Change):
    name: Line
    weight: Figure = Field(1, ge=0, le=1000)


class CriteriaIn(Change):
    criteria: list[CriterionIn] = Field(max_length=50)


class CriterionOut(BaseModel):
    name: str
    weight: float


class CriteriaOut(BaseModel):
    items: list[CriterionOut]


class CandidatesAsked(Listed):
    cycle: Key = ""
    team: Key = ""
    archived: bool = False


class NewCandidate(Change):
    cycle: Key
    team: Key
    title: Line = Field("", description="May stay empty with a `kpi`.")
    why: Words = ""
    kpi: Key | None = Field(None, description="The KPI it is about.")


class CandidateChange(Change):
    version: Version
    scores: dict[Line, Figure | None] = Field(
        default_factory=dict, description="By the name of the criterion, 0 to 10; null takes a score back."
    )
    choice: Line = Field(default_factory=str, description="taken (drafts the objective), left, or open again.")
    reason: Words = Field("", description="Why it was taken or left.")
    archived: bool = Field(default_factory=bool)


class CandidateOut(BaseModel):
    id: int
    cycle: str
    team: str
    title: str
    why_now: str = Field(description="Why it was put forward.")
    kpi: str | None
    objective: str | None = Field(description="What it was drafted as.")
    scores: dict[str, float]
    choice: str = Field(description="taken, left or open.")
    reason: str
    author: str
    created_at: datetime
    archived: bool
    version: int


class RankedOut(BaseModel):
    id: int
    title: str
    rank: int | None = Field(description="Computed: null while a score is missing, and of what was left.")
    score: float | None = Field(description="Computed: the weighted mean of its scores.")
    choice: str
    why: dict[str, Explanation] = Field(default_factory=dict)


class TeamPlanOut(BaseModel):
    team: str
    cap: int | None = Field(description="Objectives a cycle; null where the cap is muted.")
    line: int | None = Field(description="Computed: after how many ranked candidates the cap ends.")
    candidates: list[RankedOut]


class LoadOut(BaseModel):
    team: str
    objectives: int
    drafts: int = Field(description="They do not count.")
    key_results: int
    objective_cap: int | None
    key_result_cap: int | None
    over: bool


class PlanOut(BaseModel):
    cycle: str
    criteria: list[CriterionOut]
    teams: list[TeamPlanOut]
    loads: list[LoadOut]
    coverage: float | None = Field(description="Computed: items with a path to a theme / all items.")
    items: int
    with_path: int
    orphans: list[str] = Field(description="Objectives from which nothing leads to a theme.")
    teams_without: list[str] = Field(description="Teams without an objective in this cycle.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class PlanAsked(Asked):
    team: Key = Field("", description="Only this team and those below it.")


@router.get("/cycles/{key}/plan", response=PlanOut, summary="Candidates ranked, caps, coverage, who has nothing")
def get_plan(request: ApiRequest, key: str, asked: Query[PlanAsked]) -> HttpResponse:
    cycle: Cycle = found("cycle", request.actor, key)
    team: Team | None = named("team", request.actor, asked.team or None, "team")
    made = plan(cycle, request.actor, standpoint(asked.as_of), team_id=team.pk if team is not None else None)
    out = PlanOut(
        cycle=cycle.key,
        criteria=[criterion_shown(one) for one in made.criteria],
        teams=[
            TeamPlanOut(
                team=each.team.key, cap=each.cap, line=each.line,
                candidates=[ranked_shown(one, asked.why) for one in (*each.ranked, *each.waiting, *each.left)],
            )
            for each in made.teams
        ],
        loads=[
            LoadOut(
                team=one.team.key, objectives=one.objectives, drafts=one.drafts, key_results=one.key_results,
                objective_cap=one.objective_cap, key_result_cap=one.key_result_cap, over=one.is_over,
            )
            for one in made.loads
        ],
        coverage=made.coverage.share,
        items=made.coverage.items,
        with_path=made.coverage.with_path,
        orphans=[one.key for one in made.orphans],
        teams_without=[node.key for node in made.teams_without],
    )  # fmt: skip
    if asked.why:
        out.why = explained({"coverage": made.coverage.why})
    return answer(out)


def criterion_shown(one: Criterion) -> CriterionOut:
    return CriterionOut(name=one.name, weight=one.weight)


def ranked_shown(one: Ranked, why: bool) -> RankedOut:
    choice = one.candidate.choice or "open"
    out = RankedOut(id=one.candidate.pk, title=one.candidate.title, rank=one.rank, score=one.score, choice=choice)
    if why:
        out.why = explained({"score": one.why})
    return out


@router.get("/cycles/{key}/criteria", response=CriteriaOut, summary="What candidates are scored by")
def get_criteria(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    cycle: Cycle = found("cycle", request.actor, key)
    return answer(CriteriaOut(items=[criterion_shown(one) for one in cycle.criteria.all()]))


@router.put("/cycles/{key}/criteria", response=CriteriaOut, summary="State the criteria anew")
def put_criteria(request: ApiRequest, key: str, body: CriteriaIn) -> HttpResponse:
    """A criterion whose name stays keeps its scores."""
    cycle: Cycle = found("cycle", request.actor, key)
    rows = commands.set_criteria(request.actor, cycle, [(one.name, one.weight) for one in body.criteria])
    return answer(CriteriaOut(items=[criterion_shown(one) for one in rows]))


@router.get("/candidates", response=Page[CandidateOut], summary="List candidates")
def list_candidates(request: ApiRequest, asked: Query[CandidatesAsked]) -> HttpResponse:
    actor = request.actor
    rows = visible("candidate", actor).filter(archived_at__isnull=not asked.archived)
    if asked.cycle:
        rows = rows.filter(cycle=named("cycle", actor, asked.cycle, "cycle"))
    if asked.team:
        rows = rows.filter(team=named("team", actor, asked.team, "team"))
    if asked.as_of is not None and (known_at := standpoint(asked.as_of).known_at) is not None:
        rows = rows.filter(created_at__lte=known_at)
    after = place(asked.cursor, int)
    if after is not None:
        rows = rows.filter(pk__gte=after[0])
    page = list(rows.order_by("pk").prefetch_related("cycle__criteria")[: asked.limit + 1])
    following = written([page[asked.limit].pk]) if len(page) > asked.limit else None
    return answer(Page[CandidateOut](items=shown(actor, page[: asked.limit]), next=following))


@router.post("/candidates", response={201: CandidateOut}, summary="Put a candidate forward")
def post_candidate(request: ApiRequest, body: NewCandidate) -> HttpResponse:
    actor = request.actor
    made = commands.add_candidate(
        actor, named("cycle", actor, body.cycle, "cycle"), team=named("team", actor, body.team, "team"),
        title=body.title, why=body.why, kpi=named("kpi", actor, body.kpi, "kpi"),
    )  # fmt: skip
    return answer(shown(actor, [made])[0], 201)


@router.get("/candidates/{candidate_id}", response=CandidateOut, summary="Get a candidate")
def get_candidate(request: ApiRequest, candidate_id: int, asked: Query[Asked]) -> HttpResponse:
    return answer(shown(request.actor, [candidate_of(request.actor, candidate_id)])[0])


@router.patch("/candidates/{candidate_id}", response=CandidateOut, summary="Score, take, leave or archive a candidate")
def patch_candidate(request: ApiRequest, candidate_id: int, body: CandidateChange) -> HttpResponse:
    actor, given = request.actor, body.model_fields_set
    candidate = candidate_of(actor, candidate_id)
    with writing():
        if "scores" in given or not given & {"choice", "archived"}:
            scores = _by_id(candidate.cycle, body.scores)
            candidate = commands.score_candidate(actor, candidate, scores, version=body.version)
        if "choice" in given:
            if body.choice == "open":
                commands.undecide_candidate(actor, candidate)
            else:
                commands.decide_candidate(actor, candidate, body.choice, reason=body.reason)
        if "archived" in given:
            change = commands.archive_candidate if body.archived else commands.restore_candidate
            change(actor, candidate)
    return answer(shown(actor, [candidate])[0])


def candidate_of(actor: Actor, candidate_id: int) -> Candidate:
    """Raises Hidden (404) when there is none with this number."""
    rows = visible("candidate", actor)
    one = rows.filter(pk=candidate_id).first() if 0 <= candidate_id <= LONGEST_NUMBER else None
    if one is None:
        raise Hidden("candidate", str(candidate_id)[:20])
    candidate: Candidate = one
    return candidate


def _by_id(cycle: Cycle, scores: dict[str, float | None]) -> dict[int, float | None]:
    ids = {one.name.casefold(): one.pk for one in cycle.criteria.all()}
    unknown = sorted(name for name in scores if name.casefold() not in ids)
    if unknown:
        raise refuse("unknown-criterion", f"This cycle has no criterion '{unknown[0]}'.", "scores")
    return {ids[name.casefold()]: score for name, score in scores.items()}


def shown(actor: Actor, candidates: list[Candidate]) -> list[CandidateOut]:
    """What was drafted from them and the KPIs they are about are named as far as the actor may see them."""
    kpi_ids = [one.kpi_id for one in candidates if one.kpi_id is not None]
    objective_ids = [one.objective_id for one in candidates if one.objective_id is not None]
    kpis = dict(visible("kpi", actor).filter(pk__in=kpi_ids).values_list("pk", "key"))
    objectives = dict(visible("objective", actor).filter(pk__in=objective_ids).values_list("pk", "key"))
    return [
        CandidateOut(
            id=one.pk, cycle=one.cycle.key, team=one.team.key, title=one.title, why_now=one.why,
            kpi=kpis.get(one.kpi_id or 0), objective=objectives.get(one.objective_id or 0),
            scores={
                row.name: one.scores[str(row.pk)] for row in one.cycle.criteria.all() if str(row.pk) in one.scores
            },
            choice=one.choice or "open", reason=one.choice_reason, author=one.author, created_at=one.created_at,
            archived=one.archived_at is not None, version=one.version,
        )
        for one in candidates
    ]  # fmt: skip
