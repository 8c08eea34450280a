"""One small, named organisation used by all tests: a hospital with two departments and four people.

It is inserted once per session; each test rolls its own changes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from sextant.core.actors import Actor
from sextant.people import queries as people
from sextant.people.commands import create_person, create_team, set_role, set_up_organisation
from sextant.people.models import Organisation, Person, Team, User
from sextant.strategy.commands import create_theme
from sextant.strategy.models import Theme

PASSWORD = "lantern-harbour-42"
PEOPLE = {
    "ada": ("Ada Admin", None),
    "lea": ("Lea Lead", ("emergency", "lead")),
    "cem": ("Cem Contributor", ("emergency", "contributor")),
    "vic": ("Vic Viewer", ("emergency", "viewer")),
    "otto": ("Otto Outsider", ("surgery", "lead")),
}


@dataclass(frozen=True)
class World:
    """Names into the database; every property reads afresh, so that a test sees its own changes."""

    @property
    def hospital(self) -> Team:
        return Team.objects.get(parent=None)

    @property
    def emergency(self) -> Team:
        return Team.objects.get(key="emergency")

    @property
    def surgery(self) -> Team:
        return Team.objects.get(key="surgery")

    @property
    def safety(self) -> Theme:
        return Theme.objects.get(key="patient-safety")

    def person(self, name: str) -> Person:
        return Person.objects.get(email=f"{name}@hospital.example")

    def actor(self, name: str) -> Actor:
        return people.actor_of_person(self.person(name))

    @property
    def ada(self) -> Actor:
        return self.actor("ada")

    @property
    def lea(self) -> Actor:
        return self.actor("lea")

    @property
    def cem(self) -> Actor:
        return self.actor("cem")

    @property
    def vic(self) -> Actor:
        return self.actor("vic")

    @property
    def otto(self) -> Actor:
        return self.actor("otto")

    def client(self, name: str) -> Client:
        """A browser in which this person is signed in."""
        client = Client()
        client.force_login(User.objects.get(email=f"{name}@hospital.example"))
        return client


def build_world() -> None:
    """Insert the organisation through the commands everybody uses."""
    admin = set_up_organisation(
        name="Harbour Hospital", admin_name="Ada Admin", email="ada@hospital.example", password=PASSWORD
    )
    actor = people.actor_of_person(admin)
    teams = {name: create_team(actor, name) for name in ("Emergency", "Surgery")}
    for short, (name, membership) in PEOPLE.items():
        if membership is None:
            continue
        person = create_person(actor, name, email=f"{short}@hospital.example")
        person.user = User.objects.create_user(f"{short}@hospital.example", PASSWORD)
        person.save()
        set_role(actor, person, team=teams[membership[0].title()], role=membership[1])
    create_theme(actor, "Patient safety")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: Any, django_db_blocker: DjangoDbBlocker) -> None:
    """The usual test database, with the world in it."""
    with django_db_blocker.unblock():
        if not Organisation.objects.exists():
            build_world()


@pytest.fixture
def world(db: None) -> World:
    people.forget()
    return World()


@pytest.fixture
def real(transactional_db: None) -> Iterator[World]:
    """A database that commits, with the world built anew before and after: for several hands at once."""
    people.forget()
    if not Organisation.objects.exists():
        build_world()
    yield World()
    people.forget()
