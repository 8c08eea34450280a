"""Alerts on their way out: why somebody hears of them, what a link mutes, and what a team's chat is told in a storm."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from sextant.alerts.models import Alert
from sextant.alerts.sentences import story_of
from sextant.core.actors import SYSTEM
from sextant.notifications import sending
from sextant.notifications.commands import Telling, follow, mute, notify_many
from sextant.notifications.composing import compose
from sextant.notifications.models import Choice, Delivery, Follow, Message
from sextant.notifications.outgoing import Outcome, Post
from sextant.notifications.sending import deliver
from tests.alerts.episodes import look, the_alert, values, watched
from tests.notifications.posts import chat_channel, mail_channel, soon
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_server")]


def test_a_red_flag_is_mailed_to_its_owner_who_mutes_the_kpi_and_not_one_episode(world: World) -> None:
    kpi = watched()
    mail_channel(world.person("lea"))
    values(kpi, 60)
    look(kpi)
    assert deliver(soon()) == 1
    [sent] = mail.outbox
    assert f"You own {kpi}." in sent.body
    token = re.search(r"/mute/(\S+)", sent.body)
    assert token is not None
    mute(token[1])
    assert Follow.objects.get(person=world.person("lea"), ended_at__isnull=False).subject_key == kpi.key
    before = Delivery.objects.count()
    values(kpi, 60, 95)
    look(kpi)
    assert Delivery.objects.count() == before


def test_a_message_says_how_the_alert_stands_with_its_figures(world: World) -> None:
    kpi = watched()
    mail_channel(world.person("lea"))
    values(kpi, 60)
    look(kpi)
    deliver(soon())
    [sent] = mail.outbox
    assert "60 % where 90 % was aimed at." in sent.body
    assert "60 % where 90 % was aimed at." in str(sent.alternatives[0][0])
    alert = the_alert(kpi)
    values(kpi, 60, 95)
    look(kpi)
    assert story_of(Alert.objects.get(pk=alert.pk)) == "On target again: 95 % where 90 % is aimed at."


def test_notices_stand_under_the_title_of_their_group(world: World) -> None:
    mail_channel(world.person("lea"))
    for key in ("first", "second"):
        values(watched(key), 60)
    look()
    deliver(soon())
    [sent] = mail.outbox
    assert "== 2  Red flags of what you own\n\nSextant raised an alert" in sent.body


def test_no_more_of_many_alerts_at_once_means_no_more_of_their_group(world: World) -> None:
    channel = mail_channel(world.person("lea"))
    for number in range(8):
        values(watched(f"storm-{number}"), 60)
    look()
    [row] = Delivery.objects.filter(channel=channel)
    message = Message.objects.create(channel=channel, kind="digest", created_at=soon(), send_after=soon())
    Delivery.objects.filter(pk=row.pk).update(message=message, state="sending")
    letter, _dropped = compose(message)
    assert letter is not None
    mute(letter.parts[0].lines[0].mute_url.rpartition("/")[2])
    assert Choice.objects.get(channel=channel).group == row.group


def test_who_follows_a_kpi_hears_that_it_is_followed(world: World) -> None:
    kpi = watched()
    follow(world.vic, "kpi", kpi.key)
    channel = mail_channel(world.person("vic"))
    values(kpi, 60)
    look(kpi)
    notify_many(SYSTEM, [Telling("alert", str(the_alert(kpi).pk), [world.person("vic")], "alert_red_flag")])
    [row] = Delivery.objects.filter(channel=channel)
    assert (row.why, row.group, row.pace) == ("follows", "alerts", "weekly")


def test_in_a_storm_a_person_reads_one_line_and_the_chat_of_the_team_one_message_with_each_alert(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[Post] = []
    monkeypatch.setattr(sending, "post_all", lambda posts: [posted.append(one) or Outcome() for one in posts])
    chat_channel(world.emergency, "jsons://chat.example.org/hook")
    mail_channel(world.person("lea"))
    for number in range(8):
        kpi = watched(f"storm-{number}")
        values(kpi, 60)
    look()
    assert Delivery.objects.filter(channel__person=world.person("lea")).count() == 1
    deliver(soon())
    [post] = posted
    assert post.title == "8 notices"
    assert post.body.count("raised an alert") == 8
    assert post.body.count("This channel hears of its team.") == 8


def test_a_message_that_cannot_be_written_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kpi = watched()
    for name in ("lea", "ada"):
        mail_channel(world.person(name))
    values(kpi, 60)
    look(kpi)
    notify_many(SYSTEM, [Telling("alert", str(the_alert(kpi).pk), [world.person("ada")], "alert_assigned")])

    def stumbles(message: Message) -> object:
        if message.channel.person == world.person("lea"):
            raise LookupError("no such template")
        return compose(message)

    monkeypatch.setattr(sending, "compose", stumbles)
    assert deliver(soon()) == 1
    assert [one.to for one in mail.outbox] == [[world.person("ada").email]]
    [lost] = Message.objects.exclude(state="sent")
    assert (lost.state, lost.attempts) == ("waiting", 1)
    assert "could not be written" in lost.last_error
