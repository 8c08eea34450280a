"""Drafting an objective on one page, the chooser and the OKR library."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from sextant.kpis.commands import set_target
from sextant.okrs.library import templates
from sextant.okrs.models import Objective
from tests.make import admin, day, make_cycle, make_kpi, make_objective, record_values
from tests.okrs.test_accept_repairs import FLAWED, KEY_RESULTS
from tests.world import World


@pytest.fixture
def cem(world: World) -> Client:
    return world.client("cem")


def form(**fields: Any) -> dict[str, Any]:
    """A draft of the emergency team as the page sends it."""
    sent: dict[str, Any] = {
        "title": "Make waiting bearable", "team": "emergency", "owner": "cem-contributor", "cycle": "",
        "ambition": "committed", "rollup": "key_results", "visibility": "organisation", "do": "save", "row": [],
    }  # fmt: skip
    return sent | fields


def rows(*titles: str, **fields: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"row": [str(number) for number in range(1, len(titles) + 1)]}
    for number, title in enumerate(titles, 1):
        values = {"title": title, "kind": "metric", "unit": "number", "direction": "up", "frequency": "week", **fields}
        sent |= {f"kr-{number}-{name}": value for name, value in values.items()}
    return sent


def flagged(page: str) -> list[str]:
    return re.findall(r'data-rule="([a-z-]+)"', page)


def filled_in(page: str) -> dict[str, Any]:
    """What a browser would send of the form on this page."""
    inside = page.partition('<form method="post" id="draft"')[2].partition("</form>")[0]
    sent: dict[str, Any] = {"row": [], "work": []}
    for tag in re.findall(r"<input[^>]*>", inside):
        attributes = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if name in ("row", "work"):
            sent[name].append(value)
        elif attributes.get("type") != "checkbox" or " checked" in tag:
            sent[name] = value or ("on" if attributes.get("type") == "checkbox" else "")
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', inside, re.DOTALL):
        sent[name] = unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)"(?! size)[^>]*>(.*?)</select>', inside, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def test_the_page_asks_what_changes_first(cem: Client) -> None:
    page = cem.get("/objectives/new").content.decode()
    assert page.index("What changes if this succeeds?") < page.index('name="title"')
    assert page.count("button primary") == 1
    assert flagged(page) == []


def test_a_viewer_may_not_draft(world: World) -> None:
    assert world.client("vic").get("/objectives/new").status_code == 403


def test_a_draft_is_saved_with_key_results_initiatives_and_parent(world: World, cem: Client) -> None:
    make_objective("Make the hospital the safest one", key="top")
    cycle = make_cycle("Next")
    asked = form(**rows("Wait down to 20 minutes", baseline="60", target="20", direction="down", unit="duration:min",
                        how_measured="The desk's clock."),
                 cycle=cycle.key, parent="top", work=["Open a second desk", ""])  # fmt: skip
    answer = cem.post("/objectives/new", asked)
    made = Objective.objects.get(title="Make waiting bearable")
    assert answer["Location"] == f"/objectives/{made.key}/"
    assert (made.state, made.cycle) == ("draft", cycle)
    one = made.key_results.get()
    assert (one.terms.get().baseline, one.terms.get().target) == (60, 20)
    assert one.metric is not None
    assert one.metric.direction == "down"
    assert made.initiatives.get().title == "Open a second desk"
    assert made.links.get().objective == Objective.objects.get(key="top")


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved_or_lost(world: World, cem: Client) -> None:
    asked = form(**rows("Wait less", baseline="twenty", target="20"))
    answer = cem.post("/objectives/new", asked)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“twenty” is not a number" in page
    assert 'value="twenty"' in page
    equal = cem.post("/objectives/new", form(**rows("Wait less", baseline="20", target="20")))
    assert equal.status_code == 422
    assert "make it a guardrail" in equal.content.decode()
    circle = cem.post("/objectives/new", form(parent="no such objective"))
    assert "There is no objective called" in circle.content.decode()
    assert not Objective.objects.exists()


def test_the_flawed_example_is_flagged_and_repaired_to_the_clean_version(world: World, cem: Client) -> None:
    sent = form(**rows(*KEY_RESULTS), title=FLAWED, do="check")
    page = cem.post("/objectives/new", sent).content.decode()
    found = flagged(page)
    assert found.count("number-in-objective") == 1
    assert sum(found.count(rule) for rule in ("key-result-as-task", "activity-as-outcome")) == 4
    repaired = cem.post("/objectives/new", filled_in(page) | {"accept": "all"}).content.decode()
    clean = filled_in(repaired)
    assert clean["title"] == "Increase website traffic"
    assert [text for text in clean["work"] if text] == [KEY_RESULTS[0], KEY_RESULTS[1], KEY_RESULTS[2], KEY_RESULTS[4]]
    titles = [clean[f"kr-{ref}-title"] for ref in clean["row"] if clean[f"kr-{ref}-title"]]
    assert titles == ["Website traffic up by 20 %", "Increase social media following by 10 %"]
    assert not {"number-in-objective", "key-result-as-task", "activity-as-outcome"} & set(flagged(repaired))
    assert cem.post("/objectives/new", clean | {"do": "save"}).status_code == 302
    made = Objective.objects.get()
    assert made.initiatives.count() == 4
    amounts = {one.title: one.terms.get().amount for one in made.key_results.all()}
    assert amounts == {"Website traffic up by 20 %": 20.0, "Increase social media following by 10 %": 10.0}
    assert all(one.terms.get().baseline_from_series for one in made.key_results.all())


def test_one_repair_changes_only_what_it_is_about(cem: Client) -> None:
    sent = form(**rows(*KEY_RESULTS), title=FLAWED, do="check")
    page = cem.post("/objectives/new", sent).content.decode()
    value = unescape(re.findall(r'name="accept" value="(objective\|number-in-objective[^"]*)"', page)[0])
    after = filled_in(cem.post("/objectives/new", filled_in(page) | {"accept": value}).content.decode())
    assert after["title"] == "Increase website traffic"
    assert sum(bool(after[f"kr-{ref}-title"]) for ref in after["row"]) == 5


def test_while_typing_the_page_gets_only_what_is_said_beside_each_field(cem: Client) -> None:
    answer = cem.post("/objectives/new/wording", form(**rows(*KEY_RESULTS), title=FLAWED))
    page = answer.content.decode()
    assert 'id="says-objective"' in page
    assert 'id="says-1"' in page
    assert page.count("hx-swap-oob") == 7
    assert "<form" not in page


def test_a_relative_target_shows_both_readings_while_typing(cem: Client) -> None:
    sent = form(**rows("Satisfied visitors up by 20 %", baseline="70", target="20", relative="percent"))
    assert "asks for 84; by points it would be 90" in cem.post("/objectives/new/wording", sent).content.decode()


def test_lines_are_pasted_and_too_many_are_refused_with_nothing_lost(cem: Client) -> None:
    sent = form(do="paste", pasted="Wait | 60 | 20\nSatisfaction from 7.1 to 8.5")
    taken = filled_in(cem.post("/objectives/new", sent).content.decode())
    titles = [taken[f"kr-{ref}-title"] for ref in taken["row"]]
    assert titles[:2] == ["Wait", "Satisfaction from 7.1 to 8.5"]
    lines = "\n".join(f"Line {number}" for number in range(10_000))
    answer = cem.post("/objectives/new", form(do="paste", pasted=lines))
    assert answer.status_code == 422
    assert "These are 10000 lines" in answer.content.decode()
    assert "Line 9999" in answer.content.decode()


def test_rows_are_added_and_left_out(cem: Client) -> None:
    sent = form(**rows("One", "Two"), do="remove:1")
    left = filled_in(cem.post("/objectives/new", sent).content.decode())
    assert "One" not in [left[f"kr-{ref}-title"] for ref in left["row"]]
    more = filled_in(cem.post("/objectives/new", form(**rows("One", "Two", "Three"), do="add")).content.decode())
    assert len(more["row"]) == 4


def test_from_a_kpi_its_value_is_the_baseline_and_its_target_the_target(world: World, cem: Client) -> None:
    kpi = make_kpi("complaints", active=True, direction="down", aggregation="sum")
    record_values(kpi, {day(-40).strftime("%Y-%m"): 48})
    set_target(admin(), kpi, target=30)
    page = cem.get("/objectives/new?kpi=complaints").content.decode()
    sent = filled_in(page)
    assert (sent["kr-1-metric"], sent["kr-1-baseline"], sent["kr-1-target"]) == ("complaints", "48", "30")
    assert cem.post("/objectives/new", sent | {"title": "Fewer reasons to complain", "do": "save"}).status_code == 302
    assert Objective.objects.get().key_results.get().metric == kpi.metric
    hidden = make_kpi("secret", visibility="team")
    assert world.client("otto").get(f"/objectives/new?kpi={hidden.key}").status_code == 404


def test_a_template_of_the_library_opens_the_page_filled_in(cem: Client) -> None:
    chosen = templates()[0]
    sent = filled_in(cem.get(f"/objectives/new?template={chosen.key}").content.decode())
    assert sent["title"] == chosen.title
    assert len([ref for ref in sent["row"] if sent[f"kr-{ref}-title"]]) >= len(chosen.key_results)
    assert cem.get("/objectives/new?template=nothing").status_code == 404


def test_one_click_in_the_library_makes_the_draft(world: World, cem: Client) -> None:
    page = cem.get("/okr-library").content.decode()
    assert "Make digital work the easy way for everybody" in page
    answer = cem.post("/okr-library/digital-daily-work/installation", {"team": "emergency", "cycle": ""})
    assert answer.status_code == 302
    made = Objective.objects.get()
    assert (made.library_key, made.key_results.count()) == ("digital-daily-work", 3)
    assert cem.post("/okr-library/digital-daily-work/installation", {"team": "surgery"}).status_code == 403
    assert cem.post("/okr-library/nothing/installation", {"team": "emergency"}).status_code == 422


def test_the_chooser_answers_with_a_reason_and_starts_the_right_form(world: World, cem: Client) -> None:
    make_objective(key="waiting")
    expected = {
        "Reduce waiting time from 60 to 20 minutes by June": ("Key result", "/objectives/new?kr="),
        "Number of open complaints": ("KPI", "/kpis/new?name="),
        "Make every patient feel expected": ("Objective", "/objectives/new?title="),
    }
    for text, (word, address) in expected.items():
        page = cem.get("/chooser", {"text": text}).content.decode()
        assert f"<h2>{word}" in page, text
        kind = {"KPI": "kpi", "Key result": "key_result", "Objective": "objective"}[word]
        assert cem.get("/chooser/start", {"kind": kind, "text": text})["Location"].startswith(address), text
    work = {"kind": "initiative", "text": "Set up a second desk", "objective": "waiting"}
    assert "<h2>Initiative" in cem.get("/chooser", {"text": "Set up a second desk"}).content.decode()
    assert cem.get("/chooser/start", work)["Location"].startswith("/objectives/waiting/initiatives/new?title=")
