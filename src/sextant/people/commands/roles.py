"""Give and end roles in teams. Roles are ended, never deleted, so the past can be read."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import events
from sextant.core.access import require
from sextant.core.actors import ROLES, Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.people.models import Membership, Person, Team


def set_role(actor: Actor, person: Person, *, team: Team, role: str) -> Membership:
    """Give somebody a role in a team; it holds for the teams below. Nobody gives more than they hold."""
    if role not in ROLES:
        message = _("“%(role)s” is no role; choose one of %(roles)s.")
        raise refuse("role-unknown", message % {"role": role, "roles": ", ".join(ROLES)}, "role")
    with writing():
        _check_may_assign(actor, team, role)
        if person.archived_at is not None:
            message = _("%(name)s is archived. Restore them first.")
            raise refuse("person-archived", message % {"name": person.name}, "person")
        current = _current(person, team)
        if current is not None and current.role == role:
            return current
        if current is not None:
            _check_may_assign(actor, team, current.role)
            _end(current)
        membership = Membership.objects.create(person=person, team=team, role=role, known_at=timezone.now())
        events.emit(
            actor, "role.set", "person", person.key, person.name, team_id=team.pk,
            role=role, team=team.name, topics=[f"team:{team.key}"],
        )  # fmt: skip
    return membership


def end_role(actor: Actor, person: Person, *, team: Team) -> Membership | None:
    """End somebody's role in a team; None when there was none. Roles inherited from above stay."""
    with writing():
        current = _current(person, team)
        _check_may_assign(actor, team, current.role if current else ROLES[0])
        if current is None:
            return None
        _end(current)
        events.emit(
            actor, "role.ended", "person", person.key, person.name, team_id=team.pk,
            role=current.role, team=team.name, topics=[f"team:{team.key}"],
        )  # fmt: skip
    return current


def _current(person: Person, team: Team) -> Membership | None:
    return Membership.objects.select_for_update().filter(person=person, team=team, superseded_at=None).first()


def _end(membership: Membership) -> None:
    membership.superseded_at = timezone.now()
    membership.save(update_fields=["superseded_at"])


def _check_may_assign(actor: Actor, team: Team, role: str) -> None:
    require("team", actor, "assign", team)
    if not actor.has_role(team.pk, role):
        message = _("You cannot give or end a role above your own in %(team)s.")
        raise NotAllowed(Problem("role-above-own", message % {"team": team.name}, "role"))
