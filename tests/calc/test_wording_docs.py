"""The page on wording is right: it names every rule with its level, and its examples give what it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sextant.calc.chooser import choose
from sextant.calc.wording import RULES, KeyResultDraft, ObjectiveDraft, check_objective
from sextant.calc.wording_repairs import apply_repairs, proposed

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "method" / "wording.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```example\n(wording|chooser)\n(.*?)```", PAGE, flags=re.DOTALL)
WORDING = [text for kind, text in EXAMPLES if kind == "wording"]
CHOOSER = [line.rsplit(" -> ", 1) for kind, text in EXAMPLES if kind == "chooser" for line in text.splitlines()]


def draft_of(lines: list[str]) -> ObjectiveDraft:
    title, key_results = "", []
    for line in lines:
        name, _, text = line.partition(": ")
        if name == "objective":
            title = text
        elif name == "key result":
            key_results.append({"ref": str(len(key_results) + 1), "title": text})
        elif name == "figures":
            baseline, target = (float(figure) for figure in text.split(" -> "))
            key_results[-1] |= {"baseline": baseline, "target": target, "has_guard": True}
        elif name == "due":
            key_results[-1]["due"] = text == "yes"
    return ObjectiveDraft(title, key_results=tuple(KeyResultDraft(**one) for one in key_results))


@pytest.mark.parametrize("example", WORDING, ids=[text.splitlines()[0] for text in WORDING])
def test_a_worked_example_finds_and_becomes_what_the_page_says(example: str) -> None:
    lines = example.strip().splitlines()
    draft = draft_of(lines)
    found = check_objective(draft)
    finds = {line.split()[1] for line in lines if line.startswith("finds ")}
    # Examples are short: that key results are few or missing is only looked at where it is the point.
    of_number = {"no-key-results", "few-key-results"}
    assert {one.rule for one in found} - of_number == finds - of_number
    assert finds <= {one.rule for one in found}
    repaired = apply_repairs(draft, proposed(found))
    became = {f"objective: {repaired.draft.title}"}
    became |= {f"key result: {one.title}" for one in repaired.draft.key_results}
    became |= {f"initiative: {one.title}" for one in repaired.initiatives}
    assert {line.removeprefix("becomes ") for line in lines if line.startswith("becomes ")} <= became
    assert {line.removeprefix("asks ") for line in lines if line.startswith("asks ")} <= {
        one.key for one in repaired.questions
    }


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_table_has_every_rule_with_its_level_and_threshold(rule: object) -> None:
    key, level, value = rule.key, rule.level, rule.value  # type: ignore[attr-defined]
    threshold = "" if value is None else f"{value:g} "
    assert re.search(rf"^\| {key} \| {level} \| {threshold}\| ", PAGE, re.MULTILINE)
    assert re.search(rf"^finds {key}$", PAGE, re.MULTILINE), "no example"


@pytest.mark.parametrize(("text", "kind"), CHOOSER, ids=[text for text, _ in CHOOSER])
def test_an_example_of_the_chooser_is_chosen(text: str, kind: str) -> None:
    assert choose(text).kind == kind
