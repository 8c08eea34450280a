"""`/kpis/{key}/forecast` and `/key-results/{key}/forecast`: what may come, as quantiles by period."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, answer, explained
from sextant.api.asking import Asked, found
from sextant.calc.forecast import LEVELS
from sextant.calc.periods import Calendar, Frequency, label, moment_of, period_at
from sextant.calc.why import Why
from sextant.core.access import visible
from sextant.core.errors import Hidden
from sextant.forecasts.queries.chances import Chance
from sextant.forecasts.queries.fans import Fan, fans
from sextant.kpis.models import Kpi
from sextant.kpis.queries.outlook import fan_of, outlook
from sextant.kpis.queries.standing import standing
from sextant.metrics.models import Metric
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.chances import explain_key_result_chance
from sextant.okrs.queries.standing import okr_board

router = Router(tags=["Forecasts"])


class StepOut(BaseModel):
    period: str
    starts_at: str = Field(description="Beginning of the period on the calendar, such as 2026-03-01T00:00.")
    ends_at: str = Field(description="End of the period, not included.")
    quantiles: list[float] = Field(description="Values by `levels`, rising.")


class ForecastOut(BaseModel):
    key: str
    made_at: datetime | None = Field(description="When it was made; null without a forecast.")
    method: str = Field(description="The method with its version.")
    points: int = Field(description="How many values it was made from.")
    levels: list[float] = Field(description="The share of all futures below each quantile.")
    steps: list[StepOut] = Field(description="Computed: the periods ahead; far ahead not every one of them.")
    until: str | None = Field(description="The period (of a KPI) or day (of a key result) the chance is about.")
    chance: float | None = Field(description="Computed: the chance of meeting the target then, from 0 to 1.")
    reason: str | None = Field(
        description="Why there is no chance: no_forecast, not_enough_history, no_target, ended, too_far, not_started, "
        "no_metric, closed or no_due_date."
    )
    why: dict[str, Explanation] = Field(default_factory=dict)


@router.get("/kpis/{key}/forecast", response=ForecastOut, summary="What may come of a KPI")
def kpi_forecast(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """As of a past day, the forecast that was known then."""
    kpi: Kpi = found("kpi", request.actor, key)
    own = standing(kpi, standpoint(asked.as_of))
    ahead = outlook(request.actor, own)
    until = label(ahead.period, own.series.calendar)
    why = ahead.why if asked.why else None
    return answer(_shown(kpi.key, fan_of(own), kpi.metric, own.series.calendar, ahead.chance, until, why))


@router.get("/key-results/{key}/forecast", response=ForecastOut, summary="What may come of a key result")
def key_result_forecast(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """The fan of its metric, and the chance that its target is reached by its due date. A metric out of sight has no
    steps.
    """
    key_result: KeyResult = found("key_result", request.actor, key)
    point = standpoint(asked.as_of)
    each = okr_board(Objective.objects.filter(pk=key_result.objective_id), point).key_results.get(key_result.pk)
    if each is None:
        raise Hidden("key_result", key)
    metric, fan = key_result.metric, None
    if metric is not None and visible("metric", request.actor).filter(pk=metric.pk).exists():
        fan = fans([metric.pk], point).get(metric.pk)
    calendar = calendar_for(metric, point) if metric is not None else Calendar()
    until = each.due_on.isoformat() if each.due_on is not None else None
    why = explain_key_result_chance(each) if asked.why else None
    return answer(_shown(key_result.key, fan, metric, calendar, each.outlook, until, why))


def _shown(
    key: str, fan: Fan | None, metric: Metric | None, calendar: Calendar, chance: Chance, until: str | None,
    why: Why | None,
) -> ForecastOut:  # fmt: skip
    out = ForecastOut(
        key=key,
        made_at=fan.made_at if fan else None,
        method=fan.method if fan else "",
        points=fan.points if fan else 0,
        levels=list(LEVELS),
        steps=_steps(fan, metric, calendar) if fan and metric else [],
        until=until,
        chance=chance.share,
        reason=chance.reason or None,
    )
    if why is not None:
        out.why = explained({"chance": why, "steps": why}, calendar)
    return out


def _steps(fan: Fan, metric: Metric, calendar: Calendar) -> list[StepOut]:
    frequency = Frequency(metric.frequency)
    return [
        StepOut(
            period=label(period_at(int(start), frequency, calendar, metric.span), calendar),
            starts_at=_moment(int(start)),
            ends_at=_moment(int(end)),
            quantiles=[float(one) for one in row],
        )
        for start, end, row in zip(fan.starts, fan.ends, fan.quantiles, strict=True)
    ]


def _moment(hour: int) -> str:
    return moment_of(hour).isoformat(timespec="minutes")
