"""Telling people outside of Sextant: once, in one message, never too often, and nothing they may not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sextant.core import clock
from sextant.core.actors import SYSTEM
from sextant.core.jobs import run_due
from sextant.core.models import Job
from sextant.core.writing import writing
from sextant.kpis.commands import change_kpi
from sextant.kpis.models import Kpi
from sextant.notifications import notices, sending
from sextant.notifications.commands import Telling, comment, follow, mark_read, notify, notify_many, remove_comment
from sextant.notifications.models import Channel, Choice, Delivery, Message, Notification
from sextant.notifications.outgoing import PostOffice
from sextant.notifications.sending import deliver
from sextant.people.commands import archive_person, erase_person
from sextant.people.models import Person
from tests.make import admin, make_kpi
from tests.notifications.posts import awake, chat_channel, mail_channel, soon, states
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_server", "alert_notices")]


@pytest.fixture
def kpi(world: World) -> Kpi:
    """A KPI everybody may see, owned by Lea of the Emergency team."""
    return make_kpi()


def restrict(kpi: Kpi, visibility: str = "team") -> None:
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility=visibility)


def people(count: int) -> list[Person]:
    start = Person.objects.count()
    Person.objects.bulk_create(Person(key=f"p-{start + n}", name=f"Person {start + n}") for n in range(count))
    return list(Person.objects.filter(key__startswith="p-").order_by("-pk")[:count])


def test_a_mention_is_mailed_within_a_minute_and_says_why(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "What do you think, @vic-viewer?")
    assert deliver(timezone.now()) == 0
    assert deliver(soon()) == 1
    [sent] = mail.outbox
    assert sent.to == ["vic@hospital.example"]
    assert sent.subject == "Cem Contributor mentioned you on Waiting time"
    assert "You were mentioned." in sent.body
    assert "/mute/" in sent.body
    assert "/me/notifications" in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(sent.alternatives[0][1]) == "text/html"
    assert deliver(soon()) == 0
    assert states() == [("sent", "")]


def test_the_job_is_added_in_the_transaction_of_the_comment(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))

    def comment_and_fail() -> None:
        with writing():
            comment(world.cem, "kpi", kpi.key, "@vic-viewer")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        comment_and_fail()
    assert not Job.objects.filter(name="notifications.deliver").exists()
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    comment(world.cem, "kpi", kpi.key, "Again, @vic-viewer")
    assert Job.objects.filter(name="notifications.deliver", state="waiting").count() == 1
    Delivery.objects.update(send_after=timezone.now())
    Job.objects.update(due_at=timezone.now())
    run_due()
    assert len(mail.outbox) == 1
    assert "2  Mentions, answers and requests to you" in mail.outbox[0].body


def test_without_a_mail_server_everything_stays_in_the_inbox(world: World, kpi: Kpi, settings: Any) -> None:
    mail_channel(world.person("vic"))
    settings.HAS_MAIL_SERVER = False
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    assert Notification.objects.filter(person=world.person("vic")).exists()
    assert not Delivery.objects.exists()


def test_an_address_nobody_confirmed_is_asked_once_and_gets_nothing_else(world: World, kpi: Kpi) -> None:
    Channel.objects.all().delete()
    for text in ("One, @vic-viewer", "Two, @vic-viewer"):
        comment(world.cem, "kpi", kpi.key, text)
        deliver(soon())
    [asked] = [one for one in mail.outbox if one.to == ["vic@hospital.example"]]
    assert "/confirmation/" in asked.body
    assert "One" not in asked.body
    assert not Delivery.objects.filter(channel__person=world.person("vic")).exists()


def test_an_address_that_changed_has_to_be_confirmed_anew(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    Person.objects.filter(pk=world.person("vic").pk).update(email="victoria@hospital.example")
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    [asked] = [one for one in mail.outbox if one.to == ["victoria@hospital.example"]]
    assert "/confirmation/" in asked.body


def test_what_is_written_about_the_past_is_mailed_to_nobody(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    with clock.writing_at(timezone.now() - timedelta(days=3)):
        comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    assert not Delivery.objects.exists()


def test_ten_thousand_alerts_in_a_minute_are_one_message(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("lea"))
    Choice.objects.create(channel=Channel.objects.get(person=world.person("lea")), group="alerts", pace="at_once")
    owner = [world.person("lea")]
    told = notify_many(SYSTEM, [Telling("kpi", kpi.key, owner, "test.alert")])
    assert told == 1
    row = Delivery.objects.get()
    Delivery.objects.bulk_create(
        [
            Delivery(
                channel_id=row.channel_id, notification_id=row.notification_id, notice=row.notice, group="alerts",
                why="owns", subject_kind="kpi", subject_key=kpi.key, subject_label="", pace="at_once",
                created_at=row.created_at, send_after=row.send_after,
            )
            for _number in range(9_999)
        ],
        batch_size=500,
    )  # fmt: skip
    assert deliver(soon()) == 1
    [sent] = mail.outbox
    assert sent.subject == "10000 notices"
    assert "10000  Other alerts of what you own or follow" in sent.body
    assert sent.body.count("left its normal range") == 20
    assert "And 9980 more in your inbox." in sent.body
    assert Delivery.objects.filter(state="sent").count() == 10_000


def test_telling_many_takes_no_more_statements_for_more_people(world: World, kpi: Kpi) -> None:
    def statements(count: int) -> int:
        told = people(count)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert notify_many(SYSTEM, [Telling("kpi", kpi.key, told, "test.alert")]) == count
        return len(asked)

    assert statements(200) < statements(10) + 5  # one more for each hundred rows that are inserted


def test_telling_many_leaves_out_who_may_not_see_and_who_does_it(world: World, kpi: Kpi) -> None:
    other = make_kpi("beds")
    restrict(kpi)
    all_of_them = [world.person(name) for name in ("ada", "lea", "cem", "otto")]
    tellings = [Telling("kpi", key, all_of_them, "test.alert") for key in (kpi.key, other.key, "no-such-kpi")]
    assert notify_many(world.lea, tellings) == 2 + 3
    told = set(Notification.objects.values_list("person__key", "subject_key"))
    assert ("otto-outsider", kpi.key) not in told
    assert ("otto-outsider", other.key) in told
    assert not any(person == "lea-lead" for person, _key in told)


def test_why_somebody_is_told_decides_the_group(world: World, kpi: Kpi) -> None:
    follow(world.vic, "kpi", kpi.key)
    notify_many(SYSTEM, [Telling("kpi", kpi.key, [world.person(n) for n in ("lea", "vic", "cem")], "test.flag")])
    why = dict(Notification.objects.values_list("person__key", "why"))
    assert why == {"lea-lead": "owns", "vic-viewer": "follows", "cem-contributor": "in_team"}
    groups = {name: notices.group_of("test.flag", reason) for name, reason in why.items()}
    assert groups == {"lea-lead": "red_flags", "vic-viewer": "alerts", "cem-contributor": "team_alerts"}


def test_by_default_alerts_wait_for_the_weekly_digest_and_red_flags_come_at_once(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("lea"))
    notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.alert")
    notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.flag")
    assert deliver(soon()) == 1
    assert "crossed its red flag" in mail.outbox[0].subject
    assert "You own Waiting time." in mail.outbox[0].body
    assert deliver(timezone.now() + timedelta(days=8)) == 1
    assert "left its normal range" in mail.outbox[1].subject


def test_more_than_three_a_week_are_held_for_the_digest_with_the_reason(world: World, kpi: Kpi) -> None:
    channel = mail_channel(world.person("vic"))
    for number in range(5):
        comment(world.cem, "kpi", kpi.key, f"@vic-viewer {number}")
        Delivery.objects.filter(state="waiting").update(send_after=timezone.now())
        Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
        deliver(timezone.now())
    assert len(mail.outbox) == 3
    held = Delivery.objects.filter(channel=channel, state="held")
    assert set(held.values_list("because", "sent_before")) == {("cap", 3)}
    assert deliver(timezone.now() + timedelta(days=8)) == 1
    assert mail.outbox[3].subject == "Your digest: 2 notices"
    assert "What has gathered since the last time:" in mail.outbox[3].body


def test_what_comes_right_after_a_message_is_joined_to_the_next(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer 1")
    deliver(soon())
    comment(world.cem, "kpi", kpi.key, "@vic-viewer 2")
    comment(world.cem, "kpi", kpi.key, "@vic-viewer 3")
    assert deliver(soon()) == 0
    assert deliver(soon() + timedelta(minutes=6)) == 1
    assert mail.outbox[1].subject == "2 notices"


def test_quiet_hours_hold_everything_until_they_end(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    now = timezone.now()
    begin, end = (now.hour * 60 + now.minute - 5) % 1440, (now.hour * 60 + now.minute + 30) % 1440
    awake(world.person("vic"), quiet_from=begin, quiet_to=end, quiet_weekdays=list(range(7)))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    assert deliver(soon()) == 0
    assert states() == [("held", "quiet")]
    assert deliver(now + timedelta(minutes=32)) == 1


def test_what_was_read_or_taken_back_meanwhile_is_not_sent(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer read")
    mark_read(world.vic)
    said = comment(world.cem, "kpi", kpi.key, "@vic-viewer gone")
    remove_comment(world.cem, said)
    assert deliver(soon()) == 0
    assert mail.outbox == []
    assert states() == [("dropped", "read"), ("dropped", "taken-back")]


def test_who_lost_sight_of_a_thing_is_not_mailed_about_it(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("otto"))
    comment(world.cem, "kpi", kpi.key, "@otto-outsider Zanzibar")
    restrict(kpi)
    assert deliver(soon()) == 0
    assert mail.outbox == []
    assert states() == [("dropped", "hidden")]


@pytest.mark.parametrize("leave", [archive_person, erase_person])
def test_who_has_left_gets_nothing(world: World, kpi: Kpi, leave: Any) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    leave(admin(), world.person("vic"))
    assert deliver(soon()) == 0
    assert mail.outbox == []


def test_an_erased_person_leaves_neither_channels_nor_choices(world: World, kpi: Kpi) -> None:
    channel = chat_channel(world.person("vic"), "jsons://chat.example.org/secret")
    Choice.objects.create(channel=channel, group="alerts", pace="daily")
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    erase_person(admin(), world.person("vic"))
    assert not Channel.objects.filter(person__user=None).exists()
    assert not Choice.objects.exists()
    assert not Delivery.objects.exists()


def test_a_comment_that_becomes_a_mention_is_sent_as_one(world: World, kpi: Kpi) -> None:
    from sextant.notifications.commands import change_comment

    mail_channel(world.person("lea"))
    said = comment(world.cem, "kpi", kpi.key, "Look")
    assert Delivery.objects.get().pace == "weekly"
    change_comment(world.cem, said, "Look, @lea-lead")
    assert Delivery.objects.get().pace == "at_once"
    assert deliver(soon()) == 1
    assert mail.outbox[0].subject == "Cem Contributor mentioned you on Waiting time"


def test_a_worker_that_dies_before_it_sends_leaves_the_message_to_the_next(
    world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")

    def die(self: PostOffice, letter: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PostOffice, "send", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(soon())
    assert Message.objects.get().state == "sending"
    assert deliver(soon()) == 0  # the lease still runs
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deliver(soon()) == 1
    assert len(mail.outbox) == 1
    assert states() == [("sent", "")]


def test_a_worker_that_dies_between_sending_and_writing_it_down_sends_again_under_the_same_number(
    world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")

    def die(*_arguments: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_settle", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(soon())
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deliver(soon()) == 1
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_who_lost_the_lease_neither_sends_nor_settles(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    sending.bundle_due(soon())
    [slow] = sending._claim(soon())
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deliver(soon()) == 1
    assert sending._send_mails([slow], PostOffice(), soon()) == 0
    assert sending._settle(slow, sending.Outcome("late"), {}, soon()) == 0
    assert len(mail.outbox) == 1
    assert Message.objects.get().state == "sent"


def test_of_two_workers_one_claims_a_message(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    sending.bundle_due(soon())
    assert sending.bundle_due(soon()) == 0
    assert len(sending._claim(soon())) == 1
    assert sending._claim(soon()) == []


def test_a_mail_server_that_fails_is_tried_again_and_then_given_up_in_sight(
    world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    outcome = sending.Outcome("The mail server does not answer.")
    monkeypatch.setattr(PostOffice, "send", lambda self, letter: outcome)
    moment, tries = soon(), 0
    while Message.objects.filter(state="waiting").exists() or not tries:
        deliver(moment)
        tries += 1
        moment = Message.objects.get().send_after
    assert tries == len(sending.BACK_OFF) + 1
    channel.refresh_from_db()
    assert channel.failing_since is not None
    assert channel.last_error == outcome.error
    assert states() == [("failed", "")]
    monkeypatch.undo()
    notify(SYSTEM, "kpi", kpi.key, [world.person("vic")], "mention")
    assert deliver(soon() + timedelta(minutes=10)) == 1
    channel.refresh_from_db()
    assert channel.failing_since is None
    assert channel.last_error == ""


def test_old_rows_are_forgotten_and_what_waits_is_kept(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    comment(world.cem, "kpi", kpi.key, "@vic-viewer later")
    long_ago = timezone.now() - timedelta(days=91)
    Delivery.objects.update(created_at=long_ago)
    Message.objects.update(created_at=long_ago)
    sending.tidy()
    assert states() == [("waiting", "")]
    assert not Message.objects.exists()
