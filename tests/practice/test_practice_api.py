"""The API says of the practice what the pages say."""

from __future__ import annotations

from sextant.calc.pitfalls import PITFALLS
from sextant.people import queries as people
from sextant.practice.commands.pulse import answer_pulse, close_round, set_rhythm, start_round
from sextant.practice.queries.pulse import STATEMENTS
from tests.doors.calls import script
from tests.make import day
from tests.practice.worlds import staff, watched
from tests.world import World


def test_the_sixteen_come_with_thresholds_and_cases(world: World) -> None:
    watched(3)
    call = script(world, "vic", "read")
    items = call.get("/practice/pitfalls")["items"]
    assert [one["key"] for one in items] == list(PITFALLS)
    one = call.get("/practice/pitfalls/kpi-no-context")
    assert one["whole"] == {"severity": "clear", "count": 3, "total": 3, "figure": 1.0, "why": ""}
    assert [team["team"] for team in one["teams"]] == ["emergency"]
    assert {case["key"] for case in one["cases"]} == {"kpi-0", "kpi-1", "kpi-2"}
    assert call("GET", "/practice/pitfalls/no-such-pitfall").status == 404


def test_maturity_is_told_by_team_with_what_is_missing(world: World) -> None:
    watched(2)
    call = script(world, "vic", "read")
    [line] = call.get("/practice/maturity")["items"]
    assert (line["team"], line["kpis"], line["level"], line["name"]) == ("emergency", 2, 2, "Defined")
    [check] = [one for one in line["checks"] if one["check"] == "target"]
    assert (check["met"], check["passed"], check["missing"]) == (False, 0, ["kpi-0", "kpi-1"])
    [whole] = call.get("/practice/maturity", team="harbour-hospital", below=1)["items"]
    assert whole["kpis"] == 2
    assert call("GET", "/practice/maturity", team="no-such-team").keys == ["unknown-team"]
    assert call.get("/practice/maturity", as_of=day(-30).isoformat())["items"] == []


def test_the_pulse_is_told_once_it_is_closed_and_withheld_where_people_are_few(world: World) -> None:
    set_rhythm(world.ada, is_on=True, every_months=3, open_days=14, version=0)
    found = start_round(world.ada)
    for person in [*staff(6), *staff(2, "surgery")]:
        answer_pulse(people.actor_of_person(person), found, scores=dict.fromkeys(STATEMENTS, 4))
    call = script(world, "vic", "read")
    assert call.get("/practice/pulse")["items"] == []
    close_round(world.ada, found)
    [told] = call.get("/practice/pulse")["items"]
    assert told["answers"] == 8
    assert {team["team"]: team["answers"] for team in told["teams"]} == {
        "harbour-hospital": 8, "emergency": None, "surgery": None,
    }  # fmt: skip
    assert [one["mean"] for one in told["teams"][0]["statements"]] == [4.0] * len(STATEMENTS)
    assert call.get("/practice/pulse", as_of=day(-1).isoformat())["items"] == []
