"""One-time links: with and without a mail server, used once, in time, by one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from sextant.core.errors import NotAllowed, Refused
from sextant.people import queries
from sextant.people.commands import (
    accept_invitation,
    archive_person,
    ask_password_link,
    invitations,
    invite,
    make_password_link,
    set_password_by_link,
)
from sextant.people.models import Invitation, Person, User
from tests.world import World

PASSWORD = "quiet-granite-19"


@pytest.fixture
def mail_server(settings: Any) -> None:
    settings.HAS_MAIL_SERVER = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def secret_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def words_of(page: HttpResponse) -> str:
    """The page without the token that differs from answer to answer."""
    return re.sub(r'"X-CSRFToken": "\w+"', "", page.content.decode())


def key_of(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return refusal.value.problems[0].key


def new_link(world: World, email: str = "mia@hospital.example") -> str:
    return secret_of(invite(world.ada, email=email, name="Mia Midwife", team=world.emergency).link)


def test_without_a_mail_server_the_link_is_handed_to_who_invites(world: World) -> None:
    invited = invite(world.ada, email="Mia@Hospital.example", team=world.emergency, role="contributor")
    assert invited.link.startswith("http://localhost:8000/invitation/")
    assert not invited.mail_sent
    user = accept_invitation(secret_of(invited.link), password=PASSWORD, name="Mia Midwife")
    assert user.email == "mia@hospital.example"
    assert queries.actor_of_user(user.pk).has_role(world.emergency.pk, "contributor")  # type: ignore[union-attr]


@pytest.mark.usefixtures("mail_server")
def test_with_a_mail_server_the_link_goes_by_mail_and_is_not_shown(world: World) -> None:
    invited = invite(world.ada, email="mia@hospital.example")
    assert (invited.link, invited.mail_sent) == ("", True)
    [message] = mail.outbox
    assert message.to == ["mia@hospital.example"]
    link = next(line for line in message.body.splitlines() if "/invitation/" in line)
    assert accept_invitation(secret_of(link), password=PASSWORD).check_password(PASSWORD)


def test_when_the_mail_fails_the_link_is_handed_over_instead(world: World, settings: Any) -> None:
    settings.HAS_MAIL_SERVER = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    invited = invite(world.ada, email="mia@hospital.example")
    assert not invited.mail_sent
    assert "/invitation/" in invited.link


def test_only_the_fingerprint_of_a_link_is_kept(world: World) -> None:
    secret = new_link(world)
    row = Invitation.objects.get()
    assert row.secret_hash == queries.hash_of(secret)
    assert secret not in str(vars(row))


def test_a_link_works_once(world: World) -> None:
    secret = new_link(world)
    accept_invitation(secret, password=PASSWORD)
    with pytest.raises(Refused) as refusal:
        accept_invitation(secret, password="another-granite-20")
    assert key_of(refusal) == "link-used"
    assert User.objects.get(email="mia@hospital.example").check_password(PASSWORD)


def test_of_two_who_accept_at_the_same_moment_one_succeeds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = new_link(world)
    look = invitations.open_link

    def look_then_somebody_is_faster(wanted: str, purpose: str) -> Invitation:
        seen = look(wanted, purpose)
        monkeypatch.setattr(invitations, "open_link", look)
        accept_invitation(wanted, password=PASSWORD)
        return seen

    monkeypatch.setattr(invitations, "open_link", look_then_somebody_is_faster)
    with pytest.raises(Refused) as refusal:
        accept_invitation(secret, password="another-granite-20")
    assert key_of(refusal) == "link-used"
    assert User.objects.filter(email="mia@hospital.example").count() == 1
    assert User.objects.get(email="mia@hospital.example").check_password(PASSWORD)


def test_a_link_of_last_week_has_expired(world: World) -> None:
    secret = new_link(world)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused) as refusal:
        accept_invitation(secret, password=PASSWORD)
    assert key_of(refusal) == "link-expired"
    assert Client().get(f"/invitation/{secret}").status_code == 410


def test_an_invitation_is_valid_for_seven_days(world: World) -> None:
    new_link(world)
    row = Invitation.objects.get()
    assert row.expires_at - row.created_at == timedelta(days=7)


def test_a_newer_invitation_ends_the_older_one(world: World) -> None:
    old, new = new_link(world), new_link(world)
    with pytest.raises(Refused) as refusal:
        accept_invitation(old, password=PASSWORD)
    assert key_of(refusal) == "link-unknown"
    accept_invitation(new, password=PASSWORD)


def test_who_is_archived_cannot_use_an_old_invitation(world: World) -> None:
    secret = new_link(world)
    archive_person(world.ada, Person.objects.get(email="mia@hospital.example"))
    with pytest.raises(Refused):
        accept_invitation(secret, password=PASSWORD)


def test_a_weak_password_leaves_the_link_usable(world: World) -> None:
    secret = new_link(world)
    with pytest.raises(Refused) as refusal:
        accept_invitation(secret, password="1234")
    assert refusal.value.problems[0].field == "password"
    accept_invitation(secret, password=PASSWORD)


def test_looking_at_an_invitation_does_not_use_it_up(world: World) -> None:
    secret = new_link(world)
    browser = Client()
    for _ in range(3):
        assert browser.get(f"/invitation/{secret}").status_code == 200
    page = browser.post(f"/invitation/{secret}", {"name": "Mia Midwife", "password": PASSWORD}, follow=True)
    assert page.status_code in (200, 404)
    assert browser.get("/me").status_code == 200
    assert Client().get(f"/invitation/{secret}").status_code == 410


def test_an_unknown_link_is_not_found(world: World) -> None:
    assert Client().get("/invitation/nonsense").status_code == 404
    assert Client().get("/password/nonsense").status_code == 404


def test_an_invitation_is_no_password_link(world: World) -> None:
    secret = new_link(world)
    assert Client().get(f"/password/{secret}").status_code == 404


def test_who_signs_in_already_is_not_invited_again(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        invite(world.ada, email="lea@hospital.example")
    assert key_of(refusal) == "signs-in-already"


def test_a_lead_cannot_invite(world: World) -> None:
    with pytest.raises(NotAllowed):
        invite(world.lea, email="mia@hospital.example")


def test_without_mail_an_administrator_makes_a_password_link(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        ask_password_link("lea@hospital.example")
    assert key_of(refusal) == "no-mail-server"
    browser = world.client("lea")
    link = make_password_link(world.ada, world.person("lea"))
    set_password_by_link(secret_of(link), password=PASSWORD)
    assert User.objects.get(email="lea@hospital.example").check_password(PASSWORD)
    assert browser.get("/me").status_code == 302  # the old session is over
    with pytest.raises(Refused):
        set_password_by_link(secret_of(link), password="yet-another-21")


def test_only_an_administrator_makes_password_links(world: World) -> None:
    with pytest.raises(NotAllowed):
        make_password_link(world.lea, world.person("vic"))


@pytest.mark.usefixtures("mail_server")
def test_asking_for_a_password_link_says_the_same_of_known_and_unknown_people(world: World) -> None:
    known = Client().post("/password/forgotten", {"email": "lea@hospital.example"})
    unknown = Client().post("/password/forgotten", {"email": "leo@hospital.example"})
    assert known.status_code == unknown.status_code == 200
    assert words_of(known).replace("lea@", "leo@") == words_of(unknown)
    [message] = mail.outbox
    assert message.to == ["lea@hospital.example"]
    link = next(line for line in message.body.splitlines() if "/password/" in line)
    page = Client().post(f"/password/{secret_of(link)}", {"password": PASSWORD})
    assert page.status_code == 302
    assert User.objects.get(email="lea@hospital.example").check_password(PASSWORD)
