"""Every text that can be said of an objective is shown as text, whatever it holds: on pages, in files, in the API."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from sextant.core.errors import Refused
from sextant.notifications.commands import comment
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.blockers import raise_blocker, resolve_blocker
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.closing import close_objective
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.key_results import mark_milestone
from sextant.okrs.commands.overrides import override
from sextant.okrs.commands.planning import add_candidate, decide_candidate, set_criteria
from sextant.okrs.commands.rules import mute_rule
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import Candidate, CheckIn, KeyResult
from tests.access.crawl import body_of, pages
from tests.access.test_hostile_text import FORMULA, MARKUP, ODD, RAW
from tests.doors.calls import script
from tests.make import admin, day, make_cycle, make_key_result, make_objective, start
from tests.world import World

pytestmark = pytest.mark.django_db

TEXT = f"{FORMULA} {MARKUP} {ODD}"
NUL, LONG, EMOJI = "a\0b", "x" * 10_000, "👩‍👩‍👧‍👦\u202e🏳️‍🌈" * 30
TEMPLATE = "{{ 7*7 }}{% now %} %(x)s %s % ' OR 1=1; -- \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
HOSTILE = (TEXT, NUL, LONG, EMOJI, TEMPLATE, "]]>--><!--", "\u2028\u2029\x85", "../../etc/passwd")


@pytest.fixture
def hostile(world: World) -> KeyResult:
    """An objective whose every text is hostile, with hostile things around it."""
    ada, lea = world.ada, world.lea
    cycle = make_cycle(f"{MARKUP} cycle")
    objective = make_objective(TEXT[:290], key="hostile", cycle=cycle, description=TEXT)
    row = make_key_result(
        objective, TEXT, key="hostile-kr", note=TEXT,
        own_metric={"unit": "number", "unit_label": MARKUP[:80], "how_measured": TEXT},
    )  # fmt: skip
    steps = make_key_result(objective, f"{MARKUP} steps", kind="milestones",
                            milestones=[{"title": TEXT[:290], "due_on": day(4)}])  # fmt: skip
    start(objective)
    set_terms(ada, row, target=19.0, reason=TEXT)
    mark_milestone(ada, steps.milestones.get(), evidence=f"javascript:alert(1) {TEXT}")
    create_initiative(ada, objective, title=TEXT[:290], key="hostile-work", description=TEXT, key_result=row,
                      link="https://evil.example/%3Cscript%3E")  # fmt: skip
    said = check_in(lea, row, value=40, confidence=2, status="off_track", note=TEXT, action=TEXT, blocker=TEXT)
    resolve_blocker(ada, raise_blocker(ada, row, text=TEXT, owner=world.person("lea")), resolution=TEXT)
    override(ada, objective, status="at_risk", reason=TEXT, expires_on=day(3))
    mute_rule(ada, "jargon", reason=TEXT)
    for kind, key in (("objective", "hostile"), ("key_result", "hostile-kr"), ("check_in", str(said.pk))):
        comment(lea, kind, key, TEXT)
    set_criteria(ada, cycle, [(MARKUP[:100], 2.0)])
    add_candidate(ada, cycle, team=world.emergency, title=TEXT[:290], why=TEXT)
    left = add_candidate(ada, cycle, team=world.emergency, title=f"{MARKUP} left")
    decide_candidate(ada, left, "left", reason=TEXT)
    child = make_objective(f"{MARKUP} child", cycle=cycle)
    align(ada, child, objective)
    ended = make_objective(f"{MARKUP} ended", key="ended", cycle=cycle)
    only = make_key_result(ended)
    start(ended)
    close_objective(ada, ended, outcome=TEXT, learning=TEXT, decision="drop",
                    items={only.key: {"decision": "drop", "learning": TEXT}})  # fmt: skip
    return row


def test_no_page_about_objectives_shows_a_text_as_markup(world: World, hostile: KeyResult) -> None:
    cycle = hostile.objective.cycle
    assert cycle is not None
    starts = [
        "/objectives/", "/objectives/?view=tree", "/objectives/?view=map", "/objectives/?view=list", "/",
        "/objectives/hostile/", "/objectives/hostile/results", "/objectives/hostile/edit",
        "/objectives/hostile/override",
        "/objectives/hostile/alignment", "/objectives/hostile/closure", "/objectives/ended/closure",
        "/objectives/hostile/key-results/new", "/objectives/hostile/initiatives/new", "/key-results/hostile-kr/",
        "/key-results/hostile-kr/edit", "/key-results/hostile-kr/check-ins", "/initiatives/hostile-work/", "/check-in/",
        "/check-in/team", "/cycles", f"/cycles/{cycle.key}/plan", f"/cycles/{cycle.key}/closure", "/cycles/compare",
        "/backlog", "/settings/rules", "/settings/rules/jargon", "/search?q=img", "/audit", "/inbox", "/strategy",
        "/comments/objective/hostile", "/objectives/new?title=%3Cimg%20src=x%3E", "/okr-library", "/teams/emergency",
        f"/people/{world.person('lea').key}", f"/objectives/hostile/?as_of={day(0)}",
    ]  # fmt: skip
    seen = dict(pages(world.client("ada"), *starts, without=("/library/", "/okr-library/"), once=("team",), most=260))
    assert len(seen) > 40
    assert any("&lt;img src=x" in body for body in seen.values())
    told = {address: word for address, body in seen.items() for word in RAW if word in body}
    assert {address: word for address, word in told.items() if not address.split("?")[0].endswith(".csv")} == {}


@pytest.mark.parametrize("address", ["/objectives/map.svg", "/objectives/map.svg?focus=hostile", "/audit.csv"])
def test_files_hold_texts_and_nothing_that_runs(world: World, hostile: KeyResult, address: str) -> None:
    answer = world.client("ada").get(address)
    assert answer.status_code == 200
    if address == "/audit.csv":
        cells = [cell for row in csv.reader(io.StringIO(body_of(answer).lstrip("\ufeff"))) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))] == []
        return
    root = ElementTree.fromstring(answer.content)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"script", "foreignObject", "image", "style", "use", "iframe"}
    links = [value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")]
    assert not [one for one in links if not one.startswith(("/", "#"))]
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]


def test_the_api_gives_texts_as_they_are(world: World, hostile: KeyResult) -> None:
    call = script(world, "ada")
    assert call.get("/objectives/hostile")["description"] == TEXT.strip()
    assert call.get("/key-results/hostile-kr")["title"] == TEXT.strip()
    assert call.get("/check-ins")["items"][0]["note"] == TEXT.strip()
    for path in ("/objectives", "/key-results", "/initiatives", "/check-ins", "/blockers", "/candidates", "/alignment",
                 "/lessons", "/rules", "/events", "/comments?kind=objective&key=hostile"):  # fmt: skip
        answer = call("GET", path)
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"].startswith("application/json")
        json.dumps(answer.body)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_sent_by_a_form_gets_an_answer_that_shows_it_as_text(world: World, text: str) -> None:
    objective = make_objective(key="aim")
    row = make_key_result(objective, key="kr")
    steps = make_key_result(objective, "Steps", key="steps", kind="milestones",
                            milestones=[{"title": "One", "due_on": day(4)}])  # fmt: skip
    start(objective)
    cycle = objective.cycle
    assert cycle is not None
    candidate = add_candidate(admin(), cycle, team=world.emergency, title="C")
    blocker = raise_blocker(admin(), row, text="No room")
    said = check_in(admin(), row, confidence=4)
    client = world.client("ada")
    step = steps.milestones.get().pk
    forms: dict[str, dict[str, Any]] = {
        "/objectives/new": {"title": text, "team": "emergency", "description": text, "theme": text, "cycle": text},
        "/objectives/new/wording": {"title": text, "kr-0-title": text, "kr-0-target": text},
        "/objectives/aim/edit": {"title": text, "version": "0", "team": text, "description": text, "owner": text},
        "/objectives/aim/override": {"status": "at_risk", "reason": text, "progress": text, "expires_on": str(day(3))},
        "/objectives/aim/alignment": {"parent": text, "kind": "contributes", "weight": text},
        "/objectives/aim/sending-back": {"reason": text},
        "/objectives/aim/repairs": {"accept": text, "reason": text},
        "/objectives/aim/key-results/new": {"title": text, "kind": "metric", "target": text, "steps": text,
                                            "metric": text, "how_measured": text, "checkpoints": text},
        "/objectives/aim/key-results/new?paste": {"do": "paste", "pasted": f"{text}\n{text} | 1 | 2"},
        "/objectives/aim/initiatives/new": {"title": text, "description": text, "link": f"https://{text}"},
        "/objectives/aim/closure": {"outcome": text, "learning": text, "decision": text},
        "/key-results/kr/edit": {"title": text, "note": text, "version": text},
        "/key-results/kr/figures": {"target": text, "reason": text, "plan": text, "checkpoints": text},
        "/key-results/kr/check-ins": {"note": text, "confidence": "5", "value": text, "action": text},
        "/key-results/kr/blockers": {"blocker": text, "blocker_owner": text},
        f"/key-results/steps/milestones/{step}": {"evidence": text},
        f"/blockers/{blocker.pk}/resolution": {"resolution": text},
        f"/check-ins/{said.pk}/acknowledgement": {"next": text},
        "/check-in/": {"check_in": text, "next": text},
        f"/cycles/{cycle.key}/candidates": {"title": text, "team": "emergency", "why": text, "kpi": text},
        f"/cycles/{cycle.key}/criteria": {"name": text, "weight": text},
        f"/cycles/{cycle.key}/scores": {f"score:{candidate.pk}": text, f"version:{candidate.pk}": text},
        f"/candidates/{candidate.pk}/choice": {"choice": "left", "reason": text},
        "/backlog": {"objective": text, "cycle": text, "version": text},
        "/settings/rules/jargon": {"is_muted": "on", "reason": text, "value": text},
        "/comments/objective/aim": {"text": text, "reply_to": text},
        "/okr-library/none/installation": {"team": text},
    }  # fmt: skip
    for address, data in forms.items():
        answer = client.post(address, data)
        assert answer.status_code < 500, address
        assert [word for word in RAW if word in body_of(answer)] == [], address
    for address in ("/objectives/", "/objectives/aim/", "/key-results/kr/", "/check-in/", "/cycles", "/audit",
                    f"/cycles/{cycle.key}/plan", "/key-results/steps/", "/objectives/map.svg"):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert [word for word in RAW if word in body_of(answer)] == [], address
    for address in ("/objectives/", "/objectives/rows", "/objectives/map.svg", "/okr-library", "/cycles/compare"):
        for asked in ("q", "team", "cycle", "owner", "theme", "status", "state", "view", "focus", "learned", "as_of"):
            assert client.get(address, {asked: text}).status_code < 500, (address, asked)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_sent_to_the_api_gets_an_answer(world: World, text: str) -> None:
    objective = make_objective(key="aim")
    row = make_key_result(objective, key="kr")
    steps = make_key_result(objective, "Steps", key="steps", kind="milestones",
                            milestones=[{"title": "One", "due_on": day(4)}])  # fmt: skip
    start(objective)
    cycle = objective.cycle
    assert cycle is not None
    call = script(world, "ada")
    number = steps.milestones.get().pk
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/objectives", {"title": text, "team": "emergency", "description": text}),
        ("POST", "/objectives", {"title": "A", "team": text, "key": text, "parent": text}),
        ("PATCH", "/objectives/aim", {"version": objective.version, "title": text, "parent": text}),
        ("POST", "/objectives/aim/state", {"state": text, "reason": text}),
        ("POST", "/key-results", {"objective": "aim", "title": text, "kind": "yes_no"}),
        ("POST", "/key-results", {"objective": "aim", "title": "x", "kind": text, "note": text}),
        ("PATCH", "/key-results/kr", {"version": row.version, "title": text, "note": text}),
        ("POST", f"/key-results/steps/milestones/{number}/done", {"evidence": text}),
        ("POST", "/initiatives", {"objective": "aim", "title": text, "description": text}),
        ("POST", "/initiatives", {"objective": "aim", "title": "W", "link": f"https://{text}"}),
        ("POST", "/check-ins", {"key_result": "kr", "confidence": 5, "note": text, "action": text, "blocker": text}),
        ("POST", "/blockers", {"key_result": "kr", "text": text}),
        ("POST", "/candidates", {"cycle": cycle.key, "team": "emergency", "title": text, "why": text}),
        ("PUT", f"/cycles/{cycle.key}/criteria", {"criteria": [{"name": text, "weight": 1}]}),
        ("PUT", "/rules/jargon", {"muted": True, "reason": text}),
        ("POST", "/comments", {"kind": "objective", "key": "aim", "text": text}),
        ("POST", "/objectives/aim/closure", {"outcome": text, "learning": text, "decision": "drop", "items": {}}),
    ]
    for method, path, body in calls:
        assert call(method, path, body).status < 500, (path, body.keys())
    for path in ("/objectives", "/key-results", "/initiatives", "/check-ins", "/blockers", "/candidates", "/lessons"):
        for asked in ("q", "team", "objective", "key_result", "cycle", "state", "as_of", "cursor", "limit", "kpi"):
            assert call("GET", path, None, **{asked: text}).status < 500, (path, asked)


@pytest.mark.parametrize("link", [
    "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x",
    "//evil.example", "https:javascript:alert(1)", "http://[", "https://" + "x" * 600, "file:///etc/passwd",
])  # fmt: skip
def test_the_link_of_an_initiative_leads_to_the_web_or_nowhere(world: World, link: str) -> None:
    objective = make_objective(key="aim")
    with pytest.raises(Refused) as refused:
        create_initiative(world.ada, objective, title="Work", link=link)
    assert refused.value.problems[0].field == "link"
    answer = script(world, "ada")("POST", "/initiatives", {"objective": "aim", "title": "Work", "link": link})
    assert answer.status == 422
    assert (
        world.client("ada").post("/objectives/aim/initiatives/new", {"title": "Work", "link": link}).status_code == 422
    )


def test_evidence_that_is_no_address_is_no_link(world: World, hostile: KeyResult) -> None:
    steps = hostile.objective.key_results.get(kind="milestones")
    body = body_of(world.client("ada").get(f"/key-results/{steps.key}/"))
    assert "javascript:alert(1)" in body
    assert 'href="javascript:' not in body.lower()


@pytest.mark.parametrize(
    "figure", ["1e999", "-1e999", "NaN", "inf", "9" * 400, "0x10", "1e308", "-0", "٣", "1,2,3", "½"]
)
def test_a_figure_that_is_none_is_refused_with_its_field(world: World, figure: str) -> None:
    objective = make_objective(key="aim")
    row = make_key_result(objective, key="kr")
    start(objective)
    client = world.client("ada")
    for address, data in {
        "/key-results/kr/figures": {
            "target": figure,
            "baseline": "60",
            "weight": figure,
            "reason": "x",
            "stretch": figure,
        },
        "/objectives/aim/key-results/new": {"title": "T", "kind": "metric", "baseline": figure, "target": figure},
        "/key-results/kr/check-ins": {"value": figure, "confidence": figure, "seconds": figure},
        "/objectives/aim/override": {"progress": figure, "reason": "x", "expires_on": str(day(3))},
    }.items():
        assert client.post(address, data).status_code < 500, address
    call = script(world, "ada")
    raw = f'{{"version": {row.version}, "target": {figure}, "reason": "x"}}'
    assert call("PATCH", "/key-results/kr", raw).status < 500
    assert call("POST", "/check-ins", f'{{"key_result": "kr", "value": {figure}, "confidence": 5}}').status < 500
    for address in ("/objectives/", "/objectives/aim/", "/key-results/kr/", "/check-in/", "/objectives/map.svg"):
        assert client.get(address).status_code == 200, address
    for path in ("/objectives/aim", "/key-results/kr", "/alignment"):
        assert "NaN" not in json.dumps(call.get(path, why=1))


def test_texts_too_long_to_keep_are_refused_with_their_field(world: World) -> None:
    call = script(world, "ada")
    make_key_result(make_objective(key="aim"), key="kr")
    for path, body, field in (
        ("/objectives", {"team": "emergency", "title": "x" * 301}, "title"),
        ("/key-results", {"objective": "aim", "title": "x" * 501, "kind": "yes_no"}, "title"),
        ("/initiatives", {"objective": "aim", "title": "x" * 301}, "title"),
        ("/key-results", {"objective": "aim", "title": "x", "kind": "milestones",
                          "milestones": [{"title": "x" * 301, "due_on": str(day(3))}]}, "milestones"),
    ):  # fmt: skip
        answer = call("POST", path, body)
        assert answer.status == 422, (path, answer)
        assert field in answer.body["problems"][0]["field"], answer
    assert Candidate.objects.count() == CheckIn.objects.count() == 0
    assert reverse("objective", args=["aim"]) == "/objectives/aim/"
