"""What will come of it: the fan and the chance on pages and by the API, and whether chances came true."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.forecasts.commands import refresh
from sextant.forecasts.models import Forecast
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.okrs.models import KeyResult
from sextant.okrs.queries.check_ins import item_of
from sextant.okrs.queries.reliability import Case, Reliability
from sextant.people import queries as people
from sextant.people.queries import today
from sextant.web.check_in_form import ItemForm
from tests.doors.calls import script
from tests.make import admin, make_key_result, make_kpi, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db


def record_weeks(metric: Metric | Kpi, values: list[float]) -> None:
    """Values of the weeks up to the last complete one."""
    running = period_of(today(), Frequency.WEEK)
    weeks = [label(shift(running, index - len(values)), people.calendar()) for index in range(len(values))]
    record_values(metric, dict(zip(weeks, values, strict=True)))


def hovering(level: float = 40.0, count: int = 60) -> list[float]:
    return [round(level + 2 * float(np.sin(week)) + week * 7919 % 5, 2) for week in range(count)]


@pytest.fixture
def kpi(world: World) -> Kpi:
    made = make_kpi(active=True, direction="down", unit="duration:min", aggregation="last", frequency="week")
    record_weeks(made, hovering())
    set_target(admin(), made, target=90, red_flag=99)
    refresh([made.metric_id], light=True)
    return made


@pytest.fixture
def result(world: World) -> KeyResult:
    objective = make_objective()
    made = make_key_result(objective, terms={"baseline": 60.0, "target": 30.0})
    record_weeks(made.metric, hovering(42.0))  # type: ignore[arg-type]
    start(objective)
    refresh([made.metric_id or 0], light=True)
    return made


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_a_kpi_draws_the_fan_and_says_what_is_likely(lea: Client, kpi: Kpi) -> None:
    page = read(lea, "/kpis/waiting-time/")
    assert 'class="fan"' in page
    assert 'class="fan-core"' in page
    assert re.search(r"Likely between [\d.]+ min and [\d.]+ min by the end of week \d+", page)
    assert "very likely, 99 %" in page
    assert "in 99 of 100 comparable situations" in page
    assert re.search(r"forecast, 80 % between [\d.]+ min", page), "the table says the same"


def test_the_forecast_is_hidden_by_the_address_and_its_words_stay(lea: Client, kpi: Kpi) -> None:
    page = read(lea, "/kpis/waiting-time/?forecast=0")
    assert 'class="fan"' not in page
    assert "forecast, 80 %" not in page
    assert "Likely between" in page


def test_without_a_forecast_there_is_no_fan_and_the_reason_is_said(world: World, lea: Client, kpi: Kpi) -> None:
    Forecast.objects.all().delete()
    page = read(lea, "/kpis/waiting-time/")
    assert 'class="fan"' not in page
    assert "There is no forecast of this number yet." in page


def test_a_past_day_shows_no_forecast_made_later(lea: Client, kpi: Kpi) -> None:
    page = read(lea, f"/kpis/waiting-time/?as_of={today() - timedelta(days=1)}")
    assert 'class="fan"' not in page


def test_longer_periods_have_no_fan(lea: Client, kpi: Kpi) -> None:
    assert 'class="fan"' not in read(lea, "/kpis/waiting-time/?grain=quarter")


def test_the_page_of_a_key_result_says_how_likely_it_is_and_why(lea: Client, result: KeyResult) -> None:
    page = read(lea, f"/key-results/{result.key}/")
    assert re.search(r"Very unlikely, \d %", page)
    assert "Why this chance?" in page
    assert "60 values" in page, "the history used"
    assert "judged by its chance: very unlikely" in page, "the status says what it is judged by"
    assert 'class="fan"' in page
    assert "Due (" in page, "the day it is due, marked on the chart"
    assert 'class="fan"' not in read(lea, f"/key-results/{result.key}/?forecast=0")


def test_without_a_forecast_the_status_says_it_is_judged_by_pace(lea: Client, result: KeyResult) -> None:
    Forecast.objects.all().delete()
    page = read(lea, f"/key-results/{result.key}/")
    assert "No chance yet:" in page
    assert "judged by its pace" in page


def test_rows_and_bars_of_an_objective_say_the_chance_in_words(lea: Client, result: KeyResult) -> None:
    page = read(lea, f"/objectives/{result.objective.key}/")
    assert re.search(r'class="chance chance-very_unlikely" title="[^"]+">very unlikely, \d %', page)
    assert re.search(r"expected by now; very unlikely, \d %", page), "the bar says it aloud"


@pytest.mark.parametrize(("target", "said"), [(59.0, "Is it ambitious enough?"), (10.0, "be done differently?")])
def test_a_draft_is_asked_whether_its_target_fits(world: World, lea: Client, target: float, said: str) -> None:
    made = make_key_result(make_objective(), terms={"baseline": 60.0, "target": target})
    record_weeks(made.metric, hovering(40.0))  # type: ignore[arg-type]
    assert said in read(lea, f"/key-results/{made.key}/")
    start(made.objective)
    assert said not in read(lea, f"/key-results/{made.key}/"), "a hint before the start, nothing after"


def test_typing_a_draft_hears_how_likely_its_target_is(lea: Client, kpi: Kpi) -> None:
    typed = {
        "title": "Wait less", "team": "emergency", "row": "1", "kr-1-title": "Wait at most 95 minutes",
        "kr-1-kind": "metric",        "kr-1-metric": "waiting-time", "kr-1-baseline": "99", "kr-1-target": "95",
        "kr-1-due_on": (today() + timedelta(days=40)).isoformat(),
    }  # fmt: skip
    answer = lea.post("/objectives/new/wording", typed)
    assert "Already likely" in answer.content.decode()


def test_the_api_gives_the_fan_by_quantiles_and_the_chance_with_its_why(world: World, kpi: Kpi) -> None:
    call = script(world, "vic", "read")
    found = call.get("/kpis/waiting-time/forecast", why=1)
    assert found["levels"][0] == 0.01
    assert found["points"] == 60
    first = found["steps"][0]
    assert first["quantiles"] == sorted(first["quantiles"])
    assert len(first["quantiles"]) == len(found["levels"])
    assert found["chance"] == pytest.approx(call.get("/kpis/waiting-time")["chance"])
    assert found["why"]["chance"]["inputs"]["result"] == pytest.approx(found["chance"])
    past = call.get("/kpis/waiting-time/forecast", as_of=str(today() - timedelta(days=1)))
    assert (past["steps"], past["chance"], past["reason"]) == ([], None, "no_forecast")


def test_the_api_of_key_results_gives_chance_and_fan(world: World, result: KeyResult) -> None:
    call = script(world, "vic", "read")
    found = call.get(f"/key-results/{result.key}", why=1)
    assert found["chance"] < 0.1
    assert found["status"]["computed"] == "off_track"
    assert found["why"]["chance"]["inputs"]["result"] == pytest.approx(found["chance"])
    ahead = call.get(f"/key-results/{result.key}/forecast")
    assert ahead["chance"] == pytest.approx(found["chance"])
    assert ahead["until"] == found["due_on"]


def test_the_fan_of_a_metric_out_of_sight_stays_out_of_sight(world: World, result: KeyResult) -> None:
    Metric.objects.filter(pk=result.metric_id).update(visibility="people")
    ahead = script(world, "otto", "read").get(f"/key-results/{result.key}/forecast")
    assert ahead["steps"] == []


def test_a_hidden_kpi_has_no_forecast_to_be_found(world: World, kpi: Kpi) -> None:
    Metric.objects.filter(pk=kpi.metric_id).update(visibility="people")
    assert script(world, "otto", "read")("GET", "/kpis/waiting-time/forecast").status == 404
    assert script(world, "otto", "read")("GET", "/kpis/waiting-time/findings").status == 404


def test_before_any_cycle_is_closed_the_reliability_page_says_what_will_be_there(lea: Client) -> None:
    page = read(lea, "/reliability")
    assert "No closed cycle has chances yet" in page


def test_the_reliability_page_counts_what_was_called_likely(
    lea: Client, result: KeyResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [Case(result.pk, 0.5, 0.8, place < 41) for place in range(50)]
    cases += [Case(result.pk, 0.25, 0.05, False)] * 10
    monkeypatch.setattr("sextant.web.reliability.reliability", lambda actor, point: Reliability(cases, 3))
    page = read(lea, "/reliability")
    assert "Called 70 to 90 % likely: 41 of 50 were met (82 %)." in page
    assert "Called 0 to 10 % likely: 0 of 10 were met (0 %)." in page
    assert page.count('class="case"') == 2
    assert "Only 60 cases so far" in page
    assert "Called 0 to 10" not in read(lea, "/reliability?when=0.5")
    cycle = result.objective.cycle
    assert "41 of 50" in read(lea, f"/reliability?cycle={cycle.key if cycle else '-'}")
    assert "Nothing was said of these" in read(lea, "/reliability?cycle=no-such")


def test_the_check_in_says_how_likely_the_target_is(world: World, lea: Client, result: KeyResult) -> None:
    item = item_of(world.lea, result)
    assert item.chance is not None
    assert item.chance < 0.1
    assert re.search(r"expected by now; chance: very unlikely, \d %", ItemForm(item).numbers_say)
