"""Insights: sentences from the numbers, with what was noted near them; dismissed ones stay away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.alerts.commands import dismiss, restore_insight
from sextant.alerts.queries.insights import Insight, insights, worsening
from sextant.calc.numbers import unbroken
from sextant.calc.periods import Frequency, hour_of, label, period_of
from sextant.core import clock
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi
from sextant.metrics.commands import add_marker
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.initiatives import create_initiative
from sextant.people import queries as people
from tests.make import admin, make_cycle, make_key_result, make_kpi, make_objective, record_values, start
from tests.world import World

pytestmark = pytest.mark.django_db

PAST = 80


def week_start(back: int) -> date:
    """The Monday so many weeks before the running week."""
    today = people.today()
    return today - timedelta(days=today.weekday(), weeks=back)


def week(back: int) -> str:
    return label(period_of(week_start(back), Frequency.WEEK))


def weekly(*, step: float = 0.0, weeks: int = 5, slope: float = 0.0, seed: int = 3) -> Mapping[str, float]:
    """Weekly values about 100 that scatter by 2; the newest `weeks` stand `step` off, or slope away."""
    noise = np.random.default_rng(seed).standard_normal(PAST) * 2
    made = {}
    for index in range(PAST):
        recent = max(0, index - (PAST - weeks) + 1)
        made[week(PAST - index)] = round(100 + float(noise[index]) + (step if recent else 0) + slope * recent, 2)
    return made


def adoption(values: Mapping[str, float], key: str = "adoption", target: float | None = None, **fields: object) -> Kpi:
    kpi = make_kpi(key, active=False, frequency="week", unit="count", **fields)
    if target is not None:
        set_target(admin(), kpi, target=target)
    record_values(kpi, dict(values))
    Kpi.objects.filter(pk=kpi.pk).update(state="active")
    return Kpi.objects.select_related("metric__team").get(pk=kpi.pk)


def found(world: World, who: str = "lea", **asked: object) -> list[Insight]:
    return insights(world.actor(who), standpoint(), **asked)  # type: ignore[arg-type]


def test_a_deviation_is_told_with_the_note_that_stands_nearest_before_it(world: World) -> None:
    kpi = adoption(weekly(step=14))
    add_marker(world.ada, kpi.metric, start=hour_of(week_start(6)), label="Training of all wards")
    add_marker(world.ada, kpi.metric, start=hour_of(week_start(30)), label="Something long ago")
    (one,) = found(world)
    assert (one.rule, one.tone, one.kpi) == ("deviation", "better", kpi)
    assert one.text.startswith("Adoption has been ")
    assert "above what season and trend lead us to expect for 5 weeks, since “Training of all wards” (" in one.text
    assert [item.label for item in one.items] == ["Adoption", "Training of all wards"]
    assert (one.first, one.last) == (hour_of(week_start(5)), hour_of(week_start(1)))
    assert one.why.inputs["noted"] == ["Training of all wards"]


def test_work_for_a_key_result_on_the_kpi_is_named_as_well(world: World) -> None:
    kpi = adoption(weekly(step=-14))
    objective = make_objective()
    key_result = make_key_result(objective, metric=kpi.metric, terms={"baseline": 100.0, "target": 130.0})
    start(objective)
    create_initiative(world.lea, objective, title="New form", key_result=key_result, starts_on=week_start(5))
    (one,) = found(world)
    assert one.tone == "worse"
    assert "since the work “New form” began" in one.text
    hidden = create_initiative(world.lea, objective, title="Older", key_result=key_result, starts_on=week_start(7))
    assert hidden.title not in found(world)[0].text


def test_without_a_note_the_period_it_began_with_is_named(world: World) -> None:
    adoption(weekly(step=14))
    (one,) = found(world)
    assert f", since week {int(week(5)[-2:])}, " in one.text


def test_a_number_that_goes_on_as_usual_says_nothing(world: World) -> None:
    adoption(weekly())
    assert found(world) == []


def test_less_is_better_where_the_kpi_says_so(world: World) -> None:
    adoption(weekly(step=14), direction="down")
    assert found(world)[0].tone == "worse"


def test_a_target_met_for_the_first_time_is_told(world: World) -> None:
    values = dict(weekly())
    values[week(1)] = 112.0
    adoption(values, target=110.0)
    texts = [one.text for one in found(world) if one.rule == "first_met"]
    assert texts == [
        f"Adoption met its target for the first time in week {int(week(1)[-2:])}, {week(1)[:4]}, with 112,"
        " after 79 weeks without it."
    ]  # fmt: skip


def test_a_target_met_before_is_no_first_time(world: World) -> None:
    values = dict(weekly())
    values[week(1)] = values[week(20)] = 112.0
    adoption(values, target=110.0)
    assert [one for one in found(world) if one.rule == "first_met"] == []


def steady() -> Mapping[str, float]:
    """Weekly values that have fallen slowly all along, by a fifth of their scatter a week."""
    noise = np.random.default_rng(10).standard_normal(PAST)
    return {week(PAST - index): round(100 - 0.2 * index + float(noise[index]), 2) for index in range(PAST)}


def test_heading_away_from_the_target_is_told_with_its_pace(world: World) -> None:
    adoption(steady(), target=110.0)
    (one,) = [each for each in found(world) if each.rule == "heading"]
    assert one.tone == "worse"
    assert one.text.startswith("Adoption has been heading away from its target of 110 for 13 weeks, by about ")


def test_heading_for_the_target_is_told_with_when_it_is_met(world: World) -> None:
    adoption(steady(), target=82.0, direction="down")
    (one,) = [each for each in found(world) if each.rule == "heading"]
    assert one.tone == "better"
    assert one.text.startswith("Adoption has been heading for its target of 82 for 13 weeks, by about ")
    assert "at this pace it is met in about " in one.text


def test_a_corrected_value_of_a_past_period_is_told(world: World) -> None:
    kpi = adoption(weekly())
    record_values(kpi, {week(4): 250.0})
    texts = [one.text for one in found(world) if one.rule == "restated"]
    assert len(texts) == 1
    assert "was corrected for week" in texts[0]
    assert "250 instead of " in texts[0]


def test_what_worsened_comes_first_and_the_list_is_cut(world: World) -> None:
    adoption(weekly(step=14), "good")
    adoption(weekly(step=-14), "bad")
    assert [one.kpi.key for one in found(world)] == ["bad", "good"]
    assert [one.kpi.key for one in found(world, limit=1)] == ["bad"]


def test_a_dismissed_insight_stays_away_for_who_dismissed_it_and_comes_back(world: World) -> None:
    adoption(weekly(step=14))
    (one,) = found(world)
    dismiss(world.lea, one.key)
    assert found(world) == []
    assert len(found(world, "cem")) == 1
    (marked,) = found(world, with_dismissed=True)
    assert marked.is_dismissed
    restore_insight(world.lea, one.key)
    assert found(world) == [one]


def test_a_dismissed_deviation_is_the_same_a_week_later(world: World) -> None:
    values = dict(weekly(step=14))
    newest = values.pop(week(1))
    kpi = adoption(values)
    (one,) = found(world)
    dismiss(world.lea, one.key)
    record_values(kpi, {week(1): newest})
    assert found(world) == []


def test_only_what_one_may_see_is_told_of(world: World) -> None:
    kpi = adoption(weekly(step=14), visibility="people")
    assert len(found(world, "lea")) == 1
    assert found(world, "otto") == []
    assert found(world, "lea", team=world.surgery) == []
    assert len(found(world, "lea", team=world.hospital)) == 1
    assert len(found(world, "lea", kpi=kpi)) == 1
    assert len(found(world, "lea", is_mine=True)) == 1


def test_a_past_day_tells_what_was_known_then(world: World) -> None:
    with clock.writing_at(clock.now() - timedelta(days=400)):
        kpi = make_kpi("adoption", frequency="week", unit="count")
    Kpi.objects.filter(pk=kpi.pk).update(state="active")
    record_values(kpi, dict(weekly(step=14)))
    assert len(found(world)) == 1
    assert insights(world.lea, standpoint(people.today() - timedelta(days=2))) == []


def test_many_kpis_take_no_more_statements_than_one(world: World) -> None:
    adoption(weekly(step=14))
    with CaptureQueriesContext(connection) as one:
        found(world)
    for index in range(4):
        adoption(weekly(step=14, seed=index), f"adoption-{index}")
    with CaptureQueriesContext(connection) as many:
        assert len(found(world)) == 5
    assert len(many) <= len(one)


def test_a_kpi_that_worsens_offers_a_draft_in_planning(world: World) -> None:
    adoption(weekly(step=-14), target=100.0)
    adoption(weekly(step=14), "good")
    assert [one.kpi.key for one in worsening(world.lea, standpoint())] == ["adoption"]
    cycle = make_cycle()
    client = world.client("lea")
    assert f"/cycles/{cycle.key}/worsening" in client.get(f"/cycles/{cycle.key}/plan").content.decode()
    shown = client.get(f"/cycles/{cycle.key}/worsening").content.decode()
    assert f"?kpi=adoption&amp;cycle={cycle.key}" in shown
    assert "Good" not in shown.partition("<main")[2].partition("</main")[0].replace("Good to know", "")
    draft = client.get(f"/objectives/new?kpi=adoption&cycle={cycle.key}").content.decode()
    assert "Adoption from " in draft


def test_a_kpi_with_a_key_result_in_the_cycle_is_not_offered_again(world: World) -> None:
    kpi = adoption(weekly(step=-14), target=100.0)
    objective = make_objective("Win them back")
    make_key_result(objective, metric=kpi.metric, terms={"baseline": 80.0, "target": 100.0})
    shown = world.client("lea").get(f"/cycles/{objective.cycle.key}/worsening").content.decode()  # type: ignore[union-attr]
    assert "Win them back" in shown
    assert "Draft an objective" not in shown


def test_the_page_shows_dismisses_and_brings_back(world: World) -> None:
    kpi = adoption(weekly(step=14))
    add_marker(world.ada, kpi.metric, start=hour_of(week_start(6)), label="Training of all wards")
    client = world.client("lea")
    (one,) = found(world)
    assert unbroken(one.text) in client.get("/alerts/insights").content.decode()
    beside = client.get("/alerts/insights?kpi=adoption", headers={"HX-Request": "true"}).content.decode()
    assert beside.lstrip().startswith('<section id="insights"')
    assert client.post(f"/alerts/insights/{one.key}/dismissal", {"next": "/kpis/adoption/"}).headers["Location"] == (
        "/kpis/adoption/"
    )
    assert "Dismissed by you" in client.get("/alerts/insights").content.decode()
    beside = client.get("/alerts/insights?kpi=adoption", headers={"HX-Request": "true"}).content.decode()
    assert beside.strip() == '<div id="insights"></div>'
    assert client.post(f"/alerts/insights/{one.key}/restoral").status_code == 302
    assert found(world) == [one]
    assert world.client("otto").post("/alerts/insights/heading:no-such:away:1/dismissal").status_code == 404


def test_beside_a_kpi_stands_only_what_its_page_does_not_say_itself(world: World) -> None:
    adoption(weekly(step=14))
    client = world.client("lea")
    for asked, is_told in (("?kpi=adoption", False), ("?team=emergency", True)):
        beside = client.get(f"/alerts/insights{asked}", headers={"HX-Request": "true"}).content.decode()
        assert ("Adoption has been" in beside) is is_told


def test_pages_ask_for_their_insights(world: World) -> None:
    adoption(weekly())
    client = world.client("lea")
    assert "/alerts/insights?kpi=adoption" in client.get("/kpis/adoption/").content.decode()
    assert "/alerts/insights?team=emergency" in client.get("/teams/emergency").content.decode()
    assert "/alerts/insights?mine=1" in client.get("/").content.decode()
