"""`/metrics`: what is measured, and the versions of how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import (
    Asked,
    Change,
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
    period_in,
)
from sextant.api.patching import patched, viewers_sent
from sextant.calc.periods import Frequency, label, period_at
from sextant.calc.why import Why, method
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.queries.facts import definitions as definitions_of
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.commands import archive_metric, change_definition, change_metric, create_metric, restore_metric
from sextant.metrics.models import Batch, Definition, Measurement, Metric
from sextant.metrics.queries.formula_sight import hidden_inputs, without_hidden
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import Standpoint, standpoint

router = Router(tags=["Metrics"])
RELATED = ("team", "owner", "theme", "part_of", "numerator", "denominator")
KINDS = {
    "team": "team", "owner": "person", "theme": "theme", "part_of": "metric", "numerator": "metric",
    "denominator": "metric",
}  # fmt: skip


class SourceOut(BaseModel):
    kind: str = Field(description="declared, formula, or how the newest value came: form, push, import, undo.")
    name: str
    recorded_at: datetime | None


class MetricOut(BaseModel):
    key: str
    name: str
    description: str
    how_measured: str
    formula: str
    definition: int | None = Field(description="Number of the definition in force.")
    unit: str
    unit_label: str
    direction: str
    frequency: str
    span: int
    aggregation: str
    precision: int | None
    year_start_month: int | None
    numerator: str | None
    denominator: str | None
    part_of: str | None
    slice: dict[str, Any]
    perspective: str
    leads: str
    grace_days: int
    lower_bound: float | None
    upper_bound: float | None
    team: str
    owner: str | None
    theme: str | None
    visibility: str
    viewers: list[str]
    archived: bool
    version: int
    sources: list[SourceOut] = Field(description="Computed: where the values come from.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class MetricsAsked(Listed):
    team: Key = ""
    owner: Key = ""
    theme: Key = ""
    part_of: Key = Field("", description="Only breakdowns of this metric.")
    q: Line = Field("", description="Only metrics whose key or name contains this.")
    archived: bool = Field(False, description="1: archived metrics instead of those in use.")


class MetricFields(Change):
    name: Line = Field(default_factory=str)
    unit: Line = Field(default_factory=str)
    unit_label: Line = Field(default_factory=str)
    direction: Line = Field(default_factory=str)
    frequency: Line = Field(default_factory=str)
    span: int = Field(default_factory=int, ge=1, le=120)
    aggregation: Line = Field(default_factory=str)
    precision: int | None = Field(None, ge=0, le=9)
    year_start_month: int | None = Field(None, ge=1, le=12)
    numerator: Key | None = None
    denominator: Key | None = None
    part_of: Key | None = None
    slice: dict[Line, Line] = Field(default_factory=dict, max_length=20)
    perspective: Line = Field(default_factory=str)
    leads: Line = Field(default_factory=str)
    grace_days: int = Field(default_factory=int, ge=0, le=3650)
    lower_bound: Figure | None = None
    upper_bound: Figure | None = None
    owner: Key | None = None
    theme: Key | None = None
    visibility: Line = Field(default_factory=str)
    viewers: list[Key] = Field(default_factory=list, max_length=200, description="Keys of the people who may see it.")


class NewMetric(MetricFields):
    name: Line
    team: Key
    key: Key = ""
    description: Words = ""
    how_measured: Words = ""
    formula: Words = ""


class MetricChange(MetricFields):
    version: Version
    team: Key = Field(default_factory=str)
    archived: bool = Field(default_factory=bool)


class DefinitionOut(BaseModel):
    number: int
    valid_from: str | None = Field(description="The first period it holds for; null: from the beginning.")
    description: str
    how_measured: str
    formula: str
    reason: str
    author: str
    known_at: datetime


class NewDefinition(Change):
    number: int = Field(ge=0, le=1_000_000, description="The version you started from; 409 when there is a newer one.")
    description: Words = ""
    how_measured: Words = ""
    formula: Words = ""
    reason: Words = ""
    valid_from: Line | None = Field(None, description="A period; from its beginning the new definition holds.")
    is_correction: bool = Field(False, description="The wording was wrong: replace this version, mark no break.")


def shown(actor: Actor, metrics: Sequence[Metric], point: Standpoint, *, why: bool) -> list[MetricOut]:
    """Metrics as they are sent, with a fixed number of statements."""
    versions = definitions_of(metrics, point)
    batches = Batch.objects.in_bulk([m.newest_batch for m in metrics if m.newest_batch])  # type: ignore[attr-defined]
    viewers: dict[int, list[str]] = {}
    limited = [metric.pk for metric in metrics if metric.visibility == "people"]
    if limited:
        rows = Metric.viewers.through.objects.filter(metric_id__in=limited).order_by("person__key")
        for metric_id, key in rows.values_list("metric_id", "person__key"):
            viewers.setdefault(metric_id, []).append(key)
    seen = _keys_seen(actor, metrics)
    newest = {metric_id: rows[-1].formula for metric_id, rows in versions.items() if rows}
    hidden = hidden_inputs(actor, newest.values())
    formulas = {metric_id: without_hidden(text, hidden) for metric_id, text in newest.items()}
    return [
        _one(
            metric,
            versions.get(metric.pk, []),
            formulas.get(metric.pk, ""),
            batches,
            viewers.get(metric.pk, []),
            seen,
            why=why,
        )
        for metric in metrics
    ]


def _keys_seen(actor: Actor, metrics: Sequence[Metric]) -> frozenset[str]:
    """Which of the metrics named by these the actor may see; the others are not named."""
    related = {one.pk for m in metrics for one in (m.part_of, m.numerator, m.denominator) if one is not None}
    if not related:
        return frozenset()
    return frozenset(visible("metric", actor).filter(pk__in=related).values_list("key", flat=True))


def _one(
    metric: Metric, versions: Sequence[Definition], formula: str, batches: dict[int, Batch], viewers: list[str],
    seen: frozenset[str], *, why: bool,
) -> MetricOut:  # fmt: skip
    definition = versions[-1] if versions else None
    batch = batches.get(metric.newest_batch)  # type: ignore[attr-defined]
    sources = _sources(metric, formula, batch)
    out = MetricOut(
        key=metric.key,
        name=metric.name,
        description=definition.description if definition else "",
        how_measured=definition.how_measured if definition else "",
        formula=formula,
        definition=definition.number if definition else None,
        unit=metric.unit,
        unit_label=metric.unit_label,
        direction=metric.direction,
        frequency=metric.frequency,
        span=metric.span,
        aggregation=metric.aggregation,
        precision=metric.precision,
        year_start_month=metric.year_start_month,
        numerator=_key(metric.numerator, seen),
        denominator=_key(metric.denominator, seen),
        part_of=_key(metric.part_of, seen),
        slice=metric.slice,
        perspective=metric.perspective,
        leads=metric.leads,
        grace_days=metric.grace_days,
        lower_bound=metric.lower_bound,
        upper_bound=metric.upper_bound,
        team=metric.team.key,
        owner=metric.owner.key if metric.owner else None,
        theme=metric.theme.key if metric.theme else None,
        visibility=metric.visibility,
        viewers=viewers,
        archived=metric.archived_at is not None,
        version=metric.version,
        sources=sources,
    )
    if why:
        out.why = explained({"sources": _why_sources(metric, formula, batch, sources)})
    return out


def _key(metric: Metric | None, seen: frozenset[str]) -> str | None:
    return metric.key if metric is not None and metric.key in seen else None


def _sources(metric: Metric, formula: str, batch: Batch | None) -> list[SourceOut]:
    """What the metric says of itself, and where its newest value came from."""
    sources = []
    if metric.source:
        sources.append(SourceOut(kind="declared", name=metric.source, recorded_at=None))
    if formula or metric.numerator_id is not None:
        sources.append(SourceOut(kind="formula", name=formula or "ratio of its parts", recorded_at=None))
    if batch is not None:
        name = batch.source or batch.actor_label
        sources.append(SourceOut(kind=batch.kind, name=name, recorded_at=batch.recorded_at))
    return sources


def _why_sources(metric: Metric, formula: str, batch: Batch | None, sources: Sequence[SourceOut]) -> Why:
    inputs = {
        "declared": metric.source,
        "formula": formula,
        "batch": batch.key if batch else None,
        "recorded_by": batch.actor_label if batch else None,
        "result": [f"{source.kind}: {source.name}" for source in sources],
    }
    said = "what was declared, the formula if there is one, and where the newest value came from"
    return Why("sources-of-the-newest-value", said, inputs, method("trust"))


def with_sources(actor: Actor, point: Standpoint) -> Any:
    """Visible metrics with everything that naming them needs, the batch of the newest value included."""
    newest = Measurement.objects.filter(standing_at(point), metric=OuterRef("pk")).order_by("-start")
    metrics = visible("metric", actor).select_related(*RELATED)
    return metrics.annotate(newest_batch=Subquery(newest.values("batch_id")[:1]))


def reloaded(actor: Actor, metric: Metric, *, why: bool = False) -> MetricOut:
    """The metric as it is after a command."""
    point = standpoint()
    return shown(actor, list(with_sources(actor, point).filter(pk=metric.pk)), point, why=why)[0]


@router.get("/metrics", response=Page[MetricOut], summary="List metrics")
def list_metrics(request: ApiRequest, asked: Query[MetricsAsked]) -> HttpResponse:
    actor, point = request.actor, standpoint(asked.as_of)
    metrics = with_sources(actor, point).filter(archived_at__isnull=not asked.archived)
    for field in ("team", "owner", "theme", "part_of"):
        if key := getattr(asked, field):
            metrics = metrics.filter(**{f"{field}__key": key})
    if asked.part_of:
        metrics = metrics.filter(part_of__in=visible("metric", actor))
    if asked.q:
        metrics = metrics.filter(Q(name__icontains=asked.q) | Q(key__icontains=asked.q))
    page, following = by_key(metrics, asked)
    return answer(Page[MetricOut](items=shown(actor, page, point, why=asked.why), next=following))


@router.post("/metrics", response={201: MetricOut}, summary="Add a metric")
def add_metric(request: ApiRequest, body: NewMetric) -> HttpResponse:
    actor = request.actor
    fields = named_all(actor, body.given("viewers"), KINDS)
    viewers = [named("person", actor, key, "viewers") for key in body.viewers]
    return answer(reloaded(actor, create_metric(actor, viewers=viewers, **fields)), 201)


@router.get("/metrics/{key}", response=MetricOut, summary="Get a metric")
def get_metric(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    actor, point = request.actor, standpoint(asked.as_of)
    metric = found("metric", actor, key)
    return answer(shown(actor, list(with_sources(actor, point).filter(pk=metric.pk)), point, why=asked.why)[0])


@router.patch("/metrics/{key}", response=MetricOut, summary="Change, archive or restore a metric")
def patch_metric(request: ApiRequest, key: str, body: MetricChange) -> HttpResponse:
    actor = request.actor
    metric: Metric = found("metric", actor, key)
    changes = named_all(actor, body.given("version", "archived", "viewers"), KINDS)
    changes |= viewers_sent(actor, body.viewers, body)
    metric = patched(
        actor, metric, body, changes, change=change_metric, archive=archive_metric, restore=restore_metric
    )  # fmt: skip
    return answer(reloaded(actor, metric))


@router.get("/metrics/{key}/definitions", response=Page[DefinitionOut], summary="Versions of how it is measured")
def list_definitions(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    point = standpoint(asked.as_of)
    rows = list(Definition.objects.filter(standing_at(point), metric=metric).order_by("number"))
    hidden = hidden_inputs(request.actor, [row.formula for row in rows])
    return answer(Page[DefinitionOut](items=[definition_shown(row, metric, point, hidden) for row in rows], next=None))


def definition_shown(
    row: Definition, metric: Metric, point: Standpoint, hidden: frozenset[str] = frozenset()
) -> DefinitionOut:
    calendar = calendar_for(metric, point)
    first = None
    if row.valid_from is not None:
        first = label(period_at(row.valid_from, Frequency(metric.frequency), calendar), calendar)
    return DefinitionOut(
        number=row.number,
        valid_from=first,
        description=row.description,
        how_measured=row.how_measured,
        formula=without_hidden(row.formula, hidden),
        reason=row.reason,
        author=row.author,
        known_at=row.known_at,
    )


@router.post("/metrics/{key}/definitions", response={201: DefinitionOut}, summary="Say anew how it is measured")
def add_definition(request: ApiRequest, key: str, body: NewDefinition) -> HttpResponse:
    actor = request.actor
    metric: Metric = found("metric", actor, key)
    valid_from = None if body.valid_from is None else period_in(body.valid_from, "valid_from").start
    row = change_definition(
        actor, metric, number=body.number, description=body.description, how_measured=body.how_measured,
        formula=body.formula, reason=body.reason, valid_from=valid_from, is_correction=body.is_correction,
    )  # fmt: skip
    return answer(definition_shown(row, metric, standpoint()), 201)
