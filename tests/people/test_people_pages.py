"""The pages of people, teams and settings as people use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sextant.people.commands import create_person, rename_team
from sextant.people.models import Organisation, Person, Team
from tests.make import make_kpi
from tests.world import World


def test_a_stale_edit_shows_both_versions_and_lets_the_editor_decide(world: World) -> None:
    browser = world.client("ada")
    mine = {"name": "Casualty", "parent": "harbour-hospital", "version": world.emergency.version}
    rename_team(world.lea, world.emergency, name="Acute care", version=None)
    page = browser.post("/teams/emergency/change", mine)
    words = page.content.decode()
    assert page.status_code == 409
    assert "Acute care" in words
    assert "Casualty" in words
    assert world.emergency.name == "Acute care"
    resend = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', words))
    resend.pop("csrfmiddlewaretoken", None)
    assert resend == {**mine, "version": str(world.emergency.version)}
    assert browser.post("/teams/emergency/change", resend).status_code == 302
    assert world.emergency.name == "Casualty"


def test_an_archived_team_is_brought_back_by_the_undo_of_its_message(world: World) -> None:
    browser = world.client("ada")
    page = browser.post("/teams/surgery/archive", follow=True).content.decode()
    undo = re.search(r'action="(/teams/surgery/restore)"', page)
    assert undo is not None
    assert world.surgery.archived_at is not None
    browser.post(undo[1])
    assert world.surgery.archived_at is None


def test_inviting_without_mail_shows_the_link_once(world: World) -> None:
    browser = world.client("ada")
    words = {
        "name": "Mia Midwife",
        "email": "mia@hospital.example",
        "team": "surgery",
        "role": "viewer",
        "invite": "on",
    }
    page = browser.post("/people/new", words)
    link = re.search(r'value="http://localhost:8000(/invitation/[^"]+)"', page.content.decode())
    assert link is not None
    assert "no-store" in page.headers["Cache-Control"]
    assert link[1] not in browser.get("/people/mia-midwife").content.decode()
    joined = Client().post(link[1], {"name": "Mia Midwife", "password": "quiet-granite-19"})
    assert joined.status_code == 302


def test_adding_somebody_who_cannot_get_the_role_adds_nobody(world: World) -> None:
    browser = world.client("lea")
    words = {"name": "Mia Midwife", "email": "", "team": "emergency", "role": "admin"}
    assert browser.post("/people/new", words).status_code == 403
    assert not Person.objects.filter(name="Mia Midwife").exists()


def test_addresses_are_for_leads_and_oneself(world: World) -> None:
    assert "cem@hospital.example" in world.client("lea").get("/people").content.decode()
    assert "cem@hospital.example" not in world.client("vic").get("/people").content.decode()
    assert "cem@hospital.example" not in world.client("vic").get("/people/cem-contributor").content.decode()
    assert "cem@hospital.example" in world.client("cem").get("/people/cem-contributor").content.decode()
    # Nor can they be found out by searching for them.
    assert "Cem Contributor" not in world.client("vic").get("/people?q=cem@hospital").content.decode()


def test_erasing_asks_for_the_name_first(world: World) -> None:
    browser = world.client("ada")
    address = "/people/vic-viewer/erasure"
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"name": "Vic"}).status_code == 422
    assert world.person("vic").erased_at is None
    assert browser.post(address, {"name": "Vic Viewer"}, follow=True).status_code == 200
    assert not Person.objects.filter(name="Vic Viewer").exists()


def test_the_list_of_people_takes_as_many_queries_for_many_as_for_few(
    world: World, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    browser = world.client("ada")
    for number in range(60):
        create_person(world.ada, f"Person {number}")
    with django_assert_max_num_queries(14):
        page = browser.get("/people")
    assert page.content.decode().count("Person ") >= 60


def test_a_plain_page_needs_four_queries_to_know_who_asks(
    world: World, django_assert_num_queries: Callable[[int], Any]
) -> None:
    browser = world.client("vic")
    browser.get("/me/appearance")
    with django_assert_num_queries(4):  # session, sign-in, organisation, person with roles
        assert browser.get("/me/appearance").status_code == 405


def test_people_are_found_by_name_and_by_team(world: World) -> None:
    browser = world.client("vic")
    page = browser.get("/people?team=surgery").content.decode()
    assert "otto-outsider" in page
    assert "cem-contributor" not in page
    assert "No" not in browser.get("/people?q=otto").content.decode().partition("<tbody>")[2][:20]
    assert "Nobody fits this filter" in browser.get("/people?q=zzz").content.decode()


def test_the_theme_and_language_of_a_browser_need_no_script(world: World) -> None:
    browser = world.client("vic")
    browser.post("/me/appearance", {"theme": "dark", "language": "en"})
    assert 'data-theme="dark"' in browser.get("/me").content.decode()
    browser.post("/me/appearance", {"theme": "", "language": "en"})
    assert "data-theme" not in browser.get("/me").content.decode().partition("<head>")[0]


def test_a_settings_form_changed_meanwhile_shows_both(world: World) -> None:
    browser = world.client("ada")
    form = browser.get("/settings").context["form"]
    words = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    Organisation.objects.update(currency="USD", version=words["version"] + 1)
    page = browser.post("/settings", {**words, "currency": "CHF"})
    assert page.status_code == 409
    assert "USD" in page.content.decode()
    assert "CHF" in page.content.decode()


def test_what_may_i_do_says_where(world: World) -> None:
    page = world.client("lea").get("/me/permissions").content.decode()
    assert "Lead of Emergency" in page
    assert "in Emergency" in page


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "{{ 7|add:7 }}", "%(subject)s %s"])
def test_hostile_names_are_only_names(world: World, hostile: str) -> None:
    browser = world.client("ada")
    browser.post("/teams/new", {"name": hostile, "parent": "harbour-hospital"})
    team = Team.objects.get(name=hostile)
    for address in ("/teams", f"/teams/{team.key}", "/audit", "/audit.csv"):
        page = browser.get(address)
        body = b"".join(page.streaming_content) if page.streaming else page.content  # type: ignore[attr-defined]
        assert page.status_code == 200
        if address != "/audit.csv":
            assert b"<script>alert(1)" not in body


def test_who_leaves_hands_over_what_they_answer_for(world: World) -> None:
    make_kpi("waiting-time", name="Waiting time")
    browser = world.client("ada")
    assert "Waiting time" in browser.get("/people/lea-lead").content.decode()
    page = browser.post("/people/lea-lead/archive", follow=True).content.decode()
    assert "Lea Lead still answers for other things (1)" in page
    page = browser.post("/people/lea-lead/archive", {"hand_over_to": "cem-contributor"}, follow=True).content.decode()
    assert "Cem Contributor took over 1 thing." in page
