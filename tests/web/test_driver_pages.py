"""The pages about drivers: the tree, the evidence, what each input explains, what to try."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sextant.core import clock
from sextant.kpis.models import Kpi
from sextant.metrics.commands import link_driver
from sextant.metrics.models import DriverLink, Metric
from sextant.people.queries import today
from tests.make import make_kpi, make_metric, record_values
from tests.metrics.driver_world import later, levels, noise, record_weeks
from tests.world import World

WHY = "Trained managers lead better talks."


def weekly(key: str, **changes: object) -> Metric:
    return make_metric(key, **({"frequency": "week", "unit": "number", "aggregation": "mean"} | changes))


@pytest.fixture
def engagement(world: World) -> Kpi:
    """A KPI that follows its driver three weeks later."""
    kpi = make_kpi("engagement", active=True, frequency="week", unit="number", aggregation="mean")
    trained = weekly("trained")
    record_weeks(trained, 50 + levels() + noise(1))
    record_weeks(kpi.metric, 80 + later(levels(), 3) + noise(2))
    return kpi


def linked(world: World, kpi: Kpi, **changes: object) -> DriverLink:
    given = {"lag": 3, "why": WHY} | changes
    return link_driver(world.lea, kpi.metric, Metric.objects.get(key="trained"), **given)  # type: ignore[arg-type]


def text(client: Client, address: str, status: int = 200, *, is_part: bool = False) -> str:
    answer = client.get(address, headers={"HX-Request": "true"} if is_part else {})
    assert answer.status_code == status
    return answer.content.decode()


def test_without_drivers_the_page_teaches_how_to_add_one(world: World) -> None:
    make_kpi("engagement", active=True)
    assert "No driver is known yet" in text(world.client("vic"), "/kpis/engagement/drivers")
    assert "Write the hypothesis down" in text(world.client("lea"), "/kpis/engagement/drivers")
    assert "Write the hypothesis down" not in text(world.client("vic"), "/kpis/engagement/drivers")


def test_a_driver_is_added_judged_changed_and_ended(world: World, engagement: Kpi) -> None:
    lea = world.client("lea")
    given = {"driver": "trained", "lag": "3", "way": "same", "why": WHY}
    added = lea.post("/kpis/engagement/drivers", given, follow=True).content.decode()
    assert "3 weeks later, the same way" in added
    assert "followed" in added
    assert "/kpis/engagement/drivers/trained/removal" in added  # the way to take it back
    evidence = text(lea, "/kpis/engagement/drivers/trained")
    assert "Strong" in evidence
    assert WHY in evidence
    assert evidence.count("<figure") == 2
    version = DriverLink.objects.get(superseded_at=None).pk
    change = {"lag": "5", "way": "other", "why": WHY, "version": str(version)}
    lea.post("/kpis/engagement/drivers/trained", change)
    assert DriverLink.objects.get(superseded_at=None).lag == 5
    assert lea.post("/kpis/engagement/drivers/trained", change | {"lag": "6"}).status_code == 409
    assert lea.post("/kpis/engagement/drivers/trained/removal", {"reason": " "}).status_code == 422
    ended = lea.post("/kpis/engagement/drivers/trained/removal", {"reason": "It never followed."}, follow=True)
    assert "/kpis/engagement/drivers/trained/restoral" in ended.content.decode()
    assert not DriverLink.objects.filter(superseded_at=None).exists()
    lea.post("/kpis/engagement/drivers/trained/restoral")
    assert DriverLink.objects.get(superseded_at=None).lag == 5


def test_what_is_refused_is_said_beside_its_field(world: World, engagement: Kpi) -> None:
    lea = world.client("lea")
    answer = lea.post("/kpis/engagement/drivers", {"driver": "engagement", "lag": "0", "way": "same", "why": WHY})
    assert answer.status_code == 422
    assert "does not drive itself" in answer.content.decode()


def test_the_tree_says_when_each_moved_and_which_moved_before(world: World, engagement: Kpi) -> None:
    linked(world, engagement)
    shown = text(world.client("vic"), "/kpis/engagement/drivers")
    assert "3 weeks before" in shown
    assert "Which driver moved when it moved" in shown
    line = text(world.client("vic"), "/kpis/engagement/driver-moves")
    assert "Its driver “Trained” rose" in line or "Its driver “Trained” fell" in line
    assert 'hx-get="/kpis/engagement/driver-moves"' in text(world.client("vic"), "/kpis/engagement/")


def test_without_drivers_nothing_is_said_on_the_kpi_page(world: World, engagement: Kpi) -> None:
    assert "Its driver" not in text(world.client("vic"), "/kpis/engagement/driver-moves")


def test_a_driver_out_of_sight_is_on_no_page(world: World, engagement: Kpi) -> None:
    secret = weekly("secret", visibility="team")
    link_driver(world.lea, engagement.metric, secret, why=WHY)
    outsider = world.client("otto")
    assert "Secret" not in text(outsider, "/kpis/engagement/drivers")
    text(outsider, "/kpis/engagement/drivers/secret", 404)
    text(outsider, "/kpis/engagement/drivers/nothing", 404)
    assert "Secret" in text(world.client("lea"), "/kpis/engagement/drivers")


def test_the_past_shows_the_links_of_its_day_and_changes_nothing(world: World, engagement: Kpi) -> None:
    with clock.writing_at(clock.now() - timedelta(days=20)):
        linked(world, engagement)
    lea = world.client("lea")
    lea.post("/kpis/engagement/drivers/trained/removal", {"reason": "It never followed."})
    day = (today() - timedelta(days=10)).isoformat()
    assert "3 weeks later" in text(lea, f"/kpis/engagement/drivers?as_of={day}")
    assert "Write the hypothesis down" not in text(lea, f"/kpis/engagement/drivers?as_of={day}")
    text(lea, f"/kpis/engagement/drivers/trained?as_of={day}")
    given = {"driver": "trained", "lag": "3", "way": "same", "why": WHY}
    assert lea.post(f"/kpis/engagement/drivers?as_of={day}", given).status_code == 422


def test_a_calculated_metric_shows_what_each_input_explains(world: World) -> None:
    first = today().year - 1
    make_metric("late", unit="count")
    make_metric("all", unit="count")
    make_metric("share", unit="percent", formula="100 * [late] / [all]", aggregation="mean")
    record_values("late", {f"{first}-01": 10, f"{first}-02": 30})
    record_values("all", {f"{first}-01": 100, f"{first}-02": 100})
    shown = text(world.client("vic"), "/metrics/share/drivers")
    assert "by formula" in shown
    assert "+20" in shown
    assert "100 %" in shown
    assert "a value is missing" in text(world.client("vic"), "/metrics/share/drivers?over=13&against=before")


def test_candidates_are_tried_in_parts_and_counted(world: World, engagement: Kpi) -> None:
    for at in range(9):
        record_weeks(weekly(f"other-{at}"), 50 + noise(10 + at, 60))
    lea = world.client("lea")
    whole = text(lea, "/kpis/engagement/driver-suggestions")
    assert "10 metrics were tried at 9 lags each" in whole
    assert "Trained" in whole
    assert "driver=trained" in whole
    part = text(lea, "/kpis/engagement/driver-suggestions", is_part=True)
    assert "8 / 10" in part
    assert "from=8" in part
    rest = text(lea, "/kpis/engagement/driver-suggestions?from=8&shown=0", is_part=True)
    assert "Trained" in rest
    assert "were tried" in rest
    assert 'value="trained"' in text(lea, "/kpis/engagement/drivers?driver=trained&lag=3&way=same")


def test_what_is_linked_or_tied_by_arithmetic_is_not_suggested(world: World, engagement: Kpi) -> None:
    linked(world, engagement)
    weekly("double", formula="2 * [engagement]")
    assert "There is no other metric" in text(world.client("lea"), "/kpis/engagement/driver-suggestions")


def test_another_outcome_is_one_step_away(world: World, engagement: Kpi) -> None:
    vic = world.client("vic")
    answer = vic.get("/kpis/engagement/drivers", {"outcome": "Trained"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/metrics/trained/drivers")
    assert "There is no metric called" in text(vic, "/kpis/engagement/drivers?outcome=nowhere")
