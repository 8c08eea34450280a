import pytest

from tests.doors.calls import Script, script
from tests.make import make_kpi, make_metric
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_team_is_added_found_renamed_moved_and_archived(world: World) -> None:
    call = script(world, "ada")
    added = call("POST", "/teams", {"name": "Triage", "parent": "emergency"})
    assert (added.status, added.body["key"], added.body["parent"]) == (201, "triage", "emergency")
    assert call.get("/teams/triage") == added.body
    renamed = call(
        "PATCH", "/teams/triage", {"version": added.body["version"], "name": "Front desk", "parent": "surgery"}
    )
    assert (renamed.body["name"], renamed.body["parent"]) == ("Front desk", "surgery")
    archived = call("PATCH", "/teams/triage", {"version": renamed.body["version"], "archived": True})
    assert archived.body["archived"]
    assert "triage" not in [team["key"] for team in call.all("/teams")]
    assert [team["key"] for team in call.all("/teams", archived=1)] == ["triage"]
    assert not call("PATCH", "/teams/triage", {"version": archived.body["version"], "archived": False}).body["archived"]


def test_people_show_their_roles_and_addresses_only_to_those_who_may_see_them(world: World) -> None:
    lea = script(world, "lea", "read").get("/people/cem-contributor")
    assert (lea["email"], lea["roles"]) == ("cem@hospital.example", [{"team": "emergency", "role": "contributor"}])
    assert script(world, "vic", "read").get("/people/cem-contributor")["email"] is None


def test_a_person_is_added_and_changed(world: World) -> None:
    call = script(world, "ada")
    added = call("POST", "/people", {"name": "Noor New", "email": "noor@hospital.example"})
    assert added.status == 201
    changed = call("PATCH", "/people/noor-new", {"version": added.body["version"], "name": "Noor Newer"})
    assert changed.body["name"] == "Noor Newer"
    assert call("PATCH", "/people/noor-new", {"version": changed.body["version"], "archived": True}).body["archived"]


def test_themes_and_cycles_are_added_changed_and_listed(world: World) -> None:
    call = script(world, "ada")
    theme = call("POST", "/themes", {"name": "Short waits", "description": "Nobody waits in vain."})
    assert (theme.status, theme.body["key"]) == (201, "short-waits")
    assert [one["key"] for one in call.all("/themes")] == ["patient-safety", "short-waits"]
    cycle = call("POST", "/cycles", {"name": "Spring 2026", "starts_on": "2026-03-01", "ends_on": "2026-05-31"})
    assert cycle.status == 201
    later = call("PATCH", "/cycles/spring-2026", {"version": cycle.body["version"], "ends_on": "2026-06-15"})
    assert later.body["ends_on"] == "2026-06-15"
    assert [one["key"] for one in call.all("/cycles", running=1, as_of="2026-04-01")] == ["spring-2026"]
    assert call.all("/cycles", running=1, as_of="2025-04-01") == []


def test_a_metric_is_added_with_its_definition_and_changed(world: World) -> None:
    call = script(world, "lea")
    added = call(
        "POST",
        "/metrics",
        {
            "name": "Door to doctor", "team": "emergency", "unit": "duration:min", "direction": "down",
            "frequency": "week", "aggregation": "mean", "how_measured": "Stamp to stamp.", "theme": "patient-safety",
            "owner": "lea-lead",
        },
    )  # fmt: skip
    assert added.status == 201, added
    metric = added.body
    assert (metric["key"], metric["team"], metric["owner"], metric["how_measured"]) == (
        "door-to-doctor", "emergency", "lea-lead", "Stamp to stamp.",
    )  # fmt: skip
    changed = call("PATCH", "/metrics/door-to-doctor", {"version": metric["version"], "owner": None, "precision": 1})
    assert (changed.body["owner"], changed.body["precision"]) == (None, 1)
    version = call(
        "POST",
        "/metrics/door-to-doctor/definitions",
        {"number": 1, "how_measured": "Stamp to badge.", "reason": "New badges", "valid_from": "2026-W10"},
    )
    assert (version.status, version.body["number"], version.body["valid_from"]) == (201, 2, "2026-W10")
    assert [one["number"] for one in call.all("/metrics/door-to-doctor/definitions")] == [1, 2]


def test_a_kpi_is_drafted_activated_changed_and_retired(world: World) -> None:
    call = script(world, "lea")
    drafted = call("POST", "/kpis", {"name": "Left unseen", "team": "emergency", "unit": "percent"})
    assert (drafted.status, drafted.body["state"]) == (201, "draft")
    refused = call("POST", "/kpis/left-unseen/activation")
    assert refused.status == 422
    assert set(refused.keys) == {"how-measured-missing", "owner-missing", "theme-or-reason-missing"}
    call("POST", "/metrics/left-unseen/definitions", {"number": 1, "how_measured": "Counted.", "is_correction": True})
    words = {"version": drafted.body["version"], "owner": "lea-lead", "theme": "patient-safety", "decision": "Staffing"}
    changed = call("PATCH", "/kpis/left-unseen", words)
    assert (changed.body["owner"], changed.body["decision"]) == ("lea-lead", "Staffing")
    active = call("POST", "/kpis/left-unseen/activation")
    assert (active.body["state"], active.body["lifecycle"]) == ("active", "monitored")
    assert call("DELETE", "/kpis/left-unseen/activation").body["state"] == "retired"


def test_a_metric_that_exists_is_watched(world: World) -> None:
    make_metric("beds")
    kpi = script(world, "lea")("POST", "/kpis", {"metric": "beds", "reason": "They run out."})
    assert (kpi.status, kpi.body["metric"], kpi.body["reason"]) == (201, "beds", "They run out.")


def test_a_scorecard_is_made_weighed_and_read(world: World) -> None:
    make_kpi("first")
    make_kpi("second")
    call = script(world, "lea")
    card = call("POST", "/scorecards", {"name": "Emergency", "team": "emergency", "kpis": ["first"]})
    assert card.status == 201, card
    placed = call("PUT", "/scorecards/emergency/kpis/second", {"weight": 2})
    assert [(row["kpi"]["key"], row["weight"]) for row in placed.body["rows"]] == [("first", 1), ("second", 2)]
    assert call("DELETE", "/scorecards/emergency/kpis/first").status == 204
    assert [row["kpi"]["key"] for row in call.get("/scorecards/emergency")["rows"]] == ["second"]
    assert [one["key"] for one in call.all("/scorecards")] == ["emergency"]


def test_targets_are_set_for_a_period_from_a_day_on_and_as_an_aim(world: World) -> None:
    make_kpi()
    call = script(world, "lea")
    always = call("POST", "/kpis/waiting-time/targets", {"target": 30, "red_flag": 20})
    assert (always.status, always.body["period"], always.body["valid_from"]) == (201, None, None)
    assert call("POST", "/kpis/waiting-time/targets", {"target": 35, "period": "2026-03"}).body["period"] == "2026-03"
    since = call("POST", "/kpis/waiting-time/targets", {"target": 40, "valid_from": "2026-07-01"})
    assert since.body["valid_from"] == "2026-07-01"
    aim = call("POST", "/kpis/waiting-time/targets", {"target": 50, "aim_by": "2030"})
    assert aim.body["aim_by"] == "2030"
    assert len(call.all("/kpis/waiting-time/targets")) == 4
    assert call("DELETE", f"/kpis/waiting-time/targets/{aim.body['id']}").status == 204
    assert len(call.all("/kpis/waiting-time/targets")) == 3


def test_markers_and_limits_are_set_in_periods(world: World) -> None:
    make_metric()
    call = script(world, "lea")
    marker = call("POST", "/metrics/waiting-time/markers", {"period": "2026-03", "label": "New desk"})
    assert (marker.status, marker.body["period"]) == (201, "2026-03")
    assert [one["label"] for one in call.all("/metrics/waiting-time/markers")] == ["New desk"]
    assert call("DELETE", f"/metrics/waiting-time/markers/{marker.body['id']}").status == 204
    assert call.all("/metrics/waiting-time/markers") == []
    typed = {"centre": 10, "lower": 5, "upper": 15, "since": "2026-01"}
    limits = call("PUT", "/metrics/waiting-time/limits", {"dividers": ["2026-01"], "typed": typed, "reason": "Agreed"})
    assert limits.status == 200, limits
    assert (limits.body["dividers"], limits.body["typed"]["since"]) == (["2026-01"], "2026-01")
    crossed = {"locked_from": "2026-03", "locked_to": "2026-01", "reason": "Wrong way round"}
    assert call("PUT", "/metrics/waiting-time/limits", crossed).keys == ["lock-out-of-order"]


def test_lists_come_in_pages_in_the_order_of_keys(world: World) -> None:
    for number in range(7):
        make_metric(f"metric-{number}")
    call = script(world, "vic", "read")
    first = call.get("/metrics", limit=3)
    assert [metric["key"] for metric in first["items"]] == ["metric-0", "metric-1", "metric-2"]
    everything = call.all("/metrics", limit=3)
    assert [metric["key"] for metric in everything] == [f"metric-{number}" for number in range(7)]
    assert call("GET", "/metrics", cursor="nonsense").keys == ["bad-cursor"]


def test_lists_are_filtered(world: World) -> None:
    make_kpi("waits")
    make_kpi("knives", team=world.surgery, owner=None)
    call = script(world, "vic", "read")
    assert [kpi["key"] for kpi in call.all("/kpis", team="surgery")] == ["knives"]
    assert [kpi["key"] for kpi in call.all("/kpis", owner="lea-lead")] == ["waits"]
    assert [kpi["key"] for kpi in call.all("/kpis", q="knif")] == []
    assert [kpi["key"] for kpi in call.all("/kpis", q="KNIV")] == ["knives"]
    assert call.all("/kpis", state="active") == []


def test_a_list_of_kpis_takes_as_many_statements_for_one_as_for_many(
    world: World, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for number in range(12):
        make_kpi(f"kpi-{number}")
    call = script(world, "lea", "read")
    call.get("/kpis")
    with django_assert_max_num_queries(20) as counted:
        assert len(call.get("/kpis", limit=1, why=1)["items"]) == 1
    with django_assert_max_num_queries(len(counted)):
        assert len(call.get("/kpis", why=1)["items"]) == 12
    with django_assert_max_num_queries(20) as counted:
        call.get("/metrics", limit=1, why=1)
    with django_assert_max_num_queries(len(counted)):
        assert len(call.get("/metrics", why=1)["items"]) == 12


def test_the_event_log_is_read_from_where_one_stopped(world: World) -> None:
    make_metric("beds")
    call = script(world, "vic", "read")
    events = call.get("/events", name="metric.")["items"]
    assert [(event["name"], event["subject"]["key"]) for event in events] == [("metric.created", "beds")]
    assert events[0]["sentence"] == "added the metric Beds"
    assert call.get("/events", after=events[0]["id"], name="metric.")["items"] == []
    assert call.get("/events", limit=2)["next"] == call.get("/events", limit=2)["items"][-1]["id"]


def test_the_description_and_its_page_are_open_to_everyone(world: World) -> None:
    anybody = Script()
    assert anybody.get("/openapi.json")["openapi"].startswith("3.")
    page = anybody.client.get("/api/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert "/api/v1/kpis/{key}" in text
    assert "<script>" not in text
    assert "style=" not in text
