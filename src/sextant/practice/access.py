"""Who may see and keep the pulse: everybody reads what is told, an administrator of the organisation asks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.people.roles import allows
from sextant.practice.models import PulseRound


def visible_rounds(actor: Actor) -> QuerySet[PulseRound]:
    """Rounds of the pulse are open to everybody who may read."""
    return PulseRound.objects.all() if actor.may_read else PulseRound.objects.none()


def can_round(actor: Actor, action: str, thing: Any) -> bool:
    """Actions: view, answer (a person, for themselves), change (the rhythm, opening and closing)."""
    if action == "view":
        return actor.may_read
    if action == "answer":
        return actor.kind == "person" and actor.person_id is not None and actor.may_write
    return allows(actor, "organisation.change", None)


def register() -> None:
    access.register("pulse", visible_rounds, can_round)
