"""A key result that is met steadily goes on as a KPI, with its history, owner and source."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sextant.calc.periods import Frequency, label, period_of, shift
from sextant.core.errors import Refused
from sextant.kpis.commands import set_target
from sextant.kpis.models import Kpi, Target
from sextant.kpis.queries.standing import standing
from sextant.lifecycle.commands import graduate, undo
from sextant.lifecycle.models import Graduation, Transition
from sextant.lifecycle.queries.graduations import offer
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import KeyResult
from sextant.people import queries as people
from sextant.strategy.commands import create_cycle
from tests.lifecycle.weeks import Hand, log, measured, state, weeks_at_once
from tests.make import admin, make_key_result, make_objective, record_values, start
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def met(world: World, hand: Hand, *minutes: float, **changes: Any) -> KeyResult:
    """A running key result from 60 to 20 minutes with these values week by week."""
    cycle = create_cycle(admin(), "Spring", starts_on=hand.day, ends_on=hand.day + timedelta(days=90))
    objective = make_objective(cycle=cycle, theme=world.safety)
    key_result = make_key_result(objective, **changes)
    start(objective)
    for value in minutes:
        hand.on(weeks=1)
        record_values(key_result.metric, {last_week(): value})
    key_result.refresh_from_db()
    return key_result


def last_week() -> str:
    return label(shift(period_of(people.now_local(), Frequency.WEEK), -1))


def test_six_periods_in_a_row_are_offered_and_five_are_not(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19, 18, 19, 17, 19)
    assert not offer(key_result, standpoint()).is_offered
    hand.on(weeks=1)
    record_values(key_result.metric, {last_week(): 18})
    found = offer(key_result, standpoint())
    assert (found.is_offered, found.offer.rule, len(found.starts), found.needs) == (True, "periods-met", 6, ())
    assert found.sentence.startswith("Met for 6 weeks in a row")


def test_a_week_that_did_not_apply_breaks_no_row_and_one_without_a_value_does(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19, 18, 19)
    for told in ("n/a", 17, 19, 18):
        hand.on(weeks=1)
        record_values(key_result.metric, {last_week(): told})
    assert (offer(key_result, standpoint()).is_offered, offer(key_result, standpoint()).offer.met) == (True, 6)
    hand.on(weeks=2)
    record_values(key_result.metric, {last_week(): 18})
    assert offer(key_result, standpoint()).offer.met == 1


def test_history_owner_and_theme_carry_over_and_no_value_is_copied(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19, 18, 19, 17, 19, 18)
    before = list(Measurement.objects.order_by("pk").values())
    made = graduate(world.lea, key_result, why="It holds.", response_plan="Open a second desk.")
    kpi = Kpi.objects.get(pk=made.kpi_id)
    assert (kpi.state, kpi.metric_id, kpi.response_plan) == ("active", key_result.metric_id, "Open a second desk.")
    assert (kpi.metric.owner, kpi.metric.theme) == (world.person("lea"), world.safety)
    assert list(Measurement.objects.order_by("pk").values()) == before
    stand = standing(kpi, standpoint())
    assert (stand.status, stand.target.target if stand.target else None) == ("on_target", 20.0)
    assert (state(kpi), log(kpi)) == ("watched", ["graduated"])
    assert Transition.objects.get(kpi=kpi).evidence["periods"] == list(offer(key_result, standpoint()).starts)
    assert not offer(key_result, standpoint()).is_offered


def test_a_relapse_after_it_is_named_so(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19, 18, 19, 17, 19, 18)
    kpi = graduate(world.lea, key_result).kpi
    weeks_at_once(hand, kpi, 40, 40, 40)
    assert log(kpi) == ["graduated", "relapsed"]


def test_what_an_active_kpi_would_lack_is_said_and_nothing_is_made(world: World, hand: Hand) -> None:
    cycle = create_cycle(admin(), "Spring", starts_on=hand.day, ends_on=hand.day + timedelta(days=90))
    key_result = make_key_result(make_objective(cycle=cycle))
    assert offer(key_result, standpoint()).needs == ("reason",)
    with pytest.raises(Refused) as refusal:
        graduate(world.lea, key_result)
    assert [one.key for one in refusal.value.problems] == ["theme-or-reason-missing"]
    assert not Kpi.objects.exists()
    assert graduate(world.lea, key_result, reason="Long waits harm patients.").made_kpi


def test_on_a_kpi_it_is_only_watched_and_its_target_stays(world: World, hand: Hand) -> None:
    kpi = measured()
    objective = make_objective(
        cycle=create_cycle(admin(), "Spring", starts_on=hand.day, ends_on=hand.day + timedelta(days=90))
    )
    terms = {"baseline": 90.0, "target": 99.5}
    key_result = make_key_result(objective, "Uptime to 99.5 %", metric=kpi.metric, terms=terms)
    start(objective)
    weeks_at_once(hand, kpi, *[99.8] * 6)
    targets = list(Target.objects.values_list("pk", "target", "superseded_at"))
    made = graduate(world.lea, key_result)
    assert not made.made_kpi
    assert list(Target.objects.values_list("pk", "target", "superseded_at")) == targets
    assert state(kpi) == "watched"


def test_a_key_result_graduates_once(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19)
    graduate(world.lea, key_result)
    with pytest.raises(Refused) as refusal:
        graduate(world.lea, key_result)
    assert [one.key for one in refusal.value.problems] == ["already-graduated"]


def test_steps_and_statements_do_not_graduate(world: World, hand: Hand) -> None:
    key_result = met(world, hand, kind="yes_no", title="The desk is open")
    assert not offer(key_result, standpoint()).is_offered
    with pytest.raises(Refused):
        graduate(world.lea, key_result)


def test_taking_it_back_leaves_the_key_result_its_number_and_it_can_graduate_again(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19, 18, 19, 17, 19, 18)
    made = graduate(world.lea, key_result)
    undo(world.lea, Transition.objects.get(kpi=made.kpi))
    kpi = Kpi.objects.get(pk=made.kpi_id)
    assert kpi.archived_at is not None
    assert kpi.metric.archived_at is None
    assert not Target.objects.filter(kpi=kpi, superseded_at=None).exists()
    assert (state(kpi), offer(key_result, standpoint()).is_offered) == ("monitored", True)
    again = graduate(world.lea, key_result)
    assert (again.pk, again.kpi_id, Graduation.objects.count()) == (made.pk, kpi.pk, 1)
    assert Kpi.objects.get(pk=kpi.pk).archived_at is None
    assert standing(Kpi.objects.get(pk=kpi.pk), standpoint()).status == "on_target"
    assert (again.kpi.metric.owner, again.kpi.metric.theme) == (world.person("lea"), world.safety)


def figures(kpi: Kpi) -> list[tuple[Any, ...]]:
    """The targets that stand."""
    rows = Target.objects.filter(kpi=kpi, superseded_at=None).order_by("pk")
    return list(rows.values_list("valid_from", "target", "red_flag", "reason"))


def on_a_kpi(hand: Hand) -> tuple[Kpi, KeyResult]:
    """A key result that was met for six weeks on a KPI whose target was set anew for the running week."""
    kpi = measured()
    cycle = create_cycle(admin(), "Spring", starts_on=hand.day, ends_on=hand.day + timedelta(days=90))
    objective = make_objective(cycle=cycle)
    key_result = make_key_result(objective, metric=kpi.metric, terms={"baseline": 90.0, "target": 99.5})
    start(objective)
    weeks_at_once(hand, kpi, *[99.8] * 6)
    running = period_of(people.now_local(), Frequency.WEEK).start
    set_target(admin(), kpi, valid_from=running, target=98.0, red_flag=94.0, reason="As agreed.")
    return kpi, key_result


def test_undoing_it_brings_a_target_back_that_it_replaced(world: World, hand: Hand) -> None:
    kpi, key_result = on_a_kpi(hand)
    before = figures(kpi)
    graduate(world.lea, key_result, target=99.5)
    assert [row[1:3] for row in figures(kpi)] == [(99.0, 95.0), (99.5, 94.0)]
    undo(world.lea, Transition.objects.get(kpi=kpi))
    assert figures(kpi) == before


def test_undoing_it_leaves_a_target_that_was_there_before_or_was_set_since(world: World, hand: Hand) -> None:
    kpi, key_result = on_a_kpi(hand)
    running = period_of(people.now_local(), Frequency.WEEK).start
    set_target(admin(), kpi, valid_from=running, target=99.5)
    before = figures(kpi)
    graduate(world.lea, key_result, target=99.5)
    undo(world.lea, Transition.objects.get(kpi=kpi))
    assert figures(kpi) == before
    graduate(world.lea, key_result, target=99.7)
    set_target(admin(), kpi, valid_from=running, target=99.0)
    since = figures(kpi)
    undo(world.lea, Transition.objects.filter(kpi=kpi, kind="graduated").latest("pk"))
    assert figures(kpi) == since


def test_undoing_it_takes_out_of_the_number_what_was_filled_in(world: World, hand: Hand) -> None:
    key_result = met(world, hand, 50, 19, 18, 19, 17, 19, 18)
    assert key_result.metric is not None
    before = Metric.objects.values("owner", "theme", "name", "direction").get(pk=key_result.metric_id)
    graduate(world.lea, key_result)
    assert Metric.objects.values("owner", "theme", "name", "direction").get(pk=key_result.metric_id) != before
    undo(world.lea, Transition.objects.get(kpi__metric=key_result.metric))
    assert Metric.objects.values("owner", "theme", "name", "direction").get(pk=key_result.metric_id) == before
