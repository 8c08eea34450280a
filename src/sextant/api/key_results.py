"""`/key-results`: how one sees that an objective is reached, with everything that is computed."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
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
from sextant.api.lifecycle import promotions_for
from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, Frequency, label, period_at
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.core.writing import writing
from sextant.forecasts.words import chance_words
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.key_results import (
    archive_key_result,
    change_key_result,
    create_key_result,
    mark_milestone,
    publish_key_result,
    restore_key_result,
    set_milestones,
)
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries import why as reasons
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import MilestoneRow, day_of, there
from sextant.okrs.queries.standing import Board, okr_board
from sextant.people.queries import organisation

router = Router(tags=["Key results"])
KINDS = {"metric": "metric", "guard": "metric", "owner": "person", "team": "team"}
FIGURES = (
    "baseline", "baseline_from_series", "target", "relative", "amount", "stretch", "low", "high", "is_strict",
    "planned_periods", "checkpoints", "plan", "weight",
)  # fmt: skip


class StatusOut(BaseModel):
    reported: str = Field(description="A person's word: on_track, at_risk, off_track, or empty.")
    computed: str = Field(description="on_track, at_risk, off_track, too_early, no_data or incomplete.")
    fresh: str = Field(description="fresh, due, stale or never.")
    watermelon: bool = Field(description="Reported better than computed.")
    reasons: list[str] = Field(description="Keys of the rules that say so.")


class MilestoneOut(BaseModel):
    id: int
    title: str
    weight: float
    due_on: date | None
    done: bool
    evidence: str


class MissingOut(BaseModel):
    key: str
    message: str
    field: str | None


class KeyResultOut(BaseModel):
    key: str
    title: str
    objective: str
    kind: str = Field(description="metric, baseline, guardrail, milestones or yes_no.")
    metric: str | None
    kpi: str | None = Field(description="The KPI whose series it moves on.")
    guard: str | None
    reading: str = Field(description="latest: the newest value; total: the sum since the start.")
    owner: str | None
    contributors: list[str]
    ambition: str
    unit: str | None
    direction: str | None
    starts_on: date | None
    due_on: date | None
    check_in_every: str
    note: str
    published: bool
    archived: bool
    version: int
    baseline: float | None = Field(description="Computed: as set, or from the series at the start.")
    target: float | None = Field(description="Computed: as set, or resolved from the baseline.")
    former_target: float | None = Field(description="Computed: the target before it was changed.")
    relative: str
    amount: float | None
    stretch: float | None
    low: float | None
    high: float | None
    is_strict: bool
    planned_periods: int | None
    checkpoints: list[tuple[float, float]]
    plan: list[tuple[float, float]] = Field(description="Hours since 1970 on the calendar line, and values.")
    weight: float
    milestones: list[MilestoneOut]
    value: float | None = Field(description="Computed: null is no data, never 0.")
    period: str | None = Field(description="Computed: the period of the value.")
    progress: float | None = Field(description="Computed: a share, not clamped; 0.25 is 25 %.")
    expected: float | None = Field(description="Computed: the progress expected by now.")
    pace: float | None = Field(description="Computed: progress / expected.")
    chance: float | None = Field(
        None, description="Computed: the chance of reaching the target, from 0 to 1; null without one, see `why`."
    )
    status: StatusOut = Field(description="Computed: three truths.")
    shown_status: str = Field(description="Computed: the status once the age of the data counts.")
    confidence: int | None = Field(description="0 to 10, as stated in the last check-in.")
    flags: list[str] = Field(
        description="Computed: what to know before trusting it: target-nearly-met, target-eased, guard-worse, "
        "measure-changed (its metric is defined otherwise than at the start), owner-left (it needs a new owner); "
        "before it starts already-likely (a chance above 0.9) or very-unlikely (below 0.1)."
    )
    missing: list[MissingOut] = Field(description="What keeps it from being published.")
    promotion: int | None = Field(None, description="The promotion of a KPI that it was made for.")
    text: dict[str, str] = Field(description="The figures as people read them.")
    why: dict[str, Explanation] = Field(default_factory=dict)


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


def seen_metrics(actor: Actor, board: Board) -> frozenset[int]:
    """Ids of the metrics of a board's key results that the actor may know of."""
    wanted = {one.metric.id for one in board.key_results.values() if one.metric is not None}
    wanted |= {one.guard_id for one in board.models.values() if one.guard_id is not None}
    return frozenset(visible("metric", actor).filter(pk__in=wanted).order_by().values_list("pk", flat=True))


def shown(each: KeyResultStanding, seen: frozenset[int], *, why: bool = False) -> KeyResultOut:
    """A standing as it is sent; a metric that is not among those `seen` stays unnamed."""
    key_result, metric, terms = each.key_result, each.metric, each.terms
    metric_key = metric.key if metric and metric.id in seen else None
    frequency = Frequency(metric.frequency) if metric else None
    calendar = each.board.calendar_of(metric) if metric else Calendar()
    reading = each.reading
    period = None
    if reading and frequency and metric:
        period = label(period_at(reading.start, frequency, calendar, metric.span), calendar)
    out = KeyResultOut(
        key=each.key,
        promotion=None,
        title=each.title,
        objective=key_result.objective.key,
        kind=each.kind,
        metric=metric_key,
        kpi=metric_key if metric and metric.is_kpi else None,
        guard=key_result.guard.key if key_result.guard and key_result.guard.pk in seen else None,
        reading=key_result.reading,
        owner=key_result.owner.key if key_result.owner else None,
        contributors=[person.key for person in key_result.contributors.all()],
        ambition=key_result.ambition or key_result.objective.ambition,
        unit=metric.unit if metric else None,
        direction=metric.direction if metric else None,
        starts_on=each.starts_on,
        due_on=each.due_on,
        check_in_every=key_result.check_in_every,
        note=key_result.note,
        published=each.is_published,
        archived=key_result.archived_at is not None,
        version=key_result.version,
        baseline=each.baseline,
        target=each.target,
        former_target=each.former_target,
        relative=terms.relative if terms else "",
        amount=terms.amount if terms else None,
        stretch=terms.stretch if terms else None,
        low=terms.low if terms else None,
        high=terms.high if terms else None,
        is_strict=bool(terms and terms.is_strict),
        planned_periods=terms.planned if terms else None,
        checkpoints=each.checkpoints,
        plan=each.plan,
        weight=each.weight,
        milestones=[_milestone(one) for one in each.milestones],
        value=each.value,
        period=period,
        progress=each.progress,
        expected=each.expected,
        pace=each.pace,
        chance=each.chance,
        status=_status(each),
        shown_status=each.status,
        confidence=each.confidence,
        flags=[flag.key for flag in each.board.flags[each.pk]],
        missing=[MissingOut(key=one.key, message=one.message, field=one.field) for one in each.missing],
        text=_texts(each),
    )  # fmt: skip
    if why:
        out.why = explained(reasons.explain_key_result(each), calendar)
        out.why["value"].inputs["metric"] = metric_key
    return out


def _status(each: KeyResultStanding) -> StatusOut:
    found = each.truths
    return StatusOut(
        reported=found.reported, computed=found.computed, fresh=found.fresh, watermelon=found.is_watermelon,
        reasons=list(found.reasons),
    )  # fmt: skip


def _milestone(one: MilestoneRow) -> MilestoneOut:
    return MilestoneOut(
        id=one.id, title=one.title, weight=one.weight, due_on=day_of(one.due_on), done=bool(one.is_done),
        evidence=one.evidence,
    )  # fmt: skip


def _texts(each: KeyResultStanding) -> dict[str, str]:
    metric, locale = each.metric, organisation().locale
    figures = {"value": each.value, "baseline": each.baseline, "target": each.target}
    texts = {
        name: format_value(value, metric.unit, metric.precision, locale=locale)
        for name, value in figures.items()
        if value is not None and metric is not None
    }
    if each.chance is not None:
        texts["chance"] = chance_words(each.chance)
    if each.progress is not None:
        texts["progress"] = format_value(100 * each.progress, "percent", 0, locale=locale)
    return texts


def board_of(actor: Actor, key_results: list[KeyResult], as_of: date | None) -> Board:
    """Where these key results stand, with the objectives they belong to."""
    wanted = {one.objective_id for one in key_results}
    return okr_board(Objective.objects.filter(pk__in=wanted), standpoint(as_of))


def reloaded(actor: Actor, key_result: KeyResult) -> KeyResultOut:
    """The key result as it is after a command."""
    fresh: KeyResult = visible("key_result", actor).get(pk=key_result.pk)
    board = board_of(actor, [fresh], None)
    return named_promotions(actor, [shown(board.key_results[fresh.pk], seen_metrics(actor, board))], board)[0]


def named_promotions(actor: Actor, items: list[KeyResultOut], board: Board) -> list[KeyResultOut]:
    """The same, with the promotions that they were made for."""
    known = promotions_for(actor, [one.key for one in items], board.point)
    for one in items:
        one.promotion = known.get(one.key)
    return items


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
    figures = {name: getattr(body, name) for name in FIGURES if name in sent}
    with writing():
        key_result = change_key_result(actor, key_result, version=body.version, contributors=contributors, **changes)
        if "milestones" in sent:
            set_milestones(actor, key_result, [step.model_dump() for step in body.milestones])
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
