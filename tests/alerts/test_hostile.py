"""What nobody expects: settings that are none, figures out of all bounds, looks at what was not there yet."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from sextant.alerts import commands
from sextant.alerts.models import Alert, AlertRule, AlertStep, Response, RuleFailure
from sextant.alerts.queries.inbox import alert, inbox
from sextant.alerts.queries.insights import insights
from sextant.alerts.queries.rules import failures
from sextant.alerts.sentences import Teller
from sextant.calc.periods import Calendar
from sextant.core.errors import Refused
from sextant.core.jobs import run_due
from sextant.core.models import Job
from sextant.kpis.models import Kpi
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import KeyResult
from sextant.people.queries import organisation, today
from tests.alerts.episodes import look, the_alert, values, watched
from tests.make import day, make_key_result, make_objective
from tests.world import World


@pytest.mark.parametrize("settings", [
    {"budget": 10**400}, {"open_after": 10**400}, {"below": 10**400}, {"budget": float("nan")}, {"people": [10**30]},
    {"people": [[1]]}, {"hears": [["owner"]]}, {"side": ["adverse"]}, {"budget": 0}, {"budget": -1}, {"on": "yes"},
    {"open_after": "3"}, {"open_after": [1]}, {"open_after": 1.5},
])  # fmt: skip
def test_a_setting_that_is_none_is_refused(world: World, settings: dict[str, object]) -> None:
    for rule in ("deviation", "unlikely", "red_flag"):
        with pytest.raises(Refused):
            commands.set_rule(world.ada, rule, settings=settings, reason="Because")


@pytest.mark.parametrize("figures", [[1e-300] * 30 + [1e300] * 4, [1e300, -1e300] * 16])
def test_figures_out_of_all_bounds_stop_no_other_kpi(world: World, figures: list[float]) -> None:
    wild, tame = watched("wild"), watched("tame")
    values(wild, *figures)
    values(tame, 95, 60)
    look()
    assert Alert.objects.filter(kpi=tame).exists()
    assert not RuleFailure.objects.exists()
    assert len(inbox(world.lea).lines) >= 1
    insights(world.lea, standpoint())


def test_a_failing_rule_names_nothing_private_to_an_administrator(world: World) -> None:
    objective = make_objective()
    key_result = make_key_result(objective)
    now = timezone.now()
    RuleFailure.objects.create(rule="unlikely", key_result=key_result, message="Lost", first_at=now, last_at=now)
    RuleFailure.objects.create(rule="unlikely", message="Lost", first_at=now, last_at=now)
    assert failures(world.ada).count() == 2
    objective.visibility, objective.owner = "private", world.person("cem")
    objective.save()
    assert [one.key_result for one in failures(world.ada)] == [None]


def test_an_answer_is_not_there_on_a_day_before_it_was_given(world: World) -> None:
    kpi = watched()
    values(kpi, 60)
    look(kpi)
    episode = the_alert(kpi)
    commands.answer_response(world.lea, episode.response, what="A second desk", due_on=today())
    then = timezone.now() - timedelta(days=10)
    Alert.objects.update(opened_at=then)
    AlertStep.objects.filter(kind="opened").update(known_at=then)
    Response.objects.update(opened_at=then)
    before, now = (alert(world.lea, episode.pk, standpoint(one)).response for one in (day(-6), None))
    assert before is not None
    assert now is not None
    assert (before.what, before.answered_at, before.answered_by, before.action_due_on) == ("", None, "", None)
    assert now.what == "A second desk"


def test_what_still_holds_when_a_mute_ends_is_told_though_no_value_came(world: World) -> None:
    kpi = watched()
    values(kpi, 60)
    look(kpi)
    commands.mute_rule(world.lea, "red_flag", reason="The move", until=today(), kpi=kpi)
    commands.mute_rule(world.lea, "target_crossed", reason="The move", until=today(), kpi=kpi)
    run_due()
    assert not Alert.objects.filter(closed_at=None).exists()
    waiting = Job.objects.filter(name="alerts.evaluate", state="waiting")
    zone = ZoneInfo(organisation().time_zone)
    assert {one.due_at.astimezone(zone).date() for one in waiting} == {today() + timedelta(days=1)}
    AlertRule.objects.filter(is_muted=True).update(until=today() - timedelta(days=1))
    waiting.update(due_at=timezone.now())
    run_due()
    assert the_alert(kpi).rule == "red_flag"


def test_a_mute_until_the_end_of_time_is_kept(world: World) -> None:
    kpi = watched()
    assert commands.mute_rule(world.lea, "late", reason="For ever", until=date.max, kpi=kpi).until == date.max


def test_a_gap_of_percentages_is_told_in_points_and_a_tiny_share_in_the_unit() -> None:
    def told(unit: str, **evidence: object) -> str:
        metric = Metric(name="Share", unit=unit, frequency="week")
        found = {"since": 496056, "found": 496224, "side": "below"} | evidence
        return Teller(calendar=Calendar()).sentence(Alert(rule="deviation", kpi=Kpi(metric=metric)), found)

    assert "12 points below" in told("percent", gap=-12.0, relative=-0.2)
    assert "20 % below" in told("number", gap=-12.0, relative=-0.2)
    assert "3 below" in told("number", gap=-3.0, relative=-0.003), "0 % would be no change"


def test_a_key_result_worse_than_where_it_began_is_not_so_many_percent_of_its_way() -> None:
    alert = Alert(rule="unlikely", key_result=KeyResult())
    evidence = {"value": 70.0, "target": 20.0, "pace": -0.5, "chance": None}
    assert Teller(calendar=Calendar()).sentence(alert, evidence) == (
        "It stands worse than where it began: 70 where 20 is aimed at."
    )


def test_an_insight_names_the_window_of_its_alert_and_does_not_last_when_values_stop(world: World) -> None:
    kpi = watched("stops", unit="number")
    values(kpi, *([95, 93, 94] * 10), 60, 61, 62, back=10)
    look(kpi)
    finding = the_alert(kpi).evidence["finding"]
    [one] = [one for one in insights(world.lea, standpoint()) if one.rule == "deviation"]
    assert one.first == finding["since"]
    assert "for 3 weeks, until" in one.text
