"""What people suppose to drive a metric: linking, changing, ending, and the tree of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from sextant.core import clock
from sextant.core.errors import Hidden, NotAllowed, Refused, Stale
from sextant.core.models import Event
from sextant.metrics.commands import change_driver, link_driver, relink_driver, unlink_driver
from sextant.metrics.models import DriverLink, Metric
from sextant.metrics.queries.drivers import driver_tree, links_of, metric_ids_with_drivers, nodes_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from tests.make import make_metric
from tests.world import World

WHY = "Trained managers lead better talks."


def three() -> tuple[Metric, Metric, Metric]:
    return make_metric("trained"), make_metric("engagement"), make_metric("turnover")


def problem_of(error: pytest.ExceptionInfo[Refused]) -> str:
    return error.value.problems[0].key


def test_a_link_keeps_the_hypothesis_and_who_supposed_it(world: World) -> None:
    trained, engagement, _ = three()
    link = link_driver(world.ada, engagement, trained, lag=3, way="same", why=f" {WHY} ")
    assert (link.lag, link.way, link.why, link.author) == (3, "same", WHY, "Ada Admin")
    said = Event.objects.get(name="driver.linked")
    assert said.subject_key == engagement.key
    assert said.data == {"driver": trained.name, "why": WHY}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"why": " "}, "why-missing"),
        ({"lag": -1}, "bad-lag"),
        ({"lag": 500}, "bad-lag"),
        ({"way": "sideways"}, "unknown-choice"),
        ({"why": "x" * 2000}, "too-long"),
    ],
)
def test_a_hypothesis_that_cannot_be_tested_is_refused(world: World, given: dict[str, object], key: str) -> None:
    trained, engagement, _ = three()
    with pytest.raises(Refused) as error:
        link_driver(world.ada, engagement, trained, **({"why": WHY} | given))  # type: ignore[arg-type]
    assert problem_of(error) == key
    assert not DriverLink.objects.exists()


def test_a_metric_never_drives_itself(world: World) -> None:
    trained, _, _ = three()
    with pytest.raises(Refused) as error:
        link_driver(world.ada, trained, trained, why=WHY)
    assert problem_of(error) == "drives-itself"


def test_two_live_links_of_the_same_pair_are_one_too_many(world: World) -> None:
    trained, engagement, _ = three()
    link_driver(world.ada, engagement, trained, why=WHY)
    with pytest.raises(Refused) as error:
        link_driver(world.ada, engagement, trained, lag=2, why=WHY)
    assert problem_of(error) == "already-linked"


def test_a_circle_without_lag_is_refused_with_its_path(world: World) -> None:
    trained, engagement, turnover = three()
    link_driver(world.ada, engagement, trained, why=WHY)
    link_driver(world.ada, turnover, engagement, way="other", why=WHY)
    with pytest.raises(Refused) as error:
        link_driver(world.ada, trained, turnover, why=WHY)
    assert problem_of(error) == "driver-cycle"
    assert "Trained → Engagement → Turnover → Trained" in error.value.problems[0].message


def test_a_circle_through_a_formula_is_refused_as_well(world: World) -> None:
    trained, engagement, _ = three()
    make_metric("doubled", formula="2 * [trained]")
    link_driver(world.ada, engagement, Metric.objects.get(key="doubled"), why=WHY)
    with pytest.raises(Refused) as error:
        link_driver(world.ada, trained, engagement, why=WHY)
    assert "Trained → Doubled → Engagement → Trained" in error.value.problems[0].message


def test_a_circle_with_a_lag_is_a_feedback_loop_shown_once(world: World) -> None:
    trained, engagement, _ = three()
    link_driver(world.ada, engagement, trained, why=WHY)
    link_driver(world.ada, trained, engagement, lag=1, why="Keen people ask for training.")
    tree = driver_tree(world.ada, engagement, standpoint())
    assert [(one.metric.key, one.is_loop) for one in nodes_of(tree)] == [("trained", False), ("engagement", True)]
    with pytest.raises(Refused):
        change_driver(world.ada, trained, engagement, lag=0)


def test_what_a_metric_is_calculated_from_is_no_hypothesis(world: World) -> None:
    trained, _, _ = three()
    doubled = make_metric("doubled", formula="2 * [trained]")
    fourfold = make_metric("fourfold", formula="2 * [doubled]")
    for outcome in (doubled, fourfold):
        with pytest.raises(Refused) as error:
            link_driver(world.ada, outcome, trained, lag=1, why=WHY)
        assert problem_of(error) == "calculated-from-it"


def test_formula_inputs_are_drivers_by_themselves(world: World) -> None:
    trained, engagement, turnover = three()
    index = make_metric("index", formula="[engagement] - [turnover]")
    link_driver(world.ada, engagement, trained, lag=2, why=WHY)
    tree = driver_tree(world.ada, index, standpoint())
    assert [one.metric.key for one in tree.children] == ["engagement", "turnover"]
    assert [one.link and one.link.lag for one in nodes_of(tree)] == [None, 2, None]
    ids = {one.pk for one in (trained, engagement, turnover, index)}
    assert metric_ids_with_drivers(world.ada, ids, standpoint()) == {engagement.pk, index.pk}


def test_the_tree_ends_at_its_depth(world: World) -> None:
    chain = [make_metric(f"step-{at}") for at in range(5)]
    for outcome, driver in pairwise(chain):
        link_driver(world.ada, outcome, driver, lag=1, why=WHY)
    assert [one.metric.key for one in nodes_of(driver_tree(world.ada, chain[0], standpoint()))] == [
        "step-1", "step-2", "step-3",
    ]  # fmt: skip


def test_a_driver_out_of_sight_is_not_in_the_tree(world: World) -> None:
    _, engagement, _ = three()
    secret = make_metric("secret", visibility="team")
    link_driver(world.ada, engagement, secret, why=WHY)
    assert len(driver_tree(world.lea, engagement, standpoint()).children) == 1
    assert driver_tree(world.otto, engagement, standpoint()).children == ()
    assert links_of(world.otto, engagement, standpoint()) == []
    assert Event.objects.get(name="driver.linked").data == {}


def test_a_circle_names_no_metric_out_of_sight(world: World) -> None:
    surgery = world.surgery
    mine, other = make_metric("mine", team=surgery), make_metric("other", team=surgery)
    secret = make_metric("secret", visibility="team")
    link_driver(world.ada, secret, mine, why=WHY)
    link_driver(world.ada, other, secret, why=WHY)
    with pytest.raises(Refused) as error:
        link_driver(world.otto, mine, other, why=WHY)
    assert "Secret" not in error.value.problems[0].message
    assert "a metric not visible to you" in error.value.problems[0].message


def test_only_who_may_change_the_outcome_and_see_the_driver_links_them(world: World) -> None:
    trained, engagement, _ = three()
    with pytest.raises(NotAllowed):
        link_driver(world.otto, engagement, trained, why=WHY)
    with pytest.raises(NotAllowed):
        link_driver(world.vic, engagement, trained, why=WHY)
    own = make_metric("own", team=world.surgery)
    secret = make_metric("secret", visibility="team")
    with pytest.raises(Hidden):
        link_driver(world.otto, own, secret, why=WHY)


def test_a_change_supersedes_and_the_former_hypothesis_stays_readable(world: World) -> None:
    trained, engagement, _ = three()
    before = link_driver(world.ada, engagement, trained, lag=1, why=WHY)
    after = change_driver(world.ada, engagement, trained, version=before.pk, lag=4)
    before.refresh_from_db()
    assert (before.lag, before.superseded_at is not None, before.reason_ended) == (1, True, "")
    assert (after.lag, after.why, after.superseded_at) == (4, WHY, None)
    with pytest.raises(Stale):
        change_driver(world.ada, engagement, trained, version=before.pk, lag=5)
    assert change_driver(world.ada, engagement, trained, lag=4) == after


def test_a_link_ends_with_a_reason_and_can_be_brought_back(world: World) -> None:
    trained, engagement, _ = three()
    link_driver(world.ada, engagement, trained, lag=2, way="other", why=WHY)
    with pytest.raises(Refused):
        unlink_driver(world.ada, engagement, trained, reason=" ")
    ended = unlink_driver(world.ada, engagement, trained, reason="It never followed.")
    assert ended.reason_ended == "It never followed."
    assert driver_tree(world.ada, engagement, standpoint()).children == ()
    with pytest.raises(Refused):
        unlink_driver(world.ada, engagement, trained, reason="Again")
    again = relink_driver(world.ada, engagement, trained)
    assert (again.lag, again.way, again.why) == (2, "other", WHY)


def test_the_past_knows_the_links_of_its_day(world: World) -> None:
    trained, engagement, _ = three()
    with clock.writing_at(clock.now() - timedelta(days=20)):
        link_driver(world.ada, engagement, trained, lag=2, why=WHY)
    unlink_driver(world.ada, engagement, trained, reason="It never followed.")
    then = standpoint(today() - timedelta(days=10))
    assert [one.metric.key for one in driver_tree(world.ada, engagement, then).children] == ["trained"]
    assert metric_ids_with_drivers(world.ada, [engagement.pk], then) == {engagement.pk}
    assert metric_ids_with_drivers(world.ada, [engagement.pk], standpoint()) == set()
    assert metric_ids_with_drivers(world.ada, [engagement.pk], standpoint(today() - timedelta(days=30))) == set()


def test_a_metric_is_unfolded_once_and_many_inputs_are_folded(world: World) -> None:
    trained, engagement, turnover = three()
    for at in range(4):
        make_metric(f"unit-{at}")
    total = make_metric("total", formula=" + ".join(f"[unit-{at}]" for at in range(4)))
    link_driver(world.ada, engagement, total, lag=1, why=WHY)
    link_driver(world.ada, turnover, engagement, lag=1, why=WHY)
    link_driver(world.ada, turnover, total, lag=2, why=WHY)
    link_driver(world.ada, total, trained, lag=1, why=WHY)
    found = nodes_of(driver_tree(world.ada, turnover, standpoint()))
    assert [(one.metric.key, one.is_again, one.folded) for one in found] == [
        ("engagement", False, 0), ("total", False, 4), ("trained", False, 0), ("total", True, 0),
    ]  # fmt: skip
    assert len(driver_tree(world.ada, total, standpoint()).children) == 5
