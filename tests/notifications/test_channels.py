"""Keeping channels, choosing what comes through them, and what a team's channel may be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from sextant.core.access import visible
from sextant.core.actors import SYSTEM
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.kpis.commands import change_kpi
from sextant.kpis.models import Kpi
from sextant.notifications import outgoing, sending, standing, wishes
from sextant.notifications.commands import (
    add_channel,
    add_team_channel,
    ask_account,
    change_team_channel,
    choose,
    choose_hours,
    comment,
    confirm_address,
    notify,
    remove_channel,
    send_test,
)
from sextant.notifications.models import Channel, Delivery, Message
from sextant.notifications.muting import confirmation_link
from sextant.notifications.outgoing import Outcome, Post
from sextant.notifications.sending import deliver
from sextant.notifications.services import fingerprint
from tests.make import admin, make_kpi
from tests.notifications.posts import Chat, awake, chat_channel, mail_channel, soon, states
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_server", "alert_notices")]
HOOK = "https://chat.example.org/hook"


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[Post]:
    """What would have gone to chats; all are taken."""
    gone: list[Post] = []

    def take(posts: list[Post], **_options: Any) -> list[Outcome]:
        gone.extend(posts)
        return [Outcome() for _one in posts]

    monkeypatch.setattr(sending, "post_all", take)
    return gone


@pytest.fixture
def kpi(world: World) -> Kpi:
    return make_kpi()


def restrict(kpi: Kpi, visibility: str) -> None:
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility=visibility)


def test_the_address_of_a_chat_is_kept_encrypted_and_in_no_event(world: World) -> None:
    channel = add_channel(world.vic, service="webhook", address=f"{HOOK}/very-secret-token", name="My room")
    assert "very-secret" not in str(Channel.objects.filter(pk=channel.pk).values().get())
    assert "very-secret" not in str(list(Event.objects.filter(subject_kind="channel").values()))
    event = Event.objects.get(name="channel.added")
    assert not visible("event", world.ada).filter(pk=event.pk).exists()
    assert visible("event", world.vic).filter(pk=event.pk).exists()


def test_a_channel_belongs_to_its_person_alone(world: World) -> None:
    channel = add_channel(world.vic, service="webhook", address=HOOK)
    for other in (world.ada, world.lea, world.otto):
        assert not visible("channel", other).filter(pk=channel.pk).exists()
        with pytest.raises(NotAllowed):
            remove_channel(other, channel)
        with pytest.raises(NotAllowed):
            choose(other, channel, {"mentions": "inbox"})


def test_a_team_channel_is_kept_by_its_leads_and_the_administrators_above(world: World) -> None:
    with pytest.raises(NotAllowed):
        add_team_channel(world.cem, world.emergency, service="webhook", address=HOOK)
    with pytest.raises(NotAllowed):
        add_team_channel(world.otto, world.emergency, service="webhook", address=HOOK)
    with pytest.raises(NotAllowed):
        add_team_channel(world.lea, world.hospital, service="webhook", address=HOOK)
    channel = add_team_channel(world.lea, world.emergency, service="webhook", address=HOOK)
    change_team_channel(world.ada, channel, pace="daily", groups=["alerts"])
    assert Channel.objects.get(pk=channel.pk).pace == "daily"
    with pytest.raises(Refused):
        change_team_channel(world.ada, channel, pace="inbox", groups=["alerts"])
    with pytest.raises(Refused):
        change_team_channel(world.ada, channel, pace="daily", groups=["mentions"])


def test_removing_a_channel_forgets_its_address_and_what_waited(world: World, kpi: Kpi, posted: list[Post]) -> None:
    channel = add_channel(world.vic, service="webhook", address=HOOK)
    awake(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    remove_channel(world.vic, channel)
    deliver(soon())
    assert posted == []
    assert Channel.objects.get(pk=channel.pk).sealed == ""
    assert states(channel=channel) == [("dropped", "closed")]
    with pytest.raises(Refused):
        send_test(world.vic, channel.__class__.objects.get(pk=channel.pk))


def test_a_person_keeps_a_few_channels_and_no_more(world: World) -> None:
    person = world.person("vic")
    for number in range(9):
        chat_channel(person, HOOK, name=f"Room {number}")
    with pytest.raises(Refused) as refused:
        add_channel(world.vic, service="webhook", address=HOOK)
    assert refused.value.problems[0].key == "too-many-channels"


def test_a_chat_is_told_what_a_mention_says_and_why(world: World, kpi: Kpi, posted: list[Post]) -> None:
    chat_channel(world.person("vic"), "jsons://chat.example.org/hook")
    comment(world.cem, "kpi", kpi.key, "Look, @vic-viewer and @channel <!here> @everyone")
    assert deliver(soon()) == 1
    [post] = posted
    assert post.address == "jsons://chat.example.org/hook"
    assert post.title == "Cem Contributor mentioned you on Waiting time"
    assert "You were mentioned." in post.body
    assert "/mute/" in post.body
    for call in ("@channel", "<!here", "@everyone"):
        assert call not in post.body


def test_a_real_chat_that_hangs_delays_nobody_and_is_tried_again(world: World, kpi: Kpi, settings: Any) -> None:
    settings.ALLOW_PRIVATE_CHAT = True
    with Chat().open() as chat:
        chat_channel(world.person("vic"), chat.address)
        comment(world.cem, "kpi", kpi.key, "@vic-viewer")
        assert deliver(soon()) == 1
    assert "mentioned you" in chat.heard[0]["title"]
    notify(SYSTEM, "kpi", kpi.key, [world.person("vic")], "mention")
    assert deliver(soon() + timedelta(minutes=10)) == 0
    message = Message.objects.filter(channel__service="webhook").first()
    assert message is not None
    assert (message.state, message.attempts) == ("waiting", 1)
    assert message.last_error == "The chat cannot be reached."


def test_a_chat_that_is_gone_is_given_up_and_says_so_to_whom_it_is(
    world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = add_team_channel(world.lea, world.emergency, service="webhook", address=HOOK)
    gone = Outcome("The chat answered with the error 404.", is_final=True)
    monkeypatch.setattr(sending, "post_all", lambda posts, **_options: [gone for _one in posts])
    notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.alert")
    assert deliver(soon()) == 0
    [line] = standing.team_channels(world.emergency)
    assert line.channel.failing_since is not None
    assert line.error == gone.error
    assert [one.channel.pk for one in standing.outlook(world.ada).failing] == [channel.pk]
    with pytest.raises(NotAllowed):
        standing.outlook(world.lea)
    event = Event.objects.get(name="channel.failed")
    assert visible("event", world.cem).filter(pk=event.pk).exists()
    assert not visible("event", world.otto).filter(pk=event.pk).exists()


def test_with_another_signing_key_the_address_has_to_be_added_anew(
    world: World, kpi: Kpi, posted: list[Post], settings: Any
) -> None:
    chat_channel(world.person("vic"), HOOK)
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    settings.SECRET_KEY = "another key altogether, and long enough"
    assert deliver(soon()) == 0
    assert posted == []
    assert "signing key" in Message.objects.get().last_error


def test_a_team_channel_hears_of_its_teams_and_of_nothing_that_is_kept_from_its_members(
    world: World, kpi: Kpi, posted: list[Post]
) -> None:
    whole = chat_channel(world.hospital, "jsons://whole.example.org/hook")
    team = chat_channel(world.emergency, "jsons://team.example.org/hook")
    other = chat_channel(world.surgery, "jsons://other.example.org/hook")
    for visibility in ("organisation", "team", "people"):
        restrict(kpi, visibility)
        notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.alert")
        deliver(soon() + timedelta(minutes=10))
        Message.objects.all().delete()
    heard = [post.address for post in posted]
    assert heard.count("jsons://whole.example.org/hook") == 1
    assert heard.count("jsons://team.example.org/hook") == 2
    assert not Delivery.objects.filter(channel=other).exists()
    assert Delivery.objects.filter(channel=whole).count() == 1
    assert Delivery.objects.filter(channel=team).count() == 2


def test_what_was_confined_after_it_was_planned_is_not_sent_to_the_chat(
    world: World, kpi: Kpi, posted: list[Post]
) -> None:
    chat_channel(world.emergency, HOOK)
    notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.alert")
    restrict(kpi, "people")
    assert deliver(soon()) == 0
    assert posted == []


def test_a_team_channel_hears_of_an_event_once_and_of_no_comment(world: World, kpi: Kpi) -> None:
    chat_channel(world.emergency, HOOK)
    event = Event.objects.filter(subject_kind="kpi").latest("pk")
    for name in ("lea", "cem"):
        notify(SYSTEM, "kpi", kpi.key, [world.person(name)], "test.alert", event=event)
    comment(world.cem, "kpi", kpi.key, "Hello")
    assert Delivery.objects.filter(channel__team=world.emergency).count() == 1


def test_choosing_moves_what_waits(world: World, kpi: Kpi) -> None:
    channel = mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    choose(world.vic, channel, {"mentions": "daily"})
    assert Delivery.objects.get().pace == "daily"
    assert deliver(soon()) == 0
    choose(world.vic, channel, {"mentions": "inbox"})
    assert states() == [("dropped", "muted")]
    comment(world.cem, "kpi", kpi.key, "@vic-viewer again")
    assert Delivery.objects.count() == 1
    with pytest.raises(Refused):
        choose(world.vic, channel, {"mentions": "hourly"})


def test_a_daily_digest_comes_once_at_its_local_hour(world: World, kpi: Kpi) -> None:
    channel = mail_channel(world.person("vic"))
    choose(world.vic, channel, {"mentions": "daily"})
    for number in range(3):
        comment(world.cem, "kpi", kpi.key, f"@vic-viewer {number}")
    due = Delivery.objects.values_list("send_after", flat=True).distinct().get()
    assert (due.hour, due.minute) == (8, 0)
    assert deliver(due - timedelta(seconds=1)) == 0
    assert deliver(due) == 1
    assert deliver(due) == 0
    assert mail.outbox[0].subject == "Your digest: 3 notices"


HOURS: dict[str, Any] = {
    "quiet_from": 1200, "quiet_to": 420, "quiet_weekdays": range(7), "quiet_days": [], "digest_at": 480,
    "digest_weekday": 0, "most_a_week": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quiet_to": None}, "quiet_to"),
        ({"quiet_to": 1200}, "quiet_to"),
        ({"quiet_from": 1440}, "quiet_from"),
        ({"digest_at": -1}, "digest_at"),
        ({"quiet_days": [7]}, "quiet_days"),
        ({"quiet_days": range(7)}, "quiet_days"),
        ({"digest_weekday": 9}, "quiet_days"),
        ({"most_a_week": -1}, "most_a_week"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_hours_that_make_no_sense_are_refused(world: World, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        choose_hours(world.vic, version=None, **(HOURS | change))
    assert refused.value.problems[0].field == field


def test_of_two_who_change_the_hours_at_once_one_learns_of_it(world: World) -> None:
    row = choose_hours(world.vic, version=0, **HOURS)
    choose_hours(world.vic, version=row.version, **(HOURS | {"digest_at": 500}))
    with pytest.raises(Stale):
        choose_hours(world.vic, version=row.version, **(HOURS | {"digest_at": 600}))


def test_hours_hold_in_the_persons_own_time_zone(world: World) -> None:
    choose_hours(world.vic, version=0, time_zone="Asia/Tokyo", **HOURS)
    person = world.person("vic").pk
    due = wishes.timetables([person])[person].next_digest(timezone.now(), "daily")
    assert (due.hour, due.minute) == (23, 0)


def test_an_address_is_confirmed_by_its_link_and_only_for_that_address(world: World, kpi: Kpi) -> None:
    Channel.objects.filter(person=world.person("vic")).delete()
    ask_account(world.vic)
    channel = Channel.objects.get(person=world.person("vic"))
    deliver(soon())
    [asked] = mail.outbox
    token = asked.body.partition("/confirmation/")[2].split()[0]
    with pytest.raises(Refused):
        confirm_address(token + "x")
    with pytest.raises(Refused):
        confirm_address(confirmation_link(channel, fingerprint("other@example.org")).rpartition("/")[2])
    confirm_address(token)
    awake(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    assert deliver(soon()) == 1
    assert mail.outbox[-1].to == ["vic@hospital.example"]


def test_another_mail_address_of_mine_is_asked_before_anything_comes_there(world: World, kpi: Kpi) -> None:
    channel = add_channel(world.vic, service="mail", address="Vic@Home.example")
    awake(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    [asked] = mail.outbox
    assert asked.to == ["vic@home.example"]
    confirm_address(asked.body.partition("/confirmation/")[2].split()[0])
    send_test(world.vic, Channel.objects.get(pk=channel.pk))
    assert deliver(soon()) == 1
    assert mail.outbox[-1].subject == "A test of Harbour Hospital"


def test_a_test_is_not_repeated_when_it_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = add_channel(world.vic, service="webhook", address=HOOK)
    monkeypatch.setattr(sending, "post_all", lambda posts, **_options: [Outcome("No.") for _one in posts])
    send_test(world.vic, channel)
    send_test(world.vic, channel)
    assert deliver(soon()) == 0
    assert list(Message.objects.filter(kind="test").values_list("state", "last_error")) == [("failed", "No.")]


def test_without_a_mail_server_no_mail_channel_can_be_added(world: World, settings: Any) -> None:
    settings.HAS_MAIL_SERVER = False
    for ask in (lambda: add_channel(world.vic, service="mail", address="a@b.example"), lambda: ask_account(world.vic)):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.problems[0].key == "no-mail-server"


def test_the_library_is_loaded_in_no_process_of_ours() -> None:
    import sys

    assert outgoing.is_understood("jsons://example.org/hook")
    assert "apprise" not in sys.modules
