"""The counts of the frame are as fresh as what happened, and not worked out again for every page."""

from __future__ import annotations

import pytest
from django.http import HttpRequest

from sextant.core.actors import NOBODY, Actor
from sextant.people.commands import create_team
from sextant.web.badges import badge
from tests.world import World

pytestmark = pytest.mark.django_db


def request_of(actor: Actor) -> HttpRequest:
    request = HttpRequest()
    request.actor = actor  # type: ignore[attr-defined]
    return request


def test_a_count_is_asked_for_again_only_after_something_happened(world: World) -> None:
    asked: list[Actor] = []

    def count(actor: Actor) -> int:
        asked.append(actor)
        return len(asked)

    for _ in range(3):
        badge("tested", request_of(world.lea), count)
    before = len(asked)
    assert before < 3  # once; twice if a minute ended in between
    create_team(world.ada, "Radiology")
    assert badge("tested", request_of(world.lea), count) == before + 1


def test_each_person_has_counts_of_their_own_and_a_visitor_none(world: World) -> None:
    assert badge("tested by person", request_of(world.lea), lambda actor: 4) == 4
    assert badge("tested by person", request_of(world.otto), lambda actor: 7) == 7
    assert badge("tested by person", request_of(NOBODY), lambda actor: 9) == 0
