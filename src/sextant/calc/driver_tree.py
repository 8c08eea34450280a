"""Trees of drivers: the way from a number to what moves it, and what a tested hypothesis is worth in a word."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

MOVES_NEEDED = 2
"""Fewer moves that could be judged say nothing."""
MOVES_TO_FADE = 4
"""From so many judged moves on, a link whose outcome mostly did not follow loses its line."""
STRONG = 2.0
"""A strong link stands out at least so far: numbers without connection seldom do (`calc.effects_drivers`)."""
VERDICTS = ("strong", "weak", "none", "too_few")


def shortest_way(next_to: Mapping[int, Iterable[int]], first: int, last: int) -> list[int]:
    """The shortest way along the edges from one node to another, both included; empty where there is none.

    >>> shortest_way({1: [2, 3], 3: [4]}, 1, 4)
    [1, 3, 4]
    """
    before: dict[int, int] = {first: first}
    waiting = deque([first])
    while waiting:
        here = waiting.popleft()
        if here == last:
            way = [here]
            while way[-1] != first:
                way.append(before[way[-1]])
            return way[::-1]
        for each in next_to.get(here, ()):
            if each not in before:
                before[each] = here
                waiting.append(each)
    return []


def verdict(followed: int, not_followed: int, strength: float) -> str:
    """What the judged moves of a driver say of the link, one of `VERDICTS`.

    Strong: the outcome followed at least two of three times, and stood out with it. None: it never followed.

    >>> verdict(3, 1, 4.0), verdict(1, 3, 0.5), verdict(0, 3, 0.1), verdict(1, 0, 3.0)
    ('strong', 'weak', 'none', 'too_few')
    """
    if followed + not_followed < MOVES_NEEDED:
        return "too_few"
    if followed >= 2 * not_followed and strength >= STRONG:
        return "strong"
    return "weak" if followed else "none"


def is_faint(followed: int, not_followed: int) -> bool:
    """Whether the link has lost its line: moves enough, and the outcome mostly did not follow."""
    return followed + not_followed >= MOVES_TO_FADE and not_followed > followed
