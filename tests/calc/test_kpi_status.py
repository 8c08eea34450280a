import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.status import (
    DirectionError,
    TargetValues,
    exceeded,
    explain_score,
    explain_status,
    kpi_status,
    score,
    with_freshness,
)

UP = TargetValues(target=90, red_flag=80, stretch=95)
DOWN = TargetValues(target=10, red_flag=15, stretch=8)
BAND = TargetValues(low=40, high=60, red_low=30, red_high=80)
NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "target", "direction", "status"),
    [
        (91, UP, "up", "on_target"),
        (90, UP, "up", "on_target"),
        (89.9, UP, "up", "watch"),
        (80, UP, "up", "watch"),
        (79.9, UP, "up", "off_target"),
        (9, DOWN, "down", "on_target"),
        (10, DOWN, "down", "on_target"),
        (10.1, DOWN, "down", "watch"),
        (15, DOWN, "down", "watch"),
        (15.1, DOWN, "down", "off_target"),
        (89, TargetValues(target=90), "up", "off_target"),
        (11, TargetValues(target=10), "down", "off_target"),
        (40, BAND, "within", "on_target"),
        (60, BAND, "within", "on_target"),
        (39, BAND, "within", "watch"),
        (30, BAND, "within", "watch"),
        (29, BAND, "within", "off_target"),
        (61, BAND, "within", "watch"),
        (80, BAND, "within", "watch"),
        (81, BAND, "within", "off_target"),
        (39, TargetValues(low=40, high=60, red_high=80), "within", "off_target"),
        (61, TargetValues(low=40, high=60, red_low=30), "within", "off_target"),
        (-900, TargetValues(high=60), "within", "on_target"),
        (900, TargetValues(low=60), "within", "on_target"),
        (5, TargetValues(low=5, high=5), "within", "on_target"),
        (0, TargetValues(target=0), "down", "on_target"),
        (50, None, "up", "no_target"),
        (50, TargetValues(), "down", "no_target"),
        (50, TargetValues(red_flag=10), "up", "no_target"),
        (50, TargetValues(target=10), "within", "no_target"),
        (50, TargetValues(low=10), "up", "no_target"),
        (None, UP, "up", "no_data"),
        (NAN, UP, "up", "no_data"),
        (math.inf, UP, "up", "no_data"),
        (None, None, "up", "no_data"),
    ],
)
def test_a_value_is_judged_by_its_target(value, target, direction, status):
    assert kpi_status(value, target, direction) == status


def test_a_sum_of_decimals_that_should_equal_the_target_meets_it():
    assert 0.1 + 0.2 != 0.3
    assert kpi_status(0.1 + 0.2, TargetValues(target=0.3), "down") == "on_target"
    assert kpi_status(0.8 - 0.1, TargetValues(target=0.7), "up") == "on_target"


@pytest.mark.parametrize("call", [kpi_status, score, exceeded])
def test_an_unknown_direction_is_refused(call):
    with pytest.raises(DirectionError) as refusal:
        call(1, TargetValues(target=1, stretch=1), "sideways")
    assert refusal.value.key == "direction-unknown"


def test_stale_data_are_never_healthy_and_bad_news_stays():
    assert with_freshness("on_target", "stale") == "stale"
    assert with_freshness("watch", "stale") == "stale"
    assert with_freshness("off_target", "stale") == "off_target"
    assert with_freshness("no_target", "stale") == "no_target"
    assert with_freshness("no_data", "never") == "no_data"
    assert with_freshness("on_target", "never") == "no_data"
    assert with_freshness("on_target", "due") == "on_target"
    assert with_freshness("watch", "fresh") == "watch"


@pytest.mark.parametrize(
    ("value", "target", "direction", "points"),
    [
        (80, UP, "up", 10 / 3),
        (90, UP, "up", 20 / 3),
        (85, UP, "up", 5),
        (100, UP, "up", 10),
        (150, UP, "up", 10),
        (70, UP, "up", 0),
        (0, UP, "up", 0),
        (15, DOWN, "down", 10 / 3),
        (10, DOWN, "down", 20 / 3),
        (5, DOWN, "down", 10),
        (30, BAND, "within", 10 / 3),
        (40, BAND, "within", 20 / 3),
        (45, BAND, "within", 25 / 3),
        (60, BAND, "within", 20 / 3),
        (80, BAND, "within", 10 / 3),
        (58, BAND, "within", 7),
        (50, BAND, "within", 25 / 3),  # the very middle: the less favourable bound
        (50, TargetValues(low=40, red_low=30, high=60), "within", 10),
        (41, TargetValues(low=40, red_low=30), "within", 7),
        (59, TargetValues(high=60, red_high=50), "within", None),
    ],
)
def test_scores_are_comparable_across_units(value, target, direction, points):
    assert score(value, target, direction) == (None if points is None else pytest.approx(points))


@pytest.mark.parametrize(
    ("value", "target", "direction"),
    [
        (85, TargetValues(target=90), "up"),
        (85, TargetValues(target=90, red_flag=90), "up"),
        (85, TargetValues(target=90, red_flag=95), "up"),
        (41, TargetValues(low=40, high=60, red_high=80), "within"),
        (59, TargetValues(low=40, high=60, red_low=30), "within"),
        (50, TargetValues(low=40, high=60), "within"),
        (50, TargetValues(red_low=40), "within"),
        (None, UP, "up"),
        (NAN, UP, "up"),
        (85, None, "up"),
        (85, TargetValues(red_flag=1), "up"),
    ],
)
def test_without_value_target_or_red_flag_there_is_no_score(value, target, direction):
    assert score(value, target, direction) is None


def test_enormous_and_tiny_figures_are_scored():
    target = TargetValues(target=1.5e308, red_flag=-1.5e308)
    assert score(0, target, "up") == pytest.approx(5)
    assert score(1e300, TargetValues(target=0, red_flag=-5e-324), "up") == 10
    assert score(-1e300, TargetValues(target=5e-324, red_flag=0), "up") == 0
    wide = TargetValues(low=-1e308, high=1e308, red_low=-1.5e308, red_high=1.5e308)
    assert score(1e308, wide, "within") == pytest.approx(20 / 3)


def test_a_stretch_target_can_be_exceeded():
    assert exceeded(95, UP, "up")
    assert not exceeded(94.9, UP, "up")
    assert exceeded(8, DOWN, "down")
    assert not exceeded(8.1, DOWN, "down")
    assert not exceeded(None, UP, "up")
    assert not exceeded(100, None, "up")
    assert not exceeded(100, TargetValues(target=90), "up")
    assert not exceeded(50, TargetValues(stretch=1, low=1), "within")


@pytest.mark.parametrize(
    ("value", "target", "direction", "fresh", "rule", "result"),
    [
        (91, UP, "up", "fresh", "target-met", "on_target"),
        (85, UP, "up", "fresh", "between-target-and-red-flag", "watch"),
        (70, UP, "up", "fresh", "past-red-flag", "off_target"),
        (70, TargetValues(target=90), "up", "fresh", "missed-without-red-flag", "off_target"),
        (50, BAND, "within", "fresh", "inside-band", "on_target"),
        (None, BAND, "within", "fresh", "no-value", "no_data"),
        (50, None, "within", "fresh", "no-target", "no_target"),
        (91, UP, "up", "stale", "stale-overrides", "stale"),
        (91, UP, "up", "never", "no-value", "no_data"),
        (70, UP, "up", "stale", "past-red-flag", "off_target"),
    ],
)
def test_a_status_explains_itself(value, target, direction, fresh, rule, result):
    why = explain_status(value, target, direction, fresh)
    assert (why.rule, why.inputs["result"], why.source) == (rule, result, "method#status")
    assert why.formula
    assert why.inputs["value"] == value
    assert why.inputs["freshness"] == fresh
    assert result == with_freshness(kpi_status(value, target, direction), fresh)


def test_a_score_explains_itself_so_that_it_can_be_recomputed():
    why = explain_score(85, UP, "up")
    red, target, value = (why.inputs[name] for name in ("red_flag", "target", "value"))
    assert why.rule == "score-from-target"
    assert why.inputs["result"] == pytest.approx(10 / 3 + 10 / 3 * (value - red) / (target - red))
    assert explain_score(45, BAND, "within").rule == "score-from-nearer-bound"
    missing = explain_score(45, TargetValues(target=1), "up")
    assert (missing.rule, missing.inputs["result"]) == ("score-missing", None)
    assert "red_flag" not in missing.inputs


figure = st.integers(-1000, 1000)
RANKS = ["off_target", "watch", "on_target"]


@given(figure, figure, st.none() | st.integers(1, 500), st.none() | st.integers(1, 500))
def test_up_is_down_upside_down(value, target, margin, more):
    flag = None if margin is None else target - margin
    stretch = None if more is None else target + more
    up = TargetValues(target=target, red_flag=flag, stretch=stretch)
    down = TargetValues(
        target=-target,
        red_flag=None if flag is None else -flag,
        stretch=None if stretch is None else -stretch,
    )
    assert kpi_status(value, up, "up") == kpi_status(-value, down, "down")
    assert score(value, up, "up") == score(-value, down, "down")
    assert exceeded(value, up, "up") == exceeded(-value, down, "down")


margins = st.none() | st.integers(1, 300)


def band_of(low, width, red_below, red_above):
    return TargetValues(
        low=low,
        high=low + width,
        red_low=None if red_below is None else low - red_below,
        red_high=None if red_above is None else low + width + red_above,
    )


@given(figure, figure, st.integers(0, 300), margins, margins)
def test_a_band_upside_down_is_judged_the_same(value, low, width, red_below, red_above):
    band = band_of(low, width, red_below, red_above)
    mirrored = band_of(-low - width, width, red_above, red_below)
    assert kpi_status(value, band, "within") == kpi_status(-value, mirrored, "within")
    assert score(value, band, "within") == score(-value, mirrored, "within")


@given(figure, figure, st.integers(1, 500), st.sampled_from([0.125, 8, 1024]), st.integers(-500, 500))
def test_score_and_status_do_not_depend_on_unit_or_zero(value, target, margin, scale, shift):
    plain = TargetValues(target=target, red_flag=target - margin)
    moved = TargetValues(target=target * scale + shift, red_flag=(target - margin) * scale + shift)
    assert kpi_status(value, plain, "up") == kpi_status(value * scale + shift, moved, "up")
    assert score(value, plain, "up") == pytest.approx(score(value * scale + shift, moved, "up"))


@given(figure, st.integers(0, 500), figure, st.integers(1, 500))
def test_a_better_value_never_has_a_worse_score_or_status(value, better, target, margin):
    values = TargetValues(target=target, red_flag=target - margin)
    assert 0 <= score(value, values, "up") <= score(value + better, values, "up") <= 10
    ranks = [RANKS.index(kpi_status(v, values, "up")) for v in (value, value + better)]
    assert ranks[0] <= ranks[1]


@given(figure, figure, st.integers(1, 500))
def test_score_and_status_agree(value, target, margin):
    values = TargetValues(target=target, red_flag=target - margin)
    points = score(value, values, "up")
    status = kpi_status(value, values, "up")
    assert (points >= 20 / 3 - 1e-9) == (status == "on_target")
    assert (points < 10 / 3 - 1e-9) == (status == "off_target")


targets = st.none() | st.builds(TargetValues, *[st.none() | st.floats(-1e300, 1e300) for _ in range(7)])


@given(st.sampled_from([None, NAN, math.inf, -math.inf]), targets, st.sampled_from(["up", "down", "within"]))
def test_no_data_never_becomes_healthy(value, target, direction):
    assert kpi_status(value, target, direction) == "no_data"
    assert score(value, target, direction) is None
    assert not exceeded(value, target, direction)


@given(st.floats(-1e300, 1e300), targets, st.sampled_from(["up", "down", "within"]))
def test_any_figures_give_a_status_and_a_score_in_range(value, target, direction):
    assert kpi_status(value, target, direction) in {"on_target", "watch", "off_target", "no_target"}
    points = score(value, target, direction)
    assert points is None or 0 <= points <= 10
    assert with_freshness(kpi_status(value, target, direction), "stale") not in {"on_target", "watch"}
