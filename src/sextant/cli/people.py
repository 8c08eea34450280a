"""Commands about people and their tokens: `person add`, `token create`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from sextant.core.actors import ROLES, SYSTEM
from sextant.core.errors import refuse

if TYPE_CHECKING:
    from sextant.people.models import Person, Team

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    person = commands.add_parser("person", help="people who may sign in")
    add = person.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "add", help="invite somebody; the first person becomes the administrator"
    )
    add.add_argument("email", metavar="EMAIL", help="their e-mail address")
    add.add_argument("--role", choices=ROLES, help="what they may do (default: viewer)")
    add.add_argument("--name", default="", help="their name (default: from the address)")
    add.add_argument("--team", metavar="KEY", help="where the role holds (default: everywhere)")
    add.set_defaults(run=run_person_add)
    token = commands.add_parser("token", help="tokens for programs")
    create = token.add_subparsers(metavar="COMMAND", required=True).add_parser(
        "create", help="make a token and print it, this once"
    )
    create.add_argument("--name", required=True, help="what it is for")
    create.add_argument("--scope", required=True, choices=("read", "write", "push"), help="what it may do")
    create.add_argument("--person", metavar="EMAIL", help="whose rights it has (read, write)")
    create.add_argument("--team", metavar="KEY", help="whose values it may push (push)")
    create.add_argument("--days", type=int, help="how long it is valid (default: until revoked)")
    create.set_defaults(run=run_token_create)


def run_person_add(given: argparse.Namespace) -> int:
    from sextant.people.queries import is_set_up

    return _invite(given) if is_set_up() else _first_person(given)


def _first_person(given: argparse.Namespace) -> int:
    """The organisation is made with its first administrator, who then chooses a password by a link."""
    from sextant.people.commands import make_password_link, set_up_organisation

    if given.role not in (None, "admin") or given.team:
        raise refuse("first-is-admin", "The first person is the administrator: leave --role and --team out.")
    name = given.name or given.email.partition("@")[0].replace(".", " ").title()
    person = set_up_organisation(name="Our organisation", admin_name=name, email=given.email, password=None)
    print(
        f"{person.name} is the first person here and the administrator. They choose a password at",
        file=sys.stderr,
    )
    print(make_password_link(SYSTEM, person))
    return 0


def _invite(given: argparse.Namespace) -> int:
    from sextant.people.commands import invite, set_administrator

    is_admin = given.role == "admin" and not given.team
    team = team_named(given.team)
    invited = invite(SYSTEM, email=given.email, name=given.name, team=team, role=given.role or "viewer")
    if is_admin:
        set_administrator(SYSTEM, invited.person, is_admin=True, version=None)
    where = "everywhere" if team.parent_id is None else f"in {team.name}"
    if invited.mail_sent:
        print(f"{invited.person.name} ({given.role or 'viewer'} {where}) has been sent an invitation.")
        return 0
    print(
        f"{invited.person.name} is {given.role or 'viewer'} {where}. Give them this link; it works once, "
        f"for {invited.valid_days} days:",
        file=sys.stderr,
    )
    print(invited.link)
    return 0


def run_token_create(given: argparse.Namespace) -> int:
    from sextant.people.commands import create_token

    person = _person(given.person) if given.person else None
    team = team_named(given.team) if given.team else None
    made = create_token(SYSTEM, name=given.name, scope=given.scope, person=person, team=team, days=given.days)
    print(f"This is the only time the token of {person or team} is shown:", file=sys.stderr)
    print(made.secret)
    return 0


def _person(email: str) -> Person:
    from sextant.people.models import Person

    person = Person.objects.filter(email=email.strip().lower(), archived_at=None).first()
    if person is None:
        raise refuse("person-unknown", f"Nobody here has the address {email}. Add them: sextant person add {email}")
    return person


def team_named(key: str | None) -> Team:
    """The team with this key; without one the organisation itself."""
    from sextant.people.models import Team

    teams = Team.objects.filter(archived_at=None)
    team = (teams.filter(key=key) if key else teams.filter(parent=None)).first()
    if team is None:
        known = ", ".join(teams.values_list("key", flat=True)[:20])
        raise refuse("team-unknown", f"There is no team '{key}'. Teams: {known}")
    return team
