"""Closing: everything is asked, scores are frozen, nothing is carried silently, KPIs go on, reopening is an event."""

from __future__ import annotations

from typing import Any

import pytest

from sextant.calc.periods import label, period_of
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.kpis.commands import set_target
from sextant.kpis.models import Target
from sextant.metrics.models import Measurement
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.closing import close_cycle, close_objective, reopen_cycle, reopen_objective
from sextant.okrs.commands.key_results import mark_milestone
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import Closure, Link, Objective
from sextant.okrs.queries.closing import closing_of, former_closures
from sextant.okrs.queries.cycles import cycle_states, score_history, steps_of
from sextant.okrs.queries.missing import missing_of
from sextant.people import queries as people
from tests.make import admin, day, make_cycle, make_key_result, make_kpi, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db


def this_week() -> str:
    return label(period_of(people.today(), "week"), people.calendar())  # type: ignore[arg-type]


def close(objective: Objective, decision: str = "drop", **changes: Any) -> Closure:
    """Close it with one decision for everything."""
    keys = objective.key_results.filter(archived_at=None).values_list("key", flat=True)
    fields: dict[str, Any] = {
        "outcome": "Waits are shorter.",
        "learning": "Ask the front desk first.",
        "decision": decision,
        "items": {key: {"decision": decision, "learning": f"About {key}."} for key in keys},
    }
    return close_objective(admin(), Objective.objects.get(pk=objective.pk), **(fields | changes))


def with_progress(value: float = 30, **changes: Any) -> Objective:
    """From 60 minutes down to 20: at 30 it is 75 % of the way."""
    objective = make_objective(**changes)
    waits = make_key_result(objective)
    start(objective)
    record_values(waits.metric, {this_week(): value})
    return objective


def test_closing_asks_everything_and_says_all_that_is_missing(world: World) -> None:
    objective = with_progress()
    with pytest.raises(Refused) as refusal:
        close_objective(world.lea, objective, outcome=" ", learning="", decision="", items={})
    fields = [problem.field for problem in refusal.value.problems]
    assert fields == ["outcome", "learning", "decision", "items:wait-at-most-20-minutes"]
    objective.refresh_from_db()
    assert objective.state == "active"
    assert not Closure.objects.exists()


def test_scores_are_frozen_on_the_day_of_closing(world: World) -> None:
    objective = with_progress()
    before = closing_of(objective, standpoint())
    assert (before.score, before.rows[0].score, before.closure) == (pytest.approx(0.75), pytest.approx(0.75), None)
    closure = close(objective)
    item = closure.items.get()
    assert (closure.score, item.value, item.progress, item.score) == (
        pytest.approx(0.75), 30, pytest.approx(0.75), pytest.approx(0.75),
    )  # fmt: skip
    record_values(objective.key_results.get().metric, {this_week(): 20})
    after = closing_of(Objective.objects.get(pk=objective.pk), standpoint())
    assert (after.score, after.rows[0].value, after.rows[0].score) == (pytest.approx(0.75), 30, pytest.approx(0.75))


@pytest.mark.parametrize(
    ("ambition", "value", "score", "achieved"),
    [
        ("committed", 30, 0.75, False),
        ("aspirational", 30, 0.75, True),
        ("committed", 10, 1.0, True),
        ("aspirational", 33, 0.675, False),
        ("committed", 100, 0.0, False),
    ],
)
def test_committed_counts_from_one_and_aspirational_from_seven_tenths(
    world: World, ambition: str, value: float, score: float, achieved: bool
) -> None:
    objective = with_progress(value, ambition=ambition)
    closure = close(objective)
    found = closing_of(Objective.objects.get(pk=objective.pk), standpoint())
    assert (closure.score, found.achieved) == (pytest.approx(score), achieved)


def test_without_data_there_is_no_score_and_never_zero(world: World) -> None:
    objective = make_objective()
    make_key_result(objective)
    start(objective)
    closure = close(objective)
    assert (closure.score, closure.items.get().score) == (None, None)


def test_closing_leaves_the_kpi_its_series_and_its_targets_untouched(world: World) -> None:
    """OR-16: objectives have cycles, KPIs go on."""
    kpi = make_kpi("uptime", active=True, unit="percent", direction="up", aggregation="last", frequency="day")
    record_values(kpi, {day(-60).isoformat(): 50, day(-1).isoformat(): 74.5})
    set_target(admin(), kpi, target=99)
    objective = make_objective()
    make_key_result(objective, "Uptime", metric=kpi.metric, terms={"baseline": 50.0, "target": 99.0})
    start(objective)
    tables = [(Measurement, kpi.metric_id), (Target, kpi.pk)]
    before = [list(table.objects.order_by("pk").values()) for table, _ in tables]
    close(objective, "keep", carry_to=make_cycle("Next", gone=-46))
    close_cycle(admin(), objective.cycle)
    assert [list(table.objects.order_by("pk").values()) for table, _ in tables] == before
    kpi.refresh_from_db()
    assert kpi.state == "active"
    record_values(kpi, {day(0).isoformat(): 80})


def test_keep_drafts_it_anew_on_the_same_metric_with_the_baseline_from_the_series(world: World) -> None:
    objective = with_progress(theme=world.safety, ambition="aspirational")
    following = make_cycle("Next quarter", gone=-46)
    closure = close(objective, "keep", carry_to=following)
    carried = closure.carried_to
    assert carried is not None
    assert (carried.state, carried.cycle, carried.title, carried.theme, carried.ambition, carried.owner) == (
        "draft", following, objective.title, world.safety, "aspirational", world.person("lea"),
    )  # fmt: skip
    old, new = objective.key_results.get(), carried.key_results.get()
    assert (new.metric, new.key != old.key, new.published_at) == (old.metric, True, None)
    terms = new.terms.get()
    assert (terms.baseline, terms.baseline_from_series, terms.target) == (None, True, 20)
    assert not missing_of(new)
    assert Event.objects.filter(name="objective.carried", subject_key=objective.key).exists()


def test_a_modified_key_result_waits_for_a_new_target_and_a_dropped_one_stays_behind(world: World) -> None:
    objective = with_progress()
    dropped = make_key_result(objective, "Answer every call")
    key = objective.key_results.first().key
    items = {key: {"decision": "modify"}, dropped.key: {"decision": "drop", "learning": "Nobody calls."}}
    closure = close(objective, "modify", items=items)
    carried = closure.carried_to
    assert carried is not None
    assert carried.cycle is None, "the backlog"
    (new,) = carried.key_results.all()
    assert [problem.key for problem in missing_of(new)] == ["target-missing", "due-missing"]


def test_drop_carries_nothing(world: World) -> None:
    objective = with_progress()
    assert close(objective, "drop").carried_to is None
    assert Objective.objects.count() == 1


def test_a_dropped_objective_keeps_no_key_result(world: World) -> None:
    objective = with_progress()
    with pytest.raises(Refused) as refusal:
        close(objective, "drop", items={objective.key_results.get().key: {"decision": "keep"}})
    assert refusal.value.problems[0].key == "nothing-to-carry"
    assert close(objective, "drop", items={}).items.get().decision == "drop"


def test_only_steps_that_are_not_done_go_on(world: World) -> None:
    objective = make_objective()
    steps = make_key_result(
        objective, "Open the new ward", kind="milestones",
        milestones=[{"title": "Plan", "due_on": day(-5)}, {"title": "Build", "due_on": day(20)}],
    )  # fmt: skip
    start(objective)
    mark_milestone(admin(), steps.milestones.get(title="Plan"), evidence="https://plans.example/ward")
    carried = close(objective, "keep").carried_to
    assert carried is not None
    assert [one.title for one in carried.key_results.get().milestones.all()] == ["Build"]


def test_alignment_follows_what_is_open_and_what_the_closed_parent_became(world: World) -> None:
    annual = make_objective("Safe care", cycle=make_cycle("This year", gone=100, length=365))
    parent, child = with_progress(title="No falls"), with_progress(title="Dry floors")
    align(admin(), parent, annual)
    align(admin(), child, parent)
    following = make_cycle("Next quarter", gone=-46)
    first = close(child, "keep", carry_to=following).carried_to
    above = close(parent, "keep", carry_to=following).carried_to
    ends = {link.child: link.objective for link in Link.objects.filter(superseded_at=None, child__state="draft")}
    assert ends == {first: above, above: annual}


def test_it_is_not_carried_into_its_own_or_a_closed_cycle(world: World) -> None:
    objective = with_progress()
    with pytest.raises(Refused) as refusal:
        close(objective, "keep", carry_to=objective.cycle)
    assert refusal.value.problems[0].key == "same-cycle"
    closed = close_cycle(admin(), make_cycle("Last quarter", gone=200))
    with pytest.raises(Refused) as refusal:
        close(objective, "keep", carry_to=closed)
    assert refusal.value.problems[0].key == "cycle-closed"


def test_who_closes_second_is_told_and_changes_nothing(world: World) -> None:
    objective = with_progress()
    version = Objective.objects.get(pk=objective.pk).version
    close(objective, version=version)
    with pytest.raises(Stale):
        close(objective, version=version)
    with pytest.raises(Refused):
        close(objective)
    assert Closure.objects.count() == 1


def test_only_owner_and_lead_close(world: World) -> None:
    objective = with_progress()
    for name in ("cem", "otto", "vic"):
        with pytest.raises(NotAllowed):
            close_objective(world.actor(name), objective, outcome="x", learning="y", decision="drop", items={})
    close_objective(world.lea, objective, outcome="x", learning="y", decision="drop", items={})


def test_reopening_is_an_event_with_a_reason_and_archives_the_untouched_draft(world: World) -> None:
    objective = with_progress()
    carried = close(objective, "keep").carried_to
    assert carried is not None
    objective.refresh_from_db()
    with pytest.raises(Refused):
        reopen_objective(admin(), objective, reason="")
    reopen_objective(world.lea, objective, reason="The last week is missing.")
    assert (objective.state, objective.closed_at, objective.key_results.get().closed_at) == ("active", None, None)
    carried.refresh_from_db()
    assert carried.archived_at is not None
    event = Event.objects.get(name="objective.reopened")
    assert event.data["reason"] == "The last week is missing."
    assert [one.score for one in former_closures(objective, standpoint())] == [pytest.approx(0.75)]
    assert closing_of(objective, standpoint()).closure is None
    close(objective)
    assert Closure.objects.filter(superseded_at=None).count() == 1


def test_the_score_against_the_first_target_stands_beside_that_of_a_changed_one(world: World) -> None:
    objective = with_progress(30)
    set_terms(admin(), objective.key_results.get(), target=28.0, reason="The new desk came late.")
    (row,) = closing_of(objective, standpoint()).rows
    assert (row.score, row.first_target, row.first_score) == (pytest.approx(30 / 32), 20, pytest.approx(0.75))


def test_a_cycle_is_closed_only_when_nothing_in_it_is_open(world: World) -> None:
    ended = make_cycle("Last quarter", gone=120)
    first, second = make_objective("One", cycle=ended), make_objective("Two", cycle=ended)
    assert [(one.phase, one.open) for one in cycle_states(world.lea, standpoint(), [ended])] == [("ended", 2)]
    with pytest.raises(Refused) as refusal:
        close_cycle(world.lea, ended)
    assert [problem.field for problem in refusal.value.problems[1:]] == ["objective:one", "objective:two"]
    close(first)
    with pytest.raises(Refused):
        close_cycle(world.lea, ended)
    close(second, "keep", carry_to=make_cycle("Next quarter", gone=-46))
    close_cycle(world.lea, ended)
    assert [one.phase for one in cycle_states(world.lea, standpoint(), [ended])] == ["closed"]
    with pytest.raises(Refused) as refusal:
        reopen_objective(admin(), Objective.objects.get(pk=first.pk), reason="Again.")
    assert refusal.value.problems[0].key == "cycle-closed"
    reopen_cycle(world.lea, ended)
    reopen_objective(admin(), Objective.objects.get(pk=first.pk), reason="Again.")
    assert set(Event.objects.filter(subject_kind="cycle").values_list("name", flat=True)) >= {
        "cycle.closed", "cycle.reopened",
    }  # fmt: skip


def test_what_one_may_not_see_holds_a_cycle_up_without_being_named(world: World) -> None:
    ended = make_cycle("Last quarter", gone=120)
    make_objective("A secret plan", cycle=ended, visibility="team")
    with pytest.raises(Refused) as refusal:
        close_cycle(world.otto, ended)
    assert "secret" not in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        close_cycle(world.lea, ended)
    assert "secret" in str(refusal.value)


def test_a_line_keeps_the_scores_of_its_time_through_the_cycles(world: World) -> None:
    objective = with_progress()
    carried = close(objective, "keep", carry_to=make_cycle("Next quarter", gone=-46)).carried_to
    assert carried is not None
    new = carried.key_results.get()
    set_terms(admin(), new, target=5.0)
    line = score_history(world.lea, carried, standpoint())
    assert [(one.objective, one.score) for one in line] == [(objective, pytest.approx(0.75)), (carried, None)]
    assert score_history(world.lea, Objective.objects.get(pk=objective.pk), standpoint())[0].score == line[0].score


def test_an_annual_objective_shows_its_quarterly_steps_and_their_scores(world: World) -> None:
    """GE-7"""
    annual = make_objective("Safe care", cycle=make_cycle("This year", gone=100, length=365))
    first = with_progress(title="Q1", cycle=make_cycle("Q1", gone=100))
    second = with_progress(40, title="Q2", cycle=make_cycle("Q2", gone=10))
    for step in (second, first):
        align(admin(), step, annual, kind="step_of")
    close(first)
    found = steps_of(world.lea, annual, standpoint())
    assert [(one.objective.title, one.score, one.so_far) for one in found] == [
        ("Q1", pytest.approx(0.75), None), ("Q2", None, pytest.approx(0.5)),
    ]  # fmt: skip
