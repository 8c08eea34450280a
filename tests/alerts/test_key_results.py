"""Key results as alerts: behind their path, or nobody checked in."""

from __future__ import annotations

from datetime import timedelta

from sextant.alerts import commands
from sextant.alerts.evaluating import evaluate_key_results, sweep
from sextant.alerts.models import Alert
from sextant.alerts.sentences import Teller
from sextant.core.jobs import run_due
from sextant.notifications.models import Notification
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.models import KeyResult
from tests.make import day, make_key_result, make_objective, record_values, start
from tests.okrs.running import check_in_day
from tests.world import World


def running(world: World, **changes: object) -> KeyResult:
    """A key result from 60 to 20, half of its cycle gone, whose owner leads the team."""
    objective = make_objective(**changes)
    made = make_key_result(objective, owner=world.person("cem"))
    start(objective)
    return KeyResult.objects.get(pk=made.pk)


def at(key_result: KeyResult, value: float) -> None:
    assert key_result.metric is not None
    record_values(key_result.metric, {day(-7).strftime("%G-W%V"): value})


def test_a_key_result_far_behind_its_path_is_unlikely_and_its_owner_hears(world: World) -> None:
    key_result = running(world)
    at(key_result, 58)
    evaluate_key_results(rules=("unlikely",))
    run_due()
    alert = Alert.objects.get()
    assert (alert.rule, alert.key_result, alert.owner) == ("unlikely", key_result, world.person("cem"))
    assert "%" in Teller().sentence(alert)
    assert set(Notification.objects.values_list("person__email", flat=True)) == {
        "cem@hospital.example", "lea@hospital.example",
    }  # fmt: skip
    assert evaluate_key_results(rules=("unlikely",)) == 0


def test_it_recovers_when_it_keeps_pace_and_not_in_between(world: World) -> None:
    key_result = running(world)
    at(key_result, 58)
    evaluate_key_results(rules=("unlikely",))
    at(key_result, 43)
    evaluate_key_results(rules=("unlikely",))
    assert Alert.objects.get().state == "open", "at risk is neither"
    at(key_result, 30)
    evaluate_key_results(rules=("unlikely",))
    assert Alert.objects.get().closed_how == "recovered"


def test_an_objective_that_is_closed_ends_its_alerts(world: World) -> None:
    key_result = running(world)
    at(key_result, 58)
    evaluate_key_results(rules=("unlikely",))
    objective = key_result.objective
    objective.state = "closed"
    objective.save()
    evaluate_key_results()
    assert set(Alert.objects.values_list("closed_how", flat=True)) == {"retired"}


def test_a_check_in_is_late_until_somebody_says_something(world: World) -> None:
    key_result = running(world)
    KeyResult.objects.update(published_at=key_result.published_at - timedelta(days=40))  # type: ignore[operator]
    check_in_day(day(-1).weekday())
    sweep()
    alert = Alert.objects.get(rule="check_in_late")
    assert "was due on" in Teller().sentence(alert)
    check_in_day(day(2).weekday())
    assert sweep() == 0, "the next check-in is asked for, and still nobody said anything"
    alert.refresh_from_db()
    assert alert.state == "open"
    check_in(world.cem, key_result, value=58.0, confidence=4, note="Slow")
    evaluate_key_results([key_result.pk])
    alert.refresh_from_db()
    assert alert.closed_how == "recovered"


def test_what_is_private_tells_its_owner_alone(world: World) -> None:
    from sextant.people.models import Organisation

    Organisation.objects.update(personal_objectives=True)
    key_result = running(world)
    objective = key_result.objective
    objective.visibility, objective.owner = "private", world.person("cem")
    objective.save()
    at(key_result, 58)
    evaluate_key_results(rules=("unlikely",))
    run_due()
    assert set(Notification.objects.values_list("person__email", flat=True)) == {"cem@hospital.example"}
    from sextant.alerts.queries.inbox import inbox

    assert inbox(world.ada).total == 0
    assert inbox(world.cem).total == 1


def test_the_threshold_of_a_chance_can_be_set_and_is_checked(world: World) -> None:
    key_result = running(world)
    row = commands.set_rule(world.lea, "unlikely", settings={"below": 0.2}, reason="We aim high", key_result=key_result)
    assert row.settings == {"below": 0.2}


def test_a_low_chance_is_told_as_one_and_a_better_one_has_to_come_by_a_margin(world: World) -> None:
    from sextant.alerts.key_result_looks import look_at_chance
    from sextant.calc.episodes import CLEAR, HOLDS, UNDECIDED
    from sextant.forecasts.commands import refresh
    from sextant.metrics.queries.standpoint import standpoint
    from sextant.okrs.queries.standing import key_result_standing

    key_result = running(world)
    assert key_result.metric is not None
    figures = {day(-7 * back).strftime("%G-W%V"): 58.0 + back % 3 for back in range(1, 60)}
    record_values(key_result.metric, figures)
    refresh([key_result.metric.pk])
    evaluate_key_results(rules=("unlikely",))
    alert = Alert.objects.get()
    assert alert.evidence["chance"] < 0.3
    assert "the chance of reaching" in Teller().sentence(alert)
    assert Teller().how_sure(alert).startswith("chance ")
    standing = key_result_standing(key_result, standpoint())
    chances = {0.2: HOLDS, 0.35: UNDECIDED, 0.45: CLEAR}
    for chance, verdict in chances.items():
        standing.__dict__["chance"] = chance
        assert look_at_chance(standing, 0.3).check.verdict == verdict
