"""Key results as the API sends them, with everything that is computed."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from sextant.api.answering import Explanation, explained
from sextant.api.lifecycle import promotions_for
from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, Frequency, label, period_at
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.forecasts.words import chance_words
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries import why as reasons
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import MilestoneRow, day_of
from sextant.okrs.queries.standing import Board, okr_board
from sextant.people.queries import organisation


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
    second_looks: list[str] = Field(
        description="Computed: worth a second look, said at `/second-looks`: target-nearly-met, target-eased, "
        "guard-worse, measure-changed (its metric is defined otherwise than at the start), owner-left (it needs a new "
        "owner); before it starts already-likely (a chance above 0.9) or very-unlikely (below 0.1)."
    )
    missing: list[MissingOut] = Field(description="What keeps it from being published.")
    promotion: int | None = Field(None, description="The promotion of a KPI that it was made for.")
    text: dict[str, str] = Field(description="The figures as people read them.")
    why: dict[str, Explanation] = Field(default_factory=dict)


def seen_metrics(actor: Actor, board: Board) -> frozenset[int]:
    """Ids of the metrics of a board's key results that the actor may know of."""
    wanted = {one.metric.id for one in board.key_results.values() if one.metric is not None}
    wanted |= {one.guard_id for one in board.models.values() if one.guard_id is not None}
    return frozenset(visible("metric", actor).filter(pk__in=wanted).order_by().values_list("pk", flat=True))


def shown(each: KeyResultStanding, seen: frozenset[int], *, why: bool = False) -> KeyResultOut:
    """A standing as it is sent; a metric that is not among those `seen` stays unnamed."""
    key_result, metric, terms = each.key_result, each.metric, each.terms
    metric_key = metric.key if metric and metric.id in seen else None
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
        period=_period(each),
        progress=each.progress,
        expected=each.expected,
        pace=each.pace,
        chance=each.chance,
        status=_status(each),
        shown_status=each.status,
        confidence=each.confidence,
        second_looks=[look.key for look in each.board.second_looks[each.pk]],
        missing=[MissingOut(key=one.key, message=one.message, field=one.field) for one in each.missing],
        text=_texts(each),
    )  # fmt: skip
    if why:
        out.why = explained(reasons.explain_key_result(each), _calendar(each))
        out.why["value"].inputs["metric"] = metric_key
    return out


def _calendar(each: KeyResultStanding) -> Calendar:
    return each.board.calendar_of(each.metric) if each.metric else Calendar()


def _period(each: KeyResultStanding) -> str | None:
    """The period of the value."""
    if each.reading is None or each.metric is None:
        return None
    calendar = _calendar(each)
    period = period_at(each.reading.start, Frequency(each.metric.frequency), calendar, each.metric.span)
    return label(period, calendar)


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
