"""Outliers in hindsight: what they have taught is taken back, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sextant.calc import findings_watch
from sextant.calc.findings import Kept, detect, detect_many
from sextant.calc.findings_hindsight import HINDSIGHT, trails
from sextant.calc.findings_kinds import kind_of
from sextant.calc.findings_models import Family, advance, families
from sextant.calc.findings_results import DetectionSettings

Floats = NDArray[np.float64]
few = settings(max_examples=5, deadline=None)
seeds = st.integers(0, 10_000)
AT = 30


def noise(seed: int, count: int = 70) -> Floats:
    """About zero, so that it is never judged in percent."""
    return 2 * np.random.default_rng(seed).standard_normal(count)


def without_hindsight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_watch, "SUSPECT", np.inf)


def followed(family: Family, values: Floats, left_out: int) -> tuple[Floats, Floats]:
    """The states after all values when nothing is learned from the one at `left_out`, and the error there."""
    state = np.zeros(family.gain.shape[1:])
    missed = np.zeros(len(state))
    for count, value in enumerate(values):
        error = value - state[:, 0] - state[:, 2:-1:2].sum(axis=1) - state[:, -1]
        if count == left_out:
            missed = error
        else:
            state += family.gain[count].astype(np.float64) * error[:, None]
        advance(state, family)
    return state, missed


@few
@given(seeds, st.integers(5, 40), st.sampled_from(("month", "day")))
def test_what_an_outlier_left_behind_is_known_exactly(seed: int, at: int, frequency: str) -> None:
    kind = kind_of(frequency)
    values = noise(seed, at + HINDSIGHT + 1)
    for family, trail in zip(families(kind), trails(kind), strict=True):
        learned, _ = followed(family, values, -1)
        spared, error = followed(family, values, at)
        np.testing.assert_allclose(learned - spared, error[:, None] * trail.left[at], atol=0.01)


@pytest.mark.parametrize("frequency", ["month", "day"])
def test_an_old_outlier_widens_what_is_expected_only_for_a_while(
    frequency: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, hit = noise(5), noise(5)
    hit[AT] += 9
    usual, with_hindsight = detect(plain, frequency), detect(hit, frequency)
    without_hindsight(monkeypatch)
    believed = detect(hit, frequency)
    later = slice(AT + HINDSIGHT + 1, None)
    widths = [float((one.upper - one.lower)[later].mean()) for one in (usual, with_hindsight, believed)]
    assert widths[1] < widths[2] * 0.97
    assert abs(widths[1] - widths[0]) < abs(widths[2] - widths[0])


def test_until_twelve_values_later_nothing_is_different(monkeypatch: pytest.MonkeyPatch) -> None:
    values = noise(5)
    values[AT] += 9
    judged = detect(values, "month")
    without_hindsight(monkeypatch)
    believed = detect(values, "month")
    np.testing.assert_array_equal(judged.scores[: AT + HINDSIGHT + 1], believed.scores[: AT + HINDSIGHT + 1])
    assert not np.array_equal(judged.scores[AT + HINDSIGHT + 1 :], believed.scores[AT + HINDSIGHT + 1 :])


def test_a_step_is_never_taken_for_an_outlier(monkeypatch: pytest.MonkeyPatch) -> None:
    values = noise(7)
    values[AT:] += 14
    judged = detect(values, "day")
    without_hindsight(monkeypatch)
    np.testing.assert_array_equal(judged.scores[AT:], detect(values, "day").scores[AT:])


def test_kinds_that_expect_no_outliers_unlearn_none() -> None:
    kind = replace(kind_of("month"), outliers=0.0)
    values = noise(8)
    values[AT] += 12
    widths = []
    for chosen in (kind, kind_of("month")):
        watch = findings_watch.Watch(chosen, values[:1], np.ones(1))
        steps = [watch.step(value) for value in values[:, None]]
        widths.append(float(steps[-1].upper[0] - steps[-1].lower[0]))
    assert widths[0] > widths[1] * 1.03


@pytest.mark.parametrize("cut", [AT + 5, AT + HINDSIGHT + 1, AT + HINDSIGHT + 2])
def test_going_on_from_what_was_kept_unlearns_the_same(cut: int) -> None:
    values = noise(5)
    values[AT] += 9
    values[AT + 4] = np.nan
    kept: dict[int, Kept] = {}
    detect_many([values[:cut]], "month", [DetectionSettings()], remember=kept.__setitem__)
    (went_on,) = detect_many([values], "month", [DetectionSettings()], [kept.get(0)])
    np.testing.assert_allclose(went_on.scores, detect(values, "month").scores, atol=1e-3)
