"""Rules over real values: what opens an alert, what ends it, and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sextant.alerts import commands
from sextant.alerts.evaluating import evaluate, recheck, sweep
from sextant.alerts.models import Alert, AlertStep, Response
from sextant.alerts.sentences import Teller
from sextant.core.jobs import run_due
from sextant.kpis.commands import activate_kpi, archive_kpi, retire_kpi, set_target
from sextant.notifications.models import Notification
from sextant.people.commands import archive_person
from sextant.people.models import Person
from tests.alerts.episodes import look, the_alert, values, watched
from tests.make import make_kpi
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


def test_years_of_bad_history_make_one_alert_about_now_that_says_since_when(world: World) -> None:
    kpi = watched()
    values(kpi, *[95] * 60, *[60] * 30)
    look(kpi)
    alert = the_alert(kpi)
    assert alert.evidence["periods"] == 30
    assert alert.start - alert.since == 29 * 7 * 24
    values(kpi, 95, back=0)
    look(kpi)
    assert Alert.objects.filter(closed_at=None).count() == 0


def test_a_missed_target_that_passes_the_red_flag_goes_on_as_one_alert_until_the_target_is_met(world: World) -> None:
    kpi = watched(grace_days=60)
    values(kpi, 80, back=4)
    look(kpi)
    values(kpi, 60, back=3)
    look(kpi)
    assert the_alert(kpi).rule == "red_flag"
    assert Alert.objects.get(rule="target_crossed").closed_how == "escalated"
    values(kpi, 80, back=2)
    look(kpi)
    between = the_alert(kpi)
    assert between.rule == "red_flag", "between target and red flag nothing has recovered"
    assert Teller().sentence(between).startswith("Misses its target since")
    assert ": 80" in Teller().sentence(between), "the newest value is said, not the one that passed the flag"
    values(kpi, 91, back=1)
    look(kpi)
    assert not Alert.objects.filter(closed_at=None).exists()
    notices = Notification.objects.order_by("id").values_list("notice", flat=True)
    assert list(notices) == ["alert", "alert_red_flag", "alert_recovered"]


def test_a_relapse_soon_after_a_recovery_is_named_as_such(world: World) -> None:
    kpi = watched()
    for back, value in ((3, 60), (2, 95), (1, 60)):
        values(kpi, value, back=back)
        look(kpi)
    first, second = Alert.objects.order_by("id")
    assert second.relapse_of == first
    assert second.steps.get().kind == "relapsed"


def test_patience_waits_for_so_many_periods(world: World) -> None:
    kpi = watched()
    for rule in ("red_flag", "target_crossed"):
        commands.set_rule(world.lea, rule, settings={"open_after": 3, "recover_after": 2}, reason="Noisy", kpi=kpi)
    values(kpi, 95, 60, 60, back=1)
    assert look(kpi) == 0
    values(kpi, 60)
    look(kpi)
    assert the_alert(kpi).evidence["periods"] == 3


def test_a_kpi_without_a_target_or_without_values_raises_nothing(world: World) -> None:
    bare = make_kpi("bare", active=True, frequency="week")
    values(bare, 1, 2, 3)
    empty = watched("empty")
    assert look() == 0
    assert not Alert.objects.filter(kpi__in=[bare, empty]).exists()


def test_drafts_raise_nothing_and_who_is_retired_ends_its_alerts(world: World) -> None:
    draft = make_kpi("draft-kpi", frequency="week")
    set_target(world.ada, draft, target=90, red_flag=70)
    values(draft, 10)
    look()
    assert not Alert.objects.exists()
    kpi, other = watched(), watched("other")
    values(kpi, 60)
    values(other, 60)
    look()
    retire_kpi(world.ada, kpi)
    archive_kpi(world.ada, other)
    told = Notification.objects.count()
    look()
    assert set(Alert.objects.values_list("closed_how", flat=True)) == {"retired"}
    assert Notification.objects.count() == told
    activate_kpi(world.ada, kpi)
    look()
    assert the_alert(kpi).relapse_of is None


def test_a_value_is_late_after_the_grace_days_and_only_time_makes_it_so(world: World) -> None:
    kpi = watched()
    values(kpi, 95, back=6)
    assert look(kpi) == 0
    sweep()
    alert = the_alert(kpi, "late")
    assert alert.evidence["kind"] == "overdue"
    values(kpi, 95)
    values(kpi, 95, 95, 95, 95, 95, back=1)
    look(kpi)
    alert.refresh_from_db()
    assert alert.closed_how == "recovered"


def test_a_kpi_that_never_had_a_value_is_late_once_its_first_period_is_over(world: World) -> None:
    kpi = watched()
    assert sweep() == 0
    kpi.activated_at = timezone.now() - timedelta(days=40)
    kpi.save()
    sweep()
    assert the_alert(kpi).evidence["kind"] == "never"


def test_a_hole_between_two_values_is_missing_unless_it_was_before_anybody_waited(world: World) -> None:
    kpi = watched()
    values(kpi, 95, 95, None, 95, back=1)
    sweep()
    assert not Alert.objects.exists()
    kpi.activated_at = timezone.now() - timedelta(days=400)
    kpi.save()
    sweep()
    assert the_alert(kpi).evidence["kind"] == "gap"


def test_a_correction_that_changes_a_past_judgement_says_so_and_keeps_both(world: World) -> None:
    kpi = watched()
    values(kpi, 95, 95, 95)
    look(kpi)
    values(kpi, 60, back=1)
    look(kpi)
    alert = the_alert(kpi, "restated")
    assert (alert.evidence["before"], alert.evidence["value"]) == (95, 60)
    assert (alert.evidence["status_before"], alert.evidence["status"]) == ("on_target", "off_target")
    assert look(kpi) == 0


def test_the_newest_value_corrected_and_a_correction_without_effect_are_no_restatements(world: World) -> None:
    kpi = watched()
    values(kpi, 95, 95, 95)
    values(kpi, 96, back=1)
    values(kpi, 60)
    look(kpi)
    assert not Alert.objects.filter(rule="restated").exists()


def test_a_response_opens_with_the_plan_of_the_kpi_an_owner_and_a_day(world: World) -> None:
    kpi = watched(response_plan="Open the second desk.")
    values(kpi, 60)
    look(kpi)
    response = Response.objects.get()
    assert (response.plan, response.owner) == ("Open the second desk.", world.person("lea"))
    assert response.due_on == timezone.localdate() + timedelta(days=7)


def test_a_response_goes_on_when_the_red_flag_takes_over(world: World) -> None:
    kpi = watched()
    values(kpi, 80, back=1)
    look(kpi)
    opened = Response.objects.get()
    values(kpi, 60)
    look(kpi)
    assert Response.objects.get() == opened
    assert Response.objects.get().alert.rule == "red_flag"


def test_a_kpi_whose_owner_left_goes_to_the_lead_of_its_team(world: World) -> None:
    kpi = watched(owner=world.person("cem"))
    Person.objects.filter(pk=world.person("cem").pk).update(archived_at=timezone.now())
    values(kpi, 60)
    look(kpi)
    assert the_alert(kpi).owner == world.person("lea")
    assert Notification.objects.get().person == world.person("lea")


def test_who_leaves_hands_over_their_alerts(world: World) -> None:
    kpi = watched(owner=world.person("cem"))
    values(kpi, 60)
    look(kpi)
    assert the_alert(kpi).owner == world.person("cem")
    archive_person(world.ada, world.person("cem"), hand_over_to=world.person("lea"))
    assert (the_alert(kpi).owner, Response.objects.get().owner) == (world.person("lea"), world.person("lea"))


def test_a_restricted_kpi_tells_nobody_who_may_not_see_it(world: World) -> None:
    kpi = watched(visibility="people", viewers=[])
    commands.set_rule(world.ada, "red_flag", settings={"people": [world.person("otto").pk]}, reason="He asked", kpi=kpi)
    values(kpi, 60)
    look(kpi)
    assert set(Notification.objects.values_list("person__email", flat=True)) == {"lea@hospital.example"}


def test_many_alerts_at_once_are_one_line_per_person(world: World) -> None:
    for number in range(12):
        values(watched(f"kpi-{number}"), 60)
    look()
    told = Notification.objects.get()
    assert told.notice == "alerts"
    assert told.subject_label == "12 alerts"
    for alert in Alert.objects.all():
        assert alert.steps.get().is_untold is False


def test_a_snoozed_alert_wakes_on_its_day_once_or_ends_when_it_no_longer_holds(world: World) -> None:
    kpi, good = watched(), watched("good")
    for one in (kpi, good):
        values(one, 60)
    look()
    for one in (kpi, good):
        commands.snooze(world.lea, the_alert(one), until=timezone.localdate() + timedelta(days=3))
    values(good, 95)
    assert recheck() == 0
    Alert.objects.update(recheck_at=timezone.now(), snooze_until=timezone.now())
    assert recheck() == 2
    assert the_alert(kpi).state == "open"
    assert not Alert.objects.filter(kpi=good, closed_at=None).exists()
    assert recheck() == 0


def test_a_muted_rule_ends_its_alerts_without_a_note_and_raises_them_again_when_it_is_heard(world: World) -> None:
    kpi = watched()
    values(kpi, 60)
    look(kpi)
    told = Notification.objects.count()
    for rule in ("red_flag", "target_crossed"):
        commands.mute_rule(world.lea, rule, reason="Moving house", team=world.emergency)
    look(kpi)
    assert Alert.objects.get().closed_how == "muted"
    assert Notification.objects.count() == told
    commands.unmute_rule(world.lea, "red_flag", reason="Moved", team=world.emergency)
    look(kpi)
    assert the_alert(kpi).rule == "red_flag"


def test_a_rule_that_cannot_be_evaluated_is_seen_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sextant.alerts import kpi_looks, looking
    from sextant.alerts.models import RuleFailure
    from sextant.alerts.queries.rules import failures

    broken, fine = watched("broken"), watched("fine")
    for one in (broken, fine):
        values(one, 60)
    whole = kpi_looks.look_at_target

    def stumbles(facts: kpi_looks.KpiFacts, **how: bool) -> object:
        if facts.kpi.pk == broken.pk:
            raise ZeroDivisionError("no such thing")
        return whole(facts, **how)

    monkeypatch.setattr(looking, "look_at_target", stumbles)
    look()
    assert the_alert(fine).rule == "red_flag"
    assert not Alert.objects.filter(kpi=broken).exists()
    [failure, _] = failures(world.lea)
    assert failure.message == "ZeroDivisionError: no such thing"
    assert not failures(world.otto).exists()
    assert look() == 0, "the same fault is written once"
    monkeypatch.setattr(looking, "look_at_target", whole)
    look()
    assert not RuleFailure.objects.filter(cleared_at=None).exists()
    assert the_alert(broken).rule == "red_flag"


def test_the_number_of_statements_does_not_grow_with_the_kpis(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        values(watched(f"kpi-{number}"), 95, 94)
    with django_assert_max_num_queries(30):
        assert evaluate() == 0


def test_nothing_is_told_twice_when_telling_is_interrupted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sextant.alerts import telling

    kpi = watched()
    values(kpi, 60)
    evaluate([kpi.metric_id])

    def dies(*_: object) -> int:
        raise RuntimeError("killed")

    whole = telling.notify_many
    monkeypatch.setattr(telling, "notify_many", dies)
    with pytest.raises(RuntimeError):
        telling.tell()
    assert AlertStep.objects.get().is_untold
    monkeypatch.setattr(telling, "notify_many", whole)
    assert telling.tell() == 1
    assert telling.tell() == 0
    run_due()
    assert Notification.objects.count() == 1


def test_hourly_kpis_are_judged_on_their_own_clock(world: World) -> None:
    from sextant.people import queries as people
    from sextant.people.models import Organisation

    Organisation.objects.update(time_zone="Pacific/Auckland")
    people.forget()
    kpi = watched(frequency="hour", grace_days=1)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    from tests.make import record_values

    record_values(kpi, {f"{hour:%Y-%m-%dT%H}:00": 60})
    look(kpi)
    assert the_alert(kpi).rule == "red_flag"
    assert sweep() == 0


def test_a_band_is_missed_on_either_side_and_its_flag_is_that_of_the_side(world: World) -> None:
    band = {"low": 10.0, "high": 20.0, "red_high": 30.0}
    kpi = watched(direction="within", unit="number", targets=band)
    values(kpi, 25)
    look(kpi)
    assert the_alert(kpi).rule == "target_crossed"
    values(kpi, 31)
    look(kpi)
    assert (the_alert(kpi, "red_flag").evidence["flag"], the_alert(kpi, "red_flag").evidence["high"]) == (30, 20)
    low = watched("low", direction="within", unit="number", targets=band)
    values(low, 5)
    look(low)
    assert the_alert(low).rule == "target_crossed", "off target, and no red flag on that side"


def test_a_value_that_was_taken_back_is_judged_by_what_stands(world: World) -> None:
    from sextant.metrics.commands import undo_batch
    from sextant.metrics.models import Batch

    kpi = watched()
    values(kpi, 95, back=1)
    values(kpi, 60)
    look(kpi)
    undo_batch(world.ada, Batch.objects.latest("pk").key)
    look(kpi)
    assert Alert.objects.get(rule="red_flag").closed_how == "recovered"


def test_a_value_that_just_misses_is_told_with_the_digit_that_tells_it_from_its_target(world: World) -> None:
    kpi = watched(grace_days=60)
    values(kpi, 89.996, back=1)
    look(kpi)
    assert ": 89.996" in Teller().sentence(the_alert(kpi))
