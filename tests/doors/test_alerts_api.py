"""`/alerts` and `/alert-rules`: the same episodes and verbs as on the pages, for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sextant.alerts.models import Alert
from sextant.people.queries import today
from tests.alerts.episodes import look, watched
from tests.doors.alerted import raised, recover
from tests.doors.calls import script
from tests.doors.test_api_numbers import computed_fields
from tests.world import World

pytestmark = pytest.mark.django_db


def test_an_alert_says_what_it_rests_on_and_what_is_asked(world: World) -> None:
    alert = raised()
    call = script(world, "vic", "read")
    [found] = call.get("/alerts")["items"]
    assert found == call.get(f"/alerts/{alert.pk}")
    assert (found["rule"], found["kind"], found["key"], found["state"]) == ("red_flag", "kpi", "waiting-time", "open")
    assert found["owner"] == "lea-lead"
    assert found["evidence"]["value"] == 60
    assert found["evidence"]["since"].endswith("T00:00")
    assert "60" in found["sentence"]
    assert found["response"]["plan"].startswith("Call the on-duty manager.")
    assert found["response"]["due_on"] == (today() + timedelta(days=7)).isoformat()
    assert "why" not in found
    asked = call.get(f"/alerts/{alert.pk}", why=1)
    assert set(asked["why"]) == computed_fields(call, "AlertOut")
    assert asked["why"]["sentence"]["rule"] == "alert-red-flag"
    assert asked["why"]["sentence"]["inputs"]["value"] == 60
    assert asked["why"]["sentence"]["inputs"]["result"] == found["sentence"]


def test_a_kpi_names_its_open_alerts(world: World) -> None:
    alert = raised()
    call = script(world, "vic", "read")
    [brief] = call.get("/kpis/waiting-time")["alerts"]
    assert (brief["id"], brief["rule"], brief["state"]) == (alert.pk, "red_flag", "open")
    recover(alert.kpi)
    assert call.get("/kpis/waiting-time")["alerts"] == []
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert call.get("/kpis/waiting-time", as_of=yesterday)["alerts"] == []


def test_each_verb_and_its_taking_back(world: World) -> None:
    address = f"/alerts/{raised().pk}"
    call = script(world, "cem")
    assert call("DELETE", f"{address}/acknowledgement").status == 404
    assert call("POST", f"{address}/acknowledgement", {}).body["state"] == "acknowledged"
    assert call("DELETE", f"{address}/acknowledgement").body["state"] == "open"
    until = (today() + timedelta(days=7)).isoformat()
    snoozed = call("POST", f"{address}/snooze", {"until": until}).body
    assert snoozed["state"] == "snoozed"
    assert snoozed["snoozed_until"] is not None
    assert call("DELETE", f"{address}/snooze").body["state"] == "open"
    assert call("POST", f"{address}/closure", {"reason": " "}).keys == ["reason-missing"]
    closed = call("POST", f"{address}/closure", {"reason": "The figure was wrong."}).body
    assert (closed["state"], closed["closed_how"]) == ("closed", "person")
    assert call.get("/alerts")["items"] == []
    assert call("DELETE", f"{address}/closure").body["state"] == "open"
    kinds = [step["kind"] for step in call.get(f"{address}/history")["items"]]
    assert kinds == ["opened", "acknowledged", "reopened", "snoozed", "reopened", "closed", "reopened"]


def test_an_answer_becomes_the_action_of_the_kpi(world: World) -> None:
    alert = raised()
    call = script(world, "lea")
    assert call.get(f"/alerts/{alert.pk}/response")["answered_at"] is None
    until = (today() + timedelta(days=3)).isoformat()
    body = {"what": "A second desk opens on Monday.", "action_owner": "cem-contributor", "action_due_on": until}
    answered = call("PUT", f"/alerts/{alert.pk}/response", body).body
    assert answered["state"] == "acknowledged"
    assert answered["response"]["what"] == body["what"]
    assert call.get("/kpis/waiting-time")["action"]["text"] == body["what"]
    assert call.get("/alerts", unanswered=1)["items"] == []


def test_somebody_else_gets_it_with_the_response(world: World) -> None:
    alert = raised()
    call = script(world, "lea")
    given = call("PUT", f"/alerts/{alert.pk}/owner", {"owner": "cem-contributor"}).body
    assert (given["owner"], given["response"]["owner"]) == ("cem-contributor", "cem-contributor")
    assert call("PUT", f"/alerts/{alert.pk}/owner", {"owner": "nobody-here"}).keys == ["unknown-person"]
    assert script(world, "cem").get("/alerts", scope="mine")["items"][0]["id"] == alert.pk


def test_filters_narrow_and_unknown_ones_are_refused(world: World) -> None:
    first, second = raised("one"), raised("two")
    call = script(world, "lea")
    assert [one["id"] for one in call.get("/alerts", kpi="two")["items"]] == [second.pk]
    assert [one["id"] for one in call.all("/alerts", limit=1)] == [second.pk, first.pk]
    assert call.get("/alerts", rule="late")["items"] == []
    assert call.get("/alerts", state="closed")["items"] == []
    assert len(call.get("/alerts", team="harbour-hospital")["items"]) == 2
    assert call.get("/alerts", team="surgery")["items"] == []
    assert call("GET", "/alerts", rule="weather").keys == ["unknown-rule"]
    assert call("GET", "/alerts", state="sleepy").keys == ["unknown-choice"]
    assert call("GET", "/alerts", scope="theirs").keys == ["unknown-choice"]
    assert call("GET", "/alerts", kpi="no-such").keys == ["unknown-kpi"]
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert call.get("/alerts", as_of=yesterday)["items"] == []


def test_what_one_may_not_see_or_do(world: World) -> None:
    alert = raised("bonus", visibility="people")
    assert script(world, "vic", "read")("GET", f"/alerts/{alert.pk}").status == 404
    assert script(world, "vic", "read").get("/alerts")["items"] == []
    seen = raised()
    assert script(world, "vic")("POST", f"/alerts/{seen.pk}/acknowledgement", {}).status == 403
    assert script(world, "lea", "read")("POST", f"/alerts/{seen.pk}/acknowledgement", {}).status == 403
    for number in ("0", "999999", "9" * 30, "abc"):
        assert script(world, "lea")("GET", f"/alerts/{number}").status == 404, number


def test_what_nobody_answers_for_is_one_list(world: World) -> None:
    alert = raised()
    Alert.objects.filter(pk=alert.pk).update(owner=None)
    alert.response.__class__.objects.update(due_on=today() - timedelta(days=2))
    found = script(world, "ada", "read").get("/alerts/unanswered")
    [late] = found["responses"]
    assert (late["alert"]["id"], late["days_late"]) == (alert.pk, 2)
    assert [one["id"] for one in found["without_owner"]] == [alert.pk]
    assert [(one["kpi"], one["kind"]) for one in found["without_action"]] == [("waiting-time", "off_target")]
    assert found["failures"] == []
    assert script(world, "ada", "read").get("/alerts/unanswered", team="surgery")["responses"] == []


def test_only_a_deviation_can_be_settled(world: World) -> None:
    alert = raised()
    refused = script(world, "lea")(
        "POST", f"/alerts/{alert.pk}/judgement", {"verdict": "new_normal", "reason": "So it is."}
    )
    assert refused.keys == ["no-deviation"]


def rule(found: dict[str, object], key: str) -> dict[str, object]:
    [one] = [one for one in found["items"] if one["key"] == key]  # type: ignore[attr-defined]
    return one  # type: ignore[no-any-return]


def test_a_rule_is_set_for_a_team_and_says_where_each_setting_comes_from(world: World) -> None:
    call = script(world, "lea")
    before = rule(call.get("/alert-rules", team="emergency"), "red_flag")
    assert before["origins"]["open_after"] == {"place": "shipped", "name": ""}  # type: ignore[index]
    body = {
        "team": "emergency", "settings": {"open_after": 2, "people": ["cem-contributor"]}, "reason": "It is noisy.",
    }  # fmt: skip
    now = call("PUT", "/alert-rules/red_flag", body).body
    assert now["settings"]["open_after"] == 2
    assert now["settings"]["people"] == ["cem-contributor"]
    assert now["origins"]["open_after"] == {"place": "team", "name": "Emergency"}
    assert now["own"] == {"open_after": 2, "people": ["cem-contributor"]}
    kpi = watched("seen")
    assert rule(call.get("/alert-rules", kpi=kpi.key), "red_flag")["settings"]["open_after"] == 2  # type: ignore[index]
    assert rule(call.get("/alert-rules"), "red_flag")["settings"]["open_after"] == 1  # type: ignore[index]
    back = call("POST", "/alert-rules/red_flag/restoration", {"team": "emergency", "reason": "Quiet again."}).body
    assert (back["settings"]["open_after"], back["own"]) == (1, None)
    history = call.get("/alert-rules/red_flag/history", team="emergency")["items"]
    assert [one["reason"] for one in history] == ["It is noisy."]
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert call.get("/alert-rules/red_flag/history", team="emergency", as_of=yesterday)["items"] == []


def test_a_silenced_rule_ends_its_alerts_and_says_why(world: World) -> None:
    alert = raised()
    call = script(world, "lea")
    body = {"kpi": "waiting-time", "until": (today() + timedelta(days=30)).isoformat(), "reason": "The desk moves."}
    muted = call("POST", "/alert-rules/red_flag/muting", body).body
    assert muted["muted"] == {"reason": "The desk moves.", "until": body["until"], "author": "Lea Lead (a script)"}
    assert muted["heard"] is False
    look(alert.kpi)
    assert call.get(f"/alerts/{alert.pk}")["closed_how"] == "muted"
    heard = call("DELETE", "/alert-rules/red_flag/muting", kpi="waiting-time", reason="It has moved.").body
    assert (heard["heard"], heard["muted"]) == (True, None)


def test_rules_explain_themselves_and_refuse_what_they_do_not_have(world: World) -> None:
    call = script(world, "lea")
    asked = rule(call.get("/alert-rules", why=1), "deviation")
    assert set(asked["why"]) == computed_fields(call, "AlertRuleOut")  # type: ignore[call-overload]
    refusals = [
        ({"settings": {"open_after": 0}, "reason": "x"}, "bad-value"),
        ({"settings": {"colour": "red"}, "reason": "x"}, "unknown-setting"),
        ({"settings": {}, "reason": " "}, "reason-missing"),
        ({"settings": {"people": ["nobody-here"]}, "reason": "x"}, "unknown-person"),
        ({"settings": {"people": 7}, "reason": "x"}, "unknown-person"),
    ]
    for body, key in refusals:
        assert call("PUT", "/alert-rules/red_flag", body | {"team": "emergency"}).keys == [key], body
    assert call("PUT", "/alert-rules/weather", {"settings": {}, "reason": "x"}).status == 404
    assert call("PUT", "/alert-rules/red_flag", {"settings": {"on": False}, "reason": "x"}).status == 403
    both = {"team": "emergency", "kpi": "no-such", "settings": {}, "reason": "x"}
    assert call("PUT", "/alert-rules/red_flag", both).keys == ["one-place"]
    assert call("PUT", "/alert-rules/source_failing", {"team": "emergency", "settings": {}, "reason": "x"}).keys == [
        "not-available"
    ]
