import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc import effects
from sextant.calc.effects import Effect, effect, explain_effect, odds

NAN = float("nan")
anything = st.floats(allow_nan=True, allow_infinity=True, width=64)


def noisy(count: int, seed: int = 1, phi: float = 0.0) -> np.ndarray:
    """So many values around 100 that scatter by about 1."""
    made = np.random.default_rng(seed).standard_normal(count)
    for index in range(1, count):
        made[index] = phi * made[index - 1] + (1 - phi**2) ** 0.5 * made[index]
    return 100 + made


def stepped(size: float, before: int = 60, since: int = 13, seed: int = 1) -> np.ndarray:
    values = noisy(before + since, seed)
    values[before:] += size
    return values


def test_a_plain_step_up_is_a_change_for_the_better_with_its_size_and_range() -> None:
    found = effect(stepped(5), 60)
    assert found.verdict == "better"
    assert found.size == pytest.approx(5, abs=0.8)
    assert found.low is not None
    assert found.high is not None
    assert 3.5 < found.low < 5 < found.high < 6.5
    assert found.relative == pytest.approx(0.05, abs=0.01)
    assert found.expected == pytest.approx(100, abs=1)
    assert found.surprise is not None
    assert found.surprise < 0.001
    assert (found.points, found.history, found.first, found.last) == (13, 60, 60, 72)


def test_where_lower_is_better_the_same_step_is_for_the_worse() -> None:
    assert effect(stepped(5), 60, direction="down").verdict == "worse"
    assert effect(stepped(-5), 60, direction="down").verdict == "better"
    assert effect(stepped(-5), 60).verdict == "worse"


@pytest.mark.parametrize(
    ("band", "verdict"),
    [((None, None), "changed"), ((104, 106), "better"), ((99, 101), "worse"), ((90, 110), "changed")],
)
def test_within_a_band_it_is_better_to_come_nearer_to_it(band: effects.Band, verdict: str) -> None:
    assert effect(stepped(5), 60, direction="within", band=band).verdict == verdict


def test_a_number_that_goes_on_as_before_gives_no_evidence() -> None:
    found = effect(noisy(80), 60)
    assert found.verdict == "no_evidence"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_a_trend_that_goes_on_is_no_effect() -> None:
    assert effect(noisy(80) + np.arange(80), 60).verdict == "no_evidence"


def test_a_steep_rise_in_less_than_a_season_that_goes_on_is_no_effect() -> None:
    found = effect(noisy(48) + 40 * np.arange(48), 39, season_length=52)
    assert found.verdict == "no_evidence"
    assert found.size == pytest.approx(0, abs=3)


def test_a_season_that_comes_round_again_is_no_effect() -> None:
    season = 5 * np.sin(2 * np.pi * np.arange(80) / 12)
    assert effect((noisy(80) + season)[:78], 72, season_length=12).verdict == "no_evidence"
    values = noisy(80) + season
    values[72:] += 4
    assert effect(values[:78], 72, season_length=12).verdict == "better"


def test_a_single_spike_after_the_action_is_no_new_level() -> None:
    values = noisy(73)
    values[65] += 40
    assert effect(values, 60).verdict == "no_evidence"


def test_an_old_outlier_hides_nothing() -> None:
    values = stepped(3)
    values[20] += 60
    assert effect(values, 60).verdict == "better"


def test_numbers_that_hang_together_are_less_surprising() -> None:
    loose = noisy(73, 3)
    loose[60:] += 2
    values = noisy(73, 3, phi=0.8)
    values[60:] += 2
    free, tied = effect(loose, 60), effect(values, 60)
    assert free.surprise is not None
    assert tied.surprise is not None
    assert tied.surprise > free.surprise


def test_a_level_known_to_have_settled_before_is_not_taken_for_trend() -> None:
    values = noisy(80)
    values[30:] += 10
    found = effect(values, 60, dividers=[30])
    assert found.verdict == "no_evidence"
    assert found.expected == pytest.approx(110, abs=1.2)


@pytest.mark.parametrize(
    ("before", "since", "verdict"), [(19, 30, "not_enough_history"), (20, 3, "too_early"), (60, 0, "too_early")]
)
def test_too_few_values_are_said_to_be_too_few(before: int, since: int, verdict: str) -> None:
    found = effect(noisy(before + since), before)
    assert (found.verdict, found.size, found.is_real) == (verdict, None, False)


def test_missing_values_count_for_nothing() -> None:
    values = stepped(5)
    values[60:70] = NAN
    assert effect(values, 60).verdict == "too_early"
    values = stepped(5)
    values[5:50] = NAN
    assert effect(values, 60).verdict == "not_enough_history"


def test_only_so_many_periods_after_the_action_are_judged() -> None:
    values = noisy(200)
    values[120:] += 50
    assert effect(values, 60).verdict == "no_evidence"
    assert effect(values, 60).last == 60 + effects.MOST_POINTS - 1


def test_what_comes_later_does_not_change_what_was_expected() -> None:
    assert effect(stepped(5), 60).expected == pytest.approx(effect(stepped(9), 60).expected)


def test_odds_promise_no_more_than_holds() -> None:
    assert [odds(one) for one in (1.0, 0.5, 0.04, 0.03, 0.004, 0.0)] == [1, 2, 25, 30, 200, 1000]


def test_the_explanation_names_what_went_in() -> None:
    why = explain_effect(effect(stepped(5), 60))
    assert (why.rule, why.inputs["result"], why.inputs["history"]) == ("effect-better", "better", 60)
    assert "size" not in explain_effect(effect(noisy(5), 3)).inputs


@given(st.integers(0, 500), st.floats(-8, 8))
def test_a_series_turned_upside_down_gives_the_mirrored_effect(seed: int, size: float) -> None:
    one, other = effect(stepped(size, seed=seed), 60), effect(-stepped(size, seed=seed), 60, direction="down")
    assert one.verdict == other.verdict
    assert one.size == pytest.approx(-(other.size or 0), abs=1e-7)
    assert one.surprise == pytest.approx(other.surprise, abs=1e-7)


@given(st.integers(0, 500), st.floats(0.01, 1e6), st.floats(-1e4, 1e4))
def test_another_unit_gives_the_same_verdict(seed: int, scale: float, shift: float) -> None:
    one = effect(stepped(3, seed=seed), 60)
    other = effect(stepped(3, seed=seed) * scale + shift, 60)
    assert one.verdict == other.verdict
    assert other.size == pytest.approx((one.size or 0) * scale, rel=1e-3)


@given(st.floats(-1e12, 1e12), st.integers(24, 120), st.sampled_from([0, 7, 12, 52]))
def test_a_constant_series_gives_no_evidence(level: float, count: int, season: int) -> None:
    assert effect(np.full(count, level), count - 4, season_length=season).verdict == "no_evidence"


@given(
    st.lists(anything, max_size=60), st.integers(-5, 80), st.sampled_from([0, 2, 7, 12, 24, 52]),
    st.lists(st.integers(-3, 70), max_size=3),
)  # fmt: skip
def test_no_input_breaks_it(values: list[float], action: int, season: int, dividers: list[int]) -> None:
    found = effect(values, action, season_length=season, dividers=dividers)
    assert found.verdict in effects.VERDICTS
    if found.surprise is not None:
        assert 0 <= found.surprise <= 1


@pytest.mark.parametrize("size", [1e300, -1e300, 1e-300, 5e-324, 1.7e308])
def test_sizes_at_the_edge_of_what_a_float_holds_are_judged(size: float) -> None:
    values = noisy(60) * 0 + size
    values[40:] = 0
    assert isinstance(effect(values, 40), Effect)
    values[::2] *= -1
    assert isinstance(effect(values, 40, season_length=12), Effect)


def test_few_verdicts_are_wrong_where_nothing_happened_and_most_steps_are_found() -> None:
    found = [effect(noisy(73, seed, 0.3), 60).is_real for seed in range(200)]
    assert sum(found) <= 14
    steps = []
    for seed in range(200):
        values = noisy(73, seed, 0.3)
        values[60:] += 2
        steps.append(effect(values, 60).verdict == "better")
    assert sum(steps) >= 170
