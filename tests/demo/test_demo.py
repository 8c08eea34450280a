"""The demo organisation: what people are to find in it is there, and nothing in it breaks the house's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from sextant.core import clock
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Refused
from sextant.core.models import Event
from sextant.demo import asking, lives, plan
from sextant.demo.build import build_demo
from sextant.demo.crowd import PERSONAS
from sextant.kpis.models import ChangeProposal, Kpi, Scorecard, Target
from sextant.kpis.queries.scorecards import scorecard
from sextant.kpis.queries.standing import Standing, standing, standings
from sextant.lifecycle.models import Promotion, Transition
from sextant.metrics.models import Definition, DetectionSetting, DriverLink, Measurement
from sextant.metrics.queries.series import series_many
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import CheckIn, Closure, Link, Objective
from sextant.okrs.queries.reliability import reliability
from sextant.okrs.queries.standing import Board, okr_board
from sextant.people import queries as people
from sextant.people.models import Organisation, Person
from sextant.practice.models import PulseRound
from sextant.surveys.models import Round

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("demo")]
LEVER = "digitalisation-as-a-lever"
ADOPTION = "adoption-rate-of-new-tools"
PASSWORD = "larkfield-for-tests"


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo in place of the world, built once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        from tests.demo.emptying import empty_every_table

        empty_every_table()
        people.forget()
        build_demo(PASSWORD)
        yield
        transaction.set_rollback(True)
    people.forget()


def actor(key: str) -> Actor:
    return people.actor_of_person(Person.objects.get(email=f"{key}@larkfield.example"))


def kpi(key: str) -> Kpi:
    return Kpi.objects.select_related("metric", "metric__numerator", "metric__denominator").get(key=key)


def now(key: str) -> Standing:
    return standing(kpi(key), standpoint())


def all_standings() -> list[Standing]:
    return standings(list(Kpi.objects.select_related("metric__numerator", "metric__denominator")), standpoint())


def test_it_has_the_size_of_a_real_organisation() -> None:
    assert 45 <= Kpi.objects.count() <= 65
    assert Person.objects.exclude(user=None).count() == len(PERSONAS) + 1 == 15
    assert len(people.team_tree().at_work()) >= 8
    assert people.organisation().is_demo


def test_every_status_occurs() -> None:
    found = {one.status for one in all_standings()}
    assert found == {"on_target", "watch", "off_target", "no_target", "no_data", "stale"}
    assert any(one.is_exceeded for one in all_standings())


def test_no_active_kpi_lacks_a_theme_and_a_reason() -> None:
    for one in Kpi.objects.filter(state="active").select_related("metric"):
        assert one.metric.theme_id or one.reason, one.name
        assert one.metric.owner_id, one.name


def test_drafts_lack_something() -> None:
    from sextant.kpis.commands.kpis import missing_for_activation

    drafts = list(Kpi.objects.filter(state="draft").select_related("metric"))
    assert len(drafts) >= 3
    assert all(missing_for_activation(draft) for draft in drafts)


def test_the_broken_feed_is_stale_though_its_last_value_was_good() -> None:
    stale = [one for one in all_standings() if one.freshness == "stale"]
    assert [one.kpi.key for one in stale] == ["security-updates-in-time"]
    assert stale[0].computed == "on_target"
    assert "stale" in [reason.key for reason in stale[0].trust.reasons]


def test_one_value_was_restated_with_a_note_and_the_past_shows_the_old_one() -> None:
    corrected = Measurement.objects.exclude(superseded_at=None).get()
    after = Measurement.objects.get(metric=corrected.metric, start=corrected.start, superseded_at=None)
    assert after.note
    assert corrected.value is not None
    assert after.value == corrected.value - 118_000
    one = now("operating-cash-flow")
    assert one.kpi.metric_id == corrected.metric_id
    assert "restated-recently" in [reason.key for reason in one.trust.reasons]
    before = standing(one.kpi, standpoint(people.today() - timedelta(days=30)))
    index = list(before.series.starts).index(corrected.start)
    assert before.series.values[index] == corrected.value


def test_one_definition_changed_and_the_change_reaches_all_six_units() -> None:
    changed = Definition.objects.filter(number__gt=1).get()
    assert changed.metric.kpi.key == ADOPTION
    units = standings(list(Kpi.objects.filter(metric__part_of=changed.metric)), standpoint())
    assert len(units) == 6
    for unit in units:
        assert unit.definition == changed
        assert changed.valid_from in unit.settings.dividers
        assert unit.kpi.metric.markers.get().label == "Training weeks began"


def test_the_adoption_of_all_units_is_weighted_by_their_users() -> None:
    whole, point = kpi(ADOPTION), standpoint()
    units = list(Kpi.objects.filter(metric__part_of=whole.metric).select_related("metric"))
    metrics = [part for unit in units for part in (unit.metric.numerator, unit.metric.denominator) if part]
    series = series_many(metrics, point)
    latest = standing(whole, point)
    assert latest.index is not None
    start = latest.series.starts[latest.index]
    at = {one.metric.id: float(one.values[list(one.starts).index(start)]) for one in series.values()}
    used = [at[unit.metric.numerator_id or 0] for unit in units]
    licensed = [at[unit.metric.denominator_id or 0] for unit in units]
    assert latest.value == pytest.approx(100 * sum(used) / sum(licensed))
    mean_of_means = sum(100 * u / a for u, a in zip(used, licensed, strict=True)) / 6
    assert abs(latest.value - mean_of_means) > 2


def test_values_became_known_soon_after_their_period() -> None:
    for row in Measurement.objects.order_by("?")[:300]:
        late = row.known_at.timestamp() / 3600 - row.end
        if row.superseded_at is None and not row.note:
            assert -24 * 31 < late < 24 * 8, (row.metric.key, late)


def test_the_running_period_has_values_that_judge_nothing() -> None:
    running = [one for one in all_standings() if one.series.running is not None]
    assert running
    assert all(one.cells()[-1].status == "running" for one in running)


def test_two_years_of_history_can_be_looked_at_from_any_day() -> None:
    year_ago = standpoint(people.today() - timedelta(days=365))
    found = standings(list(Kpi.objects.filter(state="active")), year_ago)
    assert sum(one.value is not None for one in found) > 40
    assert sum(one.target is not None for one in found) > 40
    assert len(now("patient-registration-uptime").series.starts) >= 700
    card = Scorecard.objects.get(key="group")
    assert len(scorecard(actor("henrik"), card, as_of=year_ago.as_of).rows) >= 8


def test_targets_tell_their_history() -> None:
    hire = Target.objects.filter(kpi__key="time-to-hire").order_by("known_at")
    assert [target.target for target in hire] == [50, 42]
    assert hire[1].reason
    assert hire[0].known_at < hire[1].known_at
    assert now("carbon-emissions").aims
    assert now("bed-occupancy").target is not None
    assert now("bed-occupancy").target.low == 80  # type: ignore[union-attr]


def test_the_normal_range_of_one_kpi_is_locked_behind_a_divider() -> None:
    assert all(setting.reason for setting in DetectionSetting.objects.all())
    chart = now("registration-time-per-patient").chart
    assert len(chart.segments) == 2
    assert chart.segments[-1].basis == "locked"


def test_a_breakdown_is_not_averaged_into_what_is_usual() -> None:
    chart = now("patient-registration-uptime").chart
    assert chart.segments[-1].basis == "locked"
    assert chart.lower_now is not None
    assert chart.lower_now > 95


def test_chances_said_in_closed_quarters_can_be_looked_back_on() -> None:
    found = reliability(actor("amara"), standpoint())
    assert len(found.cases) >= 10
    assert {case.is_met for case in found.cases} == {True, False}


def test_some_off_target_kpis_have_an_action_and_some_have_none() -> None:
    off = [one for one in all_standings() if one.computed == "off_target"]
    assert any(one.action for one in off)
    assert any(one.action is None for one in off)


def test_the_restricted_kpi_is_seen_by_its_team_only() -> None:
    secret = Kpi.objects.get(metric__visibility="team")
    assert visible("kpi", actor("leila")).filter(pk=secret.pk).exists()
    assert not visible("kpi", actor("marcus")).filter(pk=secret.pk).exists()


def test_scorecards_have_weights() -> None:
    views = [scorecard(actor("ingrid"), card) for card in Scorecard.objects.all()]
    assert len(views) >= 8
    assert all(view.rows for view in views)
    assert any(row.weight == 3 for view in views for row in view.rows)
    assert any(row.weight == 0 for view in views for row in view.rows)


def test_the_log_tells_the_two_years_in_order() -> None:
    moments = list(Event.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert (moments[-1] - moments[0]).days > 700


def test_people_sign_in_with_the_demo_password() -> None:
    browser = Client()
    answer = browser.post("/sign-in", {"login": "priya@larkfield.example", "password": PASSWORD})
    assert answer.status_code == 302
    assert browser.get("/teams").status_code == 200


def test_every_persona_is_one_click_away_on_this_machine(settings: Any) -> None:
    settings.DEMO_SIGN_IN = True
    browser = Client()
    page = browser.get("/sign-in").content.decode()
    for persona in PERSONAS:
        assert f">{persona.name}</button>" in page
    assert browser.post("/sign-in/demo", {"person": "sofia-marchetti"}).status_code == 302
    assert "Sofia Marchetti" in browser.get("/me").content.decode()
    assert Client(REMOTE_ADDR="203.0.113.9").post("/sign-in/demo", {"person": "sofia-marchetti"}).status_code == 404


def test_it_is_never_built_over_an_organisation() -> None:
    with pytest.raises(Refused) as refusal:
        build_demo("another")
    assert refusal.value.problems[0].key == "demo-is-here"
    Organisation.objects.update(is_demo=False)
    people.forget()
    with pytest.raises(Refused) as refusal:
        build_demo("another")
    assert refusal.value.problems[0].key == "data-folder-in-use"


def test_every_source_says_when_its_values_come() -> None:
    from sextant.demo.build import kind_of

    sources = plan.sources()
    for one in plan.kpis():
        assert kind_of(one).frequency in sources[one.source].lag, one.name


def test_history_cannot_be_written_in_the_future() -> None:
    with pytest.raises(ValueError, match="past"), clock.writing_at(clock.now() + timedelta(hours=1)):
        pass


@pytest.fixture
def board() -> Board:
    return okr_board(Objective.objects.filter(state="active"), standpoint())


def test_the_programme_has_its_three_key_results(board: Board) -> None:
    lever = next(one for one in board.objectives.values() if one.key == LEVER)
    assert lever.title == "Make digitalisation a lever for all business units"
    adoption, manual, trained = lever.key_results
    assert (adoption.target, trained.target) == (90, 100)
    assert manual.baseline is not None
    assert manual.target == pytest.approx(manual.baseline * 0.6)
    assert {one.metric.is_kpi for one in lever.key_results if one.metric} == {1}


def test_teams_contribute_to_it_and_one_is_an_orphan(board: Board) -> None:
    lever = next(one for one in board.objectives.values() if one.key == LEVER)
    assert len(lever.children) >= 4
    orphans = [one.key for one in board.objectives.values() if one.parent is None and not one.children]
    assert "tidy-catalogue" in orphans
    assert Link.objects.filter(kind="supports").count() >= 3


def test_there_are_twelve_weeks_of_check_ins_on_the_programme() -> None:
    for key in ("adoption-at-90", "manual-time-down", "managers-trained"):
        assert CheckIn.objects.filter(key_result__key=key).count() >= 12, key


def test_some_key_results_are_reported_better_than_they_are_and_most_are_not(board: Board) -> None:
    better = {one.key for one in board.key_results.values() if one.truths.is_watermelon}
    assert "manual-time-down" in better
    assert len(better) <= len(board.key_results) / 4


def test_quarters_that_are_over_have_scores_and_lessons() -> None:
    closures = Closure.objects.filter(superseded_at=None, objective__restores=None)
    assert closures.count() >= 3
    assert all(one.score is not None and one.learning for one in closures)
    ended = Objective.objects.filter(cycle__ends_on__lt=people.today(), state="active", restores=None)
    assert ended.exists(), "One that ended waits to be closed; in the first days of a quarter there are more."


def test_kpis_have_lives_restored_relapsed_overdue_accepted_and_born() -> None:
    names = (lives.VISITS, lives.REQUESTS, lives.LETTERS, lives.CALLS, lives.FOOD, "Waiting at eight in the morning")
    said = {name: [row.kind for row in Transition.objects.filter(kpi__metric__name=name)] for name in names}
    assert said[lives.VISITS] == ["suspected", "promoted", "restoring", "reverted"]
    assert said[lives.REQUESTS] == ["suspected", "promoted", "restoring", "reverted", "relapsed"]
    assert said[lives.LETTERS] == ["suspected", "promoted", "extended", "overdue"]
    assert said[lives.CALLS] == ["suspected", "promoted", "restoring"]
    assert said[lives.FOOD] == ["suspected", "promoted", "overdue", "accepted"]
    assert said["Waiting at eight in the morning"][:1] == ["graduated"]
    answered = Promotion.objects.exclude(what_changed="").values_list("kpi__metric__name", flat=True)
    assert set(answered) == {lives.VISITS, lives.REQUESTS}


def test_people_are_asked_and_nobody_is_told_apart() -> None:
    rounds = Round.objects.filter(survey__key=asking.STAY).exclude(published_at=None)
    assert rounds.count() >= 10
    assert all((row.n or 0) >= 5 or row.value is None for row in rounds)
    assert PulseRound.objects.exclude(closed_at=None).count() == 1
    assert DriverLink.objects.filter(superseded_at=None).count() >= 7
    assert ChangeProposal.objects.get().state == "announced"
