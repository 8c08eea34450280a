"""From measured points to the inputs of a formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sextant.calc.aggregation import Point, roll_up
from sextant.calc.formula import FormulaError, evaluate, evaluate_with_reasons, parse
from sextant.calc.formula_periods import grain_of, input_of
from sextant.calc.periods import Calendar, Frequency, Period, parse_period, periods_between, shift

NAN = math.nan
CALENDAR = Calendar()
APRIL = Calendar(year_start_month=4)


def run_of(first: str, count: int, calendar: Calendar = CALENDAR) -> list[Period]:
    periods = [parse_period(first, calendar=calendar)]
    while len(periods) < count:
        periods.append(shift(periods[-1], 1, calendar))
    return periods


def points(first: str, *values: float | None) -> list[Point]:
    periods = run_of(first, len(values))
    return [Point(period.start, period.end, value) for period, value in zip(periods, values, strict=True)]


def test_a_quarterly_margin_from_monthly_points() -> None:
    quarters = run_of("2025-Q4", 3)
    cost = points("2025-10", 10, 90, 30, 50, 60, 70, 1, None, 1)
    revenue = points("2025-10", 100, 100, 50, 60, 90, 100, 2, 2, 2)
    inputs = {
        "cost": input_of(cost, Frequency.MONTH, quarters, CALENDAR),
        "revenue": input_of(revenue, Frequency.MONTH, quarters, CALENDAR),
    }
    found = evaluate_with_reasons(parse("1 - sum(cost) / sum(revenue)"), inputs, grain=grain_of(quarters, CALENDAR))
    np.testing.assert_allclose(found.values, [1 - 130 / 250, 1 - 180 / 250, NAN])
    assert found.reasons == ("", "", "missing-input:cost")


def test_a_month_without_a_point_and_the_running_quarter_are_no_data() -> None:
    quarters = run_of("2026-Q1", 2)
    cost = [*points("2026-01", 1, 2), *points("2026-04", 1, 2, 3)]
    x = input_of(list(reversed(cost)), Frequency.MONTH, quarters, CALENDAR)
    np.testing.assert_array_equal(evaluate(parse("sum(x)"), {"x": x}, grain=grain_of(quarters, CALENDAR)), [NAN, 6])


def test_a_month_that_does_not_apply_is_not_expected() -> None:
    quarters = run_of("2026-Q1", 1)
    january, february, march = run_of("2026-01", 3)
    cost = [
        Point(january.start, january.end, 1),
        Point(february.start, february.end, None, "not_applicable"),
        Point(march.start, march.end, 2),
    ]
    x = input_of(cost, Frequency.MONTH, quarters, CALENDAR)
    assert evaluate(parse("x"), {"x": x}, grain=grain_of(quarters, CALENDAR)).tolist() == [3]


def test_points_of_the_same_frequency_are_aligned_by_period() -> None:
    months = run_of("2026-01", 4)
    x = input_of(points("2025-12", 9, 1, 2, None, 4, 9), Frequency.MONTH, months, CALENDAR, rule="mean", unit="percent")
    np.testing.assert_array_equal(x.values, [1, 2, NAN, 4])
    assert (x.groups, x.rule, x.unit) == (None, "mean", "percent")


def test_weeks_belong_where_their_thursday_lies() -> None:
    months = run_of("2025-12", 3)
    weeks = points("2025-W49", 1, 1, 1, 1, 10, 10, 10, 10, 10, 100, 100, 100, 100)  # W01 has its Thursday on 1 January
    x = input_of(weeks, Frequency.WEEK, months, CALENDAR)
    found = evaluate(parse("sum(x)"), {"x": x}, grain=grain_of(months, CALENDAR))
    assert found.tolist() == [4, 50, 400]
    rolled = roll_up(weeks, Frequency.MONTH, "sum", CALENDAR, Frequency.WEEK)
    assert [each.value for each in rolled] == found.tolist()
    assert all(each.is_complete for each in rolled)


def test_cumulative_follows_the_fiscal_year() -> None:
    months = run_of("2026-02", 4, APRIL)
    x = input_of(points("2026-02", 5, 6, 7, 8), Frequency.MONTH, months, APRIL)
    found = evaluate(parse("cumulative(x)"), {"x": x}, grain=grain_of(months, APRIL))
    np.testing.assert_array_equal(found, [NAN, NAN, 7, 15])


def test_a_year_of_hours_in_days() -> None:
    day = parse_period("2026-03-01", calendar=CALENDAR)
    days = periods_between(day.start, day.start + 48, Frequency.DAY, CALENDAR)
    hours = [Point(day.start + hour, day.start + hour + 1, 1.0) for hour in range(47)]
    x = input_of(hours, Frequency.HOUR, days, CALENDAR)
    np.testing.assert_array_equal(evaluate(parse("x"), {"x": x}, grain=grain_of(days, CALENDAR)), [24, NAN])


def test_a_metric_that_is_coarser_than_the_result_is_refused() -> None:
    with pytest.raises(FormulaError, match="one value per year") as caught:
        input_of(points("2026", 1), Frequency.YEAR, run_of("2026-01", 3), CALENDAR, key="plan")
    assert caught.value.key == "grains-differ"
    assert "[plan]" in str(caught.value)


def test_no_periods_give_an_empty_result() -> None:
    x = input_of(points("2026", 1), Frequency.YEAR, [], CALENDAR)
    assert evaluate(parse("x + 1"), {"x": x}, grain=grain_of([], CALENDAR)).tolist() == []
