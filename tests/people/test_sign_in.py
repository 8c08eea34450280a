"""Signing in and out: closed sign-up, safe addresses, fresh sessions, our pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sextant.people.models import User
from tests.world import PASSWORD, World

RIGHT = {"login": "lea@hospital.example", "password": PASSWORD}


@pytest.fixture(autouse=True)
def no_earlier_tries() -> None:
    cache.clear()


def test_sign_in_leads_inside_and_sign_out_leads_out(world: World) -> None:
    browser = Client()
    assert browser.post("/sign-in", RIGHT).headers["Location"] == "/"
    assert "Lea Lead" in browser.get("/me").content.decode()
    assert browser.get("/sign-out").status_code == 200  # asks first
    assert browser.get("/me").status_code == 200
    assert browser.post("/sign-out").status_code == 302
    assert browser.get("/me").status_code == 302


def test_a_wrong_password_says_the_same_as_an_unknown_address(world: World) -> None:
    wrong = Client().post("/sign-in", {**RIGHT, "password": "wrong-wrong-1"})
    unknown = Client().post("/sign-in", {"login": "leo@hospital.example", "password": "wrong-wrong-1"})
    assert wrong.status_code == unknown.status_code == 200
    told = [list(page.context["form"].non_field_errors()) for page in (wrong, unknown)]
    assert told[0] == told[1] != []


def test_sign_up_is_closed_also_to_those_who_post(world: World) -> None:
    before = User.objects.count()
    words = {"email": "eve@outside.example", "password1": PASSWORD, "password2": PASSWORD}
    for page in (Client().get("/sign-up"), Client().post("/sign-up", words)):
        assert "by invitation" in page.content.decode()
    assert User.objects.count() == before


def test_a_page_asked_for_before_signing_in_comes_after_it(world: World) -> None:
    browser = Client()
    asked = browser.get("/teams/emergency?show=archived")
    assert asked.headers["Location"] == "/sign-in?next=/teams/emergency%3Fshow%3Darchived"
    page = browser.post(asked.headers["Location"], {**RIGHT, "next": "/teams/emergency?show=archived"})
    assert page.headers["Location"] == "/teams/emergency?show=archived"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(world: World, elsewhere: str) -> None:
    page = Client().post("/sign-in", {**RIGHT, "next": elsewhere})
    assert page.headers["Location"] == "/"


def test_signing_in_starts_a_fresh_session(world: World) -> None:
    browser = Client()
    browser.get("/sign-in")
    session = browser.session
    session["planted"] = "yes"
    session.save()
    browser.cookies["sessionid"] = session.session_key
    browser.post("/sign-in", RIGHT)
    assert browser.cookies["sessionid"].value != session.session_key


def test_guessing_passwords_is_slowed_down(world: World) -> None:
    browser = Client()
    answers = [browser.post("/sign-in", {**RIGHT, "password": f"guess-number-{n}"}) for n in range(12)]
    assert answers[0].status_code == 200
    last = browser.post("/sign-in", RIGHT)
    assert last.status_code in (200, 429)
    assert browser.get("/me").status_code == 302


def test_changing_the_password_needs_the_old_one(world: World) -> None:
    browser = world.client("lea")
    words = {"oldpassword": "not-the-old-1", "password1": "marble-orchid-31", "password2": "marble-orchid-31"}
    assert browser.post("/account/password", words).status_code == 200
    assert User.objects.get(email="lea@hospital.example").check_password(PASSWORD)
    browser.post("/account/password", {**words, "oldpassword": PASSWORD})
    assert User.objects.get(email="lea@hospital.example").check_password("marble-orchid-31")
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize("address", ["/sign-in", "/sign-up", "/password/forgotten", "/account/inactive"])
def test_every_page_before_sign_in_is_ours(world: World, address: str) -> None:
    page = Client().get(address)
    assert page.status_code == 200
    assert "base.html" in [template.name for template in page.templates]


def test_a_sign_in_that_belongs_to_nobody_sees_nothing(world: World) -> None:
    browser = Client()
    browser.force_login(User.objects.create_user("ghost@hospital.example", PASSWORD))
    for address in ("/teams", "/teams/emergency", "/me", "/audit"):
        assert browser.get(address).headers["Location"] == "/account/inactive"
    assert "no longer works" in browser.get("/account/inactive").content.decode()


def test_an_htmx_request_of_a_signed_out_page_goes_to_sign_in_as_a_whole(world: World) -> None:
    answer = Client().get("/teams", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_personas_are_for_the_demo_on_this_machine_only(world: World, settings: Any) -> None:
    assert Client().post("/sign-in/demo", {"person": "lea-lead"}).status_code == 404
    settings.DEMO_SIGN_IN = True
    assert Client().post("/sign-in/demo", {"person": "lea-lead"}).status_code == 404  # not a demo organisation
    from sextant.people.models import Organisation

    Organisation.objects.update(is_demo=True)
    assert Client(REMOTE_ADDR="192.0.2.7").post("/sign-in/demo", {"person": "lea-lead"}).status_code == 404
    assert "Lea Lead" not in Client(REMOTE_ADDR="192.0.2.7").get("/sign-in").content.decode()
    browser = Client()
    assert "Lea Lead" in browser.get("/sign-in").content.decode()
    assert browser.post("/sign-in/demo", {"person": "lea-lead"}).status_code == 302
    assert browser.get("/me").status_code == 200


def test_forms_without_their_token_are_refused(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(email="ada@hospital.example"))
    assert browser.post("/teams/surgery/archive").status_code == 403
    assert world.surgery.archived_at is None
