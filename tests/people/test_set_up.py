"""The first run, and the settings of the organisation."""

from __future__ import annotations

import pytest
from django.test import Client

from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.people import queries
from sextant.people.commands import change_organisation, set_up_organisation
from sextant.people.models import Organisation, Person, Team, User
from tests.world import World

PASSWORD = "copper-meadow-77"
ANSWERS = {
    "name": "Northern Library",
    "admin_name": "Nora North",
    "email": "nora@library.example",
    "password": PASSWORD,
    "time_zone": "Europe/Lisbon",
    "currency": "EUR",
    "locale": "en",
    "year_start_month": 4,
    "fiscal_year_named_by": "start",
}


@pytest.mark.usefixtures("nothing_set_up")
def test_the_first_run_makes_the_organisation_its_root_team_and_its_first_administrator() -> None:
    nora = set_up_organisation(**ANSWERS)
    assert Team.objects.get().name == "Northern Library"
    assert nora.is_admin
    assert queries.actor_of_person(nora).has_role(Team.objects.get().pk, "admin")
    assert queries.calendar().year_start_month == 4
    assert Event.objects.get(name="organisation.set_up").actor_label == "Nora North"


def test_a_second_set_up_is_refused_and_changes_nothing(world: World) -> None:
    with pytest.raises(Refused, match="set up already") as refusal:
        set_up_organisation(**ANSWERS)
    assert refusal.value.problems[0].key == "already-set-up"
    assert not Person.objects.filter(email="nora@library.example").exists()


@pytest.mark.usefixtures("nothing_set_up")
def test_of_two_set_ups_at_the_same_moment_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up_organisation(**ANSWERS)
    # The other one looked before the first was done: it finds nothing and goes on to write.
    monkeypatch.setattr(type(Organisation.objects.all()), "exists", lambda rows: False)
    with pytest.raises(Refused) as refusal:
        set_up_organisation(**{**ANSWERS, "email": "late@library.example"})
    monkeypatch.undo()
    assert refusal.value.problems[0].key == "already-set-up"
    assert User.objects.count() == 1


@pytest.mark.usefixtures("nothing_set_up")
def test_a_weak_password_is_refused_and_nothing_is_left_behind() -> None:
    with pytest.raises(Refused) as refusal:
        set_up_organisation(**{**ANSWERS, "password": "password"})
    assert {problem.field for problem in refusal.value.problems} == {"password"}
    assert not queries.is_set_up()
    assert not User.objects.exists()


@pytest.mark.usefixtures("nothing_set_up")
def test_before_the_first_run_every_page_leads_to_it_and_afterwards_it_is_gone() -> None:
    client = Client()
    assert client.get("/teams", follow=True).redirect_chain[-1][0] == "/welcome"
    assert client.post("/welcome", ANSWERS).headers["Location"] == "/"
    assert b"Nora North" in client.get("/people").content
    assert Organisation.objects.get().time_zone == "Europe/Lisbon"
    assert Client().get("/welcome").headers["Location"] == "/sign-in"
    assert Client().post("/welcome", {**ANSWERS, "email": "x@library.example"}).status_code == 302
    assert User.objects.count() == 1


@pytest.mark.usefixtures("nothing_set_up")
def test_a_first_run_with_wrong_words_keeps_what_was_typed() -> None:
    page = Client().post("/welcome", {**ANSWERS, "email": "nora at library"})
    assert page.status_code == 422
    assert b"Northern Library" in page.content
    assert PASSWORD.encode() not in page.content


@pytest.mark.parametrize(
    ("setting", "value", "key"),
    [
        ("time_zone", "Europe/Atlantis", "time-zone-unknown"),
        ("currency", "EURO", "currency-wrong"),
        ("locale", "english", "locale-wrong"),
        ("year_start_month", 13, "month-wrong"),
        ("fiscal_year_named_by", "middle", "fiscal-name-wrong"),
        ("terms", {"weather": "storm"}, "term-unknown"),
        ("mood", "good", "setting-unknown"),
        ("name", "  ", "name-missing"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(world: World, setting: str, value: object, key: str) -> None:
    with pytest.raises(Refused) as refusal:
        change_organisation(world.ada, version=None, **{setting: value})
    assert refusal.value.problems[0].key == key


def test_the_organisation_names_things_in_its_own_words(world: World) -> None:
    change_organisation(world.ada, version=None, terms={"theme": "Pillar", "cycle": " "})
    assert queries.term("theme") == "Pillar"
    assert queries.term("cycle") == "cycle"
    assert "Pillar" in world.client("vic").get("/strategy").content.decode()


def test_only_an_administrator_changes_the_settings(world: World) -> None:
    with pytest.raises(NotAllowed):
        change_organisation(world.lea, version=None, currency="USD")
    assert world.client("lea").get("/settings").status_code == 403


def test_two_administrators_changing_settings_do_not_overwrite_each_other(world: World) -> None:
    seen = Organisation.objects.get().version
    change_organisation(world.ada, version=seen, currency="USD")
    with pytest.raises(Stale) as refusal:
        change_organisation(world.ada, version=seen, currency="CHF")
    assert refusal.value.theirs["currency"] == "USD"
    assert refusal.value.yours["currency"] == "CHF"
    assert Organisation.objects.get().currency == "USD"
