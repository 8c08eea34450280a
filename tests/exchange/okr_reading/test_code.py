"""OKRs as code, and the small readers of names and spans of time."""

from pathlib import Path

import pytest

from sextant.exchange.okr_reading.names import are_turned, names_in
from sextant.exchange.okr_reading.spans import cycle_in, is_cycle_heading
from sextant.readers import ReadError
from tests.exchange.okr_reading.files import key_result, keys_of, objective, read_text

CODE = """
cycles:
  - {key: autumn, name: Autumn, starts_on: 2026-09-01, ends_on: 2026-11-30}
objectives:
  - key: lever
    title: Make digital the lever
    team: platform
    owner: Amara Osei
    cycle: autumn
    key_results:
      - {key: adoption, title: Adoption of 90 %, unit: percent, baseline: 40, target: 90, weight: 2}
      - title: Trained
        milestones: [{title: Half, done: true}, {title: All, due_on: 2026-11-01}]
      - {title: Wait stays short, high: 2, is_strict: true, planned_periods: 12}
      - {title: Broken, baseline: many, target: 5}
  - title: Teams follow
    parent: adoption
    supports: [lever]
    colour: blue
    key_results: [The page is live]
"""


def test_yaml_of_our_own_is_read_whole(tmp_path: Path) -> None:
    document = read_text(tmp_path, CODE, "okrs.yaml")
    lever = objective(document, "Make digital the lever")
    assert lever.cycle is not None
    assert (lever.key, lever.cycle.first, lever.cycle.last, lever.cycle.name) == (
        "lever", "2026-09-01", "2026-11-30", "Autumn",
    )  # fmt: skip
    adoption = key_result(document, "Adoption of 90 %")
    assert (adoption.kind, adoption.baseline, adoption.target, adoption.weight) == ("metric", 40, 90, 2)
    assert [step.is_done for step in key_result(document, "Trained").steps] == [True, False]
    wait = key_result(document, "Wait stays short")
    assert (wait.kind, wait.high, wait.is_strict, wait.planned_periods) == ("guardrail", 2, True, 12)
    follow = objective(document, "Teams follow")
    assert (follow.parent_ref, follow.supports) == ("o:adoption", ("o:lever",))
    assert key_result(document, "The page is live").kind == "yes_no"


def test_what_cannot_be_read_in_code_is_said(tmp_path: Path) -> None:
    document = read_text(tmp_path, CODE, "okrs.yaml")
    assert key_result(document, "Broken").baseline is None
    assert sorted(keys_of(document)) == ["not-a-number", "unknown-field"]


def test_json_with_the_names_of_another_tool(tmp_path: Path) -> None:
    text = """{"objectives": [{"name": "Grow", "timeframe": "Q1 2026", "keyResults": [
        {"name": "Ten contracts", "startValue": 0, "targetValue": 10, "currentValue": 3}]}]}"""
    document = read_text(tmp_path, text, "export.json")
    [ten] = document.key_results
    assert (ten.title, ten.baseline, ten.target) == ("Ten contracts", 0, 10)
    assert [one.value for one in document.updates] == [3]


def test_files_without_any_okr_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="No objective"):
        read_text(tmp_path, "# Nothing here\n", "okrs.md")


@pytest.mark.parametrize(
    ("text", "cycle"),
    [("OKRs 2018 Q3", "2018-Q3"), ("Q3'18", "2018-Q3"), ("1Q2018", "2018-Q1"), ("FY22 Q1", "FY2022-Q1"),
     ("2019-H1", "2019-H1"),
     ("Plan for Q2 2020", "2020-Q2"), ("2020 goals", "2020"), ("Version 2.0", ""), ("FY2022", "FY2022")],
)  # fmt: skip
def test_spans_of_time_in_headings(text: str, cycle: str) -> None:
    assert cycle_in(text)[0] == cycle


def test_a_heading_is_a_span_only_when_it_says_nothing_else() -> None:
    assert is_cycle_heading("2019 Q4 - Objectives and Key Results") == "2019-Q4"
    assert is_cycle_heading("Deliver the 2019 Q4 release") == ""


def test_names_in_one_cell() -> None:
    assert names_in("parkan / autonome") == ("parkan", "autonome")
    assert names_in("Mhz, pkafei") == ("Mhz", "pkafei")
    assert names_in("@sam (and friends)") == ("sam",)
    assert names_in("TBD") == ()
    assert names_in("Research and Development", frozenset({"Research and Development"})) == (
        "Research and Development",
    )
    column = ["Lima, Ana", "Berg, Mia", "Fox, Tom"]
    assert are_turned(column)
    assert names_in("Lima, Ana", turned=True) == ("Ana Lima",)
