"""What holds of the result of any formula."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.formula import (
    Column,
    Input,
)
from tests.calc.formulas import NAN, evaluated, monthly, worked_out

# Random arithmetic as text, with the same text in Python's spelling.
LEAVES = st.one_of(
    st.sampled_from(["a", "b", "c"]).map(lambda name: (name, name)),
    st.floats(0.001, 1000).map(lambda value: (repr(value), repr(value))),
)


def _grown(inner: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    def joined(sign: str, one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str]:
        return f"({one[0]}) {sign} ({other[0]})", f"({one[1]}) {sign} ({other[1]})"

    def chosen(sign: str, *four: tuple[str, str]) -> tuple[str, str]:
        (a, b, x, y), (p, q, r, s) = zip(*four, strict=True)
        return f"if({a} {sign} {b}, {x}, {y})", f"(({r}) if ({p}) {sign} ({q}) else ({s}))"

    return st.one_of(
        st.builds(joined, st.sampled_from("+-*/"), inner, inner),
        st.builds(chosen, st.sampled_from(["<", "<=", ">", ">=", "!="]), inner, inner, inner, inner),
        inner.map(lambda each: (f"-({each[0]})", f"-({each[1]})")),
        inner.map(lambda each: (f"abs({each[0]})", f"abs({each[1]})")),
        st.tuples(inner, inner).map(
            lambda two: (f"min({two[0][0]}, {two[1][0]})", f"min({two[0][1]}, {two[1][1]})")
        ),
    )  # fmt: skip


def _in_python(text: str, values: dict[str, float]) -> float | None:
    """Python's own answer, None where it divides by zero."""
    try:
        return float(eval(text, {"abs": abs, "min": min, "__builtins__": {}}, values))
    except ZeroDivisionError:
        return None


@given(
    st.recursive(LEAVES, _grown, max_leaves=12),
    st.lists(st.tuples(*[st.floats(-1000, 1000)] * 3), min_size=1, max_size=5),
)
def test_the_result_is_exactly_what_python_works_out(texts: tuple[str, str], rows: list[tuple[float, ...]]) -> None:
    columns = dict(zip("abc", map(_aligned, zip(*rows, strict=True)), strict=True))
    found = evaluated(texts[0], len(rows), **columns)
    for row, value, reason in zip(rows, found.values.tolist(), found.reasons, strict=True):
        expected = _in_python(texts[1], dict(zip("abc", row, strict=True)))
        if reason == "":
            assert value == expected
        elif reason == "divided-by-zero":
            assert expected is None
        else:
            # Python lets an infinity travel on; here it ends the calculation.
            assert reason == "overflow"


def _aligned(values: Sequence[float]) -> Input:
    return Input(np.array(values))


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=12).map(lambda each: each[: len(each) // 3 * 3]),
    st.sampled_from(["sum", "mean", "min", "max", "last"]),
)
def test_aggregating_in_one_step_equals_slicing_by_hand(values: list[float], rule: str) -> None:
    size = len(values) // 3
    by_hand = {
        "sum": sum,
        "mean": lambda each: sum(each) / 3,
        "min": min,
        "max": max,
        "last": lambda each: each[-1],
    }
    expected = [by_hand[rule](values[3 * index : 3 * index + 3]) for index in range(size)]
    np.testing.assert_allclose(worked_out(f"{rule}(x)", size, x=monthly(values)), expected, rtol=1e-9, atol=1e-6)


@given(st.lists(st.sampled_from([NAN, 0.0, 1.0, -3.0, 1e308]), min_size=1, max_size=8), st.integers(0, 10**6))
def test_every_gap_has_a_reason_and_no_result_is_infinite(values: list[float], pick: int) -> None:
    texts = (
        "a / previous(a)", "rolling(a, 2) * 10", "cumulative(a) / a", "if(a > 0, a * a, 1 / a)",
        "default(1 / a, a * 10)",
        "round(a * 2, 3)", "a ^ -1", "min(a, 1 / a) + abs(a)", "sum(a / a) + max(a)",
    )  # fmt: skip
    found: Column = evaluated(texts[pick % len(texts)], a=values).values
    assert not np.isinf(found).any()
