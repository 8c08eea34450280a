"""Who may see a metric and what they may do with it."""

from __future__ import annotations

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.metrics.models import Metric
from sextant.notifications import subjects
from sextant.people.roles import allows


def visible_to(actor: Actor) -> QuerySet[Metric]:
    """Metrics the actor may see, archived ones included (lists leave those out)."""
    return Metric.objects.filter(access.seen_by(actor, Metric))


def recordable_by(actor: Actor) -> QuerySet[Metric]:
    """Metrics the actor may at least address when recording; `can` decides for each."""
    if actor.push_team_ids is not None:
        return Metric.objects.filter(team_id__in=actor.push_team_ids)
    return visible_to(actor)


def can(actor: Actor, action: str, metric: Metric) -> bool:
    """Actions: view, record, change. An owner may do to their metric what a lead may."""
    if action == "view":
        return actor.may_read
    if action == "record" and actor.person_id is not None and actor.person_id == metric.owner_id:
        return bool(actor.scopes & {"write", "push"}) and actor.push_team_ids is None
    if action == "change" and actor.person_id is not None and actor.person_id == metric.owner_id:
        return actor.may_write
    return allows(actor, f"metric.{action}", metric.team_id)


def register() -> None:
    access.register("metric", visible_to, can)
    subjects.register("metric")
