"""How a finding is told: size, window, and how often chance alone does as much."""

from __future__ import annotations

import pytest

from sextant.kpis.finding_sentences import surprise_words


@pytest.mark.parametrize(
    ("surprise", "said"),
    [
        (0.0, "less than once in 100 years"),
        (0.0055, "less than once in 100 years"),
        (0.06, "less than once in 10 years"),
        (0.49, "less than once in 2 years"),
        (0.6, "less than once a year"),
        (1.2, "about once a year"),
        (12.4, "about 12 times a year"),
    ],
)
def test_how_surprising_is_said_in_years_people_count_in(surprise: float, said: str) -> None:
    assert surprise_words(surprise).endswith(said)
