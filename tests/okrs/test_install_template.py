"""One call takes an objective of the library into a team, with units, directions, due days and initiatives."""

from __future__ import annotations

from datetime import date

import pytest

from sextant.core.errors import NotAllowed, Refused
from sextant.kpis.commands import install_from_library
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.library import install_template, months_after
from sextant.okrs.library import templates
from sextant.okrs.models import Objective
from sextant.okrs.queries.standing import objective_standing
from sextant.okrs.queries.wording import findings_in
from sextant.strategy.commands import create_cycle
from sextant.strategy.models import Cycle
from tests.make import admin
from tests.world import World

DIGITAL = "digital-daily-work"


@pytest.fixture
def year(world: World) -> Cycle:
    return create_cycle(admin(), "2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))


def test_the_digitisation_objective_comes_with_three_key_results_and_their_figures(world: World, year: Cycle) -> None:
    made = install_template(world.cem, DIGITAL, world.emergency, year, world.person("cem"))
    assert (made.state, made.library_key, made.cycle, made.owner) == ("draft", DIGITAL, year, world.person("cem"))
    time, trained, satisfied = made.key_results.select_related("metric").order_by("position")
    assert time.metric is not None
    assert (time.metric.unit, time.metric.direction) == ("duration:min", "down")
    assert (time.terms.get().relative, time.terms.get().amount) == ("percent", 30)
    assert time.terms.get().baseline_from_series
    assert (trained.terms.get().baseline, trained.terms.get().target) == (0, 100)
    assert trained.due_on == date(2026, 6, 30)
    assert satisfied.metric is not None
    assert (satisfied.terms.get().target, satisfied.metric.unit) == (9, "rating")
    assert "Watch beside it:" in trained.note
    assert made.initiatives.count() == 3


def test_training_everybody_is_not_flagged_as_a_task(world: World, year: Cycle) -> None:
    made = install_template(world.cem, DIGITAL, world.emergency, year)
    rules = {one.rule for one in findings_in(world.cem, objective_standing(made, standpoint()))}
    assert not rules & {"key-result-as-task", "activity-as-outcome", "number-in-objective"}


def test_a_kpi_the_team_has_from_the_library_is_used(world: World, year: Cycle) -> None:
    kpi = install_from_library(world.lea, "time-per-process", world.emergency)
    made = install_template(world.lea, DIGITAL, world.emergency, year)
    assert made.key_results.order_by("position")[0].metric == kpi.metric
    elsewhere = install_template(world.ada, DIGITAL, world.surgery, year)
    assert elsewhere.key_results.order_by("position")[0].metric != kpi.metric


def test_without_a_cycle_it_goes_to_the_backlog(world: World) -> None:
    assert install_template(world.cem, DIGITAL, world.emergency).cycle is None


def test_what_is_not_there_or_not_allowed_is_refused_and_nothing_is_made(world: World, year: Cycle) -> None:
    with pytest.raises(Refused) as refused:
        install_template(world.cem, "no-such-template", world.emergency, year)
    assert refused.value.problems[0].key == "not-in-library"
    with pytest.raises(NotAllowed):
        install_template(world.cem, DIGITAL, world.surgery, year)
    assert not Objective.objects.exists()


@pytest.mark.parametrize("chosen", templates(), ids=lambda one: one.key)
def test_every_template_can_be_taken(world: World, year: Cycle, chosen: object) -> None:
    made = install_template(world.ada, chosen.key, world.emergency, year)  # type: ignore[attr-defined]
    assert made.key_results.count() == len(chosen.key_results)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 1), 3, date(2026, 3, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2026, 11, 15), 3, date(2027, 2, 14)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
    ],
)
def test_months_are_counted_in_whole_ones(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected
