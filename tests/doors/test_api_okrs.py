"""Objectives, key results and initiatives through the API: the same verbs, the same numbers, each with its why."""

from __future__ import annotations

from typing import Any

import pytest

from sextant.okrs.queries.why import KEY_RESULT_FIELDS, OBJECTIVE_FIELDS
from tests.doors.calls import Script, script
from tests.make import day, make_cycle, make_kpi, record_values
from tests.world import World

pytestmark = pytest.mark.django_db


def draft(call: Script, title: str = "Make waiting bearable", **changes: Any) -> Any:
    cycle = {"cycle": make_cycle().key} if "cycle" not in changes else {}
    body = {"title": title, "team": "emergency", "owner": "lea-lead", **cycle, **changes}
    return call("POST", "/objectives", body)


def uptime(call: Script, objective: str, **changes: Any) -> Any:
    body = {
        "title": "Uptime", "objective": objective, "metric": "uptime", "baseline_from_series": True, "target": 99,
        **changes,
    }  # fmt: skip
    return call("POST", "/key-results", body)


@pytest.fixture
def kpi(world: World) -> Any:
    kpi = make_kpi("uptime", active=True, unit="percent", direction="up", aggregation="last", frequency="day")
    record_values(kpi, {day(-60).isoformat(): 50, day(-1).isoformat(): 74.5})
    return kpi


def test_an_objective_is_drafted_given_key_results_and_started(world: World, kpi: Any) -> None:
    call = script(world, "lea")
    objective = draft(call)
    assert (objective.status, objective.body["state"], objective.body["progress"]) == (201, "draft", None)
    empty = call("POST", "/objectives/make-waiting-bearable/state", {"state": "proposed"})
    assert empty.body["state"] == "proposed"
    added = uptime(call, "make-waiting-bearable")
    assert added.status == 201
    assert (added.body["baseline"], added.body["value"], added.body["progress"]) == (50, 74.5, 0.5)
    assert added.body["kpi"] == "uptime"
    call("POST", "/objectives/make-waiting-bearable/state", {"state": "agreed"})
    started = call("POST", "/objectives/make-waiting-bearable/state", {"state": "active"})
    assert (started.body["state"], started.body["progress"], started.body["counted"]) == ("active", 0.5, 1)


def test_starting_without_key_results_names_what_is_missing(world: World) -> None:
    call = script(world, "lea")
    draft(call)
    refused = call("POST", "/objectives/make-waiting-bearable/state", {"state": "active"})
    assert (refused.status, refused.keys) == (422, ["key-results-missing"])


def test_every_computed_field_explains_itself(world: World, kpi: Any) -> None:
    call = script(world, "lea")
    draft(call)
    uptime(call, "make-waiting-bearable")
    why = call.get("/key-results/uptime", why=1)["why"]
    assert set(why) == set(KEY_RESULT_FIELDS)
    assert (why["progress"]["inputs"]["result"], why["progress"]["rule"]) == (0.5, "progress-from-baseline")
    assert set(call.get("/objectives/make-waiting-bearable", why=1)["why"]) == set(OBJECTIVE_FIELDS)


def test_all_key_results_that_use_a_kpi_are_found_in_one_call(world: World, kpi: Any) -> None:
    call = script(world, "lea")
    draft(call)
    uptime(call, "make-waiting-bearable")
    assert [one["key"] for one in call.all("/key-results", metric="uptime")] == ["uptime"]


def test_a_baseline_that_is_the_target_is_refused_with_the_offer_of_a_guardrail(world: World, kpi: Any) -> None:
    call = script(world, "lea")
    draft(call)
    refused = uptime(call, "make-waiting-bearable", baseline=99)
    assert (refused.status, refused.keys) == (422, ["baseline-is-target"])
    assert "guardrail" in refused.body["detail"]


def test_a_parent_that_would_be_its_own_descendant_is_refused_with_the_path(world: World) -> None:
    call = script(world, "lea")
    draft(call, "Top")
    draft(call, "Middle", parent="top", cycle=None)
    assert draft(call, "Bottom", parent="middle", cycle=None).body["parent"] == "middle"
    top = call.get("/objectives/top")
    refused = call("PATCH", "/objectives/top", {"version": top["version"], "parent": "bottom"})
    assert (refused.status, refused.keys) == (422, ["alignment-circle"])
    assert "Top → Bottom → Middle → Top" in refused.body["detail"]


def test_a_target_changed_after_the_start_needs_a_reason_and_both_are_kept(world: World, kpi: Any) -> None:
    call = script(world, "lea")
    draft(call)
    uptime(call, "make-waiting-bearable")
    call("POST", "/objectives/make-waiting-bearable/state", {"state": "active"})
    version = call.get("/key-results/uptime")["version"]
    refused = call("PATCH", "/key-results/uptime", {"version": version, "target": 95})
    assert (refused.status, refused.keys) == (422, ["reason-missing"])
    changed = call("PATCH", "/key-results/uptime", {"version": version, "target": 95, "reason": "The old lift stays."})
    assert (changed.body["target"], changed.body["former_target"]) == (95, 99)


def test_a_stale_edit_is_answered_with_both_versions(world: World) -> None:
    call = script(world, "lea")
    version = draft(call).body["version"]
    call("PATCH", "/objectives/make-waiting-bearable", {"version": version, "title": "Wait less"})
    late = call("PATCH", "/objectives/make-waiting-bearable", {"version": version, "title": "Wait never"})
    assert late.status == 409


def test_a_private_objective_is_nobodys_but_its_owners(world: World) -> None:
    from sextant.people.commands import change_organisation

    change_organisation(world.ada, version=None, personal_objectives=True)
    call = script(world, "lea")
    mine = draft(call, "Learn to listen", personal=True, visibility="private")
    assert mine.status == 201, mine.body
    assert call.get("/objectives/learn-to-listen")["personal"]
    for other in ("ada", "cem", "otto"):
        theirs = script(world, other)
        assert theirs("GET", "/objectives/learn-to-listen").status == 404
        assert [one["key"] for one in theirs.all("/objectives")] == []
        assert "listen" not in str(theirs.all("/events")).lower()


def test_personal_objectives_are_off_until_they_are_allowed(world: World) -> None:
    refused = draft(script(world, "lea"), "Learn to listen", personal=True)
    assert (refused.status, refused.keys) == (422, ["personal-objectives-off"])


def test_an_initiative_says_what_it_should_move(world: World, kpi: Any) -> None:
    call = script(world, "cem")
    lead = script(world, "lea")
    draft(lead)
    uptime(lead, "make-waiting-bearable")
    body = {"title": "Swap the old lift", "objective": "make-waiting-bearable", "key_result": "uptime",
            "link": "https://tracker.example/7", "due_on": day(20).isoformat()}  # fmt: skip
    added = call("POST", "/initiatives", body)
    assert (added.status, added.body["key_result"], added.body["state"]) == (201, "uptime", "planned")
    done = call("PATCH", f"/initiatives/{added.body['key']}", {"version": added.body["version"], "state": "done"})
    assert done.body["done_on"] == day(0).isoformat()
    assert call.get("/key-results/uptime")["progress"] == 0.5


def test_the_alignment_map_names_nodes_links_orphans_and_the_path_to_the_vision(world: World) -> None:
    from sextant.strategy.commands import change_vision

    change_vision(world.ada, "Everybody gets well.", version=None)
    call = script(world, "lea")
    draft(call, "Top", theme="patient-safety")
    draft(call, "Below", parent="top", cycle=None)
    draft(call, "Alone", cycle=None)
    for key in ("top", "below", "alone"):
        call("POST", f"/objectives/{key}/state", {"state": "proposed"})
    found = call.get("/alignment")
    assert [(one["child"], one["parent"], one["kind"]) for one in found["links"]] == [("below", "top", "contributes")]
    nodes = {one["key"]: one for one in found["nodes"]}
    assert [one["kind"] for one in nodes["below"]["path"]] == ["vision", "theme", "objective", "objective"]
    assert [key for key, one in nodes.items() if one["orphan"]] == ["alone"]
    assert (found["items"], found["items_with_path"]) == (3, 2)
    assert {one["key"] for one in call.get("/alignment", focus="below")["nodes"]} == {"top", "below"}


def test_an_outsider_may_look_and_not_touch(world: World) -> None:
    draft(script(world, "lea"))
    call = script(world, "otto")
    found = call.get("/objectives/make-waiting-bearable")
    assert call("PATCH", "/objectives/make-waiting-bearable", {"version": found["version"], "title": "x"}).status == 403


def test_a_metric_one_may_not_see_stays_unnamed_on_an_open_key_result(world: World, kpi: Any) -> None:
    from sextant.metrics.commands import change_metric
    from sextant.metrics.models import Metric

    call = script(world, "lea")
    draft(call)
    uptime(call, "make-waiting-bearable", key="lift", title="The lift runs")
    metric = Metric.objects.get(key="uptime")
    change_metric(world.ada, metric, version=metric.version, visibility="people", viewers=[world.person("lea")])
    assert call.get("/key-results/lift")["metric"] == "uptime"
    other = script(world, "otto")
    assert "uptime" not in str(other.get("/key-results/lift", why=1)).lower()
    assert other.all("/key-results", metric="uptime") == []
