"""Values every few minutes, judged by how far each series has strayed before."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sextant.calc.findings import DetectionSettings, detect
from sextant.calc.findings_fine import NO_SCORE, own_surprise, surprise_in_past

DAY = 48


def days(count: int = 20, seed: int = 3) -> NDArray[np.float64]:
    """Half-hours with a daily wave."""
    at = np.arange(count * DAY)
    return 50 + 5 * np.sin(2 * np.pi * at / DAY) + np.random.default_rng(seed).standard_normal(len(at))


def found(values: NDArray[np.float64]) -> list[int]:
    settings = DetectionSettings(season_length=DAY)
    return [one.found for one in detect(values, "minute", settings).findings if one.found >= 300]


def test_a_level_that_moves_is_one_finding_and_no_second_one_soon() -> None:
    values = days()
    values[600:] += 12
    alerts = [at for at in found(values) if at >= 600]
    assert alerts[0] < 612
    assert len([at for at in alerts if at <= alerts[0] + 120]) == 1


def test_a_day_that_is_left_out_shows_against_the_week_before() -> None:
    values = days(40)
    values[1632:1680] = 50 + np.random.default_rng(4).standard_normal(48)
    assert any(1632 <= at < 1680 for at in found(values))


def test_what_was_said_of_a_value_never_changes_when_later_ones_come() -> None:
    values = days(24)
    values[1000:] += 6
    settings = DetectionSettings(season_length=DAY)
    whole, part = (detect(values[:size], "minute", settings) for size in (None, 1037))
    np.testing.assert_allclose(whole.scores[:1037], part.scores, rtol=1e-5, atol=1e-4)
    assert [one.found for one in whole.findings if one.found < 1037] == [one.found for one in part.findings]


@pytest.mark.parametrize("values", [np.full(700, 0.7), np.full(700, np.nan), np.zeros(0), np.full(3, 1e300)])
def test_what_never_changes_or_is_not_there_raises_nothing(values: NDArray[np.float64]) -> None:
    assert detect(values, "minute").findings == ()


def test_the_surprise_is_how_many_earlier_values_it_takes() -> None:
    figures = np.random.default_rng(6).exponential(size=20_000)
    told = surprise_in_past(figures)[10_000:]
    for size in (5.0, 6.0):
        assert np.mean(told >= size) == pytest.approx(np.exp(-size), rel=0.5)


def test_a_season_without_length_counts_days_of_288_values() -> None:
    values = days()
    score, looks = own_surprise(values, np.zeros(len(values)), 0)
    assert score.max() > NO_SCORE
    assert set(looks.tolist()) <= {0, 11}
