"""Proposals and what is worth a look, through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sextant.core import clock
from sextant.kpis.commands import set_target
from sextant.kpis.commands.applying import apply_proposals
from sextant.kpis.models import ChangeProposal, Kpi
from tests.doors.calls import script
from tests.make import admin, make_key_result, make_kpi, make_metric, make_objective, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db
BETTER = {"formula": "100 * [seen] / [asked]"}


@pytest.fixture
def share(world: World) -> Kpi:
    for key, value in (("seen", 40.0), ("came", 100.0), ("asked", 80.0)):
        record_values(make_metric(key), monthly(2025, [value] * 6))
    kpi = make_kpi("in-time", unit="percent", aggregation="mean", formula="100 * [seen] / [came]", active=True)
    set_target(admin(), kpi, target=45)
    return kpi


def test_a_change_is_looked_at_proposed_announced_and_in_force(world: World, share: Kpi) -> None:
    call = script(world, "lea")
    seen = call("POST", "/kpis/in-time/proposals/preview", {"changes": BETTER}).body
    assert (seen["restated"], seen["status_changes"], seen["recalculated"]) == (6, 6, True)
    assert seen["periods"][0] == {
        "period": "2025-06", "before": 40.0, "after": 50.0, "status_before": "off_target",
        "status_after": "on_target", "restated": True,
    }  # fmt: skip
    made = call("POST", "/kpis/in-time/proposals", {"changes": BETTER, "reason": "Came is not asked."})
    assert (made.status, made.body["state"], made.body["changes"]) == (201, "draft", BETTER)
    address = f"/proposals/{made.body['id']}"
    assert script(world, "otto")("GET", address).status == 404
    change = {"version": 1, "changes": BETTER, "reason": "Better.", "valid_from": "2025-04", "notice_days": 7}
    assert call("PUT", address, change).body["valid_from"] == "2025-04"
    assert call("PUT", address, change).status == 409
    told = call("POST", f"{address}/announcement").body
    assert (told["state"], [one["person"] for one in told["sign_offs"]]) == ("announced", ["lea-lead"])
    assert call("PUT", f"{address}/sign-off", {"answer": "objected"}).keys == ["reason-missing"]
    assert call("PUT", f"{address}/sign-off", {"answer": "objected", "reason": "Wait."}).body["state"] == "objected"
    assert call("POST", f"{address}/overruling", {"reason": "Go on."}).status == 403
    boss = script(world, "ada")
    assert boss("POST", f"{address}/overruling", {"reason": "Go on."}).body["state"] == "announced"
    ChangeProposal.objects.update(announced_at=timezone.now() - timedelta(days=8))
    apply_proposals()
    assert call.get(address)["state"] == "in_force"
    assert call("POST", f"{address}/taking-back", {"reason": "A mistake."}).body["state"] == "taken_back"
    assert [one["state"] for one in call.all("/kpis/in-time/proposals")] == ["taken_back"]


def test_who_only_reads_proposes_and_answers_nothing(world: World, share: Kpi) -> None:
    reader = script(world, "vic", "read")
    assert reader("POST", "/kpis/in-time/proposals", {"changes": BETTER, "reason": "So."}).status == 403
    assert reader("POST", "/kpis/in-time/proposals/preview", {"changes": BETTER}).status == 403
    made = script(world, "ada")("POST", "/kpis/in-time/proposals", {"changes": BETTER, "reason": "So."})
    script(world, "ada")("POST", f"/proposals/{made.body['id']}/announcement")
    lea = script(world, "lea", "read")
    assert lea("PUT", f"/proposals/{made.body['id']}/sign-off", {"answer": "agreed"}).status == 403
    assert reader("PUT", f"/proposals/{made.body['id']}/sign-off", {"answer": "agreed"}).status == 403
    assert reader.get(f"/proposals/{made.body['id']}")["state"] == "announced"


def test_what_is_worth_a_look_is_listed_and_explained(world: World, share: Kpi) -> None:
    with clock.writing_at(timezone.now() - timedelta(days=100)):
        set_target(admin(), share, target=60)
    set_target(admin(), share, target=30)
    call = script(world, "lea")
    assert call.get("/kpis/in-time")["second_looks"] == ["target-eased-late"]
    [look] = call.get("/kpis/in-time/second-looks")["items"]
    assert (look["key"], look["explained"]) == ("target-eased-late", "")
    address = "/kpis/in-time/second-looks/target-eased-late/explanation"
    [look] = call("PUT", address, {"reason": "The ward was closed."}).body["items"]
    assert (look["explained"], look["explained_by"]) == ("The ward was closed.", "Lea Lead (a script)")
    assert call.get("/kpis/in-time")["second_looks"] == []
    [look] = call("DELETE", address).body["items"]
    assert look["explained"] == ""


def test_a_flag_on_a_key_result_is_listed_and_explained(world: World) -> None:
    made = make_key_result(make_objective(), terms={"baseline": 22.0, "target": 20.0})
    call, address = script(world, "lea"), f"/key-results/{made.key}"
    assert call.get(address)["second_looks"] == ["target-nearly-met"]
    [look] = call.get(f"{address}/second-looks")["items"]
    assert (look["title"], look["explained"]) == ("Target nearly met from the start", "")
    path = f"{address}/second-looks/target-nearly-met/explanation"
    assert script(world, "vic")("PUT", path, {"reason": "So."}).status == 403
    assert call("PUT", path, {"reason": " "}).keys == ["reason-missing"]
    [look] = call("PUT", path, {"reason": "The last step is hard."}).body["items"]
    assert (look["explained"], look["explained_by"]) == ("The last step is hard.", "Lea Lead (a script)")
    assert call.get(address)["second_looks"] == []
    [look] = call("DELETE", path).body["items"]
    assert look["explained"] == ""
    assert call.get(address)["second_looks"] == ["target-nearly-met"]
