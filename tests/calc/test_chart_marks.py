import pytest

from sextant.calc.limits import LimitSettings, Mark, TypedLimits, process_chart

NAN = float("nan")
# Limits 0 and 12 around 6: nearer a limit than the centre means above 9 or below 3.
SETTINGS = LimitSettings(typed=TypedLimits(centre=6, lower=0, upper=12))


def marked(values, rule, settings=SETTINGS):
    chart = process_chart(range(len(values)), values, settings)
    return [(mark.index, mark.side) for mark in chart.marks if mark.rule == rule]


def test_a_point_outside_a_limit_is_marked_and_one_on_it_is_not():
    assert marked([6, 12, 12.1, 0, -0.1], "outside") == [(2, "above"), (4, "below")]


def test_eight_in_a_row_on_one_side_are_all_marked():
    assert marked([5, *[7] * 8, 5], "run_of_eight") == [(index, "above") for index in range(1, 9)]
    assert marked([5] * 9, "run_of_eight") == [(index, "below") for index in range(9)]


def test_seven_in_a_row_are_not_marked():
    assert marked([5, *[7] * 7, 5, *[7] * 7], "run_of_eight") == []


def test_a_point_on_the_centre_line_breaks_a_run():
    assert marked([*[7] * 7, 6, *[7] * 7], "run_of_eight") == []


def test_a_gap_neither_breaks_nor_lengthens_a_run():
    assert marked([*[7] * 4, NAN, *[7] * 3], "run_of_eight") == []
    assert len(marked([*[7] * 4, NAN, *[7] * 4], "run_of_eight")) == 8


def test_a_run_does_not_continue_across_a_divider():
    settings = LimitSettings(typed=SETTINGS.typed, dividers=(6,))
    assert marked([7] * 12, "run_of_eight", settings) == []


@pytest.mark.parametrize("values", [[10, 6, 10, 10], [10, 10, 10, 6], [10, 10, 10, 10], [10, 10, 6, 11]])
def test_three_of_four_near_one_limit_are_marked(values):
    expected = [(index, "above") for index, value in enumerate(values) if value >= 10]
    assert marked(values, "three_of_four") == expected


@pytest.mark.parametrize("values", [[10, 10, 10], [10, 6, 6, 10, 10], [10, 2, 10, 2], [9, 9, 9, 9], [3, 3, 3, 3]])
def test_fewer_or_mixed_or_halfway_points_are_no_three_of_four(values):
    assert marked(values, "three_of_four") == []


def test_three_of_four_works_below_too_and_passes_over_gaps():
    assert marked([6, 2, NAN, 2, NAN, 2], "three_of_four") == [(1, "below"), (3, "below"), (5, "below")]


def test_one_point_can_carry_several_marks():
    chart = process_chart(range(8), [13] * 8, SETTINGS)
    assert {mark.rule for mark in chart.marks if mark.index == 3} == {
        "outside",
        "run_of_eight",
        "three_of_four",
    }
    assert Mark(3, "outside", "above") in chart.marks


def test_asymmetric_typed_limits_have_a_half_way_of_their_own_on_each_side():
    settings = LimitSettings(typed=TypedLimits(centre=6, lower=4, upper=12))
    assert marked([8, 8, 8, 8], "three_of_four", settings) == []
    assert len(marked([4.5] * 4, "three_of_four", settings)) == 4


def test_clipping_a_limit_does_not_move_the_half_way_line():
    values = [1, 3, 1, 3, 1, 3, 1, 3, 0.5, 0.5, 2, 0.5]
    free = process_chart(range(12), values)
    clipped = process_chart(range(12), values, bounds=(0, None))
    assert clipped.lower_now == 0 > free.lower_now
    assert clipped.marks == free.marks
