"""From fine values to coarse ones."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.aggregation import AggregationError, Point, RatioNeedsParts, aggregate, roll_up
from sextant.calc.periods import (
    Calendar,
    Frequency,
    PeriodError,
    label,
    parse_period,
    period_of,
    periods_between,
    shift,
)

PLAIN = Calendar()
RULES = ["sum", "mean", "last", "min", "max"]
numbers = st.floats(-1e12, 1e12)


def point(text: str, value: float | None, state: str = "observed") -> Point:
    period = parse_period(text)
    return Point(period.start, period.end, value, state)


@pytest.mark.parametrize(
    ("rule", "expected"), [("sum", 10.0), ("mean", 2.5), ("last", 3.0), ("min", 1.0), ("max", 4.0)]
)
def test_each_rule_gives_its_value(rule: str, expected: float) -> None:
    assert aggregate([1, 2, 4, 3], rule) == expected


@given(st.lists(numbers, min_size=1, max_size=40), st.sampled_from(["sum", "mean", "min", "max"]), st.randoms())
def test_the_order_of_values_matters_to_last_only(values: list[float], rule: str, random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert aggregate(shuffled, rule) == aggregate(values, rule)


@given(numbers, st.integers(1, 60), st.sampled_from(["mean", "last", "min", "max"]))
def test_equal_values_aggregate_to_themselves(value: float, count: int, rule: str) -> None:
    assert aggregate([value] * count, rule) == value


@given(st.lists(numbers, min_size=1, max_size=40))
def test_a_mean_lies_between_the_smallest_and_the_largest(values: list[float]) -> None:
    assert min(values) <= aggregate(values, "mean") <= max(values)


def test_sums_do_not_collect_rounding_errors() -> None:
    assert aggregate([0.1] * 10, "sum") == 1.0


def test_a_mean_of_very_large_values_does_not_overflow() -> None:
    assert aggregate([1.7e308, 1.7e308, 1.7e308], "mean") == 1.7e308


@pytest.mark.parametrize(
    ("values", "rule", "key"),
    [
        ([1.0], "ratio", "ratio-needs-parts"),
        ([1.0], "median", "unknown-rule"),
        ([], "sum", "no-values"),
        ([1.7e308, 1.7e308], "sum", "not-finite"),
        ([math.nan, 1.0], "mean", "not-finite"),
        ([math.inf, -math.inf], "sum", "not-finite"),
        ([math.inf], "last", "not-finite"),
    ],
)
def test_what_cannot_be_aggregated_is_refused(values: list[float], rule: str, key: str) -> None:
    with pytest.raises(AggregationError) as caught:
        aggregate(values, rule)
    assert caught.value.key == key


def test_months_roll_up_to_quarters() -> None:
    points = [point("2021-01", 1.0), point("2021-02", 2.0), point("2021-03", 4.0), point("2021-04", 8.0)]
    first, second = roll_up(points, Frequency.QUARTER, "sum", PLAIN, Frequency.MONTH)
    assert (label(first.period), first.value, first.count, first.expected) == ("2021-Q1", 7.0, 3, 3)
    assert first.is_complete
    assert (second.value, second.count, second.is_complete) == (8.0, 1, False)


def test_years_that_begin_in_april_are_respected() -> None:
    points = [point("2021-03", 1.0), point("2021-04", 2.0)]
    rolled = roll_up(points, Frequency.YEAR, "sum", Calendar(4), Frequency.MONTH)
    assert [(label(item.period, Calendar(4)), item.value) for item in rolled] == [("FY2021", 1.0), ("FY2022", 2.0)]


def test_a_missing_value_is_not_zero() -> None:
    points = [point("2021-01", 3.0), point("2021-02", None), point("2021-03", 5.0)]
    (quarter,) = roll_up(points, Frequency.QUARTER, "mean", PLAIN, Frequency.MONTH)
    assert (quarter.value, quarter.count, quarter.expected, quarter.is_complete) == (4.0, 2, 3, False)


def test_a_period_without_any_value_has_none() -> None:
    (quarter,) = roll_up([point("2021-01", None)], Frequency.QUARTER, "sum", PLAIN, Frequency.MONTH)
    assert (quarter.value, quarter.count, quarter.is_complete) == (None, 0, False)


def test_what_is_not_applicable_is_not_expected() -> None:
    points = [point("2021-01", 3.0), point("2021-02", None, "not_applicable"), point("2021-03", 5.0)]
    (quarter,) = roll_up(points, Frequency.QUARTER, "sum", PLAIN, Frequency.MONTH)
    assert (quarter.value, quarter.expected, quarter.is_complete) == (8.0, 2, True)


def test_a_quarter_in_which_nothing_applies_is_not_complete() -> None:
    points = [point(f"2021-0{month}", None, "not_applicable") for month in (1, 2, 3)]
    (quarter,) = roll_up(points, Frequency.QUARTER, "sum", PLAIN, Frequency.MONTH)
    assert (quarter.value, quarter.expected, quarter.is_complete) == (None, 0, False)


@pytest.mark.parametrize(("month", "weeks"), [("2020-12", 5), ("2021-01", 4), ("2021-02", 4), ("2021-04", 5)])
def test_a_month_expects_the_weeks_whose_thursday_it_holds(month: str, weeks: int) -> None:
    period = parse_period(month)
    points = [
        Point(week.start, week.end, 1.0)
        for week in periods_between(period.start, period.end, Frequency.WEEK)
        if period.start <= week.start + 72 < period.end
    ]
    (rolled,) = roll_up(points, Frequency.MONTH, "sum", PLAIN, Frequency.WEEK)
    assert (rolled.value, rolled.expected, rolled.is_complete) == (weeks, weeks, True)


def test_weeks_of_one_week_expect_one() -> None:
    (rolled,) = roll_up([point("2021-W07", 2.0)], Frequency.WEEK, "sum", PLAIN, Frequency.WEEK)
    assert (rolled.count, rolled.expected, rolled.is_complete) == (1, 1, True)


def test_several_points_of_one_hour_are_aggregated_and_count_once() -> None:
    points = [point("2021-03-14T13:00", value) for value in (1.0, 2.0, 3.0)]
    (day,) = roll_up(points, Frequency.DAY, "sum", PLAIN, Frequency.HOUR)
    assert (day.value, day.count, day.expected, day.is_complete) == (6.0, 1, 24, False)


def test_the_last_value_is_the_last_in_time_not_in_the_list() -> None:
    points = [point("2021-03", 3.0), point("2021-01", 1.0), point("2021-02", None)]
    (quarter,) = roll_up(points, Frequency.QUARTER, "last", PLAIN, Frequency.MONTH)
    assert quarter.value == 3.0


@given(
    st.dictionaries(st.integers(0, 800), st.none() | numbers, min_size=1, max_size=60),
    st.sampled_from(RULES),
    st.sampled_from([Frequency.WEEK, Frequency.MONTH, Frequency.QUARTER, Frequency.YEAR]),
    st.integers(1, 12),
    st.randoms(),
)
def test_the_order_of_points_changes_nothing(
    values: dict[int, float | None], rule: str, coarse: Frequency, start_month: int, random: object
) -> None:
    first = period_of(date(2020, 1, 1), Frequency.DAY)
    days = {step: shift(first, step) for step in values}
    points = [Point(days[step].start, days[step].end, value) for step, value in values.items()]
    rolled = roll_up(points, coarse, rule, Calendar(start_month), Frequency.DAY)
    random.shuffle(points)  # type: ignore[attr-defined]
    assert roll_up(points, coarse, rule, Calendar(start_month), Frequency.DAY) == rolled
    assert sum(item.count for item in rolled) == sum(value is not None for value in values.values())
    assert all(item.count <= item.expected for item in rolled)


def test_sums_over_all_quarters_are_the_sum_over_the_year() -> None:
    year = parse_period("2023")
    points = [
        Point(day.start, day.end, float(index % 7))
        for index, day in enumerate(periods_between(year.start, year.end, Frequency.DAY))
    ]
    quarters = roll_up(points, Frequency.QUARTER, "sum", PLAIN, Frequency.DAY)
    (whole,) = roll_up(points, Frequency.YEAR, "sum", PLAIN, Frequency.DAY)
    assert [quarter.expected for quarter in quarters] == [90, 91, 92, 92]
    assert all(quarter.is_complete for quarter in quarters)
    assert sum(quarter.value or 0 for quarter in quarters) == whole.value


def test_ratios_are_not_rolled_up_from_finished_shares() -> None:
    with pytest.raises(RatioNeedsParts):
        roll_up([point("2021-01", 50.0)], Frequency.QUARTER, "ratio", PLAIN, Frequency.MONTH)


@pytest.mark.parametrize("rule", ["sum", "mean"])
def test_overlapping_spans_are_neither_added_nor_averaged(rule: str) -> None:
    points = [point("2020-04/2021-03", 1.0), point("2020-05/2021-04", 2.0)]
    with pytest.raises(AggregationError) as caught:
        roll_up(points, Frequency.YEAR, rule, PLAIN, Frequency.MONTH, span=12)
    assert caught.value.key == "overlapping-spans"


def test_overlapping_spans_may_take_the_last() -> None:
    points = [point("2020-04/2021-03", 1.0), point("2020-05/2021-04", 2.0), point("2020-01/2020-12", 9.0)]
    rolled = roll_up(points, Frequency.YEAR, "last", PLAIN, Frequency.MONTH, span=12)
    assert [(label(item.period), item.value) for item in rolled] == [("2020", 9.0), ("2021", 2.0)]


@pytest.mark.parametrize(
    ("fine", "coarse", "key"),
    [("2021-01", Frequency.DAY, "too-coarse"), ("2021-Q1", Frequency.TERTIAL, "frequencies-cross")],
)
def test_frequencies_that_do_not_nest_are_refused(fine: str, coarse: Frequency, key: str) -> None:
    with pytest.raises(PeriodError) as caught:
        roll_up([point(fine, 1.0)], coarse, "sum", PLAIN, parse_period(fine).frequency)
    assert caught.value.key == key


def test_no_points_roll_up_to_nothing() -> None:
    assert roll_up([], Frequency.YEAR, "sum", PLAIN, Frequency.MONTH) == []
