"""Who comes with a token or a session, for the stream that lives outside Django."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connections
from django.http import HttpRequest

from sextant.core.actors import Actor
from sextant.people.models import Person
from sextant.people.queries import actor_of_token, actor_of_user, remembering

Credential = tuple[str, str]  # ("token" or "session", its secret)


def who_is(credential: Credential) -> tuple[Actor, str] | None:
    """Who comes with this credential, and their person's key; one short access, the connection closed after."""
    kind, secret = credential
    try:
        with remembering():
            actor = actor_of_token(secret) if kind == "token" else _actor_of_session(secret)
            if actor is None:
                return None
            if actor.kind == "person" or actor.person_id is None:
                return actor, actor.key
            return actor, Person.objects.values_list("key", flat=True).get(pk=actor.person_id)
    finally:
        connections.close_all()


def _actor_of_session(key: str) -> Actor | None:
    request: Any = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return actor_of_user(user.pk) if user.is_authenticated else None


def credential_in(headers: Mapping[str, str]) -> Credential | None:
    """The bearer token, else the session cookie; a bad token is not replaced by a good cookie."""
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        return ("token", secret.strip()) if scheme.lower() == "bearer" and len(secret) < 200 else None
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return ("session", found.value) if found is not None and 0 < len(found.value) < 200 else None
