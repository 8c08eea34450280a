"""The registry of who may see and do what.

Each package registers its kinds; every generic reader (search, feed, live stream, export) asks here, so the
rule of the owner is the only rule. What an actor may not see does not exist for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from sextant.core.actors import SYSTEM, Actor
from sextant.core.errors import Hidden, NotAllowed, Problem


@dataclass(frozen=True, slots=True)
class Rule:
    visible_to: Callable[[Actor], QuerySet[Any]]
    can: Callable[[Actor, str, Any], bool]


_rules: dict[str, Rule] = {}


def register(kind: str, visible_to: Callable[[Actor], QuerySet[Any]], can: Callable[[Actor, str, Any], bool]) -> None:
    """Make a kind of thing known by the two functions that decide about it."""
    _rules[kind] = Rule(visible_to, can)


def kinds() -> list[str]:
    return sorted(_rules)


def visible(kind: str, actor: Actor) -> QuerySet[Any]:
    """Everything of this kind that the actor may see."""
    return _rules[kind].visible_to(actor)


def find(kind: str, actor: Actor, key: str, *, action: str | None = None) -> Any:
    """The thing with this key.

    Raises Hidden when it is not there or not visible, NotAllowed when `action` is not granted.
    """
    thing = visible(kind, actor).filter(key=key).first() if "\0" not in key else None  # no database holds that
    if thing is None:
        raise Hidden(kind, key)
    if action is not None:
        require(kind, actor, action, thing)
    return thing


def can(kind: str, actor: Actor, action: str, thing: Any) -> bool:
    return _rules[kind].can(actor, action, thing)


def require(kind: str, actor: Actor, action: str, thing: Any) -> None:
    """Raise NotAllowed unless the actor may do this."""
    if not can(kind, actor, action, thing):
        message = _("Your role here does not allow this. “What may I do?” under Settings shows which role does.")
        raise NotAllowed(Problem("not-allowed", message, details={"action": f"{kind}.{action}"}))


def require_writer(actor: Actor, action: str) -> None:
    """Raise NotAllowed for a token that may only read; for what needs no right besides, such as writing a comment."""
    if not actor.may_write:
        raise NotAllowed(Problem("not-allowed", _("This token may only read."), details={"action": action}))


def seen_by(actor: Actor, model: type[Model]) -> Q:
    """The visibility rule shared by items with team, owner, visibility and named viewers (ADR 0004)."""
    if not actor.may_read:
        return Q(pk__in=[])
    if actor is SYSTEM:
        return Q()
    if actor.is_admin:  # what is private is its owner's alone
        return ~Q(visibility="private") | Q(owner_id=actor.person_id or 0)
    rule = Q(visibility="organisation") | Q(visibility="team", team_id__in=actor.team_ids)
    if actor.person_id is not None:
        named = model._meta.get_field("viewers").remote_field.through  # type: ignore[union-attr]
        mine = named._default_manager.filter(person_id=actor.person_id)
        rule |= Q(owner_id=actor.person_id) | Q(visibility="people", pk__in=mine.values(f"{model._meta.model_name}_id"))
    return rule
