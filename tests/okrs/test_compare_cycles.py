"""Cycles side by side: the scores written down at their time, by team and theme, and lines through them."""

from __future__ import annotations

import pytest

from sextant.calc.periods import label, period_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.closing import close_objective, reopen_objective
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import Closure, Objective
from sextant.okrs.queries.cycles import compare, cycle_states
from sextant.people import queries as people
from sextant.people.commands import change_organisation
from sextant.strategy.models import Cycle
from tests.make import admin, make_cycle, make_key_result, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db


def this_week() -> str:
    return label(period_of(people.today(), "week"), people.calendar())  # type: ignore[arg-type]


def four_cycles() -> list[Cycle]:
    return [make_cycle(f"Q{number}", gone=400 - 90 * number) for number in range(1, 5)]


def scored(title: str, value: float, cycle: Cycle, **changes: object) -> Objective:
    """A running objective; from 60 down to 20, the value 40 is half of the way."""
    objective = make_objective(title, cycle=cycle, **changes)
    waits = make_key_result(objective)
    start(objective)
    record_values(waits.metric, {this_week(): value})
    return objective


def close(objective: Objective, decision: str = "drop", carry_to: Cycle | None = None) -> Closure:
    items = {key: {"decision": decision} for key in objective.key_results.values_list("key", flat=True)}
    return close_objective(
        admin(), Objective.objects.get(pk=objective.pk), outcome="Done.", learning="Start early.",
        decision=decision, items=items, carry_to=carry_to,
    )  # fmt: skip


def test_four_cycles_stand_side_by_side(world: World) -> None:
    cycles = four_cycles()
    for one, values in zip(cycles, [(20, 40), (30,), (), (20, 30, 40)], strict=True):
        for number, value in enumerate(values):
            close(scored(f"Aim {number}", value, one))
    make_objective("Only a draft", cycle=cycles[2])
    found = compare(world.lea, cycles, standpoint())
    assert [(one.objectives, one.closed, one.mean_score, one.achieved) for one in found.overall] == [
        (2, 2, pytest.approx(0.75), 1),
        (1, 1, pytest.approx(0.75), 0),
        (0, 0, None, 0),
        (3, 3, pytest.approx(0.75), 1),
    ]
    assert [one.share_achieved for one in found.overall] == [0.5, 0, None, pytest.approx(1 / 3)]


def test_teams_and_themes_have_rows_of_their_own(world: World) -> None:
    first, second = make_cycle("Q1", gone=200), make_cycle("Q2", gone=100)
    close(scored("Falls", 20, first, theme=world.safety))
    close(scored("Cuts", 40, second, team=world.surgery))
    found = compare(world.lea, [first, second], standpoint())
    assert [(row.label, [tally and tally.mean_score for tally in row.tallies]) for row in found.teams] == [
        ("Emergency", [1.0, None]), ("Surgery", [None, 0.5]),
    ]  # fmt: skip
    assert [row.label for row in found.themes] == ["Patient safety", ""]


def test_what_still_runs_shows_its_progress_and_no_score(world: World) -> None:
    cycle = make_cycle("Q1")
    scored("Falls", 40, cycle)
    (tally,) = compare(world.lea, [cycle], standpoint()).overall
    assert (tally.objectives, tally.closed, tally.mean_score, tally.share_achieved) == (1, 0, None, None)
    assert tally.mean_so_far == pytest.approx(0.5)


def test_a_line_uses_the_targets_of_its_time_and_not_those_of_today(world: World) -> None:
    cycles = four_cycles()
    first = scored("Falls", 40, cycles[0])
    second = close(first, "keep", cycles[1]).carried_to
    assert second is not None
    set_terms(admin(), second.key_results.get(), baseline=60.0, baseline_from_series=False, target=40.0)
    start(second)
    third = close(second, "keep", cycles[3]).carried_to
    assert third is not None
    set_terms(admin(), third.key_results.get(), baseline=60.0, baseline_from_series=False, target=1.0)
    (line,) = compare(world.lea, cycles, standpoint()).lines
    assert line.title == "Falls"
    assert [stop and stop.score for stop in line.stops[:3]] == [pytest.approx(0.5), pytest.approx(1.0), None]
    assert line.stops[3] is None, "the draft of the last cycle counts nowhere"


def test_a_closing_that_was_taken_back_counts_no_more(world: World) -> None:
    cycle = make_cycle("Q1")
    objective = scored("Falls", 40, cycle)
    close(objective)
    objective.refresh_from_db()
    reopen_objective(admin(), objective, reason="A week is missing.")
    (tally,) = compare(world.lea, [cycle], standpoint()).overall
    assert (tally.closed, tally.mean_score) == (0, None)


def test_personal_and_hidden_objectives_are_compared_with_nothing(world: World) -> None:
    cycle = make_cycle("Q1")
    change_organisation(admin(), version=people.organisation().version, personal_objectives=True)
    scored("Swim", 40, cycle, is_personal=True)
    scored("A secret plan", 40, cycle, visibility="team")
    assert compare(world.otto, [cycle], standpoint()).overall[0].objectives == 0
    assert compare(world.lea, [cycle], standpoint()).overall[0].objectives == 1


def test_cycles_of_any_length_run_in_parallel_and_say_their_phase(world: World) -> None:
    """GE-6"""
    lengths = {"A month": 30, "A quarter": 90, "A tertial": 120, "A half": 180, "A year": 365, "Three years": 1095}
    for name, length in lengths.items():
        make_cycle(name, gone=10, length=length)
    make_cycle("Over", gone=100)
    make_cycle("Coming", gone=-10)
    phases = {one.cycle.name: one.phase for one in cycle_states(world.vic, standpoint())}
    assert phases == {**dict.fromkeys(lengths, "running"), "Over": "ended", "Coming": "coming"}
