"""Publishing a period: once, when it is over, as one value of the metric with its sample, or withheld."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sextant.calc.periods import parse_period
from sextant.core import belongings
from sextant.core.errors import NotAllowed, Refused, Stale
from sextant.core.events import sentence
from sextant.core.models import Event
from sextant.metrics.commands import archive_metric, change_metric
from sextant.metrics.models import Definition, Measurement, Metric
from sextant.people.commands import change_organisation
from sextant.people.models import Organisation
from sextant.people.queries import organisation
from sextant.surveys.commands import (
    answer_as_member,
    archive_survey,
    change_survey,
    close_survey,
    collect_past,
    create_survey,
    enter_counts,
    make_invitations,
    open_survey,
    pause_survey,
    publish_due,
)
from sextant.surveys.models import Round, Survey
from sextant.surveys.queries.results import pooled, results, running, sample_behind
from tests.make import admin, make_metric
from tests.surveys.make import JUNE, MAY, answered, at, entered, make_survey, nps_counts, opened, published
from tests.world import World

pytestmark = pytest.mark.django_db


def current(survey: Survey) -> list[Measurement]:
    return list(Measurement.objects.filter(metric=survey.metric, superseded_at=None).order_by("start"))


def problem(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.problems[0].key


def test_a_period_becomes_one_value_with_its_sample(world: World) -> None:
    row = published(make_survey(), [10] * 5 + [8] * 3 + [0] * 2)
    [value] = current(row.survey)
    assert (value.start, value.value, value.state) == (parse_period("2026-05").start, 30.0, "observed")
    assert value.note == "n 10, margin ±48.4, 100 % of 10 asked"
    assert value.batch.source == "Patients"
    assert (row.n, row.invited, row.value, row.margin) == (10, 10, 30.0, row.margin)


def test_publishing_again_changes_nothing(world: World) -> None:
    survey = published(make_survey(), [9] * 5).survey
    before = (current(survey), Event.objects.count(), list(Round.objects.values_list("published_at", "value")))
    with at(JUNE + timedelta(hours=1)):
        close_survey(admin(), survey)
        assert publish_due() == 0
    after = (current(survey), Event.objects.count() - 1, list(Round.objects.values_list("published_at", "value")))
    assert after == before


def test_fewer_than_five_answers_are_withheld_and_their_counts_deleted(world: World) -> None:
    row = published(make_survey(), [0, 0, 0, 10])
    [value] = current(row.survey)
    assert (value.value, value.state, value.qualifier) == (None, "not_applicable", "fewer than 5 answers")
    assert (row.counts, row.value, row.margin) == ([], None, None)
    [shown] = results(row.survey)
    assert shown.is_withheld
    said = sentence(Event.objects.get(name="survey.published"))
    assert said == "published the survey Patients for May 2026: fewer than 5 answers"


def test_a_period_nobody_answered_is_told_and_one_that_was_paused_is_not(world: World) -> None:
    with at(MAY):
        survey = opened()
    with at(datetime(2026, 7, 2, tzinfo=UTC)):
        publish_due()
        pause_survey(admin(), survey)
    with at(datetime(2026, 10, 2, tzinfo=UTC)):
        publish_due()
        open_survey(admin(), survey)
        publish_due()
    told = [value.start for value in current(survey)]
    assert told == [parse_period(f"2026-{month}").start for month in ("05", "06", "07")]


def test_nothing_is_told_of_a_running_period_below_five_answers(world: World) -> None:
    survey = opened()
    answered(survey, [9] * 4)
    assert running(survey).n is None
    answered(survey, [9])
    assert running(survey).n == 5
    assert results(survey) == []
    assert publish_due() == 0
    assert current(survey) == []


def test_the_day_ends_where_the_organisation_lives(world: World) -> None:
    auckland = organisation()
    change_organisation(admin(), version=auckland.version, time_zone="Pacific/Auckland")
    with at(datetime(2026, 5, 31, 11, 30, tzinfo=UTC)):  # 23:30 in Auckland
        survey = opened()
        answered(survey, [9] * 5)
    with at(datetime(2026, 5, 31, 12, 30, tzinfo=UTC)):
        answered(survey, [0])
        publish_due()
    assert [sum(row.counts) for row in survey.rounds.order_by("start")] == [5, 1]
    assert [value.start for value in current(survey)] == [parse_period("2026-05").start]


def test_a_survey_that_cannot_be_recorded_is_said_and_holds_up_no_other(world: World) -> None:
    with at(MAY):
        wrong, right = opened("wrong"), opened("right")
        answered(wrong, [9] * 5)
        answered(right, [9] * 5)
        change_metric(admin(), wrong.metric, version=wrong.metric.version, frequency="week")
    with at(JUNE), pytest.raises(Refused) as refused:
        publish_due()
    assert problem(refused) == "survey-not-recorded"
    assert len(current(right)) == 1
    kept = wrong.rounds.get(start=parse_period("2026-05").start)
    assert (kept.published_at, sum(kept.counts), kept.n) == (None, 5, None)


def test_who_leaves_hands_their_surveys_over(world: World) -> None:
    survey = make_survey(owner=world.person("lea"))
    lea, cem = world.person("lea"), world.person("cem")
    assert ("survey", survey.key) in {(one.kind, one.key) for one in belongings.of_person(lea.pk)}
    belongings.hand_over_all(admin(), lea.pk, cem)
    assert Metric.objects.get(pk=survey.metric_id).owner == cem
    assert belongings.of_person(lea.pk) == []


def test_an_archived_metric_keeps_its_counts_until_it_is_back(world: World) -> None:
    with at(MAY):
        survey = opened()
        answered(survey, [9] * 5)
    archive_metric(admin(), survey.metric)
    with at(JUNE):
        assert publish_due() == 0
    assert sum(survey.rounds.order_by("start")[0].counts) == 5


def test_the_staff_is_known_so_the_margin_narrows(world: World) -> None:
    with at(MAY):
        survey = opened(audience="internal")
        for who in ("lea", "cem", "vic"):
            answer_as_member(world.actor(who), survey, 9)
    with at(JUNE):
        publish_due()
    row = survey.rounds.order_by("start")[0]
    assert (row.n, row.invited, row.value) == (3, 3, None)


def test_counts_from_elsewhere_are_the_textbook_example(world: World) -> None:
    survey = make_survey()
    row = entered(survey, "2026-05", nps_counts(50, 30, 20))
    assert (row.n, row.value) == (100, 30.0)
    assert row.margin == pytest.approx(15.3, abs=0.05)
    [value] = current(survey)
    assert (value.value, value.note) == (30.0, "n 100, margin ±15.3")
    assert (survey.metric.lower_bound, survey.metric.upper_bound) == (-100, 100)
    period = parse_period("2026-05")
    found = sample_behind(survey.metric, period, 30.0)
    assert found is not None
    assert found.sample is not None
    assert found.sample.n == 100
    assert sample_behind(survey.metric, period, 31.0) is None  # corrected by hand: no longer the survey's


def test_counts_entered_again_replace_those_before(world: World) -> None:
    survey = make_survey()
    entered(survey, "2026-05", nps_counts(5, 3, 2))
    entered(survey, "2026-05", nps_counts(8, 0, 2), invited=40)
    assert [one.value for one in current(survey)] == [60.0]
    assert results(survey)[0].response == 0.25


@pytest.mark.parametrize(
    ("period", "counts", "invited", "key"),
    [
        ("2026-05", [1, 2, 3], None, "bad-counts"),
        ("2026-05", [-1] + [1] * 10, None, "bad-counts"),
        ("2026-05", [1] * 11, 10, "bad-invited"),
        ("2026-Q2", [1] * 11, None, "other-period"),
        ("2199-05", [1] * 11, None, "period-running"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    world: World, period: str, counts: list[int], invited: int | None, key: str
) -> None:
    with pytest.raises(Refused) as refused:
        entered(make_survey(), period, counts, invited)
    assert problem(refused) == key


def test_collected_answers_are_never_overwritten_by_entered_ones(world: World) -> None:
    survey = published(make_survey(), [9] * 5).survey
    with pytest.raises(Refused) as refused:
        entered(survey, "2026-05", nps_counts(1, 1, 9))
    assert problem(refused) == "period-collected"


def test_several_periods_taken_as_one_have_a_narrower_margin(world: World) -> None:
    survey = make_survey()
    for month in ("2026-03", "2026-04", "2026-05"):
        entered(survey, month, nps_counts(50, 30, 20))
    entered(survey, "2026-02", nps_counts(1, 1, 1))  # withheld, so it is not among them
    found = pooled(survey)
    assert found is not None
    assert (found.periods, found.sample.n, found.sample.value) == (3, 300, 30.0)
    assert found.sample.margin == pytest.approx(15.3 / 3**0.5, abs=0.05)


def test_results_as_of_a_past_day_are_those_published_by_then(world: World) -> None:
    survey = published(make_survey(), [9] * 5).survey
    assert results(survey, MAY) == []
    assert len(results(survey, JUNE)) == 1


def test_a_survey_fills_a_metric_that_fits_and_no_other(world: World) -> None:
    fits = make_metric("nps-by-hand", unit="number", direction="up", aggregation="last")
    survey = make_survey(metric=fits, team=None)
    assert survey.metric == fits
    for wrong in (
        make_metric("waiting", direction="down", unit="number"),
        make_metric("money", unit="currency:EUR"),
        make_metric("yearly", unit="number", frequency="year"),
        fits,
    ):
        with pytest.raises(Refused) as refused:
            make_survey("other", metric=wrong, team=None)
        assert problem(refused) == "metric-does-not-fit"


def test_five_is_the_least_that_is_ever_shown(world: World) -> None:
    with pytest.raises(Refused) as refused:
        make_survey(min_answers=4)
    assert problem(refused) == "too-few-answers"
    survey = make_survey()
    with pytest.raises(Refused):
        change_survey(admin(), survey, version=survey.version, min_answers=1)
    assert Survey.objects.get().min_answers == 5


def test_everything_missing_is_said_at_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        create_survey(admin(), name=" ", question="", kind="smiley", audience="all", team=world.emergency)
    assert {one.field for one in refused.value.problems} == {"name", "question", "kind", "audience"}


def test_another_question_starts_a_new_version_of_the_definition(world: World) -> None:
    survey = opened()
    change_survey(admin(), survey, version=survey.version, question="Would you come again?")
    newest = Definition.objects.filter(metric=survey.metric).order_by("number").last()
    assert newest is not None
    assert newest.number == 2
    assert "Would you come again?" in newest.how_measured
    with pytest.raises(Stale):
        change_survey(admin(), survey, version=survey.version, name="Late")


def test_who_is_asked_is_fixed_once_it_opened(world: World) -> None:
    survey = opened()
    with pytest.raises(Refused) as refused:
        change_survey(admin(), survey, version=survey.version, audience="link")
    assert problem(refused) == "audience-is-fixed"


@pytest.mark.parametrize("command", [open_survey, pause_survey, close_survey, archive_survey])
def test_only_who_may_change_the_metric_runs_the_survey(world: World, command: object) -> None:
    survey = opened()
    with pytest.raises(NotAllowed):
        command(world.cem, survey)  # type: ignore[operator]
    with pytest.raises(NotAllowed):
        make_invitations(world.cem, survey, count=1)
    with pytest.raises(NotAllowed):
        enter_counts(world.cem, survey, period=parse_period("2026-05"), counts=[1] * 11)


def test_an_archived_survey_takes_no_step_until_it_is_back(world: World) -> None:
    survey = archive_survey(admin(), make_survey())
    with pytest.raises(Refused) as refused:
        open_survey(admin(), survey)
    assert problem(refused) == "survey-archived"


def test_confining_the_metric_confines_what_was_said_of_its_survey(world: World) -> None:
    survey = make_survey()
    change_metric(admin(), survey.metric, version=survey.metric.version, visibility="team")
    assert Event.objects.get(name="survey.created").visibility == "team"


def test_the_year_of_a_quarterly_survey_stays_when_the_organisation_counts_anew(world: World) -> None:
    with at(MAY):
        survey = opened(frequency="quarter")
        answered(survey, [9] * 5)
    change_organisation(admin(), version=Organisation.objects.get().version, year_start_month=2)
    with at(datetime(2026, 7, 2, tzinfo=UTC)):
        publish_due()
    [value] = current(survey)
    assert value.start == parse_period("2026-04").start


def test_a_history_reads_as_if_it_had_been_collected(world: World) -> None:
    survey, may = make_survey(), parse_period("2026-05")
    with at(JUNE):
        row = collect_past(survey, may, nps_counts(50, 30, 20), links=250)
    assert (row.n, row.invited, row.value, row.is_entered) == (100, 250, 30.0, False)
    assert results(survey)[0].response == 0.4
    assert [value.known_at for value in Measurement.objects.filter(metric=survey.metric)] == [JUNE]
    with pytest.raises(ValueError, match="while history is written"):
        collect_past(survey, parse_period("2026-04"), nps_counts(1, 1, 1))
