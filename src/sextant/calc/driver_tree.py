"""Trees of drivers: the way from a number to what moves it, and what a tested hypothesis is worth in a word."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

MOVES_NEEDED = 2
"""Fewer moves that could be judged say nothing."""
MOVES_TO_FADE = 4
"""From so many judged moves on, a link whose outcome mostly did not follow loses its line."""
STRONG = 3.0
"""From this strength on a link stands out (`calc.effects_drivers`): 8 of 10 real ones do, and 1 of 8 false ones
(benchmarks/method/effects.py, section 4)."""
HOURS: Mapping[str, float] = {
    "hour": 1, "day": 24, "week": 168, "month": 730.5, "quarter": 2191.5, "tertial": 2922, "half": 4383, "year": 8766,
}  # fmt: skip
"""Hours of a period by frequency, months and longer on average."""
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

    Strong: the outcome followed at least two of three times, and stood out with it. None: it did neither.

    >>> verdict(3, 1, 4.0), verdict(1, 3, 0.5), verdict(0, 3, 0.1), verdict(1, 0, 3.0)
    ('strong', 'weak', 'none', 'too_few')
    """
    if followed + not_followed < MOVES_NEEDED:
        return "too_few"
    if followed >= 2 * not_followed and strength >= STRONG:
        return "strong"
    return "weak" if followed or strength >= STRONG else "none"


def is_faint(followed: int, not_followed: int, strength: float) -> bool:
    """Whether the link has lost its line: moves enough, the outcome mostly did not follow, and its level shows nothing
    either. Without the last condition every second real link would lose it after two years.
    """
    return followed + not_followed >= MOVES_TO_FADE and not_followed > followed and strength < STRONG
