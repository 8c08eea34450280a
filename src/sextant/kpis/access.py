"""Who may see a KPI or a scorecard: a KPI is as visible as its metric."""

from __future__ import annotations

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi, Scorecard
from sextant.metrics.access import visible_to as visible_metrics
from sextant.notifications import subjects
from sextant.people.roles import allows


def visible_to(actor: Actor) -> QuerySet[Kpi]:
    """KPIs whose metric the actor may see."""
    kpis = Kpi.objects.select_related("metric", "metric__team", "metric__owner", "metric__theme")
    if actor.is_admin and actor.may_read:
        return kpis
    return kpis.filter(metric_id__in=visible_metrics(actor).values("id"))


def can(actor: Actor, action: str, kpi: Kpi) -> bool:
    """Actions: view, change, activate. The owner may do what a lead may."""
    if action == "view":
        return actor.may_read
    if actor.person_id is not None and actor.person_id == kpi.metric.owner_id:
        return actor.may_write
    return allows(actor, f"kpi.{action}", kpi.metric.team_id)


def visible_scorecards(actor: Actor) -> QuerySet[Scorecard]:
    return Scorecard.objects.filter(access.seen_by(actor, Scorecard)).select_related("team", "owner")


def can_scorecard(actor: Actor, action: str, scorecard: Scorecard) -> bool:
    if action == "view":
        return actor.may_read
    if actor.person_id is not None and actor.person_id == scorecard.owner_id:
        return actor.may_write
    return allows(actor, f"scorecard.{action}", scorecard.team_id)


def register() -> None:
    access.register("kpi", visible_to, can)
    access.register("scorecard", visible_scorecards, can_scorecard)
    subjects.register("kpi", row=lambda kpi: kpi.metric, also=lambda kpi: [("metric", kpi.metric.key)])
    subjects.register("scorecard")
