"""Fans and chances are one curve, mirror each other, and never fail on odd histories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sextant.calc.forecast import LEVELS, LOG_ODDS, MEDIAN, chance_within, log_odds_above, rising
from sextant.calc.forecast_light import light_fan, light_total_fan, season_profile
from sextant.calc.forecast_stack import combined, family_of, signs
from sextant.calc.forecast_sums import total_of
from sextant.calc.forecast_tables import ENSEMBLE, LIGHT, MEMBERS

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
HISTORIES = st.lists(NUMBERS, min_size=8, max_size=40).map(np.array)
ODD = st.lists(st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, 1e-300, 7.5]), min_size=8, max_size=30).map(np.array)
WAVE = 100 + 10 * np.sin(np.arange(60) * np.pi / 6) + np.arange(60) * 7919 % 7
INFINITE = np.array([np.inf])


def above(fan: np.ndarray, target: float) -> float:
    return float(chance_within(fan[None], np.array([target]), INFINITE)[0])


def below(fan: np.ndarray, target: float) -> float:
    return float(chance_within(fan[None], -INFINITE, np.array([target]))[0])


@given(st.lists(NUMBERS, min_size=21, max_size=21), NUMBERS)
def test_what_is_not_above_is_below(quantiles: list[float], target: float) -> None:
    fan = np.sort(np.array(quantiles))
    assert above(fan, target) + below(fan, target) == pytest.approx(1)


@given(st.lists(NUMBERS, min_size=21, max_size=21, unique=True), NUMBERS, st.floats(0, 1e5))
def test_a_higher_target_is_never_more_likely(quantiles: list[float], target: float, more: float) -> None:
    fan = np.sort(np.array(quantiles))
    assert above(fan, target + more) <= above(fan, target) + 1e-12


@given(HISTORIES)
@settings(max_examples=30)
def test_the_chance_at_a_quantile_is_what_the_fan_says(history: np.ndarray) -> None:
    fan = combined(history, "month", (3,), {"light": light_fan(history, "month", (3,))})[0]
    for place in range(1, 20, 3):
        same = np.isclose(fan, fan[place], rtol=1e-9, atol=1e-4 * np.ptp(fan))  # a flat stretch has many levels
        levels = np.array(LEVELS)[same]
        assert 1 - levels.max() - 2e-2 <= above(fan, fan[place]) <= 1 - levels.min() + 2e-2


@given(ODD, st.sampled_from(["hour", "day", "week", "month", "quarter", "year"]))
@settings(max_examples=40)
def test_odd_histories_have_rising_fans(history: np.ndarray, frequency: str) -> None:
    steps = (1, 2, 5)
    with np.errstate(all="ignore"):
        fan = combined(history, frequency, steps, {"light": light_fan(history, frequency, steps)})
        light_total_fan(history, frequency, steps)
    assert fan.shape == (3, len(LEVELS))
    assert not np.any(np.isnan(fan))
    assert np.all(np.diff(fan, axis=1) >= 0)


@given(HISTORIES)
@settings(max_examples=30)
def test_a_history_turned_upside_down_has_its_fan_upside_down(history: np.ndarray) -> None:
    history = np.concatenate([history, -history[:1], history[:1]])  # both signs: no logarithms
    if np.ptp(history) == 0:
        return
    fan, turned = light_fan(history, "week", (2,)), light_fan(-history, "week", (2,))
    assert turned[0, ::-1] == pytest.approx(-fan[0], rel=1e-6, abs=1e-6 * np.ptp(history))


def test_a_history_in_another_unit_has_its_fan_in_that_unit() -> None:
    assert light_fan(WAVE * 1000, "month", (1, 6)) == pytest.approx(light_fan(WAVE, "month", (1, 6)) * 1000)


def test_a_constant_stays_what_it_is() -> None:
    assert light_fan(np.full(40, 5.0), "week", (1, 13)) == pytest.approx(np.full((2, 21), 5.0))


def test_a_season_is_found_and_none_is_not() -> None:
    assert np.ptp(season_profile(WAVE, 12)) > 12
    assert np.ptp(season_profile(np.full(48, 3.0), 12)) == 0
    assert len(season_profile(WAVE[:20], 12)) == 1


def test_the_fan_of_a_wave_follows_the_wave() -> None:
    wave = 100 + 10 * np.sin(np.arange(72) * np.pi / 6)
    fan = light_fan(wave, "month", tuple(range(1, 13)))
    assert fan[:, MEDIAN] == pytest.approx(100 + 10 * np.sin((71 + np.arange(1, 13)) * np.pi / 6), abs=1.5)


def test_a_sum_of_equals_is_their_sum() -> None:
    total = light_total_fan(np.full(40, 5.0), "week", (1, 4, 13))
    assert total[:, MEDIAN] == pytest.approx([5, 20, 65])
    path = np.array([10 + LOG_ODDS] * 4)
    assert total_of(path, (4,))[0, MEDIAN] == pytest.approx(40)
    assert np.ptp(total_of(path, (4,))) < 4 * np.ptp(path[0])


def test_members_that_agree_are_believed() -> None:
    fan = (50 + 3 * LOG_ODDS)[None]
    told = combined(WAVE, "month", (1,), dict.fromkeys(MEMBERS, fan), with_signs=False)[0]
    assert told[MEDIAN] == pytest.approx(50, abs=1e-3)
    missing = combined(WAVE, "month", (1,), {"light": fan, "ets": fan}, with_signs=False)[0]
    assert missing == pytest.approx(told, abs=1e-6)


@given(
    st.lists(st.floats(-50, 50), min_size=5, max_size=5), st.sampled_from([("week", 60), ("month", 60), ("day", 90)])
)
@settings(max_examples=30)
def test_members_that_differ_still_make_a_fan(middles: list[float], which: tuple[str, int]) -> None:
    frequency, points = which
    fans = {name: (middle + 2 * LOG_ODDS)[None] for name, middle in zip(MEMBERS, middles, strict=True)}
    found = combined(np.tile(WAVE, 2)[:points], frequency, (1,), fans)[0]
    assert np.all(np.diff(found) >= 0)


def test_no_weight_turns_a_fan_round() -> None:
    for table in (ENSEMBLE, LIGHT):
        assert set(table) == {"week", "month", "day", "short"}
        for weights in table.values():
            assert min(weights.members) >= 0
            assert sum(weights.members) > abs(weights.horizon) / 2
            assert 0.5 < weights.scale < 2


def test_signs_point_where_the_value_may_go_and_no_further_than_four() -> None:
    found = signs(np.r_[np.full(40, 10.0), 1e9], "month", 3, 10 + LOG_ODDS)
    assert np.abs(found).max() == 4
    assert family_of("tertial", 5) == "short"


def test_equal_quantiles_are_held_apart() -> None:
    held = rising(np.zeros((2, 21)))
    assert np.all(np.diff(held, axis=1) > 0)
    assert log_odds_above(np.zeros((1, 21)), np.array([[-1.0, 1.0]]))[0] == pytest.approx([8, -8])
