"""Forgetting who somebody was: each package says where its rows name people; one command asks all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from sextant.core.models import Event


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is forgotten, and what stands in their place."""

    person_id: int
    old_key: str
    old_labels: tuple[
        str, ...
    ]  # the present name and every earlier one the log knows, longest first; no living namesake's
    token_keys: tuple[str, ...]
    new_key: str
    new_label: str


Forgetter = Callable[[Erased], None]
_forgetters: list[Forgetter] = []


def register(forget: Forgetter) -> None:
    """Call `forget` inside the transaction of an erasure. It replaces the identity and keeps the rows."""
    if forget not in _forgetters:
        _forgetters.append(forget)


def names_in(model: type[models.Model], column: str = "author") -> Forgetter:
    """A forgetter for a column that holds the name of who wrote the row."""

    def forget(who: Erased) -> None:
        model._default_manager.filter(**{f"{column}__in": who.old_labels}).update(**{column: who.new_label})

    return forget


def forget_everywhere(who: Erased) -> None:
    for forget in [_forget_in_events, *_forgetters]:
        forget(who)


def labels_known(key: str, label: str) -> tuple[str, ...]:
    """Every name the log has ever given the person, the longest first, so that none is replaced in part."""
    acting = Event.objects.filter(actor_kind="person", actor_key=key).values_list("actor_label", flat=True)
    named = Event.objects.filter(subject_kind="person", subject_key=key).values_list("subject_label", flat=True)
    return tuple(sorted({label, *acting, *named} - {""}, key=len, reverse=True))


def _forget_in_events(who: Erased) -> None:
    """The log keeps what happened, and no longer to whom."""
    Event.objects.filter(actor_kind="person", actor_key=who.old_key).update(
        actor_key=who.new_key, actor_label=who.new_label
    )
    Event.objects.filter(actor_kind="token", actor_key__in=who.token_keys).update(actor_label=who.new_label)
    about = Event.objects.filter(subject_kind="person", subject_key=who.old_key)
    about.update(subject_key=who.new_key, subject_label=who.new_label, topics=[f"person:{who.new_key}"])
    for label in who.old_labels:
        written = Q(data__icontains=label) | Q(data__icontains=json.dumps(label)[1:-1])
        for event in Event.objects.filter(written | Q(subject_label__contains=label)).iterator():
            event.data = without_names(event.data, who)
            event.subject_label = without_names(event.subject_label, who)
            event.save(update_fields=["data", "subject_label"])


def without_names(value: Any, who: Erased) -> Any:
    """The same JSON with the old names replaced wherever a text holds one."""
    if isinstance(value, str):
        for label in who.old_labels:
            value = re.sub(rf"(?<!\w){re.escape(label)}(?!\w)", who.new_label, value)
        return value
    if isinstance(value, list):
        return [without_names(one, who) for one in value]
    if isinstance(value, dict):
        return {name: without_names(one, who) for name, one in value.items()}
    return value
