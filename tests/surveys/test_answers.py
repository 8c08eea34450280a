"""Answering: each link and each person counts once, and nothing tells who said what."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import serializers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sextant.core.errors import Hidden, Refused
from sextant.core.models import Event
from sextant.people.queries import hash_of
from sextant.surveys.commands import (
    answer_as_member,
    answer_by_link,
    close_survey,
    make_invitations,
    pause_survey,
    publish_due,
    renew_link,
)
from sextant.surveys.models import Invitation, Mark, Round
from sextant.surveys.queries.asking import find_for_member, has_answered, waiting_for
from sextant.surveys.queries.results import open_link
from tests.make import admin
from tests.surveys.make import JUNE, MAY, answered, at, make_survey, opened, published, token_of
from tests.world import World

pytestmark = pytest.mark.django_db


def refusal(act: object, *arguments: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*arguments)  # type: ignore[operator]
    return refused.value.problems[0].key


def dump() -> str:
    """Everything the database holds, as text."""
    return json.dumps([json.loads(serializers.serialize("json", model.objects.all())) for model in apps.get_models()])


def test_a_link_takes_one_answer_and_says_so_kindly(world: World) -> None:
    survey = opened()
    token = token_of(make_invitations(admin(), survey, count=1)[0])
    answer_by_link(token, 9)
    assert refusal(answer_by_link, token, 2) == "survey-answered"
    assert Round.objects.get().counts == [0] * 9 + [1, 0]


def test_a_link_nobody_made_leads_nowhere(world: World) -> None:
    opened()
    with pytest.raises(Hidden):
        answer_by_link("guessed", 9)


@pytest.mark.parametrize("score", [-1, 11])
def test_a_score_off_the_scale_is_refused_and_does_not_use_up_the_link(world: World, score: int) -> None:
    survey = opened()
    token = token_of(make_invitations(admin(), survey, count=1)[0])
    assert refusal(answer_by_link, token, score) == "score-missing"
    assert answer_by_link(token, 10) == survey


def test_a_paused_survey_keeps_its_links_and_a_closed_one_ends_them(world: World) -> None:
    survey = opened()
    token = token_of(make_invitations(admin(), survey, count=1)[0])
    pause_survey(admin(), survey)
    assert refusal(answer_by_link, token, 9) == "survey-not-open"
    close_survey(admin(), survey)
    assert refusal(answer_by_link, token, 9) == "survey-closed"
    assert not Invitation.objects.get().is_used


def test_a_late_answer_counts_in_the_period_in_which_it_is_given(world: World) -> None:
    with at(MAY):
        survey = opened()
        token = token_of(make_invitations(admin(), survey, count=1)[0])
    with at(JUNE):
        answer_by_link(token, 0)
    may, june = survey.rounds.order_by("start")
    assert (sum(may.counts), sum(june.counts), june.late) == (0, 1, 1)


def test_a_link_ends_some_days_after_its_period(world: World) -> None:
    with at(MAY):
        survey = opened()
        token = token_of(make_invitations(admin(), survey, count=1)[0])
    with at(JUNE + timedelta(days=10)):
        assert refusal(answer_by_link, token, 0) == "survey-period-over"


def test_an_open_link_takes_many_answers_until_it_is_renewed(world: World) -> None:
    survey = opened(audience="link")
    token = token_of(open_link(admin(), survey))
    for score in (3, 9):
        answer_by_link(token, score)
    renewed = renew_link(admin(), survey)
    with pytest.raises(Hidden):
        answer_by_link(token, 9)
    answer_by_link(token_of(open_link(admin(), renewed)), 10)
    assert sum(Round.objects.get().counts) == 3
    assert open_link(world.otto, renewed) == ""


def test_a_person_of_the_team_answers_once_in_a_period_and_again_in_the_next(world: World) -> None:
    with at(MAY):
        survey = opened(audience="internal")
        assert waiting_for(world.cem) == [survey]
        answer_as_member(world.cem, survey, 9)
        assert has_answered(world.cem, survey)
        assert waiting_for(world.cem) == []
        assert refusal(answer_as_member, world.cem, survey, 0) == "survey-answered"
    with at(JUNE):
        publish_due()
        answer_as_member(world.cem, survey, 8)
    assert [sum(row.counts) for row in survey.rounds.order_by("start")] == [0, 1]  # May is withheld


def test_who_is_not_asked_finds_no_form(world: World) -> None:
    survey = opened(audience="internal")
    with pytest.raises(Hidden):
        find_for_member(world.otto, survey.key)
    with pytest.raises(Hidden):
        answer_as_member(world.otto, survey, 9)


def test_who_may_not_see_the_results_may_still_be_asked(world: World) -> None:
    survey = opened(audience="internal", visibility="people", owner=world.person("lea"))
    assert find_for_member(world.cem, survey.key) == survey


def test_marks_of_people_are_gone_once_the_period_is_published(world: World) -> None:
    with at(MAY):
        survey = opened(audience="internal")
        answer_as_member(world.cem, survey, 9)
    assert Mark.objects.count() == 1
    with at(JUNE):
        publish_due()
    assert not Mark.objects.exists()
    assert survey.rounds.order_by("start")[0].salt == ""


def test_nothing_in_the_database_links_an_answer_to_a_token_or_a_person(world: World) -> None:
    survey = opened()
    tokens = [token_of(one) for one in make_invitations(admin(), survey, count=2)]
    staff = opened("staff", audience="internal")
    before = Counter(dump().split('"'))
    events = Event.objects.count()
    answer_by_link(tokens[0], 9)
    answer_as_member(world.cem, staff, 3)
    text = dump()
    assert not any(token in text for token in tokens)
    assert Event.objects.count() == events
    # Everything that is new: two counts, one flag, and a mark that names nobody.
    fresh = {word for word in Counter(text.split('"')) - before if len(word) == 64}
    assert fresh == {Mark.objects.get().mark}
    assert Mark.objects.get().mark not in {hash_of(world.cem.key), hash_of(str(world.cem.person_id))}
    fields = {field.name for model in (Round, Invitation, Mark) for field in model._meta.get_fields()}
    assert not {name for name in fields if name.endswith(("_on", "_by", "_at"))} - {"published_at"}


def test_every_answer_rewrites_the_same_single_row(world: World) -> None:
    survey = opened()
    answered(survey, [0, 10, 7])
    assert Round.objects.count() == 1


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 11)), max_size=14))
def test_whatever_is_sent_the_counts_add_up_to_the_used_links(world: World, sent: list[tuple[int, int]]) -> None:
    survey = opened(f"survey-{Round.objects.count()}-{len(sent)}-{abs(hash(tuple(sent)))}")
    tokens = [token_of(one) for one in make_invitations(admin(), survey, count=5)]
    for number, score in sent:
        try:
            answer_by_link(tokens[number] if number < len(tokens) else "nobody", score)
        except Refused:
            continue
    used = Invitation.objects.filter(survey=survey, is_used=True).count()
    assert sum(survey.rounds.get().counts) == used


def test_a_published_period_takes_no_more_answers_even_when_the_clock_is_turned_back(world: World) -> None:
    may = published(make_survey(), [9] * 5)
    survey = may.survey
    with at(MAY):
        answered(survey, [0])
    may.refresh_from_db()
    assert (may.n, sum(may.counts)) == (5, 5)
    assert sum(survey.rounds.get(start=may.end).counts) == 1
