"""The chance of a key result decides its status where the forecast knows one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from sextant.calc.periods import label, period_of, shift
from sextant.core import clock
from sextant.core.jobs import run_due
from sextant.forecasts.commands import refresh
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.closing import close_objective
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.forecasting import refresh_wanted, wanted
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.chances import challenge, explain_key_result_chance
from sextant.okrs.queries.reliability import reliability
from sextant.okrs.queries.standing import key_result_standing, okr_board
from sextant.people import queries as people
from tests.make import admin, make_cycle, make_key_result, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db


def record_weeks(metric: Metric, values: list[float], *, until: int = 0) -> None:
    """Values of the weeks up to the last complete one, or to so many weeks before."""
    running = shift(period_of(people.today(), "week"), -until)  # type: ignore[arg-type]
    count = len(values)
    weeks = [label(shift(running, index - count), people.calendar()) for index in range(count)]
    record_values(metric, dict(zip(weeks, values, strict=True)))


def key_result(target: float = 20.0, level: float = 40.0, title: str = "Wait at most 20 minutes") -> KeyResult:
    """One whose number has hovered around a level for a year."""
    objective = make_objective(title)
    made = make_key_result(objective, title, terms={"baseline": 60.0, "target": target})
    record_weeks(made.metric, [level + 2 * float(np.sin(week)) + week * 7919 % 5 for week in range(52)])
    start(objective)
    return made


def status_of(made: KeyResult) -> str:
    return str(key_result_standing(made, standpoint()).status)


def test_without_a_forecast_the_pace_decides_and_with_one_the_chance(world: World) -> None:
    made = key_result(level=33.0)
    assert status_of(made) == "on_track"
    refresh_wanted(light=True)
    found = key_result_standing(made, standpoint())
    assert found.chance is not None
    assert found.chance < 0.3
    assert found.status == "off_track"
    assert found.outlook.share == found.chance


def test_a_chance_at_once_is_a_chance_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [key_result(target, title=f"Target {target}") for target in (20.0, 38.0, 42.0, 50.0)]
    refresh([one.metric_id for one in made[:3] if one.metric_id], light=True)

    def told() -> list[tuple[float | None, str]]:
        board = okr_board(Objective.objects.order_by("pk"), standpoint())
        return [(one.chance, one.status) for one in board.key_results.values()]

    one_by_one = told()
    monkeypatch.setattr("sextant.okrs.queries.at_once.LEAST", 0)
    assert [share for share, _ in told()] == pytest.approx([share for share, _ in one_by_one])
    assert [status for _, status in told()] == [status for _, status in one_by_one]
    assert one_by_one[3][0] is None


def test_only_numbers_with_a_target_are_forecast(world: World) -> None:
    draft = make_key_result(make_objective("Only a draft"))
    running = key_result()
    assert running.metric_id in wanted()
    assert draft.metric_id not in wanted()


def test_a_new_value_has_its_forecast_made_in_the_background(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sextant.forecasts.members.has_library", lambda: False)
    monkeypatch.setattr("sextant.forecasts.engines.has_library", lambda: False)
    made = key_result()
    run_due()
    assert key_result_standing(made, standpoint()).chance is not None


def test_the_reason_names_what_went_into_the_chance(world: World) -> None:
    made = key_result()
    refresh_wanted(light=True)
    why = explain_key_result_chance(key_result_standing(made, standpoint()))
    assert why.rule == "chance"
    assert why.inputs["target"] == 20.0


def test_a_draft_is_challenged_before_anybody_agrees_to_it(world: World) -> None:
    objective = make_objective()
    easy = make_key_result(objective, terms={"baseline": 60.0, "target": 55.0})
    record_weeks(easy.metric, [40 + 2 * float(np.sin(week)) for week in range(52)])
    found = challenge(key_result_standing(easy, standpoint()))
    assert found.hint == "already-likely"
    set_terms(admin(), KeyResult.objects.get(pk=easy.pk), target=5.0)
    assert challenge(key_result_standing(easy, standpoint())).hint == "very-unlikely"


def test_what_was_said_is_counted_against_what_came(world: World) -> None:
    cycle = make_cycle("Last quarter", gone=91, length=84)
    objective = make_objective("Closed", cycle=cycle)
    likely = make_key_result(objective, "Easy", terms={"baseline": 60.0, "target": 50.0})
    hopeless = make_key_result(objective, "Hard", terms={"baseline": 60.0, "target": 5.0})
    with clock.writing_at(timezone.now() - timedelta(days=100)):
        for one in (likely, hopeless):
            record_weeks(one.metric, [40 + 2 * float(np.sin(week)) for week in range(70)], until=13)
        refresh([one.metric_id for one in (likely, hopeless) if one.metric_id], light=True)
    for one in (likely, hopeless):
        record_weeks(one.metric, [40.0] * 13)
    start(objective)
    verdicts = {one.key: {"decision": "drop", "learning": "Over."} for one in (likely, hopeless)}
    close_objective(admin(), objective, outcome="Half.", learning="Desks.", decision="drop", items=verdicts)
    found = reliability(admin(), standpoint())
    assert found.without == 0
    assert [(one.count, one.met) for one in found.bins if one.count] == [(4, 0), (4, 4)]
    assert Counter(one.checkpoint for one in found.cases) == {0.0: 2, 0.25: 2, 0.5: 2, 0.75: 2}
    assert found.brier is not None
    assert found.brier < 0.02
    assert not found.is_enough
