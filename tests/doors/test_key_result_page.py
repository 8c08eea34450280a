"""The page of a key result: its chart and truths, figures with a reason, steps with evidence, and its KPI."""

from __future__ import annotations

import pytest
from django.test import Client

from sextant.okrs.commands.check_ins import check_in
from sextant.okrs.models import KeyResult, Objective, Terms
from tests.make import day, make_key_result, make_kpi, make_objective, record_values, start
from tests.world import World


@pytest.fixture
def lea(world: World) -> Client:
    return world.client("lea")


@pytest.fixture
def minutes(world: World) -> KeyResult:
    """From 60 to 20 minutes with six weeks of values, running."""
    key_result = make_key_result(make_objective(key="waiting", theme=world.safety), key="minutes")
    assert key_result.metric is not None
    values = {day(-1 - 7 * back).isoformat(): 55.0 - (6 - back) * 2 for back in range(6)}
    record_values(key_result.metric, values)
    start(key_result.objective)
    key_result.refresh_from_db()
    return key_result


def page(client: Client, address: str = "/key-results/minutes/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_shows_progress_truths_chart_and_the_way_to_the_vision(lea: Client, minutes: KeyResult) -> None:
    shown = page(lea)
    for words in (
        "kr-bar-tall", "Reported", "Computed", "Fresh", "svg class=\"chart", "Expected by now", "60 min", "20 min",
        "Make waiting bearable", "Patient safety", "expected-straight", "value-latest", "Check in",
    ):  # fmt: skip
        assert words in shown, words
    assert shown.count("button primary") == 1


def test_a_change_after_the_start_needs_a_reason_and_both_targets_stay_drawn(lea: Client, minutes: KeyResult) -> None:
    asked = {"baseline": "60", "target": "30", "relative": "", "weight": "1"}
    refused = lea.post("/key-results/minutes/figures", asked)
    assert refused.status_code == 422
    assert "say why the figures change" in refused.content.decode()
    assert lea.post("/key-results/minutes/figures", asked | {"reason": "One desk closed."}).status_code == 302
    shown = page(lea)
    for words in ("Figures over time", "holds now", "One desk closed.", "Figures changed: One desk closed."):
        assert words in shown, words
    chart = shown.partition("key-result-wide")[2]
    assert shown.count("kr-former") >= 1
    assert chart.count('class="aim"') >= 2
    assert Terms.objects.filter(key_result=minutes, superseded_at=None).count() == 2


def test_baseline_and_target_that_are_equal_are_refused_with_a_way_out(lea: Client, minutes: KeyResult) -> None:
    asked = {"baseline": "60", "target": "60", "relative": "", "weight": "1", "reason": "x"}
    answer = lea.post("/key-results/minutes/figures", asked)
    assert answer.status_code == 422
    assert "make it a guardrail" in answer.content.decode()
    assert "Make it a guardrail" in answer.content.decode()


@pytest.mark.parametrize(
    ("relative", "number", "asked"), [("percent", "84 %", "percent"), ("points", "90 %", "points")]
)
def test_a_relative_target_shows_both_numbers(
    world: World, lea: Client, relative: str, number: str, asked: str
) -> None:  # fmt: skip
    own = {"unit": "percent", "direction": "up", "how_measured": "Asked at the door."}
    make_key_result(make_objective(key="waiting"), "Satisfied visitors", key="csat", own_metric=own,
                    terms={"baseline": 70.0, "relative": relative, "amount": 20.0})  # fmt: skip
    shown = page(lea, "/key-results/csat/")
    assert f"{number} is asked for" in shown
    assert f"target-relative-{relative}" in shown


def test_from_a_key_result_to_its_kpi_and_from_the_kpi_to_all_that_use_it(world: World, lea: Client) -> None:
    kpi = make_kpi("complaints", active=True, direction="down")
    make_key_result(make_objective(key="waiting"), "Complaints down to 20", key="fewer", metric=kpi.metric)
    make_key_result(make_objective("Calm the ward", key="calm"), "Hold complaints", key="guarded", guard=kpi.metric)
    assert 'href="/kpis/complaints/"' in page(lea, "/key-results/fewer/")
    shown = page(lea, "/kpis/complaints/")
    for words in ('href="/key-results/fewer/"', 'href="/objectives/waiting/"', 'href="/key-results/guarded/"',
                  "/objectives/new?kpi=complaints"):  # fmt: skip
        assert words in shown, words


def test_a_key_result_on_a_hidden_kpi_names_it_nowhere(world: World) -> None:
    kpi = make_kpi("complaints", active=True, name="Secret complaints", visibility="team")
    make_key_result(make_objective(key="waiting"), "Fewer of them", key="fewer", metric=kpi.metric)
    for address in ("/key-results/fewer/", "/objectives/waiting/"):
        shown = page(world.client("otto"), address)
        assert "Secret complaints" not in shown
        assert "complaints" not in shown.replace("Fewer of them", "")


def test_a_metric_out_of_sight_stays_when_somebody_else_changes_the_words(world: World) -> None:
    kpi = make_kpi("complaints", active=True, name="Secret complaints", visibility="people")
    made = make_key_result(make_objective(key="waiting"), "Fewer of them", key="fewer", metric=kpi.metric)
    cem = world.client("cem")
    assert "complaints" not in page(cem, "/key-results/fewer/edit").lower()
    asked = {"version": made.version, "title": "Far fewer of them", "kind": "metric", "reading": "latest", "metric": "",
             "owner": "lea-lead", "check_in_every": "week"}  # fmt: skip
    assert cem.post("/key-results/fewer/edit", asked).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.metric) == ("Far fewer of them", kpi.metric)


def test_a_step_is_done_only_with_evidence_and_can_be_taken_back(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting")
    steps = [{"title": "Desk ordered", "due_on": day(5)}, {"title": "Desk open", "due_on": day(30), "weight": 3}]
    key_result = make_key_result(objective, "A second desk", key="desk", kind="milestones", milestones=steps)
    start(objective)
    first = key_result.milestones.get(title="Desk ordered")
    address = f"/key-results/desk/milestones/{first.pk}"
    assert lea.post(address, {"evidence": " "}).status_code == 422
    assert lea.post(address, {"evidence": "https://orders.example/1"}).status_code == 302
    shown = page(lea, "/key-results/desk/")
    assert "25 %" in shown
    assert 'href="https://orders.example/1"' in shown
    assert lea.post(address, {"undo": "1"}).status_code == 302
    first.refresh_from_db()
    assert first.done_at is None
    assert lea.post("/key-results/desk/milestones/999", {"evidence": "x"}).status_code == 422


def test_words_are_changed_on_the_version_one_saw(lea: Client, minutes: KeyResult) -> None:
    asked = {
        "version": minutes.version, "title": "Wait at most 15 minutes", "kind": "metric", "reading": "latest",
        "metric": minutes.metric.key if minutes.metric else "", "owner": "lea-lead", "check_in_every": "week",
    }  # fmt: skip
    assert lea.post("/key-results/minutes/edit", asked).status_code == 302
    answer = lea.post("/key-results/minutes/edit", asked | {"title": "Wait at most 10 minutes"})
    assert answer.status_code == 409
    assert "Wait at most 15 minutes" in answer.content.decode()


def test_an_incomplete_one_says_what_is_missing_and_is_published_once_complete(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting")
    make_key_result(objective, key="minutes")
    start(objective)
    late = make_key_result(objective, "Fewer complaints", key="late", terms={"target": 20.0})
    shown = page(lea, "/key-results/late/")
    assert "/key-results/late/figures#id_baseline" in shown
    assert lea.post("/key-results/late/publication").status_code == 422
    asked = {"baseline": "50", "target": "20", "relative": "", "weight": "1"}
    assert lea.post("/key-results/late/figures", asked).status_code == 302
    assert "Let it count" in page(lea, "/key-results/late/")
    assert lea.post("/key-results/late/publication").status_code == 302
    late.refresh_from_db()
    assert late.published_at is not None


def test_archiving_can_be_undone(lea: Client, minutes: KeyResult) -> None:
    assert lea.post("/key-results/minutes/archive").status_code == 302
    assert "This is archived" in page(lea)
    assert lea.post("/key-results/minutes/restoral").status_code == 302
    assert "This is archived" not in page(lea)


def test_check_ins_and_confidence_are_shown(world: World, lea: Client, minutes: KeyResult) -> None:
    check_in(world.lea, minutes, confidence=4, status="at_risk", note="The second desk is late.")
    check_in(world.lea, minutes, confidence=7, status="on_track", note="It is open now.")
    shown = page(lea)
    for words in ("The second desk is late.", "7 of 10", "4 → 7", "Watermelon"):
        assert words in shown, words


def test_many_are_pasted_as_lines_all_or_none(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting")
    lines = "1. Waiting time | 60 min | 20 min\n- Satisfaction from 7.1 to 8.5\nTrained staff up by 20 %\n"
    asked = {"do": "paste", "pasted": lines}
    assert lea.post("/objectives/waiting/key-results/new", asked).status_code == 302
    rows = {one.title: one.terms.get() for one in objective.key_results.all()}
    assert list(rows) == ["Waiting time", "Satisfaction from 7.1 to 8.5", "Trained staff up by 20 %"]
    assert (rows["Waiting time"].baseline, rows["Waiting time"].target) == (60, 20)
    assert (rows["Satisfaction from 7.1 to 8.5"].baseline, rows["Satisfaction from 7.1 to 8.5"].target) == (7.1, 8.5)
    assert rows["Trained staff up by 20 %"].amount == 20


def test_ten_thousand_pasted_lines_are_refused_with_nothing_lost(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting")
    lines = "\n".join(f"Key result {number} | 1 | 2" for number in range(10_000))
    answer = lea.post("/objectives/waiting/key-results/new", {"do": "paste", "pasted": lines})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "10000 key results" in shown
    assert "Key result 9999 | 1 | 2" in shown
    assert objective.key_results.count() == 0


def test_one_is_added_with_everything_it_needs(world: World, lea: Client) -> None:
    objective = make_objective(key="waiting")
    asked = {
        "title": "Median wait down to 20 minutes", "kind": "metric", "baseline": "60", "target": "20", "unit":
        "duration:min", "direction": "down", "frequency": "week", "how_measured": "Read from the desk's clock.",
    }  # fmt: skip
    assert lea.post("/objectives/waiting/key-results/new", asked).status_code == 302
    made = objective.key_results.get()
    assert made.metric is not None
    assert (made.metric.unit, made.metric.direction) == ("duration:min", "down")
    assert lea.post("/objectives/waiting/key-results/new", asked | {"title": ""}).status_code == 422


def test_the_past_shows_what_was_known_and_offers_no_change(lea: Client, minutes: KeyResult) -> None:
    Objective.objects.filter(pk=minutes.objective_id).update(created_at=f"{day(-60)}T00:00Z")
    yesterday = day(-1).isoformat()
    shown = page(lea, f"/key-results/minutes/?as_of={yesterday}")
    assert "button primary" not in shown
    assert lea.post(f"/key-results/minutes/archive?as_of={yesterday}").status_code == 422
