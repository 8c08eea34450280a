"""Lives that go on by the rules: late and corrected values, people who leave, workers that die."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.core.actors import Actor
from sextant.core.jobs import run_due
from sextant.core.models import Event
from sextant.kpis.commands import activate_kpi, archive_kpi, retire_kpi, set_target
from sextant.kpis.models import Kpi
from sextant.lifecycle import carrying_out, evaluating, looking
from sextant.lifecycle.commands import promote, replan, set_aside, undo
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.metrics.commands import archive_metric
from sextant.notifications.models import Notification
from sextant.okrs.commands.closing import close_objective, reopen_objective
from sextant.okrs.commands.key_results import archive_key_result
from sextant.okrs.models import Closure
from sextant.people.models import Person
from tests.lifecycle.weeks import (
    Hand,
    at_work,
    come,
    log,
    measured,
    newest,
    start_of,
    state,
    the_promotion,
    week_by_week,
)
from tests.make import admin, make_key_result, make_kpi, make_metric, record_values
from tests.world import World


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


# Values that come late or are corrected


def test_a_correction_that_would_have_restored_it_last_week_is_told_and_rewrites_nothing(
    world: World, hand: Hand
) -> None:
    kpi = at_work(world, hand, 99, 99, 60, 50)
    before = list(Transition.objects.order_by("pk").values())
    assert log(kpi) == ["suspected", "promoted", "restoring", "slipped"]
    come(kpi, 99.5, back=1)
    assert log(kpi)[4:] == ["restated"]
    told = Transition.objects.latest("pk")
    assert (told.rule, told.evidence["periods"]) == ("would-have-reverted", [start_of(kpi, back) for back in (3, 2, 1)])
    assert list(Transition.objects.order_by("pk").values())[:4] == before
    assert (state(kpi), the_promotion(kpi).ended_at) == ("promoted", None)
    assert Notification.objects.filter(notice="lifecycle_restated", person=world.person("lea")).count() == 1
    week_by_week(hand, kpi, 50)
    assert log(kpi)[5:] == [], "it is told once"


def test_a_late_value_that_fills_the_row_restores_it_at_once(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99)
    hand.on(weeks=1)
    week_by_week(hand, kpi, 99)
    assert state(kpi) == "restoring", "a week without a value proves nothing"
    come(kpi, 99, back=1)
    assert log(kpi)[2:] == ["restoring", "reverted"]


def test_a_week_that_did_not_apply_breaks_no_row_of_the_exit_rule(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99, 99)
    hand.on(weeks=1)
    record_values(kpi, {newest(kpi): "n/a"})
    week_by_week(hand, kpi, 99)
    assert state(kpi) == "watched"


def test_a_correction_that_takes_the_proof_away_is_told_and_changes_nothing_else(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99, 99, 99)
    promotion = Promotion.objects.values().get()
    life = Life.objects.get(kpi=kpi)
    come(kpi, 40, back=1)
    assert log(kpi)[3:] == ["reverted", "restated"]
    told = Transition.objects.latest("pk")
    assert (told.rule, told.evidence["periods"]) == ("proof-corrected", [start_of(kpi, 1)])
    assert Promotion.objects.values().get() == promotion
    now = Life.objects.get(kpi=kpi)
    assert (now.state, now.since, now.ends, now.proof) == (life.state, life.since, life.ends, life.proof)
    come(kpi, 99, back=1)
    assert len(log(kpi)) == 5


def test_taking_a_restoration_back_and_the_same_values_do_not_restore_it_again(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99, 99, 99)
    promotion, objective = the_promotion(kpi), the_promotion(kpi).key_result.objective
    assert objective.state == "closed"
    undo(world.lea, Transition.objects.get(kind="reverted"), reason="Measured wrongly.")
    run_due()
    assert evaluate() == 0
    promotion.refresh_from_db()
    objective.refresh_from_db()
    assert (state(kpi), promotion.ended_at, promotion.outcome) == ("restoring", None, "")
    assert (objective.state, promotion.key_result.closed_at) == ("active", None)
    assert not Closure.objects.filter(superseded_at=None).exists()
    week_by_week(hand, kpi, 99, 99)
    assert state(kpi) == "restoring", "the periods that were taken back count no more"
    week_by_week(hand, kpi, 99)
    assert (state(kpi), the_promotion(kpi).outcome) == ("watched", "reverted")


def test_a_relapse_in_the_watch_is_named_and_the_watch_ends_well_without_one(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99, 99, 99, weeks=4)
    ends = Life.objects.get(kpi=kpi).ends
    week_by_week(hand, kpi, 50, 50)
    assert state(kpi) == "watched"
    week_by_week(hand, kpi, 50)
    assert (log(kpi)[-1], Life.objects.get(kpi=kpi).origin) == ("relapsed", "relapse")
    assert Notification.objects.filter(notice="lifecycle_relapsed").count() == 1
    week_by_week(hand, kpi, 99)
    assert (log(kpi)[-1], state(kpi), Life.objects.get(kpi=kpi).ends) == ("cleared", "watched", ends)
    week_by_week(hand, kpi, 99, 99, 99, 99, 99)
    assert (log(kpi)[-1], state(kpi)) == ("watch_ended", "monitored")


# Targets, findings


def test_a_target_of_its_own_decides_and_not_that_of_the_kpi(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 82, 83, target=80.0)
    assert the_promotion(kpi).has_own_target
    assert state(kpi) == "restoring"
    replan(world.lea, the_promotion(kpi), ends_on=hand.day + timedelta(weeks=9), target=85.0, reason="More is needed.")
    week_by_week(hand, kpi, 86, 84, 86, 86)
    assert state(kpi) == "restoring"
    week_by_week(hand, kpi, 86)
    assert log(kpi)[-1] == "reverted"
    week_by_week(hand, kpi, 86, 86, 86, 86)
    assert log(kpi)[-1] == "reverted", "off the KPI's target as before, and no relapse"
    come(kpi, 84, back=5)
    assert Transition.objects.latest("pk").rule == "proof-corrected"
    week_by_week(hand, kpi, 80, 80, 80)
    assert log(kpi)[-1] == "relapsed"


@pytest.mark.parametrize(
    ("direction", "target", "good", "bad"),
    [
        ("up", {"target": 90.0}, 90.0, 89.0), ("down", {"target": 5.0}, 5.0, 6.0),
        ("within", {"low": 4.0, "high": 8.0}, 8.0, 9.0), ("within", {"low": 4.0, "high": 8.0}, 4.0, 3.0),
        ("up", {"target": 90.0, "red_flag": 50.0}, 60.0, 40.0),
    ],
)  # fmt: skip
def test_three_periods_off_target_are_a_suspicion_whatever_the_direction(
    world: World, hand: Hand, direction: str, target: dict[str, float], good: float, bad: float
) -> None:
    kpi = make_kpi("any", active=True, frequency="week", unit="number", direction=direction)
    set_target(admin(), kpi, **target)
    record_values(kpi, {newest(kpi, 3): good, newest(kpi, 2): bad, newest(kpi, 1): bad, newest(kpi): good})
    assert evaluate() == 0
    record_values(kpi, {newest(kpi): bad})
    assert evaluate() == 1
    assert (log(kpi), state(kpi)) == (["suspected"], "suspected")


def test_a_calculated_kpi_is_suspected_and_restored_like_any_other(world: World, hand: Hand) -> None:
    made = make_metric("made", frequency="week")
    kpi = make_kpi("double", active=True, frequency="week", unit="count", formula="[made] * 2", direction="up")
    set_target(admin(), kpi, target=100.0)
    for value in (40, 40, 40):
        hand.on(weeks=1)
        record_values(made, {newest(kpi): value})
        run_due()
    promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=9), accept_doubts=True)
    for value in (50, 51, 52):
        hand.on(weeks=1)
        record_values(made, {newest(kpi): value})
        run_due()
    assert log(kpi) == ["suspected", "promoted", "restoring", "reverted"]


def test_a_change_for_the_worse_is_a_suspicion_although_the_target_is_met(world: World, hand: Hand) -> None:
    kpi = measured(target=10.0, red_flag=None)
    values = [50 + (index * 7 % 5) for index in range(40)] + [30, 31, 29, 30, 31]
    record_values(kpi, {newest(kpi, len(values) - 1 - index): one for index, one in enumerate(values)})
    run_due()
    suspicion = Transition.objects.get(kpi=kpi)
    assert (suspicion.kind, suspicion.rule) == ("suspected", "adverse-finding")
    assert suspicion.evidence["finding"] == start_of(kpi, 4)
    set_aside(world.lea, kpi, reason="A new way of counting.")
    run_due()
    assert evaluate() == 0
    assert state(kpi) == "monitored"


def test_a_suspicion_that_somebody_set_aside_stays_so_for_years(world: World, hand: Hand) -> None:
    kpi = measured(frequency="day")
    record_values(kpi, {newest(kpi, back): 50.0 for back in range(20)})
    run_due()
    set_aside(world.lea, kpi, reason="Known.")
    hand.on(days=400)
    record_values(kpi, {newest(kpi, back): 50.0 for back in range(400)})
    run_due()
    assert log(kpi) == ["suspected", "set_aside"]


# People, and what they close


def test_the_lead_hears_of_a_restoration_when_the_owner_has_left(world: World, hand: Hand) -> None:
    kpi = measured(owner=world.person("cem"))
    week_by_week(hand, kpi, 50, 50, 50)
    promote(world.lea, kpi, why="Too low.", ends_on=hand.day + timedelta(weeks=10))
    assert the_promotion(kpi).owner == world.person("cem")
    Person.objects.filter(name="Cem Contributor").update(archived_at=hand.moment)
    week_by_week(hand, kpi, 99, 99, 99)
    heard = Notification.objects.filter(notice="lifecycle_reverted").values_list("person__name", flat=True)
    assert list(heard) == ["Lea Lead"]


def archive_its_metric(actor: Actor, kpi: Kpi) -> None:
    archive_metric(actor, kpi.metric)


@pytest.mark.parametrize("gone", [retire_kpi, archive_kpi, archive_its_metric])
def test_a_kpi_that_is_retired_while_it_is_promoted_ends_its_promotion(world: World, hand: Hand, gone: Any) -> None:
    kpi = at_work(world, hand, 99)
    gone(world.lea, kpi)
    run_due()
    promotion = the_promotion(kpi)
    assert (log(kpi)[-1], state(kpi), promotion.outcome) == ("retired", "monitored", "retired")
    assert promotion.key_result.closed_at == hand.moment
    assert "not watched any more" in Closure.objects.get().outcome
    hand.on(weeks=1)
    record_values(kpi, {newest(kpi): 40})
    run_due()
    assert log(kpi)[-1] == "retired"


def test_a_retired_kpi_that_comes_back_begins_a_life_of_its_own(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99)
    retire_kpi(world.lea, kpi)
    run_due()
    activate_kpi(world.lea, kpi)
    week_by_week(hand, kpi, 50, 50, 50)
    assert log(kpi)[-2:] == ["retired", "suspected"]


def test_closing_the_objective_or_archiving_the_key_result_ends_the_promotion(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 80)
    objective = the_promotion(kpi).key_result.objective
    close_objective(
        admin(), objective, outcome="Given up.", learning="It was the wrong thing.", decision="drop", items={}
    )
    run_due()
    first = the_promotion(kpi)
    assert (first.outcome, log(kpi)[2:]) == ("withdrawn", ["withdrawn", "suspected"])
    assert Transition.objects.get(kind="withdrawn").rule == "key-result-closed"
    promotion = promote(world.lea, kpi, why="Once more.", ends_on=hand.day + timedelta(weeks=9))
    archive_key_result(admin(), promotion.key_result)
    run_due()
    assert the_promotion(kpi).outcome == "withdrawn"


def test_a_key_result_that_joined_an_objective_is_closed_alone(world: World, hand: Hand) -> None:
    kpi = measured()
    week_by_week(hand, kpi, 50, 50, 50)
    cycle_end = hand.day + timedelta(weeks=10)
    other = promote(world.lea, measured("calls"), why="First.", ends_on=cycle_end, accept_doubts=True)
    objective = other.key_result.objective
    promotion = promote(world.lea, kpi, why="Too.", ends_on=cycle_end, objective=objective)
    week_by_week(hand, kpi, 99, 99, 99)
    promotion.key_result.refresh_from_db()
    objective.refresh_from_db()
    assert promotion.key_result.closed_at is not None
    assert (objective.state, Closure.objects.count()) == ("active", 0)
    closed_at = promotion.key_result.closed_at
    hand.on(days=1)
    close_objective(admin(), objective, outcome="Done.", learning="Something.", decision="drop", items={})
    promotion.key_result.refresh_from_db()
    assert promotion.key_result.closed_at == closed_at, "closing the rest does not move the day it was restored"
    reopen_objective(admin(), objective, reason="Too early.")
    promotion.key_result.refresh_from_db()
    assert promotion.key_result.closed_at == closed_at


def test_an_objective_made_for_it_that_has_more_key_results_by_now_stays_open(world: World, hand: Hand) -> None:
    kpi = at_work(world, hand, 99, 99)
    objective = the_promotion(kpi).key_result.objective
    make_key_result(objective)
    week_by_week(hand, kpi, 99)
    objective.refresh_from_db()
    assert (the_promotion(kpi).outcome, objective.state) == ("reverted", "active")


# Workers


def test_a_worker_that_dies_between_look_and_write_leaves_nothing_and_the_next_one_does_it_all(
    world: World, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    kpi = at_work(world, hand, 99, 99)
    hand.on(weeks=1)
    record_values(kpi, {newest(kpi): 99})
    before = (list(Transition.objects.values()), list(Promotion.objects.values()), Event.objects.count())

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(evaluating, "_move_group", die)
        with pytest.raises(KeyboardInterrupt):
            evaluate()
    with monkeypatch.context() as patch:
        patch.setattr(carrying_out, "tell", die)
        with pytest.raises(KeyboardInterrupt):
            evaluate()
    assert (list(Transition.objects.values()), list(Promotion.objects.values()), Event.objects.count()) == before
    assert evaluate() == 1
    assert evaluate() == 0
    assert log(kpi)[2:] == ["restoring", "reverted"]


def test_looking_at_more_kpis_takes_no_more_statements(world: World, hand: Hand) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert evaluate() == 0
        return len(seen)

    made = [measured(f"kpi-{index}") for index in range(3)]
    for kpi in made:
        record_values(kpi, {newest(kpi, back): 99.5 for back in range(4)})
    few = statements()
    for kpi in [measured(f"more-{index}") for index in range(9)]:
        record_values(kpi, {newest(kpi, back): 99.5 for back in range(4)})
    assert statements() == few


def test_what_stumbles_over_one_series_lets_the_others_go_on(
    world: World, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = measured("broken"), measured("sound")
    real = looking.series_many

    def read(metrics: Any, *args: Any, **more: Any) -> Any:
        if any(one.key == "broken" for one in metrics):
            raise ZeroDivisionError
        return real(metrics, *args, **more)

    for kpi in (broken, sound):
        record_values(kpi, {newest(kpi, back): 50.0 for back in range(3)})
    monkeypatch.setattr(looking, "series_many", read)
    assert evaluate() == 1
    assert (log(broken), log(sound)) == ([], ["suspected"])
