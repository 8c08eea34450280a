"""Every address times every persona, from one table; an address that is not in the table fails."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from sextant.people import queries as people
from tests.access.answers import SIGN_IN, Answer, Route
from tests.access.routes import ROUTES
from tests.access.words import Words
from tests.world import World

PERSONAS = {"anonymous": None, "member": "cem", "outsider": "otto", "admin": "ada"}


def named_routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    """The names of all addresses; one without a name is known by what it looks like."""
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace:  # the API answers to tokens and has its own tests
                continue
            found |= named_routes(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            found.add(pattern.name or prefix + str(pattern.pattern))
    return found


def test_every_address_is_in_the_table() -> None:
    missing = named_routes(get_resolver().url_patterns) - {route.name for route in ROUTES}
    assert not missing, f"Say in tests/access/*_routes.py who may open {sorted(missing)}."


def test_no_line_of_the_table_is_out_of_date() -> None:
    gone = {route.name for route in ROUTES} - named_routes(get_resolver().url_patterns)
    assert not gone, f"tests/access/*_routes.py name {sorted(gone)}, which are no addresses any more."


def asked(words: Words, route: Route) -> tuple[str, dict[str, str]]:
    """The address and the values of the form, with everything they name."""
    address = reverse(route.name, args=[words.fill(part) for part in route.args])
    return address, {name: words.fill(value) for name, value in route.data.items()}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method}-{route.name}")
def test_an_address_answers_each_persona_as_the_table_says(world: World, route: Route) -> None:
    clients = {persona: world.client(name) if name else Client() for persona, name in PERSONAS.items()}
    # An import lies in files too, which no transaction takes back.
    is_shared = "{import}" not in route.args
    made = asked(Words(world), route) if is_shared else None
    answers: dict[str, Answer] = {}
    for persona, client in clients.items():
        with transaction.atomic():
            address, data = made or asked(Words(world), route)
            answer = client.get(address, data) if route.method == "get" else client.post(address, data)
            transaction.set_rollback(True)
        people.forget()
        is_sent = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in?next=")
        answers[persona] = SIGN_IN if is_sent else answer.status_code
    assert answers == {persona: getattr(route, persona) for persona in PERSONAS}
