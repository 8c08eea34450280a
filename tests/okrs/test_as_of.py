"""A past date shows what was known then, on pages and in the API: state, figures, links, what was said and done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sextant.calc.periods import label, period_of
from sextant.core import clock
from sextant.core.errors import Refused
from sextant.metrics.commands import RawPoint, change_definition, record
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.alignment import align, unlink
from sextant.okrs.commands.blockers import raise_blocker, resolve_blocker
from sextant.okrs.commands.check_ins import take_back
from sextant.okrs.commands.closing import close_objective
from sextant.okrs.commands.key_results import archive_key_result, mark_milestone
from sextant.okrs.commands.objectives import activate_objective, archive_objective, create_objective
from sextant.okrs.commands.overrides import override
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.standing import objective_standing, okr_board
from sextant.people import queries as people
from sextant.people.commands import erase_person
from sextant.strategy.commands import change_cycle, create_cycle
from sextant.strategy.models import Cycle
from tests.doors.calls import script
from tests.make import make_key_result, make_objective, start
from tests.okrs.running import END, START, add, at, objective_draft, running_key_result, said_on
from tests.world import World

pytestmark = pytest.mark.django_db

BEFORE, EARLY, MIDDLE, LATE = (START + timedelta(days=gone) for gone in (-3, 8, 30, 60))


def week_of(day: date) -> str:
    return label(period_of(day, "week"), people.calendar())  # type: ignore[arg-type]


@pytest.fixture
def story(world: World) -> KeyResult:
    """A key result that starts, moves, is aimed anew, marked, blocked, said of, and closed with its objective."""
    row = running_key_result(world)
    lea = world.lea
    objective = row.objective
    with clock.writing_at(at(START)):
        steps = add(world, objective, "Steps", kind="milestones", terms={},
                    milestones=[{"title": "One", "due_on": EARLY}, {"title": "Two", "due_on": LATE}])  # fmt: skip
        archived = add(world, objective, "Given up")
        parent = create_objective(lea, title="Above", team=world.emergency, owner=world.person("lea"),
                                  cycle=objective.cycle, rollup="both")  # fmt: skip
        add(world, parent, "Of its own")
        activate_objective(lea, parent)
        align(lea, objective, parent)
    for day, value in ((EARLY, 50.0), (MIDDLE, 40.0), (LATE, 20.0)):
        with clock.writing_at(at(day)):
            record(world.ada, [RawPoint(row.metric.key, week_of(day - timedelta(days=7)), value)])  # type: ignore[union-attr]
    said_on(world, EARLY + timedelta(days=1), row, confidence=3, status="at_risk", note="Slow")
    with clock.writing_at(at(EARLY, 12)):
        mark_milestone(lea, steps.milestones.get(title="One"), evidence="Seen")
        blocker = raise_blocker(lea, row, text="No room")
    with clock.writing_at(at(MIDDLE)):
        set_terms(lea, KeyResult.objects.get(pk=row.pk), target=30.0, weight=3.0, reason="Rain", valid_from=MIDDLE)
        unlink(lea, objective.links.get())
        resolve_blocker(lea, blocker)
        override(lea, objective, status="at_risk", reason="Storm", expires_on=people.today())
        archive_key_result(lea, archived)
    said_on(world, MIDDLE + timedelta(days=1), row, confidence=9, status="on_track")
    with clock.writing_at(at(LATE, 15)):
        items = {one.key: {"decision": "drop"} for one in (row, steps)}
        close_objective(
            lea, Objective.objects.get(pk=objective.pk), outcome="Well", learning="Begin", decision="drop", items=items
        )
    return KeyResult.objects.get(pk=row.pk)


def seen_by_api(world: World, row: KeyResult, day: date) -> tuple[Any, Any]:
    call, asked = script(world, "lea"), {"as_of": day.isoformat()}
    return call.get(f"/objectives/{row.objective.key}", **asked), call.get(f"/key-results/{row.key}", **asked)


@pytest.mark.parametrize(("gone", "state", "value", "target", "weight", "confidence", "reported"), [
    (2, "active", None, 20.0, 1.0, None, ""), (10, "active", 50.0, 20.0, 1.0, 3, "at_risk"),
    (32, "active", 40.0, 30.0, 3.0, 9, "on_track"), (61, "closed", 20.0, 30.0, 3.0, 9, "on_track"),
])  # fmt: skip
def test_a_past_day_shows_the_state_and_the_figures_of_that_day(
    world: World, story: KeyResult, gone: int, state: str, value: float | None, target: float, weight: float,
    confidence: int | None, reported: str,
) -> None:  # fmt: skip
    day = START + timedelta(days=gone)
    objective, row = seen_by_api(world, story, day)
    assert objective["state"] == state
    assert (row["value"], row["target"], row["weight"]) == (value, target, weight)
    assert (row["confidence"], row["status"]["reported"]) == (confidence, reported)
    page = world.client("lea").get(f"/key-results/{story.key}/", {"as_of": day.isoformat()})
    assert page.status_code == 200
    stand = page.context["view"].standing
    assert (stand.value, stand.target, stand.weight, stand.confidence) == (value, target, weight, confidence)


def test_links_steps_words_and_archived_results_are_those_of_the_day(world: World, story: KeyResult) -> None:
    early, _row = seen_by_api(world, story, EARLY + timedelta(days=1))
    late, _row = seen_by_api(world, story, MIDDLE + timedelta(days=1))
    assert (early["parent"], late["parent"]) == ("above", None)
    assert (early["override"], late["override"]["reason"]) == (None, "Storm")
    assert len(early["key_results"]) == 3
    assert len(late["key_results"]) == 2
    call = script(world, "lea")
    for day, done in ((START + timedelta(days=1), 0), (MIDDLE, 1)):
        steps = call.get("/key-results/steps", as_of=day.isoformat())
        assert [one["done"] for one in steps["milestones"]].count(True) == done
        assert steps["progress"] == pytest.approx(done / 2)
    above = call.get("/objectives/above", as_of=EARLY.isoformat())
    assert above["total"] == 2
    assert call.get("/objectives/above", as_of=LATE.isoformat())["total"] == 1


def test_check_ins_blockers_and_closings_are_those_of_the_day(world: World, story: KeyResult) -> None:
    call = script(world, "lea")
    for day, said, blocked in (
        (START + timedelta(days=1), [], 0), (EARLY + timedelta(days=2), [3], 1),
        (MIDDLE + timedelta(days=2), [9, 3], 0),
    ):  # fmt: skip
        asked = {"as_of": day.isoformat(), "key_result": story.key}
        assert [one["confidence"] for one in call.get("/check-ins", **asked)["items"]] == said
        open_ones = [one for one in call.get("/blockers", **asked)["items"] if one["resolved_at"] is None]
        assert len(open_ones) == blocked, day
    key = story.objective.key
    assert call.get(f"/objectives/{key}/closure", as_of=MIDDLE.isoformat())["closed_at"] is None
    assert call.get(f"/objectives/{key}/closure", as_of=(LATE + timedelta(days=1)).isoformat())["closed_at"]


def test_nothing_is_there_before_it_was_made(world: World, story: KeyResult) -> None:
    call = script(world, "lea")
    asked = {"as_of": BEFORE.isoformat()}
    assert call("GET", f"/objectives/{story.objective.key}", None, **asked).status == 404
    assert call("GET", f"/key-results/{story.key}", None, **asked).status == 404
    for path in ("/objectives", "/key-results", "/initiatives", "/check-ins", "/blockers"):
        assert call.get(path, **asked)["items"] == [], path
    assert call.get("/alignment", **asked)["nodes"] == []
    client = world.client("lea")
    for address in (f"/objectives/{story.objective.key}/", f"/key-results/{story.key}/", "/objectives/", "/cycles",
                    "/objectives/?view=tree", "/objectives/map.svg", f"/objectives/{story.objective.key}/closure",
                    f"/key-results/{story.key}/check-ins"):  # fmt: skip
        assert client.get(address, asked).status_code in (200, 404), address


def test_what_was_archived_later_is_there_on_the_day(world: World, story: KeyResult) -> None:
    with clock.writing_at(at(LATE, 18)):
        archive_objective(world.lea, Objective.objects.get(pk=story.objective_id))
    asked = {"as_of": MIDDLE.isoformat()}
    keys = [one["key"] for one in script(world, "lea").get("/objectives", **asked)["items"]]
    assert story.objective.key in keys
    assert story.objective.key not in [one["key"] for one in script(world, "lea").get("/objectives")["items"]]


def test_a_check_in_taken_back_later_was_said_on_the_day(world: World) -> None:
    row = running_key_result(world)
    said = said_on(world, EARLY, row, confidence=4)
    with clock.writing_at(at(MIDDLE)):
        take_back(world.cem, said)
    call = script(world, "lea")
    assert call.get(f"/key-results/{row.key}", as_of=(EARLY + timedelta(days=1)).isoformat())["confidence"] == 4
    assert call.get(f"/key-results/{row.key}", as_of=LATE.isoformat())["confidence"] is None


def test_many_take_as_many_statements_as_one_on_a_past_day_too(world: World) -> None:
    guard = make_key_result(make_objective("Guards"), "Guarded").metric

    def build(number: int) -> None:
        with clock.writing_at(at(START)):
            objective = objective_draft(world)
            add(world, objective, f"Result {number}", guard=guard, contributors=[world.person("vic")])
            add(world, objective, f"Steps {number}", kind="milestones", terms={},
                milestones=[{"title": "One", "due_on": LATE}])  # fmt: skip
            activate_objective(world.lea, objective)

    def count(act: Any) -> int:
        with CaptureQueriesContext(connection) as asked:
            act()
        return len(asked)

    call = script(world, "lea")
    found = Objective.objects.filter(title="Nobody waits in vain").order_by("pk")
    acts = [
        lambda: okr_board(found, standpoint(MIDDLE)),
        lambda: call.get("/objectives", as_of=MIDDLE.isoformat(), why=1),
        lambda: call.get("/key-results", as_of=MIDDLE.isoformat(), why=1),
        lambda: call.get("/alignment", as_of=MIDDLE.isoformat()),
        lambda: world.client("lea").get("/objectives/", {"as_of": MIDDLE.isoformat(), "view": "tree"}),
    ]
    build(1)
    build(2)
    few = [min(count(act), count(act)) for act in acts]
    for number in range(3, 9):
        build(number)
    assert [min(count(act), count(act)) for act in acts] == few


def test_a_key_result_that_is_measured_otherwise_than_at_its_start_says_so(world: World) -> None:
    row = running_key_result(world)
    metric = row.metric
    assert metric is not None
    hour = period_of(MIDDLE, "week").start  # type: ignore[arg-type]
    with clock.writing_at(at(MIDDLE)):
        change_definition(
            world.ada,
            metric,
            number=1,
            description="",
            how_measured="By the new desk.",
            reason="New desk",
            valid_from=hour,
        )
    call = script(world, "lea")
    assert call.get(f"/key-results/{row.key}", as_of=EARLY.isoformat())["second_looks"] == []
    assert call.get(f"/key-results/{row.key}", as_of=LATE.isoformat())["second_looks"] == ["measure-changed"]
    assert [one["second_looks"] for one in call.get("/key-results")["items"]] == [["measure-changed"]]
    client = world.client("lea")
    for address in (f"/key-results/{row.key}/", f"/objectives/{row.objective.key}/"):
        assert "measured otherwise since" in client.get(address).content.decode(), address
        assert "measured otherwise" not in client.get(address, {"as_of": EARLY.isoformat()}).content.decode()


def test_a_definition_from_before_the_start_is_no_caution(world: World) -> None:
    row = running_key_result(world)
    assert row.metric is not None
    hour = period_of(BEFORE, "week").start  # type: ignore[arg-type]
    change_definition(world.ada, row.metric, number=1, description="", how_measured="x", reason="x", valid_from=hour)
    assert script(world, "lea").get(f"/key-results/{row.key}")["second_looks"] == []


def test_what_an_owner_left_behind_needs_a_new_one(world: World) -> None:
    objective = make_objective(owner=world.person("vic"))
    row = make_key_result(objective, owner=world.person("vic"))
    start(objective)
    vic = world.person("vic")
    erase_person(world.ada, vic, version=vic.version)
    call, client = script(world, "lea"), world.client("lea")
    assert call.get(f"/objectives/{objective.key}")["owner_left"] is True
    assert "owner-left" in call.get(f"/key-results/{row.key}")["second_looks"]
    for address in (f"/objectives/{objective.key}/", f"/key-results/{row.key}/"):
        assert "needs a new owner" in client.get(address).content.decode(), address


def test_a_baseline_that_is_the_target_is_refused_on_every_way_in(world: World) -> None:
    objective = make_objective(key="aim")
    row = make_key_result(objective, key="kr")
    with pytest.raises(Refused) as refused:
        set_terms(world.lea, row, target=60.0)
    assert refused.value.problems[0].key == "baseline-is-target"
    call, client = script(world, "lea"), world.client("lea")
    new = {"objective": "aim", "title": "X", "baseline": 5, "target": 5, "own_metric": {"how_measured": "x"}}
    assert call("POST", "/key-results", new).keys == ["baseline-is-target"]
    changed = call("PATCH", "/key-results/kr", {"version": row.version, "baseline": 20, "reason": "x"})
    assert changed.keys == ["baseline-is-target"]
    form = {"title": "X", "kind": "metric", "baseline": "5", "target": "5", "how_measured": "x", "weight": "1"}
    page = client.post("/objectives/aim/key-results/new", form)
    assert page.status_code == 422
    assert "equal" in page.content.decode()
    page = client.post("/key-results/kr/figures", {"baseline": "7", "target": "7", "reason": "x", "weight": "1"})
    assert page.status_code == 422
    assert KeyResult.objects.count() == 1
    assert objective_standing(objective, standpoint()).key_results[0].target == 20


def test_a_cycle_that_ends_before_it_starts_is_refused_on_every_way_in(world: World) -> None:
    with pytest.raises(Refused):
        create_cycle(world.ada, "Backwards", starts_on=END, ends_on=START)
    body = {"name": "Backwards", "starts_on": END.isoformat(), "ends_on": START.isoformat()}
    assert script(world, "ada")("POST", "/cycles", body).status == 422
    assert world.client("ada").post("/cycles/new", body).status_code == 422
    cycle = create_cycle(world.ada, "Forwards", starts_on=START, ends_on=END)
    with pytest.raises(Refused):
        change_cycle(world.ada, cycle, version=cycle.version, ends_on=START - timedelta(days=1))
    assert Cycle.objects.count() == 1
