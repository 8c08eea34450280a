"""Forgetting who somebody was: each package says where its rows name people; one command asks all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from sextant.core.models import Event


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is forgotten, and what stands in their place."""

    person_id: int
    old_key: str
    old_label: str
    new_key: str
    new_label: str


Forgetter = Callable[[Erased], None]
_forgetters: list[Forgetter] = []


def register(forget: Forgetter) -> None:
    """Call `forget` inside the transaction of an erasure. It replaces the identity and keeps the rows."""
    if forget not in _forgetters:
        _forgetters.append(forget)


def forget_everywhere(who: Erased) -> None:
    for forget in [_forget_in_events, *_forgetters]:
        forget(who)


def _forget_in_events(who: Erased) -> None:
    """The log keeps what happened, and no longer to whom."""
    Event.objects.filter(actor_kind="person", actor_key=who.old_key).update(
        actor_key=who.new_key, actor_label=who.new_label
    )
    Event.objects.filter(actor_kind="token", actor_label__startswith=f"{who.old_label} (").update(
        actor_label=who.new_label
    )
    about = Event.objects.filter(subject_kind="person", subject_key=who.old_key)
    about.filter(name="person.changed").update(data={"changes": "…"})
    about.update(subject_key=who.new_key, subject_label=who.new_label, topics=[f"person:{who.new_key}"])
    spellings = Q(data__icontains=who.old_label) | Q(data__icontains=json.dumps(who.old_label)[1:-1])
    for event in Event.objects.filter(spellings).iterator():
        event.data = without_name(event.data, who)
        event.save(update_fields=["data"])


def without_name(value: Any, who: Erased) -> Any:
    """The same JSON with the old name replaced wherever a text holds it."""
    if isinstance(value, str):
        return value.replace(who.old_label, who.new_label)
    if isinstance(value, list):
        return [without_name(one, who) for one in value]
    if isinstance(value, dict):
        return {name: without_name(one, who) for name, one in value.items()}
    return value
