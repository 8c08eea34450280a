import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.limits import LimitSettings, TypedLimits, assurance, explain_assurance, process_chart

# Limits of these twenty values: mean 12, mean moving range 2, so 12 -+ 5.32 = 6.68 and 17.32.
STEADY = [11, 13] * 10


def chart_of(values, settings=LimitSettings()):
    return process_chart(range(len(values)), values, settings)


def typed(lower, upper):
    return chart_of([5.0], LimitSettings(typed=TypedLimits((lower + upper) / 2, lower, upper)))


@pytest.mark.parametrize(
    ("target", "direction", "answer"),
    [
        (6, "up", "consistently_meets"),
        (12, "up", "hit_or_miss"),
        (18, "up", "consistently_misses"),
        (18, "down", "consistently_meets"),
        (12, "down", "hit_or_miss"),
        (6, "down", "consistently_misses"),
    ],
)
def test_the_worse_and_the_better_limit_decide(target, direction, answer):
    assert assurance(chart_of(STEADY), target, direction) == answer


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (6, 18, "consistently_meets"),
        (6, None, "consistently_meets"),
        (None, 18, "consistently_meets"),
        (10, 18, "hit_or_miss"),
        (6, 14, "hit_or_miss"),
        (10, 14, "hit_or_miss"),
        (18, 20, "consistently_misses"),
        (1, 6, "consistently_misses"),
        (18, None, "consistently_misses"),
        (None, 6, "consistently_misses"),
        (None, None, "no_target"),
    ],
)
def test_a_band_is_judged_on_both_sides(low, high, answer):
    assert assurance(chart_of(STEADY), None, "within", low, high) == answer


def test_a_limit_exactly_on_the_target_meets_it():
    assert assurance(typed(10, 20), 10, "up") == "consistently_meets"
    assert assurance(typed(10, 20), 20, "down") == "consistently_meets"
    assert assurance(typed(10, 20), None, "within", 10, 20) == "consistently_meets"
    assert assurance(typed(10, 20), 20, "up") == "hit_or_miss"
    assert assurance(typed(10, 20), 10, "down") == "hit_or_miss"


def test_without_a_target_there_is_no_assurance():
    assert assurance(chart_of(STEADY), None, "up") == "no_target"
    assert assurance(chart_of([]), None, "down") == "no_target"


def test_nineteen_points_are_not_enough_history_and_twenty_are():
    assert assurance(chart_of(STEADY[:19]), 6, "up") == "not_enough_history"
    assert assurance(chart_of(STEADY), 6, "up") == "consistently_meets"
    assert assurance(chart_of([]), 6, "up") == "not_enough_history"


def test_history_begins_again_at_a_divider():
    assert assurance(chart_of([*STEADY, *STEADY[:10]], LimitSettings(dividers=(20,))), 6, "up") == (
        "not_enough_history"
    )


def test_limits_a_person_locked_are_enough():
    assert assurance(chart_of(STEADY[:8], LimitSettings(locked_from=0)), 6, "up") == "consistently_meets"


def test_a_whole_season_must_meet_the_target():
    settings = LimitSettings(season_length=2, seasonal_factors=(0.5, 1.5))
    values = [10, 30] * 11 + [10]
    values[4] = 11
    chart = chart_of(values, settings)
    assert chart.lower_now < 15 < chart.segments[0].lower[-2]
    assert assurance(chart, 5, "up") == "consistently_meets"
    assert assurance(chart, 20, "up") == "hit_or_miss"
    assert assurance(chart, 40, "up") == "consistently_misses"


def test_a_band_missed_above_in_one_season_and_below_in_the_other_is_missed():
    chart = chart_of([10, 30] * 11, LimitSettings(season_length=2, seasonal_factors=(0.5, 1.5)))
    assert assurance(chart, None, "within", 15, 25) == "consistently_misses"


def test_assurance_explains_itself():
    why = explain_assurance(chart_of(STEADY), 12, "up")
    assert why.inputs["result"] == "hit_or_miss"
    assert why.inputs["lower_limit"] < why.inputs["target"] < why.inputs["upper_limit"]
    assert why.inputs["points"] == 20
    assert why.source == "method#assurance"
    assert explain_assurance(chart_of([]), 12, "up").inputs["points"] == 0


series = st.lists(st.integers(-50, 50), min_size=20, max_size=40)


@given(series, st.integers(-80, 80))
def test_up_is_down_upside_down(values, target):
    mirrored = chart_of([-value for value in values])
    assert assurance(chart_of(values), target, "up") == assurance(mirrored, -target, "down")


@given(series, st.integers(-80, 80), st.integers(-80, 80))
def test_a_band_upside_down_is_judged_the_same(values, one, other):
    low, high = min(one, other), max(one, other)
    mirrored = chart_of([-value for value in values])
    assert assurance(chart_of(values), None, "within", low, high) == assurance(mirrored, None, "within", -high, -low)


@given(series, st.integers(-80, 80), st.sampled_from([0.25, 4, 64]), st.integers(-64, 64))
def test_assurance_does_not_depend_on_unit_or_zero(values, target, scale, shift):
    target += 0.4375  # never exactly on a limit, where rounding would decide
    moved = chart_of([value * scale + shift for value in values])
    assert assurance(chart_of(values), target, "up") == assurance(moved, target * scale + shift, "up")


@given(series, st.integers(-80, 80), st.integers(0, 30))
def test_a_harder_target_never_gives_a_better_assurance(values, target, harder):
    ranks = ["consistently_misses", "hit_or_miss", "consistently_meets"]
    chart = chart_of(values)
    assert ranks.index(assurance(chart, target + harder, "up")) <= ranks.index(assurance(chart, target, "up"))


@given(st.lists(st.integers(-50, 50), max_size=19), st.integers(-80, 80), st.sampled_from(["up", "down"]))
def test_too_little_data_never_becomes_healthy(values, target, direction):
    assert assurance(chart_of(values), target, direction) == "not_enough_history"
