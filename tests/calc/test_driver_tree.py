"""The way through a tree of drivers, and what a hypothesis is worth in a word."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from sextant.calc import driver_tree
from sextant.calc.driver_tree import HOURS, VERDICTS, is_faint, shortest_way, verdict
from sextant.calc.effects import SEASONS

GRAPHS = st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9)
COUNTS = st.integers(0, 20)


@given(graph=GRAPHS, first=st.integers(0, 8), last=st.integers(0, 8))
def test_a_way_follows_the_edges_and_passes_no_node_twice(graph: dict[int, list[int]], first: int, last: int) -> None:
    way = shortest_way(graph, first, last)
    if way:
        assert (way[0], way[-1], len(set(way))) == (first, last, len(way))
    for here, following in zip(way, way[1:], strict=False):  # noqa: RUF007 - an empty way has no pairs
        assert following in graph[here]
    assert bool(way) == (last in _reached(graph, first))


def _reached(graph: dict[int, list[int]], first: int) -> set[int]:
    found, waiting = {first}, [first]
    while waiting:
        for each in graph.get(waiting.pop(), []):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


@given(followed=COUNTS, not_followed=COUNTS, strength=st.floats(-30, 30))
def test_more_following_never_makes_a_link_weaker(followed: int, not_followed: int, strength: float) -> None:
    order = {"none": 0, "weak": 1, "strong": 2}
    before, after = verdict(followed, not_followed, strength), verdict(followed + 1, not_followed, strength)
    assert {before, after} <= set(VERDICTS)
    if "too_few" not in (before, after):
        assert order[after] >= order[before]
    if not is_faint(followed, not_followed, strength):
        assert not is_faint(followed + 1, not_followed, strength) or followed + not_followed < 4


@given(not_followed=COUNTS, strength=st.floats(-30, 30))
def test_a_link_that_was_never_followed_is_never_strong(not_followed: int, strength: float) -> None:
    assert verdict(0, not_followed, strength) != "strong"


@given(followed=COUNTS, not_followed=COUNTS, strength=st.floats(-30, 30))
def test_a_strong_link_keeps_its_line(followed: int, not_followed: int, strength: float) -> None:
    assert not (verdict(followed, not_followed, strength) == "strong" and is_faint(followed, not_followed, strength))


def test_every_frequency_has_its_length() -> None:
    assert list(HOURS) == list(SEASONS)
    assert sorted(HOURS.values()) == list(HOURS.values())


def test_the_examples_hold() -> None:
    assert doctest.testmod(driver_tree).failed == 0
