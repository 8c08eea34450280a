"""Who is meant by "@lea-lead" or "@Lea Lead" in a text: exactly one person, or nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sextant.people.models import Person

# An "@" within a word is part of an address such as lea@hospital.example.
START = re.compile(r"(?<![\w@/.+-])@(?=\w)")
WORD = re.compile(r"[\w’'.-]+")
LONGEST_NAME = 8  # words


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as mentions need them."""

    id: int
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names people: one, or several namesakes between whom only a key decides."""

    start: int
    end: int
    people: tuple[Named, ...]


class People:
    """Everybody who can be meant, by key and by name."""

    def __init__(self, people: Iterable[Named]) -> None:
        self.by_key: dict[str, Named] = {}
        self.by_name: dict[str, list[Named]] = {}
        for one in people:
            self.by_key[one.key] = one
            self.by_name.setdefault(" ".join(one.name.casefold().split()), []).append(one)

    @classmethod
    def read(cls, texts: Iterable[str]) -> People:
        """Everybody not erased; nobody is looked up when no text can mention anybody."""
        if not any(START.search(text) for text in texts):
            return cls([])
        rows = Person.objects.filter(erased_at=None).order_by("key").values_list("id", "key", "name")
        return cls(Named(*row) for row in rows)

    def in_text(self, text: str) -> Iterator[Mention]:
        """The mentions of a plain text, in order."""
        end = 0
        for found in START.finditer(text):
            if found.start() >= end and (mention := self._at(text, found.end())) is not None:
                end = mention.end
                yield mention

    def _at(self, text: str, place: int) -> Mention | None:
        """The longest name or key that begins here."""
        words: list[re.Match[str]] = []
        at = place
        while len(words) < LONGEST_NAME and (word := WORD.match(text, at)):
            words.append(word)
            at = word.end()
            if text[at : at + 1] != " ":
                break
            at += 1
        for count in range(len(words), 0, -1):
            said = " ".join(word.group() for word in words[:count])
            for bare in dict.fromkeys((said, said.removesuffix("'s").removesuffix("’s"), said.rstrip("’'.-"))):
                if people := self._called(bare):
                    return Mention(place - 1, words[count - 1].end() - (len(said) - len(bare)), people)
        return None

    def _called(self, said: str) -> tuple[Named, ...]:
        one = self.by_key.get(said.lower())
        return (one,) if one is not None else tuple(self.by_name.get(said.casefold(), ()))
