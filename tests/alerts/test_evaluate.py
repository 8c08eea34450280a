"""Rules over real values: what opens an alert, what ends it, and who hears of it."""

from __future__ import annotations

from sextant.alerts.models import Alert, AlertStep
from sextant.notifications.models import Notification
from tests.alerts.episodes import look, the_alert, values, watched
from tests.world import World


def test_a_missed_target_opens_one_alert_and_its_owner_hears_of_it(world: World) -> None:
    kpi = watched()
    values(kpi, 95, 94, 80)
    assert look(kpi) == 1
    alert = the_alert(kpi)
    assert (alert.rule, alert.state, alert.owner) == ("target_crossed", "open", world.person("lea"))
    assert alert.evidence["status"] == "watch"
    assert alert.since == alert.start
    assert Notification.objects.get(subject_kind="alert").person == world.person("lea")
    assert look(kpi) == 0


def test_ten_identical_bad_values_make_one_alert_and_a_recovery_one_note(world: World) -> None:
    kpi = watched()
    for back in reversed(range(1, 11)):
        values(kpi, 60, back=back)
        look(kpi)
    assert Alert.objects.count() == 1
    assert the_alert(kpi).rule == "red_flag"
    assert Notification.objects.count() == 1
    values(kpi, 95)
    look(kpi)
    assert Alert.objects.get().closed_how == "recovered"
    assert list(AlertStep.objects.values_list("kind", flat=True)) == ["opened", "recovered"]
    assert list(Notification.objects.order_by("id").values_list("notice", flat=True)) == [
        "alert_red_flag", "alert_recovered",
    ]  # fmt: skip
