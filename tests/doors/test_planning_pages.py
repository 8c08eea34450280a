"""The pages of planning and closing: what is typed is kept, what is asked is said, words are the organisation's."""

from __future__ import annotations

import pytest

from sextant.okrs.commands.planning import add_candidate, set_criteria
from sextant.okrs.models import Candidate, Closure, Objective, RuleSetting
from sextant.people.commands import change_organisation
from sextant.people.queries import organisation
from sextant.strategy.models import Cycle
from tests.make import admin, make_cycle, make_key_result, make_kpi, make_objective, start
from tests.world import World

pytestmark = pytest.mark.django_db


def test_scores_are_entered_in_the_table_and_ranked(world: World) -> None:
    cycle = make_cycle()
    (impact,) = set_criteria(world.lea, cycle, [("Impact", 1)])
    low, high = (add_candidate(world.lea, cycle, team=world.emergency, title=title) for title in ("Low", "High"))
    data = {f"score:{low.pk}:{impact.pk}": "2", f"score:{high.pk}:{impact.pk}": "7,5", "team": ""}
    versions = {f"version:{one.pk}": str(one.version) for one in (low, high)}
    browser = world.client("lea")
    assert browser.post(f"/cycles/{cycle.key}/scores", {**data, **versions}).status_code == 302
    page = browser.get(f"/cycles/{cycle.key}/plan").content.decode()
    assert "7.50" in page
    assert page.index("High") < page.index("Low")
    browser.post(f"/cycles/{cycle.key}/scores", {**data, **{f"version:{one.pk}": "2" for one in (low, high)}})
    assert [one.version for one in Candidate.objects.all()] == [2, 2], "a table saved as it was changes nothing"


def test_a_refused_score_saves_nothing_and_keeps_what_was_typed(world: World) -> None:
    cycle = make_cycle()
    (impact,) = set_criteria(world.lea, cycle, [("Impact", 1)])
    low, high = (add_candidate(world.lea, cycle, team=world.emergency, title=title) for title in ("Low", "High"))
    answer = world.client("lea").post(
        f"/cycles/{cycle.key}/scores", {f"score:{low.pk}:{impact.pk}": "3", f"score:{high.pk}:{impact.pk}": "11"}
    )
    assert answer.status_code == 422
    assert 'value="11"' in answer.content.decode()
    assert Candidate.objects.get(pk=low.pk).scores == {}


def test_somebody_elses_scores_are_not_overwritten(world: World) -> None:
    cycle = make_cycle()
    (impact,) = set_criteria(world.lea, cycle, [("Impact", 1)])
    one = add_candidate(world.lea, cycle, team=world.emergency, title="One")
    cell = f"score:{one.pk}:{impact.pk}"
    address = f"/cycles/{cycle.key}/scores"
    world.client("lea").post(address, {cell: "3", f"version:{one.pk}": "1"})
    answer = world.client("ada").post(address, {cell: "9", f"version:{one.pk}": "1"})
    assert answer.status_code == 409
    assert Candidate.objects.get(pk=one.pk).scores == {str(impact.pk): 3}


def test_a_kpi_brings_itself_to_the_planning_page(world: World) -> None:
    cycle, kpi = make_cycle(), make_kpi("waiting-time", active=True)
    browser = world.client("lea")
    assert f"/candidates/new?kpi={kpi.key}" in browser.get(f"/kpis/{kpi.key}/").content.decode()
    there = browser.get("/candidates/new", {"kpi": kpi.key})
    assert there.headers["Location"] == f"/cycles/{cycle.key}/plan?kpi={kpi.key}#add"
    page = browser.get(f"/cycles/{cycle.key}/plan", {"kpi": kpi.key}).content.decode()
    assert f'<option value="{kpi.key}" selected>' in page
    browser.post(f"/cycles/{cycle.key}/candidates", {"team": "emergency", "kpi": kpi.key, "title": "", "why": ""})
    one = Candidate.objects.get()
    browser.post(f"/candidates/{one.pk}/choice", {"choice": "taken", "reason": "It hurts."})
    assert Objective.objects.get().key_results.get().metric == kpi.metric


def test_closing_keeps_what_was_typed_when_something_is_missing(world: World) -> None:
    objective = make_objective()
    waits = make_key_result(objective)
    start(objective)
    browser, address = world.client("lea"), f"/objectives/{objective.key}/closure"
    said = {"outcome": "Waits are shorter.", "learning": "Ask the desk first.", "decision": "keep"}
    answer = browser.post(address, {**said, f"decision:{waits.key}": "keep"})
    assert answer.status_code == 422, "nobody said where it goes on"
    page = answer.content.decode()
    assert "Ask the desk first." in page
    assert not Closure.objects.exists()
    answer = browser.post(address, {**said, "carry_to": "backlog"})
    assert answer.status_code == 422, "nobody decided on the key result"
    answer = browser.post(address, {**said, "carry_to": "backlog", f"decision:{waits.key}": "modify"})
    assert answer.status_code == 302
    closure = Closure.objects.get()
    assert closure.carried_to is not None
    assert "Ask the desk first." in browser.get(address).content.decode()
    assert closure.carried_to.title in browser.get("/backlog").content.decode()
    browser.post(address, {"reopen": "1", "reason": "A week is missing."})
    objective.refresh_from_db()
    assert objective.state == "active"


def test_a_cycle_lists_what_is_open_and_moves_drafts_on(world: World) -> None:
    cycle = make_cycle("Last quarter", gone=120)
    draft = make_objective("Some idea", cycle=cycle)
    browser, address = world.client("lea"), f"/cycles/{cycle.key}/closure"
    assert "Last quarter" in browser.get("/cycles").content.decode()
    answer = browser.post(address, {"do": "close"})
    assert answer.status_code == 422
    assert "Some idea" in answer.content.decode()
    browser.post(address, {"do": "move", "objective": draft.key, "to": "backlog"})
    assert browser.post(address, {"do": "close"}).status_code == 302
    assert Cycle.objects.get(pk=cycle.pk).closed_at is not None
    browser.post("/backlog", {"objective": draft.key, "cycle": cycle.key})
    draft.refresh_from_db()
    assert draft.cycle is None, "nothing goes into a closed cycle"


def test_home_reminds_an_owner_of_what_was_never_closed(world: World) -> None:
    make_kpi("waiting-time", active=True)
    objective = make_objective("No falls", cycle=make_cycle("Last quarter", gone=120))
    page = world.client("lea").get("/").content.decode()
    assert f"/objectives/{objective.key}/closure" in page
    assert f"/objectives/{objective.key}/closure" not in world.client("otto").get("/").content.decode()


def test_a_rule_is_muted_with_a_reason_for_a_team(world: World) -> None:
    browser, address = world.client("lea"), "/settings/rules/jargon?team=emergency"
    assert browser.post(address, {"is_muted": "on", "reason": ""}).status_code == 422
    assert browser.post(address, {"is_muted": "on", "reason": "Our words."}).status_code == 302
    assert "Our words." in browser.get("/settings/rules", {"team": "emergency"}).content.decode()
    assert "Our words." not in browser.get("/settings/rules", {"team": "surgery"}).content.decode()
    assert browser.post(address, {"restore": "1", "reason": "Enough."}).status_code == 302
    assert not RuleSetting.objects.filter(superseded_at=None).exists()


def test_pages_use_the_words_of_the_organisation(world: World) -> None:
    make_cycle()
    terms = {"cycle": "season", "objective": "ambition", "theme": "pillar"}
    change_organisation(admin(), version=organisation().version, terms=terms)
    browser = world.client("lea")
    assert "<h1>Season</h1>" in browser.get("/cycles").content.decode()
    assert "Teams without ambition" in browser.get("/cycles/this-quarter/plan").content.decode()


def test_settings_allow_personal_objectives_and_choose_the_weekday(world: World) -> None:
    browser = world.client("ada")
    page = browser.get("/settings")
    data = {**page.context["form"].initial, "check_in_weekday": "1", "personal_objectives": "on"}
    assert (
        browser.post("/settings", {key: value for key, value in data.items() if value is not None}).status_code == 302
    )
    assert (organisation().check_in_weekday, organisation().personal_objectives) == (1, True)


def test_a_sprint_is_made_and_listed_apart(world: World) -> None:
    browser = world.client("lea")
    dates = {"starts_on": "2026-11-02", "ends_on": "2026-11-15"}
    assert browser.post("/cycles/new", {"name": "Sprint 1", "kind": "sprint", **dates}).status_code == 302
    assert Cycle.objects.get(name="Sprint 1").kind == "sprint"
    assert 'id="sprints"' in browser.get("/cycles").content.decode()


def test_what_one_may_not_see_is_on_no_page(world: World) -> None:
    objective = make_objective("A secret plan", visibility="team")
    assert objective.cycle is not None
    browser = world.client("otto")
    for address in (f"/cycles/{objective.cycle.key}/plan", f"/cycles/{objective.cycle.key}/closure", "/cycles/compare"):
        assert "secret" not in browser.get(address).content.decode()
    assert browser.get(f"/objectives/{objective.key}/closure").status_code == 404
