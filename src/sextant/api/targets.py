"""`/kpis/{key}/targets` and `/kpis/{key}/chart`: what a KPI is judged against, and its process-behaviour chart."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.http import HttpResponse
from ninja import Query, Router
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import Asked, Change, Figure, Line, Words, found, period_in
from sextant.api.series_answers import MarkerOut, marker_shown
from sextant.calc.limits import explain_limits
from sextant.calc.periods import Calendar, Frequency, label, period_at
from sextant.calc.status import TargetValues
from sextant.calc.why import Why, method
from sextant.core.errors import Hidden
from sextant.kpis.commands import remove_target, set_target
from sextant.kpis.models import FIGURES, Kpi, Target
from sextant.kpis.queries.facts import as_target_row, standing_at
from sextant.kpis.queries.standing import Standing, standing
from sextant.kpis.queries.why import explain_assurance_of
from sextant.metrics.models import Marker
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import Standpoint, standpoint

router = Router(tags=["KPIs"])


class TargetFigures(Change):
    target: Figure | None = None
    red_flag: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    red_low: Figure | None = None
    red_high: Figure | None = None
    stretch: Figure | None = None


class NewTarget(TargetFigures):
    period: Line | None = Field(None, description="Only for this period.")
    valid_from: Line | None = Field(None, description="From the beginning of this period (or day) on.")
    aim_by: Line | None = Field(None, description="A long-term aim, to be reached by the end of this period.")
    reason: Words = ""


class TargetOut(BaseModel):
    id: int
    period: str | None
    valid_from: str | None = Field(description="The day from which it holds; null with no period and no aim: always.")
    aim_by: str | None
    target: float | None
    red_flag: float | None
    low: float | None
    high: float | None
    red_low: float | None
    red_high: float | None
    stretch: float | None
    reason: str
    author: str
    known_at: datetime


class SegmentOut(BaseModel):
    first: str
    last: str
    basis: str = Field(description="computed, locked, typed or too_few.")
    points: int
    centre: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    range_mean: float | None
    range_upper: float | None


class MarkOut(BaseModel):
    period: str
    rule: str = Field(description="outside, run_of_eight or three_of_four.")
    side: str


class RunningOut(BaseModel):
    period: str
    value: float


class ChartOut(BaseModel):
    kpi: str
    unit: str
    direction: str
    frequency: str
    periods: list[str]
    values: list[float | None] = Field(description="One per period; null is a gap.")
    moving_ranges: list[float | None]
    targets: list[float | None] = Field(description="The target of each period.")
    segments: list[SegmentOut]
    marks: list[MarkOut]
    range_marks: list[str] = Field(description="Periods whose moving range is above its limit.")
    running: RunningOut | None = Field(description="The running period so far; it judges nothing.")
    markers: list[MarkerOut]
    has_limits: bool
    enough_history: bool
    assurance: str
    why: dict[str, Explanation] = Field(default_factory=dict)


@router.get("/kpis/{key}/targets", response=Page[TargetOut], summary="Targets, red flags, bands and aims")
def list_targets(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    point = standpoint(asked.as_of)
    rows = Target.objects.filter(standing_at(point), kpi=kpi).order_by("known_at", "pk")
    return answer(Page[TargetOut](items=[target_shown(row, kpi, point) for row in rows], next=None))


def target_shown(row: Target, kpi: Kpi, point: Standpoint) -> TargetOut:
    calendar = calendar_for(kpi.metric, point)
    as_row = as_target_row(row, Frequency(kpi.metric.frequency), calendar)
    since = period_at(row.valid_from, Frequency.DAY).first_day.isoformat() if row.valid_from is not None else None
    return TargetOut(
        id=row.pk,
        period=label(as_row.period, calendar) if as_row.period else None,
        valid_from=since,
        aim_by=label(as_row.aim_by, calendar) if as_row.aim_by else None,
        reason=row.reason,
        author=row.author,
        known_at=row.known_at,
        **{name: getattr(row, name) for name in FIGURES},
    )


@router.post("/kpis/{key}/targets", response={201: TargetOut}, summary="Set a target")
def post_target(request: ApiRequest, key: str, body: NewTarget) -> HttpResponse:
    """For one period, from a date on, by a date, or, with none of the three, since the beginning."""
    kpi: Kpi = found("kpi", request.actor, key)
    row = set_target(
        request.actor,
        kpi,
        period=period_in(body.period, "period") if body.period is not None else None,
        valid_from=period_in(body.valid_from, "valid_from").start if body.valid_from is not None else None,
        aim_by=period_in(body.aim_by, "aim_by") if body.aim_by is not None else None,
        reason=body.reason,
        **{name: getattr(body, name) for name in FIGURES},
    )
    return answer(target_shown(row, kpi, standpoint()), 201)


@router.delete("/kpis/{key}/targets/{target_id}", response={204: None}, summary="Take a target back")
def delete_target(request: ApiRequest, key: str, target_id: int) -> HttpResponse:
    kpi: Kpi = found("kpi", request.actor, key)
    if abs(target_id) >= 2**63:
        raise Hidden("target", str(target_id)[:20])
    remove_target(request.actor, kpi, target_id)
    return HttpResponse(status=204)


@router.get("/kpis/{key}/chart", response=ChartOut, summary="The process-behaviour chart")
def get_chart(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """X and moving range, limits per segment, marks of the three rules."""
    kpi: Kpi = found("kpi", request.actor, key)
    each = standing(kpi, standpoint(asked.as_of))
    out = chart_shown(each)
    if asked.why:
        out.why = explained(_why_chart(each), each.series.calendar)
    return answer(out)


def chart_shown(each: Standing) -> ChartOut:
    chart, series, metric = each.chart, each.series, each.kpi.metric
    calendar = series.calendar
    names = [label(series.period(index), calendar) for index in range(series.complete)]
    targets = [each.target_of(series.period(index)) or TargetValues() for index in range(series.complete)]
    markers = Marker.objects.filter(standing_at(each.point), metric=metric).order_by("start", "pk")
    return ChartOut(
        kpi=each.kpi.key,
        unit=metric.unit,
        direction=metric.direction,
        frequency=metric.frequency,
        periods=names,
        values=_figures(chart.values),
        moving_ranges=_figures(chart.moving_ranges),
        targets=[target.target for target in targets],
        segments=[
            SegmentOut(
                first=names[segment.first],
                last=names[segment.last],
                basis=segment.basis,
                points=segment.points,
                centre=_figures(segment.centre),
                lower=_figures(segment.lower),
                upper=_figures(segment.upper),
                range_mean=_figure(segment.range_mean),
                range_upper=_figure(segment.range_upper),
            )
            for segment in chart.segments
        ],
        marks=[MarkOut(period=names[mark.index], rule=mark.rule, side=mark.side) for mark in chart.marks],
        range_marks=[names[index] for index in chart.range_marks],
        running=_running(each, calendar),
        markers=[marker_shown(row, metric, each.point) for row in markers],
        has_limits=chart.has_limits,
        enough_history=chart.enough_history,
        assurance=each.assurance,
    )


def _running(each: Standing, calendar: Calendar) -> RunningOut | None:
    index = each.series.running
    if index is None:
        return None
    return RunningOut(period=label(each.series.period(index), calendar), value=float(each.series.values[index]))


def _figures(column: NDArray[np.float64]) -> list[float | None]:
    return [_figure(value) for value in column.tolist()]


def _figure(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _why_chart(each: Standing) -> dict[str, Why]:
    """What the parts of the chart mean, and the arithmetic of the newest limits."""
    limits = explain_limits(each.chart)
    source = method("process-limits")
    said = {
        "values": ("values-by-period", "the value standing for each complete period"),
        "moving_ranges": ("moving-ranges", "size of the step between two neighbouring periods that have a value"),
        "targets": ("targets-by-period", "the target that judges each period"),
        "marks": ("chart-marks", "outside the limits; eight in a row on one side; three of four nearer a limit"),
        "range_marks": ("range-marks", "moving ranges above 3.268 x their mean"),
        "running": ("period-runs", "a period that has not ended judges nothing"),
        "enough_history": ("history-counted", "limits chosen by a person, or computed from at least 20 points"),
    }
    whys = {
        name: Why(rule, formula, {"frequency": each.kpi.metric.frequency}, source)
        for name, (rule, formula) in said.items()
    }
    return {**whys, "segments": limits, "has_limits": limits, "assurance": explain_assurance_of(each)}
