"""A cluster gives the figures one machine gives. Needs the extra `cluster`; run by `make test-cluster`."""

from __future__ import annotations

import numpy as np
import pytest

from sextant.calc.forecast import Floats, chance_within
from sextant.forecasts.engines import run
from sextant.forecasts.members import History, Outcome

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    # Dask and Ray leave sockets and processes to the collector when they stop, which Python warns of.
    pytest.mark.filterwarnings("ignore"),
]
CHANCES = 1_000
EACH = 20


@pytest.fixture(scope="module")
def histories() -> list[History]:
    rng = np.random.default_rng(20)
    found = []
    for number in range(CHANCES // EACH):
        season = 5 * np.sin(2 * np.pi * np.arange(120) / 12 + rng.uniform(0, 6))
        values = 50 + season + np.cumsum(rng.standard_normal(120))
        found.append(History(values, "month", (1, 3, 6, 12), with_total=number % 2 == 0))
    return found


@pytest.fixture(scope="module")
def here(histories: list[History]) -> list[Outcome]:
    return run(histories, "local", processes=2)


def chances_of(outcomes: list[Outcome]) -> Floats:
    """The chance of 20 targets for each history, half a year ahead."""
    fans = np.repeat(np.array([outcome.fan[2] for outcome in outcomes]), EACH, axis=0)
    targets = np.tile(np.linspace(30, 70, EACH), len(outcomes))
    return chance_within(fans, targets, np.full(len(targets), np.inf))


@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_a_cluster_gives_the_chances_of_this_machine(
    engine: str, histories: list[History], here: list[Outcome]
) -> None:
    there = run(histories, engine)
    wanted, found = chances_of(here), chances_of(there)
    assert len(found) == CHANCES
    assert np.max(np.abs(found - wanted)) <= 1e-6
    assert [outcome.method for outcome in there] == [outcome.method for outcome in here]
    assert [outcome.total is None for outcome in there] == [outcome.total is None for outcome in here]
