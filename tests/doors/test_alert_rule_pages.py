"""Setting alert rules on pages: what holds where and who said so, silence, stale edits, and the replay of a budget."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse

from sextant.alerts.models import Alert, AlertRule
from sextant.people.queries import today
from tests.alerts.episodes import look, values, watched
from tests.doors.alerted import raised
from tests.doors.test_alert_pages import read, undo_of
from tests.world import World

pytestmark = pytest.mark.django_db
# The settings of `red_flag` as shipped, as its form sends them.
AS_SHIPPED = {
    "on": "on", "open_after": "1", "recover_after": "1", "relapse_periods": "6", "response_days": "7",
    "hears": ["owner", "lead"],
}  # fmt: skip


def send(world: World, address: str, who: str = "lea", **data: object) -> HttpResponse:
    return world.client(who).post(address, data, follow=True)  # type: ignore[return-value]


def test_every_rule_is_listed_in_plain_words(world: World) -> None:
    html = read(world, "/settings/alerts")
    for words in ("Past the red flag", "Not what was expected", "Key result unlikely", "answered within 7 days",
                  "as shipped", "Heard by: its owner, the lead of its team", "Nothing is silenced."):  # fmt: skip
        assert words in html, words
    of_kpi = read(world, f"/settings/alerts?kpi={watched().key}")
    assert "Alert rules: Seen in time" in of_kpi
    assert "Key result unlikely" not in of_kpi


def test_a_setting_for_a_team_holds_below_it_and_says_so(world: World) -> None:
    kpi = watched()
    address = "/settings/alerts/red_flag?team=emergency"
    html = send(world, address, **AS_SHIPPED | {"open_after": "3"}, version="0", reason="It is noisy.").content.decode()
    assert "The rule holds like this from now on." in html
    [row] = AlertRule.objects.all()
    assert row.settings == {"open_after": 3}, "what equals the setting above is not said here"
    html = read(world, f"/settings/alerts/red_flag?kpi={kpi.key}")
    assert re.search(r"After 3 periods in a row</span><span class=\"quiet small\">for Emergency", html)
    assert "after 1 period ·" in read(world, "/settings/alerts")
    assert "It is noisy." in read(world, address)


def test_what_equals_the_setting_above_follows_it_again(world: World) -> None:
    address = "/settings/alerts/red_flag?team=emergency"
    send(world, address, **AS_SHIPPED | {"open_after": "3"}, version="0", reason="Noisy.")
    standing = AlertRule.objects.get(superseded_at=None)
    send(world, address, **AS_SHIPPED, version=str(standing.pk), reason="Quiet again.")
    assert not AlertRule.objects.filter(superseded_at=None).exists()


def test_two_people_setting_the_same_rule_see_both_versions(world: World) -> None:
    address = "/settings/alerts/red_flag?team=emergency"
    send(world, address, **AS_SHIPPED | {"open_after": "3"}, version="0", reason="Noisy.")
    answer = send(world, address, "ada", **AS_SHIPPED | {"open_after": "2"}, version="0", reason="A little.")
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "after 3 periods in a row" in html
    assert "after 2 periods in a row" in html
    [version] = re.findall(r'name="version" value="(\d+)"', html)
    send(world, address, "ada", **AS_SHIPPED | {"open_after": "2"}, version=version, reason="A little.")
    assert AlertRule.objects.get(superseded_at=None).settings == {"open_after": 2}


def test_what_makes_no_sense_is_refused_beside_its_field(world: World) -> None:
    address = "/settings/alerts/red_flag?team=emergency"
    for wrong in ({"open_after": "0"}, {"reason": " "}, {"response_days": "9999"}, {"open_after": "many"}):
        answer = send(world, address, **AS_SHIPPED | {"version": "0", "reason": "x"} | wrong)
        assert answer.status_code == 422, wrong
        assert 'class="error"' in answer.content.decode()
    assert not AlertRule.objects.exists()


def test_a_silenced_rule_is_listed_until_somebody_lifts_it(world: World) -> None:
    alert = raised()
    until = (today() + timedelta(days=10)).isoformat()
    data = {"mute-until": until, "mute-reason": "The desk moves."}
    answer = send(world, "/settings/alerts/red_flag/muting?kpi=waiting-time", **data)
    look(alert.kpi)
    alert.refresh_from_db()
    assert alert.closed_how == "muted"
    html = read(world, "/settings/alerts")
    assert "The desk moves." in html
    assert "Silent at present" in html
    send(world, undo_of(answer))
    assert "Nothing is silenced." in read(world, "/settings/alerts")
    send(world, "/settings/alerts/red_flag/muting?kpi=waiting-time", **data)
    html = read(world, "/settings/alerts/red_flag?kpi=waiting-time")
    assert "until the end of" in html
    send(world, "/settings/alerts/red_flag/unmuting?kpi=waiting-time", **{"unmute-reason": "It has moved."})
    assert "It has moved." in read(world, "/settings/alerts/red_flag?kpi=waiting-time")
    assert not AlertRule.objects.filter(superseded_at=None, is_muted=True).exists()


def test_a_silence_of_a_hidden_kpi_is_hidden_with_it(world: World) -> None:
    kpi = watched("bonus", visibility="people")
    send(world, f"/settings/alerts/late/muting?kpi={kpi.key}", **{"mute-reason": "Secret reasons."})
    assert "Secret reasons." in read(world, "/settings/alerts")
    assert "Secret reasons." not in read(world, "/settings/alerts", "vic")
    assert world.client("vic").get(f"/settings/alerts?kpi={kpi.key}").status_code == 404


def test_a_replay_tells_what_another_budget_would_have_raised_and_raises_nothing(world: World) -> None:
    kpi = watched(targets={"target": 10.0})
    values(kpi, *([95, 93, 94, 96, 92, 97] * 8), *([82] * 6))
    address = f"/settings/alerts/deviation?kpi={kpi.key}"
    assert "A replay of the last year" in read(world, address)
    html = read(world, f"{address}&replay=4.0")
    assert "At most 4 false alarms per KPI in a year" in html
    assert re.search(r"<dd>[1-9]\d* alerts?</dd>", html)
    assert "below what season and trend led us to expect" in html
    assert not re.search(r"\bto\s+it was on average", html), "the last period is named"
    assert not Alert.objects.exists()
    of_team = read(world, "/settings/alerts/deviation?team=emergency&replay=0.1")
    assert "1 KPI was looked at." in of_team
    assert "replay-budget" not in read(world, "/settings/alerts/late")


def test_a_past_day_shows_no_rule_that_was_set_later_and_takes_none(world: World) -> None:
    kpi = watched("surge")
    address = f"/settings/alerts/late/muting?kpi={kpi.key}"
    send(world, address, **{"mute-reason": "The desk moves."})
    yesterday = (today() - timedelta(days=1)).isoformat()
    for page in ("/settings/alerts?", f"/settings/alerts/late?kpi={kpi.key}&"):
        assert "The desk moves." in read(world, page)
        assert "The desk moves." not in read(world, f"{page}as_of={yesterday}")
    sent = world.client("lea").post(f"{address}&as_of={yesterday}", {"mute-reason": "Too late."})
    assert sent.status_code == 422
    assert not AlertRule.objects.filter(reason="Too late.").exists()
