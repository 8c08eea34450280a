"""`/metrics/{key}/measurements`, `/markers` and `/limits`: values over time and how they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Figure, Line, Listed, Words, found, period_in, place, written
from sextant.api.series_answers import (
    LimitsOut,
    MarkerOut,
    MeasurementOut,
    explain_rows,
    explain_series,
    index_shown,
    leave_out_hidden,
    limits_shown,
    marker_shown,
    row_shown,
)
from sextant.calc.aggregation import AggregationError
from sextant.calc.periods import Frequency, PeriodError
from sextant.core.errors import Hidden, refuse
from sextant.kpis.queries import why as reasons
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.commands import add_marker, choose_limits, remove_marker
from sextant.metrics.models import Marker, Measurement, Metric
from sextant.metrics.queries.calculated import Calculation
from sextant.metrics.queries.series import Series, calendar_for, series_of
from sextant.metrics.queries.standpoint import Standpoint, standpoint

router = Router(tags=["Metrics"])


class MeasurementsAsked(Listed):
    model_config = {"populate_by_name": True}

    from_: Line = Field("", alias="from", description="A period such as 2026-03; values from its beginning on.")
    to: Line = Field("", description="A period; values up to its end.")
    revisions: bool = Field(False, description="1: corrected values as well, each with `superseded_at`.")
    grain: Frequency | None = Field(None, description="Coarser periods, by the metric's rule.")
    limit: int = Field(100, ge=1, le=1000)


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
        leave_out_hidden(actor, items)
        if asked.why:
            explain_series(items, series, reasons.formula_origins(actor, [metric], point), point)
        return answer(Page[MeasurementOut](items=[item for _, item in items], next=following))
    rows, following = _rows(metric, point, first, after, asked)
    calendar = calendar_for(metric, point)
    out = [row_shown(metric, row, calendar, point) for row in rows]
    if asked.why:
        explain_rows(metric, rows, out, calendar, point)
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
        items.append((index, index_shown(series, index, None if np.isnan(value) else value)))
    return items, None


def _at(series: Series, hour: int | None, otherwise: int) -> int:
    return otherwise if hour is None else int(np.searchsorted(series.starts, hour, side="left"))


@router.get("/metrics/{key}/markers", response=Page[MarkerOut], summary="Dated notes on the chart")
def list_markers(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    point = standpoint(asked.as_of)
    rows = Marker.objects.filter(standing_at(point), metric=metric).order_by("start", "pk")
    return answer(Page[MarkerOut](items=[marker_shown(row, metric, point) for row in rows], next=None))


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
