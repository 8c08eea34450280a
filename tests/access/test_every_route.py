"""Every address times every persona, from one table; an address that is not in the table fails."""

from __future__ import annotations

from collections.abc import Iterable

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


def in_groups(routes: Iterable[Route]) -> list[list[Route]]:
    """Routes that need the same things made go together; an import lies in files too, which nothing takes back."""
    groups: dict[object, list[Route]] = {}
    for route in routes:
        is_shared = "{" in str(route.args) and "{import}" not in route.args
        groups.setdefault(route.args if is_shared else id(route), []).append(route)
    return list(groups.values())


def filled(words: Words, route: Route) -> tuple[str, dict[str, str]]:
    """The address and the values of the form, with everything they name."""
    return reverse(route.name, args=_made(words, route)), _said(words, route)


def _made(words: Words, route: Route) -> list[str]:
    return [words.fill(part) for part in route.args]


def _said(words: Words, route: Route) -> dict[str, str]:
    return {name: words.fill(value) for name, value in route.data.items()}


def answered(client: Client, method: str, address: str, data: dict[str, str]) -> Answer:
    """What comes of it; nothing of it stays, in the database or in the browser."""
    cookies = dict(client.cookies)
    answer = client.get(address, data) if method == "get" else client.post(address, data)
    transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.update(cookies)
    is_sent = answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in?next=")
    return SIGN_IN if is_sent else answer.status_code


@pytest.mark.parametrize(
    "routes", in_groups(ROUTES), ids=lambda routes: f"{routes[0].method}-{routes[0].name}-and-{len(routes) - 1}-others"
)
def test_addresses_answer_each_persona_as_the_table_says(world: World, routes: list[Route]) -> None:
    clients = {persona: world.client(name) if name else Client() for persona, name in PERSONAS.items()}
    words, is_import = Words(world), "{import}" in routes[0].args
    args = [] if is_import else _made(words, routes[0])
    wrong: dict[str, dict[str, Answer]] = {}
    for route in routes:
        answers: dict[str, Answer] = {}
        with transaction.atomic():
            made = None if is_import else (reverse(route.name, args=args), _said(words, route))
            for persona, client in clients.items():
                with transaction.atomic():
                    address, data = made or filled(Words(world), route)
                    answers[persona] = answered(client, route.method, address, data)
                people.forget()
            transaction.set_rollback(True)
        if answers != {persona: getattr(route, persona) for persona in PERSONAS}:
            wrong[f"{route.method} {route.name}"] = answers
    assert wrong == {}
