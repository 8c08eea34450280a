"""A chance in words: the bands, and the hints before a target is agreed."""

from __future__ import annotations

import pytest

from sextant.calc.pace import CHANCE_AT_RISK, CHANCE_ON_TRACK
from sextant.forecasts.words import BANDS, chance_words, start_hint


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "very unlikely, 1 %"), (0.0999, "very unlikely, 9 %"), (0.1, "unlikely, 10 %"),
        (0.299, "unlikely, 29 %"), (0.6999, "could go either way, 69 %"),
        (0.3, "could go either way, 30 %"), (0.7, "likely, 70 %"), (0.78, "likely, 78 %"), (0.9, "very likely, 90 %"),
        (1.0, "very likely, 99 %"),
    ],
)  # fmt: skip
def test_a_chance_is_called_what_its_band_is_called_and_never_certain(share: float, said: str) -> None:
    assert chance_words(share) == said


def test_the_bands_end_where_the_statuses_do() -> None:
    assert {CHANCE_ON_TRACK, CHANCE_AT_RISK} <= {least for least, _, _ in BANDS}


@pytest.mark.parametrize(
    ("share", "begins"), [(0.91, "Already likely"), (0.9, ""), (0.5, ""), (0.1, ""), (0.09, "Very unlikely")]
)
def test_only_extreme_targets_are_questioned(share: float, begins: str) -> None:
    assert start_hint(share).startswith(begins)
    assert bool(start_hint(share)) == bool(begins)
