"""The page on formulas is right: its examples give the results it prints, its tables name every function."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sextant.calc.formula import FUNCTIONS, Grain, Input, evaluate_with_reasons, parse, units

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "method" / "formula.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```example\n(.*?)```", PAGE, flags=re.DOTALL)


def _periods(text: str) -> list[list[float]]:
    """`1, 2 | 3, -` as one list of finer values per period."""
    return [
        [np.nan if each.strip() == "-" else float(each) for each in period.split(",")] for period in text.split("|")
    ]


def _input(text: str) -> Input:
    periods = _periods(text)
    values = np.array([value for period in periods for value in period])
    if len(values) == len(periods):
        return Input(values)
    return Input(values, np.array([index for index, period in enumerate(periods) for _ in period]))


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.splitlines()[0].removeprefix("formula: ") for each in EXAMPLES])
def test_a_worked_example_gives_the_result_on_the_page(example: str) -> None:
    lines = dict(line.split(": ", 1) for line in example.strip().splitlines())
    formula, result, reasons = parse(lines.pop("formula")), lines.pop("result"), lines.pop("reasons", None)
    expected = [period[0] for period in _periods(result)]
    grain = Grain(len(expected), np.arange(len(expected)) % 4 == 0)
    assert set(lines) == formula.inputs
    found = evaluate_with_reasons(formula, {key: _input(text) for key, text in lines.items()}, grain=grain)
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    if reasons is not None:
        wanted = [each.strip() for each in reasons.split("|")]
        assert list(found.reasons) == wanted + [""] * (len(expected) - len(wanted))


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 12


def test_the_page_lists_every_function_as_it_is_written() -> None:
    table = PAGE.split("## Functions")[1].split("## ")[0]
    for function in FUNCTIONS.values():
        for signature in function.signature.split(" or "):
            assert f"`{signature}`" in table


def test_the_page_names_the_limits_and_the_refusals_as_they_are() -> None:
    for text in ("4,000 characters", "64 levels", "500 parts", "percent-needs-parts", "units-do-not-add"):
        assert text in PAGE


def test_the_table_of_units_is_right() -> None:
    of_inputs = {"eur": "currency:EUR", "count": "count", "percent": "percent"}
    assert units(parse("eur - eur"), of_inputs) == "currency:EUR"
    assert units(parse("eur / count"), of_inputs) == "currency:EUR/count"
    assert units(parse("100 * count / count"), of_inputs) == "percent"
    assert units(parse("percent / percent"), of_inputs) == units(parse("percent / 100"), of_inputs) == "number"
    assert units(parse("percent * eur / 100"), of_inputs) == "currency:EUR"
