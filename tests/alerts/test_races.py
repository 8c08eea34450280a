"""Alerts under several hands at once: workers, people, and a rule that is set while it is evaluated."""

from __future__ import annotations

import pytest

from sextant.alerts import commands
from sextant.alerts.evaluating import evaluate
from sextant.alerts.models import Alert, AlertStep, Response
from sextant.alerts.telling import tell
from sextant.core.models import Event
from sextant.notifications.models import Notification
from tests.alerts.episodes import the_alert, values, watched
from tests.at_once import at_once, problems_of
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_make_one_alert_with_one_response_and_one_notice(real: World) -> None:
    kpi = watched()
    values(kpi, 60)
    assert problems_of(at_once(*[lambda: evaluate([kpi.metric_id])] * 4)) == []
    assert problems_of(at_once(*[tell] * 3)) == []
    assert Alert.objects.count() == Response.objects.count() == Notification.objects.count() == 1
    assert Event.objects.filter(name="alert.opened").count() == 1


def test_two_people_who_take_note_at_once_are_one_note(real: World) -> None:
    kpi = watched()
    values(kpi, 60)
    evaluate([kpi.metric_id])
    alerts = [Alert.objects.get() for _ in range(2)]
    acts = [
        lambda actor=actor, alert=alert: commands.acknowledge(actor, alert)
        for actor, alert in zip((real.lea, real.cem), alerts, strict=True)
    ]
    assert problems_of(at_once(*acts)) == []
    assert AlertStep.objects.filter(kind="acknowledged").count() == 1


def test_a_recovery_while_somebody_takes_note_ends_it_either_way(real: World) -> None:
    kpi = watched()
    values(kpi, 60)
    evaluate([kpi.metric_id])
    alert = the_alert(kpi)
    values(kpi, 95)
    outcome = problems_of(at_once(lambda: evaluate([kpi.metric_id]), lambda: commands.acknowledge(real.lea, alert)))
    assert outcome in ([], ["alert-closed"])
    assert Alert.objects.get().closed_how == "recovered"


def test_a_rule_set_twice_at_once_stands_once(real: World) -> None:
    kpi = watched()
    acts = [
        lambda days=days: commands.set_rule(
            real.lea, "red_flag", settings={"response_days": days}, reason="Fast", kpi=kpi
        )
        for days in (2, 3)
    ]
    assert problems_of(at_once(*acts)) == []
    from sextant.alerts.models import AlertRule

    assert AlertRule.objects.filter(superseded_at=None).count() == 1
    assert AlertRule.objects.count() == 2
