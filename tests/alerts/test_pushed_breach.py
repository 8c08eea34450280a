"""From a pushed value to an alert and its response, over HTTP and the background jobs (OR-4, OR-6)."""

from __future__ import annotations

from datetime import timedelta

from sextant.alerts.models import Alert, Response
from sextant.alerts.queries.waiting import unanswered
from sextant.core.jobs import run_due
from sextant.kpis.models import Kpi
from sextant.notifications.models import Notification
from sextant.people.queries import today
from tests.alerts.episodes import period, watched
from tests.doors.calls import Script, pusher
from tests.world import World


def push(call: Script, kpi: Kpi, value: float, back: int = 0) -> None:
    answer = call("POST", "/measurements", {"points": [{"metric": kpi.key, "period": period(back), "value": value}]})
    assert (answer.status, answer.body["rejected"]) == (200, [])
    run_due()


def test_a_pushed_breach_opens_its_response_with_the_next_run_of_the_worker(world: World) -> None:
    kpi = watched(response_plan="Open the second desk.")
    push(pusher(world), kpi, 60)
    response = Response.objects.get()
    assert (response.alert.kpi, response.plan, response.owner) == (kpi, "Open the second desk.", world.person("lea"))
    assert response.due_on == today() + timedelta(days=7)


def test_ten_identical_bad_values_make_one_alert_and_recovery_one_note(world: World) -> None:
    kpi, call = watched(grace_days=90), pusher(world)
    for back in reversed(range(1, 11)):
        push(call, kpi, 60, back)
    assert Alert.objects.count() == 1
    push(call, kpi, 95)
    assert Alert.objects.get().closed_how == "recovered"
    notices = Notification.objects.filter(person=world.person("lea")).values_list("notice", flat=True)
    assert sorted(notices) == ["alert_recovered", "alert_red_flag"]


def test_the_same_value_sent_ten_times_for_one_period_is_one_alert(world: World) -> None:
    kpi, call = watched(), pusher(world)
    for _ in range(10):
        push(call, kpi, 60)
    assert Alert.objects.count() == 1
    assert Notification.objects.count() == 1


def test_a_response_nobody_answered_is_on_the_list_of_the_pmo_after_its_day(world: World) -> None:
    kpi = watched()
    push(pusher(world), kpi, 60)
    assert unanswered(world.ada).responses == []
    Response.objects.update(due_on=today() - timedelta(days=3))
    [waiting] = unanswered(world.ada).responses
    assert (waiting.line.name, waiting.days_late) == (str(kpi), 3)


def test_a_mute_takes_effect_with_the_next_run_of_the_worker(world: World) -> None:
    from sextant.alerts import commands

    kpi = watched()
    push(pusher(world), kpi, 60)
    for rule in ("red_flag", "target_crossed"):
        commands.mute_rule(world.lea, rule, reason="Moving house", kpi=kpi)
    run_due()
    assert Alert.objects.get().closed_how == "muted"


def test_a_target_that_is_set_later_is_judged_at_once(world: World) -> None:
    from sextant.kpis.commands import set_target

    kpi = watched(targets={"target": 50.0})
    push(pusher(world), kpi, 60)
    assert not Alert.objects.exists()
    set_target(world.lea, kpi, target=80)
    run_due()
    assert Alert.objects.get().rule == "target_crossed"
