"""Two at once: a link counts once, a person counts once, a period is published once. On real threads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.metrics.models import Measurement
from sextant.surveys.commands import answer_as_member, answer_by_link, make_invitations, publish_due
from sextant.surveys.models import Mark, Round
from tests.at_once import at_once, problems_of
from tests.make import admin
from tests.surveys.make import answered, at, opened, token_of
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_several_requests_with_one_link_exactly_one_counts(real: World) -> None:
    token = token_of(make_invitations(admin(), opened(), count=1)[0])
    results = at_once(*[lambda score=score: answer_by_link(token, score) for score in (0, 5, 9, 10)])
    assert problems_of(results) == ["survey-answered"] * 3
    assert sum(Round.objects.get().counts) == 1


def test_of_several_answers_of_one_person_exactly_one_counts(real: World) -> None:
    survey, cem = opened(audience="internal"), real.cem
    results = at_once(*[lambda score=score: answer_as_member(cem, survey, score) for score in (0, 5, 10)])
    assert problems_of(results) == ["survey-answered"] * 2
    assert (sum(Round.objects.get().counts), Mark.objects.count()) == (1, 1)


def test_answers_by_different_links_at_once_are_all_counted(real: World) -> None:
    links = make_invitations(admin(), opened(), count=4)
    Round.objects.all().delete()  # the first answer of a period makes its row
    results = at_once(*[lambda token=token_of(link): answer_by_link(token, 9) for link in links])
    assert problems_of(results) == []
    assert [sum(row.counts) for row in Round.objects.all()] == [4]


def test_workers_that_publish_at_once_publish_once(real: World) -> None:
    with at(timezone.now() - timedelta(days=40)):
        survey = opened()
        answered(survey, [9] * 5)
    results = at_once(publish_due, publish_due, publish_due)
    assert problems_of(results) == []
    first = survey.rounds.order_by("start")[0]
    assert Measurement.objects.filter(metric=survey.metric, start=first.start).count() == 1
    assert first.value == 100
