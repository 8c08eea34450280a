"""Charts drawn together are the charts drawn one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.charts import ProcessChart
from sextant.calc.charts_many import process_charts
from sextant.calc.limits import process_chart

FIGURES = st.one_of(
    st.none(), st.integers(-40, 40).map(float), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))
)
SERIES = st.lists(FIGURES, max_size=130).map(lambda found: np.array(found, dtype=np.float64))
BOUND = st.one_of(st.none(), st.integers(-30, 30).map(float))


def hours(series: np.ndarray) -> np.ndarray:
    return np.arange(len(series), dtype=np.int64) * 24


def assert_same_chart(one: ProcessChart, other: ProcessChart) -> None:
    assert [(s.first, s.last, s.basis, s.points) for s in one.segments] == [
        (s.first, s.last, s.basis, s.points) for s in other.segments
    ]
    for left, right in zip(one.segments, other.segments, strict=True):
        for name in ("centre", "lower", "upper", "range_mean", "range_upper"):
            assert np.allclose(getattr(left, name), getattr(right, name), rtol=1e-9, atol=1e-9, equal_nan=True), name
    assert one.marks == other.marks
    assert one.range_marks == other.range_marks
    assert np.allclose(one.values, other.values, equal_nan=True)
    assert np.allclose(one.moving_ranges, other.moving_ranges, equal_nan=True)
    assert one.starts.tolist() == other.starts.tolist()


@given(st.lists(st.tuples(SERIES, BOUND, BOUND), max_size=6))
def test_many_charts_are_the_same_charts(given_series: list[tuple[np.ndarray, float | None, float | None]]) -> None:
    together = process_charts(
        [hours(series) for series, _, _ in given_series],
        [series for series, _, _ in given_series],
        [(low, high) for _, low, high in given_series],
    )
    for (series, low, high), chart in zip(given_series, together, strict=True):
        assert_same_chart(chart, process_chart(hours(series), series, bounds=(low, high)))


def test_a_run_across_a_gap_is_a_run() -> None:
    series = np.array([1, 9, 1, 9, 1, 9, 1, 9, 6, 6, 6, np.nan, 6, 6, 6, 6, 6, 0, 0, 0, 0, 0], dtype=np.float64)
    (chart,) = process_charts([hours(series)], [series])
    assert {mark.rule for mark in chart.marks} >= {"run_of_eight"}
    assert_same_chart(chart, process_chart(hours(series), series))


def test_no_series_give_no_charts() -> None:
    assert process_charts([], []) == []
