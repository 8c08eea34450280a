"""Reads: the organisation, its team tree, and who an actor is with which roles."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from sextant.calc.periods import Calendar
from sextant.core.actors import ROLES, Actor
from sextant.core.writing import writing
from sextant.people.models import Membership, Organisation, Person, Team, Token
from sextant.people.tree import TeamTree

_remembered: ContextVar[dict[str, Any] | None] = ContextVar("remembered", default=None)
_trees: OrderedDict[str, TeamTree] = OrderedDict()
_TREES_KEPT = 4
SCOPES = {"read": frozenset({"read"}), "write": frozenset({"read", "write"}), "push": frozenset({"push"})}


@contextmanager
def remembering() -> Iterator[None]:
    """Within one request the organisation is read once."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def forget() -> None:
    """After a command changed the organisation."""
    memory = _remembered.get()
    if memory is not None:
        memory.clear()


def organisation() -> Organisation:
    """The settings of this installation; before the first run an unsaved one with the defaults."""
    memory = _remembered.get()
    if memory is not None and "organisation" in memory:
        found: Organisation = memory["organisation"]
        return found
    found = Organisation.objects.first() or Organisation(name="Sextant", tree_stamp="")
    if memory is not None:
        memory["organisation"] = found
    return found


def is_set_up() -> bool:
    return organisation().pk is not None


def calendar() -> Calendar:
    """How this organisation counts its years."""
    settings = organisation()
    return Calendar(settings.year_start_month, settings.fiscal_year_named_by)


def now_local() -> datetime:
    """The wall clock of the organisation, without a zone: what `calc` takes as `now`."""
    zone = ZoneInfo(organisation().time_zone)
    return timezone.now().astimezone(zone).replace(tzinfo=None)


def today() -> date:
    return now_local().date()


def term(word: str) -> str:
    """The organisation's own word for "theme", "cycle", ...; the word itself unless renamed."""
    renamed: str = organisation().terms.get(word, "")
    return renamed or word


def team_tree() -> TeamTree:
    """All teams with their places. Read again only after a change: each gives the tree a new stamp."""
    stamp = organisation().tree_stamp
    if stamp and stamp in _trees:
        return _trees[stamp]
    rows = Team.objects.order_by("name", "pk").values_list("pk", "key", "name", "parent_id", "archived_at")
    tree = TeamTree.of(rows)
    if stamp:
        _trees[stamp] = tree
        while len(_trees) > _TREES_KEPT:
            _trees.popitem(last=False)
    return tree


def people_at_work() -> QuerySet[Person]:
    """Everybody who is neither archived nor erased."""
    return Person.objects.filter(archived_at=None, erased_at=None)


def teams_without(used: Iterable[int]) -> QuerySet[Team]:
    """Teams at work whose id is not among `used`, such as teams without a KPI."""
    return Team.objects.filter(archived_at=None).exclude(pk__in=list(used))


def current_memberships(person: Person) -> QuerySet[Membership]:
    return Membership.objects.filter(person=person, superseded_at=None).select_related("team")


def roles_held(held: Mapping[int, str], tree: TeamTree) -> Mapping[int, str]:
    """Spread the roles held in some teams to all teams below; the strongest one on the way down holds."""
    roles: dict[int, str] = {}
    for team_id, role in held.items():
        for below in tree.with_descendants(team_id):
            if below not in roles or ROLES.index(roles[below]) < ROLES.index(role):
                roles[below] = role
    return MappingProxyType(roles)


def actor_of_person(person: Person) -> Actor:
    """The person as an actor, with everything they may do."""
    return _actor_of("id", person.pk) or Actor(kind="person", label=person.name, key=person.key)


def actor_of_user(user_id: int) -> Actor | None:
    """The person behind a sign-in; None when there is none or they left."""
    return _actor_of("user_id", user_id)


_ACTOR = """
SELECT p.id, p.key, p.name, p.is_admin, m.team_id, m.role FROM people_person p
LEFT JOIN people_membership m ON m.person_id = p.id AND m.superseded_at IS NULL
WHERE p.{column} = %s AND p.archived_at IS NULL AND p.erased_at IS NULL
"""


def _actor_of(column: str, number: int | None) -> Actor | None:
    """Person and current memberships in one query. It is asked at every request: putting it together anew each time
    took longer than its answer.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACTOR.format(column=column), [number])
        rows = cursor.fetchall()
    if not rows:
        return None
    person_id, key, name, is_admin = rows[0][:4]
    held = {row[4]: row[5] for row in rows if row[4] is not None}
    roles = roles_held(held, team_tree()) if held else {}
    return Actor(kind="person", label=name, key=key, person_id=person_id, is_admin=bool(is_admin), roles=roles)


def hash_of(secret: str) -> str:
    """What is kept of a token or a one-time link. The secrets are random and long, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_token(secret: str) -> Actor | None:
    """Who a token acts for, narrowed to its scope; None when unknown, revoked, expired or left.

    A constant number of queries; the day of last use is written once a day.
    """
    if not secret.startswith(("sxt_", "sxp_")):
        return None
    now = timezone.now()
    token = (
        Token.objects.filter(secret_hash=hash_of(secret), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    actor = _actor_behind(token) if token else None
    if actor and token and token.last_used_on != now.date():
        with writing():
            Token.objects.filter(pk=token.pk).update(last_used_on=now.date())
    return actor


def _actor_behind(token: Token) -> Actor | None:
    scopes = SCOPES[token.scope]
    if token.team_id is not None:
        tree = team_tree()
        if token.team_id not in tree or tree[token.team_id].is_archived:
            return None
        ids = frozenset(tree.with_descendants(token.team_id))
        label = f"{token.name} ({tree[token.team_id].name})"
        return Actor(kind="token", label=label, key=token.key, scopes=scopes, push_team_ids=ids)
    owner = _actor_of("id", token.person_id)
    if owner is None:
        return None
    return Actor(
        kind="token",
        label=f"{owner.label} ({token.name})",
        key=token.key,
        person_id=owner.person_id,
        is_admin=owner.is_admin,
        roles=owner.roles,
        scopes=scopes,
    )
