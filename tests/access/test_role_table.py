"""The role table: every role, every action, and the page and guide that show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sextant.core.actors import NOBODY, ROLES, Actor
from sextant.people.roles import LEAST_ROLE, ORGANISATION, OWNER_MAY, allows
from sextant.people.sentences import ACTION_WORDS, role_table

HERE, BELOW, ELSEWHERE = 1, 2, 3
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "roles.md"


def holder(role: str, **more: object) -> Actor:
    """Somebody with this role in one team and the one below it."""
    return Actor(kind="person", label=role, person_id=7, roles={HERE: role, BELOW: role}, **more)  # type: ignore[arg-type]


ADMINISTRATOR = Actor(kind="person", label="root", person_id=9, is_admin=True)


@pytest.mark.parametrize("action", LEAST_ROLE)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_exactly_what_the_table_says_in_its_team_and_below(role: str, action: str) -> None:
    least = LEAST_ROLE[action]
    expected = least != ORGANISATION and ROLES.index(role) >= ROLES.index(least)
    assert allows(holder(role), action, HERE) is expected
    assert allows(holder(role), action, BELOW) is expected
    assert allows(holder(role), action, ELSEWHERE) is False


@pytest.mark.parametrize("action", LEAST_ROLE)
def test_an_administrator_may_everything_everywhere_and_a_visitor_nothing(action: str) -> None:
    for team in (HERE, ELSEWHERE, None):
        assert allows(ADMINISTRATOR, action, team)
        assert not allows(NOBODY, action, team)


@pytest.mark.parametrize("action", LEAST_ROLE)
def test_an_owner_may_what_the_table_says_of_owners(action: str) -> None:
    plain = Actor(kind="person", label="owner", person_id=7)
    assert allows(plain, action, HERE, owner_id=7) is (action in OWNER_MAY)
    assert allows(plain, action, HERE, owner_id=8) is False


@pytest.mark.parametrize("action", LEAST_ROLE)
def test_a_token_that_only_reads_may_nothing_not_even_for_an_administrator(action: str) -> None:
    reader = Actor(kind="token", label="t", person_id=9, is_admin=True, scopes=frozenset({"read"}))
    assert not allows(reader, action, HERE, owner_id=9)


@pytest.mark.parametrize("action", LEAST_ROLE)
def test_a_push_token_may_record_for_its_teams_alone(action: str) -> None:
    pusher = Actor(kind="token", label="t", scopes=frozenset({"push"}), push_team_ids=frozenset({HERE}))
    assert allows(pusher, action, HERE) is (action in ("metric.record", "objective.check_in"))
    assert allows(pusher, action, ELSEWHERE) is False


def test_an_unknown_action_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        allows(holder("admin"), "kpi.dance", HERE)


def test_every_action_has_words() -> None:
    assert set(ACTION_WORDS) == set(LEAST_ROLE)
    assert set(LEAST_ROLE) >= OWNER_MAY


def test_the_guide_shows_the_table_as_it_is() -> None:
    marks = {True: "yes", False: ""}
    lines = [
        f"| {row.words} | {' | '.join(marks[allowed] for allowed in row.allowed)} | {marks[row.owner_may]} |"
        for row in role_table()
    ]
    table = GUIDE.read_text().partition("## The table")[2]
    shown = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert shown == lines
