"""People: adding, changing, leaving, being erased, and being named in files."""

from __future__ import annotations

import pytest

from sextant.core import erasure
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.people import queries
from sextant.people.commands import (
    archive_person,
    change_person,
    create_person,
    create_token,
    erase_person,
    invite,
    person_named,
    restore_person,
    set_administrator,
)
from sextant.people.matching import named
from sextant.people.models import Membership, Person, Team, User
from tests.world import World


def key_of(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return refusal.value.problems[0].key


def test_erasing_keeps_every_row_and_forgets_who_it_was(world: World) -> None:
    cem = world.person("cem")
    change_person(world.ada, cem, version=None, name="Cem Öz")
    create_token(world.cem, name="Laptop of Cem Öz", scope="read", person=cem)
    counts = Membership.objects.count(), Event.objects.count(), Person.objects.count()
    erased = erase_person(world.ada, cem)
    assert (erased.name, erased.email, erased.user) == ("former member", "", None)
    assert not User.objects.filter(email="cem@hospital.example").exists()
    assert (Membership.objects.count(), Event.objects.count() - 1, Person.objects.count()) == counts
    for event in Event.objects.all():
        told = f"{event.actor_label} {event.actor_key} {event.subject_label} {event.subject_key} {event.data}"
        assert "Cem" not in told
        assert "cem" not in told
    assert Person.objects.get(pk=cem.pk).memberships.count() == 1


def test_packages_above_forget_in_the_same_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[erasure.Erased] = []
    monkeypatch.setattr(erasure, "_forgetters", [told.append])
    vic = world.person("vic")
    erase_person(world.ada, vic)
    assert [(who.person_id, who.old_labels, who.new_label) for who in told] == [
        (vic.pk, ("Vic Viewer",), "former member")
    ]


def test_an_erased_person_cannot_be_changed_or_restored(world: World) -> None:
    vic = erase_person(world.ada, world.person("vic"))
    for act in (
        lambda: change_person(world.ada, vic, version=None, name="Vic again"),
        lambda: restore_person(world.ada, vic),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert key_of(refusal) == "person-erased"


def test_who_left_cannot_sign_in_and_their_tokens_stop_until_they_are_back(world: World) -> None:
    cem = world.person("cem")
    secret = create_token(world.cem, name="script", scope="read", person=cem).secret
    browser = world.client("cem")
    archive_person(world.ada, cem)
    assert browser.get("/teams").status_code == 302
    assert queries.actor_of_token(secret) is None
    restore_person(world.ada, cem)
    assert queries.actor_of_token(secret) is not None
    assert world.client("cem").get("/teams").status_code == 200


def test_the_last_administrator_stays(world: World) -> None:
    ada = world.person("ada")
    for act in (
        lambda: archive_person(world.ada, ada),
        lambda: erase_person(world.ada, ada),
        lambda: set_administrator(world.ada, ada, is_admin=False, version=None),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert key_of(refusal) == "last-administrator"
    set_administrator(world.ada, world.person("lea"), is_admin=True, version=None)
    assert not set_administrator(world.ada, ada, is_admin=False, version=None).is_admin


def test_only_an_administrator_makes_administrators(world: World) -> None:
    with pytest.raises(NotAllowed):
        set_administrator(world.lea, world.person("lea"), is_admin=True, version=None)


def test_a_stale_change_is_refused_with_both_versions(world: World) -> None:
    vic = world.person("vic")
    change_person(world.ada, vic, version=vic.version, name="Victoria Viewer")
    with pytest.raises(Stale) as refusal:
        change_person(world.ada, vic, version=vic.version, name="Vicky Viewer")
    assert refusal.value.theirs["name"] == "Victoria Viewer"
    assert world.person("vic").name == "Victoria Viewer"


def test_people_change_their_own_name_but_not_the_address_they_sign_in_with(world: World) -> None:
    vic = world.person("vic")
    assert change_person(world.vic, vic, version=None, name="Vicky Viewer").name == "Vicky Viewer"
    with pytest.raises(NotAllowed):
        change_person(world.vic, vic, version=None, email="elsewhere@hospital.example")
    with pytest.raises(NotAllowed):
        change_person(world.vic, world.person("cem"), version=None, name="Somebody else")


def test_a_changed_address_is_the_new_sign_in(world: World) -> None:
    change_person(world.ada, world.person("vic"), version=None, email="Victoria@Hospital.example")
    assert User.objects.filter(email="victoria@hospital.example").exists()
    with pytest.raises(Refused) as refusal:
        change_person(world.ada, world.person("lea"), version=None, email="victoria@hospital.example")
    assert key_of(refusal) == "email-taken"


def test_a_known_name_is_that_person(world: World) -> None:
    assert person_named(world.ada, "Lea Lead") == world.person("lea")
    assert person_named(world.ada, "  Lea   Lead ") == world.person("lea")
    assert person_named(world.ada, "lea-lead") == world.person("lea")


def test_an_outside_id_outlives_a_new_name(world: World) -> None:
    first = person_named(world.ada, "Maria Silva", source="hr.csv", external_id="17")
    again = person_named(world.ada, "Maria Santos", source="hr.csv", external_id="17")
    assert again == first
    assert first.name == "Maria Silva"


def test_a_new_name_becomes_a_person_without_sign_in(world: World) -> None:
    person = person_named(world.ada, "Jürgen Größe", source="kpis.xlsx")
    assert (person.key, person.user, person.source) == ("jurgen-grosse", None, "kpis.xlsx")


@pytest.mark.parametrize("near", ["lea lead", "Lead, Lea", "Léa Lead", "Lea Leed", "L Lead"])
def test_a_near_name_is_asked_and_never_guessed(world: World, near: str) -> None:
    before = Person.objects.count()
    with pytest.raises(Refused) as refusal:
        person_named(world.ada, near)
    assert key_of(refusal) == "name-near-match"
    assert refusal.value.problems[0].details["candidates"] == ["lea-lead"]
    assert Person.objects.count() == before
    assert person_named(world.ada, near, is_new=True).name == near.strip()


def test_a_name_two_people_bear_is_asked(world: World) -> None:
    person_named(world.ada, "Lea Lead", is_new=True)
    create_person(world.ada, "Lea Lead")
    with pytest.raises(Refused) as refusal:
        person_named(world.ada, "Lea Lead")
    assert set(refusal.value.problems[0].details["candidates"]) == {"lea-lead", "lea-lead-2"}  # type: ignore[call-overload]


def test_many_names_take_one_query(world: World, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        matches = named(Person, [("Lea Lead", ""), ("Nobody Known", ""), ("Otto Outsidr", "")] * 20)
    assert matches[0].thing == world.person("lea")
    assert (matches[1].thing, matches[1].near) == (None, ())
    assert matches[2].near == (world.person("otto"),)


def test_teams_are_matched_the_same_way(world: World) -> None:
    exact, near = named(Team, [("Surgery", ""), ("surgery ", "")])
    assert exact.thing == world.surgery
    assert near.thing == world.surgery or near.near == (world.surgery,)


def test_inviting_somebody_known_from_a_file_keeps_their_key(world: World) -> None:
    person = person_named(world.ada, "Maria Silva", source="kpis.xlsx")
    invited = invite(world.ada, email="maria@hospital.example", person=person)
    assert invited.person.key == "maria-silva"
    assert invited.person.name == "Maria Silva"


def test_texts_that_may_mean_a_namesake_are_left_alone(world: World) -> None:
    other = create_person(world.ada, "Vic Viewer")
    event = Event.objects.get(name="person.created", subject_key=other.key)
    erase_person(world.ada, world.person("vic"))
    event.refresh_from_db()
    assert event.subject_label == "Vic Viewer"
    assert not Event.objects.filter(subject_key="vic-viewer").exists()


def test_a_column_of_authors_is_forgotten_with_the_person(world: World) -> None:
    forget = erasure.names_in(Event, "actor_label")
    forget(erasure.Erased(1, "x", ("Ada Admin",), (), "former-member-1", "former member"))
    assert not Event.objects.filter(actor_label="Ada Admin").exists()
