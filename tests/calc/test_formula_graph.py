"""Calculated metrics that need each other: cycles, order, what to recompute, and many at once."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.formula import (
    Formula,
    FormulaError,
    Grain,
    compile_many,
    dependants,
    evaluate,
    evaluate_many,
    find_cycle,
    order,
    parse,
)

NAN = math.nan


def formulas(**texts: str) -> dict[str, Formula]:
    return {key: parse(text) for key, text in texts.items()}


def test_a_circle_is_refused_with_its_path() -> None:
    circle = formulas(a="b + x", b="c * 2", c="a - 1", d="a")
    assert find_cycle(circle) == ["a", "b", "c", "a"]
    with pytest.raises(FormulaError, match="a needs b needs c needs a") as caught:
        order(circle)
    assert caught.value.key == "formula-cycle"
    with pytest.raises(FormulaError, match="needs"):
        compile_many(circle)


def test_a_formula_that_needs_itself_is_a_circle() -> None:
    assert find_cycle(formulas(a="a + 1")) == ["a", "a"]


def test_the_path_of_a_circle_leaves_out_what_only_leads_to_it() -> None:
    assert find_cycle(formulas(a="b", b="c", c="b")) == ["b", "c", "b"]


def test_what_others_need_comes_first() -> None:
    graph = formulas(a="b + c", b="c", c="x", d="a + b")
    assert order(graph) == ["c", "b", "a", "d"]
    assert find_cycle(graph) is None


def test_a_chain_of_many_thousand_formulas_is_no_problem() -> None:
    chain = {f"m{index}": parse(f"m{index + 1} + 1") for index in range(5_000)}
    assert order(chain)[-1] == "m0"
    chain["m5000"] = parse("m0")
    cycle = find_cycle(chain)
    assert cycle is not None
    assert len(cycle) == 5_002


GRAPHS = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefxy"), min_size=1, max_size=3), min_size=1
)


@given(GRAPHS, st.randoms(use_true_random=False))
def test_the_order_of_definitions_does_not_matter(graph: dict[str, list[str]], chance: random.Random) -> None:
    definitions = [(key, parse(" + ".join(needed))) for key, needed in graph.items()]
    straight = dict(definitions)
    chance.shuffle(definitions)
    shuffled = dict(definitions)
    cycle = find_cycle(straight)
    assert find_cycle(shuffled) == cycle
    if cycle is None:
        sequence = order(straight)
        assert order(shuffled) == sequence
        assert sorted(sequence) == sorted(graph)
        for index, key in enumerate(sequence):
            assert straight[key].inputs.isdisjoint(sequence[index:])
    else:
        assert cycle[0] == cycle[-1]
        assert all(after in straight[before].inputs for before, after in pairwise(cycle))


def test_only_what_depends_on_a_change_is_recomputed_in_order() -> None:
    graph = formulas(margin="profit / income", profit="income - cost", heads="staff", per_head="profit / heads")
    assert dependants(graph, ["cost"]) == ["profit", "margin", "per_head"]
    assert dependants(graph, ["staff"]) == ["heads", "per_head"]
    assert dependants(graph, ["weather"]) == []


MATRIX = np.array([[1.0, 2, 3, 4], [4.0, 0, NAN, 8], [1e308, 1, 1, 1]])
ROWS = {"a": 0, "b": 1, "big": 2}


def test_many_formulas_give_what_each_gives_alone() -> None:
    together = formulas(
        share="a / b", other_share="b / a", weighted="0.3 * a + 0.7 * b", weighted_too="0.5 * b + 0.5 * a",
        span="rolling(a, 2)", before="previous(a * b)", summed="sum(a * b) / sum(b)", plain="a", fixed="7",
        fixed_too="8", chosen="if(a > 2, a, b)", huge="big * 10 / big", huge_too="a * 10 / a", year="cumulative(a)",
    )  # fmt: skip
    grain = Grain(4, np.array([True, False, True, False]))
    found = evaluate_many(together, MATRIX, ROWS, grain=grain)
    columns = {key: MATRIX[row] for key, row in ROWS.items()}
    for row, formula in zip(found, together.values(), strict=True):
        np.testing.assert_array_equal(row, evaluate(formula, columns, grain=grain))
    assert not np.isinf(found).any()


def test_many_formulas_may_use_each_others_results_in_any_order() -> None:
    together = formulas(d="c + a", c="a * 2", e="c + b", f="d - e", g="f - a", h="g + f")
    c = MATRIX[0] * 2
    d, e = c + MATRIX[0], c + MATRIX[1]
    np.testing.assert_array_equal(
        evaluate_many(together, MATRIX, ROWS), [d, c, e, d - e, d - e - MATRIX[0], d - e - MATRIX[0] + d - e]
    )


def test_a_suite_is_arranged_once_and_evaluated_often() -> None:
    suite = compile_many(formulas(c="a * 2", d="c + 1"))
    assert suite.keys == ("c", "d")
    for factor in (1, 3):
        found = evaluate_many(suite, MATRIX[:1] * factor, {"a": 0})
        np.testing.assert_array_equal(found, [MATRIX[0] * 2 * factor, MATRIX[0] * 2 * factor + 1])


def test_many_rows_are_worked_on_in_blocks() -> None:
    together = {f"k{index}": parse(f"m{index} + {index}") for index in range(50)}
    matrix = np.arange(50.0)[:, None] * np.ones(2_000)
    found = evaluate_many(together, matrix, {f"m{index}": index for index in range(50)})
    np.testing.assert_array_equal(found, 2 * matrix)


def test_an_infinite_number_in_the_matrix_counts_as_missing() -> None:
    found = evaluate_many(formulas(x="1 / a", y="1 / b"), np.array([[math.inf, 2], [4, -math.inf]]), {"a": 0, "b": 1})
    np.testing.assert_array_equal(found, [[NAN, 0.5], [0.25, NAN]])


def test_a_matrix_without_a_needed_metric_is_refused_by_name() -> None:
    with pytest.raises(FormulaError, match="big") as caught:
        evaluate_many(formulas(x="a + bigg"), MATRIX, ROWS)
    assert (caught.value.key, caught.value.position) == ("unknown-metric", 4)


def test_a_matrix_holds_no_breakdowns() -> None:
    with pytest.raises(FormulaError) as caught:
        compile_many(formulas(x="total(a)"))
    assert caught.value.key == "total-needs-breakdowns"


def test_no_formulas_give_no_rows() -> None:
    assert evaluate_many({}, MATRIX, ROWS).shape == (0, 4)
