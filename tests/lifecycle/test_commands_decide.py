"""Extending, planning anew, accepting, ending, setting aside, answering, and taking any of it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sextant.alerts.models import Alert
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.kpis.commands import note_action
from sextant.kpis.models import ActionNote, Kpi
from sextant.lifecycle.commands import accept, answer, extend, promote, replan, set_aside, undo, withdraw
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries.answers import search, unanswered
from sextant.lifecycle.telling import remind
from sextant.metrics.queries.standpoint import standpoint
from sextant.notifications.models import Notification
from sextant.okrs.commands.closing import close_cycle, close_objective
from sextant.okrs.models import Closure, Objective
from sextant.okrs.queries.lessons import lessons
from sextant.okrs.queries.standing import key_result_standing
from sextant.strategy.commands import create_cycle
from tests.lifecycle.weeks import Hand, log, measured, promoted, state, the_promotion, week_by_week, weeks_at_once
from tests.make import admin, make_objective
from tests.world import World

ROWS = ("state", "since", "ends", "promotion_id", "origin", "answered", "proof", "told")
KEPT = ("outcome", "ended_at", "ends_on", "cycle_id", "revert_after", "has_own_target", "owner_id", "why")


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def keys(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.key for one in refusal.value.problems]


def newest(kpi: Kpi, kind: str) -> Transition:
    return Transition.objects.filter(kpi=kpi, kind=kind).latest("pk")


def action(kpi: Kpi) -> ActionNote:
    return ActionNote.objects.get(kpi=kpi, superseded_at=None)


def everything(promotion: Promotion) -> list[Any]:
    """What an undo has to bring back, row for row."""
    key_result = promotion.key_result.__class__.objects.get(pk=promotion.key_result_id)
    objective = Objective.objects.get(pk=key_result.objective_id)
    return [
        Life.objects.filter(kpi=promotion.kpi).values(*ROWS).get(),
        Promotion.objects.filter(pk=promotion.pk).values(*KEPT).get(),
        (key_result.closed_at, key_result.archived_at, key_result.due_on, key_result.published_at),
        (objective.state, objective.closed_at, objective.archived_at, objective.cycle_id),
        key_result_standing(key_result, standpoint()).target,
        Closure.objects.filter(objective=objective, superseded_at=None).count(),
    ]


# More time, and another plan


def test_an_overdue_promotion_is_extended_with_a_reason(world: World, hand: Hand) -> None:
    made = promoted(world, hand, ends_on=hand.day + timedelta(weeks=7))
    week_by_week(hand, made.kpi, *[60] * 5)
    assert state(made.kpi) == "overdue"
    later = hand.day + timedelta(weeks=6)
    with pytest.raises(Refused) as refusal:
        extend(world.lea, the_promotion(made.kpi), ends_on=later, reason=" ")
    assert keys(refusal) == ["reason-missing"]
    extend(world.lea, the_promotion(made.kpi), ends_on=later, reason="The part came late.")
    made = the_promotion(made.kpi)
    assert (state(made.kpi), made.ends_on, made.key_result.due_on) == ("promoted", later, later)


def test_the_action_on_the_scorecard_ends_when_the_promotion_does(world: World, hand: Hand) -> None:
    kpi = measured(response_plan="Call the vendor.")
    weeks_at_once(hand, kpi, 50, 50, 50)
    note_action(world.lea, kpi, text="Ask the vendor.")
    hand.on(hours=1)
    made = promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))
    first, later = made.ends_on, made.ends_on + timedelta(weeks=4)
    hand.on(hours=1)
    extended = extend(world.lea, made, ends_on=later, reason="The part came late.")
    assert (action(kpi).due_on, action(kpi).owner) == (later, made.owner)
    assert f"{later.day} {later:%b %Y}" in action(kpi).text
    assert Alert.objects.get(kpi=kpi, closed_at=None).response.action_due_on == later
    undo(world.lea, extended)
    assert action(kpi).due_on == first
    undo(world.lea, newest(kpi, "promoted"))
    assert (action(kpi).text, action(kpi).due_on) == ("Ask the vendor.", None)


def test_an_action_that_somebody_noted_since_stays(world: World, hand: Hand) -> None:
    kpi = measured(response_plan="Call the vendor.")
    weeks_at_once(hand, kpi, 50, 50, 50)
    made = promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))
    note_action(world.lea, kpi, text="We buy a second line.", due_on=hand.day + timedelta(weeks=2))
    extend(world.lea, made, ends_on=made.ends_on + timedelta(weeks=4), reason="The part came late.")
    assert (action(kpi).text, action(kpi).due_on) == ("We buy a second line.", hand.day + timedelta(weeks=2))


def test_extending_to_an_earlier_day_is_refused(world: World, hand: Hand) -> None:
    made = promoted(world, hand)
    with pytest.raises(Refused) as refusal:
        extend(world.lea, made, ends_on=made.ends_on - timedelta(days=1), reason="Sooner")
    assert keys(refusal) == ["not-later"]


def test_planning_anew_counts_only_what_comes_then(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 99, 99)
    assert state(made.kpi) == "restoring"
    replan(world.lea, made, ends_on=made.ends_on, target=70.0, revert_after=2, reason="99 was never right.")
    assert evaluate() == 0
    made = the_promotion(made.kpi)
    assert (state(made.kpi), made.revert_after, made.has_own_target) == ("promoted", 2, True)
    assert key_result_standing(made.key_result, standpoint()).target == 70.0
    week_by_week(hand, made.kpi, 75, 75)
    assert log(made.kpi)[-2:] == ["restoring", "reverted"]


def test_two_people_who_decide_on_the_same_version_are_one_decision(world: World, hand: Hand) -> None:
    made = promoted(world, hand)
    seen = made.version
    extend(world.lea, made, ends_on=made.ends_on + timedelta(days=7), reason="More", version=seen)
    with pytest.raises(Stale):
        extend(world.ada, made, ends_on=made.ends_on + timedelta(days=70), reason="Even more", version=seen)


def test_who_may_not_change_the_kpi_decides_nothing(world: World, hand: Hand) -> None:
    made = promoted(world, hand)
    for decide in (
        lambda: extend(world.cem, made, ends_on=made.ends_on + timedelta(days=7), reason="More"),
        lambda: withdraw(world.otto, made, reason="No"),
        lambda: accept(world.vic, made, until=hand.day + timedelta(days=7), reason="Fine"),
        lambda: undo(world.cem, newest(made.kpi, "promoted")),
    ):
        with pytest.raises(NotAllowed):
            decide()


# Accepted, ended, set aside


def test_accepting_ends_the_work_and_is_asked_again_after_its_day(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 60)
    until = hand.day + timedelta(weeks=4)
    accept(world.lea, made, until=until, reason="The old machine goes in May.")
    made = the_promotion(made.kpi)
    assert (state(made.kpi), made.outcome) == ("accepted", "accepted")
    assert made.key_result.objective.state == "closed"
    week_by_week(hand, made.kpi, *[60] * 3)
    assert state(made.kpi) == "accepted"
    week_by_week(hand, made.kpi, 60, 60)
    assert log(made.kpi)[-2:] == ["acceptance_ended", "suspected"]


def test_accepting_for_good_is_refused(world: World, hand: Hand) -> None:
    with pytest.raises(Refused) as refusal:
        accept(world.lea, promoted(world, hand), until=hand.day + timedelta(days=900), reason="Never mind")
    assert keys(refusal) == ["bad-day"]


def test_what_was_ended_is_not_suggested_again_for_the_same_row(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 60)
    withdraw(world.lea, made, reason="We stop here.")
    week_by_week(hand, made.kpi, 60, 60, 60)
    assert log(made.kpi)[-1] == "withdrawn"
    week_by_week(hand, made.kpi, 99, 50, 50, 50)
    assert log(made.kpi)[-1] == "suspected"


def test_a_suspicion_that_is_set_aside_comes_back_only_with_something_new(world: World, hand: Hand) -> None:
    kpi = measured()
    weeks_at_once(hand, kpi, 50, 50, 50)
    set_aside(world.lea, kpi, reason="The ward was closed.")
    week_by_week(hand, kpi, 50, 50)
    assert (state(kpi), log(kpi)) == ("monitored", ["suspected", "set_aside"])
    week_by_week(hand, kpi, 99, 50, 50, 50)
    assert state(kpi) == "suspected"


def test_a_decision_that_does_not_fit_the_state_says_so(world: World, hand: Hand) -> None:
    kpi = measured()
    with pytest.raises(Refused) as refusal:
        set_aside(world.lea, kpi, reason="Nothing there")
    assert keys(refusal) == ["wrong-state"]
    made = at_work_on(world, hand, kpi)
    withdraw(world.lea, made, reason="Stop")
    with pytest.raises(Refused) as refusal:
        extend(world.lea, made, ends_on=hand.day + timedelta(weeks=20), reason="Go on")
    assert keys(refusal) == ["already-ended"]


def at_work_on(world: World, hand: Hand, kpi: Kpi) -> Promotion:
    week_by_week(hand, kpi, 50)
    return promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))


# What changed it?


def test_the_answer_is_what_was_learned_and_is_found_again(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 99, 99, 99)
    assert state(made.kpi) == "watched"
    assert [one.pk for one in unanswered(world.lea)] == [made.pk]
    answer(world.lea, the_promotion(made.kpi), "A second pump on Sundays.")
    assert unanswered(world.lea) == []
    assert [one.pk for one in search(world.vic, "pump sundays")] == [made.pk]
    assert search(world.vic, "valve") == []
    found = lessons(world.lea, standpoint(), metric_ids=[made.kpi.metric_id])
    assert [one.closure.learning for one in found] == ["A second pump on Sundays."]
    answer(world.lea, the_promotion(made.kpi), "A third pump.")
    assert search(world.vic, "second") == []


def test_an_answer_on_a_hidden_kpi_is_found_by_nobody_else(world: World, hand: Hand) -> None:
    kpi = measured(visibility="team")
    made = at_work_on(world, hand, kpi)
    answer(world.lea, made, "A second pump.")
    assert search(world.otto, "pump") == []


def test_who_was_given_it_may_answer_and_others_may_not(world: World, hand: Hand) -> None:
    made = promoted(world, hand, owner=world.person("cem"))
    answer(world.cem, made, "A second pump.")
    with pytest.raises(NotAllowed):
        answer(world.vic, made, "Nothing")


def test_without_an_answer_it_is_asked_once_more_and_then_never(world: World, hand: Hand) -> None:
    promoted(world, hand, 99, 99, 99)
    assert remind() == 0
    hand.on(days=8)
    assert (remind(), remind()) == (1, 0)
    assert Notification.objects.filter(notice="lifecycle_answer_due").count() == 1


# Taking back


@pytest.mark.parametrize(
    "decide",
    [
        lambda lea, made, day: extend(lea, made, ends_on=made.ends_on + timedelta(days=30), reason="More"),
        lambda lea, made, day: replan(lea, made, ends_on=day + timedelta(days=90), target=70.0, revert_after=5,
                                      reason="Anew"),
        lambda lea, made, day: accept(lea, made, until=day + timedelta(days=30), reason="Fine"),
        lambda lea, made, day: withdraw(lea, made, reason="Stop"),
    ],
    ids=["extended", "replanned", "accepted", "withdrawn"],
)  # fmt: skip
def test_a_decision_that_is_taken_back_leaves_everything_as_it_was(world: World, hand: Hand, decide: Any) -> None:
    made = promoted(world, hand, 99)
    before = everything(made)
    decided = decide(world.lea, made, hand.day)
    assert everything(made) != before
    undo(world.lea, decided)
    assert everything(made) == before
    assert log(made.kpi)[-1] == "undone"


def test_a_reversion_that_is_taken_back_goes_on_and_needs_new_proof(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 99, 99)
    before = everything(made)
    week_by_week(hand, made.kpi, 99)
    undo(world.lea, newest(made.kpi, "reverted"), reason="The meter was stuck.")
    assert everything(made) == before
    assert evaluate() == 0
    week_by_week(hand, made.kpi, 99, 99)
    assert state(made.kpi) == "restoring"
    week_by_week(hand, made.kpi, 99)
    assert state(made.kpi) == "watched"


def test_a_promotion_that_is_taken_back_leaves_no_trace_but_the_log(world: World, hand: Hand) -> None:
    kpi = measured(response_plan="Call the vendor.")
    weeks_at_once(hand, kpi, 50, 50, 50)
    life = Life.objects.filter(kpi=kpi).values(*ROWS).get()
    made = promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))
    undo(world.lea, newest(kpi, "promoted"))
    assert Life.objects.filter(kpi=kpi).values(*ROWS).get() == life
    assert Objective.objects.get(pk=made.key_result.objective_id).archived_at is not None
    alert = Alert.objects.get(kpi=kpi, closed_at=None)
    assert (alert.state, alert.response.answered_at) == ("open", None)
    assert not ActionNote.objects.filter(kpi=kpi, superseded_at=None).exists()
    assert promote(world.lea, kpi, why="Now really.", ends_on=hand.day + timedelta(weeks=10)).pk != made.pk


def test_what_rules_did_since_goes_along(world: World, hand: Hand) -> None:
    made = promoted(world, hand, 99)
    undo(world.lea, newest(made.kpi, "promoted"))
    assert state(made.kpi) == "suspected"
    undone = Transition.objects.filter(kpi=made.kpi, undone_at__isnull=False).order_by("pk")
    assert list(undone.values_list("kind", flat=True)) == ["promoted", "restoring"]


def test_a_later_decision_stands_in_the_way(world: World, hand: Hand) -> None:
    made = promoted(world, hand)
    extend(world.lea, made, ends_on=made.ends_on + timedelta(days=7), reason="More")
    with pytest.raises(Refused) as refusal:
        undo(world.lea, newest(made.kpi, "promoted"))
    assert keys(refusal) == ["later-decision"]
    undo(world.lea, newest(made.kpi, "extended"))
    undo(world.lea, newest(made.kpi, "promoted"))
    assert state(made.kpi) == "suspected"


def test_after_a_week_it_stays(world: World, hand: Hand) -> None:
    made = promoted(world, hand)
    hand.on(days=7, seconds=1)
    with pytest.raises(Refused) as refusal:
        undo(world.lea, newest(made.kpi, "promoted"))
    assert keys(refusal) == ["too-late"]


def test_nothing_is_taken_back_twice(world: World, hand: Hand) -> None:
    made = promoted(world, hand)
    first = newest(made.kpi, "promoted")
    done = undo(world.lea, first)
    for one in (first, done):
        with pytest.raises(Refused) as refusal:
            undo(world.lea, one)
        assert keys(refusal) == ["already-undone"]


def test_a_date_is_not_taken_back(world: World, hand: Hand) -> None:
    made = promoted(world, hand, ends_on=hand.day + timedelta(weeks=7))
    week_by_week(hand, made.kpi, *[60] * 5)
    with pytest.raises(Refused) as refusal:
        undo(world.lea, newest(made.kpi, "overdue"))
    assert keys(refusal) == ["date-passed"]


def test_a_joined_objective_that_was_closed_since_is_to_be_reopened_first(world: World, hand: Hand) -> None:
    kpi = measured()
    weeks_at_once(hand, kpi, 50, 50, 50)
    first = hand.day - timedelta(days=10)
    cycle = create_cycle(admin(), "Spring", starts_on=first, ends_on=first + timedelta(days=120))
    objective = make_objective("Patients trust us", cycle=cycle)
    made = promote(world.lea, kpi, why="Too low.", cycle=cycle, objective=objective)
    ended = withdraw(world.lea, made, reason="Stop")
    objective.refresh_from_db()
    verdicts = {made.key_result.key: {"decision": "drop"}}
    close_objective(world.lea, objective, outcome="Done", learning="Less", decision="drop", items=verdicts)
    with pytest.raises(Refused) as refusal:
        undo(world.lea, ended)
    assert keys(refusal) == ["objective-closed"]


# Independent calendars (OR-16)


def test_closing_a_cycle_leaves_series_targets_and_alerts_of_kpis_alone(world: World, hand: Hand) -> None:
    kpi = measured()
    weeks_at_once(hand, kpi, 50, 50, 50)
    first = hand.day - timedelta(days=10)
    cycle = create_cycle(admin(), "Spring", starts_on=first, ends_on=first + timedelta(days=90))
    made = promote(world.lea, kpi, why="Too low.", cycle=cycle)
    made.key_result.objective.refresh_from_db()
    before = facts_of(kpi)
    close_objective(
        world.lea, made.key_result.objective, outcome="Not yet", learning="Pumps", decision="drop", items={}
    )
    close_cycle(world.ada, cycle)
    assert facts_of(kpi) == before


def test_a_promotion_that_outlives_a_cycle_does_not_hold_it_up(world: World, hand: Hand) -> None:
    kpi = measured()
    weeks_at_once(hand, kpi, 50, 50, 50)
    cycle = create_cycle(
        admin(), "Spring", starts_on=hand.day - timedelta(days=80), ends_on=hand.day + timedelta(days=10)
    )
    made = promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(days=60))
    made.key_result.objective.refresh_from_db()
    assert made.key_result.objective.cycle == cycle
    close_cycle(world.ada, cycle)
    hand.on(weeks=1)
    made.key_result.objective.refresh_from_db()
    assert (made.key_result.objective.state, Life.objects.get(kpi=kpi).state) == ("active", "promoted")


def facts_of(kpi: Kpi) -> list[Any]:
    alerts = Alert.objects.filter(kpi=kpi).values_list("rule", "state", "opened_at", "closed_at")
    return [
        list(kpi.metric.measurements.order_by("pk").values()), list(kpi.targets.order_by("pk").values()), list(alerts),
        Kpi.objects.values("state", "archived_at").get(pk=kpi.pk),
    ]  # fmt: skip
