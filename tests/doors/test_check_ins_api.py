"""Check-ins, what is owed and blockers as scripts see them."""

from __future__ import annotations

from datetime import date

import pytest

from sextant.metrics.models import Measurement
from sextant.okrs.models import Blocker, CheckIn, KeyResult, Milestone
from tests.doors.calls import pusher, script
from tests.make import make_kpi
from tests.okrs.running import START, days, running_key_result, said_on
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_check_in_is_said_listed_and_taken_back(world: World) -> None:
    one = running_key_result(world)
    call = script(world, "cem")
    said = call(
        "POST", "/check-ins",
        {"key_result": one.key, "value": 48, "confidence": 6, "status": "at_risk", "note": "Slow start.", "seen": 0},
    )  # fmt: skip
    assert said.status == 201, said
    assert (said.body["value"], said.body["confidence"], said.body["author_key"]) == (48, 6, "cem-contributor")
    assert call.all("/check-ins", key_result=one.key) == [said.body]
    assert Measurement.objects.get(metric=one.metric, superseded_at=None).value == 48
    assert call("DELETE", f"/check-ins/{said.body['id']}").status == 204
    assert call.all("/check-ins", key_result=one.key) == []
    assert not Measurement.objects.filter(metric=one.metric, superseded_at=None).exists()


def test_pages_of_check_ins_follow_each_other(world: World) -> None:
    one = running_key_result(world)
    made = [said_on(world, START + days(day), one).pk for day in range(5)]
    assert [row["id"] for row in script(world, "vic").all("/check-ins", limit=2)] == made[::-1]


def test_what_is_owed_is_one_list_that_can_be_answered_as_it_came(world: World) -> None:
    one = running_key_result(world)
    KeyResult.objects.filter(pk=one.pk).update(due_on=date(2999, 1, 1))
    make_kpi("waits", active=True, owner=world.person("cem"))
    call = script(world, "cem")
    due = call.get("/check-ins/due")["items"]
    assert sorted(item["kind"] for item in due) == ["key_result", "kpi"]
    for item in due:
        answer = call(
            "POST", "/check-ins",
            {item["kind"]: item["key"], "value": 30, "period": item["period"], "confidence": 5, "seen": item["seen"]},
        )  # fmt: skip
        assert answer.status == 201, answer
        assert answer.body["due_on"] == item["due_on"]
    assert call.get("/check-ins/due")["items"] == []


def test_the_second_of_two_is_shown_both_versions(world: World) -> None:
    one = running_key_result(world)
    script(world, "lea")("POST", "/check-ins", {"key_result": one.key, "value": 50, "confidence": 8, "seen": 0})
    refused = script(world, "cem")("POST", "/check-ins", {"key_result": one.key, "confidence": 3, "seen": 0})
    assert (refused.status, refused.keys) == (409, ["stale-version"])
    details = refused.body["problems"][0]["details"]
    assert details["theirs"]["author"] == "Lea Lead (a script)"
    assert details["yours"]["confidence"] == 3
    kept = script(world, "cem")(
        "POST", "/check-ins", {"key_result": one.key, "confidence": 3, "seen": details["theirs"]["seen"]}
    )
    assert kept.status == 201


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "one-thing"),
        ({"key_result": "no-such", "confidence": 5}, "unknown-key-result"),
        ({"key_result": "door-to-doctor-in-20-minutes"}, "nothing-said"),
        ({"key_result": "door-to-doctor-in-20-minutes", "confidence": 11}, "bad-confidence"),
        ({"key_result": "door-to-doctor-in-20-minutes", "status": "off_track", "note": "x"}, "action-missing"),
        ({"key_result": "door-to-doctor-in-20-minutes", "value": "many"}, "not-a-number"),
        ({"key_result": "door-to-doctor-in-20-minutes", "confidence": 5, "mood": "good"}, "unknown-field"),
    ],
)
def test_a_refusal_says_what_was_wrong(world: World, body: dict[str, object], key: str) -> None:
    running_key_result(world)
    refused = script(world, "cem")("POST", "/check-ins", body)
    assert (refused.status, refused.keys) == (422, [key])
    assert not CheckIn.objects.exists()


def test_drafts_are_published_by_their_author(world: World) -> None:
    one = running_key_result(world)
    call = script(world, "cem")
    draft = call("POST", "/check-ins", {"key_result": one.key, "value": 40, "confidence": 5, "draft": True}).body
    assert draft["draft"]
    assert script(world, "lea").all("/check-ins") == []
    assert script(world, "lea")("POST", f"/check-ins/{draft['id']}/publication").status == 404
    said = call("POST", f"/check-ins/{draft['id']}/publication")
    assert (said.status, said.body["draft"], said.body["value"]) == (201, False, 40)


def test_the_lead_acknowledges_and_others_may_not(world: World) -> None:
    said = said_on(world, START, running_key_result(world))
    address = f"/check-ins/{said.pk}/acknowledgement"
    assert script(world, "cem")("POST", address).status == 403
    assert script(world, "lea")("POST", address).body["acknowledged_by"] == "Lea Lead (a script)"
    assert script(world, "lea")("POST", "/check-ins/999999/acknowledgement").status == 404


def test_steps_are_marked_by_their_id(world: World) -> None:
    steps = [{"title": "Plan", "due_on": START + days(30)}]
    one = running_key_result(world, kind="milestones", terms={}, milestones=steps)
    step = Milestone.objects.get()
    body = {"key_result": one.key, "milestones": {str(step.pk): "It is in the wiki."}}
    assert script(world, "cem")("POST", "/check-ins", body).status == 201
    assert Milestone.objects.get().evidence == "It is in the wiki."


def test_a_push_token_checks_in_for_its_team_and_does_nothing_else(world: World) -> None:
    one = running_key_result(world)
    push = pusher(world)
    said = push("POST", "/check-ins", {"key_result": one.key, "value": 41, "confidence": 6})
    assert (said.status, said.body["value"], said.body["author_key"]) == (201, 41, None)
    assert push("GET", "/check-ins").status == 403
    assert push("GET", "/check-ins/due").status == 403
    assert push("POST", f"/check-ins/{said.body['id']}/acknowledgement").status == 403
    assert push("DELETE", f"/check-ins/{said.body['id']}").status == 403
    assert push("POST", "/blockers", {"key_result": one.key, "text": "x"}).status == 403
    assert push("POST", "/objectives", {"title": "x"}).status == 403
    other = pusher(world, "surgery")("POST", "/check-ins", {"key_result": one.key, "confidence": 6})
    assert (other.status, other.keys) == (422, ["unknown-key-result"])


def test_a_reading_token_says_nothing(world: World) -> None:
    one = running_key_result(world)
    assert script(world, "cem", "read")("POST", "/check-ins", {"key_result": one.key, "confidence": 6}).status == 403


def test_blockers_are_named_handed_over_and_cleared(world: World) -> None:
    one = running_key_result(world)
    call = script(world, "cem")
    made = call("POST", "/blockers", {"key_result": one.key, "text": "No room", "owner": "otto-outsider"})
    assert (made.status, made.body["owner"], made.body["age_days"]) == (201, "otto-outsider", 0)
    address = f"/blockers/{made.body['id']}"
    assert script(world, "vic")("PATCH", address, {"resolved": True}).status == 403
    assert call("PATCH", address, {"owner": None, "text": "No room yet"}).body["owner"] is None
    assert [row["text"] for row in call.all("/blockers", key_result=one.key, open=1)] == ["No room yet"]
    done = call("PATCH", address, {"resolved": True, "resolution": "Room 4"})
    assert done.body["resolution"] == "Room 4"
    assert call.all("/blockers", open=1) == []
    assert call("PATCH", address, {"resolved": False}).body["resolved_at"] is None
    assert Blocker.objects.filter(resolved_at=None).count() == 1
