"""When a series or a target is worth a second look, and when what is seen has a plain reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.second_looks import frozen, is_easier, is_late, long_met, resolution, too_smooth
from sextant.calc.targets import TargetValues

NOISE = np.random.default_rng(3).normal(size=60)
LIVELY = np.round(64 + 3 * NOISE[:20], 1)
QUIET = np.round(64 + 0.1 * NOISE[30:38], 1)
scales = st.floats(0.01, 1000).map(lambda figure: float(f"{figure:.3g}"))


def held(values: np.ndarray, times: int, value: float = 64.3) -> np.ndarray:
    return np.concatenate([values, [value] * times])


def test_the_same_value_four_times_in_a_lively_series_stands_still() -> None:
    found = frozen(held(LIVELY, 4), 12)
    assert found is not None
    assert (found.first, found.count, found.value) == (20, 4, 64.3)
    assert found.a_year < 0.01


def test_three_times_are_nothing() -> None:
    assert frozen(held(LIVELY, 3), 12) is None


def test_coarse_rounding_explains_repeats() -> None:
    assert frozen(held(np.round(LIVELY / 5) * 5, 4, 60), 12) is None


def test_small_counts_repeat_by_chance() -> None:
    few = np.array([2, 1, 3, 0, 4, 2, 5, 1, 2, 3, 1, 0, 2, 4, 1, 3, 5, 2, 1, 0], float)
    assert frozen(held(few, 4, 2), 12, is_count=True) is None


@pytest.mark.parametrize("bound", [0.0, 100.0])
def test_a_series_at_its_bound_stands_there_for_a_reason(bound: float) -> None:
    assert frozen(held(LIVELY, 6, bound), 12, lower=0.0, upper=100.0) is None


def test_a_series_that_always_repeated_itself_does_not_begin_to_stand_still() -> None:
    stepwise = np.repeat(LIVELY, 4)
    assert frozen(held(stepwise, 4), 12) is None


def test_a_machine_needs_a_longer_run_than_a_hand() -> None:
    assert frozen(held(LIVELY, 4), 12, is_by_hand=False) is None
    assert frozen(held(LIVELY, 5), 12, is_by_hand=False) is not None


def test_a_gap_ends_a_run() -> None:
    assert frozen(np.concatenate([held(LIVELY, 2), [np.nan], [64.3, 64.3]]), 12) is None


def test_without_a_past_nothing_stands_still() -> None:
    assert frozen([64.3] * 10, 12) is None
    assert frozen([], 12) is None


@given(st.integers(4, 12), st.integers(0, 10))
def test_a_longer_run_is_never_less_worth_a_look(count: int, more: int) -> None:
    shorter, longer = frozen(held(LIVELY, count), 52), frozen(held(LIVELY, count + more), 52)
    assert shorter is None or (longer is not None and longer.a_year <= shorter.a_year)


def test_steps_under_a_fifth_of_the_usual_are_too_smooth() -> None:
    found = too_smooth(np.concatenate([LIVELY, np.linspace(64, 64.7, 8)]))
    assert found is not None
    assert found.first == 20
    assert found.step == pytest.approx(0.1)
    assert found.usual > 5 * found.step


def test_a_series_that_goes_on_as_before_is_not_too_smooth() -> None:
    assert too_smooth(np.round(64 + 3 * NOISE[:28], 1)) is None


def test_sixteen_earlier_values_are_needed() -> None:
    smooth = np.linspace(64, 64.7, 8)
    assert too_smooth(np.concatenate([LIVELY[:15], smooth])) is None
    assert too_smooth(np.concatenate([LIVELY[:16], smooth])) is not None


def test_a_quiet_season_that_came_before_explains_the_quiet() -> None:
    season = np.concatenate([LIVELY, np.linspace(64, 64.7, 8), LIVELY])
    assert too_smooth(np.concatenate([season, np.linspace(64, 64.7, 8)])) is None


def test_little_room_to_a_bound_explains_small_steps() -> None:
    near = np.concatenate([60 + 3 * NOISE[:20], [99.1, 99.3, 99.2, 99.4, 99.3, 99.5, 99.4, 99.5]])
    assert too_smooth(near, lower=0.0, upper=100.0) is None
    assert too_smooth(near) is not None


def test_rounding_that_hides_small_steps_explains_them() -> None:
    coarse = np.round(64 + 1.2 * NOISE[:20])
    assert too_smooth(np.concatenate([coarse, [64, 64, 64, 64, 64, 64, 64, 65]])) is None


def test_standing_still_is_not_called_smooth() -> None:
    assert too_smooth(held(LIVELY, 8)) is None


@given(scales, st.floats(-1000, 1000).map(round))
def test_smoothness_knows_no_unit(scale: float, shift: int) -> None:
    values = np.concatenate([64 + 3 * NOISE[:20], 64 + np.linspace(0, 0.7, 8)])
    found = too_smooth(values * scale + shift)
    assert found is not None
    assert found.step == pytest.approx(0.1 * scale, rel=1e-6, abs=1e-9)


@given(scales)
def test_standing_still_knows_no_direction(scale: float) -> None:
    up, down = frozen(held(LIVELY, 5) * scale, 12), frozen(-held(LIVELY, 5) * scale, 12)
    assert up is not None
    assert down is not None
    assert up.a_year == pytest.approx(down.a_year)


def test_a_target_left_behind_by_the_whole_normal_range_is_long_met() -> None:
    values = [90.0, 92.0, 91.0, 90.0, 91.5, 90.5]
    assert long_met(values, 80, "up", 86, 95) == pytest.approx(90.75)
    assert long_met(values, 82, "up", 86, 95) is None
    assert long_met(values, 100, "down", 86, 95) == pytest.approx(90.75)
    assert long_met([70.0, *values], 80, "up", 86, 95) is None  # it did vary that much
    assert long_met(values[:5], 80, "up", 86, 95) is None
    assert long_met(values, None, "up", 86, 95) is None


def test_a_target_is_easier_when_less_is_asked_for() -> None:
    eighty, ninety = TargetValues(target=80), TargetValues(target=90)
    assert is_easier(ninety, eighty, "up")
    assert is_easier(eighty, ninety, "down")
    assert not is_easier(eighty, ninety, "up")
    assert not is_easier(eighty, eighty, "up")
    assert is_easier(eighty, None, "up")
    assert not is_easier(None, eighty, "up")
    assert is_easier(TargetValues(low=3, high=5), TargetValues(low=2, high=5), "within")
    assert is_easier(TargetValues(low=3, high=5), TargetValues(low=3), "within")
    assert not is_easier(TargetValues(low=3, high=5), TargetValues(low=3.5, high=5), "within")


def test_late_is_the_last_third_and_everything_after() -> None:
    assert not is_late(0, 300, 199)
    assert is_late(0, 300, 200)
    assert is_late(0, 300, 5000)


@pytest.mark.parametrize(
    ("values", "step"), [([64.3, 70.1], 0.1), ([15, 30, 45], 5), ([20, 40], 20), ([0, 0], 0), ([1 / 3, 2 / 7], 0)]
)
def test_what_values_are_rounded_to_is_seen_in_them(values: list[float], step: float) -> None:
    assert resolution(values) == pytest.approx(step)


def test_honest_series_are_hardly_ever_worth_a_look() -> None:
    """A sample of the measured rate (docs/method/second-looks.md): under 1 in 100 series-years."""
    draw = np.random.default_rng(11)
    found = 0
    for _ in range(60):
        values = np.round(70 + 3 * draw.normal(size=48), 1)
        found += sum(
            frozen(values[:end], 12) is not None or too_smooth(values[:end]) is not None for end in range(36, 49)
        )
    assert found == 0
