"""Finding by words: beginnings of words count, order does not, and a slip of the finger is forgiven."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from sextant.core.keys import slug

T = TypeVar("T")
WHOLE, BEGINNING, INSIDE, SLIP = 0, 1, 2, 3
SHORTEST_WITH_SLIP = 4
SHORTEST_WITH_TWO = 8


@lru_cache(maxsize=100_000)
def words_of(text: str) -> tuple[str, ...]:
    """Plain lower-case words: "Überlebensrate (30 Tage)" is ueberlebensrate, 30, tage in Latin letters."""
    return tuple(part for part in slug(text).split("-") if part) or tuple(text.casefold().split())


def ranked(query: str, things: Iterable[tuple[T, str]], most: int) -> list[T]:
    """The things whose text holds every word of the query, best first: whole words, beginnings, parts, slips."""
    asked = words_of(query)
    if not asked:
        return []
    known: dict[tuple[str, str], int | None] = {}
    found: list[tuple[int, int, str, T]] = []
    for thing, text in things:
        rank = _rank(asked, words_of(text), known)
        if rank is not None:
            found.append((rank, len(text), text, thing))
    found.sort(key=lambda hit: hit[:3])
    return [hit[3] for hit in found[:most]]


def _rank(asked: Sequence[str], words: Sequence[str], known: dict[tuple[str, str], int | None]) -> int | None:
    total = 0
    for want in asked:
        best: int | None = None
        for at, word in enumerate(words):
            pair = (want, word)
            if pair not in known:
                known[pair] = likeness(want, word)
            rank = known[pair]
            if rank is not None and (best is None or 10 * rank + min(at, 9) < best):
                best = 10 * rank + min(at, 9)
        if best is None:
            return None
        total += best
    return total


def likeness(want: str, word: str) -> int | None:
    """How well a word answers what was typed so far; None when it does not."""
    if want == word:
        return WHOLE
    if word.startswith(want):
        return BEGINNING
    if len(want) >= 3 and want in word:
        return INSIDE
    if len(want) < SHORTEST_WITH_SLIP:
        return None
    allowed = 2 if len(want) >= SHORTEST_WITH_TWO else 1
    if len(word) < len(want) - allowed or len(set(want) - set(word)) > allowed:
        return None
    return SLIP if distance_of_beginning(want, word, allowed) <= allowed else None


def distance_of_beginning(want: str, word: str, most: int) -> int:
    """Fewest letters to change, add, drop or swap so that `want` begins `word`; more than `most` may be any number.

    Optimal string alignment; the end of the word is free, so that half-typed words match.
    """
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(want, 1):
        previous, row = row, [i] + [0] * len(word)
        for j, other in enumerate(word, 1):
            cost = previous[j - 1] + (letter != other)
            row[j] = min(cost, previous[j] + 1, row[j - 1] + 1)
            if i > 1 and j > 1 and letter == word[j - 2] and want[i - 2] == other:
                row[j] = min(row[j], before[j - 2] + 1)
        if min(row) > most:
            return most + 1
        before = previous
    return min(row)
