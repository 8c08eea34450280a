"""Where objectives and key results stand, from what was recorded."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.calc.periods import label, period_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.key_results import mark_milestone
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.standing import key_result_standing, objective_standing, okr_board
from sextant.people import queries as people
from tests.make import admin, day, make_cycle, make_key_result, make_kpi, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db


def this_week() -> str:
    return label(period_of(people.today(), "week"), people.calendar())  # type: ignore[arg-type]


def stand(key_result: KeyResult) -> object:
    return key_result_standing(KeyResult.objects.get(pk=key_result.pk), standpoint())


def test_a_value_moves_the_key_result_and_its_objective(world: World) -> None:
    objective = make_objective()
    waits = make_key_result(objective)
    start(objective)
    record_values(waits.metric, {this_week(): 30})
    found = objective_standing(objective, standpoint())
    assert found.key_results[0].progress == pytest.approx(0.75)
    assert (found.progress, found.counted, found.total) == (pytest.approx(0.75), 1, 1)
    assert found.key_results[0].status == "on_track"


def test_without_a_value_there_is_no_progress_and_never_zero_percent(world: World) -> None:
    objective = make_objective()
    make_key_result(objective)
    start(objective)
    found = objective_standing(objective, standpoint())
    assert (found.progress, found.status, found.counted, found.total) == (None, "no_data", 0, 1)


def test_a_draft_counts_in_no_progress(world: World) -> None:
    objective = make_objective()
    waits = make_key_result(objective)
    record_values(waits.metric, {this_week(): 30})
    found = objective_standing(objective, standpoint())
    assert found.progress is None
    assert found.key_results[0].progress == pytest.approx(0.75)


def test_a_key_result_on_a_kpi_moves_with_the_kpi(world: World) -> None:
    """One series, no second entry, the baseline taken from the series at the start."""
    kpi = make_kpi("uptime", active=True, unit="percent", direction="up", aggregation="last", frequency="day")
    record_values(kpi, {day(-60).isoformat(): 50, day(-1).isoformat(): 74.5})
    objective = make_objective()
    uptime = make_key_result(objective, "Uptime", metric=kpi.metric, terms={"baseline_from_series": True, "target": 99})
    start(objective)
    found = key_result_standing(uptime, standpoint())
    assert (found.baseline, found.value, found.progress) == (50, 74.5, pytest.approx(0.5))
    record_values(kpi, {day(-1).isoformat(): 99})
    assert key_result_standing(uptime, standpoint()).progress == pytest.approx(1)


def test_a_relative_target_is_resolved_from_the_baseline(world: World) -> None:
    objective = make_objective()
    for mode, target in (("percent", 84), ("points", 90)):
        csat = make_key_result(
            objective, f"Raise satisfaction by 20 {mode}", own_metric={"unit": "percent", "how_measured": "Asked."},
            terms={"baseline": 70.0, "relative": mode, "amount": 20.0},
        )  # fmt: skip
        assert key_result_standing(csat, standpoint()).target == pytest.approx(target)


def test_silence_is_never_green(world: World) -> None:
    cycle = make_cycle("Long", gone=100, length=120)
    objective = make_objective(cycle=cycle)
    waits = make_key_result(objective)
    start(objective)
    week = label(period_of(day(-60), "week"), people.calendar())  # type: ignore[arg-type]
    record_values(waits.metric, {week: 20})
    found = key_result_standing(waits, standpoint())
    assert (found.computed, found.freshness, found.status) == ("on_track", "stale", "stale")


def test_milestones_count_by_weight(world: World) -> None:
    objective = make_objective()
    steps = [{"title": "Plan", "weight": 1, "due_on": day(-5)}, {"title": "Build", "weight": 3, "due_on": day(30)}]
    project = make_key_result(objective, "The desk is rebuilt", kind="milestones", milestones=steps)
    start(objective)
    assert key_result_standing(project, standpoint()).status == "off_track"
    mark_milestone(admin(), project.milestones.get(title="Plan"), evidence="https://plans.example/7")
    found = key_result_standing(project, standpoint())
    assert (found.progress, found.expected, found.status) == (0.25, 0.25, "on_track")


def test_a_changed_target_keeps_the_former_one_in_sight(world: World) -> None:
    objective = make_objective()
    waits = make_key_result(objective)
    start(objective)
    waits = KeyResult.objects.get(pk=waits.pk)
    set_terms(admin(), waits, target=30.0, reason="The ward closes.")
    found = key_result_standing(waits, standpoint())
    assert (found.target, found.former_target) == (30, 20)


def test_children_move_the_number_only_where_they_contribute(world: World) -> None:
    top = make_objective("Patients wait less", rollup="children")
    contributing, supporting = make_objective("Triage faster"), make_objective("Paint the walls")
    for child, value in ((contributing, 40), (supporting, 20)):
        waits = make_key_result(child, f"Waits of {child.title}")
        start(child)
        record_values(waits.metric, {this_week(): value})
    align(admin(), contributing, top)
    align(admin(), supporting, top, kind="supports")
    start(top)
    found = objective_standing(Objective.objects.get(pk=top.pk), standpoint())
    assert found.progress == pytest.approx(0.5)
    assert found.children == [contributing.pk]


def test_many_objectives_take_as_many_statements_as_one(world: World) -> None:
    def add(number: int) -> None:
        objective = make_objective(f"Objective {number}")
        record_values(make_key_result(objective, f"Result {number}").metric, {this_week(): 30})

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            board = okr_board(Objective.objects.order_by("pk"), standpoint())
            assert all(one.progress is not None for one in board.key_results.values())
        return len(asked)

    add(1)
    one = count()
    for number in range(2, 8):
        add(number)
    assert count() == one


def test_a_past_date_shows_what_was_known_then(world: World) -> None:
    objective = make_objective()
    make_key_result(objective)
    assert okr_board(Objective.objects.all(), standpoint(day(-3))).asked == []


def test_what_is_worked_out_at_once_is_what_is_worked_out_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large board takes a quicker way; it may not come to anything else."""
    long = make_cycle("Long", gone=100, length=120)
    top = make_objective("Top", rollup="both", cycle=long)
    make_key_result(top, "Without a value")
    for number, (value, cycle) in enumerate(((30, None), (15, None), (70, long), (None, None), (58, None))):
        child = make_objective(f"Child {number}", **({"cycle": cycle} if cycle else {}))
        own = make_key_result(child, f"Result {number}")
        make_key_result(child, f"Uneven {number}", terms={"baseline": 0.0, "target": 10.0, "weight": 3.0})
        if number != 4:
            start(child)
        if value is not None:
            record_values(own.metric, {this_week(): value})
        align(admin(), child, top, weight=number)
    steps = [{"title": "Plan", "weight": 1, "due_on": day(-5)}]
    make_key_result(top, "A project", kind="milestones", milestones=steps)
    start(top)

    def told() -> list[object]:
        board = okr_board(Objective.objects.order_by("pk"), standpoint())
        results = [
            (one.progress, one.elapsed, one.expected, one.freshness, one.computed, one.status)
            for one in board.key_results.values()
        ]
        return [*results, *((one.progress, one.counted, one.total, one.status) for one in board.objectives.values())]

    one_by_one = told()
    monkeypatch.setattr("sextant.okrs.queries.at_once.LEAST", 0)
    for quick, slow in zip(told(), one_by_one, strict=True):
        assert quick == pytest.approx(slow)


def test_figures_changed_twice_build_on_the_newest(world: World) -> None:
    objective = make_objective()
    waits = make_key_result(objective)
    start(objective)
    for target in (30.0, 25.0):
        set_terms(admin(), KeyResult.objects.get(pk=waits.pk), target=target, reason="The ward closes.")
    set_terms(admin(), KeyResult.objects.get(pk=waits.pk), baseline=55.0, reason="Counted again.")
    found = key_result_standing(waits, standpoint())
    assert (found.baseline, found.target) == (55, 25)
