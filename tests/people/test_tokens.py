"""API tokens: hashed, scoped, shown once; push tokens that can only push."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sextant.core.access import kinds, visible
from sextant.core.actors import ROLES
from sextant.core.errors import NotAllowed, Refused
from sextant.people import queries
from sextant.people.commands import archive_team, create_team, create_token, revoke_token, set_role
from sextant.people.commands.tokens import NewToken
from sextant.people.models import Token
from sextant.people.roles import LEAST_ROLE, allows
from tests.world import World


def personal(world: World, scope: str = "read", who: str = "lea") -> NewToken:
    return create_token(world.actor(who), name="script", scope=scope, person=world.person(who))


def push(world: World) -> NewToken:
    return create_token(world.lea, name="registration desk", scope="push", team=world.emergency)


def test_a_token_is_recognisable_and_only_its_hash_is_kept(world: World) -> None:
    made = personal(world)
    assert made.secret.startswith("sxt_")
    assert made.secret.startswith(made.token.key)
    assert push(world).secret.startswith("sxp_")
    for row in Token.objects.values():
        assert made.secret not in str(row)
    assert Token.objects.get(key=made.token.key).secret_hash == queries.hash_of(made.secret)


def test_a_read_token_reads_what_its_owner_sees_and_writes_nothing(world: World) -> None:
    actor = queries.actor_of_token(personal(world).secret)
    assert actor is not None
    assert actor.may_read
    assert not actor.may_write
    assert not any(allows(actor, action, world.emergency.pk) for action in LEAST_ROLE)


def test_a_write_token_may_what_its_owner_may_and_no_more(world: World) -> None:
    actor = queries.actor_of_token(personal(world, "write").secret)
    assert actor is not None
    for team in (world.emergency, world.surgery):
        for action in LEAST_ROLE:
            assert allows(actor, action, team.pk) == allows(world.lea, action, team.pk)


def test_a_token_follows_its_owners_roles_of_today(world: World) -> None:
    secret = personal(world, "write", "vic").secret
    assert not allows(queries.actor_of_token(secret), "metric.record", world.emergency.pk)  # type: ignore[arg-type]
    set_role(world.ada, world.person("vic"), team=world.emergency, role="contributor")
    assert allows(queries.actor_of_token(secret), "metric.record", world.emergency.pk)  # type: ignore[arg-type]


def test_a_push_token_records_for_its_team_and_below_and_can_do_nothing_else(world: World) -> None:
    ward = create_team(world.ada, "Ward", parent=world.emergency)
    actor = queries.actor_of_token(push(world).secret)
    assert actor is not None
    for team_id in (world.emergency.pk, ward.pk, world.surgery.pk, world.hospital.pk, None):
        allowed = {action for action in LEAST_ROLE if allows(actor, action, team_id)}
        assert allowed == (
            {"metric.record", "objective.check_in"} if team_id in (world.emergency.pk, ward.pk) else set()
        )


def test_a_push_token_sees_nothing_at_all(world: World) -> None:
    actor = queries.actor_of_token(push(world).secret)
    assert actor is not None
    assert not actor.may_read
    for kind in kinds():
        assert not visible(kind, actor).exists(), kind


@pytest.mark.parametrize("end", ["revoked", "expired", "archived team", "unknown", "not ours"])
def test_a_token_that_ended_is_nobody(world: World, end: str) -> None:
    made = push(world)
    secret = made.secret
    if end == "revoked":
        revoke_token(world.lea, made.token)
    elif end == "expired":
        Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "archived team":
        archive_team(world.ada, world.emergency)
    elif end == "unknown":
        secret = f"{secret[:-1]}{'a' if secret[-1] != 'a' else 'b'}"
    else:
        secret = f"Bearer {secret}"
    assert queries.actor_of_token(secret) is None


def test_a_token_expires_when_it_was_told_to(world: World) -> None:
    made = create_token(world.lea, name="short", scope="read", person=world.person("lea"), days=30)
    assert made.token.expires_at == made.token.created_at + timedelta(days=30)
    with pytest.raises(Refused) as refusal:
        create_token(world.lea, name="long", scope="read", person=world.person("lea"), days=0)
    assert refusal.value.problems[0].key == "days-wrong"


def test_people_make_tokens_for_themselves_only(world: World) -> None:
    with pytest.raises(NotAllowed):
        create_token(world.ada, name="spy", scope="read", person=world.person("lea"))


def test_a_token_cannot_make_tokens(world: World) -> None:
    actor = queries.actor_of_token(personal(world, "write").secret)
    assert actor is not None
    with pytest.raises(NotAllowed) as refusal:
        create_token(actor, name="child", scope="read", person=world.person("lea"))
    assert refusal.value.problems[0].key == "token-makes-token"


@pytest.mark.parametrize("who", ["cem", "otto"])
def test_only_leads_of_the_team_make_its_push_tokens(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        create_token(world.actor(who), name="desk", scope="push", team=world.emergency)


def test_a_token_of_one_person_is_hidden_from_others_and_not_theirs_to_revoke(world: World) -> None:
    made = personal(world)
    assert world.client("cem").post(f"/tokens/{made.token.key}/revocation").status_code == 404
    assert queries.actor_of_token(made.secret) is not None
    assert world.client("ada").post(f"/tokens/{made.token.key}/revocation").status_code == 302
    assert queries.actor_of_token(made.secret) is None


@pytest.mark.parametrize(
    ("scope", "whose"), [("push", "person"), ("read", "team"), ("admin", "person"), ("read", "both"), ("read", "none")]
)
def test_a_token_of_a_wrong_shape_is_refused(world: World, scope: str, whose: str) -> None:
    person = world.person("lea") if whose in ("person", "both") else None
    team = world.emergency if whose in ("team", "both") else None
    with pytest.raises(Refused) as refusal:
        create_token(world.lea, name="odd", scope=scope, person=person, team=team)
    assert refusal.value.problems[0].key in ("scope-wrong", "token-for-whom")


def test_asking_who_a_token_is_takes_the_same_few_queries_however_large_the_tree(
    world: World, django_assert_num_queries: Callable[[int], Any]
) -> None:
    secret = personal(world).secret
    queries.actor_of_token(secret)  # the day of use is written, the tree is read
    with django_assert_num_queries(3):
        queries.actor_of_token(secret)
    for number in range(30):
        create_team(world.ada, f"Ward {number}", parent=world.emergency)
    queries.team_tree()
    with django_assert_num_queries(3):
        assert queries.actor_of_token(secret) is not None


def test_the_day_of_last_use_is_kept(world: World) -> None:
    secret = personal(world).secret
    assert Token.objects.get().last_used_on is None
    queries.actor_of_token(secret)
    assert Token.objects.get().last_used_on == timezone.now().date()


def test_the_page_shows_a_new_secret_once(world: World) -> None:
    browser = world.client("lea")
    page = browser.post("/tokens", {"name": "script", "scope": "read", "days": "90"})
    token = Token.objects.get()
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    start = page.content.decode().index(token.key)
    secret = page.content.decode()[start : start + 44]
    assert queries.actor_of_token(secret) is not None
    assert secret not in browser.get("/tokens").content.decode()


def test_roles_are_known_by_the_words_of_the_actor() -> None:
    assert set(LEAST_ROLE.values()) <= {*ROLES, "organisation"}
