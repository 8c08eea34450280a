"""`/kpis`: metrics being watched, with everything that is computed about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.alerts.queries.inbox import live_alerts
from sextant.api.actors import ApiRequest
from sextant.api.alert_answers import AlertBrief, brief
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import Asked, Key, Line, Listed, Version, Words, by_key, found, named, named_all
from sextant.api.lifecycle import MarkOut, marked
from sextant.api.metrics import KINDS, MetricFields
from sextant.api.patching import patched, viewers_sent
from sextant.calc.numbers import format_value
from sextant.calc.periods import label
from sextant.calc.status import TargetValues
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.commands import (
    activate_kpi,
    archive_kpi,
    change_kpi,
    create_kpi,
    restore_kpi,
    retire_kpi,
    watch_metric,
)
from sextant.kpis.models import FIGURES, Kpi
from sextant.kpis.queries import why as reasons
from sextant.kpis.queries.outlook import outlooks
from sextant.kpis.queries.second_looks import second_looks
from sextant.kpis.queries.standing import Standing, standing, standings
from sextant.kpis.sentences import trust_reason
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import organisation

router = Router(tags=["KPIs"])
LIFECYCLE = {"draft": "draft", "active": "monitored", "retired": "retired"}


class ReasonOut(BaseModel):
    key: str
    points: int = Field(description="What it costs; 5 or more make a D.")
    params: dict[str, Any]
    text: str


class TrustOut(BaseModel):
    grade: str = Field(description="A to D.")
    reasons: list[ReasonOut]


class AimOut(BaseModel):
    value: float | None
    by: str = Field(description="The period by whose end it is to be reached.")


class RangeOut(BaseModel):
    lower: float | None
    centre: float | None
    upper: float | None


class ActionOut(BaseModel):
    text: str
    owner: str
    due_on: date | None
    known_at: datetime


class KpiOut(BaseModel):
    key: str
    metric: str
    name: str
    team: str
    owner: str | None
    theme: str | None
    reason: str
    decision: str
    response_plan: str
    does_not_show: str
    review_on: date | None
    review_every_months: int
    state: str = Field(description="draft, active or retired.")
    lifecycle: str = Field(
        description="draft, monitored, suspected, promoted, restoring, overdue, accepted, watched or retired."
    )
    mark: MarkOut | None = Field(None, description="What is being done about it; null: it needs nothing.")
    unit: str
    direction: str
    frequency: str
    action: ActionOut | None = Field(description="What is being done about it.")
    archived: bool
    version: int
    value: float | None = Field(description="Computed: value of the newest complete period.")
    period: str | None = Field(description="Computed: that period.")
    previous: float | None = Field(description="Computed: value of the period before.")
    target: float | None = Field(description="Computed: the target that judges the period.")
    red_flag: float | None
    low: float | None
    high: float | None
    red_low: float | None
    red_high: float | None
    stretch: float | None
    status: str = Field(description="Computed: on_target, watch, off_target, no_target, no_data or stale.")
    exceeded: bool = Field(description="Computed: a stretch target is met.")
    score: float | None = Field(description="Computed: 0 to 10; red flag 3.33, target 6.67.")
    freshness: str = Field(description="Computed: fresh, due, stale or never.")
    trust: TrustOut = Field(description="Computed: how far the number can be trusted, and why.")
    assurance: str = Field(description="Computed: whether the process as it behaves now meets its target.")
    limits: RangeOut = Field(description="Computed: the normal range now.")
    aims: list[AimOut] = Field(description="Computed: long-term aims ahead.")
    alerts: list[AlertBrief] = Field(default_factory=list, description="Alerts on it that are not closed.")
    second_looks: list[str] = Field(
        default_factory=list,
        description="Worth a second look, said at `/second-looks`: target-eased-late, target-long-met, frozen or "
        "too-smooth.",
    )
    chance: float | None = Field(
        None, description="Computed: the chance of meeting the target in the last period of the running cycle."
    )
    text: dict[str, str] = Field(description="The figures as people read them.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class KpisAsked(Listed):
    team: Key = ""
    owner: Key = ""
    theme: Key = ""
    state: Line = Field("", description="draft, active or retired.")
    q: Line = Field("", description="Only KPIs whose key or name contains this.")
    archived: bool = Field(False, description="1: archived KPIs instead of those in use.")


class KpiFields(MetricFields):
    reason: Words = Field(default_factory=str)
    decision: Words = Field(default_factory=str)
    response_plan: Words = Field(default_factory=str)
    does_not_show: Words = Field(default_factory=str)
    review_on: date | None = None
    review_every_months: int = Field(default_factory=int, ge=1, le=60)


class NewKpi(KpiFields):
    """A KPI with a metric of its own, or on an existing one (`metric`)."""

    metric: Key = Field("", description="Key of an existing metric to watch; name, team and its fields stay away then.")
    team: Key = ""
    key: Key = ""
    description: Words = ""
    how_measured: Words = ""
    formula: Words = ""


class KpiChange(KpiFields):
    version: Version
    team: Key = Field(default_factory=str)
    archived: bool = Field(default_factory=bool)


def shown(each: Standing) -> KpiOut:
    """A standing as it is sent."""
    kpi, metric, target = each.kpi, each.kpi.metric, each.target or TargetValues()
    figures = {name: getattr(target, name) for name in FIGURES}
    chart, action = each.chart, each.action
    return KpiOut(
        key=kpi.key,
        metric=metric.key,
        name=metric.name,
        team=metric.team.key,
        owner=metric.owner.key if metric.owner else None,
        theme=metric.theme.key if metric.theme else None,
        reason=kpi.reason,
        decision=kpi.decision,
        response_plan=kpi.response_plan,
        does_not_show=kpi.does_not_show,
        review_on=kpi.review_on,
        review_every_months=kpi.review_every_months,
        state=kpi.state,
        lifecycle=LIFECYCLE[kpi.state],
        unit=metric.unit,
        direction=metric.direction,
        frequency=metric.frequency,
        action=ActionOut(text=action.text, owner=action.owner, due_on=action.due_on, known_at=action.known_at)
        if action
        else None,
        archived=kpi.archived_at is not None,
        version=kpi.version,
        value=each.value,
        period=label(each.period, each.series.calendar) if each.period else None,
        previous=each.previous,
        **figures,
        status=each.status,
        exceeded=each.is_exceeded,
        score=each.score,
        freshness=each.freshness,
        trust=trust_shown(each),
        assurance=each.assurance,
        limits=RangeOut(lower=chart.lower_now, centre=chart.centre_now, upper=chart.upper_now),
        aims=[AimOut(value=aim.value, by=label(aim.by, each.series.calendar)) for aim in each.aims],
        text=_texts(each, figures),
    )


def trust_shown(each: Standing) -> TrustOut:
    found = [
        ReasonOut(key=one.key, points=one.points, params=dict(one.params), text=trust_reason(one))
        for one in each.trust.reasons
    ]
    return TrustOut(grade=each.trust.grade, reasons=found)


def _texts(each: Standing, figures: dict[str, float | None]) -> dict[str, str]:
    metric, locale = each.kpi.metric, organisation().locale
    values = {"value": each.value, "previous": each.previous, **figures}
    return {
        name: format_value(value, metric.unit, metric.precision, locale=locale)
        for name, value in values.items()
        if value is not None
    }


def shown_many(actor: Actor, stand: Sequence[Standing], *, why: bool) -> list[KpiOut]:
    """Standings as they are sent; with explanations a few statements more, however many there are."""
    out = [shown(each) for each in stand]
    ahead = outlooks(actor, stand)
    for one, outlook in zip(out, ahead, strict=True):
        one.chance = outlook.chance.share
    if stand:
        alive = live_alerts(actor, [each.kpi.pk for each in stand], stand[0].point)
        for each, one in zip(stand, out, strict=True):
            one.alerts = [brief(line) for line in alive.get(each.kpi.pk, ())]
        lives = marked(actor, [each.kpi.pk for each in stand], stand[0].point)
        for each, one in zip(stand, out, strict=True):
            one.mark = lives.get(each.kpi.pk)
            if one.mark is not None and each.kpi.state == "active":
                one.lifecycle = one.mark.state
        seen = second_looks([each.kpi for each in stand], stand[0].point, known={each.kpi.pk: each for each in stand})
        for each, one in zip(stand, out, strict=True):
            one.second_looks = [look.key for look in seen[each.kpi.pk]]
    if why:
        made_of = reasons.origins(actor, stand)
        for each, one in zip(stand, out, strict=True):
            one.why = explained(reasons.explain(each, made_of), each.series.calendar)
        for each, one, outlook in zip(stand, out, ahead, strict=True):
            one.why |= explained({"chance": outlook.why}, each.series.calendar)
    return out


def reloaded(actor: Actor, kpi: Kpi) -> KpiOut:
    """The KPI as it is after a command."""
    return shown_many(actor, [standing(visible("kpi", actor).get(pk=kpi.pk), standpoint())], why=False)[0]


@router.get("/kpis", response=Page[KpiOut], summary="List KPIs")
def list_kpis(request: ApiRequest, asked: Query[KpisAsked]) -> HttpResponse:
    kpis = visible("kpi", request.actor).filter(archived_at__isnull=not asked.archived)
    for field in ("team", "owner", "theme"):
        if key := getattr(asked, field):
            kpis = kpis.filter(**{f"metric__{field}__key": key})
    if asked.state:
        kpis = kpis.filter(state=asked.state)
    if asked.q:
        kpis = kpis.filter(Q(metric__name__icontains=asked.q) | Q(key__icontains=asked.q))
    page, following = by_key(kpis, asked)
    items = shown_many(request.actor, standings(page, standpoint(asked.as_of)), why=asked.why)
    return answer(Page[KpiOut](items=items, next=following))


@router.post("/kpis", response={201: KpiOut}, summary="Add a KPI as a draft")
def add_kpi(request: ApiRequest, body: NewKpi) -> HttpResponse:
    actor = request.actor
    fields = named_all(actor, body.given("metric", "viewers"), KINDS)
    if body.metric:
        kpi = watch_metric(actor, named("metric", actor, body.metric, "metric"), **fields)
    else:
        viewers = [named("person", actor, key, "viewers") for key in body.viewers]
        fields.setdefault("name", "")
        fields["team"] = named("team", actor, body.team, "team")
        kpi = create_kpi(actor, viewers=viewers, **fields)
    return answer(reloaded(actor, kpi), 201)


@router.get("/kpis/{key}", response=KpiOut, summary="Get a KPI with all that is computed")
def get_kpi(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    actor = request.actor
    kpi: Kpi = found("kpi", actor, key)
    return answer(shown_many(actor, [standing(kpi, standpoint(asked.as_of))], why=asked.why)[0])


@router.patch("/kpis/{key}", response=KpiOut, summary="Change, archive or restore a KPI")
def patch_kpi(request: ApiRequest, key: str, body: KpiChange) -> HttpResponse:
    actor = request.actor
    kpi: Kpi = found("kpi", actor, key)
    changes = named_all(actor, body.given("version", "archived", "viewers"), KINDS)
    changes |= viewers_sent(actor, body.viewers, body)
    kpi = patched(actor, kpi, body, changes, change=change_kpi, archive=archive_kpi, restore=restore_kpi)
    return answer(reloaded(actor, kpi))


@router.post("/kpis/{key}/activation", response=KpiOut, summary="Activate a draft or retired KPI")
def post_activation(request: ApiRequest, key: str) -> HttpResponse:
    """Refused with everything that is missing: owner, theme or reason, how it is measured."""
    kpi = activate_kpi(request.actor, found("kpi", request.actor, key))
    return answer(reloaded(request.actor, kpi))


@router.delete("/kpis/{key}/activation", response=KpiOut, summary="Retire a KPI; everything stays")
def delete_activation(request: ApiRequest, key: str) -> HttpResponse:
    kpi = retire_kpi(request.actor, found("kpi", request.actor, key))
    return answer(reloaded(request.actor, kpi))
