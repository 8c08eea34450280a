"""An objective one may not see leaves no trace, nor does anything that hangs on it: not in a page, an answer, a count.

One objective was open once, with everything an objective can have, and was then kept to some people. Cem and Vic work
in its team, Otto in another one; Ada is an administrator, who sees what is confidential and not what is private.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sextant.core.access import visible
from sextant.core.errors import Refused
from sextant.exchange import commands as exchange
from sextant.exchange.okrs.exporting import export_okrs
from sextant.metrics.models import Metric
from sextant.notifications.commands import comment, follow
from sextant.okrs.commands.alignment import align, unlink
from sextant.okrs.commands.blockers import raise_blocker
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.closing import close_objective, reopen_objective
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.key_results import create_key_result
from sextant.okrs.commands.objectives import activate_objective, change_objective
from sextant.okrs.commands.overrides import override
from sextant.okrs.commands.planning import add_candidate, decide_candidate
from sextant.okrs.commands.rules import mute_rule
from sextant.okrs.models import Candidate, Initiative, KeyResult, Objective
from sextant.people import queries as people
from sextant.people.models import Organisation
from tests.doors.calls import script, without
from tests.make import (
    admin,
    day,
    make_cycle,
    make_key_result,
    make_kpi,
    make_objective,
    monthly,
    record_values,
    start,
)
from tests.world import World

pytestmark = pytest.mark.django_db

HIDDEN_WORDS = ("zanzibar", "7431975", "7,431,975", "7.43 m")
HIDDEN_FROM = {"people": ("cem", "vic", "otto"), "team": ("otto",), "private": ("ada", "cem", "vic", "otto")}


@dataclass
class Secrets:
    hidden: Objective
    closed: Objective
    parent: Objective
    child: Objective
    key_result: KeyResult
    initiative: Initiative
    check_in: int
    blocker: int
    candidate: Candidate


def restricted(objective: Objective, kind: str) -> Objective:
    objective.refresh_from_db()
    assert objective.owner is not None
    fields: dict[str, Any] = {"is_personal": True} if kind == "private" else {}
    return change_objective(
        people.actor_of_person(objective.owner), objective, version=objective.version, visibility=kind, **fields
    )  # fmt: skip


def everything(world: World, kind: str) -> Secrets:
    """A hidden objective with everything that could mention it, linked to open ones above and below."""
    Organisation.objects.update(personal_objectives=True)
    people.forget()
    lea = world.lea
    cycle, later = make_cycle(), make_cycle("Next quarter", gone=-50)
    watched = make_kpi("visits", active=True, name="Visits")
    record_values(watched, monthly(2026, [2, 3, 4, 5, 6, 7]))
    parent = make_objective("Everybody is seen", team=world.hospital, owner=world.person("ada"), theme=world.safety)
    make_key_result(parent, "Waits of 20 minutes")
    start(parent)
    candidate = add_candidate(lea, cycle, team=world.emergency, title="Zanzibar opens", why="Zanzibar pays.")
    hidden = decide_candidate(world.ada, candidate, "taken", reason="Zanzibar it is.").objective
    assert hidden is not None
    hidden = change_objective(world.ada, hidden, version=hidden.version, owner=world.person("lea"),
                              description="Zanzibar", contributors=[world.surgery])  # fmt: skip
    key_result = make_key_result(hidden, "Zanzibar earns", note="Zanzibar", contributors=[world.person("lea")],
                                 terms={"baseline": 0.0, "target": 7431975.0})  # fmt: skip
    make_key_result(hidden, "Zanzibar visits", metric=watched.metric, terms={"baseline": 2.0, "target": 9.0})
    make_key_result(
        hidden, "Zanzibar steps", kind="milestones", milestones=[{"title": "Zanzibar first", "due_on": day(9)}]
    )
    initiative = create_initiative(lea, hidden, title="Zanzibar works", key_result=key_result, due_on=day(3),
                                   link="https://tracker.example/zanzibar")  # fmt: skip
    align(lea, hidden, parent)
    align(lea, hidden, parent.key_results.get(), kind="supports")
    glowing = make_key_result(hidden, "Zanzibar glows", terms={"baseline": 0.0, "target": 100.0})
    start(hidden)
    child = make_objective("Rooms are ready")
    align(lea, child, hidden)
    align(lea, child, key_result, kind="supports")
    said = check_in(lea, key_result, value=7431975, confidence=3, status="off_track", note="Zanzibar is late",
                    action="Zanzibar hurries", blocker="Zanzibar has no harbour")  # fmt: skip
    check_in(lea, glowing, value=1, confidence=9, status="on_track", note="Zanzibar shines")
    blocker = raise_blocker(lea, key_result, text="Zanzibar sleeps", owner=world.person("lea"))
    for kind_of, key in (("objective", hidden.key), ("key_result", key_result.key), ("check_in", str(said.pk)),
                         ("initiative", initiative.key)):  # fmt: skip
        comment(lea, kind_of, key, "Zanzibar, @[Cem Contributor] and @[Otto Outsider]")
        follow(world.cem, kind_of, key)
    override(lea, hidden, status="at_risk", reason="Zanzibar", expires_on=day(5))
    mute_rule(lea, "jargon", reason="Zanzibar", objective=hidden)
    closed = make_objective("Zanzibar closes")
    own = make_key_result(closed, "Zanzibar ends")
    align(lea, closed, parent)
    start(closed)
    close_objective(lea, closed, outcome="Zanzibar went.", learning="Zanzibar taught.", decision="keep",
                    items={own.key: {"decision": "keep", "learning": "Zanzibar"}}, carry_to=later)  # fmt: skip
    carried = closed.closures.get().carried_to
    assert carried is not None
    restricted(carried, kind)
    restricted(reopen_objective(lea, closed, reason="Zanzibar"), kind)
    closed.refresh_from_db()
    close_objective(lea, closed, outcome="Zanzibar went.", learning="Zanzibar taught.", decision="drop",
                    items={own.key: {"decision": "drop", "learning": "Zanzibar"}})  # fmt: skip
    hidden = restricted(hidden, kind)
    return Secrets(hidden, closed, parent, child, key_result, initiative, said.pk, blocker.pk, candidate)


def told(text: str) -> list[str]:
    return [word for word in HIDDEN_WORDS if word in text.lower()]


@pytest.mark.parametrize("kind", HIDDEN_FROM)
def test_no_answer_of_the_api_names_a_hidden_objective(world: World, kind: str) -> None:
    secrets = everything(world, kind)
    leaked = {person: named_by_the_api(world, secrets, person) for person in HIDDEN_FROM[kind]}
    assert not any(leaked.values()), leaked


def named_by_the_api(world: World, secrets: Secrets, person: str) -> dict[str, list[str]]:
    """Hidden words by the address whose answer has them."""
    call = script(world, person, "read")
    assert secrets.hidden.cycle is not None
    cycle = secrets.hidden.cycle.key
    leaked = {}
    for path in (
        "/objectives", "/objectives?archived=true", "/objectives?state=closed", f"/objectives/{secrets.parent.key}",
        f"/objectives/{secrets.child.key}", "/key-results", "/initiatives", "/alignment", "/check-ins", "/blockers",
        "/check-ins/due", "/candidates", f"/candidates?cycle={cycle}", "/cycles/compare", "/cycles", f"/cycles/{cycle}",
        f"/cycles/{cycle}/plan", f"/cycles/{cycle}/criteria", "/lessons", "/rules", "/events", "/notifications",
        "/metrics", "/metrics?archived=true", "/kpis", "/kpis/visits", f"/objectives/{secrets.child.key}/closure",
        f"/comments?kind=objective&key={secrets.parent.key}", "/teams/emergency", "/people", "/lessons?q=Zanz",
        f"/key-results/{secrets.parent.key_results.get().key}", "/objectives?q=Zanz", "/key-results?q=Zanz",
    ):  # fmt: skip
        for query in ({}, {"why": "1"}, {"as_of": str(day(0)), "why": "1"}):
            answer = call("GET", path, **query)
            assert answer.status in (200, 422) or (answer.status == 404 and "team" not in path), (path, answer)
            if words := told(str(answer.body)):
                leaked[path] = words
    return leaked


@pytest.mark.parametrize("kind", HIDDEN_FROM)
def test_a_hidden_one_and_a_missing_one_are_told_alike(world: World, kind: str) -> None:
    secrets = everything(world, kind)
    for person in HIDDEN_FROM[kind]:
        hidden_and_missing_are_alike(world, secrets, person)


def hidden_and_missing_are_alike(world: World, secrets: Secrets, person: str) -> None:
    call, client = script(world, person), world.client(person)
    own = secrets.key_result.metric
    assert own is not None
    keys = [
        ("/objectives/{}", secrets.hidden.key), ("/objectives/{}/closure", secrets.closed.key),
        ("/key-results/{}", secrets.key_result.key), ("/initiatives/{}", secrets.initiative.key),
        ("/metrics/{}", own.key), ("/metrics/{}/measurements", own.key),
        ("/comments?kind=objective&key={}", secrets.hidden.key), ("/follows/objective/{}", secrets.hidden.key),
        ("/comments?kind=check_in&key={}", str(secrets.check_in)), ("/candidates/{}", str(secrets.candidate.pk)),
        ("/alignment?focus={}", secrets.hidden.key), ("/key-results?objective={}", secrets.hidden.key),
        ("/initiatives?objective={}", secrets.hidden.key), ("/check-ins?key_result={}", secrets.key_result.key),
        ("/blockers?key_result={}", secrets.key_result.key),
    ]  # fmt: skip
    for path, key in keys:
        missing = "999999" if key.isdecimal() else "no-such-thing"
        hidden, none = call("GET", path.format(key)), call("GET", path.format(missing))
        assert hidden.status == none.status, path
        assert without(key, hidden.body) == without(missing, none.body), path
    for address in (
        f"/objectives/{secrets.hidden.key}/", f"/objectives/{secrets.hidden.key}/results",
        f"/objectives/{secrets.hidden.key}/edit", f"/objectives/{secrets.hidden.key}/closure",
        f"/objectives/{secrets.hidden.key}/alignment", f"/objectives/{secrets.hidden.key}/override",
        f"/key-results/{secrets.key_result.key}/", f"/key-results/{secrets.key_result.key}/check-ins",
        f"/key-results/{secrets.key_result.key}/edit",
        f"/initiatives/{secrets.initiative.key}/", f"/check-ins/{secrets.check_in}", f"/metrics/{own.key}/",
        f"/comments/objective/{secrets.hidden.key}", f"/comments/check_in/{secrets.check_in}",
        f"/objectives/{secrets.hidden.key}/key-results/new", f"/objectives/{secrets.hidden.key}/initiatives/new",
        f"/metrics/{own.key}/chart.svg", f"/metrics/{own.key}/data.csv", f"/candidates/{secrets.candidate.pk}/choice",
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address
    for method, path, body in (
        ("POST", "/check-ins", {"key_result": secrets.key_result.key, "confidence": 5}),
        ("POST", "/comments", {"kind": "objective", "key": secrets.hidden.key, "text": "x"}),
        ("POST", "/initiatives", {"objective": secrets.hidden.key, "title": "x"}),
        ("POST", "/key-results", {"objective": secrets.hidden.key, "title": "x", "kind": "metric"}),
        ("PATCH", f"/objectives/{secrets.child.key}", {"version": 99, "parent": secrets.hidden.key}),
    ):
        other = {name: "no-such-thing" if value in (secrets.hidden.key, secrets.key_result.key) else value
                 for name, value in body.items()}  # fmt: skip
        hidden, none = call(method, path, body), call(method, path, other)
        assert (hidden.status, hidden.keys) == (none.status, none.keys), path
        assert told(str(hidden.body).replace(secrets.hidden.key, "").replace(secrets.key_result.key, "")) == []


@pytest.mark.parametrize("kind", HIDDEN_FROM)
def test_nothing_hidden_is_counted(world: World, kind: str) -> None:
    secrets = everything(world, kind)
    for person in HIDDEN_FROM[kind]:
        actor, hidden = world.actor(person), {secrets.hidden.pk, secrets.closed.pk}
        assert not visible("objective", actor).filter(pk__in=hidden).exists()
        for one in ("key_result", "initiative", "candidate"):
            rows = visible(one, actor)
            assert not rows.filter(objective_id__in=hidden).exists(), one
        assert not visible("check_in", actor).filter(key_result__objective_id__in=hidden).exists()
        assert not visible("metric", actor).filter(name__icontains="zanzibar").exists()
        assert not visible("event", actor).filter(subject_label__icontains="zanzibar").exists()
        plan = script(world, person).get(f"/cycles/{secrets.hidden.cycle.key}/plan") if secrets.hidden.cycle else {}
        assert "Zanzibar" not in str(plan)


def test_a_private_objective_moves_no_number_that_others_see(world: World) -> None:
    Organisation.objects.update(personal_objectives=True)
    people.forget()
    parent = make_objective("Everybody is seen", rollup="both")
    make_key_result(parent)
    start(parent)
    before = script(world, "ada").get(f"/objectives/{parent.key}")
    private = make_objective("Zanzibar", owner=world.person("cem"), is_personal=True, visibility="private")
    own = create_key_result(world.cem, private, title="Zanzibar", kind="yes_no", due_on=day(5))
    assert own.metric is None
    activate_objective(world.cem, private)
    align(world.cem, private, parent)
    after = script(world, "ada").get(f"/objectives/{parent.key}")
    assert {name: after[name] for name in ("counted", "total", "progress")} == {
        name: before[name] for name in ("counted", "total", "progress")
    }
    assert "you may not see" not in world.client("ada").get(f"/objectives/{parent.key}/").content.decode()


@pytest.mark.parametrize("kind", ["people", "team", "private"])
def test_the_metric_of_a_key_result_is_seen_by_whoever_sees_the_objective(world: World, kind: str) -> None:
    Organisation.objects.update(personal_objectives=True)
    people.forget()
    fields: dict[str, Any] = {"visibility": kind, "is_personal": kind == "private"}
    from_the_start = make_key_result(make_objective("Zanzibar one", **fields)) if kind != "private" else None
    later = make_key_result(make_objective("Zanzibar two"))
    restricted(later.objective, kind)
    for key_result in filter(None, (from_the_start, later)):
        for person in ("ada", "lea", "cem", "otto"):
            sees = visible("metric", world.actor(person)).filter(pk=key_result.metric_id).exists()
            assert sees == visible("objective", world.actor(person)).filter(pk=key_result.objective_id).exists(), person
    objective = later.objective
    objective.refresh_from_db()
    change_objective(world.lea, objective, version=objective.version, visibility="organisation", is_personal=False)
    assert visible("metric", world.otto).filter(pk=later.metric_id).exists()


def test_a_metric_that_others_use_too_keeps_its_own_circle(world: World) -> None:
    kpi = make_kpi("visits", active=True)
    objective = make_objective("Zanzibar")
    make_key_result(objective, metric=kpi.metric)
    restricted(objective, "people")
    assert Metric.objects.get(key="visits").visibility == "organisation"


CODE = """objectives:
  - key: zanzibar
    title: Zanzibar opens
    team: emergency
    owner: lea-lead
    visibility: {kind}
    key_results:
      - key: zanzibar-earns
        title: Zanzibar earns
        kind: metric
        how_measured: Zanzibar
        owner: cem-contributor
        baseline: 1
        target: 9
"""


@pytest.mark.parametrize("kind", ["people", "team", "private"])
def test_what_was_brought_in_as_code_is_kept_to_whom_the_code_says(world: World, tmp_path: Path, kind: str) -> None:
    Organisation.objects.update(personal_objectives=True)
    people.forget()
    (tmp_path / "okrs.yaml").write_text(CODE.format(kind=kind))
    imp = exchange.start_import(world.lea, name="okrs.yaml", team=world.emergency)
    exchange.read_import(world.lea, imp, paths=[tmp_path / "okrs.yaml"])
    exchange.confirm_import(world.lea, imp)
    row = KeyResult.objects.get()
    assert row.objective.visibility == kind
    for person in ("ada", "lea", "cem", "vic", "otto"):
        actor = world.actor(person)
        sees = visible("objective", actor).exists()
        assert sees == (person not in HIDDEN_FROM[kind])
        assert visible("metric", actor).filter(pk=row.metric_id).exists() == sees, person
        if not sees:
            assert told(str(script(world, person, "read").get("/events", limit=500))) == [], person


@pytest.mark.parametrize("kind", HIDDEN_FROM)
def test_what_is_written_as_code_names_nothing_hidden(world: World, kind: str) -> None:
    secrets = everything(world, kind)
    for person in HIDDEN_FROM[kind]:
        written = export_okrs(world.actor(person))
        assert f"key: {secrets.child.key}" in written
        assert told(written) == []


def test_a_link_to_what_was_hidden_since_cannot_be_made_again(world: World) -> None:
    hidden, child = make_objective("Zanzibar"), make_objective("Rooms", owner=world.person("cem"))
    link = align(world.cem, child, hidden)
    unlink(world.cem, link)
    restricted(hidden, "people")
    answer = world.client("cem").post(f"/objectives/{child.key}/links/{link.pk}/restoral")
    assert answer.status_code == 404
    assert told(answer.content.decode()) == []


def test_a_circle_through_a_hidden_objective_is_refused_without_naming_it(world: World) -> None:
    top = make_objective("Zanzibar top", visibility="people")
    middle = make_objective("Rooms", visibility="people", owner=world.person("cem"))
    bottom = make_objective("Beds", visibility="people", owner=world.person("cem"))
    align(admin(), middle, top)
    align(admin(), top, bottom)
    with pytest.raises(Refused) as refused:
        align(world.cem, bottom, middle)
    assert refused.value.problems[0].key == "alignment-circle"
    assert told(str(refused.value)) == []
