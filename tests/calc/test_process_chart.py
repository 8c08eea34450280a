import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.limits import (
    LimitError,
    LimitSettings,
    Mark,
    TypedLimits,
    explain_limits,
    limits_many,
    process_chart,
)

NAN = float("nan")
readings = st.lists(st.integers(-50, 50) | st.just(NAN), min_size=0, max_size=60)


def chart_of(values, settings=LimitSettings(), **options):
    return process_chart(np.arange(len(values)) * 168 - 72, values, settings, **options)


def lines(chart):
    return [[list(part) for part in (s.centre, s.lower, s.upper)] for s in chart.segments]


def test_the_worked_example_of_the_method_page_comes_out_as_by_hand():
    # Mean of 10 12 11 14 13 12 is 72 / 6 = 12. Steps 2 1 3 1 1 average 8 / 5 = 1.6.
    # 12 -+ 2.660 x 1.6 = 12 -+ 4.256; 3.268 x 1.6 = 5.2288.
    chart = chart_of([10, 12, 11, 14, 13, 12])
    assert chart.centre_now == 12
    assert chart.lower_now == pytest.approx(7.744)
    assert chart.upper_now == pytest.approx(16.256)
    segment = chart.segments[0]
    assert (segment.first, segment.last, segment.points, segment.basis) == (0, 5, 6, "computed")
    assert segment.range_mean == pytest.approx(1.6)
    assert segment.range_upper == pytest.approx(5.2288)
    assert list(chart.moving_ranges[1:]) == [2, 1, 3, 1, 1]
    assert np.isnan(chart.moving_ranges[0])
    assert chart.marks == ()


def test_five_values_give_a_chart_without_limits():
    chart = chart_of([10, 12, 11, 14, 13])
    assert not chart.has_limits
    assert chart.segments[0].basis == "too_few"
    assert np.isnan(chart.segments[0].upper).all()
    assert (chart.lower_now, chart.centre_now, chart.upper_now) == (None, None, None)
    assert list(chart.moving_ranges[1:]) == [2, 1, 3, 1]


def test_a_series_without_points_gives_an_empty_chart():
    chart = chart_of([])
    assert chart.segments == ()
    assert not chart.has_limits
    assert not chart.enough_history
    assert explain_limits(chart).inputs["points"] == 0


def test_a_moving_range_never_spans_a_gap():
    chart = chart_of([10, 12, NAN, 14, 13, 12, 11])
    assert np.isnan(chart.moving_ranges[[0, 2, 3]]).all()
    # Mean of six values 72 / 6 = 12, steps 2 1 1 1 average 1.25.
    assert chart.centre_now == 12
    assert chart.upper_now == pytest.approx(12 + 2.66 * 1.25)


def test_values_that_are_never_neighbours_give_no_limits():
    chart = chart_of([1, NAN, 2, NAN, 3, NAN, 4, NAN, 5, NAN, 6, NAN, 7])
    assert chart.segments[0].points == 7
    assert not chart.has_limits


def test_an_infinite_value_counts_as_missing():
    chart = chart_of([10, 12, float("inf"), 14, 13, 12, 11])
    assert np.isnan(chart.values[2])
    assert chart.centre_now == 12


def test_equal_values_are_never_marked():
    chart = chart_of([0.1] * 40)
    assert chart.lower_now == chart.centre_now == chart.upper_now == 0.1
    assert chart.marks == ()
    assert chart.range_marks == ()


def test_one_other_value_among_equal_locked_ones_is_outside():
    chart = chart_of([0.1] * 10 + [0.2], LimitSettings(locked_to=9 * 168 - 72))
    assert Mark(10, "outside", "above") in chart.marks
    assert chart.range_marks == (10,)


def test_enormous_values_keep_finite_limits():
    values = [1e300, -1e300] * 10
    chart = chart_of(values)
    assert chart.centre_now == pytest.approx(0, abs=1e286)
    assert chart.upper_now == pytest.approx(5.32e300)


def test_values_too_large_for_arithmetic_give_no_limits_instead_of_infinite_ones():
    assert not chart_of([1.7e308, -1.7e308] * 10).has_limits


def test_a_hundred_thousand_points_are_charted_from_the_newest_baseline():
    values = np.sin(np.arange(100_000) / 50) * 10
    chart = process_chart(np.arange(100_000), values)
    assert chart.segments[0].points == 104
    assert chart.centre_now == pytest.approx(values[-104:].mean())


def test_the_baseline_is_counted_back_from_the_last_value():
    values = [100.0] * 20 + [float(n % 3) for n in range(30)] + [NAN] * 5
    chart = chart_of(values, LimitSettings(baseline_periods=30))
    assert chart.centre_now == 1
    assert chart.segments[0].points == 30


def test_a_divider_starts_a_segment_and_no_range_spans_it():
    values = [10, 12, 11, 14, 13, 12, 30, 32, 31, 34, 33, 32]
    chart = chart_of(values, LimitSettings(dividers=(6 * 168 - 72,)))
    assert [(s.first, s.last, s.basis) for s in chart.segments] == [(0, 5, "computed"), (6, 11, "computed")]
    assert chart.segments[0].centre[0] == 12
    assert chart.centre_now == 32
    assert np.isnan(chart.moving_ranges[6])
    assert chart.marks == ()


def test_dividers_outside_the_series_or_twice_the_same_change_nothing():
    values = [10, 12, 11, 14, 13, 12]
    plain = chart_of(values)
    odd = chart_of(values, LimitSettings(dividers=(-10_000, -72, 900_000, 900_000)))
    assert lines(odd) == lines(plain)


def test_earlier_segments_use_all_their_points_and_the_last_only_its_baseline():
    values = [0, 1] * 10 + [10, 11] * 10
    chart = chart_of(values, LimitSettings(dividers=(20 * 168 - 72,), baseline_periods=8))
    assert [segment.points for segment in chart.segments] == [20, 8]


def test_locked_limits_come_from_the_chosen_points_and_hold_for_the_later_ones():
    values = [50, 60, 10, 12, 11, 14, 13, 12, 30, 31, 29, 40]
    locked = LimitSettings(locked_from=2 * 168 - 72, locked_to=7 * 168 - 72)
    chart = chart_of(values, locked)
    assert [(s.first, s.last, s.basis) for s in chart.segments] == [(0, 1, "too_few"), (2, 11, "locked")]
    assert set(chart.segments[1].upper) == {chart.upper_now}
    assert chart.upper_now == pytest.approx(16.256)
    assert {m.index for m in chart.marks if m.rule == "outside"} == {8, 9, 10, 11}
    assert chart.moving_ranges[2] == 50  # a lock is no divider: the step into it is still a step


def test_a_lock_ends_at_the_next_divider():
    values = [10, 12, 11, 14, 13, 12, 30, 32, 31, 34, 33, 32]
    settings = LimitSettings(dividers=(6 * 168 - 72,), locked_from=-72, locked_to=8 * 168 - 72)
    chart = chart_of(values, settings)
    assert [s.basis for s in chart.segments] == ["locked", "computed"]
    assert chart.segments[0].points == 6


def test_a_lock_without_a_first_point_begins_with_its_segment():
    values = [10, 12, 11, 14, 13, 12, 30, 32, 31, 34, 33, 32, 90]
    settings = LimitSettings(dividers=(6 * 168 - 72,), locked_to=11 * 168 - 72)
    chart = chart_of(values, settings)
    assert [s.basis for s in chart.segments] == ["computed", "locked"]
    assert chart.centre_now == 32


def test_a_lock_with_too_few_chosen_points_gives_no_limits_and_never_silently_others():
    chart = chart_of(list(range(30)), LimitSettings(locked_from=-72, locked_to=3 * 168))
    assert [s.basis for s in chart.segments] == ["too_few"]


def test_a_lock_before_all_points_has_none_to_choose_from():
    chart = chart_of([1, 2] * 10, LimitSettings(locked_to=-5000))
    assert [(s.basis, s.points) for s in chart.segments] == [("too_few", 0)]


def test_a_lock_after_all_points_does_not_apply_yet():
    values = [10, 12, 11, 14, 13, 12]
    assert lines(chart_of(values, LimitSettings(locked_from=90_000))) == lines(chart_of(values))


def test_a_lock_without_a_last_point_uses_all_points_from_the_first():
    chart = chart_of([99] * 3 + [10, 12, 11, 14, 13, 12], LimitSettings(locked_from=3 * 168 - 72))
    assert chart.segments[-1].basis == "locked"
    assert chart.centre_now == 12


def test_typed_limits_stand_exactly_as_typed_in_the_last_segment():
    typed = TypedLimits(centre=20, lower=15, upper=22, range_upper=3)
    settings = LimitSettings(dividers=(2 * 168 - 72,), typed=typed, season_length=2, seasonal_factors=(0.5, 1.5))
    chart = chart_of([1, 2, 20, 23, 15, 22], settings, bounds=(18, None))
    assert chart.segments[-1].basis == "typed"
    assert (chart.lower_now, chart.centre_now, chart.upper_now) == (15, 20, 22)
    assert [(m.index, m.side) for m in chart.marks if m.rule == "outside"] == [(3, "above")]
    assert chart.segments[-1].range_upper == 3


def test_typed_limits_hold_from_their_date_and_win_over_a_lock():
    typed = TypedLimits(centre=12, lower=8, upper=16, since=3 * 168 - 72)
    chart = chart_of([10, 12, 11, 14, 13, 12, 20], LimitSettings(typed=typed, locked_from=-72))
    assert [(s.first, s.basis) for s in chart.segments] == [(0, "too_few"), (3, "typed")]
    assert chart.segments[1].range_upper == pytest.approx(3.268 * 4 / 2.66)
    assert chart.enough_history


def test_typed_limits_from_a_later_date_do_not_apply_yet():
    typed = TypedLimits(centre=12, lower=8, upper=16, since=90_000)
    assert chart_of([10, 12, 11, 14, 13, 12], LimitSettings(typed=typed)).segments[-1].basis == "computed"


@pytest.mark.parametrize(
    ("figures", "key"),
    [
        ({"centre": 5, "lower": 6, "upper": 7}, "limits-out-of-order"),
        ({"centre": 8, "lower": 6, "upper": 7}, "limits-out-of-order"),
        ({"centre": 6, "lower": 5, "upper": 7, "range_upper": -1}, "limits-out-of-order"),
        ({"centre": NAN, "lower": 5, "upper": 7}, "limits-not-finite"),
        ({"centre": 6, "lower": 5, "upper": float("inf")}, "limits-not-finite"),
    ],
)
def test_typed_limits_that_make_no_sense_are_refused(figures, key):
    with pytest.raises(LimitError) as refusal:
        TypedLimits(**figures)
    assert refusal.value.key == key


def test_a_lock_that_ends_before_it_begins_is_refused():
    with pytest.raises(LimitError) as refusal:
        LimitSettings(locked_from=10, locked_to=9)
    assert refusal.value.key == "lock-out-of-order"


@pytest.mark.parametrize(
    ("starts", "key"),
    [([0, 1], "points-do-not-match"), ([0, 2, 1], "points-not-in-order"), ([0, 1, 1], "points-not-in-order")],
)
def test_points_that_do_not_fit_together_are_refused(starts, key):
    with pytest.raises(LimitError) as refusal:
        process_chart(starts, [1, 2, 3])
    assert refusal.value.key == key


def test_sloped_limits_run_parallel_to_the_trend():
    wobble = [0, 1, 0, -1] * 6
    values = [3 * n + w for n, w in enumerate(wobble)]
    chart = chart_of(values, LimitSettings(sloped=True))
    segment = chart.segments[0]
    rises = np.diff(segment.centre)
    assert rises == pytest.approx(np.full(23, rises[0]))
    assert rises[0] == pytest.approx(3, abs=0.05)
    assert segment.upper - segment.centre == pytest.approx(segment.centre - segment.lower)
    assert segment.range_mean == pytest.approx(1, abs=0.02)
    assert chart.moving_ranges[1:] == pytest.approx(1, abs=0.05)
    assert chart.marks == ()


def test_sloped_limits_of_a_locked_stretch_are_carried_on():
    values = [2.0 * n for n in range(20)]
    chart = chart_of(values, LimitSettings(sloped=True, locked_from=2 * 168 - 72, locked_to=9 * 168 - 72))
    assert chart.segments[-1].centre == pytest.approx(np.arange(2, 20) * 2.0)
    assert chart.marks == ()


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.integers(6, 300))
def test_a_straight_line_is_never_marked_against_its_own_slope(start, rise, count):
    values = start + rise * np.arange(count)
    chart = process_chart(np.arange(count), values, LimitSettings(sloped=True, baseline_periods=count))
    assert chart.marks == ()
    assert chart.range_marks == ()


def test_sloped_limits_need_points_too():
    assert not chart_of([1, NAN, NAN], LimitSettings(sloped=True)).has_limits
    assert not chart_of([NAN, NAN], LimitSettings(sloped=True)).has_limits


def test_limits_are_clipped_to_the_natural_bounds_of_the_unit():
    values = [1, 9, 2, 8, 1, 9, 2, 8]
    free, clipped = chart_of(values), chart_of(values, bounds=(0, 10))
    assert free.lower_now < 0 < 10 < free.upper_now
    assert (clipped.lower_now, clipped.upper_now) == (0, 10)
    assert clipped.centre_now == free.centre_now
    assert clipped.marks == free.marks


def test_a_bound_never_pushes_a_limit_across_the_centre():
    chart = chart_of([-5, -4, -5, -4, -5, -4], bounds=(0, None))
    assert chart.lower_now == chart.centre_now == -4.5
    chart = chart_of([15, 14, 15, 14, 15, 14], bounds=(None, 10))
    assert chart.upper_now == chart.centre_now == 14.5


def test_a_large_step_is_marked_on_the_range_chart():
    chart = chart_of([10, 11, 10, 11, 10, 11, 10, 11, 19, 18, 19, 18, 19])
    assert chart.range_marks == (8,)


def test_limits_explain_themselves():
    why = explain_limits(chart_of([10, 12, 11, 14, 13, 12]))
    assert why.rule == "limits-computed"
    assert "2.660" in why.formula
    assert why.inputs["points"] == 6
    assert why.inputs["mean_moving_range"] == pytest.approx(1.6)
    assert why.inputs["centre"] + 2.66 * why.inputs["mean_moving_range"] == why.inputs["upper"]
    assert why.source == "method#process-limits"
    few = explain_limits(chart_of([10, 12]))
    assert few.rule == "limits-too-few"
    assert few.inputs["points_needed"] == 6
    waving = explain_limits(chart_of([1, 2] * 6, LimitSettings(season_length=2)))
    assert waving.inputs["season_kind"] == "multiplicative"
    assert len(waving.inputs["seasonal_factors"]) == 2


@given(readings)
def test_turning_a_series_upside_down_turns_its_chart_upside_down(values):
    chart, mirrored = chart_of(values), chart_of([-value for value in values])
    for segment, other in zip(chart.segments, mirrored.segments, strict=True):
        np.testing.assert_array_equal(segment.centre, -other.centre)
        np.testing.assert_array_equal(segment.lower, -other.upper)
        assert segment.basis == other.basis
    swap = {"above": "below", "below": "above"}
    assert {Mark(m.index, m.rule, swap[m.side]) for m in mirrored.marks} == set(chart.marks)
    assert chart.range_marks == mirrored.range_marks


@given(readings, st.integers(-1000, 1000), st.sampled_from([0.125, 0.5, 2, 1024]))
def test_marks_do_not_depend_on_the_unit_or_the_zero_of_the_scale(values, shift, scale):
    chart = chart_of(values)
    moved = chart_of([value * scale + shift for value in values])
    assert {(m.index, m.rule, m.side) for m in chart.marks} == {(m.index, m.rule, m.side) for m in moved.marks}
    assert chart.range_marks == moved.range_marks
    if chart.has_limits:
        assert moved.upper_now == pytest.approx(chart.upper_now * scale + shift)


@given(readings)
def test_limits_do_not_depend_on_the_order_of_time_running_forward_or_back(values):
    chart, reverse = chart_of(values), chart_of(values[::-1])
    assert chart.has_limits == reverse.has_limits
    if chart.has_limits:
        assert chart.upper_now == pytest.approx(reverse.upper_now)


@given(st.lists(st.integers(-50, 50), min_size=6, max_size=40), st.randoms())
def test_the_centre_does_not_depend_on_the_order_of_the_values(values, random):
    shuffled = random.sample(values, len(values))
    assert chart_of(values).centre_now == pytest.approx(chart_of(shuffled).centre_now)


@given(readings)
def test_every_chart_keeps_its_limits_in_order_and_its_marks_on_values(values):
    chart = chart_of(values, bounds=(-10, 10))
    covered = [index for s in chart.segments for index in range(s.first, s.last + 1)]
    assert covered == list(range(len(values)))
    for segment in chart.segments:
        if segment.has_limits:
            assert (segment.lower <= segment.centre).all()
            assert (segment.centre <= segment.upper).all()
    assert not any(np.isnan(chart.values[mark.index]) for mark in chart.marks)
    assert list(chart.marks) == sorted(chart.marks, key=lambda mark: mark.index)


table = st.integers(1, 130).flatmap(
    lambda width: st.lists(
        st.lists(st.floats(-1e6, 1e6) | st.just(NAN), min_size=width, max_size=width), min_size=1, max_size=4
    )
)


@given(table)
def test_many_limits_at_once_are_the_limits_of_each_chart(rows):
    centre, lower, upper = limits_many(rows)
    assert centre.shape == lower.shape == upper.shape == (len(rows),)
    for index, row in enumerate(rows):
        chart = chart_of(row)
        if not chart.has_limits:
            assert np.isnan([centre[index], lower[index], upper[index]]).all()
            continue
        together = [centre[index], lower[index], upper[index]]
        alone = [chart.centre_now, chart.lower_now, chart.upper_now]
        assert together == pytest.approx(alone, rel=1e-9, abs=1e-6)


def test_many_limits_use_the_same_newest_baseline_as_a_chart():
    rows = np.random.default_rng(7).normal(50, 5, (3, 300))
    rows[1, 250:] = NAN
    rows[2, :] = NAN
    centre, _, upper = limits_many(rows)
    for index in (0, 1):
        chart = chart_of(list(rows[index]))
        assert (centre[index], upper[index]) == pytest.approx((chart.centre_now, chart.upper_now))
    assert np.isnan(centre[2])


def test_many_limits_accept_an_empty_matrix():
    centre, _, _ = limits_many(np.empty((2, 0)))
    assert np.isnan(centre).all()
