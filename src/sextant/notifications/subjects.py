"""What can be talked about and followed: each package says so for its kinds, and where the row of rights lies.

Whether somebody may see a thing is asked of its owner's rule in `core.access`; this says only to whom the events of
a conversation are shown, in the columns every event carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import Hidden

LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read a kind of thing.

    `row` gives what holds team, owner, visibility and viewers; None is a thing not to be talked about, such as a draft.
    """

    row: Callable[[Any], Any]
    owners: Callable[[Any], Iterable[int | None]]
    label: Callable[[Any], str]
    also: Callable[[Any], Iterable[tuple[str, str]]]
    log: Callable[[Any], tuple[str, str]] | None
    story: Callable[[Any], str]
    by_id: bool
    lasts: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing under discussion, with the circle of those who may see it as events say it."""

    kind: str
    key: str
    label: str
    owner_ids: frozenset[int]
    led_by: int | None  # the team whose lead keeps order
    team_id: int | None
    visibility: str
    viewer_ids: tuple[int, ...]
    logged: tuple[str, str]  # (kind, key) of the thing the events are about, which is confined with its owner's rule

    @property
    def topic(self) -> str:
        """What an open page listens to for this conversation."""
        return f"discussion:{self.kind}:{self.key}"


_shapes: dict[str, Shape] = {}


def _owners(thing: Any) -> list[int | None]:
    return [getattr(thing, "owner_id", None)]


def register(
    kind: str,
    *,
    row: Callable[[Any], Any] = lambda thing: thing,
    owners: Callable[[Any], Iterable[int | None]] = _owners,
    label: Callable[[Any], str] = str,
    also: Callable[[Any], Iterable[tuple[str, str]]] = lambda thing: (),
    log: Callable[[Any], tuple[str, str]] | None = None,
    story: Callable[[Any], str] = lambda thing: "",
    by_id: bool = False,
    lasts: bool = True,
) -> None:
    """Make a kind of thing one that can be discussed and followed.

    `row(thing)` has team_id, owner_id, visibility and viewers; `owners(thing)` gives ids of people who follow it
    without asking; `also(thing)` names other things whose events belong to its activity. `log(thing)` is for a part of
    another thing: the (kind, key) its events are about, so that they are confined together. `story(thing)` is how it
    stands, in a sentence for mails and chats. `by_id` is for kinds without a key, known by their number. What never
    comes again does not last: there is no muting it.
    """
    _shapes[kind] = Shape(row, owners, label, also, log, story, by_id, lasts)


def kinds() -> list[str]:
    """The kinds that can be discussed here."""
    return sorted(kind for kind in _shapes if kind in access.kinds())


def keys_visible(actor: Actor, kind: str) -> QuerySet[Any, Any]:
    """The keys of all things of this kind the actor may see, as a subquery of texts."""
    things: QuerySet[Any, Any] = access.visible(kind, actor).order_by()
    if _shapes[kind].by_id:
        things = things.annotate(spoken_key=Cast("pk", CharField()))
    return things.values("spoken_key" if _shapes[kind].by_id else "key")


def things_visible(actor: Actor, kind: str, keys: Iterable[str]) -> dict[str, Any]:
    """The things with these keys that the actor may see, by key."""
    if kind not in kinds():
        return {}
    if _shapes[kind].by_id:
        ids = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < LONGEST_NUMBER]
        return {str(thing.pk): thing for thing in access.visible(kind, actor).filter(pk__in=ids)}
    wanted = [key for key in keys if "\0" not in key]
    return {thing.key: thing for thing in access.visible(kind, actor).filter(key__in=wanted)}


def label_of(kind: str, thing: Any) -> str:
    """What the thing is called in notices, in at most 300 characters."""
    return _shapes[kind].label(thing)[:300]


def story_of(kind: str, thing: Any) -> str:
    """How the thing stands, in a sentence; empty for kinds that have none to tell."""
    return _shapes[kind].story(thing)


def lasts(kind: str) -> bool:
    """Whether more can come of a thing of this kind, so that there is something to mute."""
    return _shapes[kind].lasts


def whole_of(kind: str, key: str, thing: Any) -> tuple[str, str]:
    """(kind, key) of what the thing is a part of, such as the KPI an alert is about; else the thing itself."""
    log = _shapes[kind].log
    return log(thing) if log else (kind, key)


def belonging(actor: Actor, kind: str, key: str) -> list[tuple[str, str]]:
    """(kind, key) of the other things whose events belong to the activity of this one."""
    thing = things_visible(actor, kind, [key]).get(key)
    return list(_shapes[kind].also(thing)) if thing is not None else []


def subject(actor: Actor, kind: str, key: str) -> Subject:
    """The thing, if it can be discussed and the actor may see it. Raises Hidden (404) otherwise."""
    found = subjects_of(actor, kind, [key])
    if key not in found:
        raise Hidden(kind if kind in _shapes else "page", key)
    return found[key]


def subjects_of(actor: Actor, kind: str, keys: Iterable[str]) -> dict[str, Subject]:
    """Those of the things that can be discussed and that the actor may see, by key."""
    found = {}
    for key, thing in things_visible(actor, kind, keys).items():
        row = _shapes[kind].row(thing)
        if row is not None:
            found[key] = _as_subject(kind, key, thing, row)
    return found


def _as_subject(kind: str, key: str, thing: Any, row: Any) -> Subject:
    log = _shapes[kind].log
    owners = {one for one in (*_shapes[kind].owners(thing), getattr(row, "owner_id", None)) if one is not None}
    is_open = row.visibility == "organisation"
    circle: set[int] = set(row.viewers.values_list("id", flat=True)) if row.visibility == "people" else set()
    if not is_open and row.owner_id is not None:
        circle.add(row.owner_id)
    return Subject(
        kind, key, label_of(kind, thing), frozenset(owners), row.team_id, None if is_open else row.team_id,
        row.visibility, tuple(sorted(circle)), log(thing) if log else (kind, key),
    )  # fmt: skip
