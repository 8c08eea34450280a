"""How a finding is told: size, window, and how often chance alone does as much."""

from __future__ import annotations

import pytest

from sextant.calc.findings import Finding
from sextant.kpis.finding_sentences import finding_sentence, surprise_words
from sextant.kpis.queries.standing import standing
from sextant.metrics.queries.standpoint import standpoint
from tests.make import make_kpi, monthly, record_values
from tests.world import World


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


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("later", "said"),
    [
        ([60.0, 61, 60, 59, 60, 61], "It has stayed there, and is judged by its new level since."),
        ([90.0, 91, 90, 89, 90, 91], "It lasted until"),
    ],
)
def test_a_change_that_was_never_undone_is_not_told_as_over(world: World, later: list[float], said: str) -> None:
    kpi = make_kpi("uptime", active=True, frequency="month")
    record_values(kpi, monthly(2022, [90.0] * 24 + [60.0] * 6 + later))
    found = Finding("deviation", 24, 25, 29, "below", 90.0, 60.0, -30.0, -0.33, 3.0, 0.01, 26, False)
    assert said in finding_sentence(standing(kpi, standpoint()), found)
