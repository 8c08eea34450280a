"""Who may see and change the vision, themes and cycles: open to all, changed by those who steer."""

from __future__ import annotations

from django.db.models import QuerySet

from sextant.core import access
from sextant.core.actors import Actor
from sextant.people.roles import allows
from sextant.strategy.models import Cycle, Theme, Vision


def themes_visible_to(actor: Actor) -> QuerySet[Theme]:
    return Theme.objects.all() if actor.may_read else Theme.objects.none()


def can_theme(actor: Actor, action: str, theme: Theme | None) -> bool:
    return actor.may_read if action == "view" else allows(actor, f"theme.{action}", None)


def cycles_visible_to(actor: Actor) -> QuerySet[Cycle]:
    return Cycle.objects.all() if actor.may_read else Cycle.objects.none()


def can_cycle(actor: Actor, action: str, cycle: Cycle | None) -> bool:
    return actor.may_read if action == "view" else allows(actor, f"cycle.{action}", None)


def visions_visible_to(actor: Actor) -> QuerySet[Vision]:
    return Vision.objects.all() if actor.may_read else Vision.objects.none()


def can_vision(actor: Actor, action: str, vision: Vision | None) -> bool:
    return actor.may_read if action == "view" else allows(actor, f"vision.{action}", None)


def register() -> None:
    access.register("theme", themes_visible_to, can_theme)
    access.register("cycle", cycles_visible_to, can_cycle)
    access.register("vision", visions_visible_to, can_vision)
