from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.periods import Calendar, Frequency, hour_of, parse_period
from sextant.calc.status import explain_freshness, freshness, next_due

at = datetime.fromisoformat


def verdict(latest, now, frequency, grace=0, calendar=Calendar()):
    end = parse_period(latest, calendar=calendar).end
    return freshness(end, hour_of(now), frequency, grace, calendar)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (at("2026-02-10"), "fresh"),
        (at("2026-02-28T23:00"), "fresh"),
        (at("2026-03-01"), "due"),
        (at("2026-03-06"), "due"),
        (at("2026-03-06T01:00"), "stale"),
        (at("2029-01-01"), "stale"),
    ],
)
def test_the_february_value_is_due_in_march_and_stale_after_its_grace_days(now, answer):
    assert verdict("2026-01", now, Frequency.MONTH, grace=5) == answer


@pytest.mark.parametrize(
    ("latest", "frequency", "due"),
    [
        ("2026-03-14T13:00", Frequency.HOUR, at("2026-03-14T15:00")),
        ("2026-03-14", Frequency.DAY, at("2026-03-16")),
        ("2026-W11", Frequency.WEEK, at("2026-03-23")),
        ("2026-Q1", Frequency.QUARTER, at("2026-07-01")),
        ("2026-T1", Frequency.TERTIAL, at("2026-09-01")),
        ("2026-H1", Frequency.HALF, at("2027-01-01")),
        ("2025", Frequency.YEAR, at("2027-01-01")),
        ("2005/2007", Frequency.YEAR, at("2009-01-01")),
    ],
)
def test_the_next_value_is_due_when_its_period_has_ended(latest, frequency, due):
    assert next_due(parse_period(latest).end, frequency) == hour_of(due)


def test_fiscal_years_and_calendar_years_keep_their_own_rhythm():
    fiscal = Calendar(year_start_month=4)
    assert next_due(parse_period("2025-03").end, Frequency.YEAR, fiscal) == hour_of(at("2026-04-01"))
    assert next_due(parse_period("2025-12").end, Frequency.YEAR, fiscal) == hour_of(at("2027-01-01"))


def test_a_value_that_ends_within_a_period_is_followed_by_that_period():
    assert next_due(hour_of(at("2026-03-10")), Frequency.QUARTER) == hour_of(at("2026-04-01"))


def test_without_any_value_it_was_never_fresh():
    assert freshness(None, 0, Frequency.MONTH, 5) == "never"


def test_freshness_explains_itself():
    end = parse_period("2026-01").end
    why = explain_freshness(end, hour_of(at("2026-04-01")), Frequency.MONTH, 5)
    assert why.rule == "freshness-stale"
    assert why.inputs["next_due"] == hour_of(at("2026-03-01"))
    assert why.inputs["grace_days"] == 5
    assert why.inputs["result"] == "stale"
    assert explain_freshness(None, 0, Frequency.MONTH, 5).inputs["next_due"] is None


@given(
    st.integers(-400_000, 800_000),
    st.integers(0, 50_000),
    st.integers(0, 5_000),
    st.sampled_from(list(Frequency)),
    st.integers(0, 60),
)
def test_data_never_become_fresher_by_waiting(end, wait, more, frequency, grace):
    ages = ["fresh", "due", "stale"]
    now = end + wait
    earlier = ages.index(freshness(end, now, frequency, grace))
    assert earlier <= ages.index(freshness(end, now + more, frequency, grace))
    assert ages.index(freshness(end, now, frequency, grace + 1)) <= earlier
