"""The alerts inbox and the page of an alert: what they show, and what can be done from there."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.http import HttpResponse

from sextant.alerts.models import Alert, Response
from sextant.alerts.queries.inbox import count_open
from sextant.kpis.commands import create_scorecard
from sextant.metrics.models import DetectionSetting
from sextant.people.queries import today
from tests.alerts.episodes import look
from tests.doors.alerted import raised, recover
from tests.make import admin, make_objective
from tests.world import World

pytestmark = pytest.mark.django_db


def read(world: World, address: str, who: str = "lea", **more: object) -> str:
    answer = world.client(who).get(address, **more)  # type: ignore[arg-type]
    assert answer.status_code == 200, (address, answer.status_code)
    return re.sub(r"\s+", " ", answer.content.decode())


def send(world: World, address: str, who: str = "lea", **data: object) -> HttpResponse:
    return world.client(who).post(address, data, follow=True)  # type: ignore[return-value]


def row_of(html: str, alert: Alert) -> str:
    return html[html.index(f'id="alert-{alert.pk}"') :].partition("</ul> ")[0]


def undo_of(answer: HttpResponse) -> str:
    """Where the message that says what was done takes it back."""
    [address] = re.findall(r'data-toast>.*?<form method="post" action="([^"]+)"', answer.content.decode(), re.DOTALL)
    return str(address)


def test_the_inbox_says_what_since_when_who_and_what_is_planned(world: World) -> None:
    alert = raised()
    row = row_of(read(world, "/alerts"), alert)
    for words in ("Waiting time", "Past the red flag", "60 %", "Since week", "Lea Lead", "Call the on-duty manager.",
                  "to be answered by", "Open", f"/objectives/new?kpi=waiting-time&amp;alert={alert.pk}"):  # fmt: skip
        assert words in row, words
    assert "Open the second desk." not in row


def test_mine_my_teams_and_all_are_counted_apart(world: World) -> None:
    raised()
    raised("theatre-use", team=world.surgery, owner=world.person("otto"))
    html = read(world, "/alerts")
    assert 'Mine <span class="count">1</span>' in html
    assert 'My teams <span class="count">1</span>' in html
    assert 'All <span class="count">2</span>' in html
    assert "Theatre use" not in html
    assert "Theatre use" in read(world, "/alerts?scope=all")
    assert "Theatre use" in read(world, "/alerts?team=surgery")
    assert "Nothing here deviates" in read(world, "/alerts", "cem")


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("?rule=red_flag", True), ("?rule=late", False), ("?state=open", True), ("?state=closed", False),
        ("?unanswered=1", True), ("?kpi=waiting-time", True), ("?state=weird&rule=weird&group=weird&page=x", True),
        ("?group=team", True), ("?group=thing", True), ("?page=99", True), ("?as_of=2020-01-01", False),
    ],
)  # fmt: skip
def test_the_address_narrows_the_list(world: World, query: str, is_shown: bool) -> None:
    alert = raised()
    assert (f'id="alert-{alert.pk}"' in read(world, f"/alerts{query}")) == is_shown


def test_without_alerts_the_page_says_when_there_will_be_some(world: World) -> None:
    html = read(world, "/alerts")
    assert "Nothing deviates" in html
    assert "Alerts appear here when a KPI misses its target" in html
    assert 'href="/settings/alerts"' in html


def test_taking_note_snoozing_and_closing_can_each_be_undone(world: World) -> None:
    alert = raised()
    until = (today() + timedelta(days=7)).isoformat()
    steps = [("acknowledgement", {}, "acknowledged"), ("snooze", {"until": until}, "snoozed"),
             ("closure", {"close-reason": "A mistake in the figures."}, "closed")]  # fmt: skip
    for step, data, state in steps:
        undo = undo_of(send(world, f"/alerts/{alert.pk}/{step}", next="/alerts", **data))
        alert.refresh_from_db()
        assert alert.state == state
        before = "acknowledged" if "acknowledged" in undo else "open"
        send(world, undo)
        alert.refresh_from_db()
        assert alert.state == before, step


def test_undoing_a_snooze_of_a_noted_alert_leaves_it_noted(world: World) -> None:
    alert = raised()
    send(world, f"/alerts/{alert.pk}/acknowledgement")
    send(world, undo_of(send(world, f"/alerts/{alert.pk}/snooze", until=(today() + timedelta(days=1)).isoformat())))
    alert.refresh_from_db()
    assert alert.state == "acknowledged"


def test_a_bad_day_for_a_snooze_is_refused_in_words(world: World) -> None:
    alert = raised()
    for day in ("yesterday", "2020-01-01", ""):
        answer = send(world, f"/alerts/{alert.pk}/snooze", until=day)
        assert answer.status_code == 422, day
        assert "Choose a day after today" in answer.content.decode()


def test_many_are_noted_at_once_and_those_of_others_left(world: World) -> None:
    mine, other = raised(), raised("theatre-use", team=world.surgery, owner=world.person("otto"))
    answer = send(world, "/alerts/acknowledgements", id=[mine.pk, other.pk], next="/alerts?scope=all")
    assert "Took note of 1 alert. 1 was left as it is" in answer.content.decode()
    assert [Alert.objects.get(pk=one.pk).state for one in (mine, other)] == ["acknowledged", "open"]
    send(world, undo_of(answer))
    assert Alert.objects.get(pk=mine.pk).state == "open"
    assert "Nothing is chosen" in send(world, "/alerts/acknowledgements").content.decode()


def test_the_alert_page_shows_evidence_why_life_and_chart(world: World) -> None:
    alert = raised()
    html = read(world, f"/alerts/{alert.pk}")
    assert "<h1>Past the red flag of 70 % since week" in html
    for words in (
        "<dt>Value</dt><dd>60 %</dd>", "<dt>Target</dt><dd>90 %</dd>", "<dt>Red flag</dt><dd>70 %</dd>",
        "Why this alert?", "alert-red-flag", 'svg class="chart', "Its life", "Opened", "Open the second desk.",
        "What is being done?", "Discussion", "/settings/alerts/red_flag?kpi=waiting-time",
    ):  # fmt: skip
        assert words in html, words


def test_the_answer_is_kept_shown_on_the_kpi_and_counts_as_noted(world: World) -> None:
    alert = raised()
    until = (today() + timedelta(days=3)).isoformat()
    data = {"what": "A second desk opens on Monday.", "action_owner": "cem-contributor", "due_on": until}
    html = send(world, f"/alerts/{alert.pk}/response", **data).content.decode()
    assert "A second desk opens on Monday." in html
    assert "Cem Contributor, until" in html
    alert.refresh_from_db()
    assert alert.state == "acknowledged"
    assert "A second desk opens on Monday." in read(world, "/kpis/waiting-time/")


def test_an_answer_over_one_that_came_meanwhile_shows_both(world: World) -> None:
    alert = raised()
    send(world, f"/alerts/{alert.pk}/response", what="I call them.")
    answer = send(world, f"/alerts/{alert.pk}/response", "ada", what="I write to them.", version="")
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "I call them." in html
    assert "I write to them." in html
    assert Response.objects.get().what == "I call them."
    assert send(world, f"/alerts/{alert.pk}/response", what=" ").status_code == 422


def test_who_gets_it_has_it_among_theirs_and_owes_the_answer(world: World) -> None:
    alert = raised()
    assert 'data-owed aria-hidden="true">1<' in read(world, "/")
    send(world, f"/alerts/{alert.pk}/owner", owner="cem-contributor")
    assert f'id="alert-{alert.pk}"' in read(world, "/alerts", "cem")
    owed = read(world, "/check-in/", "cem")
    assert "1 alert waits for your answer" in owed
    assert f"/alerts/{alert.pk}#answer" in owed
    refused = send(world, f"/alerts/{raised('bonus', visibility='people').pk}/owner", owner="vic-viewer")
    assert refused.status_code == 422
    assert "may not see" in refused.content.decode()


def test_the_rail_counts_mine_and_the_first_page_lists_them(world: World) -> None:
    alert = raised()
    assert count_open(world.lea) == 1
    assert '<span aria-hidden="true">1</span><span class="unseen">, 1 open</span>' in read(world, "/alerts/count")
    home = read(world, "/")
    assert f'<a href="/alerts/{alert.pk}">Waiting time</a>' in home
    send(world, f"/alerts/{alert.pk}/acknowledgement")
    assert "open</span>" not in read(world, "/alerts/count")
    assert f'<a href="/alerts/{alert.pk}">Waiting time</a>' in read(world, "/"), "its answer is still owed"


def test_start_okr_opens_a_draft_with_kpi_baseline_target_and_the_reason(world: World) -> None:
    make_objective()
    alert = raised()
    html = read(world, f"/objectives/new?kpi=waiting-time&alert={alert.pk}")
    assert "Waiting time needs help. Past the red flag of 70 %" in html
    assert "Waiting time from 60 % to 90 %" in html
    assert re.search(r'name="[^"]*baseline" value="60"', html)
    assert re.search(r'name="[^"]*target" value="90"', html)
    assert 'value="Open the second desk."' in html
    hidden = raised("bonus", visibility="people")
    assert world.client("cem").get(f"/objectives/new?alert={hidden.pk}").status_code == 404


def test_the_kpi_its_scorecard_row_and_its_team_show_the_open_alert(world: World) -> None:
    alert = raised()
    assert alert.kpi is not None
    card = create_scorecard(admin(), name="Desk", team=world.emergency, kpis=[alert.kpi])
    link = f'href="/alerts/{alert.pk}"'
    assert link in read(world, "/kpis/waiting-time/")
    row = read(world, f"/scorecards/{card.key}/")
    assert f'class="row-alert" {link}' in row
    assert "Lea Lead, by" in row
    assert link in read(world, "/teams/emergency")
    recover(alert.kpi)
    for address in ("/kpis/waiting-time/", f"/scorecards/{card.key}/", "/teams/emergency"):
        assert link not in read(world, address), address


def test_a_recovery_closes_it_and_a_relapse_leads_back_to_the_first(world: World) -> None:
    first = raised()
    assert first.kpi is not None
    recover(first.kpi)
    html = read(world, f"/alerts/{first.pk}")
    assert "It recovered" in html
    assert "Reopen" in html
    second = Alert.objects.create(
        rule="red_flag", kpi=first.kpi, evidence=first.evidence, opened_at=first.opened_at, relapse_of=first
    )
    html = read(world, f"/alerts/{second.pk}")
    assert "Relapse" in html
    assert f'<a href="/alerts/{first.pk}">the episode before</a>' in html


def test_a_past_day_shows_what_was_known_then_and_changes_nothing(world: World) -> None:
    alert = raised()
    tomorrow = date.fromisoformat("2026-01-01")
    assert world.client("lea").get(f"/alerts/{alert.pk}?as_of={tomorrow}").status_code == 404
    answer = world.client("lea").post(f"/alerts/{alert.pk}/acknowledgement?as_of=2026-01-01")
    assert answer.status_code == 422
    alert.refresh_from_db()
    assert alert.state == "open"


def test_a_viewer_reads_and_is_offered_nothing_to_do(world: World) -> None:
    alert = raised()
    html = read(world, f"/alerts/{alert.pk}", "vic")
    for step in ("acknowledgement", "snooze", "closure", "owner", "response"):
        assert f"/alerts/{alert.pk}/{step}" not in html, step
    assert world.client("vic").post(f"/alerts/{alert.pk}/acknowledgement").status_code == 403


def deviating() -> Alert:
    """An alert that says its KPI has changed, from its first value on."""
    alert = raised()
    evidence = {"since": alert.start, "start": alert.start, "side": "below", "expected": 95.0, "actual": 60.0,
                "gap": -35.0, "relative": -0.37, "surprise": 0.05}  # fmt: skip
    Alert.objects.filter(pk=alert.pk).update(rule="deviation", evidence=evidence)
    alert.refresh_from_db()
    return alert


@pytest.mark.parametrize(("word", "field"), [("baseline", "dividers"), ("rejected", "rejected")])
def test_a_deviation_is_settled_from_its_page_and_that_can_be_undone(world: World, word: str, field: str) -> None:
    alert = deviating()
    html = read(world, f"/alerts/{alert.pk}")
    assert "Is this the new normal?" in html
    assert "How sure?" in html
    assert send(world, f"/alerts/{alert.pk}/judgement", do=word).status_code == 422
    answer = send(world, f"/alerts/{alert.pk}/judgement", do=word, **{"judgement-reason": "A new desk."})
    alert.refresh_from_db()
    assert (alert.state, alert.closed_how) == ("closed", "person")
    assert DetectionSetting.objects.get(superseded_at=None).limits == {field: [alert.start]}
    send(world, undo_of(answer))
    alert.refresh_from_db()
    assert alert.state == "open"
    assert not DetectionSetting.objects.get(superseded_at=None).limits.get(field)


def test_the_list_of_what_nobody_answers_for_leads_to_each_remedy(world: World) -> None:
    alert = raised()
    assert "1 thing without an answer" in read(world, "/alerts/unanswered")
    Response.objects.update(due_on=today() - timedelta(days=3))
    Alert.objects.filter(pk=alert.pk).update(owner=None)
    html = read(world, "/alerts/unanswered")
    assert "3 days late" in html
    assert f'href="/alerts/{alert.pk}#answer"' in html
    assert f'action="/alerts/{alert.pk}/owner"' in html
    assert "/kpis/waiting-time/action" in html
    send(world, f"/alerts/{alert.pk}/owner", owner="lea-lead")
    send(world, f"/alerts/{alert.pk}/response", what="We open a desk.")
    assert "Everything is answered for" in read(world, "/alerts/unanswered")
    assert "Everything is answered for" in read(world, "/alerts/unanswered?team=surgery")


def test_a_rule_that_fails_is_listed_with_what_to_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sextant.alerts import looking

    alert = raised()

    def broken(*_args: object, **_more: object) -> object:
        raise ValueError("the unit has changed")

    monkeypatch.setattr(looking, "look_for_values", broken)
    look(alert.kpi)
    html = read(world, "/alerts/unanswered")
    assert "Rules that cannot be evaluated" in html
    assert "Look at its frequency and its values." in html
    assert "the unit has changed" in html
