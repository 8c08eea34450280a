"""Values over time, notes on the chart and normal ranges as the API sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from sextant.api.answering import Explanation, explained
from sextant.calc.limits import explain_limits
from sextant.calc.numbers import format_value
from sextant.calc.periods import Calendar, Frequency, containing, label, moment_of, period_at
from sextant.calc.why import Why, method
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.kpis.queries import why as reasons
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.models import DetectionSetting, FineMeasurement, Marker, Measurement, Metric
from sextant.metrics.queries.formula_sight import without_hidden
from sextant.metrics.queries.series import Series, calendar_for, series_of
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people.queries import organisation


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


class MarkerOut(BaseModel):
    id: int
    period: str
    label: str
    kind: str
    author: str
    known_at: datetime


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


def row_shown(metric: Metric, row: Measurement, calendar: Calendar, point: Standpoint) -> MeasurementOut:
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


def explain_rows(
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


def leave_out_hidden(actor: Actor, items: Sequence[tuple[int, MeasurementOut]]) -> None:
    """A reason such as "missing-input:visits" names no metric the actor may not see."""
    named = {item.reason.partition(":")[2] for _, item in items if item.reason and ":" in item.reason}
    hidden = named - set(visible("metric", actor).filter(key__in=named).values_list("key", flat=True))
    for _, item in items:
        if item.reason:
            item.reason = without_hidden(item.reason, hidden)


def index_shown(series: Series, index: int, value: float | None) -> MeasurementOut:
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


def explain_series(
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


def marker_shown(row: Marker, metric: Metric, point: Standpoint) -> MarkerOut:
    period = _label(metric, row.start, point)
    return MarkerOut(id=row.pk, period=period, label=row.label, kind=row.kind, author=row.author, known_at=row.known_at)


def _label(metric: Metric, hour: int, point: Standpoint) -> str:
    calendar = calendar_for(metric, point)
    return label(period_at(hour, Frequency(metric.frequency), calendar), calendar)


def _as_if_watched(metric: Metric, point: Standpoint) -> Standing:
    """The standing of a metric nobody watches as a KPI: without targets, with everything its values say."""
    watched = Kpi.objects.filter(metric=metric).first() or Kpi(pk=-metric.pk)
    watched.metric = metric
    return standing(watched, point)


def limits_shown(metric: Metric, point: Standpoint, *, why: bool) -> LimitsOut:
    chosen = DetectionSetting.objects.filter(standing_at(point), metric=metric).first()
    limits: dict[str, Any] = chosen.limits if chosen else {}
    chart = _as_if_watched(metric, point).chart
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
