"""Who hears that a survey asks them, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from sextant.core.access import visible
from sextant.notifications.models import Notification
from sextant.surveys.commands import open_survey, pause_survey, publish_due
from tests.make import admin
from tests.surveys.make import JUNE, MAY, at, make_survey, opened
from tests.world import World

pytestmark = pytest.mark.django_db
TEAM = ["Cem Contributor", "Lea Lead", "Vic Viewer"]


def told(notice: str) -> list[str]:
    rows = Notification.objects.filter(notice=notice, subject_kind="survey_answer")
    return sorted(rows.values_list("person__name", flat=True))


def test_the_people_of_the_team_hear_once_that_a_survey_opened(world: World) -> None:
    survey = opened(audience="internal")
    assert told("survey_opened") == TEAM
    open_survey(admin(), pause_survey(admin(), survey))
    publish_due()
    assert (told("survey_opened"), told("survey_asks_again")) == (TEAM, [])


def test_they_hear_again_when_a_new_period_begins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    survey, now = opened(audience="internal"), timezone.now()
    publish_due()
    assert told("survey_asks_again") == []
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(days=32))
    publish_due()
    publish_due()
    assert told("survey_asks_again") == TEAM
    assert survey.rounds.count() == 2


def test_who_is_asked_hears_it_though_the_results_are_for_others(world: World) -> None:
    opened("staff", audience="internal", visibility="people", owner=world.person("otto"))
    assert told("survey_opened") == TEAM
    page = world.client("vic").get(reverse("inbox")).content.decode()
    assert "asks for your answer: Staff" in page
    assert reverse("survey_answer", args=["staff"]) in page
    assert "Staff" not in world.client("otto").get(reverse("inbox")).content.decode()


def test_personal_links_an_open_link_and_history_tell_nobody(world: World) -> None:
    for audience in ("invited", "link"):
        opened(f"for-{audience}", audience=audience)
    survey = make_survey("staff", audience="internal")
    with at(MAY):
        open_survey(admin(), survey)
    with at(JUNE):
        publish_due()
    assert not Notification.objects.filter(subject_kind="survey_answer").exists()


def test_only_those_asked_find_it_under_what_they_are_asked(world: World) -> None:
    opened("staff", audience="internal")
    found = {name: visible("survey_answer", world.actor(name)).exists() for name in ("lea", "vic", "otto", "ada")}
    assert found == {"lea": True, "vic": True, "otto": False, "ada": False}
