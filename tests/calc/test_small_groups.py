"""Groups of people: whatever is shown, and whatever is subtracted from it, is made of five people or more."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.small_groups import LEAST, gathered, is_told


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[int, int], dict[int, int | None]]:
    """Counts and a tree of up to nine teams with one top."""
    size = draw(st.integers(1, 9))
    parents: dict[int, int | None] = {0: None}
    for team in range(1, size):
        parents[team] = draw(st.integers(0, team - 1))
    counts = {team: draw(st.integers(0, 9)) for team in range(size)}
    return counts, parents


def inside(team: int, parents: dict[int, int | None]) -> set[int]:
    found = {team}
    while more := {one for one, above in parents.items() if above in found} - found:
        found |= more
    return found


@given(trees())
def test_every_group_has_five_people_or_more(made: tuple[dict[int, int], dict[int, int | None]]) -> None:
    counts, parents = made
    groups = gathered(counts, parents)
    for group in set(groups.values()) - {None}:
        assert sum(counts[team] for team, own in groups.items() if own == group) >= LEAST
    assert set(groups) == {team for team, count in counts.items() if count}


@given(trees())
def test_people_are_left_out_only_where_all_together_are_too_few(
    made: tuple[dict[int, int], dict[int, int | None]],
) -> None:
    counts, parents = made
    is_enough = sum(counts.values()) >= LEAST
    assert all((group is not None) == is_enough for group in gathered(counts, parents).values())


@given(trees())
def test_no_difference_of_shown_figures_tells_of_fewer_than_five(
    made: tuple[dict[int, int], dict[int, int | None]],
) -> None:
    """A team less any of the shown teams below it that do not overlap, such as its only other child."""
    counts, parents = made
    groups = gathered(counts, parents)
    shown = {team: inside(team, parents) for team in parents if is_told(team, groups, parents)}
    for team, own in shown.items():
        below = [other for name, other in shown.items() if name != team and other < own]
        for number in range(len(below) + 1):
            for taken in combinations(below, number):
                if any(one & other for one, other in combinations(taken, 2)):
                    continue
                rest = own - set().union(*taken)
                left = sum(counts[one] for one in rest)
                assert left == 0 or left >= LEAST


def test_the_only_other_child_is_withheld_too() -> None:
    """Ten people, six of them in one team and four in the other: the six would give the four away."""
    counts, parents = {1: 0, 2: 6, 3: 4}, {1: None, 2: 1, 3: 1}
    groups = gathered(counts, parents)
    assert [team for team in parents if is_told(team, groups, parents)] == [1]


def test_with_a_third_team_only_the_smaller_one_is_withheld_with_it() -> None:
    counts, parents = {1: 0, 2: 6, 3: 4, 4: 9}, {1: None, 2: 1, 3: 1, 4: 1}
    groups = gathered(counts, parents)
    assert [team for team in parents if is_told(team, groups, parents)] == [1, 4]


def test_small_teams_that_are_enough_together_are_told_as_their_parent() -> None:
    counts, parents = {1: 5, 2: 0, 3: 3, 4: 3}, {1: None, 2: 1, 3: 2, 4: 2}
    groups = gathered(counts, parents)
    assert [team for team in parents if is_told(team, groups, parents)] == [1, 2]
