"""Who may see and decide about the life of a KPI: it is as visible as the KPI, and who may change that may decide."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.kpis.access import visible_to as visible_kpis
from sextant.lifecycle.models import Promotion, Transition


def visible_to(actor: Actor) -> QuerySet[Promotion]:
    """Promotions of the KPIs the actor may see, ended ones included."""
    found = Promotion.objects.select_related(
        "kpi__metric__team", "kpi__metric__owner", "key_result__objective", "owner"
    )
    if not actor.may_read:
        return found.none()
    return found.filter(kpi_id__in=visible_kpis(actor).values("id"))


def can(actor: Actor, action: str, promotion: Promotion) -> bool:
    """Actions: view, decide (extend, re-plan, accept, withdraw), answer. Who was given it answers as well."""
    if action == "view":
        return actor.may_read
    if action == "answer" and actor.person_id is not None and actor.person_id == promotion.owner_id:
        return actor.may_write
    return action in ("decide", "answer") and access.can("kpi", actor, "change", promotion.kpi)


def visible_transitions(actor: Actor) -> QuerySet[Transition]:
    """Steps in the lives of the KPIs the actor may see."""
    found = Transition.objects.select_related("kpi__metric", "promotion", "graduation")
    if not actor.may_read:
        return found.none()
    return found.filter(kpi_id__in=visible_kpis(actor).values("id"))


def can_transition(actor: Actor, action: str, transition: Transition) -> bool:
    """Actions: view, undo."""
    if action == "view":
        return actor.may_read
    return action == "undo" and access.can("kpi", actor, "change", transition.kpi)


def lent(actor: Actor, *team_ids: int) -> Actor:
    """The actor with what a decision about a KPI brings along: its objective and key result, wherever they are.

    Only after it was asked whether they may take the decision.
    """
    return replace(actor, roles={**actor.roles, **dict.fromkeys(team_ids, "lead")})


def register() -> None:
    access.register("promotion", visible_to, can)
    access.register("transition", visible_transitions, can_transition)
