"""Edits that notice each other: an edit names the version it was made on; a stale one is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.db import models

from sextant.core.errors import Stale

M = TypeVar("M", bound=models.Model)


def fresh(thing: M, version: int | None, yours: Mapping[str, object]) -> M:
    """The row as it is now, held for this transaction.

    `version` is what the editor saw, None for writers that state a whole new truth (an import, a script).
    Raises Stale with both versions of the fields in `yours` when somebody else was faster. Call it inside
    `writing()`.
    """
    row = held(type(thing)).get(pk=thing.pk)
    current: int = getattr(row, "version", 0)
    if version is not None and version != current:
        theirs = {name: shown(getattr(row, name)) for name in yours}
        raise Stale({**theirs, "version": current}, {**{n: shown(v) for n, v in yours.items()}, "version": version})
    return row


def hold(thing: models.Model) -> None:
    """Read the row anew into `thing` and hold it for this transaction, so that nothing of somebody else is lost.

    Call it inside `writing()`, where on SQLite nobody else writes anyway.
    """
    thing.refresh_from_db(from_queryset=held(type(thing)))


def held(model: type[M]) -> models.QuerySet[M]:
    """Rows that nobody else changes until this transaction ends; others may still refer to them (PostgreSQL).

    A lock that kept others from referring to a row would tie two knots: each waits for what the other one holds.
    """
    return model._default_manager.select_for_update(of=("self",), no_key=True)


def change(
    row: models.Model, values: Mapping[str, object], always: Iterable[str] = ()
) -> dict[str, tuple[object, object]]:
    """Save the values that differ and count the version up. Returns {field: (before, after)}.

    `always` names fields that were already set on the row and are to be saved with it.
    """
    changes = {n: (getattr(row, n), value) for n, value in values.items() if getattr(row, n) != value}
    if not changes and not list(always):
        return {}
    for name, (_, after) in changes.items():
        setattr(row, name, after)
    setattr(row, "version", getattr(row, "version", 0) + 1)  # noqa: B010 - any model with a version
    row.save(update_fields=[*changes, *always, "version"])
    return changes


def in_words(changes: Mapping[str, tuple[object, object]]) -> str:
    """ "name: Sales → Sales and service; currency: EUR → USD", for event sentences."""
    words = [
        f"{name.replace('_', ' ')}: {shown(before) or '–'} → {shown(after) or '–'}"
        for name, (before, after) in changes.items()
    ]
    return "; ".join(words)


def shown(value: object) -> object:
    """A value fit for JSON and for people: things by their name, days as ISO."""
    if isinstance(value, models.Model):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
