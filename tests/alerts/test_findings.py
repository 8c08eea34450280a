"""Deviations and unusual values as alerts: what the one judge of a series found, told once."""

from __future__ import annotations

import numpy as np

from sextant.alerts import commands
from sextant.alerts.evaluating import evaluate
from sextant.alerts.models import Alert, RuleFailure
from sextant.alerts.sentences import Teller
from sextant.kpis.models import Kpi
from tests.alerts.episodes import look, the_alert, values, watched
from tests.make import make_kpi
from tests.world import World

STEADY = [round(100 + float(one), 2) for one in np.random.default_rng(5).normal(0, 2, 60)]


def without_target(key: str = "calls", **changes: object) -> Kpi:
    return make_kpi(key, active=True, **({"frequency": "week", "unit": "number"} | changes))


def test_a_steady_kpi_raises_nothing(world: World) -> None:
    kpi = without_target()
    values(kpi, *STEADY)
    assert look(kpi) == 0
    assert not RuleFailure.objects.exists()


def test_a_fall_is_told_once_with_size_window_and_surprise(world: World) -> None:
    kpi = without_target()
    values(kpi, *STEADY, 84, 85, 84, 83)
    look(kpi)
    alert = the_alert(kpi, "deviation")
    assert alert.evidence["side"] == "below"
    assert -20 < alert.evidence["gap"] < -10
    teller = Teller()
    sentence = teller.sentence(alert)
    assert "below what season and trend led us to expect" in sentence
    assert "1" in teller.how_sure(alert) or "once" in teller.how_sure(alert)
    assert look(kpi) == 0


def test_a_change_for_the_better_raises_nothing_unless_it_is_asked_for(world: World) -> None:
    kpi = without_target()
    values(kpi, *STEADY, 116, 115, 116, 117)
    assert look(kpi) == 0
    commands.set_rule(world.lea, "deviation", settings={"side": "both"}, reason="We learn from both", kpi=kpi)
    look(kpi)
    assert the_alert(kpi).evidence["is_adverse"] is False


def test_one_fall_that_also_misses_the_target_is_one_alert_that_tells_both(world: World) -> None:
    kpi = watched(unit="number")
    values(kpi, *STEADY, 60, 61, 60, 59)
    look(kpi)
    alert = the_alert(kpi)
    assert alert.rule == "red_flag"
    assert alert.evidence["finding"]["side"] == "below"
    assert "led us to expect" in Teller().sentence(alert)
    assert Alert.objects.count() == 1


def test_a_fall_long_after_the_target_was_missed_is_news_of_its_own(world: World) -> None:
    kpi = watched(unit="number", targets={"target": 150.0})
    values(kpi, *STEADY, back=4)
    look(kpi)
    assert the_alert(kpi).rule == "target_crossed"
    values(kpi, 84, 85, 84, 83)
    look(kpi)
    assert the_alert(kpi, "deviation").since > the_alert(kpi, "target_crossed").start


def test_a_wider_budget_is_heard_in_the_place_it_is_set_for(world: World) -> None:
    kpi = without_target()
    commands.set_rule(world.ada, "deviation", settings={"budget": 0.001}, reason="Only what is certain")
    values(kpi, *STEADY, 90)
    evaluate([kpi.metric_id])
    strict = Alert.objects.count()
    commands.set_rule(world.lea, "deviation", settings={"budget": 40}, reason="We look at everything", kpi=kpi)
    evaluate([kpi.metric_id])
    assert (strict, Alert.objects.count()) == (0, 1)


def test_a_correction_within_a_deviation_keeps_the_old_and_the_new_evidence(world: World) -> None:
    kpi = without_target()
    values(kpi, *STEADY, 84, 85, 84, 83)
    look(kpi)
    before = the_alert(kpi, "deviation").evidence
    values(kpi, 70, back=1)
    look(kpi)
    alert = the_alert(kpi, "deviation")
    step = alert.steps.get(kind="restated")
    assert step.evidence["corrected"][0]["value"] == 84
    assert step.evidence["before"]["actual"] == before["actual"]
    assert look(kpi) == 0


def test_a_correction_that_undoes_a_deviation_says_so_before_it_ends(world: World) -> None:
    kpi = without_target()
    values(kpi, *STEADY, 84, 85, 84, 83)
    look(kpi)
    for back in range(4):
        values(kpi, 100 + back, back=back)
    look(kpi)
    alert = Alert.objects.get(rule="deviation")
    assert [step.kind for step in alert.steps.all()] == ["opened", "restated", "recovered"]


def test_a_value_that_stands_out_passes_without_a_note(world: World) -> None:
    kpi = without_target(frequency="day")
    values(kpi, *STEADY, 55, frequency="day", back=1)
    look(kpi)
    assert "stands out" in Teller().sentence(the_alert(kpi, "unusual"))
    values(kpi, 100.5, frequency="day")
    look(kpi)
    assert Alert.objects.get(rule="unusual").closed_how == "passed"


def test_a_value_that_stands_out_joins_the_red_flag_that_is_up(world: World) -> None:
    kpi = watched(frequency="day", unit="number", targets={"target": 120.0, "red_flag": 110.0})
    values(kpi, *STEADY, frequency="day", back=1)
    look(kpi)
    flag = the_alert(kpi, "red_flag")
    values(kpi, 55, frequency="day")
    look(kpi)
    alert = the_alert(kpi)
    assert (alert.pk, alert.evidence["unusual"]["actual"]) == (flag.pk, 55.0)
    assert "stands out: 55" in Teller().sentence(alert)
    assert look(kpi) == 0
    commands.close(world.lea, alert, reason="We know why")
    assert look(kpi) == 0
    assert not Alert.objects.filter(closed_at=None).exists()


def test_a_value_that_stands_out_for_the_better_stands_beside_a_red_flag(world: World) -> None:
    kpi = watched(frequency="day", unit="number", targets={"target": 200.0, "red_flag": 180.0})
    commands.set_rule(world.lea, "unusual", settings={"side": "both"}, reason="We learn from both", kpi=kpi)
    values(kpi, *STEADY, frequency="day", back=1)
    look(kpi)
    values(kpi, 150, frequency="day")
    look(kpi)
    assert {one.rule for one in Alert.objects.filter(closed_at=None)} == {"red_flag", "unusual"}


def test_extreme_series_are_looked_at_without_a_fault(world: World) -> None:
    series = {
        "constant": [5.0] * 40, "one-point": [1.0], "huge": [1e300, -1e300] * 20, "holes": [None] * 39 + [3.0],
        "signs": [(-1.0) ** index * index for index in range(40)],
    }  # fmt: skip
    for key, figures in series.items():
        values(without_target(key), *figures)
    evaluate()
    assert not RuleFailure.objects.exists()


def test_a_fall_that_stays_is_one_alert_however_often_the_detector_finds_it(world: World) -> None:
    kpi = watched(grace_days=120)
    values(kpi, *[95, 93, 94, 96] * 6, back=6)
    look(kpi)
    for back in reversed(range(6)):
        values(kpi, 60, back=back)
        look(kpi)
    assert [alert.rule for alert in Alert.objects.all()] == ["red_flag"]
