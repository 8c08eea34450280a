"""How much each input of a formula explains of a change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.contributions import contributions, explain_contributions
from sextant.calc.formula import Input, parse

FIGURES = st.floats(0.5, 1e4, allow_nan=False)
FORMULAS = (
    "[a] + [b] - [c]", "[a] * [b] * [c]", "100 * [a] / ([b] + [c])", "max([a], [b]) * [c]",
    "[a] + previous([b]) * [c]", "rolling([a], 3, mean) / [b] + [c]",
)  # fmt: skip


def columns(*rows: list[float]) -> dict[str, Input]:
    return {key: Input(np.array(row)) for key, row in zip("abcdefgh", rows, strict=False)}


@pytest.mark.parametrize("text", FORMULAS)
@given(rows=st.lists(st.lists(FIGURES, min_size=12, max_size=12), min_size=3, max_size=3), back=st.integers(1, 4))
def test_the_shares_add_up_to_the_change(text: str, rows: list[list[float]], back: int) -> None:
    found = contributions(parse(text), columns(*rows), 12, first=9, last=11, back=back)
    assert found is not None
    total = sum(amount for _, amount in found.shares)
    assert total == pytest.approx(found.change, rel=1e-6, abs=1e-6 * max(abs(found.before), abs(found.after)))
    assert (found.used, found.asked) == (3, 3)


@given(rows=st.lists(st.lists(FIGURES, min_size=4, max_size=4), min_size=8, max_size=8))
def test_the_shares_of_many_inputs_add_up_as_well(rows: list[list[float]]) -> None:
    text = " * ".join(f"[{key}]" for key in "abcd") + " + " + " + ".join(f"[{key}]" for key in "efgh")
    found = contributions(parse(text), columns(*rows), 4, first=3, last=3, back=1)
    assert found is not None
    scale = max(abs(found.before), abs(found.after), 1)
    assert sum(amount for _, amount in found.shares) == pytest.approx(found.change, abs=1e-9 * scale)


@given(rows=st.lists(st.lists(FIGURES, min_size=2, max_size=2), min_size=2, max_size=2))
def test_in_a_sum_each_explains_its_own_change(rows: list[list[float]]) -> None:
    found = contributions(parse("[a] + [b]"), columns(*rows), 2, first=1, last=1, back=1)
    assert found is not None
    own = [("a", rows[0][1] - rows[0][0]), ("b", rows[1][1] - rows[1][0])]
    for (key, amount), (other, change) in zip(found.shares, own, strict=True):
        assert key == other
        assert amount == pytest.approx(change, abs=1e-6)


@given(a=st.tuples(FIGURES, FIGURES), b=FIGURES)
def test_an_input_that_did_not_move_explains_nothing(a: tuple[float, float], b: float) -> None:
    found = contributions(parse("[a] * [b]"), columns(list(a), [b, b]), 2, first=1, last=1, back=1)
    assert found is not None
    assert dict(found.shares)["b"] == 0


@given(one=st.tuples(FIGURES, FIGURES), other=st.tuples(FIGURES, FIGURES))
def test_what_two_factors_did_together_is_halved(one: tuple[float, float], other: tuple[float, float]) -> None:
    found = contributions(parse("[a] * [b]"), columns(list(one), list(other)), 2, first=1, last=1, back=1)
    assert found is not None
    (a0, a1), (b0, b1) = one, other
    expected = (a1 - a0) * (b0 + b1) / 2
    assert dict(found.shares)["a"] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_missing_value_leaves_its_period_out_and_is_not_zero() -> None:
    known = columns([1, 2, 3, 4], [1, 1, float("nan"), 1])
    found = contributions(parse("[a] + [b]"), known, 4, first=2, last=3, back=2)
    assert found is not None
    assert (found.used, found.asked, found.before, found.after) == (1, 2, 3, 5)
    assert contributions(parse("[a] + [b]"), known, 4, first=2, last=2, back=2) is None


def test_nothing_is_shared_out_before_the_first_period_or_across_a_year() -> None:
    known = columns([1, 2, 3, 4])
    assert contributions(parse("2 * [a]"), known, 4, first=0, last=0, back=1) is None
    assert contributions(parse("cumulative([a])"), known, 4, first=3, last=3, back=1) is None


def test_finer_inputs_are_moved_with_their_groups() -> None:
    fine = Input(np.arange(1.0, 9.0), np.repeat(np.arange(4), 2), "sum", expected=np.full(4, 2))
    found = contributions(parse("sum([a]) * [b]"), {"a": fine, "b": Input(np.ones(4))}, 4, first=3, last=3, back=1)
    assert found is not None
    assert (found.before, found.after) == (11, 15)
    assert dict(found.shares) == {"a": 4, "b": 0}
    why = explain_contributions(found)
    assert (why.rule, why.inputs["change"]) == ("contributions", 4)
