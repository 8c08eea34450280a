"""The pages about notifications, the links of messages, and the same settings by the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from sextant.core.actors import SYSTEM
from sextant.kpis.models import Kpi
from sextant.notifications import sending, wishes
from sextant.notifications.commands import comment, notify
from sextant.notifications.models import Channel, Choice, Delivery, Follow, Message, Wishes
from sextant.notifications.outgoing import Outcome
from sextant.notifications.sending import deliver
from sextant.people.commands import create_token, erase_person
from tests.make import admin, make_kpi
from tests.notifications.posts import chat_channel, mail_channel, soon, states
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_server")]


@pytest.fixture
def kpi(world: World) -> Kpi:
    return make_kpi()


def mute_link(text: str) -> str:
    found = re.search(r"http://\S+?(/mute/\S+)", text)
    assert found is not None
    return found[1]


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


HOURS = {
    "version": "0", "quiet_from": "19:30", "quiet_to": "06:15", "quiet_weekdays": ["0", "4"], "quiet_days": ["6"],
    "digest_at": "09:00", "digest_weekday": "2", "most_a_week": "5", "time_zone": "Asia/Tokyo",
}  # fmt: skip


def test_what_one_chooses_on_the_page_holds(world: World) -> None:
    channel = mail_channel(world.person("vic"))
    Wishes.objects.all().delete()
    browser = world.client("vic")
    answer = browser.post("/me/notifications", {**HOURS, f"pace-{channel.pk}-alerts": "daily"})
    assert answer.status_code == 302
    row = Wishes.objects.get(person=world.person("vic"))
    assert (row.quiet_from, row.quiet_to, row.quiet_weekdays, row.quiet_days) == (1170, 375, [0, 4], [6])
    assert (row.digest_at, row.digest_weekday, row.most_a_week, row.time_zone) == (540, 2, 5, "Asia/Tokyo")
    assert wishes.paces([channel])[channel.pk]["alerts"] == "daily"
    assert Choice.objects.count() == 1  # what was not changed stays the default, whatever that becomes
    page = browser.get("/me/notifications").content.decode()
    assert 'value="19:30"' in page
    assert 'value="09:00"' in page


def test_what_is_refused_is_said_at_its_field_and_nothing_is_saved(world: World) -> None:
    answer = world.client("vic").post("/me/notifications", HOURS | {"quiet_to": ""})
    assert answer.status_code == 422
    assert "Give both times, or neither." in answer.content.decode()
    assert not Wishes.objects.exists()


def test_reading_the_page_writes_nothing_and_asks_nobody(world: World) -> None:
    Channel.objects.all().delete()
    browser = world.client("vic")
    page = browser.get("/me/notifications").content.decode()
    assert "nobody has said that v…@hospital.example is yours" in page
    assert not Channel.objects.exists()
    assert not Message.objects.exists()
    browser.post("/me/notifications/account")
    deliver(soon())
    [asked] = mail.outbox
    link = re.search(r"http://\S+?(/confirmation/\S+)", asked.body)
    assert link is not None
    visitor = Client()
    assert "May notices come to this address?" in visitor.get(link[1]).content.decode()
    assert not Channel.objects.exclude(confirmed="").exists()
    assert "Notices come to this address now" in visitor.post(link[1]).content.decode()
    assert Channel.objects.get().confirmed


def test_without_a_mail_server_the_page_says_so(world: World, settings: Any) -> None:
    settings.HAS_MAIL_SERVER = False
    page = world.client("vic").get("/me/notifications").content.decode()
    assert "No mail server is set up here" in page
    assert 'value="mail"' not in page


def test_an_address_is_never_shown_again(world: World) -> None:
    browser = world.client("vic")
    address = "https://chat.example.org/hook/very-secret-token"
    browser.post("/me/notifications/channels", {"service": "webhook", "address": address, "name": "Room"})
    page = browser.get("/me/notifications").content.decode()
    assert "Room" in page
    assert "very-secret" not in page


def test_what_is_held_and_what_failed_is_on_the_page(world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = chat_channel(world.person("vic"), "jsons://chat.example.org/hook")
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    gone = Outcome("The chat answered with the error 404.", is_final=True)
    monkeypatch.setattr(sending, "post_all", lambda posts, **_options: [gone for _one in posts])
    deliver(soon())
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    Delivery.objects.filter(state="waiting").update(state="held", because="cap", sent_before=3)
    page = text_of(world.client("vic").get("/me/notifications"))
    assert "Cannot be reached since" in page
    assert "The chat answered with the error 404." in page
    assert "3 of 3 this week were sent" in page
    admins = text_of(world.client("ada").get("/settings/deliveries"))
    assert "Vic Viewer" in admins
    assert gone.error in admins
    assert Channel.objects.get(pk=channel.pk).failing_since is not None


def test_a_link_asks_before_it_mutes_so_that_scanners_mute_nothing(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    link = mute_link(mail.outbox[0].body)
    visitor = Client()
    for _time in range(2):
        assert "Waiting time" in visitor.get(link).content.decode()
        visitor.head(link)
    assert not Follow.objects.filter(ended_at__isnull=False).exists()
    assert "You will hear no more of it" in visitor.post(link).content.decode()
    assert Follow.objects.filter(person=world.person("vic"), ended_at__isnull=False).exists()
    assert "You will hear of it again" in visitor.post(link, {"undo": "yes"}).content.decode()
    assert not Follow.objects.filter(ended_at__isnull=False).exists()


def test_the_button_of_a_mail_program_mutes_without_cookie_and_form_token(world: World, kpi: Kpi) -> None:
    channel = mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    header = mail.outbox[0].extra_headers["List-Unsubscribe"]
    program = Client(enforce_csrf_checks=True)
    answer = program.post(mute_link(header.strip("<>")), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert wishes.paces([channel])[channel.pk]["mentions"] == "inbox"


def test_the_link_of_an_erased_person_is_closed_and_names_nothing(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    link = mute_link(mail.outbox[0].body)
    erase_person(admin(), world.person("vic"))
    answer = Client().get(link)
    assert answer.status_code == 410
    assert "Waiting time" not in answer.content.decode()


def test_a_link_names_nothing_its_person_may_not_see_any_more(world: World, kpi: Kpi) -> None:
    from sextant.kpis.commands import change_kpi

    mail_channel(world.person("otto"))
    comment(world.cem, "kpi", kpi.key, "@otto-outsider")
    deliver(soon())
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility="people")
    page = Client().get(mute_link(mail.outbox[0].body)).content.decode()
    assert "Waiting time" not in page
    assert "something you no longer see" in page


def test_what_was_muted_meanwhile_is_not_tried_again(world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    mail_channel(world.person("lea"))
    Choice.objects.create(channel=Channel.objects.get(person=world.person("lea")), group="comments", pace="at_once")
    comment(world.cem, "kpi", kpi.key, "Hello")
    with monkeypatch.context() as patch:
        patch.setattr(sending.PostOffice, "send", lambda self, letter: Outcome("No."))
        deliver(soon())
    assert states() == [("sending", "")]
    pace = f"pace-{Channel.objects.get(person__key='lea-lead').pk}-comments"
    answer = world.client("lea").post("/me/notifications", HOURS | {"version": "1", pace: "inbox"})
    assert answer.status_code == 302
    assert states() == [("dropped", "muted")]
    message = Message.objects.get()
    assert deliver(message.send_after) == 0
    assert mail.outbox == []


def test_a_line_of_a_message_leads_to_its_thing(world: World, kpi: Kpi) -> None:
    mail_channel(world.person("vic"))
    said = comment(world.cem, "kpi", kpi.key, "@vic-viewer")
    deliver(soon())
    link = re.search(r"http://\S+?(/go/\S+)", mail.outbox[0].body)
    assert link is not None
    answer = world.client("vic").get(link[1])
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"#comment-{said.pk}")
    assert Client().get(link[1]).headers["Location"].startswith("/sign-in")


def test_a_message_is_safe_html_whatever_names_and_comments_hold(world: World) -> None:
    hostile = make_kpi("x", name="<img src=x onerror=alert(1)> & \r\nBcc: all@example.org")
    mail_channel(world.person("vic"))
    comment(world.cem, "kpi", hostile.key, "@vic-viewer <script>alert(1)</script>")
    deliver(soon())
    [sent] = mail.outbox
    page = str(sent.alternatives[0][0])
    assert "<script" not in page
    assert "<img" not in page
    assert "\n" not in sent.subject
    assert sent.bcc == []


def test_a_team_channel_says_where_its_leads_change_it(world: World, kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    from sextant.notifications import notices

    monkeypatch.setattr(notices, "_kinds", dict(notices._kinds))
    notices.register("test.alert", "%(subject)s left its normal range", group="alerts")
    gone: list[Any] = []
    monkeypatch.setattr(sending, "post_all", lambda posts: [gone.append(one) or Outcome() for one in posts])
    browser = world.client("lea")
    data = {"service": "webhook", "address": "https://chat.example.org/h", "pace": "at_once", "groups": ["alerts"]}
    assert browser.post("/teams/emergency/channels", data).status_code == 302
    notify(SYSTEM, "kpi", kpi.key, [world.person("lea")], "test.alert")
    assert deliver(soon()) == 1
    assert "/teams/emergency/channels" in gone[0].body
    assert "This channel hears of its team." in gone[0].body
    assert "/mute/" not in gone[0].body


def test_the_api_shows_and_changes_the_same_settings(world: World) -> None:
    channel = mail_channel(world.person("vic"))
    Wishes.objects.all().delete()
    secret = create_token(world.vic, name="t", scope="write", person=world.person("vic")).secret
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    shown = api.get("/api/v1/notifications/settings").json()
    assert (shown["quiet_from"], shown["quiet_to"], shown["version"]) == ("20:00", "07:00", 0)
    assert shown["channels"][0]["paces"]["mentions"] == "at_once"
    body = {"version": 0, "quiet_from": "18:00", "channels": [{"id": channel.pk, "paces": {"mentions": "daily"}}]}
    changed = api.patch("/api/v1/notifications/settings", body, content_type="application/json")
    assert changed.status_code == 200
    assert (changed.json()["quiet_from"], changed.json()["quiet_to"]) == ("18:00", "07:00")
    assert changed.json()["channels"][0]["paces"]["mentions"] == "daily"


def test_the_api_refuses_what_is_not_mine_or_makes_no_sense(world: World) -> None:
    other = mail_channel(world.person("lea"))
    secret = create_token(world.vic, name="t", scope="write", person=world.person("vic")).secret
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    for body in (
        {"version": 0, "channels": [{"id": other.pk, "paces": {"mentions": "daily"}}]},
        {"version": 0, "quiet_from": "25:00"},
        {"version": 0, "quiet_from": "07:00"},
        {"version": 0, "quiet_days": [0, 1, 2, 3, 4, 5, 6]},
    ):
        answer = api.patch("/api/v1/notifications/settings", body, content_type="application/json")
        assert answer.status_code == 422, body
    reader = create_token(world.vic, name="r", scope="read", person=world.person("vic")).secret
    only_reads = Client(headers={"Authorization": f"Bearer {reader}"})
    answer = only_reads.patch("/api/v1/notifications/settings", {"version": 0, "most_a_week": 1}, "application/json")
    assert answer.status_code == 403
