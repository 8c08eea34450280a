"""Did the work move what it should? The verdict of an initiative, in words and with its figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.calc.periods import Frequency, hour_of, label, period_of
from sextant.core import clock
from sextant.metrics.commands import add_marker, change_definition
from sextant.metrics.models import Metric
from sextant.metrics.queries.marker_effects import marker_effects
from sextant.metrics.queries.revisions import markers
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.commands.initiatives import change_initiative, create_initiative
from sextant.okrs.models import Initiative, KeyResult
from sextant.okrs.queries.effects import Effect, effects, effects_of, explain
from sextant.okrs.queries.standing import okr_board
from tests.doors.calls import script
from tests.make import make_key_result, make_metric, make_objective, record_values, start
from tests.okrs.running import at, seen_on
from tests.world import World

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 2)  # a Monday
LATER = BEGAN + timedelta(weeks=16)


def weeks(before: int = 60, since: int = 14, *, level: float = 60.0, step: float = -8.0) -> dict[str, Any]:
    """Weekly values that scatter by about 1 and step where the work began."""
    noise = np.random.default_rng(4).standard_normal(before + since)
    first = BEGAN - timedelta(weeks=before)
    return {
        label(period_of(first + timedelta(weeks=index), Frequency.WEEK)): round(
            level + float(noise[index]) + (step if index >= before else 0.0), 2
        )
        for index in range(before + since)
    }


def waiting(key: str = "desk-wait", **fields: Any) -> Metric:
    return make_metric(key, frequency="week", unit="duration:min", direction="down", aggregation="mean", **fields)


@pytest.fixture
def desk(world: World) -> Initiative:
    """A second desk since 2 March, meant to shorten waiting; it is on weekly values of its own."""
    objective = make_objective()
    metric = waiting()
    key_result = make_key_result(objective, metric=metric, key="wait", terms={"baseline": 60.0, "target": 40.0})
    start(objective)
    record_values(metric, weeks())
    return create_initiative(world.lea, objective, title="Second desk", key_result=key_result, starts_on=BEGAN)


def verdict(one: Initiative, point: Standpoint) -> Effect:
    board = okr_board([one.objective], point)
    return effects([one], board, point)[one.pk]


def test_work_after_which_the_number_fell_is_for_the_better_where_less_is_better(desk: Initiative) -> None:
    found = verdict(desk, seen_on(LATER))
    assert found.verdict == "better"
    assert found.size == pytest.approx(-8, abs=1)
    assert found.sentence.startswith(
        "Changed for the better: since the work began on 2 Mar 2026 the weekly value averages "
    )
    assert " min below what was expected (between " in found.sentence
    assert found.sentence.endswith("chance alone does this less than once in 1000 such cases.")


def test_the_way_to_the_target_says_what_is_better(world: World, desk: Initiative) -> None:
    key_result = KeyResult.objects.get(key="wait")
    key_result.terms.update(baseline=40.0, target=60.0)
    assert verdict(desk, seen_on(LATER)).verdict == "worse"


def test_done_work_is_judged_from_its_beginning(world: World, desk: Initiative) -> None:
    change_initiative(world.lea, desk, version=desk.version, state="done", done_on=BEGAN + timedelta(days=20))
    assert verdict(desk, seen_on(LATER)).verdict == "better"


def test_a_past_day_knows_only_what_was_recorded_by_then(world: World) -> None:
    with clock.writing_at(at(BEGAN - timedelta(weeks=3))):
        objective = make_objective(key="old")
        metric = waiting("old-wait")
        key_result = make_key_result(objective, metric=metric, terms={"baseline": 60.0, "target": 40.0})
        one = create_initiative(world.lea, objective, title="Desk", key_result=key_result, starts_on=BEGAN)
        start(objective)
    with clock.writing_at(at(BEGAN + timedelta(weeks=2))):
        record_values(metric, weeks(60, 2))
    with clock.writing_at(at(LATER)):
        record_values(metric, weeks(60, 14))
    early = standpoint(BEGAN + timedelta(weeks=3))
    assert verdict(one, early).verdict == "too_early"
    assert verdict(one, standpoint(LATER + timedelta(days=1))).verdict == "better"


def test_work_that_has_not_begun_or_moves_no_number_is_open(world: World, desk: Initiative) -> None:
    assert verdict(desk, seen_on(BEGAN - timedelta(days=1))).verdict == "open"
    loose = create_initiative(world.lea, desk.objective, title="Talk about it", starts_on=BEGAN)
    found = verdict(loose, seen_on(LATER))
    assert (found.verdict, found.sentence, found.size, found.low, found.high) == ("open", "", None, None, None)
    assert explain(found) == {}


def test_shortly_after_the_beginning_it_is_too_early(desk: Initiative) -> None:
    found = verdict(desk, seen_on(BEGAN + timedelta(weeks=3)))
    assert found.verdict == "too_early"
    assert found.sentence == "Too early to tell: 3 of at least 4 values since the work began on 2 Mar 2026."


def test_a_number_with_a_short_past_cannot_be_judged(world: World) -> None:
    objective = make_objective(key="new")
    metric = waiting("new-wait")
    key_result = make_key_result(objective, metric=metric, terms={"baseline": 60.0, "target": 40.0})
    start(objective)
    record_values(metric, weeks(10, 10))
    one = create_initiative(world.lea, objective, title="Desk", key_result=key_result, starts_on=BEGAN)
    found = verdict(one, seen_on(LATER))
    assert found.sentence == "Not enough history to tell: 10 of at least 20 values from before."
    assert (found.before, found.after) == (weeks(10, 10)["2026-W09"], list(weeks(10, 10).values())[-1])


def test_a_number_that_goes_on_as_before_is_no_evidence(world: World) -> None:
    objective = make_objective(key="flat")
    metric = waiting("flat-wait")
    key_result = make_key_result(objective, metric=metric, terms={"baseline": 60.0, "target": 40.0})
    start(objective)
    record_values(metric, weeks(step=0))
    one = create_initiative(world.lea, objective, title="Desk", key_result=key_result, starts_on=BEGAN)
    sentence = verdict(one, seen_on(LATER)).sentence
    assert sentence.startswith("No evidence yet: since the work began on 2 Mar 2026 the weekly value averages ")
    assert " below and " in sentence
    assert " of 10 such cases." in sentence


def test_a_number_measured_in_another_way_since_cannot_be_compared(world: World, desk: Initiative) -> None:
    metric = Metric.objects.get(key="desk-wait")
    change_definition(
        world.ada, metric, number=1, valid_from=hour_of(BEGAN), description="", reason="New clock",
        how_measured="By the clock of the desk.",
    )  # fmt: skip
    found = verdict(desk, seen_on(LATER))
    assert found.verdict == "not_comparable"
    assert found.sentence == "Cannot be compared: since the work began on 2 Mar 2026 it is measured in another way."


def test_work_that_began_in_the_same_weeks_is_named(world: World, desk: Initiative) -> None:
    other = create_initiative(
        world.lea, desk.objective, title="More nurses", key_result=desk.key_result,
        starts_on=BEGAN + timedelta(days=5),
    )  # fmt: skip
    point = seen_on(LATER)
    found = effects([desk, other], okr_board([desk.objective], point), point)
    assert found[desk.pk].sentence.endswith("cannot be told apart from it: “More nurses”.")
    assert found[other.pk].sentence.endswith("cannot be told apart from it: “Second desk”.")


def test_many_initiatives_take_no_more_statements_than_one(world: World, desk: Initiative) -> None:
    point = seen_on(LATER)
    board = okr_board([desk.objective], point)
    with CaptureQueriesContext(
        connection,
    ) as one:
        effects([desk], board, point)
    rows = [desk]
    for index in range(4):
        metric = waiting(f"wait-{index}")
        record_values(metric, weeks())
        key_result = make_key_result(desk.objective, metric=metric, terms={"baseline": 60.0, "target": 40.0})
        rows.append(
            create_initiative(world.lea, desk.objective, title=f"D{index}", key_result=key_result, starts_on=BEGAN)
        )
    board = okr_board([desk.objective], point)
    with CaptureQueriesContext(connection) as many:
        found = effects(rows, board, point)
    assert len(many) == len(one)
    assert [each.verdict for each in found.values()] == ["better"] * 5


def test_effects_for_work_of_any_objectives_are_the_same(desk: Initiative) -> None:
    point = seen_on(LATER)
    assert effects_of([desk], point)[desk.pk] == verdict(desk, point)
    assert effects_of([], point) == {}


def test_a_note_on_a_chart_is_judged_the_same_way(world: World, desk: Initiative) -> None:
    metric = Metric.objects.get(key="desk-wait")
    add_marker(world.ada, metric, start=hour_of(BEGAN), label="Second desk")
    point = seen_on(LATER)
    (note,) = markers(metric, point)
    since = marker_effects([note], point)[note.pk]
    assert since.effect == verdict(desk, point).judged


def test_the_api_gives_verdict_figures_sentence_and_why(world: World, desk: Initiative) -> None:
    call = script(world, "lea")
    sent = call.get(f"/initiatives/{desk.key}?why=1")
    assert sent["effect"]["verdict"] == "better"
    assert sent["effect"]["low"] < sent["effect"]["size"] < sent["effect"]["high"] < 0
    assert sent["effect"]["sentence"].startswith("Changed for the better")
    assert sent["why"]["effect"]["rule"] == "effect-better"
    assert call.get("/initiatives")["items"][0]["effect"] == sent["effect"]
