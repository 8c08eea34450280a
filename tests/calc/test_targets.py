import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.periods import Calendar, Frequency, PeriodError, parse_period
from sextant.calc.status import (
    DirectionError,
    TargetRow,
    TargetValues,
    check_target_values,
    explain_target,
    kpi_status,
    target_for,
)

NAN = float("nan")


def named(text, target):
    return TargetRow(TargetValues(target=target), period=parse_period(text))


def since(text, target, **more):
    return TargetRow(TargetValues(target=target, **more), valid_from=parse_period(text).start)


def aim(text, target):
    return TargetRow(TargetValues(target=target), aim_by=parse_period(text))


def chosen(text, rows, **options):
    values = target_for(parse_period(text), rows, **options)
    return None if values is None else values.target


def test_the_newest_row_that_holds_from_the_start_of_the_period_judges_it():
    rows = [since("2026-06", 30), since("2026-01", 10), since("2026-03", 20)]
    assert chosen("2025-12", rows) is None
    assert chosen("2026-01", rows) == 10
    assert chosen("2026-02", rows) == 10
    assert chosen("2026-03", rows) == 20
    assert chosen("2027-01", rows) == 30


def test_a_row_that_begins_within_the_period_does_not_judge_it():
    assert chosen("2026-Q1", [since("2026-02", 10)]) is None


def test_a_row_without_a_date_holds_always():
    rows = [TargetRow(TargetValues(target=1)), since("2026-03", 2)]
    assert chosen("1990-01", rows) == 1
    assert chosen("2026-03", rows) == 2


def test_of_two_rows_from_one_date_the_later_row_counts():
    assert chosen("2026-01", [since("2026-01", 1), since("2026-01", 2)]) == 2
    assert chosen("2026-01", [named("2026-01", 1), named("2026-01", 2)]) == 2


def test_a_row_that_names_the_period_wins_over_a_newer_date():
    rows = [named("2026-03", 5), since("2026-03", 10)]
    assert chosen("2026-03", rows) == 5
    assert chosen("2026-04", rows) == 10


def test_an_empty_row_ends_a_target():
    rows = [since("2026-01", 10), since("2026-06", None)]
    assert chosen("2026-07", rows) is None
    assert kpi_status(5, target_for(parse_period("2026-07"), rows), "up") == "no_target"


def test_an_aim_judges_nothing_before_its_date():
    rows = [aim("2030", 7.25)]
    assert chosen("2029", rows) is None
    assert chosen("2030-11", rows) is None
    assert chosen("2030-12", rows) == 7.25
    assert chosen("2030", rows) == 7.25
    assert chosen("2031", rows) == 7.25


def test_an_aim_that_is_reached_follows_older_rows_and_yields_to_newer_ones():
    rows = [aim("2030", 7), since("2020", 10), since("2032", 5)]
    assert chosen("2029", rows) == 10
    assert chosen("2030", rows) == 7
    assert chosen("2032", rows) == 5


def test_monthly_targets_of_a_sum_add_up_in_the_quarter():
    rows = [named("2026-01", 10), named("2026-02", 20), named("2026-03", 30)]
    assert chosen("2026-Q1", rows, aggregation="sum") == 60


def test_a_standing_monthly_target_of_a_sum_counts_three_times_in_the_quarter():
    rows = [since("2026-01", 10, red_flag=8), since("2026-03", 20)]
    values = target_for(parse_period("2026-Q1"), rows, aggregation="sum", native=Frequency.MONTH)
    assert values == TargetValues(target=40)  # the red flag is not known for every month


def test_other_aggregations_take_the_target_of_the_last_month():
    rows = [named("2026-01", 10), named("2026-02", 20), named("2026-03", 30)]
    for rule in ("last", "mean", "ratio", "min", "max"):
        assert chosen("2026-Q1", rows, aggregation=rule) == 30
    assert chosen("2026-Q1", rows[:2], aggregation="last") is None


def test_a_sum_with_a_month_lacking_its_target_has_none():
    rows = [named("2026-01", 10), named("2026-03", 30)]
    assert chosen("2026-Q1", rows, aggregation="sum") is None
    assert chosen("2026-Q2", rows, aggregation="sum") is None


def test_a_row_that_names_the_coarser_period_wins_over_the_sum():
    rows = [named("2026-01", 10), named("2026-02", 20), named("2026-03", 30), named("2026-Q1", 99)]
    assert chosen("2026-Q1", rows, aggregation="sum") == 99


def test_weeks_belong_to_the_month_that_holds_their_thursday():
    rows = [since("2020", 1)]
    assert chosen("2026-01", rows, aggregation="sum", native=Frequency.WEEK) == 5  # Thursdays 1 8 15 22 29
    assert chosen("2026-02", rows, aggregation="sum", native=Frequency.WEEK) == 4


def test_quarters_add_up_in_a_fiscal_year():
    calendar = Calendar(year_start_month=4)
    year = parse_period("FY2026", calendar=calendar)
    values = target_for(year, [since("2020", 5)], calendar, "sum", Frequency.QUARTER)
    assert values is not None
    assert values.target == 20


def test_rolling_spans_and_finer_periods_are_judged_by_their_own_target():
    rows = [since("2000", 10)]
    assert chosen("2005/2007", rows, aggregation="sum", native=Frequency.YEAR) == 10
    assert chosen("2026-01", rows, aggregation="sum", native=Frequency.QUARTER) == 10


def test_periods_that_cross_each_other_are_refused():
    with pytest.raises(PeriodError):
        chosen("2026-T1", [since("2000", 10)], aggregation="sum", native=Frequency.QUARTER)


@pytest.mark.parametrize(
    ("text", "rows", "aggregation", "rule"),
    [
        ("2026-03", [named("2026-03", 1)], "last", "target-names-the-period"),
        ("2026-03", [since("2026-01", 1)], "last", "target-holds-from"),
        ("2031", [aim("2030", 1)], "last", "target-aim-reached"),
        ("2026-Q1", [named("2026-03", 1)], "last", "target-of-last-period"),
        ("2026-Q1", [named("2026-01", 1), named("2026-02", 1), named("2026-03", 1)], "sum", "targets-add-up"),
        ("2026-Q1", [named("2026-03", 1)], "sum", "target-incomplete"),
        ("2026-03", [], "sum", "target-missing"),
        ("2026-Q1", [named("2026-01", 1)], "last", "target-missing"),
        ("2026-Q2", [named("2026-01", 1)], "sum", "target-missing"),
    ],
)
def test_the_choice_of_a_target_explains_itself(text, rows, aggregation, rule):
    period = parse_period(text)
    why = explain_target(period, rows, aggregation=aggregation)
    assert why.rule == rule
    assert why.inputs["result"] == target_for(period, rows, aggregation=aggregation)
    assert why.inputs["period_start"] == period.start
    assert why.formula
    assert why.source == "method#targets"


def test_the_rows_that_decided_are_named_once():
    rows = [since("2026-01", 10), since("2026-03", 20), since("2030", 1)]
    why = explain_target(parse_period("2026-Q1"), rows, aggregation="sum", native=Frequency.MONTH)
    assert why.inputs["rows"] == (rows[0], rows[1])


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        (TargetValues(), "up"),
        (TargetValues(), "within"),
        (TargetValues(target=90), "up"),
        (TargetValues(target=90, red_flag=80, stretch=95), "up"),
        (TargetValues(target=10, red_flag=12, stretch=8), "down"),
        (TargetValues(low=1, high=2, red_low=0, red_high=3), "within"),
        (TargetValues(low=1, high=1), "within"),
        (TargetValues(low=1, red_low=0), "within"),
        (TargetValues(high=1), "within"),
    ],
)
def test_sensible_targets_are_accepted(values, direction):
    assert check_target_values(values, direction) == []


@pytest.mark.parametrize(
    ("values", "direction", "faults"),
    [
        (TargetValues(target=90, red_flag=95), "up", [("red-flag-on-wrong-side", "red_flag")]),
        (TargetValues(target=90, red_flag=90), "up", [("red-flag-on-wrong-side", "red_flag")]),
        (TargetValues(target=10, red_flag=9), "down", [("red-flag-on-wrong-side", "red_flag")]),
        (TargetValues(target=90, stretch=90), "up", [("stretch-on-wrong-side", "stretch")]),
        (TargetValues(target=10, stretch=11), "down", [("stretch-on-wrong-side", "stretch")]),
        (TargetValues(red_flag=9), "down", [("target-missing", "target")]),
        (TargetValues(stretch=9), "up", [("target-missing", "target")]),
        (TargetValues(target=1, low=0), "up", [("band-without-within", "low")]),
        (TargetValues(target=1, red_high=9), "down", [("band-without-within", "red_high")]),
        (TargetValues(target=1), "within", [("line-with-within", "target")]),
        (TargetValues(stretch=1, low=2), "within", [("line-with-within", "stretch")]),
        (TargetValues(low=3, high=2), "within", [("band-upside-down", "low")]),
        (TargetValues(low=3, red_low=3), "within", [("red-flag-on-wrong-side", "red_low")]),
        (TargetValues(high=3, red_high=2), "within", [("red-flag-on-wrong-side", "red_high")]),
        (TargetValues(high=3, red_low=2), "within", [("band-bound-missing", "low")]),
        (TargetValues(low=3, red_high=9), "within", [("band-bound-missing", "high")]),
        (TargetValues(target=NAN), "up", [("target-not-finite", "target")]),
        (TargetValues(low=1, high=float("inf")), "within", [("target-not-finite", "high")]),
    ],
)
def test_targets_that_make_no_sense_are_refused_with_the_field_named(values, direction, faults):
    found = check_target_values(values, direction)
    assert [(key, field) for key, _, field in found] == faults
    assert all(message.endswith(".") for _, message, _ in found)


def test_an_unknown_direction_is_refused():
    with pytest.raises(DirectionError):
        check_target_values(TargetValues(target=1), "sideways")


figures = st.none() | st.integers(-20, 20)


@given(figures, figures, figures)
def test_targets_up_are_checked_as_targets_down_upside_down(target, red_flag, stretch):
    def turned(figure):
        return None if figure is None else -figure

    up = check_target_values(TargetValues(target=target, red_flag=red_flag, stretch=stretch), "up")
    mirrored = TargetValues(target=turned(target), red_flag=turned(red_flag), stretch=turned(stretch))
    down = check_target_values(mirrored, "down")
    assert [(key, field) for key, _, field in up] == [(key, field) for key, _, field in down]


@given(st.permutations(range(6)), st.integers(0, 40))
def test_the_order_of_rows_with_different_dates_does_not_matter(order, month):
    texts = ["2025-01", "2025-06", "2026-01", "2026-07", "2027-02", "2028-01"]
    rows = [since(texts[index], index) for index in order]
    period = parse_period(f"{2025 + month // 12}-{month % 12 + 1:02}")
    expected = [index for index, text in enumerate(texts) if parse_period(text).start <= period.start]
    assert target_for(period, rows) == TargetValues(target=expected[-1])
