"""Who asks: a token in the header, or the session of a signed-in browser; and what they may do at all."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from sextant.core.actors import NOBODY, Actor
from sextant.core.errors import NotAllowed, Problem
from sextant.people.queries import actor_of_token

READING = ("GET", "HEAD", "OPTIONS")
PUSHED_TO = ("/measurements", "/check-ins")  # what a push token writes, and nothing else


class ApiRequest(HttpRequest):
    """A request that was let in: it knows who asks."""

    actor: Actor


class Token(HttpBearer):
    """`Authorization: Bearer sxt_...`"""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        actor = actor_of_token(token.strip())
        if actor is not None:
            request.actor = actor  # type: ignore[attr-defined]
            admit(request, actor)
        return actor


class Session(APIKeyCookie):
    """The session cookie of a browser; writing needs the CSRF token as well."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Actor | None:
        if "Authorization" in request.headers or not request.user.is_authenticated:
            return None  # a bad token is refused, whoever else is signed in
        actor: Actor | None = super().__call__(request)
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor: Actor = getattr(request, "actor", NOBODY)
        if actor == NOBODY:
            return None
        admit(request, actor)
        return actor


def admit(request: HttpRequest, actor: Actor) -> None:
    """Raise NotAllowed for what the scopes of a token never allow, before anything is looked up."""
    if request.method in READING:
        if not actor.may_read:
            raise NotAllowed(Problem("scope-missing", "This token may push values and check-ins; it reads nothing."))
    elif not actor.may_write and not (actor.push_team_ids is not None and request.path.endswith(PUSHED_TO)):
        words = "only push values and check-ins" if actor.push_team_ids is not None else "only read"
        raise NotAllowed(Problem("scope-missing", f"This token may {words}. Make one with the scope this needs."))


SIGNED_IN = [Token(), Session()]
