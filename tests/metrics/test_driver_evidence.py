"""Does the driver drive: the evidence for a hypothesis, from recorded numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sextant.metrics.commands import link_driver
from sextant.metrics.models import Metric
from sextant.metrics.queries.driver_evidence import Evidence, evidence, read
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.queries import today
from tests.make import make_metric, record_values
from tests.metrics.driver_world import WEEKS, later, levels, noise, record_weeks
from tests.world import World


def weekly(key: str, **changes: object) -> Metric:
    return make_metric(key, **({"frequency": "week", "unit": "number", "aggregation": "mean"} | changes))


def evidence_for(world: World, outcome: Metric, driver: Metric, lag: int, way: str = "same") -> Evidence:
    link = link_driver(world.ada, outcome, driver, lag=lag, way=way, why="To be seen.")
    return evidence([link], read([outcome, driver], standpoint()))[link.pk]


def test_a_real_driver_is_followed_and_a_false_one_is_not(world: World) -> None:
    outcome, real, false = weekly("outcome"), weekly("real"), weekly("false")
    record_weeks(real, 50 + levels() + noise(1))
    record_weeks(outcome, 80 - later(levels(), 3) + noise(2))
    record_weeks(false, 20 + levels(46) + noise(3))
    found = evidence_for(world, outcome, real, 3, "other")
    assert (found.verdict, found.is_faint) == ("strong", False)
    assert found.drive.followed >= 3
    assert found.drive.moved == found.drive.followed + found.drive.not_followed + found.drive.still_open
    other = evidence_for(world, outcome, false, 3)
    assert other.verdict in ("none", "weak")
    assert other.drive.strength < found.drive.strength


def test_every_case_names_its_periods_and_its_answer(world: World) -> None:
    outcome, real = weekly("outcome"), weekly("real")
    record_weeks(real, 50 + levels() + noise(1))
    record_weeks(outcome, 80 + later(levels(), 3) + noise(2))
    found = evidence_for(world, outcome, real, 3)
    for case in found.cases:
        assert case.due.start - case.moved.start == 3 * 7 * 24
        assert case.answer in ("followed", "not", "open")
    assert len(found.cases) == found.drive.moved


def test_after_four_moves_nothing_followed_the_line_is_faint(world: World) -> None:
    outcome, false = weekly("outcome"), weekly("false")
    record_weeks(false, 20 + levels(30, every=16) + noise(3))
    record_weeks(outcome, 80 + noise(2))
    found = evidence_for(world, outcome, false, 2)
    assert found.drive.not_followed >= 4
    assert found.is_faint


def test_without_moves_there_is_nothing_to_say(world: World) -> None:
    outcome, calm = weekly("outcome"), weekly("calm")
    record_weeks(outcome, 80 + noise(1))
    record_weeks(calm, 80 + 0 * noise(2))
    found = evidence_for(world, outcome, calm, 2)
    assert (found.verdict, found.drive.moved, found.drive.strength) == ("too_few", 0, 0.0)


def test_metrics_without_values_say_so(world: World) -> None:
    assert evidence_for(world, weekly("outcome"), weekly("driver"), 2).problem == "no-values"


def test_a_finer_driver_is_brought_to_the_periods_of_the_outcome(world: World) -> None:
    driver, outcome = weekly("driver"), make_metric("outcome", unit="number", aggregation="mean")
    record_weeks(driver, 50 + levels() + noise(1))
    first = today().year - 3
    months = [f"{first + at // 12}-{at % 12 + 1:02d}" for at in range(36)]
    record_values(outcome, dict(zip(months, (80 + noise(4, 36)).tolist(), strict=True)))
    found = evidence_for(world, outcome, driver, 1)
    assert (found.frequency, found.lag, found.problem) == ("month", 1, "")
    assert found.drive.moved >= 3


def test_an_outcome_finer_than_its_driver_is_judged_by_the_driver_s_periods(world: World) -> None:
    driver, outcome = make_metric("driver", unit="number", aggregation="mean"), weekly("outcome")
    record_weeks(outcome, 80 + noise(4))
    first = today().year - 3
    months = [f"{first + at // 12}-{at % 12 + 1:02d}" for at in range(36)]
    record_values(driver, dict(zip(months, (50 + noise(4, 36)).tolist(), strict=True)))
    found = evidence_for(world, outcome, driver, 9)
    assert (found.frequency, found.lag, found.problem) == ("month", 2, "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"unit": "percent", "aggregation": "mean"}, "ratio-needs-parts"), ({"span": 4}, "rolling-value")],
)
def test_what_has_no_coarser_periods_says_why(world: World, changes: dict[str, object], problem: str) -> None:
    driver, outcome = weekly("driver", **changes), make_metric("outcome", unit="number", aggregation="mean")
    record_weeks(driver, 50 + noise(1, 40))
    record_values(outcome, {f"{today().year - 1}-01": 3})
    assert evidence_for(world, outcome, driver, 1).problem == problem


def test_statements_do_not_grow_with_the_links(
    world: World, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    outcome = weekly("outcome")
    drivers = [weekly(f"driver-{at}") for at in range(6)]
    for at, metric in enumerate((outcome, *drivers)):
        record_weeks(metric, 50 + noise(at, 40))
    links = [link_driver(world.ada, outcome, one, lag=1, why="To be seen.") for one in drivers]
    point = standpoint()
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(evidence(links, read([outcome, *drivers], point))) == 6


def test_the_past_judges_by_what_was_known_then(world: World) -> None:
    outcome, real = weekly("outcome"), weekly("real")
    record_weeks(real, 50 + levels() + noise(1))
    record_weeks(outcome, 80 + later(levels(), 3) + noise(2))
    link = link_driver(world.ada, outcome, real, lag=3, why="To be seen.")
    then = standpoint(today().replace(year=today().year - 1))
    found = evidence([link], read([outcome, real], then))[link.pk]
    assert found.drive.moved == 0  # all of it was recorded today
    assert WEEKS > 100


def test_one_fall_noticed_again_and_again_is_one_move_and_a_new_definition_is_none(world: World) -> None:
    metric = weekly("uptime")
    values = 99 + 0.05 * noise(5)
    values[-12:] = 50
    record_weeks(metric, values)
    known = read([metric], standpoint())
    fall = next(one for one in known.detections[metric.pk].findings if one.side == "below")
    days = [replace(fall, first=at, found=at + 3, last=at + 3, is_open=at == 104) for at in (100, 101, 102, 104)]
    again = [replace(fall, first=110, found=112, side="above"), replace(fall, first=120, found=121)]
    judged = replace(known.detections[metric.pk], findings=(*days, *again))
    moves = replace(known, detections={metric.pk: judged}).moves(metric.pk)
    assert [(one.first, one.last, one.side) for one in moves[:1]] == [(100, 107, "below")]
    assert [one.first for one in moves] == [100, 110, 120]
    assert moves[0].is_open
    measured_anew = replace(known.judgements[metric.pk], breaks=(known.hour(metric.pk, 111),))
    known = replace(known, detections={metric.pk: judged}, judgements={metric.pk: measured_anew})
    assert [one.first for one in known.moves(metric.pk)] == [100, 120]
