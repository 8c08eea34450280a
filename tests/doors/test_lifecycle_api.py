"""`/lifecycle` and `/promotions`: the same lives and verbs as on the pages, for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sextant.kpis.models import Kpi
from sextant.lifecycle.evaluating import evaluate
from sextant.lifecycle.models import Promotion
from sextant.people.queries import today
from tests.alerts.episodes import look, the_alert, values, watched
from tests.doors.calls import Script, script
from tests.doors.passing import let_weeks_pass
from tests.make import make_cycle
from tests.world import World

pytestmark = pytest.mark.django_db
SILENT = 5


def lagging(key: str = "uptime", *, has_alert: bool = False, **changes: object) -> Kpi:
    kpi = watched(key, targets={"target": 99.0, "red_flag": 90.0}, grace_days=120, **changes)
    values(kpi, 98, 99.2, 99.4, 99.1, 52, 51, 49, 50, back=SILENT)
    if has_alert:
        look(kpi)
    evaluate([kpi.metric_id])
    return kpi


def promote(call: Script, key: str = "uptime", **more: object) -> dict[str, object]:
    body = {"why": "Patients wait.", "ends_on": (today() + timedelta(days=90)).isoformat(), "accept_doubts": True}
    answer = call("POST", f"/kpis/{key}/promotion", body | more)
    assert answer.status == 201, answer
    return dict(answer.body)


def test_a_kpi_is_promoted_and_its_reads_say_so(world: World) -> None:
    kpi = lagging(has_alert=True)
    cycle = make_cycle()
    call = script(world, "lea")
    assert call.get("/kpis/uptime")["lifecycle"] == "suspected"
    assert call("GET", "/kpis/uptime/promotion").status == 404
    made = promote(call, cycle=cycle.key, ends_on=None, alert=the_alert(kpi).pk)
    assert (made["kpi"], made["cycle"], made["ends_on"]) == ("uptime", cycle.key, cycle.ends_on.isoformat())
    assert made["progress"] == made["progress"] | {"met": 0, "needed": 3}  # type: ignore[operator]
    assert call.get("/kpis/uptime/promotion") == made == call.get(f"/promotions/{made['id']}")
    read = call.get("/kpis/uptime")
    assert (read["lifecycle"], read["mark"]["key_result"]) == ("promoted", made["key_result"])
    assert call.get(f"/key-results/{made['key_result']}")["promotion"] == made["id"]
    [line] = call.get("/lifecycle")["items"]
    assert (line["kpi"], line["state"], line["decides"]) == ("uptime", "promoted", "lea-lead")
    assert call.get("/lifecycle", as_of="2020-01-01")["items"] == []
    assert call.get("/lifecycle", team="surgery")["items"] == []


def test_what_cannot_be_is_said_with_its_key(world: World) -> None:
    lagging()
    call = script(world, "lea")
    assert call("POST", "/kpis/uptime/promotion", {"why": "Now."}).keys == ["end-missing"]
    soon = {"why": "Now.", "ends_on": (today() + timedelta(days=1)).isoformat()}
    assert "too-few-periods" in call("POST", "/kpis/uptime/promotion", soon).keys
    promote(call)
    assert call("POST", "/kpis/uptime/promotion", soon | {"accept_doubts": True}).keys == ["already-promoted"]
    assert call("POST", "/promotions/999/extension", {"reason": "More."}).status == 404
    assert call("POST", "/promotions/x/extension", {"reason": "More."}).status == 404
    assert script(world, "vic", "read")("POST", "/kpis/uptime/acceptance", {}).status == 403


def test_it_comes_back_is_answered_and_taken_back(world: World) -> None:
    kpi = lagging()
    call = script(world, "lea")
    made = promote(call)
    let_weeks_pass(Promotion.objects.get(), SILENT + 1)
    values(kpi, 99.3, 99.5, 99.4, back=2)
    evaluate([kpi.metric_id])
    told = call.get("/kpis/uptime/lifecycle")["items"]
    assert [one["kind"] for one in told] == ["reverted", "restoring", "promoted", "suspected"]
    assert [one["value"] for one in told[0]["evidence"]] == [99.3, 99.5, 99.4]
    assert told[0]["author"]
    said = call("PUT", f"/promotions/{made['id']}/answer", {"text": "A second line."}).body
    assert (said["outcome"], said["what_changed"]) == ("reverted", "A second line.")
    undone = call("POST", f"/lifecycle/steps/{told[0]['id']}/undo", {}).body
    assert undone["kind"] == "undone"
    assert call.get("/kpis/uptime/promotion")["id"] == made["id"]
    assert call.get("/kpis/uptime/lifecycle")["items"][1]["undone"] is True
    assert call("POST", f"/lifecycle/steps/{told[0]['id']}/undo", {}).keys == ["already-undone"]


def test_people_extend_plan_anew_end_accept_and_set_aside(world: World) -> None:
    lagging()
    call = script(world, "lea")
    number = promote(call)["id"]
    later = (today() + timedelta(days=120)).isoformat()
    extended = call("POST", f"/promotions/{number}/extension", {"ends_on": later, "reason": "Parts come late."}).body
    assert extended["ends_on"] == later
    anew = {"ends_on": later, "reason": "Less.", "target": 95, "revert_after": 2}
    planned = call("POST", f"/promotions/{number}/replanning", anew | {"version": extended["version"]}).body
    assert (planned["revert_after"], planned["own_target"]) == (2, True)
    stale = {"reason": "Sold.", "version": 1}
    assert call("POST", f"/promotions/{number}/withdrawal", stale).status == 409
    ended = call("POST", f"/promotions/{number}/withdrawal", {"reason": "Sold."}).body
    assert ended["outcome"] == "withdrawn"
    lagging("beds")
    assert call("POST", "/kpis/beds/acceptance", {"until": later, "reason": "So be it."}).body["state"] == "accepted"
    lagging("calls")
    assert call("POST", "/kpis/calls/setting-aside", {"reason": "The meter broke."}).body["kind"] == "set_aside"


def test_reds_are_told_and_hidden_kpis_are_nowhere(world: World) -> None:
    lagging()
    lagging("secret", visibility="people")
    lea, vic = script(world, "lea"), script(world, "vic", "read")
    promote(lea, "secret")
    number = Promotion.objects.get().pk
    assert {one["kpi"] for one in lea.get("/lifecycle/reds")["items"]} == {"uptime", "secret"}
    told = vic.get("/lifecycle/reds")
    assert [(one["kpi"], one["outcome"]) for one in told["items"]] == [("uptime", "nothing")]
    assert told["answer"].startswith("1 KPI was off target")
    assert [one["kpi"] for one in vic.get("/lifecycle")["items"]] == ["uptime"]
    assert vic("GET", f"/promotions/{number}").status == 404
    assert vic("GET", "/kpis/secret/lifecycle").status == 404


def test_reds_come_in_pages_that_are_counted_together(world: World) -> None:
    for key in ("uptime", "beds", "calls"):
        lagging(key)
    call = script(world, "lea")
    first = call.get("/lifecycle/reds", limit=2)
    second = call.get("/lifecycle/reds", limit=2, cursor=first["next"])
    assert [[one["kpi"] for one in page["items"]] for page in (first, second)] == [["beds", "calls"], ["uptime"]]
    assert second["next"] is None
    assert first["counts"] == second["counts"]
    assert first["counts"]["nothing"] == 3
    assert call("GET", "/lifecycle/reds?cursor=nonsense").keys == ["bad-cursor"]


def test_a_key_result_met_steadily_is_watched_as_a_kpi(world: World) -> None:
    kpi = watched("forms", targets={"target": 90.0, "red_flag": 70.0})
    values(kpi, *[95, 96, 94, 95] * 3)
    call = script(world, "lea")
    made = promote(call, "forms")
    address = f"/key-results/{made['key_result']}/graduation"
    assert call.get(address)["kpi"] is None
    assert call("POST", address, {}).keys == ["wrong-state"]
    call("POST", f"/promotions/{made['id']}/withdrawal", {"reason": "It was met all the time."})
    done = call("POST", address, {"why": "It holds."})
    assert (done.status, done.body["kpi"]) == (201, "forms")
    assert call.get("/kpis/forms")["mark"]["state"] == "watched"
