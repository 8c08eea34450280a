"""What people owe: one list for key results and KPIs, by rules that can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from sextant.core import clock
from sextant.metrics.commands import RawPoint, record
from sextant.okrs.commands.blockers import raise_blocker, resolve_blocker
from sextant.okrs.commands.check_ins import acknowledge, check_in, take_back
from sextant.okrs.commands.key_results import archive_key_result
from sextant.okrs.commands.objectives import activate_objective
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.check_ins import DueItem, due_check_ins, item_of
from sextant.okrs.queries.due import count_due, mine, owed_key_results, owed_kpis, own_kpis
from sextant.okrs.queries.effort import last_pass, median_effort
from sextant.okrs.queries.team_check_ins import check_in_discipline, lead_list
from sextant.people.models import Person
from tests.make import make_kpi, record_values
from tests.okrs.running import END, START, add, at, days, objective_draft, running_key_result, said_on, seen_on
from tests.world import World

pytestmark = pytest.mark.django_db


def owed(world: World, day: date, who: str = "cem") -> list[DueItem]:
    return due_check_ins(world.actor(who), seen_on(day))


def test_both_kinds_are_in_one_list(world: World) -> None:
    one = running_key_result(world)
    kpi = make_kpi("waits", active=True, owner=world.person("cem"), grace_days=3)
    items = owed(world, date(2025, 4, 9))
    assert [(item.kind, item.key, item.is_late) for item in items] == [
        ("kpi", kpi.key, True),
        ("key_result", one.key, False),
    ]
    assert items[0].period_label == "2025-03"
    assert [item.owed.due_on for item in items if item.owed] == [date(2025, 4, 4), date(2025, 4, 11)]


def test_a_key_result_is_owed_until_something_is_said_and_again_next_week(world: World) -> None:
    one = running_key_result(world)
    assert [item.key for item in owed(world, START)] == [one.key]  # nothing was ever said
    said_on(world, START + days(1), one)
    assert owed(world, START + days(2)) == []
    assert [item.is_late for item in owed(world, START + days(7))] == [False]
    assert [item.is_late for item in owed(world, START + days(12))] == [True]


def test_what_was_taken_back_or_only_drafted_is_still_owed(world: World) -> None:
    one = running_key_result(world)
    said = said_on(world, START + days(1), one)
    with clock.writing_at(at(START + days(1), 10)):
        take_back(world.cem, said)
        check_in(world.cem, one, confidence=3, is_draft=True)
    (item,) = owed(world, START + days(2))
    assert (item.confidence, item.draft is not None) == (3, True)


def test_contributors_owe_it_too_and_one_answer_is_enough(world: World) -> None:
    one = running_key_result(world, contributors=[world.person("otto")])
    assert [item.key for item in owed(world, START, "otto")] == [one.key]
    said_on(world, START, one)
    assert owed(world, START, "otto") == []


def test_nothing_is_owed_of_drafts_of_archived_ones_and_after_the_end(world: World) -> None:
    one = running_key_result(world)
    add(world, objective_draft(world), title="Only a draft")
    assert len(owed(world, END)) == 1
    assert owed(world, END + days(7)) == []
    archive_key_result(world.lea, KeyResult.objects.get(pk=one.pk))
    assert owed(world, START) == []


def test_the_rhythm_of_a_key_result_decides(world: World) -> None:
    monthly = running_key_result(world, check_in_every="month")
    said_on(world, START, monthly)
    assert owed(world, date(2025, 3, 14)) == []
    assert [item.key for item in owed(world, date(2025, 3, 24))] == [monthly.key]  # due on Friday, the 28th


def test_an_item_is_filled_in_with_the_last_value_confidence_and_status(world: World) -> None:
    one = running_key_result(world)
    said_on(world, START, one, value=52, confidence=8, status="at_risk")
    (item,) = owed(world, START + days(7))
    assert (item.value, item.confidence, item.status) == (52, 8, "at_risk")
    assert (item.period_label, item.takes_value, item.is_automatic) == ("2025-W11", True, False)
    assert item.seen > 0


def test_an_automatic_one_asks_for_no_value(world: World) -> None:
    one = running_key_result(world)
    assert one.metric is not None
    record(world.lea, [RawPoint(one.metric.key, "2025-W10", 50)], kind="push")
    (item,) = owed(world, START + days(7))
    assert (item.takes_value, item.is_automatic, item.value) == (False, True, 50)


def test_a_key_result_on_a_kpi_takes_its_value_from_there(world: World) -> None:
    kpi = make_kpi("waits", active=True)
    record_values(kpi, {"2025-02": 31})
    one = running_key_result(world, metric=kpi.metric)
    (item,) = owed(world, START)
    assert (item.key, item.is_automatic, item.value) == (one.key, True, 31)


def test_where_weeks_add_up_the_value_of_another_week_is_not_filled_in(world: World) -> None:
    own = {"unit": "count", "how_measured": "Counted.", "aggregation": "sum"}
    one = running_key_result(world, own_metric=own, reading="total", terms={"baseline": 0, "target": 90})
    said_on(world, START, one, value=8)
    assert owed(world, START + days(7))[0].value is None


def test_a_kpi_is_owed_until_its_period_has_a_value_from_any_door(world: World) -> None:
    kpi = make_kpi("waits", active=True)
    point = seen_on(date(2025, 4, 2))
    assert list(owed_kpis(own_kpis(world.lea), point)) == [kpi.pk]
    record_values(kpi, {"2025-03": "n/a"})
    assert owed_kpis(own_kpis(world.lea), point) == {}


def test_pushed_and_calculated_kpis_are_not_owed(world: World) -> None:
    pushed = make_kpi("pushed", active=True)
    record(world.lea, [RawPoint(pushed.metric.key, "2025-01", 5)], kind="push")
    make_kpi("calculated", active=True, formula="[pushed] * 2")
    assert owed_kpis(own_kpis(world.lea), seen_on(date(2025, 4, 2))) == {}


def test_the_count_is_that_of_the_list(world: World) -> None:
    running_key_result(world, starts_on=START)
    make_kpi("waits", active=True, owner=world.person("cem"))
    KeyResult.objects.update(due_on=date(2999, 1, 1))
    assert count_due(world.cem) == len(due_check_ins(world.cem)) == 2
    assert count_due(world.vic) == 0


def test_the_list_and_the_count_take_a_fixed_number_of_statements(
    world: World, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with clock.writing_at(at(START, 8)):
        objective = objective_draft(world)
        for number in range(6):
            add(world, objective, title=f"Result {number}")
        activate_objective(world.lea, objective)
    for number in range(4):
        make_kpi(f"kpi-{number}", active=True, owner=world.person("cem"))
    cem, point = world.cem, seen_on(START)
    with django_assert_max_num_queries(38):
        assert len(due_check_ins(cem, point)) == 10
    with django_assert_max_num_queries(5):
        owed_key_results(mine(cem), point)
        owed_kpis(own_kpis(cem), point)


def test_the_form_of_one_thing_is_there_whether_it_is_owed_or_not(world: World) -> None:
    one = running_key_result(world)
    said_on(world, START, one, value=52)
    item = item_of(world.cem, one, seen_on(START + days(1)))
    assert (item.owed, item.value) == (None, 52)


def test_a_team_is_on_time_late_or_missed_week_by_week(world: World) -> None:
    one = running_key_result(world)
    said_on(world, START + days(2), one)  # in time, Friday the 7th
    said_on(world, START + days(12), one)  # late, Saturday after the 14th
    # nothing for the 21st, in time for the 28th
    said_on(world, START + days(23), one)
    (team,) = check_in_discipline(world.vic, months=2, today=date(2025, 4, 1))
    assert team.team == "Emergency"
    march = team.each[team.months.index((2025, 3))]
    assert (march.on_time, march.late, march.missed) == (2, 1, 1)
    assert march.rate == 0.5


def test_a_week_that_ran_before_the_key_result_was_published_is_not_counted(world: World) -> None:
    running_key_result(world, START + days(2))
    (team,) = check_in_discipline(world.vic, months=1, today=date(2025, 3, 31))
    assert team.each[0].due == 3


def test_effort_is_the_median_per_item_and_per_pass(world: World) -> None:
    one = running_key_result(world)
    for minute, seconds in ((0, 10.0), (1, 20.0), (2, 60.0)):
        with clock.writing_at(at(START).replace(minute=minute)):
            check_in(world.cem, one, confidence=5, seconds=seconds)
    with clock.writing_at(at(START + days(1))):
        check_in(world.cem, one, confidence=5, seconds=40.0)
        check_in(world.cem, one, confidence=5, seconds=-1)
    effort = median_effort(person_id=world.person("cem").pk, now=seen_on(START + days(2)).now)
    assert (effort.per_item, effort.per_pass, effort.items, effort.passes) == (30.0, 65.0, 4, 2)
    assert median_effort(team_ids=[world.emergency.pk], now=seen_on(START + days(2)).now) == effort
    assert median_effort(team_ids=[world.surgery.pk], now=seen_on(START + days(2)).now).per_item is None


def test_the_last_pass_ends_where_a_long_pause_began(world: World) -> None:
    one = running_key_result(world)
    for hour in (9, 12):
        with clock.writing_at(at(START, hour)):
            check_in(world.cem, one, confidence=5)
    noon = seen_on(START, 12).now
    assert [said.known_at.hour for said in last_pass(world.cem, noon)] == [12]
    assert last_pass(world.cem, seen_on(START, 14).now) == []


def test_a_lead_sees_what_is_unread_owed_and_in_the_way(world: World) -> None:
    one = running_key_result(world)
    KeyResult.objects.update(due_on=date(2999, 1, 1))
    with clock.writing_at(at(START)):
        old = raise_blocker(world.cem, one, text="No room")
    raise_blocker(world.cem, one, text="No budget", owner=world.person("lea"))
    found = lead_list(world.lea)
    assert [(by.person, len(by.items)) for by in found.owed] == [(world.person("cem"), 1)]
    assert [(b.blocker.text, b.is_escalated) for b in found.blockers] == [("No room", True), ("No budget", False)]
    said = check_in(world.cem, one, confidence=5)
    resolve_blocker(world.cem, old)
    found = lead_list(world.lea)
    assert (found.unread, found.owed, found.escalated) == ((said,), (), 0)
    acknowledge(world.lea, said)
    assert lead_list(world.lea).unread == ()


def test_who_leads_nothing_here_sees_nothing_and_an_administrator_all(world: World) -> None:
    one = running_key_result(world)
    check_in(world.cem, one, confidence=5)
    assert lead_list(world.otto).unread == lead_list(world.vic).unread == ()
    assert len(lead_list(world.ada).unread) == 1
    assert lead_list(world.ada, team_ids=[world.surgery.pk]).unread == ()


def test_what_is_hidden_from_somebody_is_not_on_their_list(world: World) -> None:
    one = running_key_result(world, contributors=[world.person("otto")])
    Objective.objects.filter(pk=one.objective_id).update(visibility="team")
    assert owed(world, START, "otto") == []
    assert Person.objects.filter(email="otto@hospital.example").exists()
