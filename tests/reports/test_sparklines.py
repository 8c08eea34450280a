from __future__ import annotations

import re
from xml.dom import minidom

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sextant.reports.sparklines import HEIGHT, MOST_COLUMNS, WIDTH, sparkline, sparklines

GAP = float("nan")


def path_of(drawn: str, look: str = "line") -> str:
    found = re.search(rf'class="{look}" d="([^"]*)"', drawn)
    return found[1] if found else ""


def points_of(drawn: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"[ML](\d+) (\d+)", path_of(drawn))]


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(0, 30))))
def test_any_matrix_gives_one_well_formed_sparkline_per_series_within_its_box(matrix: np.ndarray) -> None:
    drawn = sparklines(matrix)
    assert len(drawn) == len(matrix)
    for one in drawn:
        minidom.parseString(one)
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points_of(one))


@given(arrays(np.float64, (3, 12), elements=st.one_of(st.just(GAP), st.floats(-1e6, 1e6))))
def test_many_at_once_are_the_same_as_one_by_one(matrix: np.ndarray) -> None:
    assert [str(one) for one in sparklines(matrix)] == [str(sparkline(row)) for row in matrix]


def test_higher_values_are_drawn_higher() -> None:
    heights = [y for _, y in points_of(sparkline([1.0, 3.0, 2.0]))]
    assert heights[1] < heights[2] < heights[0]


def test_a_gap_breaks_the_line_and_a_value_between_gaps_is_a_dot() -> None:
    path = path_of(sparkline([1.0, 2.0, GAP, 3.0, GAP, 2.0, 1.0]))
    assert path.count("M") == 4  # three stretches, and the dot of the lone value
    assert path.count("h1") == 1


def test_normal_range_target_marks_and_running_value_are_there_when_given() -> None:
    bare = sparkline([1.0, 2.0])
    full = sparkline([1.0, 2.0], lower=0.5, upper=2.5, target=3.0, marks=[1], running=2.0)
    for look in ("band", "aim", "odd", "now"):
        assert f'class="{look}"' not in bare
        assert f'class="{look}"' in full


def test_an_open_finding_is_a_bracket_over_its_periods_and_is_read_aloud() -> None:
    drawn = sparkline([1.0, 2.0, 3.0, 9.0, 9.0, 9.0], found=[(3, 5)])
    begin, end = (int(one) for one in re.findall(r"M(\d+) 36V12H(\d+)", path_of(drawn, "found"))[0])
    at = [x for x, _ in points_of(drawn)]
    assert at[2] < begin <= at[3]
    assert at[5] <= end <= WIDTH
    assert "a finding is open" in drawn
    assert "finding" not in sparkline([1.0, 2.0])


def test_a_finding_that_began_before_the_sparkline_is_cut_at_its_edge() -> None:
    path = path_of(sparkline([1.0, 2.0, 3.0], found=[(-8, 1)]), "found")
    assert path.startswith("M")
    assert "-" not in path


def test_the_running_value_comes_after_the_last_period() -> None:
    drawn = sparkline([1.0, 2.0, 3.0], running=2.0)
    hollow = re.search(r'class="now" cx="(\d+)"', drawn)
    assert hollow is not None
    assert int(hollow[1]) > max(x for x, _ in points_of(drawn))


def test_one_series_without_a_target_beside_one_with() -> None:
    first, second = sparklines([[1.0, 2.0], [1.0, 2.0]], target=[3.0, GAP])
    assert 'class="aim"' in first
    assert 'class="aim"' not in second


def test_a_series_without_values_says_so_and_draws_nothing() -> None:
    drawn = sparkline([GAP, GAP], title="Uptime")
    assert "Uptime: 0 values, 2 missing" in drawn
    assert 'class="line"' not in drawn
    assert 'class="last"' not in drawn


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8], "8 values, rising"),
        ([8, 7, GAP, 5, 4, 3, 2, 1], "7 values, 1 missing, falling"),
        ([3, 5, 4, 3, 5, 4, 5, 3], "8 values, about level"),
        ([2, 2, 2, 2], "4 values, about level"),
        ([1, 9], "2 values"),
    ],
)
def test_a_sparkline_says_which_way_it_went(values: list[float], said: str) -> None:
    assert f'"Uptime: {said}"' in sparkline(values, title="Uptime")


def test_very_long_series_are_thinned_and_keep_their_newest_value() -> None:
    values = np.zeros(5_000)
    values[-1] = 1.0
    drawn = points_of(sparkline(values))
    assert len(drawn) <= MOST_COLUMNS
    assert drawn[-1][1] < drawn[-2][1]


def test_a_mark_on_a_thinned_series_stays_near_its_place() -> None:
    drawn = sparkline(np.arange(5_000.0), marks=[2_500])
    spot = re.search(r'class="odd" d="M(\d+)', drawn)
    assert spot is not None
    assert abs(int(spot[1]) - WIDTH / 2) < WIDTH * 0.05


def test_titles_are_escaped() -> None:
    drawn = sparkline([1.0, 2.0], title='<b>"&')
    minidom.parseString(drawn)
    assert "<b>" not in drawn
