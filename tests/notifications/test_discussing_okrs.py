"""Objectives, key results, initiatives and check-ins are discussed by whom their objective is shown to."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from sextant.core.access import visible
from sextant.core.errors import Hidden
from sextant.core.models import Event
from sextant.notifications import queries, subjects
from sextant.notifications.commands import comment
from sextant.okrs.commands.blockers import raise_blocker
from sextant.okrs.commands.confining import confine
from sextant.okrs.models import CheckIn, Initiative, KeyResult, Objective
from tests.world import World

pytestmark = pytest.mark.django_db


def aim(world: World, **fields: Any) -> tuple[Objective, list[tuple[str, str]]]:
    """An objective of Lea's team with one of everything below it, and how they are named in a conversation."""
    now = timezone.now()
    objective = Objective.objects.create(
        key="calm",
        title="Calm waiting rooms",
        team=world.emergency,
        owner=world.person("lea"),
        created_at=now,
        **fields,
    )
    key_result = KeyResult.objects.create(key="calm-kr", objective=objective, title="Waits down", created_at=now)
    Initiative.objects.create(key="calm-desk", objective=objective, title="Second desk", created_at=now)
    said = CheckIn.objects.create(
        key_result=key_result, author_person=world.person("cem"), author="Cem Contributor", known_at=now
    )
    return objective, [
        ("objective", "calm"), ("key_result", "calm-kr"), ("initiative", "calm-desk"), ("check_in", str(said.pk)),
    ]  # fmt: skip


def test_everything_about_an_objective_can_be_discussed(world: World) -> None:
    _objective, things = aim(world)
    for kind, key in things:
        comment(world.otto, kind, key, "What does @vic-viewer say?")
        assert [one.text for one in queries.comments_of(world.cem, kind, key)] == ["What does @vic-viewer say?"]
    assert queries.notifications_of(world.vic).count() == 4
    assert {row.subject_kind for row in queries.notifications_of(world.lea)} >= {
        "objective",
        "key_result",
        "initiative",
    }
    assert [row.subject_kind for row in queries.notifications_of(world.cem)] == ["check_in"]
    waiting = queries.in_words(world.cem, list(queries.notifications_of(world.cem)))
    assert waiting[0].words == "commented on Check-in on Waits down"


def test_what_is_said_about_a_teams_objective_stays_in_the_team(world: World) -> None:
    _objective, things = aim(world, visibility="team")
    for kind, key in things:
        with pytest.raises(Hidden):
            comment(world.otto, kind, key, "Hello")
        comment(world.cem, kind, key, "Among us, @otto-outsider")
    assert not visible("comment", world.otto).exists()
    assert not visible("event", world.otto).filter(name__startswith="comment.").exists()
    assert visible("event", world.vic).filter(name="comment.written").count() == 4
    assert queries.unread_count(world.otto) == 0


def test_a_private_objective_is_talked_about_by_its_owner_alone(world: World) -> None:
    _objective, things = aim(world, visibility="private")
    for kind, key in things:
        comment(world.lea, kind, key, "A thought for @cem-contributor")
        for other in (world.cem, world.ada):
            with pytest.raises(Hidden):
                subjects.subject(other, kind, key)
    assert queries.unread_count(world.cem) == 0


def test_a_draft_of_a_check_in_is_not_talked_about(world: World) -> None:
    _objective, things = aim(world)
    CheckIn.objects.update(is_draft=True)
    kind, key = things[-1]
    for who in (world.cem, world.lea):
        with pytest.raises(Hidden):
            comment(who, kind, key, "Hello")


def test_what_was_said_is_confined_with_its_objective(world: World) -> None:
    objective, things = aim(world)
    for kind, key in things:
        comment(world.cem, kind, key, "For all")
    assert visible("event", world.otto).filter(name="comment.written").count() == 4
    Objective.objects.update(visibility="team")
    objective.refresh_from_db()
    confine(world.ada, objective)
    assert not visible("event", world.otto).filter(name__startswith="comment.").exists()
    assert visible("event", world.vic).filter(name="comment.written").count() == 4


def test_who_is_to_clear_a_blocker_hears_who_asks_and_the_bell_rings(world: World) -> None:
    _objective, _things = aim(world)
    key_result = KeyResult.objects.select_related("objective").get()
    raise_blocker(world.lea, key_result, text="No desk", owner=world.person("cem"))
    [waiting] = queries.in_words(world.cem, list(queries.notifications_of(world.cem)))
    assert (waiting.who, waiting.words) == ("Lea Lead", "asks you to clear a blocker of Waits down")
    assert f"inbox:{world.person('cem').pk}" in Event.objects.get(name="blocker.raised").topics


@pytest.mark.parametrize("key", ["", "x", "-1", "١", "9" * 30, "1.0"])
def test_a_number_that_is_none_finds_no_check_in(world: World, key: str) -> None:
    with pytest.raises(Hidden):
        comment(world.ada, "check_in", key, "Hello")
