"""The pages on the practice: what they say, for whom, and that answering the pulse takes six choices at most."""

from __future__ import annotations

import re

import pytest

from sextant.calc.pitfalls import PITFALLS
from sextant.people import queries as people
from sextant.people.models import Person
from sextant.practice.commands.pulse import answer_pulse, close_round, set_rhythm, start_round
from sextant.practice.models import PulseCount, PulseRound
from sextant.practice.queries.pulse import STATEMENTS
from tests.make import make_key_result, make_kpi, make_objective, start
from tests.practice.worlds import bare_kpis, running, staff, watched
from tests.world import World

ANSWER = dict.fromkeys(STATEMENTS, "4")


@pytest.fixture
def asked(world: World) -> PulseRound:
    set_rhythm(world.ada, is_on=True, every_months=3, open_days=14, version=0)
    return start_round(world.ada)


def text(world: World, address: str, who: str = "cem") -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_empty_installation_is_told_what_will_be_here(world: World) -> None:
    assert "Nothing to look at yet" in text(world, "/practice")
    assert "No active KPI" in text(world, "/teams/emergency/maturity")
    assert "Nobody has been asked yet" in text(world, "/practice/pulse")
    assert "turned off" in text(world, "/pulse")


def test_all_sixteen_pitfalls_stand_in_the_table_with_word_and_shape(world: World) -> None:
    bare_kpis()
    running()
    page = text(world, "/practice")
    assert all(f'href="/practice/{key}"' in page for key in PITFALLS)
    assert "clear signs" in page
    assert "Maturity of KPIs by team" in page


@pytest.mark.parametrize("key", PITFALLS)
def test_each_pitfall_says_what_is_counted_and_where_it_is_prevented(world: World, key: str) -> None:
    bare_kpis()
    running()
    page = text(world, f"/practice/{key}")
    assert "What is counted" in page
    assert "What helps" in page
    assert re.search(r'<a class="button primary" href="/[^"]+"', page)


def test_a_case_leads_to_the_field_that_takes_it_out(world: World) -> None:
    bare_kpis()
    page = text(world, "/practice/kpi-no-context")
    assert 'href="/kpis/kpi-0/targets"' in page
    assert "no target for the running period" in page


def test_the_checklist_leads_from_each_gap_to_its_field(world: World) -> None:
    watched(2)
    page = text(world, "/teams/emergency/maturity")
    assert "2 · Defined" in page
    assert 'href="/kpis/kpi-0/targets#id_target"' in page
    assert 'href="/kpis/kpi-1/edit#id_response_plan"' in page
    assert 'href="/kpis/kpi-0/values#id_value"' in page


def test_a_missing_guard_is_put_right_at_the_key_result(world: World) -> None:
    [kpi] = watched(1)
    objective = make_objective()
    made = make_key_result(objective, metric=kpi.metric, terms={"baseline": 40.0, "target": 25.0})
    start(objective)
    assert f'href="/key-results/{made.key}/edit#id_guard"' in text(world, "/teams/emergency/maturity")


def test_a_restricted_kpi_is_missing_for_who_may_not_see_it(world: World) -> None:
    make_kpi("bonus", active=True, visibility="people")
    assert "Bonus" in text(world, "/practice/kpi-no-context", "lea")
    assert "Bonus" not in text(world, "/practice/kpi-no-context", "otto")
    assert "Bonus" not in text(world, "/teams/emergency/maturity?below=1", "otto")


def test_a_past_day_offers_no_change(world: World) -> None:
    watched(1)
    assert "put it right" in text(world, "/teams/emergency/maturity")
    assert "put it right" not in text(world, "/teams/emergency/maturity?as_of=2026-01-01")


def test_the_home_page_invites_until_one_has_answered(world: World, asked: PulseRound) -> None:
    watched(1)
    assert 'href="/pulse"' in text(world, "/")
    answer = world.client("cem").post("/pulse", ANSWER)
    assert answer.status_code == 302
    assert 'href="/pulse"' not in text(world, "/")
    assert "You have answered" in text(world, "/pulse")
    assert sum(PulseCount.objects.values_list("count", flat=True)) == len(STATEMENTS)


def test_half_an_answer_keeps_what_was_chosen(world: World, asked: PulseRound) -> None:
    answer = world.client("cem").post("/pulse", {"focus": "2"})
    assert answer.status_code == 422
    assert re.search(r'name="focus" value="2"[^>]*checked', answer.content.decode())
    assert not PulseCount.objects.exists()


def test_a_second_answer_counts_for_nothing(world: World, asked: PulseRound) -> None:
    browser = world.client("cem")
    browser.post("/pulse", ANSWER)
    browser.post("/pulse", ANSWER)
    assert sum(PulseCount.objects.values_list("count", flat=True)) == len(STATEMENTS)


def test_an_administrator_turns_it_on_asks_and_closes(world: World) -> None:
    browser = world.client("ada")
    rhythm = {"version": "0", "is_on": "on", "every_months": "3", "open_days": "14"}
    assert browser.post("/practice/pulse", rhythm).status_code == 302
    assert browser.post("/practice/pulse/rounds").status_code == 302
    found = PulseRound.objects.get()
    for person in staff(5):
        answer_pulse(people.actor_of_person(person), found, scores=dict.fromkeys(STATEMENTS, 4))
    assert "Nothing of it is told before it closes" in text(world, "/practice/pulse")
    assert browser.post(f"/practice/pulse/rounds/{found.key}/closure").status_code == 302
    page = text(world, "/practice/pulse")
    assert "Results by team" in page
    assert "<strong>4.0</strong>" in page


def test_a_withheld_team_says_where_it_is_counted(world: World, asked: PulseRound) -> None:
    for person in [*staff(6), *staff(2, "surgery")]:
        answer_pulse(people.actor_of_person(person), asked, scores=dict.fromkeys(STATEMENTS, 4))
    close_round(world.ada, asked)
    page = text(world, "/practice/pulse")
    assert page.count("counted with Harbour Hospital") == 2


def test_who_has_two_teams_says_for_which_they_answer(world: World, asked: PulseRound) -> None:
    from sextant.people.commands import set_role

    set_role(world.ada, Person.objects.get(name="Cem Contributor"), team=world.surgery, role="viewer")
    assert "The team you answer for" in text(world, "/pulse")
    assert world.client("cem").post("/pulse", ANSWER | {"team": "surgery"}).status_code == 302
    assert set(PulseCount.objects.values_list("team__key", flat=True)) == {"surgery"}
