"""The deviation detector: what it finds, what it leaves alone, and what never changes its mind."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sextant.calc.findings import POINTS_NEEDED, Detection, DetectionSettings, Kept, detect, detect_many
from sextant.calc.findings_budget import DEFAULT_BUDGETS, PER_YEAR, surprise, threshold
from sextant.calc.findings_tracks import SINGLE, STEP, evidence

Floats = NDArray[np.float64]
FREQUENCIES = ("hour", "day", "week", "month")
few = settings(max_examples=5, deadline=None)
seeds = st.integers(0, 10_000)


def noise(seed: int, count: int = 90, level: float = 100.0, size: float = 2.0) -> Floats:
    return level + size * np.random.default_rng(seed).standard_normal(count)


def stepped(seed: int, at: int = 60, step: float = 8.0, count: int = 90) -> Floats:
    values = noise(seed, count)
    values[at:] += step
    return values


def told(detection: Detection) -> list[tuple[str, int, int, str]]:
    return [(one.kind, one.first, one.found, one.side) for one in detection.findings]


def test_a_step_is_found_soon_with_its_beginning_side_and_size() -> None:
    found = detect(stepped(1, count=80), "week").open
    assert found is not None
    assert (found.kind, found.side) == ("deviation", "above")
    assert 58 <= found.first <= found.found <= 64
    assert found.gap == pytest.approx(8, abs=3)
    assert found.relative == pytest.approx(0.08, abs=0.03)
    assert found.surprise < DEFAULT_BUDGETS["week"]


def test_one_deviation_is_one_finding_however_long_it_lasts() -> None:
    found = [one for one in detect(stepped(3, step=12.0), "week").findings if one.first >= 58]
    assert len(found) == 1
    assert found[0].last > found[0].found + 10


def test_a_spike_of_a_daily_kpi_is_one_unusual_value() -> None:
    values = noise(4, 120)
    values[80] += 16
    assert [
        (one.kind, one.found, one.last, one.is_open) for one in detect(values, "day").findings if one.found >= 80
    ] == [("unusual", 80, 80, False)]


def test_an_unusual_value_that_stays_becomes_a_deviation() -> None:
    values = noise(4, 120)
    values[80:] += 16
    kinds = [(one.kind, one.first, one.found) for one in detect(values, "day").findings if 80 <= one.first <= 82]
    assert kinds[:2] == [("unusual", 80, 80), ("deviation", 80, 83)]


def test_soon_after_an_alert_another_change_raises_its_own() -> None:
    values = noise(4)
    values[60] += 12
    values[65:] -= 12
    found = [(one.first, one.found, one.side) for one in detect(values, "week").findings if one.found >= 60]
    assert found[:2] == [(60, 60, "above"), (65, 65, "below")]


def test_a_far_out_single_value_speaks_louder_than_a_lasting_step_as_large_would() -> None:
    speaks, weight, squares, count = np.array([5.0, 1.0, 100.0, 100.0])
    single, lasting = (evidence(speaks, weight, squares, count, step) for step in (SINGLE, STEP))
    assert single > lasting + 0.5


def test_a_season_is_no_deviation() -> None:
    places = np.arange(120)
    values = noise(5, 120) + 40 * np.sin(2 * np.pi * places / 12)
    assert not [one for one in detect(values, "month").findings if one.found > 48 and one.score > 2]


def test_growth_in_percent_raises_no_more_alarms_than_accepted() -> None:
    grown = [100 * np.exp(0.01 * np.arange(200) + 0.02 * noise(seed, 200, 0.0, 1.0)) for seed in range(20)]
    found = sum(len(one.findings) for one in detect_many(grown, "week", [DetectionSettings()] * len(grown)))
    assert found <= 20 * DEFAULT_BUDGETS["week"] * (200 - POINTS_NEEDED) / PER_YEAR["week"]


def test_too_few_values_say_so_and_find_nothing() -> None:
    judged = detect([*noise(7, POINTS_NEEDED - 2), 1e6], "week")
    assert not judged.enough_history
    assert judged.findings == ()
    assert np.isnan(judged.scores).all()


def test_a_confirmed_baseline_is_learned_anew_and_is_no_deviation() -> None:
    values = stepped(8, step=20.0)
    judged = detect(values, "week", DetectionSettings(dividers=(60,)))
    assert not [one for one in judged.findings if one.found >= 60]
    assert judged.points == 30
    assert judged.expected[75] == pytest.approx(120, abs=4)


def test_a_rejected_finding_is_not_told_again() -> None:
    values = stepped(9, step=14.0)
    first = next(one for one in detect(values, "week").findings if one.found >= 60)
    assert first.first not in {
        one.first for one in detect(values, "week", DetectionSettings(rejected=(first.first,))).findings
    }


def test_a_larger_budget_never_finds_less_surprising_things_only() -> None:
    for frequency in FREQUENCIES:
        thresholds = [threshold(frequency, budget) for budget in (0.01, 0.1, 0.5, 1, 4)]
        assert thresholds == sorted(thresholds, reverse=True)


@pytest.mark.parametrize("frequency", [*PER_YEAR])
def test_threshold_and_surprise_are_each_others_inverse(frequency: str) -> None:
    for budget in (0.02, DEFAULT_BUDGETS[frequency]):
        assert surprise(frequency, threshold(frequency, budget)) == pytest.approx(budget, rel=1e-6)


@few
@given(seeds, st.floats(1e-6, 1e6), st.floats(-1e4, 1e4))
def test_the_unit_and_the_zero_point_do_not_matter_to_additive_series(seed: int, unit: float, zero: float) -> None:
    values = stepped(seed) - 100  # changes its sign, so that it is never judged in percent
    plain, changed = detect(values, "week"), detect(unit * (values + zero if zero < -50 else values), "week")
    assert told(plain) == told(changed)
    np.testing.assert_allclose(plain.scores, changed.scores, atol=0.02)


@few
@given(seeds, st.floats(1e-6, 1e6))
def test_the_unit_does_not_matter_to_positive_series(seed: int, unit: float) -> None:
    plain, changed = detect(stepped(seed), "week"), detect(unit * stepped(seed), "week")
    np.testing.assert_allclose(plain.scores, changed.scores, atol=0.02)


@few
@given(seeds)
def test_the_mirror_image_finds_the_same_on_the_other_side(seed: int) -> None:
    values = stepped(seed) - 100
    sides = {"above": "below", "below": "above"}
    mirrored = [(kind, first, found, sides[side]) for kind, first, found, side in told(detect(-values, "week"))]
    assert told(detect(values, "week")) == mirrored


@few
@given(seeds, st.sampled_from(FREQUENCIES), st.integers(30, 89))
def test_later_values_never_change_what_was_found(seed: int, frequency: str, cut: int) -> None:
    values = stepped(seed, step=6.0)
    values[np.random.default_rng(seed).random(90) < 0.05] = np.nan
    early, late = detect(values[:cut], frequency), detect(values, frequency)
    before = [one for one in late.findings if one.found < cut]
    assert told(early) == [(one.kind, one.first, one.found, one.side) for one in before]
    assert [one.gap for one in early.findings] == pytest.approx([one.gap for one in before])
    np.testing.assert_allclose(early.scores, late.scores[:cut], atol=1e-3)
    np.testing.assert_allclose(early.expected, late.expected[:cut], rtol=1e-5)


@few
@given(st.lists(seeds, min_size=2, max_size=5, unique=True))
def test_who_is_judged_beside_a_series_does_not_matter(them: list[int]) -> None:
    rows = [stepped(seed, count=60 + seed % 40, at=40) for seed in them]
    together = detect_many(rows, "week", [DetectionSettings()] * len(rows))
    for row, judged in zip(rows, together, strict=True):
        alone = detect(row, "week")
        assert told(alone) == told(judged)
        np.testing.assert_allclose(alone.scores, judged.scores, atol=1e-3)


ZEROS = [0.0] * 40
BAD = {
    "nothing": [],
    "one value": [5.0],
    "all missing but one": [*[np.nan] * 60, 3.0],
    "constant": [7.0] * 80,
    "constant and large": [1e300] * 80,
    "enormous": [1e300, -1e300] * 40,
    "infinite": [np.inf, -np.inf, 1.0] * 20,
    "tiny": [1e-300, 2e-300, 1.5e-300] * 20,
    "changing sign": list(noise(1, 80, level=0.0)),
    "mostly zero": [*ZEROS, 1.0, *ZEROS, 2.0],
    "whole numbers": [float(one) for one in np.random.default_rng(2).poisson(0.3, 120)],
    "from zero to enormous": [*ZEROS, 1e300],
}


@pytest.mark.parametrize("frequency", ["hour", "month"])
@pytest.mark.parametrize("values", BAD.values(), ids=BAD)
def test_no_values_are_too_bad_to_be_judged(values: list[float], frequency: str) -> None:
    judged = detect(values, frequency)
    assert len(judged.expected) == len(values)
    for one in judged.findings:
        assert np.isfinite([one.score, one.surprise]).all()
        assert not np.isnan([one.gap, one.expected, one.actual]).any()
    assert not np.isinf(judged.scores).any()


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(FREQUENCIES))
@example(sys.float_info.max, "week")
@example(sys.float_info.max, "hour")
@few
def test_what_is_constant_and_stays_so_raises_no_alarm(value: float, frequency: str) -> None:
    assert detect([value] * 120, frequency).findings == ()


def test_a_change_after_a_constant_stretch_is_found() -> None:
    assert told(detect([5.0] * 40 + [6.0] * 6, "week"))[0] == ("deviation", 40, 40, "above")


def test_weeks_missing_altogether_are_bridged() -> None:
    values = stepped(11, step=14.0, count=80)
    values[30:45] = np.nan
    judged = detect(values, "week")
    assert not [one for one in judged.findings if 30 <= one.found < 58 and one.score > 3]
    assert judged.open is not None


@few
@given(seeds, st.integers(21, 88), st.sampled_from(FREQUENCIES))
def test_going_on_from_what_was_kept_is_the_same_as_judging_anew(seed: int, cut: int, frequency: str) -> None:
    rows = [stepped(seed + row, step=10.0) for row in range(3)]
    rows[1][cut - 3 : cut] = np.nan
    chosen = [DetectionSettings(), DetectionSettings(dividers=(cut,)), DetectionSettings(budget=5.0)]
    kept: dict[int, Kept] = {}
    detect_many([row[:cut] for row in rows], frequency, chosen, remember=kept.__setitem__)
    for _ in range(2):  # the second time with nothing new
        continued = detect_many(
            rows, frequency, chosen, [kept.get(place) for place in range(3)], remember=kept.__setitem__
        )
        for row, settings_of_row, judged in zip(rows, chosen, continued, strict=True):
            anew = detect(row, frequency, settings_of_row)
            assert told(anew) == told(judged)
            np.testing.assert_allclose(anew.scores, judged.scores, atol=1e-3)


def test_what_was_kept_is_of_no_use_after_a_correction_or_another_choice() -> None:
    kept: dict[int, Kept] = {}
    values = stepped(12)
    detect_many([values], "week", [DetectionSettings()], remember=kept.__setitem__)
    assert kept[0].continues(np.append(values, 5.0), DetectionSettings(rejected=(3,)))
    assert not kept[0].continues(np.append(values, 5.0), DetectionSettings(budget=3.0))
    values[10] += 1e-9
    assert not kept[0].continues(values, DetectionSettings())
