"""The page of an objective: what it shows, its steps, its forms, and that the past cannot be edited."""

from __future__ import annotations

import pytest
from django.test import Client

from sextant.calc.numbers import unbroken
from sextant.okrs.commands.alignment import align
from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.commands.initiatives import create_initiative
from sextant.okrs.commands.overrides import override
from sextant.okrs.models import Initiative, KeyResult, Objective, Override
from sextant.people.models import Team
from tests.make import admin, day, make_key_result, make_kpi, make_metric, make_objective, record_values, start
from tests.world import World


@pytest.fixture
def running(world: World) -> Objective:
    """Half way by its numbers, reported on track, with a second key result on a KPI."""
    objective = make_objective(key="waiting", theme=world.safety)
    own = make_key_result(objective, key="minutes")
    kpi = make_kpi("complaints", active=True, direction="down", aggregation="sum")
    record_values(kpi, {day(-70).strftime("%Y-%m"): 50, day(-40).strftime("%Y-%m"): 48})
    make_key_result(objective, "Complaints down to 20", key="fewer", metric=kpi.metric,
                    terms={"baseline": 50.0, "target": 20.0})  # fmt: skip
    assert own.metric is not None
    record_values(own.metric, {day(-8).isoformat(): 55})
    start(objective)
    check_in(world.lea, KeyResult.objects.get(key="minutes"), confidence=8, status="on_track", note="Fine.")
    return objective


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


def page(client: Client, address: str = "/objectives/waiting/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_answers_where_it_stands_and_what_it_is_made_of(lea: Client, running: Objective) -> None:
    shown = page(lea)
    for words in (
        "Make waiting bearable", "made of 2 of 2", "Off track", "Wait at most 20 minutes", "Complaints down to 20",
        "55 min, from 60 min to 20 min", "confidence 8 of 10", "Watermelon", "Lea Lead", "This quarter", "Complaints",
    ):  # fmt: skip
        assert words in shown, words


def test_every_computed_number_says_why(lea: Client, running: Objective) -> None:
    shown = page(lea)
    for rule in (
        "roll-up", "worst-part", "value-latest", "value-of-kpi", "baseline-as-set", "target-as-set",
        "progress-from-baseline", "expected-straight", "freshness", "reported-better-than-computed",
    ):  # fmt: skip
        assert rule in shown, rule
    assert "What was reported is better than what the numbers say." in shown


def test_the_page_moves_with_its_numbers_and_shows_the_way_to_the_kpis(lea: Client, running: Objective) -> None:
    shown = page(lea)
    metric = KeyResult.objects.get(key="minutes").metric
    assert metric is not None
    assert f"metric:{metric.key}" in shown.partition('id="objective-live"')[2][:400]
    assert "metric:complaints" in shown
    assert 'href="/kpis/complaints/"' in shown


def test_a_key_result_on_a_calculated_metric_listens_to_the_values_it_is_made_of(world: World, lea: Client) -> None:
    parts = {name: make_metric(name) for name in ("complaints-solved", "complaints-made")}
    kpi = make_kpi("solved", active=True, unit="percent", numerator=parts["complaints-solved"],
                   denominator=parts["complaints-made"])  # fmt: skip
    make_key_result(make_objective(key="waiting"), "Solve 90 %", key="solve", metric=kpi.metric)
    for address in ("/objectives/waiting/", "/key-results/solve/"):
        assert "measurements" in page(lea, address).partition('-live" class="kpi-page"')[2][:400]


def test_there_is_one_filled_button_and_it_is_the_next_step(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting", owner=world.person("cem"))
    make_key_result(objective)
    steps = [("Propose it", "proposal"), ("Agree to it", "agreement"), ("Start it", "start")]
    for words, address in steps:
        shown = page(lea)
        assert shown.count("button primary") == 1
        assert words in shown
        assert lea.post(f"/objectives/waiting/{address}").status_code == 302
    objective.refresh_from_db()
    assert objective.state == "active"
    shown = page(lea)
    assert shown.count("button primary") == 1
    assert "Check in" in shown
    assert page(world.client("otto")).count("button primary") == 0


def test_a_member_proposes_another_team_reads_and_the_lead_agrees(world: World, lea: Client) -> None:
    make_objective(key="waiting", owner=world.person("cem"))
    assert world.client("otto").post("/objectives/waiting/proposal").status_code == 403
    assert world.client("cem").post("/objectives/waiting/proposal").status_code == 302
    assert world.client("cem").post("/objectives/waiting/agreement").status_code == 403
    assert lea.post("/objectives/waiting/agreement").status_code == 302


def test_starting_what_is_incomplete_lists_everything_with_the_place_that_says_it(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting", owner=None)
    make_key_result(objective, key="bare", own_metric={}, terms={})
    shown = page(lea)
    for place in (
        "/objectives/waiting/edit#id_owner", "/key-results/bare/figures#id_baseline",
        "/key-results/bare/figures#id_target", "#id_how_measured",
    ):  # fmt: skip
        assert place in shown, place
    answer = lea.post("/objectives/waiting/start")
    assert answer.status_code == 422
    assert "Give the baseline" in answer.content.decode()
    objective.refresh_from_db()
    assert objective.state == "draft"


def test_it_can_be_sent_back_with_a_reason(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting")
    lea.post("/objectives/waiting/proposal")
    assert lea.post("/objectives/waiting/sending-back", {"reason": " "}).status_code == 422
    assert lea.post("/objectives/waiting/sending-back", {"reason": "Too vague"}).status_code == 302
    objective.refresh_from_db()
    assert objective.state == "draft"


def test_a_word_stands_beside_the_computed_number_with_author_reason_and_end(lea: Client, running: Objective) -> None:
    refused = lea.post("/objectives/waiting/override", {"progress": "120", "reason": "x"})
    assert refused.status_code == 422
    asked = {"progress": "80", "status": "on_track", "reason": "Two desks are missing.", "expires_on": day(9)}
    assert lea.post("/objectives/waiting/override", asked).status_code == 302
    shown = page(lea)
    for words in ("80 %", "Two desks are missing.", "Their word holds until", "Computed:", "Lea Lead"):
        assert words in shown, words
    assert "has said something already" in page(lea, "/objectives/waiting/override")
    assert lea.post("/objectives/waiting/override/end").status_code == 302
    assert "Two desks are missing." not in page(lea)
    assert Override.objects.get().superseded_at is not None


def test_what_somebody_else_saved_meanwhile_is_shown_beside_ones_own(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting", owner=world.person("lea"))
    asked = {
        "version": objective.version, "title": "Make waiting short", "team": "emergency", "owner": "lea-lead",
        "ambition": "committed", "rollup": "key_results", "visibility": "organisation",
        "cycle": objective.cycle.key if objective.cycle else "",
    }  # fmt: skip
    assert lea.post("/objectives/waiting/edit", asked).status_code == 302
    answer = lea.post("/objectives/waiting/edit", asked | {"title": "Make waiting pleasant"})
    assert answer.status_code == 409
    assert "Make waiting short" in answer.content.decode()
    assert "Make waiting pleasant" in answer.content.decode()


def test_alignment_shows_the_path_and_can_be_taken_back_and_undone(world: World, lea: Client) -> None:
    make_objective("Make the hospital the safest one", key="top", theme=world.safety)
    child = make_objective(key="waiting")
    asked = {"parent": "top", "kind": "contributes", "weight": ""}
    assert lea.post("/objectives/waiting/alignment", asked).status_code == 302
    assert "Make the hospital the safest one" in page(lea)
    link = child.links.get(superseded_at=None)
    assert lea.post(f"/objectives/waiting/links/{link.pk}/removal").status_code == 302
    assert "Make the hospital the safest one" not in page(lea)
    assert lea.post(f"/objectives/waiting/links/{link.pk}/restoral").status_code == 302
    assert "Make the hospital the safest one" in page(lea)
    circle = lea.post("/objectives/top/alignment", {"parent": "waiting", "kind": "contributes"})
    assert circle.status_code == 422
    assert "own ancestor" in circle.content.decode()


def test_teams_children_supports_and_steps_are_shown(world: World, lea: Client, running: Objective) -> None:
    child = make_objective("Shorten triage", key="triage", team=world.surgery)
    make_key_result(child, key="triage-minutes", terms={"baseline": 10.0, "target": 5.0})
    align(admin(), child, running)
    start(child)
    align(admin(), make_objective("Calm the waiting room", key="calm"), running, kind="supports")
    step = make_objective("First quarter of it", key="first")
    make_key_result(step)
    align(admin(), step, running, kind="step_of")
    start(step)
    shown = page(lea)
    for words in ("Shorten triage", "Calm the waiting room", "First quarter of it", "What each team does for it",
                  "Surgery", "Supported by", "Its steps"):  # fmt: skip
        assert words in shown, words
    assert "Supports" in page(lea, "/objectives/calm/")


def test_a_hidden_child_is_only_counted(world: World, running: Objective) -> None:
    child = make_objective("Negotiate in silence", key="silent", visibility="team")
    align(admin(), child, running)
    shown = page(world.client("otto"))
    assert "Negotiate in silence" not in shown
    assert "not visible to you" in shown
    assert world.client("otto").get("/objectives/silent/").status_code == 404


def test_an_initiative_says_what_it_should_move_and_whether_that_moved(
    world: World, lea: Client, running: Objective
) -> None:  # fmt: skip
    key_result = KeyResult.objects.get(key="minutes")
    assert key_result.metric is not None
    record_values(key_result.metric, {day(-22).isoformat(): 60})
    create_initiative(world.lea, running, title="Open a second desk", key="desk", key_result=key_result,
                      starts_on=day(-12), link="https://tracker.example/7")  # fmt: skip
    shown = page(lea)
    assert "Not enough history to tell" in shown
    assert unbroken("60 min before, 55 min now") in shown
    assert "https://tracker.example/7" in shown
    assert "of at least 20 values from before" in page(lea, "/initiatives/desk/")


def test_initiatives_are_added_changed_archived_and_brought_back(lea: Client, running: Objective) -> None:
    asked = {"title": "Open a second desk", "key_result": "minutes", "state": "planned"}
    assert lea.post("/objectives/waiting/initiatives/new", asked).status_code == 302
    made = Initiative.objects.get()
    changed = asked | {"version": made.version, "state": "done"}
    assert lea.post(f"/initiatives/{made.key}/", changed).status_code == 302
    assert lea.post(f"/initiatives/{made.key}/", changed).status_code == 409
    assert lea.post(f"/initiatives/{made.key}/archive").status_code == 302
    assert "is archived." in page(lea)
    assert "Open a second desk" not in page(lea).partition('id="discussion"')[0]
    assert lea.post(f"/initiatives/{made.key}/restoral").status_code == 302
    made.refresh_from_db()
    assert (made.state, made.archived_at) == ("done", None)
    wrong = lea.post("/objectives/waiting/initiatives/new", asked | {"starts_on": day(3), "due_on": day(1)})
    assert wrong.status_code == 422


def test_wording_findings_are_repaired_by_one_click(world: World, lea: Client) -> None:
    objective = make_objective("Increase website traffic by 20 %", key="waiting")
    make_key_result(objective, "Publish five blog posts a week", key="posts")
    shown = page(lea)
    assert 'data-rule="number-in-objective"' in shown
    assert lea.post("/objectives/waiting/repairs", {"accept": "nonsense"}).status_code == 422
    assert lea.post("/objectives/waiting/repairs", {"accept": "all"}).status_code == 302
    objective.refresh_from_db()
    assert objective.title == "Increase website traffic"
    assert Initiative.objects.get().title == "Publish five blog posts a week"
    assert 'data-rule="number-in-objective"' not in page(lea)
    assert world.client("otto").post("/objectives/waiting/repairs", {"accept": "all"}).status_code == 403


def test_archiving_can_be_undone(lea: Client, running: Objective) -> None:
    assert lea.post("/objectives/waiting/archive").status_code == 302
    assert "This is archived" in page(lea)
    assert lea.post("/objectives/waiting/restoral").status_code == 302
    assert "This is archived" not in page(lea)


def test_the_past_shows_what_was_known_and_offers_no_change(lea: Client, running: Objective) -> None:
    yesterday = day(-1).isoformat()
    assert lea.get(f"/objectives/waiting/?as_of={yesterday}").status_code == 404  # it was not there yet
    Objective.objects.filter(pk=running.pk).update(created_at=f"{day(-60)}T00:00Z")
    shown = page(lea, f"/objectives/waiting/?as_of={yesterday}")
    assert "button primary" not in shown
    assert "data-topics" not in shown.partition("objective-live")[2][:200]
    answer = lea.post(f"/objectives/waiting/archive?as_of={yesterday}")
    assert answer.status_code == 422


def test_a_shared_objective_names_teams_without_a_part(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting", contributors=[Team.objects.get(key="surgery")])
    make_key_result(objective)
    assert "Nothing of its own yet." in page(lea)


def test_saying_it_twice_is_refused_with_the_word_that_stands(world: World, lea: Client, running: Objective) -> None:
    override(world.lea, running, progress=0.7, reason="Desks.", expires_on=day(5))
    asked = {"progress": "80", "reason": "Again.", "expires_on": day(9)}
    answer = lea.post("/objectives/waiting/override", asked)
    assert answer.status_code == 422
    assert Override.objects.filter(superseded_at=None).get().progress == 0.7
