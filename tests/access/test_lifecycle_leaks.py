"""What works on a KPI, and what it came from, is named to nobody who may not see it; what is confined later is
confined with all that was made of it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sextant.core import clock
from sextant.core.errors import Refused
from sextant.kpis.commands import change_kpi
from sextant.kpis.commands.applying import apply_proposals
from sextant.kpis.commands.proposals import announce_proposal, draft_proposal
from sextant.kpis.models import Kpi
from sextant.kpis.queries.proposals import look_at_proposal
from sextant.lifecycle.commands.deciding import withdraw
from sextant.lifecycle.commands.graduating import graduate
from sextant.lifecycle.commands.promoting import promote
from sextant.lifecycle.commands.undoing import undo
from sextant.lifecycle.models import Promotion
from sextant.metrics.commands import change_definition, change_metric, link_driver
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.objectives import archive_objective
from sextant.people.commands import change_organisation
from sextant.people.queries import organisation, today
from sextant.practice.queries.situation import Situation
from tests.access.crawl import opened_pages
from tests.alerts.episodes import values, watched
from tests.doors.calls import script
from tests.make import admin, make_key_result, make_kpi, make_metric, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db

SECRET = ("Zanzibar", "zanzibar")
PLACES = (
    "/",
    "/lifecycle",
    "/lifecycle/reds",
    "/audit",
    "/kpis/",
    "/search?q=lagging",
    "/scorecards/",
    "/practice",
    "/objectives/",
)


def told(world: World, person: str, words: tuple[str, ...], *starts: str) -> dict[str, str]:
    """{address: word} of pages and answers of the API that say one of the words to this person."""
    seen = opened_pages(world.client(person), *PLACES, *starts)
    bodies = {at: body.replace(at, "") for at, body in seen.items()}
    call = script(world, person, "read")
    reads = ["/lifecycle", "/lifecycle/reds", "/events", "/kpis", "/objectives", "/practice/pitfalls"]
    for key in Kpi.objects.values_list("key", flat=True):
        reads += [f"/kpis/{key}{rest}" for rest in ("", "/lifecycle", "/promotion", "/targets", "/proposals")]
    bodies |= {address: str(call("GET", address).body) for address in reads}
    return {address: word for address, body in bodies.items() for word in words if word in body}


def joined(world: World) -> Promotion:
    """An open KPI that is worked on in an objective only Lea may see."""
    kpi = watched("lagging")
    values(kpi, 95, 60, 61, 60)
    objective = make_objective("Zanzibar first", visibility="people", viewers=[world.person("lea")])
    make_key_result(objective, "Zanzibar again")
    start(objective)
    return promote(
        admin(), kpi, why="Patients wait.", ends_on=today() + timedelta(days=60), objective=objective,
        key_result_title="Zanzibar in time", accept_doubts=True,
    )  # fmt: skip


@pytest.mark.parametrize("person", ["cem", "otto"])
def test_an_objective_that_one_may_not_see_is_not_named_by_the_life_of_its_kpi(world: World, person: str) -> None:
    joined(world)
    assert told(world, person, SECRET, "/kpis/lagging/") == {}


def test_who_may_see_the_objective_reads_its_name(world: World) -> None:
    joined(world)
    assert told(world, "lea", SECRET, "/kpis/lagging/")


def test_what_stands_in_the_way_of_an_undo_is_not_named_to_who_may_not_see_it(world: World) -> None:
    promotion = joined(world)
    change_kpi(admin(), promotion.kpi, version=promotion.kpi.version, owner=world.person("otto"))
    step = withdraw(admin(), promotion, reason="Enough.")
    archive_objective(admin(), promotion.key_result.objective)
    with pytest.raises(Refused) as refused:
        undo(world.otto, step)
    assert refused.value.problems[0].key == "objective-archived"
    assert "Zanzibar" not in str(refused.value)


@pytest.mark.parametrize("person", ["cem"])
def test_the_key_result_a_kpi_came_from_is_not_named_to_who_may_not_see_it(world: World, person: str) -> None:
    metric = make_metric("open-number", frequency="week", unit="percent", owner=world.person("lea"))
    record_values(metric, {f"2026-W{week:02}": 95.0 for week in range(30, 46)})
    objective = make_objective("Zanzibar first", visibility="people", viewers=[world.person("lea")], theme=world.safety)
    key_result = make_key_result(objective, "Zanzibar in time", metric=metric, terms={"baseline": 50, "target": 90})
    start(objective)
    graduate(admin(), key_result, reason="Patients wait.")
    assert told(world, person, SECRET, "/kpis/open-number/") == {}


@pytest.mark.parametrize("person", ["cem"])
def test_what_was_made_for_a_kpi_is_confined_with_it(world: World, person: str) -> None:
    kpi = watched("bonus", name="Bonus of the board")
    values(kpi, 95, 60, 61, 60)
    ends = today() + timedelta(days=60)
    promotion = promote(admin(), kpi, why="Zanzibar.", ends_on=ends, owner=world.person("lea"), accept_doubts=True)
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility="people", viewers=[world.person("lea")])
    objective = promotion.key_result.objective
    words = ("Zanzibar", "Bonus of the board")
    assert told(world, person, words) == {}
    assert world.client(person).get(f"/objectives/{objective.key}/").status_code == 404


def test_a_key_result_in_an_open_objective_leaves_it_when_its_kpi_is_confined(world: World) -> None:
    kpi = watched("bonus", name="Bonus of the board")
    values(kpi, 95, 60, 61, 60)
    objective = make_objective("Calm wards", team=world.emergency)
    make_key_result(objective, "Wait less")
    start(objective)
    ends = today() + timedelta(days=60)
    promotion = promote(
        admin(), kpi, why="Zanzibar.", ends_on=ends, objective=objective, owner=world.person("lea"), accept_doubts=True
    )
    work = create_initiative(admin(), objective, title="Bonus of the board halved", key_result=promotion.key_result)
    words = ("Zanzibar", "Bonus of the board", "bonus-of")
    kpi.refresh_from_db()
    change_kpi(admin(), kpi, version=kpi.version, visibility="people", viewers=[world.person("lea")])
    assert told(world, "cem", words, f"/objectives/{objective.key}/") == {}
    for address in (f"/key-results/{promotion.key_result.key}/", f"/initiatives/{work.key}/"):
        assert world.client("cem").get(address).status_code == 404
        assert world.client("lea").get(address).status_code == 200
    assert world.client("cem").get(f"/objectives/{objective.key}/").status_code == 200
    promotion.refresh_from_db()
    apart = promotion.key_result.objective
    assert (apart.state, apart.visibility, promotion.made_objective) == ("active", "people", True)
    change_kpi(admin(), kpi, version=Kpi.objects.get(pk=kpi.pk).version, viewers=[world.person("otto")])
    assert world.client("otto").get(f"/objectives/{apart.key}/").status_code == 200


def test_a_key_result_stays_where_no_more_people_see_it_than_its_kpi(world: World) -> None:
    promotion = joined(world)
    objective, kpi = promotion.key_result.objective, Kpi.objects.get(pk=promotion.kpi_id)
    viewers = [world.person("lea"), world.person("otto")]
    change_kpi(admin(), kpi, version=kpi.version, visibility="people", viewers=viewers)
    promotion.refresh_from_db()
    assert promotion.key_result.objective == objective


def test_nobody_is_asked_about_a_change_because_of_a_private_objective(world: World) -> None:
    kpi = watched("open-number", owner=world.person("lea"))
    change_organisation(admin(), version=organisation().version, personal_objectives=True)
    otto = world.person("otto")
    mine = make_objective("Zanzibar", team=world.surgery, owner=otto, is_personal=True, visibility="private")
    make_key_result(mine, "Zanzibar in time", metric=kpi.metric, terms={"baseline": 50, "target": 90})
    start(mine)
    drafted = draft_proposal(admin(), kpi, changes={"direction": "down"}, reason="It was wrong.", valid_from=None)
    look = look_at_proposal(world.cem, announce_proposal(admin(), drafted))
    assert [(one.person.name, one.hidden) for one in look.said] == [("Lea Lead", 0)]


def test_why_a_change_cannot_come_into_force_names_nothing_out_of_sight(world: World) -> None:
    make_metric("open-part")
    kpi = make_kpi("shared", active=True, formula="[open-part] * 2", unit="number", owner=world.person("lea"))
    middle = make_metric("middle", formula="[open-part] * 3", unit="number")
    with clock.writing_at(timezone.now() - timedelta(days=20)):
        drafted = draft_proposal(
            admin(), kpi, changes={"formula": "[middle] * 2"}, reason="It was wrong.", valid_from=None
        )
        proposal = announce_proposal(admin(), drafted)
    make_metric("zanzibar", name="Zanzibar", visibility="people", formula="[shared] + 1", unit="number")
    words: dict[str, Any] = {"description": "", "how_measured": "", "reason": "x", "valid_from": None}
    change_definition(admin(), middle, number=1, formula="[zanzibar] + 1", **words)
    apply_proposals()
    proposal.refresh_from_db()
    assert (proposal.state, "zanzibar" in proposal.ended_because.lower()) == ("failed", False)
    assert told(world, "cem", SECRET, f"/proposals/{proposal.pk}", "/kpis/shared/proposals") == {}


def test_a_driver_that_is_confined_is_confined_in_the_log_too(world: World) -> None:
    kpi, driver = watched("open-number"), make_metric("zanzibar", name="Zanzibar", frequency="week")
    link_driver(admin(), kpi.metric, driver, lag=1, why="Zanzibar comes first.")
    change_metric(admin(), driver, version=driver.version, visibility="people")
    assert told(world, "cem", SECRET, "/kpis/open-number/", "/kpis/open-number/drivers") == {}


def test_a_driver_out_of_sight_makes_no_kpi_a_driven_one(world: World) -> None:
    kpi = watched("open-number")
    link_driver(
        admin(), kpi.metric, make_metric("zanzibar", frequency="week", visibility="people"), lag=1, why="It is."
    )
    assert [bool(Situation(one, standpoint()).driven) for one in (world.cem, world.ada)] == [False, True]
