import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sextant.people.models import Token, User
from tests.doors.calls import Script, pusher, script
from tests.make import make_kpi, make_metric
from tests.world import World

pytestmark = pytest.mark.django_db


def test_without_a_token_nobody_is_let_in(world: World) -> None:
    refused = Script()("GET", "/kpis")
    assert (refused.status, refused.keys) == (401, ["not-signed-in"])
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["sxt_wrong", "nonsense", "", "sxt_" + "x" * 5000])
def test_a_wrong_token_is_refused_even_in_a_signed_in_browser(secret: str, world: World) -> None:
    client = world.client("ada")
    answer = client.get("/api/v1/kpis", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_revoked_and_expired_tokens_are_refused(world: World) -> None:
    call = script(world, "lea")
    assert call("GET", "/teams").status == 200
    Token.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert call("GET", "/teams").status == 401
    Token.objects.update(expires_at=None, revoked_at=timezone.now())
    assert call("GET", "/teams").status == 401


def test_a_signed_in_browser_reads_and_writes_with_its_csrf_token_only(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(email="ada@hospital.example"))
    assert client.get("/api/v1/teams").status_code == 200
    body = json.dumps({"name": "Triage"})
    refused = client.post("/api/v1/teams", body, content_type="application/json")
    assert (refused.status_code, refused.json()["key"]) == (403, "csrf-failed")
    client.get("/accounts/login/")
    client.cookies["csrftoken"] = "a" * 32
    accepted = client.post("/api/v1/teams", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert accepted.status_code == 201


def test_a_read_token_writes_nothing(world: World) -> None:
    make_kpi()
    call = script(world, "ada", "read")
    for method, path, body in [
        ("POST", "/teams", {"name": "X"}),
        ("PATCH", "/kpis/waiting-time", {"version": 1, "reason": "x"}),
        ("POST", "/kpis/waiting-time/targets", {"target": 1}),
        ("POST", "/measurements", {"points": []}),
        ("DELETE", "/kpis/waiting-time/activation", None),
    ]:
        refused = call(method, path, body)
        assert (refused.status, refused.keys) == (403, ["scope-missing"])


def test_a_push_token_reads_nothing_and_changes_nothing(world: World) -> None:
    make_kpi()
    call = pusher(world)
    for path in ("/kpis", "/kpis/waiting-time", "/metrics", "/teams", "/people", "/events", "/scorecards"):
        assert call("GET", path).keys == ["scope-missing"]
    assert call("POST", "/teams", {"name": "X"}).keys == ["scope-missing"]
    assert call("PATCH", "/kpis/waiting-time", {"version": 1}).keys == ["scope-missing"]


def test_what_is_hidden_is_nowhere(world: World) -> None:
    make_kpi("open")
    secret = make_kpi("secret", visibility="team")
    lea, otto = script(world, "lea"), script(world, "otto")
    lea("POST", "/scorecards", {"name": "Both", "team": "emergency", "kpis": ["open", "secret"]})
    assert [kpi["key"] for kpi in lea.all("/kpis")] == ["open", "secret"]
    assert [kpi["key"] for kpi in otto.all("/kpis")] == ["open"]
    assert [metric["key"] for metric in otto.all("/metrics")] == ["open"]
    card = otto.get("/scorecards/both")
    assert [row["kpi"]["key"] for row in card["rows"]] == ["open"]
    assert sum(card["counts"].values()) == 1
    for path in ("", "/targets", "/chart"):
        absent = otto("GET", f"/kpis/secret{path}")
        never = otto("GET", f"/kpis/nobody{path}")
        assert absent.status == never.status == 404
        assert absent.body["detail"].replace("secret", "nobody") == never.body["detail"]
    for path in ("", "/measurements", "/definitions", "/markers", "/limits"):
        assert otto("GET", f"/metrics/secret{path}").status == 404
    assert otto("PATCH", "/kpis/secret", {"version": secret.version, "reason": "x"}).status == 404
    assert "secret" not in json.dumps(otto.get("/events", limit=500))
    assert "secret" in json.dumps(lea.get("/events", limit=500))


def test_the_inputs_of_a_calculated_value_are_not_shown_to_who_may_not_see_them(world: World) -> None:
    from tests.make import record_values

    make_metric("open-part")
    make_metric("hidden-part", visibility="team")
    make_kpi("whole", formula="sum([open-part]) + sum([hidden-part])", aggregation="last")
    record_values("open-part", {"2024-01": 1})
    record_values("hidden-part", {"2024-01": 41})
    seen = script(world, "lea").get("/kpis/whole", why=1)["why"]["value"]["inputs"]
    assert set(seen["inputs"]) == {"open-part", "hidden-part"}
    unseen = script(world, "otto").get("/kpis/whole", why=1)["why"]["value"]["inputs"]
    assert set(unseen["inputs"]) == {"open-part"}
    assert unseen["hidden_inputs"] == 1
    assert unseen["result"] == 42


def test_a_viewer_is_told_what_the_role_does_not_allow(world: World) -> None:
    make_kpi()
    refused = script(world, "vic")("PATCH", "/kpis/waiting-time", {"version": 1, "reason": "x"})
    assert (refused.status, refused.keys) == (403, ["not-allowed"])


def test_a_stale_edit_shows_both_versions(world: World) -> None:
    kpi = make_kpi()
    call = script(world, "lea")
    assert call("PATCH", "/kpis/waiting-time", {"version": kpi.version, "decision": "Staffing"}).status == 200
    stale = call("PATCH", "/kpis/waiting-time", {"version": kpi.version, "decision": "Rooms"})
    assert (stale.status, stale.keys) == (409, ["stale-version"])
    assert stale.body["theirs"]["decision"] == "Staffing"
    assert stale.body["yours"]["decision"] == "Rooms"
    assert call.get("/kpis/waiting-time")["decision"] == "Staffing"


def test_every_problem_of_a_body_is_named_at_once(world: World) -> None:
    refused = script(world, "ada")("POST", "/cycles", {"name": 5, "starts_on": "soon", "colour": "red"})
    assert refused.status == 422
    fields = {problem["field"]: problem["key"] for problem in refused.body["problems"]}
    assert fields == {
        "name": "bad-value",
        "starts_on": "bad-value",
        "ends_on": "field-missing",
        "colour": "unknown-field",
    }


def test_every_problem_a_command_finds_is_named_at_once(world: World) -> None:
    refused = script(world, "ada")(
        "POST", "/metrics", {"name": "", "team": "surgery", "unit": "stones", "direction": "left"}
    )
    assert {problem["field"] for problem in refused.body["problems"]} == {"name", "unit", "direction"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"\xed\xa0\x80"'])
def test_a_body_that_cannot_be_read_is_refused(body: bytes, world: World) -> None:
    refused = script(world, "ada")("POST", "/teams", body)
    assert refused.status in (400, 422)
    assert refused.keys


def test_nothing_is_at_an_unknown_address(world: World) -> None:
    assert Script()("GET", "/nowhere").keys == ["not-found"]
    assert script(world, "ada")("GET", "/teams/").keys == ["not-found"]


def test_an_unknown_method_is_answered_with_the_known_ones(world: World) -> None:
    refused = script(world, "ada")("DELETE", "/teams")
    assert (refused.status, refused.keys) == (405, ["method-not-allowed"])
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/kpis", {"as_of": "yesterday"}),
        ("/kpis", {"limit": "0"}),
        ("/kpis", {"limit": "100000"}),
        ("/metrics/waiting-time/measurements", {"from": "2026-13"}),
        ("/metrics/waiting-time/measurements", {"grain": "decade"}),
        ("/metrics/waiting-time/measurements", {"grain": "day"}),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(path: str, query: dict[str, str], world: World) -> None:
    make_kpi()
    refused = script(world, "ada")("GET", path, **query)
    assert refused.status == 422
    assert refused.body["problems"][0]["field"] == next(iter(query))


def test_a_thing_named_in_a_body_that_is_not_there_is_named(world: World) -> None:
    refused = script(world, "lea")("POST", "/metrics", {"name": "X", "team": "emergency", "owner": "nobody"})
    assert (refused.status, refused.keys, refused.body["problems"][0]["field"]) == (422, ["unknown-person"], "owner")
