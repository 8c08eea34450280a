"""Giving and ending roles, and how they spread down the tree."""

from __future__ import annotations

import pytest

from sextant.core.errors import NotAllowed, Refused
from sextant.people.commands import archive_person, create_team, end_role, set_role
from sextant.people.models import Membership
from sextant.people.queries import actor_of_person
from tests.world import World


def test_a_role_holds_for_the_teams_below_and_not_above(world: World) -> None:
    ward = create_team(world.ada, "Ward", parent=world.emergency)
    roles = actor_of_person(world.person("lea")).roles
    assert roles == {world.emergency.pk: "lead", ward.pk: "lead"}


def test_the_stronger_of_a_held_and_an_inherited_role_holds(world: World) -> None:
    ward = create_team(world.ada, "Ward", parent=world.emergency)
    set_role(world.ada, world.person("lea"), team=ward, role="viewer")
    assert actor_of_person(world.person("lea")).roles[ward.pk] == "lead"
    set_role(world.ada, world.person("vic"), team=ward, role="admin")
    assert actor_of_person(world.person("vic")).roles == {world.emergency.pk: "viewer", ward.pk: "admin"}


def test_another_role_ends_the_one_before_and_keeps_its_row(world: World) -> None:
    vic = world.person("vic")
    set_role(world.ada, vic, team=world.emergency, role="contributor")
    rows = Membership.objects.filter(person=vic).order_by("pk")
    assert [(row.role, row.superseded_at is None) for row in rows] == [("viewer", False), ("contributor", True)]


def test_the_same_role_again_changes_nothing(world: World) -> None:
    before = Membership.objects.count()
    set_role(world.ada, world.person("vic"), team=world.emergency, role="viewer")
    assert Membership.objects.count() == before


def test_an_ended_role_is_gone_from_the_next_request_on(world: World) -> None:
    browser = world.client("lea")
    assert browser.get("/teams/emergency/change").status_code == 200
    end_role(world.ada, world.person("lea"), team=world.emergency)
    assert browser.get("/teams/emergency/change").status_code == 403


def test_nobody_gives_or_ends_a_role_above_their_own(world: World) -> None:
    with pytest.raises(NotAllowed) as refusal:
        set_role(world.lea, world.person("lea"), team=world.emergency, role="admin")
    assert refusal.value.problems[0].key == "role-above-own"
    set_role(world.ada, world.person("cem"), team=world.emergency, role="admin")
    with pytest.raises(NotAllowed):
        set_role(world.lea, world.person("cem"), team=world.emergency, role="viewer")
    with pytest.raises(NotAllowed):
        end_role(world.lea, world.person("cem"), team=world.emergency)


def test_a_lead_gives_roles_in_their_own_team_only(world: World) -> None:
    set_role(world.lea, world.person("otto"), team=world.emergency, role="viewer")
    with pytest.raises(NotAllowed):
        set_role(world.lea, world.person("cem"), team=world.surgery, role="viewer")
    with pytest.raises(NotAllowed):
        set_role(world.cem, world.person("vic"), team=world.emergency, role="contributor")


def test_unknown_roles_and_people_who_left_are_refused(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        set_role(world.ada, world.person("vic"), team=world.emergency, role="king")
    assert refusal.value.problems[0].key == "role-unknown"
    archive_person(world.ada, world.person("vic"))
    with pytest.raises(Refused) as refusal:
        set_role(world.ada, world.person("vic"), team=world.surgery, role="viewer")
    assert refusal.value.problems[0].key == "person-archived"


def test_roles_are_given_and_ended_on_the_page_of_a_team(world: World) -> None:
    browser = world.client("lea")
    browser.post("/teams/emergency/roles", {"person": "otto-outsider", "role": "contributor"})
    assert actor_of_person(world.person("otto")).roles[world.emergency.pk] == "contributor"
    assert "Otto Outsider" in browser.get("/teams/emergency").content.decode()
    browser.post("/teams/emergency/roles/otto-outsider/end")
    assert world.emergency.pk not in actor_of_person(world.person("otto")).roles
    page = browser.post("/teams/emergency/roles", {"person": "otto-outsider", "role": "admin"})
    assert page.status_code == 422
