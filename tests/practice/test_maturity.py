"""How far the KPIs of each team have come, every missing point, and what it costs to find out."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.kpis.commands import change_kpi, set_target
from sextant.kpis.models import Kpi
from sextant.metrics.commands.drivers import link_driver
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people
from sextant.people.models import Person
from sextant.practice.queries.maturity import TeamMaturity, maturity
from sextant.practice.queries.pitfalls import pitfalls
from tests.make import admin, day, make_key_result, make_kpi, make_metric, make_objective, start
from tests.practice.worlds import days_ago, fed, running, watched
from tests.world import World

pytestmark = pytest.mark.django_db


def of_emergency(**asked: object) -> TeamMaturity:
    emergency = people.team_tree().find("emergency")
    assert emergency is not None
    [line] = maturity(admin(), standpoint(), team_ids=[emergency.pk], **asked)  # type: ignore[arg-type]
    return line


def complete(count: int = 1) -> list[Kpi]:
    """KPIs with everything up to level 4, and their place among the perspectives."""
    made = watched(count, response_plan="Open a desk.", perspective="process", leads="leading")
    for kpi in made:
        set_target(admin(), fed(kpi), target=25)
    return made


def test_a_team_without_kpis_has_no_level(world: World) -> None:
    assert (of_emergency().level, of_emergency().kpis) == (0, 0)
    assert maturity(admin(), standpoint()) == []


def test_a_team_climbs_level_by_level(world: World) -> None:
    [kpi] = watched(1, perspective="process", leads="leading")
    assert of_emergency().level == 2
    assert of_emergency().next_gaps == ("target", "fresh")
    set_target(admin(), fed(kpi), target=25)
    assert of_emergency().level == 3
    kpi = Kpi.objects.select_related("metric").get(pk=kpi.pk)
    change_kpi(admin(), kpi, version=kpi.version, response_plan="Open a desk.")
    assert of_emergency().level == 4
    link_driver(admin(), kpi.metric, make_metric("staff-on-duty"), why="More hands.")
    assert of_emergency().level == 5
    assert of_emergency().gaps == ()


def test_an_owner_who_left_is_no_owner(world: World) -> None:
    complete()
    Person.objects.filter(name="Lea Lead").update(archived_at=standpoint().now_utc.isoformat() + "Z")
    line = of_emergency()
    assert line.level == 1
    [check] = [one for one in line.checks if one.key == "owner"]
    assert [each.kpi.key for each in check.missing] == ["kpi-0"]


def test_a_review_date_that_passed_is_a_gap(world: World) -> None:
    [kpi] = complete()
    Kpi.objects.filter(pk=kpi.pk).update(review_on=day(-1))
    assert of_emergency().level == 3


def test_one_sided_kpis_keep_a_team_from_the_highest_level(world: World) -> None:
    driver = make_metric("staff-on-duty")
    for kpi in complete(4):
        link_driver(admin(), kpi.metric, driver, why="More hands.")
    assert of_emergency().level == 5
    Kpi.objects.first().metric.__class__.objects.update(leads="lagging")  # type: ignore[union-attr]
    line = of_emergency()
    assert line.level == 4
    [check] = [one for one in line.checks if one.key == "balance"]
    assert check.findings == ("nothing-leads",)


def test_what_is_worked_on_needs_a_guard_metric(world: World) -> None:
    [kpi] = complete()
    driver = make_metric("staff-on-duty")
    link_driver(admin(), kpi.metric, driver, why="More hands.")
    objective = make_objective()
    made = make_key_result(objective, metric=kpi.metric, terms={"baseline": 40.0, "target": 25.0})
    start(objective)
    assert of_emergency().gaps == ("guard",)
    made.guard = driver
    made.save()
    assert of_emergency().level == 5


def test_the_teams_below_count_when_asked_for(world: World) -> None:
    complete()
    hospital = world.hospital.pk
    assert maturity(admin(), standpoint(), team_ids=[hospital])[0].kpis == 0
    [line] = maturity(admin(), standpoint(), team_ids=[hospital], with_below=True)
    assert (line.kpis, line.level) == (1, 4)


def test_it_looks_from_a_past_day(world: World) -> None:
    with days_ago(30):
        [kpi] = watched(1)
    set_target(admin(), fed(kpi), target=25)
    assert of_emergency().level == 3
    past = standpoint(day(-10))
    [line] = maturity(admin(), past)
    assert (line.kpis, line.level) == (1, 2)
    assert maturity(admin(), standpoint(date(2020, 1, 1))) == []


def test_what_one_may_not_see_does_not_count(world: World) -> None:
    make_kpi("bonus", active=True, visibility="people")
    assert maturity(world.otto, standpoint()) == []
    assert maturity(world.lea, standpoint())[0].kpis == 1


def test_the_number_of_statements_does_not_grow_with_kpis_and_objectives(world: World) -> None:
    def statements() -> int:
        people.forget()
        with CaptureQueriesContext(connection) as asked:
            maturity(admin(), standpoint())
            pitfalls(admin(), standpoint())
        return len(asked)

    complete(2)
    running(gone=30)
    first = statements()
    complete(6)
    running(gone=31)
    running(gone=32)
    assert statements() <= first
