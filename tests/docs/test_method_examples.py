"""The pages on the method are right: every worked example gives the result it prints, every anchor is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sextant.calc import pace, trust, truths
from sextant.web import help as help_pages
from tests.docs import (
    change_examples,
    forecast_examples,
    kpi_examples,
    life_examples,
    okr_examples,
    practice_examples,
    second_look_examples,
)
from tests.docs.printed import Given, Lines

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "method"
EXAMPLES = [
    (page.stem, block)
    for page in sorted(FOLDER.glob("*.md"))
    if page.stem not in ("formula", "wording")  # these have a test of their own
    for block in re.findall(r"```example\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
]
RUNNERS = (
    change_examples, forecast_examples, kpi_examples, life_examples, okr_examples, practice_examples,
    second_look_examples,
)  # fmt: skip
RUN: Mapping[str, Callable[[Given, Lines], None]] = {
    name.removeprefix("run_"): function
    for runner in RUNNERS
    for name, function in vars(runner).items()
    if name.startswith("run_")
}


@pytest.mark.parametrize(
    "example", [text for _, text in EXAMPLES], ids=[f"{page}-{i}" for i, (page, _) in enumerate(EXAMPLES)]
)
def test_a_worked_example_gives_the_result_on_the_page(example: str) -> None:
    kind, *rest = example.strip().splitlines()
    given = dict(line.split(": ", 1) for line in rest if ": " in line and " -> " not in line)
    lines = [tuple(part.strip() for part in line.rsplit("->", 1)) for line in rest if "->" in line]
    result = [line for line in rest if ": " not in line and "->" not in line]
    if result:
        given["result"] = result[0]
    assert lines or result, "An example without a result shows nothing."
    RUN[kind](given, lines)  # type: ignore[arg-type]


def test_every_page_of_the_method_has_examples() -> None:
    pages = {page for page, _ in EXAMPLES}
    assert pages == {page.stem for page in FOLDER.glob("*.md")} - {"formula", "wording"}
    assert len(EXAMPLES) >= 40


def test_every_explanation_leads_to_a_heading_of_the_method() -> None:
    named = {
        node.args[0].value
        for file in (ROOT / "src" / "sextant").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "method"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert {"process-limits", "assurance", "status", "score", "targets", "freshness", "trust"} <= named
    assert {"progress", "pace", "key-result-status", "three-truths", "roll-up"} <= named
    shown = "".join(
        help_pages.to_html(page.name, page.file.read_text(encoding="utf-8"))
        for name, page in help_pages.pages().items()
        if name.startswith("method/")
    )
    missing = {anchor for anchor in named if f'id="{anchor}"' not in shown}
    assert not missing


def test_the_table_of_the_status_of_key_results_lists_every_rule() -> None:
    page = (FOLDER / "key-results.md").read_text(encoding="utf-8")
    missing = [rule for rule in (*pace.STATUS_OF_RULE, "key-result-stale") if f"`{rule}`" not in page]
    assert not missing
    assert all(f"`{rule}`" in page for rule in truths.FORMULAS if rule.startswith("reported-"))


def test_the_table_of_trust_lists_every_reason_with_its_points() -> None:
    table = (FOLDER / "trust.md").read_text(encoding="utf-8")
    for key, points in trust.WEIGHTS.items():
        row = re.search(rf"^\| {key} \| ([^|]+) \|", table, re.MULTILINE)
        assert row, key
        assert row[1].startswith(str(points)), key
