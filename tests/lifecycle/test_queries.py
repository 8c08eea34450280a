"""The board, the story of one KPI, the red ones, marks and suggestions: what each of them answers, to whom and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.core.actors import Actor
from sextant.kpis.commands import note_action
from sextant.kpis.models import Kpi
from sextant.lifecycle.commands import accept, answer, extend, promote, replan, set_aside, undo
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.queries.board import Board, Entry, board
from sextant.lifecycle.queries.marks import marks
from sextant.lifecycle.queries.promotions import exit_progress, promotion_of
from sextant.lifecycle.queries.reds import Red, reds
from sextant.lifecycle.queries.suggested import suggestions
from sextant.lifecycle.queries.timeline import timeline
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import Objective
from sextant.people import queries as people
from sextant.people.commands import archive_person
from tests.lifecycle.weeks import Hand, come, measured, week_by_week, weeks_at_once
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def suspected(hand: Hand, key: str = "uptime", **changes: Any) -> Kpi:
    kpi = measured(key, **changes)
    weeks_at_once(hand, kpi, 50, 50, 50)
    return kpi


def worked_on(world: World, hand: Hand, *values: float, key: str = "uptime", **said: Any) -> Promotion:
    kpi = suspected(hand, key)
    made = promote(
        world.lea, kpi, **({"why": "Patients wait.", "ends_on": hand.day + timedelta(weeks=10)} | said)
    )  # fmt: skip
    week_by_week(hand, kpi, *values)
    return made


def entry(found: Board, key: str) -> Entry:
    return next(one for column in found.columns for one in column.entries if one.kpi.key == key)


def shown(actor: Actor) -> dict[str, int]:
    return {state: count for state, count in board(actor, standpoint()).counts.items() if count}


# The board


def test_the_board_says_who_is_at_it_since_when_and_what_comes_next(world: World, hand: Hand) -> None:
    worked_on(world, hand, 99, 99)
    measured("downtime")
    found = board(world.vic, standpoint())
    assert {state: count for state, count in found.counts.items() if count} == {"restoring": 1, "monitored": 1}
    one = entry(found, "uptime")
    assert (one.decides, one.days, one.owner_left) == (world.person("lea"), 7, False)
    assert one.progress is not None
    assert one.progress.sentence.startswith("2 of 3 weeks in a row on target; no change for the worse; ends ")
    assert one.next_on == one.promotion.ends_on  # type: ignore[union-attr]


def test_what_waits_for_a_decision_stands_on_top_overdue_first(world: World, hand: Hand) -> None:
    suspected(hand, "downtime")
    worked_on(world, hand, ends_on=hand.day + timedelta(weeks=7))
    hand.on(weeks=5)
    come(Kpi.objects.get(key="uptime"), 60)
    assert [one.kpi.key for one in board(world.lea, standpoint()).deciding] == ["uptime", "downtime"]


def test_a_restricted_kpi_is_on_nobody_elses_board_and_in_no_count(world: World, hand: Hand) -> None:
    suspected(hand, visibility="team")
    assert shown(world.lea) == {"suspected": 1}
    assert shown(world.otto) == {}


def test_a_key_result_that_the_reader_may_not_see_is_left_out(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    Objective.objects.filter(pk=made.key_result.objective_id).update(visibility="team")
    for actor, is_named in ((world.otto, False), (world.lea, True)):
        one = entry(board(actor, standpoint()), "uptime")
        story = timeline(actor, made.kpi, standpoint())
        assert (one.key_result is not None) is is_named
        assert ("Uptime from 50" in one.sentence) is is_named
        assert any("Uptime from 50" in line.sentence for line in story) is is_named


def test_the_board_of_a_past_day_is_as_it_was(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    day = hand.day
    week_by_week(hand, made.kpi, 99, 99, 99)
    assert shown(world.lea) == {"watched": 1}
    past = board(world.lea, standpoint(day))
    assert {state: count for state, count in past.counts.items() if count} == {"promoted": 1}


def test_an_undo_of_today_does_not_change_the_board_of_yesterday(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    day = hand.day
    hand.on(days=1)
    undo(world.lea, made.transitions.get(kind="promoted"))
    assert shown(world.lea) == {"suspected": 1}
    assert entry(board(world.lea, standpoint(day)), "uptime").state == "promoted"


def test_an_owner_who_left_is_shown_and_somebody_here_decides(world: World, hand: Hand) -> None:
    made, cem = worked_on(world, hand), world.person("cem")
    archive_person(world.ada, cem)
    Metric.objects.filter(pk=made.kpi.metric_id).update(owner=cem)
    people.forget()
    one = entry(board(world.lea, standpoint()), "uptime")
    assert (one.owner_left, one.decides) == (True, world.person("lea"))


def test_a_board_of_many_takes_no_more_statements_than_one_of_few(world: World, hand: Hand) -> None:
    def asked() -> list[str]:
        people.forget()
        with people.remembering(), CaptureQueriesContext(connection) as seen:
            board(world.vic, standpoint())
        return [one["sql"] for one in seen]

    kpis = [measured(f"kpi-{number}") for number in range(5)]
    hand.on(weeks=1)
    for kpi in kpis:
        come(kpi, 50)
    promote(world.lea, kpis[0], why="Low", ends_on=hand.day + timedelta(weeks=9))
    few = asked()
    for kpi in kpis[1:]:
        promote(world.lea, kpi, why="Low", ends_on=hand.day + timedelta(weeks=9))
    many = asked()
    assert len(many) <= len(few), many


# The story of one KPI


def test_the_story_names_people_rules_and_the_values_as_they_were_known(world: World, hand: Hand) -> None:
    made = worked_on(world, hand, 99, 99, 99)
    hand.on(hours=1)
    come(made.kpi, 60, back=1)
    lines = timeline(world.lea, made.kpi, standpoint())
    assert [one.kind for one in lines] == ["restated", "reverted", "restoring", "promoted", "suspected"]
    reverted = lines[1]
    assert reverted.sentence.startswith("Restored: on target for 3 weeks in a row (week ")
    assert [(one.value, one.now) for one in reverted.evidence] == [(99.0, None), (99.0, 60.0), (99.0, None)]
    assert (lines[3].author, lines[3].is_by_person, lines[1].is_by_person) == ("Lea Lead", True, False)


def test_what_was_taken_back_is_struck_and_stays_in_the_story(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    undo(world.lea, made.transitions.get(kind="promoted"), reason="Wrong KPI.")
    lines = timeline(world.lea, made.kpi, standpoint())
    assert [(one.kind, one.is_struck) for one in lines] == [
        ("undone", False), ("promoted", True), ("suspected", False),
    ]  # fmt: skip
    assert lines[1].undone_by == lines[0].transition
    assert lines[0].sentence.startswith("Taken back: “Promoted” of ")


def test_only_who_may_decide_is_offered_to_take_something_back(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    assert [one.can_undo for one in timeline(world.lea, made.kpi, standpoint())] == [True, False]
    assert not any(one.can_undo for one in timeline(world.vic, made.kpi, standpoint()))
    hand.on(days=8)
    assert not any(one.can_undo for one in timeline(world.lea, made.kpi, standpoint()))


def test_every_line_of_every_kind_reads_as_a_sentence(world: World, hand: Hand) -> None:
    made = worked_on(world, hand, 99, 60, 99, 99, 99)
    week_by_week(hand, made.kpi, 50, 50, 50)
    accept(world.lea, made.kpi, until=hand.day + timedelta(weeks=3), reason="Until the new machine")
    said = [one.sentence for one in timeline(world.lea, made.kpi, standpoint())]
    assert len(said) == Transition.objects.filter(kpi=made.kpi).count()
    assert all(one.endswith((".", "?")) or ": " in one for one in said)
    assert not any("%" in one and "(" in one and ")s" in one for one in said)


# The red ones


def red_one(world: World, key: str, *, weeks: int = 20) -> Red:
    found = reds(world.lea, standpoint(), since=people.today() - timedelta(weeks=weeks))
    return next(one for one in found.rows if one.kpi.key == key)


def test_the_red_ones_say_what_was_done_by_whom_and_what_came_of_it(world: World, hand: Hand) -> None:
    made = worked_on(world, hand, 99, 99, 99)
    suspected(hand, "downtime")
    noted = suspected(hand, "falls")
    note_action(world.lea, noted, text="New mats", owner=world.person("cem"), due_on=hand.day)
    found = reds(world.lea, standpoint(), since=hand.day - timedelta(weeks=20))
    assert {name: count for name, count in found.counts.items() if count} == {"restored": 1, "acted": 1, "nothing": 1}
    assert [one.kpi.key for one in found.rows] == ["downtime", "falls", "uptime"]
    assert [one.is_red_now for one in found.rows].count(True) == 2
    assert found.unanswered == 1
    assert found.answer.startswith("3 KPIs were off target since ")
    assert found.answer.endswith(": 1 restored, 1 with something being done, nothing was done about 1.")
    restored = red_one(world, "uptime")
    assert [(one.kind, one.who, one.outcome) for one in restored.deeds] == [("promotion", "Lea Lead", "reverted")]
    assert restored.until is not None
    assert [(one.kind, one.who) for one in red_one(world, "falls").deeds] == [("action", "Cem Contributor")]
    assert made.pk


def test_an_action_past_its_day_is_no_answer_any_more_and_an_earlier_one_none_at_all(
    world: World, hand: Hand
) -> None:  # fmt: skip
    kpi, other = suspected(hand), suspected(hand, "downtime")
    note_action(world.lea, kpi, text="New mats", owner=world.person("cem"), due_on=hand.day + timedelta(days=3))
    note_action(world.lea, other, text="New pump", owner=world.person("cem"), due_on=hand.day + timedelta(days=3))
    assert red_one(world, "uptime").outcome == "acted"
    week_by_week(hand, kpi, 50)
    assert (red_one(world, "uptime").outcome, red_one(world, "uptime").label) == (
        "late", "What was to be done is past its day",
    )  # fmt: skip
    weeks_at_once(hand, other, 99, 99, 50)
    assert (red_one(world, "downtime").outcome, red_one(world, "downtime").deeds) == ("nothing", ())


def test_the_past_knows_no_answer_of_later(world: World, hand: Hand) -> None:
    made = worked_on(world, hand, 99, 99, 99)
    before = hand.day
    hand.on(days=5)
    answer(world.lea, made, "A second machine.")
    lessons = [
        [deed.lesson for row in reds(world.lea, point, since=before - timedelta(weeks=20)).rows for deed in row.deeds]
        for point in (standpoint(before + timedelta(days=1)), standpoint())
    ]
    assert lessons == [[""], ["A second machine."]]


def test_the_past_knows_no_last_day_or_rule_of_later(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    first, ends = hand.day, made.ends_on
    hand.on(days=2)
    extend(world.lea, made, ends_on=ends + timedelta(weeks=4), reason="Parts come late.")
    second = hand.day
    hand.on(days=2)
    made.refresh_from_db()
    replan(world.lea, made, ends_on=ends + timedelta(weeks=8), revert_after=5, reason="Larger.")
    made.refresh_from_db()
    seen = [
        (row.deeds[0].due_on, exit_progress(made, point).ends_on, exit_progress(made, point).needed)
        for point in (standpoint(first), standpoint(second), standpoint())
        for row in reds(world.lea, point, since=first - timedelta(weeks=20)).rows
    ]
    assert seen == [(day, day, needed) for day, needed in (
        (ends, 3), (ends + timedelta(weeks=4), 3), (ends + timedelta(weeks=8), 5),
    )]  # fmt: skip


def test_a_promotion_that_was_taken_back_later_was_at_work_then(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    before = hand.day
    hand.on(days=2)
    undo(world.lea, made.transitions.get(kind="promoted"), reason="Wrong KPI.")
    since = before - timedelta(weeks=20)
    [then], [now] = (reds(world.lea, point, since=since).rows for point in (standpoint(before), standpoint()))
    assert (then.deeds[0].kind, then.deeds[0].outcome, then.outcome) == ("promotion", "", "at_work")
    assert (now.deeds, now.outcome) == ((), "nothing")


def test_a_promotion_is_told_once_though_it_answers_the_alert_too(world: World, hand: Hand) -> None:
    kpi = suspected(hand, response_plan="Call the vendor.")
    promote(world.lea, kpi, why="Patients wait.", ends_on=hand.day + timedelta(weeks=10))
    assert [one.kind for one in red_one(world, "uptime").deeds] == ["promotion"]
    assert red_one(world, "uptime").outcome == "at_work"


def test_accepted_and_set_aside_are_answers_too(world: World, hand: Hand) -> None:
    accept(world.lea, suspected(hand), until=hand.day + timedelta(weeks=8), reason="Until May")
    set_aside(world.lea, suspected(hand, "downtime"), reason="Closed ward")
    assert (red_one(world, "uptime").outcome, red_one(world, "downtime").outcome) == ("accepted", "set_aside")


def test_what_was_red_before_and_what_nobody_may_see_is_left_out(world: World, hand: Hand) -> None:
    week_by_week(hand, measured("old"), 50, 99, 99, 99)
    suspected(hand, "hidden", visibility="team")
    since = hand.day - timedelta(weeks=4)
    assert [one.kpi.key for one in reds(world.lea, standpoint(), since=since).rows] == ["hidden"]
    nobody = reds(world.otto, standpoint(), since=since)
    assert (nobody.rows, nobody.answer.startswith("No KPI was off target since ")) == ((), True)


# Marks, progress, suggestions


def test_a_kpi_carries_its_mark_while_something_is_done_about_it(world: World, hand: Hand) -> None:
    made, calm = worked_on(world, hand, 99), measured("downtime")
    found = marks([made.kpi_id, calm.pk], standpoint())
    assert set(found) == {made.kpi_id}
    one = found[made.kpi_id]
    assert (one.state, one.key_result, one.is_at_work) == ("restoring", made.key_result.key, True)
    assert one.sentence.startswith("Lea Lead works on it until ")


def test_a_relapse_is_named_in_the_mark_and_among_the_suggestions(world: World, hand: Hand) -> None:
    made = worked_on(world, hand, 99, 99, 99, 50, 50, 50)
    suspected(hand, "downtime")
    assert marks([made.kpi_id], standpoint())[made.kpi_id].label == "Relapse"
    found = suggestions(world.lea, standpoint())
    assert [(one.kpi.key, one.is_relapse, one.may_promote) for one in found] == [
        ("uptime", True, True), ("downtime", False, True),
    ]  # fmt: skip
    assert ": off target for " in found[0].sentence
    assert suggestions(world.vic, standpoint(), told=[made.kpi_id], limit=5)[0].may_promote is False


def test_how_far_the_exit_is_follows_every_value(world: World, hand: Hand) -> None:
    made = worked_on(world, hand, 99, 99)
    assert (exit_progress(made, standpoint()).met, exit_progress(made, standpoint()).share) == (2, 2 / 3)
    week_by_week(hand, made.kpi, 60)
    assert exit_progress(made, standpoint()).met == 0
    week_by_week(hand, made.kpi, 99, 99, 99)
    done = promotion_of(made.key_result)
    assert done is not None
    assert (exit_progress(done, standpoint()).is_over, exit_progress(done, standpoint()).met) == (True, 3)


def test_a_promotion_that_was_taken_back_is_no_key_results_promotion(world: World, hand: Hand) -> None:
    made = worked_on(world, hand)
    undo(world.lea, made.transitions.get(kind="promoted"))
    assert promotion_of(made.key_result) is None
