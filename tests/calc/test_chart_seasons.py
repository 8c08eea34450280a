from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.limits import LimitError, LimitSettings, Season, process_chart, season_places, seasonal_factors
from sextant.calc.periods import Frequency, hour_of, period_of, shift

at = datetime.fromisoformat

NAN = float("nan")


def starts_of(frequency, first, count):
    period = period_of(first, frequency)
    starts = []
    for _ in range(count):
        starts.append(period.start)
        period = shift(period, 1)
    return starts


@pytest.mark.parametrize(
    ("frequency", "first", "length", "places"),
    [
        (Frequency.MONTH, at("2026-03-01"), 12, [2, 3, 4]),
        (Frequency.MONTH, at("1969-12-01"), 12, [11, 0, 1]),
        (Frequency.QUARTER, at("2026-10-01"), 4, [3, 0, 1]),
        (Frequency.TERTIAL, at("2026-05-01"), 3, [1, 2, 0]),
        (Frequency.HALF, at("2026-07-01"), 2, [1, 0, 1]),
        (Frequency.DAY, at("2026-03-15"), 7, [6, 0, 1]),  # a Sunday
        (Frequency.HOUR, at("2026-03-14T23:00"), 24, [23, 0, 1]),
        (Frequency.HOUR, at("2026-03-15T23:00"), 168, [167, 0, 1]),
        (Frequency.WEEK, at("2026-12-22"), 52, [51, 51, 0]),  # 2026 has a week 53
        (Frequency.WEEK, at("2026-12-22"), 53, [51, 52, 0]),
        (Frequency.WEEK, at("1970-01-05"), 4, [1, 2, 3]),
    ],
)
def test_places_in_a_season_are_anchored_in_the_calendar(frequency, first, length, places):
    assert list(season_places(starts_of(frequency, first, 3), length)) == places


def test_a_period_keeps_its_place_in_every_excerpt_of_the_series():
    starts = starts_of(Frequency.MONTH, at("2020-01-01"), 40)
    assert list(season_places(starts, 12)[7:]) == list(season_places(starts[7:], 12))


def test_one_period_alone_has_a_place():
    assert list(season_places([hour_of(at("2026-03-14T05:00"))], 24)) == [5]


def test_a_multiplicative_season_on_a_trend_is_found():
    starts = starts_of(Frequency.MONTH, at("2022-01-01"), 36)
    truth = np.array([0.8, 0.9, 1.0, 1.1, 1.2, 1.0, 0.7, 0.8, 1.1, 1.2, 1.1, 1.1])
    values = (100 + 2 * np.arange(36)) * np.tile(truth, 3)
    assert seasonal_factors(values, starts, 12) == pytest.approx(truth, abs=1e-3)


def test_an_additive_season_with_gaps_and_a_step_is_found():
    starts = starts_of(Frequency.DAY, at("2026-03-16"), 70)
    truth = np.array([3.0, 1, 0, 0, 1, -2, -3])
    values = np.tile(truth, 10) + np.where(np.arange(70) < 30, 0.0, 50.0)
    values[[5, 12, 40]] = NAN
    assert seasonal_factors(values, starts, 7, "additive", [30]) == pytest.approx(truth, abs=1e-3)


def test_less_than_two_seasons_give_neutral_factors():
    starts = starts_of(Frequency.MONTH, at("2022-01-01"), 23)
    assert seasonal_factors(np.arange(23) + 1.0, starts, 12) == (1.0,) * 12
    assert seasonal_factors(np.arange(23) + 1.0, starts, 12, "additive") == (0.0,) * 12


def test_a_place_without_values_has_a_neutral_factor():
    starts = starts_of(Frequency.QUARTER, at("2010-01-01"), 40)
    values = np.tile([1.0, NAN, 2, 3], 10)
    assert seasonal_factors(values, starts, 4)[1] == 1
    assert seasonal_factors(values, starts, 4, "additive")[1] == 0


def test_a_segment_without_values_or_with_few_does_no_harm():
    values = np.array([NAN] * 3 + [1.0, 2.0] * 10)
    assert seasonal_factors(values, range(23), 2, "additive", [3, 21]) == pytest.approx((0.5, -0.5), abs=0.05)


@pytest.mark.parametrize("values", [[0.0, 0, 0, 0] * 3, [-1.0, 2, -3, 4] * 3, [-5.0, -4, -5, -4] * 3])
def test_values_that_cannot_be_multiplied_are_refused(values):
    with pytest.raises(LimitError) as refusal:
        seasonal_factors(values, range(12), 4)
    assert refusal.value.key == "season-needs-positive-values"


def test_the_chart_of_such_values_uses_an_additive_season_and_says_so():
    chart = process_chart(range(12), [-1.0, 2, -3, 4] * 3, LimitSettings(season_length=4))
    assert chart.season is not None
    assert (chart.season.kind, chart.season.estimated) == ("additive", True)
    assert chart.has_limits


@pytest.mark.parametrize("kind", ["multiplicative", "additive"])
def test_limits_wave_with_the_season(kind):
    factors = (0.5, 1.5) if kind == "multiplicative" else (-5.0, 5.0)
    settings = LimitSettings(season_length=2, seasonal_factors=factors, season_kind=kind)
    values = [5, 15] * 6
    values[3] += 1
    chart = process_chart(range(12), values, settings)
    upper = chart.segments[0].upper
    assert upper[1] > upper[0]
    assert upper[::2] == pytest.approx(upper[0])
    assert chart.season == Season(kind, factors)
    flat = process_chart(range(12), values)
    assert (chart.segments[0].upper - chart.segments[0].lower).max() < flat.upper_now - flat.lower_now


def test_moving_ranges_are_taken_without_the_season():
    settings = LimitSettings(season_length=2, seasonal_factors=(0.5, 1.5))
    chart = process_chart(range(8), [5, 15] * 4, settings)
    assert list(chart.moving_ranges[1:]) == [0] * 7


def test_an_unusual_value_is_marked_against_the_season_not_against_the_mean():
    settings = LimitSettings(season_length=4, seasonal_factors=(0.5, 1, 1.5, 1), locked_to=39)
    rng = np.random.default_rng(3)
    values = np.tile([50.0, 100, 150, 100], 11) * (1 + rng.normal(0, 0.01, 44))
    values[42] = 100  # an ordinary figure for the year, a poor one for this season
    chart = process_chart(range(44), values, settings)
    assert [(m.index, m.side) for m in chart.marks if m.rule == "outside"] == [(42, "below")]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (LimitSettings(season_length=4, seasonal_factors=(1, 1)), "season-factors-do-not-match"),
        (LimitSettings(season_length=2, seasonal_factors=(1, 0)), "season-not-positive"),
        (LimitSettings(season_length=2, seasonal_factors=(1, NAN)), "season-not-finite"),
        (LimitSettings(season_length=2, season_kind="lunar"), "season-kind-unknown"),
    ],
)
def test_seasons_that_cannot_be_used_are_refused(settings, key):
    with pytest.raises(LimitError) as refusal:
        process_chart(range(10), range(10), settings)
    assert refusal.value.key == key


def test_a_season_of_one_period_is_none():
    assert process_chart(range(10), range(10), LimitSettings(season_length=1)).season is None
    assert process_chart([], [], LimitSettings(season_length=12)).season is None


@given(st.lists(st.integers(1, 1000), min_size=8, max_size=60), st.sampled_from([0.25, 3, 1000]))
def test_factors_do_not_depend_on_the_unit(values, scale):
    factors = seasonal_factors(values, range(len(values)), 4)
    assert seasonal_factors([v * scale for v in values], range(len(values)), 4) == pytest.approx(factors)
    assert sum(factors) == pytest.approx(4)


@given(st.lists(st.floats(-100, 100), min_size=8, max_size=60), st.integers(-50, 50))
def test_additive_factors_sum_to_zero_and_mirror(values, shift):
    factors = np.array(seasonal_factors(values, range(len(values)), 4, "additive"))
    assert factors.sum() == pytest.approx(0, abs=1e-9)
    mirrored = seasonal_factors([shift - v for v in values], range(len(values)), 4, "additive")
    assert mirrored == pytest.approx(-factors, abs=1e-6)
