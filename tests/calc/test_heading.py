import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.heading import heading

NAN = float("nan")


def going(slope: float, count: int = 13, seed: int = 1) -> np.ndarray:
    return 100 + slope * np.arange(count) + np.random.default_rng(seed).standard_normal(count) / 10


def test_up_is_towards_a_target_above_and_away_where_less_is_better() -> None:
    assert heading(going(1), 120, "up").way == "towards"
    assert heading(going(1), 90, "down").way == "away"
    assert heading(going(-1), 120, "up").way == "away"
    assert heading(going(-1), 80, "down").way == "towards"


def test_the_pace_says_when_the_target_is_met_or_missed() -> None:
    assert heading(going(1), 116, "up").periods == 4
    assert heading(going(-1), 86.5, "up").periods == 2  # still met
    assert heading(going(1), 1000, "up").periods is None  # too far off to say


def test_a_number_that_wanders_about_heads_nowhere() -> None:
    found = heading(going(0), 120, "up")
    assert (found.way, found.periods) == ("none", None)


def test_a_season_is_no_trend() -> None:
    values = 10 * np.sin(2 * np.pi * np.arange(120) / 24) + np.random.default_rng(1).standard_normal(120) / 10
    assert heading(values[:103], 1000, "up").way != "none"  # without knowing of the season
    assert heading(values[:103], 1000, "up", season_length=24).way == "none"


def test_one_wild_value_changes_little() -> None:
    values = going(1)
    values[6] = 900
    assert heading(values, 130, "up").slope == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("target", [None, NAN, float("inf")])
def test_without_a_target_there_is_no_way(target: float | None) -> None:
    assert heading(going(1), target, "up").way == "none"
    assert heading(going(1), 120, "within").way == "none"


def test_too_few_values_say_nothing() -> None:
    assert heading(going(1, 7), 120, "up").way == "none"
    values = going(1)
    values[2:10] = NAN
    assert heading(values, 120, "up").way == "none"


@given(st.integers(0, 300), st.floats(-2, 2))
def test_upside_down_is_the_same(seed: int, slope: float) -> None:
    one = heading(going(slope, seed=seed), 120, "up")
    other = heading(-going(slope, seed=seed), -120, "down")
    assert (one.way, one.slope, one.periods) == (other.way, -other.slope, other.periods)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40), st.floats(), st.sampled_from([0, 7, 12]))
def test_no_input_breaks_it(values: list[float], target: float, season: int) -> None:
    assert heading(values, target, "up", season_length=season).way in ("towards", "away", "none")


@given(st.floats(-1e300, 1e300), st.integers(0, 40))
def test_a_constant_series_heads_nowhere(level: float, count: int) -> None:
    assert heading(np.full(count, level), 5, "up", season_length=12).way == "none"
