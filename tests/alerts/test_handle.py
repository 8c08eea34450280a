"""What people do with an alert, and who may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sextant.alerts import commands
from sextant.alerts.models import Alert, AlertStep, Dismissal, Response
from sextant.core import access
from sextant.core.errors import NotAllowed, Refused
from sextant.core.models import Event
from sextant.kpis.models import ActionNote
from sextant.notifications.models import Notification
from sextant.people.queries import today
from tests.alerts.episodes import look, the_alert, values, watched
from tests.doors.calls import pusher
from tests.world import World


@pytest.fixture
def alert(world: World) -> Alert:
    kpi = watched()
    values(kpi, 60)
    look(kpi)
    return the_alert(kpi)


def test_two_people_who_take_note_at_once_make_one_note(world: World, alert: Alert) -> None:
    first, second = Alert.objects.get(), Alert.objects.get()
    commands.acknowledge(world.lea, first)
    commands.acknowledge(world.cem, second)
    assert second.state == "acknowledged"
    assert AlertStep.objects.filter(kind="acknowledged").count() == 1
    assert Event.objects.filter(name="alert.acknowledged").count() == 1


def test_closing_needs_a_reason_and_holds_until_the_cause_has_ceased(world: World, alert: Alert) -> None:
    with pytest.raises(Refused, match="why"):
        commands.close(world.lea, alert, reason=" ")
    commands.close(world.lea, alert, reason="Known, the roof is being mended")
    kpi = alert.kpi
    assert kpi is not None
    assert look(kpi) == 0
    values(kpi, 95)
    look(kpi)
    values(kpi, 61)
    look(kpi)
    assert the_alert(kpi, "red_flag").pk != alert.pk


def test_who_closes_while_another_takes_note_wins(world: World, alert: Alert) -> None:
    stale = Alert.objects.get()
    commands.close(world.lea, alert, reason="Done")
    with pytest.raises(Refused, match="closed"):
        commands.acknowledge(world.cem, stale)


def test_it_can_be_reopened_unless_a_newer_one_is_open(world: World, alert: Alert) -> None:
    commands.close(world.lea, alert, reason="Done")
    commands.reopen(world.lea, alert, reason="It was not")
    assert Alert.objects.get().state == "open"
    commands.close(world.lea, alert, reason="Done")
    Alert.objects.create(rule=alert.rule, kpi=alert.kpi, opened_at=alert.opened_at)
    with pytest.raises(Refused, match="newer"):
        commands.reopen(world.lea, alert)


def test_a_snooze_needs_a_day_ahead(world: World, alert: Alert) -> None:
    for until in (today(), today() - timedelta(days=1), today() + timedelta(days=500)):
        with pytest.raises(Refused):
            commands.snooze(world.lea, alert, until=until)
    commands.snooze(world.lea, alert, until=today() + timedelta(days=1))
    assert alert.recheck_at == alert.snooze_until
    commands.reopen(world.lea, alert)
    assert (alert.state, alert.recheck_at) == ("open", None)


def test_it_is_given_to_somebody_who_is_here_and_may_see_it(world: World, alert: Alert) -> None:
    commands.assign(world.lea, alert, world.person("cem"))
    assert Response.objects.get().owner == world.person("cem")
    assert Notification.objects.filter(person=world.person("cem"), notice="alert_assigned").count() == 1
    commands.assign(world.lea, alert, None)
    assert Response.objects.get().owner is None
    gone = world.person("vic")
    gone.archived_at = alert.opened_at
    with pytest.raises(Refused, match="left"):
        commands.assign(world.lea, alert, gone)


def test_it_is_not_given_to_who_may_not_see_it(world: World) -> None:
    kpi = watched(visibility="people")
    values(kpi, 60)
    look(kpi)
    with pytest.raises(Refused, match="may not see"):
        commands.assign(world.lea, the_alert(kpi), world.person("otto"))


def test_an_answer_is_the_action_of_the_kpi_and_takes_note_of_the_alert(world: World, alert: Alert) -> None:
    response = Response.objects.get()
    with pytest.raises(Refused):
        commands.answer_response(world.lea, response, what="  ")
    due = today() + timedelta(days=14)
    commands.answer_response(world.lea, response, what="Open the desk", action_owner=world.person("cem"), due_on=due)
    note = ActionNote.objects.get(superseded_at=None)
    assert (note.text, note.owner, note.due_on, note.kpi) == ("Open the desk", world.person("cem"), due, alert.kpi)
    assert Alert.objects.get().state == "acknowledged"
    commands.answer_response(world.lea, response, what="Open two desks")
    assert ActionNote.objects.get(superseded_at=None).text == "Open two desks"


def test_who_it_was_given_to_may_answer_without_leading_the_team(world: World, alert: Alert) -> None:
    commands.assign(world.lea, alert, world.person("vic"))
    response = Response.objects.get()
    commands.answer_response(world.vic, response, what="Asked the desk")
    assert ActionNote.objects.get().author == "Vic Viewer"


def test_who_only_looks_handles_nothing_and_a_push_token_sees_nothing(world: World, alert: Alert) -> None:
    for actor in (world.vic, world.otto):
        with pytest.raises(NotAllowed):
            commands.acknowledge(actor, alert)
    from sextant.people.queries import actor_of_token

    token = actor_of_token(pusher(world).secret)
    assert token is not None
    assert not access.visible("alert", token).exists()
    with pytest.raises(NotAllowed):
        commands.acknowledge(token, alert)


def test_rules_are_set_by_who_may_and_with_a_reason(world: World, alert: Alert) -> None:
    kpi = alert.kpi
    with pytest.raises(NotAllowed):
        commands.set_rule(world.vic, "late", settings={"on": False}, reason="Noise", kpi=kpi)
    with pytest.raises(NotAllowed):
        commands.set_rule(world.lea, "late", settings={"on": False}, reason="Noise")
    with pytest.raises(NotAllowed):
        commands.mute_rule(world.lea, "late", reason="Noise", team=world.surgery)
    with pytest.raises(Refused, match="why"):
        commands.mute_rule(world.ada, "late", reason="")
    with pytest.raises(Refused, match="nothing for this rule"):
        commands.set_rule(world.ada, "source_failing", settings={}, reason="Soon")
    with pytest.raises(Refused, match="other things"):
        commands.set_rule(world.ada, "unlikely", settings={}, reason="Soon", kpi=kpi)
    with pytest.raises(Refused, match="no rule"):
        commands.mute_rule(world.ada, "nonsense", reason="Soon")


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("deviation", {"budget": 0}), ("deviation", {"budget": float("nan")}), ("deviation", {"budget": "1"}),
        ("deviation", {"side": "left"}), ("red_flag", {"open_after": 0}), ("red_flag", {"open_after": 1.5}),
        ("red_flag", {"open_after": True}), ("red_flag", {"hears": ["everybody"]}), ("red_flag", {"hears": "owner"}),
        ("red_flag", {"people": [999999]}), ("red_flag", {"people": ["lea"]}), ("late", {"budget": 1}),
        ("late", {"on": "no"}), ("red_flag", {"response_days": 9999}), ("unlikely", {"below": 1}),
        ("late", {"colour": "red"}), ("red_flag", {"open_after": None}), ("red_flag", {"open_after": float("inf")}),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(world: World, rule: str, settings: dict[str, object]) -> None:
    with pytest.raises(Refused):
        commands.set_rule(world.ada, rule, settings=settings, reason="Try")


def test_a_dismissed_insight_is_remembered_for_its_person_until_it_is_taken_back(world: World) -> None:
    commands.dismiss(world.vic, "shift:kpi:calls:2026-05", reason="I know")
    commands.dismiss(world.vic, "shift:kpi:calls:2026-05")
    assert Dismissal.objects.get().person == world.person("vic")
    commands.restore_insight(world.vic, "shift:kpi:calls:2026-05")
    assert not Dismissal.objects.filter(superseded_at=None).exists()


def test_a_forgotten_person_stays_in_no_column(world: World, alert: Alert) -> None:
    from sextant.people.commands import erase_person

    commands.acknowledge(world.cem, alert)
    commands.answer_response(world.cem, Response.objects.get(), what="Look")
    commands.set_rule(
        world.ada, "late", settings={"people": [world.person("cem").pk]}, reason="He asked", team=world.emergency
    )
    erase_person(world.ada, world.person("cem"))
    assert not AlertStep.objects.filter(author="Cem Contributor").exists()
    assert not Response.objects.filter(answered_by="Cem Contributor").exists()
    from sextant.alerts.models import AlertRule

    assert AlertRule.objects.get().settings == {"people": []}


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"])
def test_a_snooze_ends_with_the_morning_of_the_organisation(world: World, alert: Alert, zone: str) -> None:
    from zoneinfo import ZoneInfo

    from sextant.people import queries as people
    from sextant.people.models import Organisation

    Organisation.objects.update(time_zone=zone)
    people.forget()
    until = today() + timedelta(days=2)
    commands.snooze(world.lea, alert, until=until)
    wakes = Alert.objects.get().snooze_until
    assert wakes is not None
    local = wakes.astimezone(ZoneInfo(zone))
    assert (local.date(), local.hour, local.minute) == (until, 0, 0)
