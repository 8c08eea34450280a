"""Links in mails that mute a thing, a group or a channel, and bring it back."""

from __future__ import annotations

import pytest

from sextant.core.actors import SYSTEM
from sextant.core.errors import Refused
from sextant.kpis.models import Kpi
from sextant.notifications import wishes
from sextant.notifications.commands import choose, comment, mute, notify, unmute
from sextant.notifications.models import Choice, Delivery, Follow, Notification
from sextant.notifications.muting import Muting, link
from sextant.people.commands import archive_person
from tests.make import admin, make_kpi
from tests.notifications.posts import mail_channel, states
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_server", "alert_notices")]


@pytest.fixture
def kpi(world: World) -> Kpi:
    return make_kpi()


def token_of(muting: Muting) -> str:
    return link(muting).rpartition("/")[2]


def test_a_muted_thing_is_sent_no_more_but_mentions_still_are_and_undo_brings_it_back(world: World, kpi: Kpi) -> None:
    channel = mail_channel(world.person("lea"))
    Choice.objects.create(channel=channel, group="comments", pace="at_once")
    token = token_of(Muting(world.person("lea").pk, "thing", "kpi", kpi.key))
    comment(world.cem, "kpi", kpi.key, "One")
    mute(token)
    mute(token)
    assert states() == [("dropped", "muted")]
    comment(world.cem, "kpi", kpi.key, "Two")
    notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.alert")
    assert Delivery.objects.count() == 1
    assert Notification.objects.filter(person=world.person("lea"), notice="test.alert").exists()
    comment(world.cem, "kpi", kpi.key, "Three, @lea-lead")
    assert Delivery.objects.count() == 2
    unmute(token)
    assert not Follow.objects.filter(person=world.person("lea"), ended_at__isnull=False).exists()
    comment(world.cem, "kpi", kpi.key, "Four")
    assert Delivery.objects.count() == 3


def test_muting_a_group_changes_the_choice_and_undo_restores_it(world: World) -> None:
    channel = mail_channel(world.person("vic"))
    token = token_of(Muting(world.person("vic").pk, "group", channel_id=channel.pk, group="mentions"))
    mute(token)
    assert wishes.paces([channel])[channel.pk]["mentions"] == "inbox"
    unmute(token)
    assert wishes.paces([channel])[channel.pk]["mentions"] == "at_once"


def test_muting_a_channel_mutes_all_groups_and_undo_brings_back_each(world: World) -> None:
    channel = mail_channel(world.person("vic"))
    choose(world.vic, channel, {"alerts": "daily", "comments": "inbox"})
    before = wishes.paces([channel])[channel.pk]
    token = token_of(Muting(world.person("vic").pk, "channel", channel_id=channel.pk))
    mute(token)
    assert set(wishes.paces([channel])[channel.pk].values()) == {"inbox"}
    mute(token)
    unmute(token)
    assert wishes.paces([channel])[channel.pk] == before


def test_a_link_that_was_tampered_with_mutes_nothing(world: World, kpi: Kpi) -> None:
    token = token_of(Muting(world.person("vic").pk, "thing", "kpi", kpi.key))
    body, _colon, signature = token.partition(":")
    other = token_of(Muting(world.person("lea").pk, "thing", "kpi", kpi.key)).partition(":")[0]
    for wrong in (token[:-1], f"{other}:{signature}", f"{body}x:{signature}", "x", body):
        with pytest.raises(Refused):
            mute(wrong)
    assert not Follow.objects.filter(ended_at__isnull=False).exists()


def test_a_link_mutes_no_channel_of_somebody_else(world: World) -> None:
    channel = mail_channel(world.person("lea"))
    with pytest.raises(Refused):
        mute(token_of(Muting(world.person("vic").pk, "channel", channel_id=channel.pk)))
    assert not Choice.objects.exists()


def test_the_link_of_somebody_who_left_is_closed(world: World, kpi: Kpi) -> None:
    token = token_of(Muting(world.person("vic").pk, "thing", "kpi", kpi.key))
    archive_person(admin(), world.person("vic"))
    with pytest.raises(Refused) as refused:
        mute(token)
    assert refused.value.problems[0].key == "link-closed"
