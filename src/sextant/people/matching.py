"""Who or what a name in a file means: exact is taken, near is asked, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Generic, TypeVar

from sextant.core.keys import slug
from sextant.people.models import Person, Team

T = TypeVar("T", Person, Team)
NEAR = 0.86  # share of equal letters above which two names may be one
MOST_ASKED = 5


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The thing a name means, or those it may mean; both empty when nothing is alike."""

    thing: T | None = None
    near: tuple[T, ...] = ()


def named(model: type[T], wanted: Sequence[tuple[str, str]], *, source: str = "") -> list[Match[T]]:
    """One match per (name, external id), in order: by source and external id, then key, then exact name.

    One query for all. A name several bear is asked about like a near one. Archived things count: a
    file that names them means them; erased people do not.
    """
    rows = model._default_manager.all()
    index = _Index([row for row in rows if getattr(row, "erased_at", None) is None])
    return [index.match(name, external_id, source) for name, external_id in wanted]


class _Index(Generic[T]):
    def __init__(self, things: Iterable[T]) -> None:
        self.by_id: dict[tuple[str, str], T] = {}
        self.by_key: dict[str, T] = {}
        self.by_name: dict[str, list[T]] = {}
        self.by_folded: dict[str, list[T]] = {}
        for thing in things:
            if thing.external_id:
                self.by_id[thing.source, thing.external_id] = thing
            self.by_key[thing.key] = thing
            self.by_name.setdefault(" ".join(thing.name.split()), []).append(thing)
            self.by_folded.setdefault(folded(thing.name), []).append(thing)
        self.by_start: dict[str, set[str]] = {}
        for words in self.by_folded:
            for word in words.split():
                self.by_start.setdefault(word[:2], set()).add(words)

    def match(self, name: str, external_id: str, source: str) -> Match[T]:
        name = " ".join(name.split())
        known = self.by_id.get((source, external_id)) if external_id else None
        known = known or self.by_key.get(name)
        exact = self.by_name.get(name, [])
        if known is not None or len(exact) == 1:
            return Match(known or exact[0])
        return Match(near=tuple(exact or self.near(name)))

    def near(self, name: str) -> list[T]:
        """Same letters apart from case, accents and order, or nearly the same letters; best first."""
        wanted = folded(name)
        candidates = set().union(*(self.by_start.get(word[:2], set()) for word in wanted.split()))
        scored = sorted(((_likeness(wanted, words), words) for words in candidates), reverse=True)
        return [thing for score, words in scored if score >= NEAR for thing in self.by_folded[words]][:MOST_ASKED]


def folded(name: str) -> str:
    """The words of a name in plain letters and alphabetical order: "Silva, Mária" is "maria silva"."""
    return " ".join(sorted(slug(name).split("-"))) or name.casefold()


def _likeness(one: str, other: str) -> float:
    """0 to 1; initials count as the word they may stand for ("m silva", "maria silva")."""
    if one == other or _initials_agree(one.split(), other.split()):
        return 1.0
    return SequenceMatcher(None, one, other).ratio()


def _initials_agree(one: list[str], other: list[str]) -> bool:
    if len(one) != len(other) or len(one) < 2:
        return False
    shortened = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(shortened) == 1 and any(
        len(a) == 1 and b.startswith(a) for pair in shortened for a, b in (pair, pair[::-1])
    )
