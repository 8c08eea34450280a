"""API tokens: shown once, kept as a hash, recognisable by how they begin."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from sextant.core import events
from sextant.core.access import require
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.people import queries
from sextant.people.commands.checks import clean_name
from sextant.people.models import Person, Team, Token
from sextant.people.roles import allows

ALPHABET = string.ascii_letters + string.digits
PERSONAL, PUSH_ONLY = "sxt_", "sxp_"
SECRET_LENGTH = 40  # letters and digits: 238 bits
SHOWN_LENGTH = 8
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and, this once, its secret."""

    token: Token
    secret: str


def create_token(
    actor: Actor, *, name: str, scope: str, person: Person | None = None, team: Team | None = None,
    days: int | None = None,
) -> NewToken:  # fmt: skip
    """A token that acts for a person ("read" or "write"), or pushes values of a team's tree ("push").

    People make tokens for themselves only; a token cannot make tokens. `days` until it expires, None: never.
    """
    name = clean_name(name)
    _check_shape(scope, person, team)
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        message = _("A token is valid for 1 to %(most)d days, or without end.")
        raise refuse("days-wrong", message % {"most": LONGEST_DAYS}, "days")
    _check_may_create(actor, person, team)
    with writing():
        secret, key = _new_secret(PUSH_ONLY if team else PERSONAL)
        now = timezone.now()
        token = Token.objects.create(
            key=key,
            name=name,
            person=person,
            team=team,
            scope=scope,
            secret_hash=queries.hash_of(secret),
            created_at=now,
            created_by_id=actor.person_id,
            expires_at=now + timedelta(days=days) if days else None,
        )
        emit_about(actor, "token.created", token)
    return NewToken(token, secret)


def revoke_token(actor: Actor, token: Token) -> Token:
    """End a token at once. Revoking twice changes nothing."""
    with writing():
        row = Token.objects.select_for_update(of=("self",)).get(pk=token.pk)
        require("token", actor, "revoke", row)
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.save(update_fields=["revoked_at"])
            emit_about(actor, "token.revoked", row)
    return row


def emit_about(actor: Actor, name: str, token: Token) -> None:
    """Personal tokens concern their owner and the administrators; push tokens everyone in the team."""
    events.emit(
        actor, name, "token", token.key, token.name, team_id=token.team_id,
        visibility="people" if token.team_id is None else "team",
        viewer_ids=[token.person_id] if token.person_id else [],
    )  # fmt: skip


def _check_shape(scope: str, person: Person | None, team: Team | None) -> None:
    if (person is None) == (team is None):
        raise refuse("token-for-whom", _("A token is for one person or for one team."))
    allowed = ("read", "write") if person else ("push",)
    if scope not in allowed:
        message = _("Choose one of %(scopes)s for this token.")
        raise refuse("scope-wrong", message % {"scopes": ", ".join(allowed)}, "scope")


def _check_may_create(actor: Actor, person: Person | None, team: Team | None) -> None:
    if actor.kind == "token":
        raise NotAllowed(Problem("token-makes-token", _("A token cannot make tokens; sign in to make one.")))
    if person is not None and actor.kind == "person" and actor.person_id != person.pk:
        raise NotAllowed(Problem("not-allowed", _("People make tokens for themselves only.")))
    if actor.kind not in ("person", "system"):
        raise NotAllowed(Problem("not-allowed", _("Sign in to make a token.")))
    if team is not None and not allows(actor, "token.push", team.pk):
        raise NotAllowed(Problem("not-allowed", _("Only leads of the team may make its push tokens.")))


def _new_secret(prefix: str) -> tuple[str, str]:
    """The secret and the part of it that stays visible, which no other token begins with."""
    while True:
        secret = prefix + "".join(secrets.choice(ALPHABET) for _letter in range(SECRET_LENGTH))
        key = secret[: len(prefix) + SHOWN_LENGTH]
        if not Token.objects.filter(key=key).exists():
            return secret, key
