"""What formulas give: the same as arithmetic on paper, and no data where there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from sextant.calc.formula import (
    FormulaError,
    Grain,
    Input,
    evaluate,
    evaluate_with_reasons,
    parse,
)
from tests.calc.formulas import NAN, evaluated, monthly, worked_out


def assert_same(found: Sequence[float], expected: Sequence[float]) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def refusal(text: str, size: int, **columns: Input) -> FormulaError:
    errors = []
    for work in (evaluate, evaluate_with_reasons):
        with pytest.raises(FormulaError) as caught:
            work(parse(text), columns, grain=Grain(size))
        errors.append(caught.value)
    assert errors[0].key == errors[1].key
    return errors[0]


def test_the_quarterly_margin_is_a_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    cost, revenue = [10, 90, 30, 50, 60, 70], [100, 100, 50, 60, 90, 100]
    found = worked_out("1 - sum([cost]) / sum([revenue])", 2, cost=monthly(cost), revenue=monthly(revenue))
    assert_same(found, [1 - 130 / 250, 1 - 180 / 250])
    assert found[0] != pytest.approx(np.mean([0.9, 0.1, 0.4]))


def test_a_missing_month_leaves_its_quarter_without_data() -> None:
    found = evaluated(
        "1 - sum(cost) / sum(revenue)",
        2,
        cost=monthly([1, NAN, 1, 2, 2, 2]),
        revenue=monthly([4, 4, 4, 4, 4, 4]),
    )
    assert_same(found.values.tolist(), [NAN, 0.5])
    assert found.reasons == ("missing-input:cost", "")


def test_a_month_that_is_not_there_at_all_counts_as_missing() -> None:
    cost = Input(np.array([1.0, 1, 2, 2, 2, 9]), np.array([0, 0, 1, 1, 1, 2]), expected=np.array([3, 3, 0]))
    for rule, second in {"sum": 6, "mean": 2, "min": 2, "max": 2, "last": 2}.items():
        assert_same(worked_out(f"{rule}(cost)", 3, cost=cost), [NAN, second, 9])


def test_a_period_without_any_finer_value_has_no_data() -> None:
    for rule in ("sum", "mean", "min", "max", "last"):
        assert_same(worked_out(f"{rule}(x)", 3, x=monthly([1, 1, 1])), [1 if rule != "sum" else 3, NAN, NAN])
        assert_same(worked_out(f"{rule}(x)", 1, x=monthly([])), [NAN])


def test_finer_values_outside_the_result_do_not_count() -> None:
    x = Input(np.array([7.0, 1, 2, 8]), np.array([-1, 0, 0, 1]))
    assert_same(worked_out("sum(x)", 1, x=x), [3])


def test_each_aggregation_works_on_the_finer_values() -> None:
    x = monthly([1, 5, 3, 4, NAN, 2, 1, 2, NAN])
    assert_same(worked_out("sum(x)", 3, x=x), [9, NAN, NAN])
    assert_same(worked_out("mean(x)", 3, x=x), [3, NAN, NAN])
    assert_same(worked_out("min(x)", 3, x=x), [1, NAN, NAN])
    assert_same(worked_out("max(x)", 3, x=x), [5, NAN, NAN])
    assert_same(worked_out("last(x)", 3, x=x), [3, 2, NAN])


def test_at_the_same_grain_an_aggregation_changes_nothing() -> None:
    for rule in ("sum", "mean", "min", "max", "last"):
        assert_same(worked_out(f"{rule}(x) + {rule}(2 * x)", x=[1, NAN, 3]), [3, NAN, 9])


def test_a_bare_metric_uses_its_own_rule() -> None:
    for rule, value in {"sum": 9, "mean": 3, "min": 1, "max": 5, "last": 3}.items():
        assert_same(worked_out("x", 1, x=monthly([1, 5, 3], rule)), [value])


def test_an_expression_is_calculated_on_the_finer_periods_before_it_is_aggregated() -> None:
    price, units = monthly([2, 3, 4, 1, 1, 1]), monthly([10, 20, 30, 5, NAN, 5])
    assert_same(worked_out("sum(price * units) / sum(units)", 2, price=price, units=units), [200 / 60, NAN])
    found = evaluated("last(units / (price - 3))", 2, price=price, units=units)
    assert_same(found.values.tolist(), [30, -2.5])


def test_the_reason_of_a_gap_on_the_finer_periods_survives_the_aggregation() -> None:
    a, b = (
        monthly([1, 2, 3, 4, 5, 6, 1e308, 1e308, 1e308, 1, 1]),
        monthly([1, 0, 1, 1, NAN, 1, 1, 1, 1, 1, 1]),
    )
    assert evaluated("sum(a / b)", 5, a=a, b=b).reasons == (
        "divided-by-zero", "missing-input:b", "overflow", "", "missing-input:a",
    )  # fmt: skip


def test_an_expression_over_different_finer_periods_is_refused() -> None:
    error = refusal("sum(a * b)", 1, a=monthly([1, 2, 3]), b=Input(np.array([1.0, 2]), np.array([0, 0])))
    assert (error.key, error.position) == ("grains-differ", 8)
    assert refusal("sum(a * b)", 1, a=monthly([1, 2, 3]), b=Input(np.array([1.0]))).key == "grains-differ"


@pytest.mark.parametrize("rule", ["ratio", "mean"])
def test_a_percentage_is_never_averaged(rule: str) -> None:
    share = monthly([10, 20, 90], rule, "percent")
    for text in ("x", "1 + x", "mean(x)", "sum(x)"):
        error = refusal(text, 1, x=share)
        assert error.key == "percent-needs-parts"
        assert "100 * sum([part]) / sum([whole])" in str(error)
    assert_same(worked_out("max(x) - last(x)", 1, x=share), [0])


def test_a_percentage_with_parts_is_the_ratio_of_their_sums() -> None:
    seen, all_of_them = monthly([1, 2, 9, 0, 0, 0, NAN]), monthly([10, 10, 10, 0, 0, 0, 1])
    share = monthly([10, 20, 90, NAN, NAN, NAN, NAN], "ratio", "percent", parts=(seen, all_of_them))
    found = evaluated("x", 3, x=share)
    assert_same(found.values.tolist(), [40, NAN, NAN])
    assert found.reasons == ("", "divided-by-zero", "missing-input:x")
    per_head = monthly([1, 1, 1], "ratio", "currency:EUR", parts=(monthly([5, 5, 5]), monthly([1, 2, 3])))
    assert_same(worked_out("x", 1, x=per_head), [2.5])


def test_a_ratio_without_parts_is_refused_only_where_it_must_be_aggregated() -> None:
    assert refusal("x", 1, x=monthly([1, 1, 1], "ratio", "currency:EUR")).key == "ratio-needs-parts"
    assert_same(worked_out("x", 2, x=Input(np.array([40.0, 50]), rule="ratio", unit="percent")), [40, 50])


def test_percentages_that_add_by_their_own_rule_do() -> None:
    assert_same(worked_out("sum(x) + x", 1, x=monthly([1, 2, 3], "sum", "percent")), [12])


def test_total_adds_the_breakdowns_each_at_the_grain_of_the_result() -> None:
    north, south = monthly([1, 2, 3, 1, 1, 1]), Input(np.array([10.0, NAN]))
    x = Input(np.array([99.0, 99]), breakdowns=(north, south))
    found = evaluated("total(x)", 2, x=x)
    assert_same(found.values.tolist(), [16, NAN])
    assert found.reasons == ("", "missing-input:x")
    error = refusal("1 + total(x)", 2, x=Input(np.array([1.0, 2])))
    assert (error.key, error.position) == ("total-needs-breakdowns", 4)


def test_division_by_zero_is_no_data_with_a_reason_and_never_infinite() -> None:
    found = evaluated("a / b", a=[1, 0, NAN, 6], b=[0, 0, 0, 3])
    assert_same(found.values.tolist(), [NAN, NAN, NAN, 2])
    assert found.reasons == ("divided-by-zero", "divided-by-zero", "missing-input:a", "")


def test_a_division_by_zero_stays_no_data_in_what_follows() -> None:
    assert evaluated("1 / (a / 0)", a=[1.0]).reasons == ("divided-by-zero",)
    assert evaluated("if(a / 0 > 5, 1, 2)", a=[1.0]).reasons == ("divided-by-zero",)


def test_overflow_is_no_data_even_where_the_next_step_would_hide_it() -> None:
    for text in (
        "a * 10",
        "1 / (a * 10)",
        "if(a * 10 > 0, 1, 2)",
        "min(a + a, 5)",
        "a ^ 2",
        "rolling(a * 10, 1)",
    ):
        found = evaluated(text, a=[1e308, 1])
        assert found.reasons == ("overflow", "")
    assert evaluated("sum(a)", 1, a=monthly([1e308, 1e308, 1])).reasons == ("overflow",)
    assert evaluated("1 / sum(a)", 1, a=monthly([1e308, 1e308, 1])).reasons == ("overflow",)


def test_an_infinite_input_counts_as_missing() -> None:
    assert evaluated("1 / a", a=[math.inf, -math.inf, 2]).reasons == (
        "missing-input:a",
        "missing-input:a",
        "",
    )


def test_powers_keep_missing_missing_and_stay_real() -> None:
    found = evaluated("a ^ b", a=[2, NAN, 1, -8, 0, -2, 0, -10], b=[3, 0, NAN, 1 / 3, -1, 2, 0, 1e9])
    assert_same(found.values.tolist(), [8, NAN, NAN, NAN, NAN, 4, 1, NAN])
    assert found.reasons == (
        "", "missing-input:a", "missing-input:b", "not-a-real-number", "divided-by-zero", "", "", "overflow",
    )  # fmt: skip


def test_a_condition_without_data_has_no_result() -> None:
    found = evaluated("if(a > 2, b, 1 / c)", a=[1, 3, NAN, 3, 1], b=[5, 5, 5, NAN, 5], c=[4, 0, 1, 1, 0])
    assert_same(found.values.tolist(), [0.25, 5, NAN, NAN, NAN])
    assert found.reasons == ("", "", "missing-input:a", "missing-input:b", "divided-by-zero")


@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        ("<", [1, 0, 0]),
        ("<=", [1, 1, 0]),
        (">", [0, 0, 1]),
        (">=", [0, 1, 1]),
        ("=", [0, 1, 0]),
        ("!=", [1, 0, 1]),
    ],
)
def test_every_comparison_compares(sign: str, expected: list[float]) -> None:
    assert_same(worked_out(f"if(a {sign} 2, 1, 0)", a=[1, 2, 3]), expected)
    assert_same(worked_out(f"if(2 {sign} a, 1, 0)", a=[NAN]), [NAN])


def test_default_is_the_only_way_to_turn_missing_into_a_number() -> None:
    found = evaluated("default(a, 0) + default(1 / b, 7) + default(a, b)", a=[1, NAN, NAN], b=[2, 0, NAN])
    assert_same(found.values.tolist(), [2.5, 7, NAN])
    assert found.reasons[2] == "missing-input:a"


def test_smallest_and_largest_of_several_values_need_all_of_them() -> None:
    assert_same(worked_out("min(a, 2, b)", a=[1, 5, NAN], b=[3, 3, 3]), [1, 2, NAN])
    assert_same(worked_out("max(a, 2, b)", a=[1, 5, NAN], b=[3, 3, 3]), [3, 5, NAN])


def test_size_without_sign() -> None:
    assert_same(worked_out("abs(-a) - -a", a=[2, -3, NAN]), [4, 0, NAN])


def test_rounding_goes_away_from_zero_as_on_paper() -> None:
    assert_same(worked_out("round(a)", a=[0.5, 1.5, 2.5, -0.5, -2.5, 0.49, NAN]), [1, 2, 3, -1, -3, 0, NAN])
    assert_same(worked_out("round(a, 2)", a=[1.005, 2.675, -1.005, 1.0049]), [1.01, 2.68, -1.01, 1])
    assert_same(worked_out("round(a, -3)", a=[1499, 1500, -1500]), [1000, 2000, -2000])
    assert_same(worked_out("round(a, 12)", a=[1e300, 123456789012345680.0]), [1e300, 123456789012345680.0])


def test_previous_looks_back_and_knows_where_it_cannot() -> None:
    found = evaluated("a - previous(a, 2)", a=[1, 2, 4, NAN, 9, 5])
    assert_same(found.values.tolist(), [NAN, NAN, 3, NAN, 5, NAN])
    assert found.reasons == (
        "too-few-periods",
        "too-few-periods",
        "",
        "missing-input:a",
        "",
        "missing-input:a",
    )
    assert_same(worked_out("previous(a, 9)", a=[1, 2]), [NAN, NAN])


def test_a_reason_moves_with_the_value_it_belongs_to() -> None:
    assert evaluated("previous(1 / a)", a=[0, 1, 1]).reasons == ("too-few-periods", "divided-by-zero", "")
    assert evaluated("rolling(1 / a, 2)", a=[0, 1, 1]).reasons == ("too-few-periods", "divided-by-zero", "")


def test_rolling_needs_every_period_of_its_span() -> None:
    found = evaluated("rolling(a, 3)", a=[1, 2, 3, 4, NAN, 6, 7, 8])
    assert_same(found.values.tolist(), [NAN, NAN, 6, 9, NAN, NAN, NAN, 21])
    assert found.reasons == ("too-few-periods",) * 2 + ("", "") + ("missing-input:a",) * 3 + ("",)
    assert_same(worked_out("rolling(a, 2, mean)", a=[1, 3, 5]), [NAN, 2, 4])
    assert_same(worked_out("rolling(a, 2, min)", a=[3, 1, 5]), [NAN, 1, 1])
    assert_same(worked_out("rolling(a, 2, max)", a=[3, 1, 5]), [NAN, 3, 5])
    assert_same(worked_out("rolling(a, 5)", a=[1, 2]), [NAN, NAN])


def test_cumulative_starts_again_with_each_year_and_knows_no_half_year() -> None:
    found = evaluated("cumulative(a)", a=[9, 1, 2, 3, 4, 5, NAN, 7, 8, 1])  # years start at 1, 5 and 9
    assert_same(found.values.tolist(), [NAN, 1, 3, 6, 10, 5, NAN, NAN, NAN, 1])
    assert found.reasons == ("too-few-periods", "", "", "", "", "", *["missing-input:a"] * 3, "")
    assert_same(worked_out("cumulative(a, mean)", a=[9, 1, 3, 5]), [NAN, 1, 2, 3])
    assert_same(worked_out("cumulative(a, min)", a=[9, 3, 1, 5]), [NAN, 3, 1, 1])
    assert_same(worked_out("cumulative(a, max)", a=[9, 3, 1, 5]), [NAN, 3, 3, 5])


def test_cumulative_without_a_calendar_is_refused() -> None:
    assert refusal("cumulative(a)", 1, a=Input(np.array([1.0]))).key == "year-unknown"


def test_a_constant_formula_has_its_value_in_every_period() -> None:
    assert_same(worked_out("2 * 21", 3), [42, 42, 42])


def test_the_result_is_an_array_of_its_own() -> None:
    column = np.array([1.0, 2])
    found = evaluate(parse("a"), {"a": Input(column)}, grain=Grain(2))
    found[0] = 99
    assert column.tolist() == [1, 2]


def test_an_input_that_is_not_given_is_refused_by_name() -> None:
    error = refusal("1 + reveneu", 1, revenue=Input(np.array([1.0])))
    assert (error.key, error.position) == ("unknown-metric", 4)
    assert "[revenue]" in str(error)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Input(np.ones((2, 2))),
        lambda: Input(np.ones(2), np.zeros(3, dtype=np.int64)),
        lambda: Input(np.ones(2), rule="median"),
        lambda: Input(np.ones(2), parts=(Input(np.ones(2)),)),
        lambda: evaluate(parse("a"), {"a": np.ones(3)}, grain=Grain(2)),
        lambda: evaluate(
            parse("a"), {"a": Input(np.ones(3), np.zeros(3), expected=np.ones(3))}, grain=Grain(2)
        ),
    ],
)  # fmt: skip
def test_columns_that_do_not_fit_are_refused(make: object) -> None:
    with pytest.raises(FormulaError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.key == "bad-input"
