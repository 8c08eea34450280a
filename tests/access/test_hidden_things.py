"""What one may not see does not exist: in lookups, in the audit log and in its download."""

from __future__ import annotations

import pytest

from sextant.core import events
from sextant.core.access import find, kinds, visible
from sextant.core.actors import NOBODY, SYSTEM, Actor
from sextant.core.errors import Hidden, NotAllowed
from sextant.core.models import Event
from sextant.people.commands import create_token
from tests.world import World


@pytest.fixture
def _secret_words() -> None:
    events.register("test.happened", "did something to %(subject)s")


def happen(world: World, label: str, **who: object) -> None:
    events.emit(SYSTEM, "test.happened", "kpi", label, label, **who)  # type: ignore[arg-type]


def body_of(world: World, name: str, address: str) -> str:
    page = world.client(name).get(address)
    content = b"".join(page.streaming_content) if page.streaming else page.content  # type: ignore[attr-defined]
    return content.decode()


@pytest.mark.usefixtures("_secret_words")
@pytest.mark.parametrize("address", ["/audit", "/audit.csv"])
def test_the_audit_log_hides_what_happened_to_restricted_things(world: World, address: str) -> None:
    happen(world, "open-thing")
    happen(world, "emergency-thing", team_id=world.emergency.pk, visibility="team")
    happen(world, "named-thing", visibility="people", viewer_ids=[world.person("vic").pk])
    seen = {
        name: {
            thing
            for thing in ("open-thing", "emergency-thing", "named-thing")
            if thing in body_of(world, name, address)
        }
        for name in ("ada", "cem", "vic", "otto")
    }
    assert seen == {
        "ada": {"open-thing", "emergency-thing", "named-thing"},
        "cem": {"open-thing", "emergency-thing"},
        "vic": {"open-thing", "emergency-thing", "named-thing"},
        "otto": {"open-thing"},
    }


@pytest.mark.usefixtures("_secret_words")
def test_a_number_among_the_viewers_is_not_taken_for_another(world: World) -> None:
    happen(world, "named-thing", visibility="people", viewer_ids=[int(f"{world.person('vic').pk}1"), 0])
    assert not visible("event", world.vic).filter(subject_key="named-thing").exists()


def test_the_making_of_a_personal_token_is_between_its_owner_and_administrators(world: World) -> None:
    create_token(world.lea, name="secret project", scope="read", person=world.person("lea"))
    assert "secret project" in body_of(world, "lea", "/audit")
    assert "secret project" in body_of(world, "ada", "/audit")
    assert "secret project" not in body_of(world, "otto", "/audit")


def test_a_hidden_thing_and_a_missing_thing_are_the_same_404(world: World) -> None:
    token = create_token(world.lea, name="script", scope="read", person=world.person("lea")).token
    hidden = world.client("otto").post(f"/tokens/{token.key}/revocation")
    missing = world.client("otto").post("/tokens/sxt_00000000/revocation")
    assert hidden.status_code == missing.status_code == 404
    strip = [page.content.decode().replace(token.key, "X").replace("sxt_00000000", "X") for page in (hidden, missing)]
    assert strip[0].partition("<main")[2].partition("<form")[0] == strip[1].partition("<main")[2].partition("<form")[0]


def test_nobody_sees_nothing_of_any_kind(world: World) -> None:
    pusher = Actor(kind="token", label="t", scopes=frozenset({"push"}), push_team_ids=frozenset({world.emergency.pk}))
    for kind in kinds():
        for actor in (NOBODY, pusher):
            assert not visible(kind, actor).exists(), kind


def test_finding_for_an_action_tells_hidden_from_not_allowed(world: World) -> None:
    with pytest.raises(Hidden):
        find("team", world.vic, "no-such-team", action="change")
    with pytest.raises(NotAllowed):
        find("team", world.vic, "emergency", action="change")
    with pytest.raises(Hidden):
        find("team", NOBODY, "emergency", action="change")


def test_what_happened_is_never_changed_through_the_log(world: World) -> None:
    event = Event.objects.latest("pk")
    from sextant.core.access import can

    assert can("event", world.ada, "view", event)
    assert not can("event", world.ada, "change", event)
