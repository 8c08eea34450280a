"""Drivers through the API: named, judged, changed and ended; what moved before; what each input explains."""

from __future__ import annotations

import pytest

from sextant.metrics.commands import link_driver
from sextant.metrics.models import Metric
from sextant.people.queries import today
from tests.doors.calls import script
from tests.make import admin, make_metric, record_values
from tests.metrics.driver_world import later, levels, noise, record_weeks
from tests.world import World

pytestmark = pytest.mark.django_db
WHY = "Trained managers lead better talks."


def weekly(key: str) -> None:
    make_metric(key, frequency="week", unit="number", aggregation="mean")


def test_a_driver_is_named_judged_changed_and_ended(world: World) -> None:
    for key in ("trained", "engagement"):
        weekly(key)
    call = script(world, "lea")
    made = call("POST", "/metrics/engagement/drivers", {"driver": "trained", "lag": 3, "reason": WHY})
    assert (made.status, made.body["kind"], made.body["lag"], made.body["way"]) == (201, "hypothesis", 3, "same")
    assert made.body["evidence"]["verdict"] == "too_few"
    assert made.body["evidence"]["problem"] == "no-values"
    again = call("POST", "/metrics/engagement/drivers", {"driver": "trained", "reason": WHY})
    assert (again.status, again.keys) == (422, ["already-linked"])
    address = "/metrics/engagement/drivers/trained"
    changed = call("PATCH", address, {"version": made.body["version"], "lag": 5})
    assert (changed.body["lag"], changed.body["reason"]) == (5, WHY)
    assert call("PATCH", address, {"version": made.body["version"], "lag": 6}).status == 409
    assert call("DELETE", address).keys == ["reason-missing"]
    assert call("DELETE", address, reason="It never followed.").status == 200
    assert call("GET", address).status == 404
    assert call.get("/metrics/engagement/drivers")["items"] == []


def test_the_evidence_counts_every_move_and_explains_itself(world: World) -> None:
    for key in ("trained", "engagement"):
        weekly(key)
    trained, engagement = (Metric.objects.get(key=key) for key in ("trained", "engagement"))
    record_weeks(trained, 50 + levels() + noise(1))
    record_weeks(engagement, 80 + later(levels(), 3) + noise(2))
    link_driver(admin(), engagement, trained, lag=3, why=WHY)
    call = script(world, "vic", "read")
    found = call.get("/metrics/engagement/drivers/trained", why=1)
    judged = found["evidence"]
    assert judged["verdict"] == "strong"
    assert judged["moved"] == judged["followed"] + judged["not_followed"] + judged["still_open"] == len(judged["cases"])
    assert found["why"]["evidence"]["rule"] == "driver-link"
    moves = call.get("/metrics/engagement/driver-moves")["items"]
    assert {one["driver"] for move in moves for one in move["drivers"]} == {"trained"}
    assert any(one["earlier"] == "3 weeks before" for move in moves for one in move["drivers"])
    day = (today().replace(day=1)).replace(year=today().year - 1).isoformat()
    assert call.get("/metrics/engagement/drivers", as_of=day)["items"] == []


def test_the_inputs_of_a_formula_are_drivers_and_their_shares_add_up(world: World) -> None:
    make_metric("late")
    make_metric("all")
    make_metric("share", unit="percent", formula="100 * [late] / [all]", aggregation="mean")
    year = today().year - 1
    record_values("late", {f"{year}-01": 10, f"{year}-02": 30})
    record_values("all", {f"{year}-01": 100, f"{year}-02": 120})
    call = script(world, "vic", "read")
    assert [(one["driver"], one["kind"]) for one in call.get("/metrics/share/drivers")["items"]] == [
        ("all", "formula"), ("late", "formula"),
    ]  # fmt: skip
    found = call.get("/metrics/share/contributions", why=1)
    assert (found["first"], found["former_first"], found["problem"]) == (f"{year}-02", f"{year}-01", None)
    assert sum(one["amount"] for one in found["items"]) == pytest.approx(found["after"] - found["before"])
    assert found["items"][0]["input"] == "late"
    assert call("GET", "/metrics/late/contributions").status == 404
    assert call.get("/metrics/share/contributions", until=f"{year}-01")["problem"] == "no-values"


def test_shares_of_hidden_inputs_are_not_told(world: World) -> None:
    make_metric("secret", visibility="team")
    make_metric("open")
    make_metric("sum", formula="[secret] + [open]")
    year = today().year - 1
    for key in ("secret", "open"):
        record_values(key, {f"{year}-01": 10, f"{year}-02": 30})
    found = script(world, "otto", "read").get("/metrics/sum/contributions")
    assert (found["problem"], found["items"]) == ("hidden-input", [])
    assert [one["driver"] for one in script(world, "otto", "read").get("/metrics/sum/drivers")["items"]] == ["open"]
    assert script(world, "lea", "read").get("/metrics/sum/contributions")["items"]


def test_a_hidden_driver_and_a_missing_one_are_told_alike(world: World) -> None:
    make_metric("own", team=world.surgery)
    make_metric("secret", visibility="team")
    call = script(world, "otto")
    answers = [call("POST", "/metrics/own/drivers", {"driver": key, "reason": WHY}) for key in ("secret", "nothing")]
    assert [one.status for one in answers] == [422, 422]
    assert answers[0].keys == answers[1].keys
    assert call("GET", "/metrics/own/drivers/secret").status == call("GET", "/metrics/own/drivers/nothing").status
