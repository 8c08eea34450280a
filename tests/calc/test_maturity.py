"""Levels of maturity and the severity of pitfalls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.maturity import CHECKS, HIGHEST, LEVEL_OF, Tally, gaps, maturity_level
from sextant.calc.pitfalls import ORDER, PITFALLS, pulse_severity, severity, worst

TALLIES = st.fixed_dictionaries(
    {check: st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda p: Tally(min(p), max(p))) for check in CHECKS}
)


def all_of(passed: int, total: int) -> dict[str, Tally]:
    return dict.fromkeys(CHECKS, Tally(passed, total))


def test_four_of_five_are_enough_and_three_are_not() -> None:
    assert maturity_level(5, all_of(4, 5)) == HIGHEST
    assert maturity_level(5, all_of(3, 5)) == 1


def test_without_a_kpi_there_is_no_level() -> None:
    assert maturity_level(0, all_of(0, 0)) == 0


def test_a_later_level_does_not_make_up_for_a_gap_before() -> None:
    assert maturity_level(5, all_of(5, 5) | {"target": Tally(1, 5)}) == 2


@given(TALLIES, st.sampled_from(CHECKS))
def test_one_more_kpi_that_passes_never_lowers_the_level(tallies: dict[str, Tally], check: str) -> None:
    before = tallies[check]
    if before.passed < before.total:
        better = tallies | {check: Tally(before.passed + 1, before.total)}
        assert maturity_level(9, better) >= maturity_level(9, tallies)


@given(TALLIES)
def test_the_gaps_are_what_keeps_a_team_from_the_next_level(tallies: dict[str, Tally]) -> None:
    level = maturity_level(9, tallies)
    missing = [LEVEL_OF[check] for check in gaps(tallies)]
    assert level == (min(missing) - 1 if missing else HIGHEST)


@given(st.sampled_from(sorted(PITFALLS)), st.integers(0, 20), st.integers(0, 20))
def test_more_cases_never_look_better(key: str, count: int, total: int) -> None:
    pitfall, total = PITFALLS[key], max(count + 1, total)
    found = [severity(pitfall, number / total, number, total) for number in (count, count + 1)]
    assert ORDER.index(found[0]) <= ORDER.index(found[1])


def test_one_case_alone_is_never_clear() -> None:
    assert severity(PITFALLS["okr-unclear-ownership"], 1.0, 1, 1) == "some"


def test_too_few_cases_tell_nothing() -> None:
    assert severity(PITFALLS["kpi-no-context"], 1.0, 2, 2) == "untold"


@pytest.mark.parametrize(("mean", "expected"), [(None, "untold"), (2.9, "clear"), (3.0, "some"), (3.5, "none")])
def test_the_pulse_is_read_by_its_mean(mean: float | None, expected: str) -> None:
    assert pulse_severity(mean) == expected


def test_what_can_be_told_counts_more_than_what_cannot() -> None:
    assert worst(["untold", "none"]) == "none"
    assert worst(["some", "clear", "none"]) == "clear"
    assert worst([]) == "untold"
