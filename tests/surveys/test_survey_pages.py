"""Surveys through the doors: the form people answer, the pages of those who run them, and the API."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.conf import settings as chosen
from django.core import mail
from django.core.cache import cache
from django.test import Client

from sextant.core.logs import without_secrets
from sextant.core.models import Event
from sextant.kpis.commands import watch_metric
from sextant.people.commands import create_token
from sextant.surveys.commands import close_survey, make_invitations
from sextant.surveys.models import Invitation, Round, Survey
from sextant.surveys.queries.results import open_link
from tests.make import admin, make_kpi
from tests.surveys.make import answered, entered, make_survey, nps_counts, opened, token_of
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits_of_earlier_tests() -> None:
    cache.clear()


def invited(survey: Survey) -> str:
    return f"/s/{token_of(make_invitations(admin(), survey, count=1)[0])}"


def test_a_stranger_answers_once_without_signing_in_and_without_a_session(world: World) -> None:
    browser, address = Client(), invited(opened(low_label="not at all", high_label="certainly"))
    form = browser.get(address)
    page = form.content.decode()
    assert "How likely are you to recommend us?" in page
    assert "Your answer is counted, not kept with your name." in page
    assert page.count('type="radio"') == 11
    assert "<script" not in page
    assert form.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in form.headers["Cache-Control"]
    thanks = browser.post(address, {"score": "9"})
    assert "Thank you. Your answer is counted." in thanks.content.decode()
    assert set(browser.cookies) <= {"csrftoken"}
    again = browser.post(address, {"score": "0"})
    assert again.status_code == 410
    assert "Each link takes one answer" in again.content.decode()
    assert sum(Round.objects.get().counts) == 1


def test_the_form_does_not_say_who_is_signed_in(world: World) -> None:
    page = world.client("cem").get(invited(opened())).content.decode()
    assert "Cem" not in page


@pytest.mark.parametrize("score", ["", "x", "11", "-1", "9" * 40, "٣"])
def test_without_a_choice_the_form_comes_back_and_nothing_is_counted(world: World, score: str) -> None:
    address = invited(opened())
    answer = Client().post(address, {"score": score})
    assert answer.status_code == 422
    assert "Choose one of the answers." in answer.content.decode()
    assert not Invitation.objects.get().is_used


def test_what_goes_wrong_with_a_link_is_logged_without_the_link(world: World) -> None:
    assert without_secrets(f"Gone: {invited(opened())}") == "Gone: /s/…"
    assert without_secrets("Not Found: /surveys/patients/") == "Not Found: /surveys/patients/"


def test_a_closed_survey_says_so_kindly(world: World) -> None:
    survey = opened()
    address = invited(survey)
    close_survey(admin(), survey)
    answer = Client().get(address)
    assert answer.status_code == 410
    assert "This survey is closed." in answer.content.decode()


def test_guessing_links_is_slowed_down_and_true_links_still_work(world: World) -> None:
    address = invited(opened())
    browser = Client()
    assert [browser.get(f"/s/guess-{number}").status_code for number in range(21)] == [404] * 20 + [429]
    assert browser.get(address).status_code == 200


def test_an_open_link_takes_one_answer_per_browser_and_remembers_nothing_else(world: World) -> None:
    survey = opened(audience="link")
    address = f"/s/{token_of(open_link(admin(), survey))}"
    browser = Client()
    assert browser.post(address, {"score": "7"}).status_code == 200
    cookie = browser.cookies[f"answered-{survey.pk}"]
    assert (cookie["path"], cookie["httponly"], cookie.value) == (address, True, str(Round.objects.get().start))
    assert "already" in browser.post(address, {"score": "1"}).content.decode()
    assert Client().post(address, {"score": "1"}).status_code == 200
    assert sum(Round.objects.get().counts) == 2


def test_the_team_finds_its_survey_and_answers_once(world: World) -> None:
    opened("staff", audience="internal", visibility="people")
    browser = world.client("cem")
    assert "Waiting for your answer" in browser.get("/surveys").content.decode()
    assert "That you took part is noted under a code" in browser.get("/surveys/staff/answer").content.decode()
    assert browser.post("/surveys/staff/answer", {"score": "8"}).status_code == 200
    assert "You have answered in this period" in browser.get("/surveys/staff/answer").content.decode()
    assert browser.post("/surveys/staff/answer", {"score": "8"}).status_code == 410
    assert "Waiting for your answer" not in browser.get("/surveys").content.decode()
    assert browser.get("/surveys/staff/").status_code == 404  # asked, but the results are for others


def test_a_lead_makes_opens_and_closes_a_survey(world: World) -> None:
    browser = world.client("lea")
    said = {
        "name": "Patients", "question": "Would you recommend us?", "kind": "nps", "points": "5", "audience": "invited",
        "team": "emergency", "frequency": "month", "min_answers": "5", "visibility": "organisation", "owner": "",
    }  # fmt: skip
    assert browser.post("/surveys/new", said).headers["Location"] == "/surveys/patients/"
    page = browser.post("/surveys/patients/opening", follow=True).content.decode()
    assert "Patients takes answers now." in page
    assert "/surveys/patients/pause" in page
    assert "so far: fewer than 5 answers" in page
    page = browser.post("/surveys/patients/closure", follow=True).content.decode()
    assert "Patients is closed." in page
    assert Survey.objects.get().state == "closed"


def test_links_are_shown_once_or_handed_over_as_a_file(world: World) -> None:
    opened()
    browser = world.client("lea")
    shown = browser.post("/surveys/patients/links", {"count": "3"})
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.content.decode().count(f"{chosen.SITE_URL}/s/") == 3
    file = browser.post("/surveys/patients/links", {"count": "2", "as": "csv"})
    head, *rows = csv.reader(StringIO(file.content.decode()))
    assert head == ["Link"]
    assert len(rows) == 2
    assert Client().get(rows[0][0].removeprefix(chosen.SITE_URL)).status_code == 200
    assert Event.objects.filter(name="invitations.made").count() == 2
    assert all("/s/" not in str(event.data) for event in Event.objects.all())


def test_each_address_gets_a_link_of_its_own_and_none_is_kept(world: World, settings: pytest.FixtureRequest) -> None:
    settings.HAS_MAIL_SERVER = True  # type: ignore[attr-defined]
    opened()
    pasted = "Ann <ann@example.org>, bob@example.org\nANN@example.org"
    page = world.client("lea").post("/surveys/patients/mails", {"addresses": "ann@example.org\nbob@example.org"})
    assert page.status_code == 302
    assert [one.to for one in mail.outbox] == [["ann@example.org"], ["bob@example.org"]]
    links = {line for one in mail.outbox for line in str(one.body).splitlines() if "/s/" in line}
    assert len(links) == Invitation.objects.count() == 2
    refused = world.client("lea").post("/surveys/patients/mails", {"addresses": pasted})
    assert refused.status_code == 422
    assert "“Ann” is not an e-mail address. Nothing was sent." in refused.content.decode()
    assert len(mail.outbox) == 2


def test_the_page_shows_results_with_their_margin_and_withholds_small_ones(world: World) -> None:
    survey = make_survey()
    entered(survey, "2026-04", nps_counts(1, 1, 1))
    entered(survey, "2026-05", nps_counts(50, 30, 20), invited=400)
    page = world.client("vic").get("/surveys/patients/").content.decode()
    for words in ("+30", "±15.3", "25 %", "20 detractors, 30 passives, 50 promoters"):
        assert words in page, words
    assert "Withheld:" in page
    assert "1 detractors" not in page
    assert "Enter counts" not in page  # a viewer reads
    kpi = watch_metric(admin(), survey.metric)
    assert "fewer than 5 answers" in world.client("vic").get(f"/kpis/{kpi.key}/").content.decode()
    past = world.client("lea").get("/surveys/patients/?as_of=2026-01-01").content.decode()
    assert "±15.3" not in past


def test_counts_are_entered_by_form(world: World) -> None:
    make_survey(kind="csat", key="care")
    browser = world.client("lea")
    said = {"period": "May 2026", "score_1": "5", "score_2": "5", "score_3": "10", "score_4": "40", "score_5": "40"}
    assert browser.post("/surveys/care/counts", said).status_code == 302
    assert Round.objects.get().value == 80
    assert browser.post("/surveys/care/counts", said | {"period": "Maybe"}).status_code == 422


def test_the_page_of_the_kpi_says_the_margin_beside_the_value(world: World) -> None:
    survey = make_survey()
    entered(survey, "2026-10", nps_counts(50, 30, 20))
    kpi = watch_metric(admin(), survey.metric)
    page = world.client("vic").get(f"/kpis/{kpi.key}/").content.decode()
    assert "±15.3 from 100 answers" in page
    assert 'href="/surveys/patients/"' in page


def test_the_api_runs_a_survey_from_beginning_to_end(world: World) -> None:
    secret = create_token(world.lea, name="script", scope="write", person=world.person("lea")).secret
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    new = {"name": "Patients", "question": "Again?", "kind": "rating", "points": 4, "audience": "invited",
           "team": "emergency"}  # fmt: skip
    made = api.post("/api/v1/surveys", new, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["state"] == "draft"
    address = "/api/v1/surveys/patients"
    assert api.put(f"{address}/state", {"state": "open"}, content_type="application/json").json()["state"] == "open"
    links = api.post(f"{address}/invitations", {"count": 6}, content_type="application/json").json()["links"]
    for link in links:
        assert Client().post(link.removeprefix(chosen.SITE_URL), {"score": "3"}).status_code == 200
    counts = {"period": "2026-05", "counts": [1, 2, 3, 4], "invited": 20}
    entered_one = api.put(f"{address}/results", counts, content_type="application/json").json()
    assert (entered_one["value"], entered_one["n"], entered_one["entered"]) == (3.0, 10, True)
    found = api.get(f"{address}/results").json()
    assert (found["answers_so_far"], [one["period"] for one in found["items"]]) == (6, ["2026-05"])
    changed = {"version": Survey.objects.get().version, "question": "Would you come again?"}
    assert api.patch(address, changed, content_type="application/json").status_code == 200
    assert api.patch(address, changed, content_type="application/json").status_code == 409
    assert [one["key"] for one in api.get("/api/v1/surveys").json()["items"]] == ["patients"]


def test_a_hidden_survey_is_nowhere_in_pages_and_api(world: World) -> None:
    survey = opened("secret-mood", visibility="team")
    answered(survey, [9] * 5)
    browser = world.client("otto")
    secret = create_token(world.otto, name="script", scope="read", person=world.person("otto")).secret
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    assert "Secret mood" not in browser.get("/surveys").content.decode()
    assert browser.get("/surveys/secret-mood/").status_code == 404
    assert api.get("/api/v1/surveys").json()["items"] == []
    assert api.get("/api/v1/surveys/secret-mood/results").status_code == 404


def test_home_asks_the_people_of_the_team_and_search_finds_what_one_may_see(world: World) -> None:
    make_kpi()
    opened("staff-mood", audience="internal", visibility="team")
    home = world.client("cem").get("/").content.decode()
    assert "Questions for you" in home
    assert "/surveys/staff-mood/answer" in home
    assert "Questions for you" not in world.client("otto").get("/").content.decode()
    assert "Staff mood" in world.client("cem").get("/search?q=mood").content.decode()
    assert "Staff mood" not in world.client("otto").get("/search?q=mood").content.decode()
