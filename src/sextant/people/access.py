"""Who may see and change teams, people, tokens, and who may read the organisation's event log."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sextant.core import access
from sextant.core.actors import ROLES, Actor
from sextant.core.errors import NotAllowed, Problem
from sextant.core.events import visible_events
from sextant.people.models import Person, Team, Token
from sextant.people.roles import allows


def visible_teams(actor: Actor) -> QuerySet[Team]:
    """The tree of the organisation is open to everyone in it."""
    return Team.objects.all() if actor.may_read else Team.objects.none()


def can_team(actor: Actor, action: str, team: Team | None) -> bool:
    """`team` is where the change lands: for a new team its parent. None is the organisation itself."""
    if action == "view":
        return actor.may_read
    if team is None:
        return actor.is_admin and actor.may_write
    return allows(actor, f"team.{action}", team.pk)


def visible_people(actor: Actor) -> QuerySet[Person]:
    return Person.objects.all() if actor.may_read else Person.objects.none()


def can_person(actor: Actor, action: str, person: Person | None) -> bool:
    """People belong to the whole organisation: a sufficient role in any team counts."""
    if action == "view":
        return actor.may_read
    if action == "see_email":
        return person is not None and sees_email(actor, person)
    return allows(actor, f"person.{action}", None, owner_id=person.pk if person else None)


def sees_email(actor: Actor, person: Person) -> bool:
    """Addresses are for the person, for leads and for administrators; reading needs no right to write."""
    return actor.may_read and (actor.person_id == person.pk or actor.has_role(None, "lead"))


def visible_tokens(actor: Actor) -> QuerySet[Token]:
    """Mine, and the push tokens of teams I lead; an administrator sees all."""
    if not actor.may_read:
        return Token.objects.none()
    if actor.is_admin:
        return Token.objects.all()
    led = [team_id for team_id, role in actor.roles.items() if ROLES.index(role) >= ROLES.index("lead")]
    return Token.objects.filter(Q(person_id=actor.person_id) | Q(team_id__in=led))


def can_token(actor: Actor, action: str, token: Token) -> bool:
    """A personal token is its owner's affair, and an administrator's; a push token belongs to its team."""
    if action == "view":
        return actor.may_read
    if token.team_id is None and token.person_id != actor.person_id:
        return actor.is_admin and actor.may_write
    return allows(actor, f"token.{action}", token.team_id, owner_id=token.person_id)


def can_event(actor: Actor, action: str, thing: Any) -> bool:
    """What happened is never changed."""
    return action == "view" and actor.may_read


def require_organisation(actor: Actor) -> None:
    """Raise NotAllowed unless the actor administrates the organisation."""
    if not allows(actor, "organisation.change", None):
        raise NotAllowed(Problem("not-allowed", _("Only an administrator of the organisation may do this.")))


def register() -> None:
    access.register("team", visible_teams, can_team)
    access.register("person", visible_people, can_person)
    access.register("token", visible_tokens, can_token)
    access.register("event", visible_events, can_event)
