"""What somebody answers for: nothing is left without an owner when they leave. Each package says what it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sextant.core.actors import Actor


@dataclass(frozen=True, slots=True)
class Belonging:
    """A thing with one accountable person."""

    kind: str
    key: str
    label: str


Finder = Callable[[int], Sequence[Belonging]]
HandOver = Callable[[Actor, int, Any], None]
_packages: list[tuple[Finder, HandOver]] = []


def register(find: Finder, hand_over: HandOver) -> None:
    """`find` names what a person (id) answers for; `hand_over` gives it to another (actor, from id, to person)."""
    if (find, hand_over) not in _packages:
        _packages.append((find, hand_over))


def of_person(person_id: int) -> list[Belonging]:
    """Everything the person answers for, package by package."""
    return [one for find, _ in _packages for one in find(person_id)]


def hand_over_all(actor: Actor, person_id: int, to: Any) -> None:
    """Give all of it to another person. Call it inside `writing()`."""
    for _, hand_over in _packages:
        hand_over(actor, person_id, to)
