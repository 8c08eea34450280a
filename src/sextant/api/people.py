"""`/people`: everybody of the organisation, with or without a sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Key, Line, Listed, Version, by_key, found, named
from sextant.api.patching import patched
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.people.access import sees_email
from sextant.people.commands import archive_person, change_person, create_person, restore_person
from sextant.people.models import Membership, Person

router = Router(tags=["People"])


class RoleOut(BaseModel):
    team: str
    role: str = Field(description="viewer, contributor, lead or admin; it holds for the teams below as well.")


class PersonOut(BaseModel):
    key: str
    name: str
    email: str | None = Field(description="Null where you may not see it.")
    is_admin: bool
    roles: list[RoleOut]
    archived: bool
    version: int


class PeopleAsked(Listed):
    team: Key = Field("", description="Only people with a role in this very team.")
    archived: bool = Field(False, description="1: people who left instead of those at work.")


class NewPerson(Change):
    name: Line
    email: Line = ""


class PersonChange(Change):
    version: Version
    name: Line = Field(default_factory=str)
    email: Line = Field(default_factory=str)
    archived: bool = Field(default_factory=bool)
    hand_over_to: Key | None = Field(None, description="Who takes over what the person answers for, with `archived`.")


def shown(actor: Actor, people: Sequence[Person]) -> list[PersonOut]:
    """People with their roles, two statements for any number of them."""
    held: dict[int, list[RoleOut]] = {}
    current = Membership.objects.filter(person_id__in=[person.pk for person in people], superseded_at=None)
    for person_id, team, role in current.order_by("team__key").values_list("person_id", "team__key", "role"):
        held.setdefault(person_id, []).append(RoleOut(team=team, role=role))
    return [
        PersonOut(
            key=person.key,
            name=person.name,
            email=person.email if sees_email(actor, person) else None,
            is_admin=person.is_admin,
            roles=held.get(person.pk, []),
            archived=person.archived_at is not None,
            version=person.version,
        )
        for person in people
    ]


@router.get("/people", response=Page[PersonOut], summary="List people")
def list_people(request: ApiRequest, asked: Query[PeopleAsked]) -> HttpResponse:
    people = visible("person", request.actor).filter(erased_at=None, archived_at__isnull=not asked.archived)
    if asked.team:
        held = Membership.objects.filter(team__key=asked.team, superseded_at=None)
        people = people.filter(pk__in=held.values("person_id"))
    page, following = by_key(people, asked)
    return answer(Page[PersonOut](items=shown(request.actor, page), next=following))


@router.post("/people", response={201: PersonOut}, summary="Add a person (without a sign-in)")
def add_person(request: ApiRequest, body: NewPerson) -> HttpResponse:
    person = create_person(request.actor, **body.given())
    return answer(shown(request.actor, [person])[0], 201)


@router.get("/people/{key}", response=PersonOut, summary="Get a person")
def get_person(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(shown(request.actor, [found("person", request.actor, key)])[0])


@router.patch("/people/{key}", response=PersonOut, summary="Change, archive or restore a person")
def patch_person(request: ApiRequest, key: str, body: PersonChange) -> HttpResponse:
    actor = request.actor
    person: Person = found("person", actor, key)
    changes = body.given("version", "archived", "hand_over_to")
    successor = named("person", actor, body.hand_over_to, "hand_over_to")
    archive = partial(archive_person, hand_over_to=successor)
    person = patched(actor, person, body, changes, change=change_person, archive=archive, restore=restore_person)
    return answer(shown(actor, [person])[0])
