"""A PATCH that changes a thing and archives or restores it, in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from sextant.api.asking import named
from sextant.core.actors import Actor
from sextant.core.writing import writing

Thing = TypeVar("Thing")


class Patch(Protocol):
    """What such a body holds besides its fields."""

    version: int
    archived: bool

    @property
    def model_fields_set(self) -> set[str]: ...


def patched(
    actor: Actor, thing: Thing, body: Patch, changes: Mapping[str, Any], *,
    change: Callable[..., Thing], archive: Callable[..., Thing], restore: Callable[..., Thing],
) -> Thing:  # fmt: skip
    """The thing with the changes, archived or restored where `archived` was sent.

    The version is checked by the command that runs first; a body that asks for nothing still has it checked.
    """
    moves = "archived" in body.model_fields_set
    with writing():
        if changes or not moves:
            thing = change(actor, thing, version=body.version, **changes)
        if moves:
            thing = (archive if body.archived else restore)(actor, thing, version=None if changes else body.version)
    return thing


def viewers_sent(actor: Actor, viewers: list[str], body: Patch) -> dict[str, Any]:
    """The people who may see a thing, as a change of it; nothing where they were not sent."""
    if "viewers" not in body.model_fields_set:
        return {}
    return {"viewers": [named("person", actor, one, "viewers") for one in viewers]}
