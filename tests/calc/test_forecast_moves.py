"""Moves are explained by what came before them, never beyond what was seen, and errors have the usual tails."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sextant.calc.forecast import LEVELS, LOG_ODDS, MEDIAN
from sextant.calc.forecast_light import error_quantiles
from sextant.calc.forecast_moves import moves_fans

SEASON = 100 + 10 * np.sin(np.arange(73.0) * np.pi / 6)
NOISY = SEASON + np.arange(73.0) * 7919 % 7
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
ODD = st.lists(st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, 1e-300, 7.5]), min_size=8, max_size=30).map(np.array)


@pytest.mark.parametrize("name", ["moves", "waves"])
def test_a_season_goes_on(name: str) -> None:
    steps = tuple(range(1, 7))
    coming = 100 + 10 * np.sin((72 + np.arange(1, 7)) * np.pi / 6)
    assert moves_fans(SEASON, "month", steps)[name][:, MEDIAN] == pytest.approx(coming, abs=4)


@given(ODD, st.sampled_from(["hour", "day", "week", "month", "quarter", "year"]), st.booleans())
@settings(max_examples=40)
def test_odd_histories_have_rising_fans_where_there_are_moves_to_see(
    history: np.ndarray, frequency: str, sums: bool
) -> None:
    with np.errstate(all="ignore"):
        for fan in moves_fans(history, frequency, (1, 2, 5), sums=sums).values():
            seen = fan[~np.isnan(fan).all(axis=1)]
            assert not np.any(np.isnan(seen))
            assert np.all(np.diff(seen, axis=1) >= 0)


@given(st.lists(NUMBERS, min_size=20, max_size=40).map(np.array))
@settings(max_examples=30)
def test_a_history_turned_upside_down_has_its_fans_upside_down(history: np.ndarray) -> None:
    history = np.concatenate([history, -history[:1], history[:1]])  # both signs: no logarithms
    fans, turned = moves_fans(history, "week", (2,)), moves_fans(-history, "week", (2,))
    for name, fan in fans.items():
        assert turned[name][0, ::-1] == pytest.approx(-fan[0], rel=1e-6, abs=1e-6 * np.ptp(history) + 1e-12)


def test_a_history_in_another_unit_has_its_fans_in_that_unit() -> None:
    for sums in (False, True):
        once, more = (moves_fans(NOISY * unit, "month", (1, 6), sums=sums) for unit in (1, 1000))
        assert more["moves"] == pytest.approx(once["moves"] * 1000)


def test_after_a_break_no_move_is_expected_that_was_never_seen() -> None:
    broken = np.r_[np.linspace(3600, 3790, 35), [697, 685, 687, 668, 695]]
    for fan in moves_fans(broken, "week", (5, 13)).values():
        assert np.all(fan[:, MEDIAN] < 5 * 3790)
        assert np.all(fan[:, MEDIAN] > 695 / 6)


def test_steps_that_the_past_shows_too_few_moves_over_are_left_open() -> None:
    fan = moves_fans(NOISY[:24], "month", (1, 9, 10, 20))["moves"]
    assert np.isnan(fan).all(axis=1).tolist() == [False, False, False, True]
    assert np.isnan(moves_fans(NOISY[:8], "month", (3,))["waves"]).all()


def test_sums_of_one_period_are_its_value_and_of_equals_their_sum() -> None:
    values, sums = (moves_fans(NOISY, "month", (1,), sums=sums) for sums in (False, True))
    for name, fan in values.items():
        assert sums[name] == pytest.approx(fan)
    assert moves_fans(np.full(40, 5.0), "month", (3, 6), sums=True)["waves"][:, MEDIAN] == pytest.approx([15, 30])


def test_few_errors_are_taken_to_have_the_usual_shape_and_many_to_have_their_own() -> None:
    lone, even = np.array([-1.0, 1.0] * 3), np.array([-1.0, 1.0] * 3000)
    usual = LOG_ODDS * np.sqrt(3) / np.pi
    assert error_quantiles(lone, np.ones(6), 6000) == pytest.approx(usual, rel=2e-3)
    assert error_quantiles(even, np.ones(6000), 1)[LEVELS.index(0.95)] == pytest.approx(1, abs=1e-2)
    skewed = error_quantiles(np.array([0.0, 0, 0, 0, 0, 9]), np.ones(6), 1)
    assert skewed == pytest.approx(-skewed[::-1])
