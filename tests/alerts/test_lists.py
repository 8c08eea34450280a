"""The inbox, what waits, rules in force, and how all of it looked on a past day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sextant.alerts import commands
from sextant.alerts.evaluating import evaluate
from sextant.alerts.models import Alert, AlertStep, Response
from sextant.alerts.queries.inbox import InboxFilter, alert, alerts_of, history, inbox
from sextant.alerts.queries.rules import RulesInForce, rules_for
from sextant.alerts.queries.waiting import targets_without_action, unanswered
from sextant.alerts.sentences import STEPS
from sextant.core.errors import Hidden
from sextant.kpis.commands import note_action
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.initiatives import create_initiative
from sextant.people.models import Person
from sextant.people.queries import today
from tests.alerts.episodes import look, the_alert, values, watched
from tests.make import day, make_key_result, make_kpi, make_objective, start
from tests.world import World


def test_the_inbox_says_what_since_when_and_who(world: World) -> None:
    kpi = watched(response_plan="Open the second desk.")
    values(kpi, 95, 60, 60)
    look(kpi)
    [line] = inbox(world.lea).lines
    assert "Past the red flag of 70 %" in line.sentence
    assert "60 % where 90 % was aimed at" in line.sentence
    assert line.how_sure == "2 periods in a row"
    assert line.since
    assert (line.kind, line.key, line.team, line.owner) == ("kpi", kpi.key, world.emergency, world.person("lea"))
    assert line.response is not None
    assert line.may_handle
    assert not inbox(world.vic).lines[0].may_handle


def test_filters_narrow_it_and_counts_say_what_the_others_would_show(world: World) -> None:
    kpis = [watched(f"kpi-{number}") for number in range(3)]
    for kpi in kpis:
        values(kpi, 60)
    look()
    commands.acknowledge(world.lea, the_alert(kpis[0]))
    commands.close(world.lea, the_alert(kpis[1]), reason="Known")
    found = inbox(world.lea)
    assert found.states == {"acknowledged": 1, "closed": 1, "open": 1}
    assert [line.state for line in found.lines] == ["open", "acknowledged"]
    assert inbox(world.lea, InboxFilter(state="closed")).total == 1
    assert inbox(world.lea, InboxFilter(rule="late")).total == 0
    assert inbox(world.lea, InboxFilter(team=world.surgery)).total == 0
    assert inbox(world.lea, InboxFilter(team=world.hospital, state="all")).total == 3
    assert inbox(world.otto, InboxFilter(mine=True)).total == 0


def test_pages_hold_every_line_once(world: World) -> None:
    for number in range(5):
        values(watched(f"kpi-{number}"), 60)
    look()
    pages = [inbox(world.lea, page=number, per_page=2) for number in (1, 2, 3, 99)]
    assert [page.page for page in pages] == [1, 2, 3, 3]
    assert len({line.id for page in pages[:3] for line in page.lines}) == 5


def test_the_number_of_statements_does_not_grow_with_the_alerts(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        values(watched(f"kpi-{number}"), 60)
    look()
    actor = world.lea
    with django_assert_max_num_queries(8):
        assert len(inbox(actor).lines) == 12


def test_what_is_out_of_sight_does_not_exist(world: World) -> None:
    kpi = watched(visibility="team")
    values(kpi, 60)
    look(kpi)
    pk = the_alert(kpi).pk
    assert inbox(world.otto, InboxFilter(state="all")).states == {}
    for wrong in (pk, 10**30, "1e3", "²", -1):
        with pytest.raises(Hidden):
            alert(world.otto, wrong)
    assert alert(world.vic, pk).id == pk


def test_a_past_day_shows_the_alerts_of_that_day_as_they_stood(world: World) -> None:
    kpi = watched()
    values(kpi, 60)
    look(kpi)
    commands.close(world.lea, the_alert(kpi), reason="Done")
    now = timezone.now()
    Alert.objects.update(opened_at=now - timedelta(days=10), closed_at=now - timedelta(days=4))
    AlertStep.objects.filter(kind="opened").update(known_at=now - timedelta(days=10))
    AlertStep.objects.filter(kind="closed").update(known_at=now - timedelta(days=4))
    assert [line.state for line in inbox(world.lea, point=standpoint(day(-6))).lines] == ["open"]
    assert inbox(world.lea, point=standpoint(day(-3))).lines == []
    assert inbox(world.lea, InboxFilter(state="all"), standpoint(day(-11))).total == 0
    with pytest.raises(Hidden):
        alert(world.lea, Alert.objects.get().pk, standpoint(day(-11)))
    assert [step.kind for step in history(world.lea, Alert.objects.get().pk, standpoint(day(-6)))] == ["opened"]
    assert len(alerts_of(world.lea, kpi, live=True)) == 0
    assert len(alerts_of(world.lea, kpi)) == 1


def test_alerts_can_be_raised_for_a_past_day_by_who_builds_history(world: World) -> None:
    from sextant.core.clock import writing_at

    then = timezone.now() - timedelta(days=30)
    with writing_at(then):
        kpi = watched()
        values(kpi, 95, 60, back=6)
        evaluate([kpi.metric_id], as_of=then.date())
    assert the_alert(kpi).opened_at == then


def test_what_nobody_owns_is_on_the_list_of_the_pmo(world: World) -> None:
    kpi = watched()
    values(kpi, 60)
    look(kpi)
    assert unanswered(world.ada).count == 0
    Person.objects.filter(pk=world.person("lea").pk).update(archived_at=timezone.now())
    assert [line.key for line in unanswered(world.ada).without_owner] == [kpi.key]
    assert unanswered(world.ada, team=world.surgery).count == 0


def test_an_answered_response_or_a_closed_alert_waits_for_nobody(world: World) -> None:
    kpis = [watched("one"), watched("two")]
    for kpi in kpis:
        values(kpi, 60)
    look()
    Response.objects.update(due_on=today() - timedelta(days=1))
    assert unanswered(world.lea).count == 2
    commands.answer_response(world.lea, the_alert(kpis[0]).response, what="A second desk")
    commands.close(world.lea, the_alert(kpis[1]), reason="Known")
    assert unanswered(world.lea).count == 0


def test_a_reminder_goes_out_once_after_the_day(world: World) -> None:
    from sextant.alerts.evaluating import remind
    from sextant.core.jobs import run_due
    from sextant.notifications.models import Notification

    kpi = watched()
    values(kpi, 60)
    look(kpi)
    assert remind() == 0
    Response.objects.update(due_on=today() - timedelta(days=1))
    assert remind() == 1
    assert remind() == 0
    run_due()
    assert Notification.objects.filter(notice="response_due").count() == 1
    assert {one.kind for one in AlertStep.objects.all()} <= set(STEPS)  # all of them have words for people


def test_targets_without_action_are_those_a_query_by_hand_finds(world: World) -> None:
    from sextant.calc.periods import Frequency, period_of
    from sextant.kpis.commands import set_target
    from sextant.people.queries import now_local

    off, noted, worked, fine, aimed = (watched(key) for key in ("off", "noted", "worked", "fine", "aimed"))
    for kpi in (off, noted, worked):
        values(kpi, 60)
    for kpi in (fine, aimed):
        values(kpi, 95)
    note_action(world.lea, noted, text="A second desk")
    objective = make_objective()
    key_result = make_key_result(objective, metric=worked.metric)
    start(objective)
    create_initiative(world.lea, objective, title="Hire", key_result=key_result)
    far = period_of(now_local() + timedelta(days=1500), Frequency.YEAR)
    set_target(world.lea, aimed, aim_by=far, target=99)
    make_kpi("draft-kpi", frequency="week")
    assert [(one.kpi.key, one.kind) for one in targets_without_action(world.lea)] == [
        ("off", "off_target"),
        ("aimed", "aim"),
    ]
    assert targets_without_action(world.lea, team=world.surgery) == []


def test_the_nearest_place_that_says_a_setting_counts_and_is_named(world: World) -> None:
    kpi = watched()
    commands.set_rule(world.ada, "deviation", settings={"budget": 2, "side": "both"}, reason="House rule")
    commands.set_rule(world.ada, "deviation", settings={"budget": 0.5}, reason="Calm", team=world.hospital)
    commands.set_rule(world.lea, "deviation", settings={"response_days": 3}, reason="Fast", kpi=kpi)
    found = RulesInForce(standpoint()).at("deviation", world.emergency.pk, kpi_id=kpi.pk)
    assert (found.settings.budget, found.settings.side, found.settings.response_days) == (0.5, "both", 3)
    kinds = {name: origin.kind for name, origin in found.origins.items()}
    assert (kinds["budget"], kinds["side"], kinds["response_days"], kinds["on"]) == (
        "team",
        "organisation",
        "kpi",
        "shipped",
    )
    assert found.why.inputs["budget"] == {"value": 0.5, "from": "team", "place": world.hospital.name}
    commands.restore_rule(world.lea, "deviation", reason="Back", kpi=kpi)
    assert RulesInForce(standpoint()).at("deviation", world.emergency.pk, kpi_id=kpi.pk).settings.response_days == 7


def test_a_mute_ends_after_its_day_and_a_nearer_word_lifts_it(world: World) -> None:
    kpi = watched()
    row = commands.mute_rule(world.ada, "late", reason="Holidays", until=today(), team=world.hospital)
    assert RulesInForce(standpoint()).at("late", world.emergency.pk).is_muted
    commands.set_rule(world.lea, "late", settings={"on": True}, reason="This one matters", kpi=kpi)
    assert not RulesInForce(standpoint()).at("late", world.emergency.pk, kpi_id=kpi.pk).is_muted
    row.until = day(-1)
    row.save()
    assert not RulesInForce(standpoint()).at("late", world.emergency.pk).is_muted


def test_a_setting_after_a_mute_keeps_the_mute_and_its_day(world: World) -> None:
    until = today() + timedelta(days=5)
    commands.mute_rule(world.ada, "late", reason="Holidays", until=until)
    commands.set_rule(world.ada, "late", settings={"hears": ["lead"]}, reason="Leads want it")
    found = RulesInForce(standpoint()).at("late", None)
    assert found.mute is not None
    assert (found.mute.until, found.settings.hears) == (until, ("lead",))


def test_a_place_lists_the_rules_that_can_hold_there(world: World) -> None:
    kpi = watched()
    here = rules_for(world.lea, kpi=kpi)
    assert "unlikely" not in {one.rule.key for one in here.rules}
    assert here.may_set
    assert not rules_for(world.vic, kpi=kpi).may_set
    everybody = rules_for(world.lea)
    assert len(everybody.rules) == 9
    assert not everybody.may_set
