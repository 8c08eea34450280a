"""Nobody leaves things without an owner: what they answer for is handed over first."""

from __future__ import annotations

import pytest

from sextant.core.errors import Refused
from sextant.kpis.models import Kpi
from sextant.okrs.models import Initiative, KeyResult, Objective
from sextant.people.commands import archive_person
from tests.doors.calls import script
from tests.make import admin, make_key_result, make_kpi, make_objective
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(world: World) -> World:
    """Lea answers for a KPI, an objective, its key result and some work."""
    from sextant.okrs.commands.initiatives import create_initiative

    make_kpi("uptime", active=True)
    objective = make_objective()
    create_initiative(
        admin(), objective, title="Second desk", key_result=make_key_result(objective), owner=world.person("lea")
    )
    return world


def test_who_answers_for_things_leaves_only_when_somebody_takes_over(busy: World) -> None:
    with pytest.raises(Refused) as refusal:
        archive_person(busy.ada, busy.person("lea"))
    first, *rest = refusal.value.problems
    assert first.key == "answers-for-things"
    assert [one.message for one in rest] == [
        "Uptime", "Make waiting bearable", "Wait at most 20 minutes", "Second desk",
    ]  # fmt: skip
    assert busy.person("lea").archived_at is None


def test_the_successor_answers_for_all_of_it(busy: World) -> None:
    archive_person(busy.ada, busy.person("lea"), hand_over_to=busy.person("cem"))
    cem = busy.person("cem")
    assert Kpi.objects.get(key="uptime").metric.owner == cem
    assert {model.objects.get().owner for model in (Objective, KeyResult, Initiative)} == {cem}


def test_who_has_left_takes_nothing_over(busy: World) -> None:
    archive_person(busy.ada, busy.person("vic"))
    with pytest.raises(Refused) as refusal:
        archive_person(busy.ada, busy.person("lea"), hand_over_to=busy.person("vic"))
    assert refusal.value.problems[0].key == "successor-not-here"


def test_the_page_asks_who_takes_over_and_the_api_does_too(busy: World) -> None:
    page = busy.client("ada").get("/people/lea-lead").content.decode()
    assert "hand_over_to" in page
    call = script(busy, "ada")
    version = call.get("/people/lea-lead").get("version")
    refused = call("PATCH", "/people/lea-lead", {"version": version, "archived": True})
    assert refused.keys[0] == "answers-for-things"
    done = call("PATCH", "/people/lea-lead", {"version": version, "archived": True, "hand_over_to": "cem-contributor"})
    assert done.body["archived"]
