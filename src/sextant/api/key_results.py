"""`/key-results`: how one sees that an objective is reached, with everything that is computed."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import (
    Asked,
    Change,
    Day,
    Figure,
    Key,
    Line,
    Listed,
    Version,
    Words,
    by_key,
    found,
    named,
    named_all,
)
from sextant.api.key_result_answers import KeyResultOut, board_of, named_promotions, reloaded, seen_metrics, shown
from sextant.core.access import visible
from sextant.core.errors import Hidden
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.key_results import (
    archive_key_result,
    change_key_result,
    create_key_result,
    mark_milestone,
    publish_key_result,
    restore_key_result,
)
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.rows import there

router = Router(tags=["Key results"])
KINDS = {"metric": "metric", "guard": "metric", "owner": "person", "team": "team"}
FIGURES = (
    "baseline", "baseline_from_series", "target", "relative", "amount", "stretch", "low", "high", "is_strict",
    "planned_periods", "checkpoints", "plan", "weight",
)  # fmt: skip


class KeyResultsAsked(Listed):
    objective: Key = ""
    metric: Key = Field("", description="Only those on this metric, such as all that use a KPI.")
    owner: Key = ""
    archived: bool = False


class Step(Change):
    title: Line
    weight: Figure = 1
    due_on: Day | None = None


class OwnMetric(Change):
    """A metric made for this key result alone."""

    unit: Line = "number"
    direction: Line = Field(default_factory=str)
    frequency: Line = "week"
    aggregation: Line = "last"
    how_measured: Words = ""
    precision: int | None = Field(None, ge=0, le=9)


class KeyResultFields(Change):
    title: Line = Field(default_factory=str)
    kind: Line = Field(default_factory=str)
    metric: Key | None = None
    guard: Key | None = None
    reading: Line = Field(default_factory=str)
    owner: Key | None = None
    contributors: list[Key] = Field(default_factory=list)
    ambition: Line = Field(default_factory=str)
    starts_on: Day | None = None
    due_on: Day | None = None
    check_in_every: Line = Field(default_factory=str)
    note: Words = Field(default_factory=str)
    baseline: Figure | None = None
    baseline_from_series: bool = False
    target: Figure | None = None
    relative: Line = Field(default_factory=str, description="percent or points, with `amount`.")
    amount: Figure | None = None
    stretch: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    is_strict: bool = False
    planned_periods: int | None = Field(None, ge=1, le=100_000)
    checkpoints: list[tuple[Figure, Figure]] = Field(default_factory=list, max_length=100)
    plan: list[tuple[Figure, Figure]] = Field(default_factory=list, max_length=1000)
    weight: Figure = 1
    milestones: list[Step] = Field(default_factory=list, max_length=200)


class NewKeyResult(KeyResultFields):
    """Name a `metric` (a KPI's for one series), or describe an own one; yes_no and milestones need neither."""

    objective: Key
    key: Key = ""
    own_metric: OwnMetric | None = None


class KeyResultChange(KeyResultFields):
    version: Version
    reason: Words = Field("", description="Why figures change once the objective runs.")
    archived: bool = False


class Evidence(Change):
    evidence: Words


@router.get("/key-results", response=Page[KeyResultOut], summary="List key results")
def list_key_results(request: ApiRequest, asked: Query[KeyResultsAsked]) -> HttpResponse:
    things = visible("key_result", request.actor).filter(there(standpoint(asked.as_of)))
    for field in ("objective", "owner"):
        if key := getattr(asked, field):
            things = things.filter(**{f"{field}__key": key})
    if asked.metric:
        things = things.filter(metric__in=visible("metric", request.actor).filter(key=asked.metric).values("pk"))
    page, following = by_key(things, asked)
    board = board_of(request.actor, page, asked.as_of)
    seen = seen_metrics(request.actor, board)
    items = [shown(board.key_results[one.pk], seen, why=asked.why) for one in page if one.pk in board.key_results]
    return answer(Page[KeyResultOut](items=named_promotions(request.actor, items, board), next=following))


@router.post("/key-results", response={201: KeyResultOut}, summary="Add a key result")
def add_key_result(request: ApiRequest, body: NewKeyResult) -> HttpResponse:
    actor = request.actor
    objective = named("objective", actor, body.objective, "objective")
    given = body.given("objective", "own_metric", "milestones", "contributors", *FIGURES)
    fields = named_all(actor, given, KINDS)
    fields.setdefault("title", "")
    own = None
    if body.own_metric is not None:
        own = {name: value for name, value in body.own_metric.given().items() if value not in ("", None)}
    key_result = create_key_result(
        actor, objective, own_metric=own,
        terms={name: getattr(body, name) for name in FIGURES if name in body.model_fields_set},
        milestones=[step.model_dump() for step in body.milestones],
        contributors=[named("person", actor, one, "contributors") for one in body.contributors], **fields,
    )  # fmt: skip
    return answer(reloaded(actor, key_result), 201)


@router.get("/key-results/{key}", response=KeyResultOut, summary="Get a key result with all that is computed")
def get_key_result(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    key_result: KeyResult = found("key_result", request.actor, key)
    board = board_of(request.actor, [key_result], asked.as_of)
    if key_result.pk not in board.key_results:
        raise Hidden("key_result", key)
    out = shown(board.key_results[key_result.pk], seen_metrics(request.actor, board), why=asked.why)
    return answer(named_promotions(request.actor, [out], board)[0])


@router.patch("/key-results/{key}", response=KeyResultOut, summary="Change a key result, its figures or its steps")
def patch_key_result(request: ApiRequest, key: str, body: KeyResultChange) -> HttpResponse:
    """A change of target after the start needs a `reason`; both targets stay drawn."""
    actor = request.actor
    key_result: KeyResult = found("key_result", actor, key)
    given = body.given("version", "reason", "archived", "contributors", "milestones", *FIGURES)
    changes = named_all(actor, given, KINDS)
    sent = body.model_fields_set
    contributors = (
        [named("person", actor, one, "contributors") for one in body.contributors] if "contributors" in sent else None
    )
    steps = [step.model_dump() for step in body.milestones] if "milestones" in sent else None
    figures = {name: getattr(body, name) for name in FIGURES if name in sent}
    with writing():
        key_result = change_key_result(
            actor, key_result, version=body.version, contributors=contributors, milestones=steps, **changes
        )
        if figures:
            set_terms(actor, key_result, reason=body.reason, **figures)
        if "archived" in sent:
            (archive_key_result if body.archived else restore_key_result)(actor, key_result)
    if body.archived:
        fresh = visible("key_result", actor).get(pk=key_result.pk)
        return answer(ArchivedOut(key=fresh.key, archived=True, version=fresh.version))
    return answer(reloaded(actor, key_result))


class ArchivedOut(BaseModel):
    key: str
    archived: bool
    version: int


@router.post("/key-results/{key}/publication", response=KeyResultOut, summary="Publish a key result")
def post_publication(request: ApiRequest, key: str) -> HttpResponse:
    """Refused with everything that is missing."""
    return answer(reloaded(request.actor, publish_key_result(request.actor, found("key_result", request.actor, key))))


@router.post("/key-results/{key}/milestones/{number}/done", response=KeyResultOut, summary="Say that a step is done")
def post_done(request: ApiRequest, key: str, number: int, body: Evidence) -> HttpResponse:
    return _marked(request, key, number, done=True, evidence=body.evidence)


@router.delete("/key-results/{key}/milestones/{number}/done", response=KeyResultOut, summary="Take a step back")
def delete_done(request: ApiRequest, key: str, number: int) -> HttpResponse:
    return _marked(request, key, number, done=False, evidence="")


def _marked(request: ApiRequest, key: str, number: int, *, done: bool, evidence: str) -> HttpResponse:
    key_result: KeyResult = found("key_result", request.actor, key)
    milestone = key_result.milestones.filter(pk=min(number, 2**53), superseded_at=None).first()
    if milestone is None:
        raise Hidden("milestone", str(number))
    mark_milestone(request.actor, milestone, done=done, evidence=evidence)
    return answer(reloaded(request.actor, key_result))
