"""`/metrics/{key}/measurements`, `/markers` and `/limits`: values over time and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import Asked, Change, Figure, Line, Listed, Words, found, period_in, place, written
from sextant.calc.aggregation import AggregationError
from sextant.calc.limits import explain_limits
from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, Frequency, PeriodError, containing, label, moment_of, period_at
from sextant.calc.why import Why, method
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.kpis.models import Kpi
from sextant.kpis.queries import why as reasons
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.commands import add_marker, choose_limits, remove_marker
from sextant.metrics.models import DetectionSetting, FineMeasurement, Marker, Measurement, Metric
from sextant.metrics.queries.calculated import Calculation
from sextant.metrics.queries.formula_sight import without_hidden
from sextant.metrics.queries.series import Series, calendar_for, series_of
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people.queries import organisation

router = Router(tags=["Metrics"])


class MeasurementOut(BaseModel):
    metric: str
    period: str
    starts_at: str = Field(
        description="Beginning of the period on the calendar, such as 2026-03-01T00:00 (hourly: UTC)."
    )
    ends_at: str = Field(description="End of the period, not included.")
    value: float | None
    text: str = Field(description="The value as people read it.")
    state: str = Field(description="observed, estimated, not_applicable or calculated.")
    qualifier: str
    note: str
    coverage: float | None = Field(description="Share of the finer values present, when some are missing.")
    complete: bool = Field(description="The period has ended; what runs is shown so far and judges nothing.")
    reason: str | None = Field(description="Why a calculated value is missing.")
    recorded_at: datetime | None
    recorded_by: str | None
    batch: str | None
    known_at: datetime | None
    superseded_at: datetime | None
    why: dict[str, Explanation] = Field(default_factory=dict)


class MeasurementsAsked(Listed):
    model_config = {"populate_by_name": True}

    from_: Line = Field("", alias="from", description="A period such as 2026-03; values from its beginning on.")
    to: Line = Field("", description="A period; values up to its end.")
    revisions: bool = Field(False, description="1: corrected values as well, each with `superseded_at`.")
    grain: Frequency | None = Field(None, description="Coarser periods, by the metric's rule.")
    limit: int = Field(100, ge=1, le=1000)


class MarkerOut(BaseModel):
    id: int
    period: str
    label: str
    kind: str
    author: str
    known_at: datetime


class NewMarker(Change):
    period: Line
    label: Line
    kind: Line = Field("event", max_length=12)


class Typed(Change):
    centre: Figure
    lower: Figure
    upper: Figure
    range_upper: Figure | None = None
    since: Line | None = Field(None, description="The first period they hold for.")


class NewLimits(Change):
    dividers: list[Line] = Field(default_factory=list, max_length=200, description="Periods that begin a new segment.")
    locked_from: Line | None = None
    locked_to: Line | None = None
    typed: Typed | None = None
    season_length: int = Field(0, ge=0, le=366)
    seasonal_factors: list[Figure] = Field(default_factory=list, max_length=366)
    sloped: bool = False
    reason: Words


class LimitsOut(BaseModel):
    dividers: list[str]
    locked_from: str | None
    locked_to: str | None
    typed: dict[str, Any] | None
    season_length: int
    seasonal_factors: list[float]
    sloped: bool
    reason: str
    author: str
    known_at: datetime | None
    centre: float | None = Field(description="Computed: the centre now.")
    lower: float | None = Field(description="Computed: the lower limit now.")
    upper: float | None = Field(description="Computed: the upper limit now.")
    range_upper: float | None = Field(description="Computed: the limit of the moving range.")
    basis: str = Field(description="Computed: computed, locked, typed or too_few.")
    points: int = Field(description="Computed: how many values the limits come from.")
    why: dict[str, Explanation] = Field(default_factory=dict)


LIMITS = ("centre", "lower", "upper", "range_upper", "basis", "points")


@router.get("/metrics/{key}/measurements", response=Page[MeasurementOut], summary="Values over time")
def list_measurements(request: ApiRequest, key: str, asked: Query[MeasurementsAsked]) -> HttpResponse:
    actor, point = request.actor, standpoint(asked.as_of)
    metric: Metric = found("metric", actor, key)
    first = period_in(asked.from_, "from").start if asked.from_ else None
    after = period_in(asked.to, "to").end if asked.to else None
    calculation = Calculation.of([metric], point)
    if asked.grain is not None or calculation.is_calculated(metric):
        series = _series(metric, point, asked.grain)
        items, following = _from_series(series, first, after, asked)
        _leave_out_hidden(actor, items)
        if asked.why:
            _explain_series(items, series, reasons.formula_origins(actor, [metric], point), point)
        return answer(Page[MeasurementOut](items=[item for _, item in items], next=following))
    rows, following = _rows(metric, point, first, after, asked)
    calendar = calendar_for(metric, point)
    out = [_from_row(metric, row, calendar, point) for row in rows]
    if asked.why:
        _explain_rows(metric, rows, out, calendar, point)
    return answer(Page[MeasurementOut](items=out, next=following))


def _series(metric: Metric, point: Standpoint, grain: Frequency | None) -> Series:
    if grain is not None and grain.rank < Frequency(metric.frequency).rank:
        message = f"The metric has one value per {metric.frequency}; ask for that or for a coarser grain."
        raise refuse("grain-too-fine", message, "grain")
    try:
        return series_of(metric, point, grain=grain)
    except (AggregationError, PeriodError) as error:
        raise refuse(error.key, str(error), "grain") from None


def _rows(
    metric: Metric, point: Standpoint, first: int | None, after: int | None, asked: MeasurementsAsked
) -> tuple[list[Measurement], str | None]:
    """One page of stored rows in the order of their periods, revisions in the order they became known."""
    rows = Measurement.objects.filter(metric=metric).select_related("batch")
    if not asked.revisions:
        rows = rows.filter(standing_at(point))
    elif point.known_at is not None:
        rows = rows.filter(known_at__lte=point.known_at)
    if first is not None:
        rows = rows.filter(start__gte=first)
    if after is not None:
        rows = rows.filter(start__lt=after)
    cursor = place(asked.cursor, int, int)
    if cursor is not None:
        rows = rows.filter(start__gte=cursor[0]).exclude(start=cursor[0], pk__lte=cursor[1])
    page = list(rows.order_by("start", "pk")[: asked.limit + 1])
    if len(page) <= asked.limit:
        return page, None
    last = page[asked.limit - 1]
    return page[: asked.limit], written([last.start, last.pk])


def _from_row(metric: Metric, row: Measurement, calendar: Calendar, point: Standpoint) -> MeasurementOut:
    period = period_at(row.start, Frequency(metric.frequency), calendar, metric.span)
    return MeasurementOut(
        metric=metric.key,
        period=label(period, calendar),
        starts_at=_moment(row.start),
        ends_at=_moment(row.end),
        value=row.value,
        text=_text(metric, row.value),
        state=row.state,
        qualifier=row.qualifier,
        note=row.note,
        coverage=row.coverage,
        complete=row.end <= point.hour(metric.frequency),
        reason=None,
        recorded_at=row.batch.recorded_at,
        recorded_by=row.batch.actor_label,
        batch=row.batch.key,
        known_at=row.known_at,
        superseded_at=row.superseded_at,
    )


def _moment(hour: int) -> str:
    """A moment on the calendar, which has no time zone."""
    return moment_of(hour).isoformat(timespec="minutes")


def _text(metric: Metric, value: float | None) -> str:
    return format_value(value, metric.unit, metric.precision, locale=organisation().locale)


def _explain_rows(
    metric: Metric, rows: Sequence[Measurement], out: Sequence[MeasurementOut], calendar: Calendar, point: Standpoint
) -> None:
    """Values made of finer ones show those."""
    finer: list[FineMeasurement] = []
    if rows:
        inside = FineMeasurement.objects.filter(metric=metric, start__gte=rows[0].start, start__lt=rows[-1].end)
        finer = list(inside.filter(standing_at(point)).order_by("start"))
    for row, item in zip(rows, out, strict=True):
        own = [one for one in finer if row.start <= one.start < row.end]
        inputs: dict[str, object] = {"batch": item.batch, "recorded_by": item.recorded_by}
        inputs["recorded_at"] = item.recorded_at
        inputs |= {"period": item.period, "state": item.state, "qualifier": item.qualifier, "result": item.value}
        value = reasons.finer_value(metric.aggregation, own, inputs) if own else reasons.recorded_value(inputs)
        item.why = explained(_why_measurement(item, value, item.ends_at, point, metric.frequency), calendar)


def _why_measurement(
    item: MeasurementOut, value: Why, ends_at: str, point: Standpoint, frequency: str
) -> Mapping[str, Why]:
    now = point.hour(frequency)
    return {
        "value": value,
        "text": Why("number-format", "the value with the metric's unit and decimals", {"result": item.text},
                    method("numbers")),
        "complete": Why("period-ended", "the period has ended by now",
                        {"ends_at": ends_at, "now": now, "result": item.complete}, method("periods")),
    }  # fmt: skip


def _from_series(
    series: Series, first: int | None, after: int | None, asked: MeasurementsAsked
) -> tuple[list[tuple[int, MeasurementOut]], str | None]:
    """One page of a calculated or aggregated series: index and item of every period with a value or a reason."""
    cursor = place(asked.cursor, int)
    begin = max(_at(series, first, 0), _at(series, None if cursor is None else cursor[0] + 1, 0))
    items: list[tuple[int, MeasurementOut]] = []
    for index in range(begin, _at(series, after, len(series.starts))):
        value = float(series.values[index])
        if np.isnan(value) and index not in series.reasons:
            continue
        if len(items) == asked.limit:
            return items, written([int(series.starts[items[-1][0]])])
        items.append((index, _from_index(series, index, None if np.isnan(value) else value)))
    return items, None


def _leave_out_hidden(actor: Actor, items: Sequence[tuple[int, MeasurementOut]]) -> None:
    """A reason such as "missing-input:visits" names no metric the actor may not see."""
    named = {item.reason.partition(":")[2] for _, item in items if item.reason and ":" in item.reason}
    hidden = named - set(visible("metric", actor).filter(key__in=named).values_list("key", flat=True))
    for _, item in items:
        if item.reason:
            item.reason = without_hidden(item.reason, hidden)


def _at(series: Series, hour: int | None, otherwise: int) -> int:
    return otherwise if hour is None else int(np.searchsorted(series.starts, hour, side="left"))


def _from_index(series: Series, index: int, value: float | None) -> MeasurementOut:
    period, flag = series.period(index), series.flags.get(index)
    return MeasurementOut(
        metric=series.metric.key,
        period=label(period, series.calendar),
        starts_at=_moment(period.start),
        ends_at=_moment(period.end),
        value=value,
        text=_text(series.metric, value),
        state="calculated",
        qualifier=flag.qualifier if flag else "",
        note="",
        coverage=flag.coverage if flag else None,
        complete=index < series.complete,
        reason=series.reasons.get(index),
        recorded_at=None,
        recorded_by=None,
        batch=None,
        known_at=None,
        superseded_at=None,
    )


def _explain_series(
    items: Sequence[tuple[int, MeasurementOut]], series: Series, made_of: reasons.Origins, point: Standpoint
) -> None:
    metric = series.metric
    own = None if series.is_calculated else series_of(metric, point)
    for index, item in items:
        period = series.period(index)
        inputs: dict[str, object] = {"metric": metric.key, "period": period, "result": item.value}
        if own is None:
            value = reasons.calculated_value(metric.id, period, inputs, made_of)
        else:
            inside = [
                {"period": own.period(i), "value": float(own.values[i])}
                for i in range(len(own.starts))
                if not np.isnan(own.values[i]) and containing(own.period(i), series.frequency, own.calendar) == period
            ]
            inputs |= {"aggregation": metric.aggregation, "finer_values": inside}
            formula = f"{metric.aggregation} of the finer values of the period"
            value = Why(f"value-{metric.aggregation}", formula, inputs, method("aggregation"))
        item.why = explained(_why_measurement(item, value, item.ends_at, point, series.frequency), series.calendar)


@router.get("/metrics/{key}/markers", response=Page[MarkerOut], summary="Dated notes on the chart")
def list_markers(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    point = standpoint(asked.as_of)
    rows = Marker.objects.filter(standing_at(point), metric=metric).order_by("start", "pk")
    return answer(Page[MarkerOut](items=[marker_shown(row, metric, point) for row in rows], next=None))


def marker_shown(row: Marker, metric: Metric, point: Standpoint) -> MarkerOut:
    period = _label(metric, row.start, point)
    return MarkerOut(id=row.pk, period=period, label=row.label, kind=row.kind, author=row.author, known_at=row.known_at)


def _label(metric: Metric, hour: int, point: Standpoint) -> str:
    calendar = calendar_for(metric, point)
    return label(period_at(hour, Frequency(metric.frequency), calendar), calendar)


@router.post("/metrics/{key}/markers", response={201: MarkerOut}, summary="Put a dated note on the chart")
def post_marker(request: ApiRequest, key: str, body: NewMarker) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    start = period_in(body.period, "period").start
    row = add_marker(request.actor, metric, start=start, label=body.label, kind=body.kind)
    return answer(marker_shown(row, metric, standpoint()), 201)


@router.delete("/metrics/{key}/markers/{marker_id}", response={204: None}, summary="Take a note off the chart")
def delete_marker(request: ApiRequest, key: str, marker_id: int) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    if abs(marker_id) >= 2**63:
        raise Hidden("marker", str(marker_id)[:20])
    remove_marker(request.actor, metric, marker_id)
    return HttpResponse(status=204)


@router.get("/metrics/{key}/limits", response=LimitsOut, summary="The normal range, and how it is found")
def get_limits(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    return answer(limits_shown(metric, standpoint(asked.as_of), why=asked.why))


@router.put("/metrics/{key}/limits", response=LimitsOut, summary="Choose how the normal range is found")
def put_limits(request: ApiRequest, key: str, body: NewLimits) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    limits = _as_settings(body)
    choose_limits(request.actor, metric, limits=limits, reason=body.reason)
    return answer(limits_shown(metric, standpoint(), why=False))


def _as_settings(body: NewLimits) -> dict[str, Any]:
    """The settings as they are stored: hours for periods, and only what differs from the default."""
    limits: dict[str, Any] = {}
    if body.dividers:
        limits["dividers"] = sorted({period_in(text, "dividers").start for text in body.dividers})
    for name in ("locked_from", "locked_to"):
        if (text := getattr(body, name)) is not None:
            limits[name] = period_in(text, name).start
    if body.typed is not None:
        typed = body.typed.model_dump(exclude={"since"}, exclude_none=True)
        since = {} if body.typed.since is None else {"since": period_in(body.typed.since, "typed").start}
        limits["typed"] = typed | since
    for name in ("season_length", "seasonal_factors", "sloped"):
        if value := getattr(body, name):
            limits[name] = value
    return limits


def as_if_watched(metric: Metric, point: Standpoint) -> Standing:
    """The standing of a metric nobody watches as a KPI: without targets, with everything its values say."""
    watched = Kpi.objects.filter(metric=metric).first() or Kpi(pk=-metric.pk)
    watched.metric = metric
    return standing(watched, point)


def limits_shown(metric: Metric, point: Standpoint, *, why: bool) -> LimitsOut:
    chosen = DetectionSetting.objects.filter(standing_at(point), metric=metric).first()
    limits: dict[str, Any] = chosen.limits if chosen else {}
    chart = as_if_watched(metric, point).chart
    newest = chart.segments[-1] if chart.has_limits else None
    typed = dict(limits["typed"]) if limits.get("typed") else None
    if typed and typed.get("since") is not None:
        typed["since"] = _label(metric, typed["since"], point)
    out = LimitsOut(
        dividers=[_label(metric, hour, point) for hour in limits.get("dividers", ())],
        locked_from=_optional_label(metric, limits.get("locked_from"), point),
        locked_to=_optional_label(metric, limits.get("locked_to"), point),
        typed=typed,
        season_length=limits.get("season_length", 0),
        seasonal_factors=limits.get("seasonal_factors", []),
        sloped=limits.get("sloped", False),
        reason=chosen.reason if chosen else "",
        author=chosen.author if chosen else "",
        known_at=chosen.known_at if chosen else None,
        centre=chart.centre_now,
        lower=chart.lower_now,
        upper=chart.upper_now,
        range_upper=newest.range_upper if newest else None,
        basis=newest.basis if newest else "too_few",
        points=newest.points if newest else 0,
    )
    if why:
        explanation = explain_limits(chart)
        out.why = explained(dict.fromkeys(LIMITS, explanation), calendar_for(metric, point))
    return out


def _optional_label(metric: Metric, hour: int | None, point: Standpoint) -> str | None:
    return None if hour is None else _label(metric, hour, point)
