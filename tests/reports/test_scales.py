from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.reports.scales import Scale, label_stride, line_through, thinned, tick_labels, ticks, value_range

any_figure = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(any_figure, min_size=1, max_size=8))
def test_every_figure_lies_on_the_paper_however_large_or_small(figures: list[float]) -> None:
    low, high = value_range(np.array(figures))
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    places = Scale(low, high, 300.0, 0.0).many(np.array(figures))
    assert np.all((places >= -0.5) & (places <= 300.5))


@given(any_figure, any_figure)
def test_ticks_rise_lie_between_the_ends_and_stay_few(one: float, other: float) -> None:
    low, high = value_range(np.array([one, other]))
    found = ticks(low, high)
    assert 1 <= len(found) <= 21
    assert all(a < b for a, b in pairwise(found))
    slack = (high / 2 - low / 2) * 1e-6
    assert found[0] >= low - slack
    assert found[-1] <= high + slack


@given(any_figure, any_figure)
def test_no_two_ticks_of_ordinary_size_share_a_label(one: float, other: float) -> None:
    low, high = value_range(np.array([one, other]))
    if max(abs(low), abs(high)) > 1e12 or high - low < 1e-6 * max(abs(low), abs(high), 1.0):
        return
    labels = tick_labels(ticks(low, high), "number")
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 100.0, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
        (-10.0, 10.0, [-10.0, -5.0, 0.0, 5.0, 10.0]),
        (62.0, 74.0, [62.0, 64.0, 66.0, 68.0, 70.0, 72.0, 74.0]),
    ],
)
def test_ticks_are_round_figures(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_ticks_of_a_duration_are_whole_minutes_and_hours() -> None:
    assert ticks(0.0, 3 * 3600.0, 5, "duration:s") == [0.0, 1800.0, 3600.0, 5400.0, 7200.0, 9000.0, 10800.0]


def test_a_percentage_axis_ends_at_100_and_never_starts_below_0() -> None:
    low, high = value_range(np.array([2.0, 99.0]), unit="percent")
    assert low == 0.0
    assert high == 100.0


def test_a_constant_series_stands_in_the_middle() -> None:
    low, high = value_range(np.array([5.0, 5.0]))
    assert low < 5.0 < high


def test_thinning_keeps_the_extremes_of_every_stretch() -> None:
    values = np.zeros(100_000)
    values[31_234], values[77_777] = 9.0, -9.0
    kept = thinned(np.arange(100_000, dtype=float), values, 800)
    assert {31_234, 77_777, 0, 99_999} <= set(kept.tolist())
    assert len(kept) <= 4 * 800


def test_few_points_are_all_kept_and_gaps_are_left_out() -> None:
    values = np.array([1.0, np.nan, 3.0])
    assert thinned(np.arange(3.0), values, 100).tolist() == [0, 2]


def test_a_line_breaks_at_a_gap_and_a_lone_point_leaves_a_dot() -> None:
    values = np.array([1.0, 2.0, np.nan, 4.0])
    places = np.arange(4.0)
    drawn = line_through(places, values, thinned(places, values, 50), values)
    assert drawn == "M0.0 1.0L1.0 2.0M3.0 4.0h.1"


@given(st.floats(1, 200), st.floats(0.01, 100))
def test_labels_never_overlap(widest: float, spacing: float) -> None:
    assert label_stride(widest, spacing) * spacing >= widest * 0.999
