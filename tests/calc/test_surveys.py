"""Survey scores: the figures of the textbooks, and what must hold for any counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc import surveys
from sextant.calc.surveys import Sample, bounds, csat, groups, nps, rating, sample, together

FEW_COUNTS = st.integers(0, 300)


def nps_counts(promoters: int, passives: int, detractors: int) -> list[int]:
    return [detractors, 0, 0, 0, 0, 0, 0, passives, 0, 0, promoters]


@st.composite
def any_counts(draw: st.DrawFn) -> tuple[str, list[int]]:
    kind = draw(st.sampled_from(surveys.KINDS))
    points = surveys.POINTS.get(kind) or draw(st.integers(3, 10))
    return kind, draw(st.lists(FEW_COUNTS, min_size=points, max_size=points))


def test_fifty_thirty_twenty_is_plus_thirty_with_a_margin_of_fifteen_point_three() -> None:
    found = nps(nps_counts(50, 30, 20))
    assert (found.n, found.value) == (100, 30.0)
    assert found.margin == pytest.approx(15.3, abs=0.05)
    assert (found.low, found.high) == (pytest.approx(14.7, abs=0.05), pytest.approx(45.3, abs=0.05))


def test_nine_and_ten_promote_and_six_detracts() -> None:
    assert [group.count for group in groups("nps", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])] == [7, 2, 2]


def test_satisfaction_is_the_share_of_the_two_best_answers() -> None:
    found = csat([5, 5, 10, 40, 40])
    assert found.value == 80.0
    assert found.margin == pytest.approx(100 * 1.96 * math.sqrt(0.8 * 0.2 / 100))


def test_a_rating_is_the_mean_with_the_error_of_a_mean() -> None:
    found = rating([1, 2, 3, 4, 5])
    assert found.value == pytest.approx(55 / 15)
    deviation = math.sqrt(sum(c * (s - 55 / 15) ** 2 for s, c in enumerate([1, 2, 3, 4, 5], start=1)) / 14)
    assert found.margin == pytest.approx(1.96 * deviation / math.sqrt(15))


def test_everybody_satisfied_still_has_a_margin() -> None:
    found = csat([0, 0, 0, 0, 20])
    assert (found.value, found.high) == (100.0, 100.0)
    assert found.low == pytest.approx(100 * 20 / (20 + 1.96**2))
    assert found.is_rough


def test_no_answers_have_no_value() -> None:
    for kind, counts in (("nps", [0] * 11), ("csat", [0] * 5), ("rating", [0] * 7)):
        assert sample(kind, counts) == Sample(0)


def test_once_everybody_asked_has_answered_chance_is_out_of_the_game() -> None:
    assert nps(nps_counts(5, 3, 2), population=10).margin == 0
    half = nps(nps_counts(50, 30, 20), population=200).margin
    assert half == pytest.approx(15.3 * math.sqrt(100 / 199), abs=0.05)


@pytest.mark.parametrize(("kind", "counts"), [("nps", [1] * 10), ("csat", [1] * 6), ("rating", [1, 1])])
def test_counts_of_another_scale_are_refused(kind: str, counts: list[int]) -> None:
    with pytest.raises(ValueError, match=r"scores|points"):
        sample(kind, counts)


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        csat([1, 1, 1, 1, -1])


@given(any_counts())
def test_value_and_range_stay_on_the_scale(one: tuple[str, list[int]]) -> None:
    kind, counts = one
    found = sample(kind, counts)
    assert found.n == sum(counts)
    if found.value is None or found.margin is None or found.low is None or found.high is None:
        assert found.n == 0
        return
    low, high = bounds(kind, len(counts))
    assert low <= found.low <= found.value <= found.high <= high
    assert found.margin > 0


@given(any_counts())
def test_turning_the_scale_round_mirrors_a_rating_and_keeps_its_margin(one: tuple[str, list[int]]) -> None:
    _, counts = one
    if len(counts) > surveys.MOST_POINTS or not sum(counts):
        return
    there, back = rating(counts), rating(counts[::-1])
    assert there.value is not None
    assert back.value is not None
    assert there.value - 1 == pytest.approx(len(counts) - back.value)
    assert there.margin == pytest.approx(back.margin)


@given(st.tuples(FEW_COUNTS, FEW_COUNTS, FEW_COUNTS))
def test_promoters_and_detractors_mirror_each_other(parts: tuple[int, int, int]) -> None:
    there, back = nps(nps_counts(*parts)), nps(nps_counts(*parts[::-1]))
    if there.value is None or back.value is None:
        return
    assert there.value == -back.value
    assert there.margin == pytest.approx(back.margin)


@given(any_counts())
def test_one_more_of_the_best_answer_never_lowers_the_value(one: tuple[str, list[int]]) -> None:
    kind, counts = one
    before, after = sample(kind, counts), sample(kind, [*counts[:-1], counts[-1] + 1])
    assert after.value is not None
    assert before.value is None or after.value >= before.value - 1e-9


@given(any_counts(), st.integers(2, 9))
def test_the_same_answers_more_often_keep_the_value_and_narrow_the_margin(
    one: tuple[str, list[int]], times: int
) -> None:
    kind, counts = one
    found, more = sample(kind, counts), sample(kind, together([counts] * times))
    if found.value is None or found.margin is None or more.margin is None:
        return
    assert more.value == pytest.approx(found.value)
    assert more.margin < found.margin


@given(any_counts(), st.integers(0, 1000))
def test_knowing_how_many_were_asked_never_widens_the_margin(one: tuple[str, list[int]], silent: int) -> None:
    kind, counts = one
    free, known = sample(kind, counts), sample(kind, counts, sum(counts) + silent)
    if free.margin is None or known.margin is None:
        return
    assert known.margin <= free.margin
    assert known.value == free.value
