"""Texts that are no period: they are refused with a reason and, where there is one, a proposal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.periods import (
    Frequency,
    Period,
    PeriodError,
    label,
    parse_period,
    read_period,
)


@pytest.mark.parametrize("text", ["2019*", "2020p", "2021 (provisional)", "2021¹", "*2019", "2019p*"])
def test_the_strict_parser_refuses_a_marked_period(text: str) -> None:
    with pytest.raises(PeriodError) as caught:
        parse_period(text)
    assert caught.value.key == "qualified-period"


@pytest.mark.parametrize(
    ("text", "key"),
    [("31 Feb 2021*", "no-such-date"), ("03/04/2021 (p)", "ambiguous-date"), ("9999p", "year-out-of-range")],
)
def test_a_mark_does_not_hide_what_is_wrong_with_the_period(text: str, key: str) -> None:
    with pytest.raises(PeriodError) as caught:
        read_period(text)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("31 Febuary 2021", "unreadable-period", ""),
        ("", "empty-period", ""),
        (" \u00a0 ", "empty-period", ""),
        ("Febuary 2021", "misspelt-period", "“February 2021”"),
        ("20 Jnu 2021", "misspelt-period", "“20 Jun 2021”"),
        ("2O21", "misspelt-period", "“2021”"),
        ("2O21*", "misspelt-period", "“2021*”"),
        ("l3 Mar 2021", "misspelt-period", "13 mar 2021"),
        ("2021-13", "no-such-month", "“2021-12”"),
        ("2021 13", "no-such-month", "“2021-12”"),
        ("2021-00", "no-such-month", ""),
        ("2021 14", "no-such-month", "01 to 12"),
        ("14/2021", "no-such-month", ""),
        ("2016-18", "no-such-month", "2016-2018"),
        ("31 Feb 2021", "no-such-date", "“28 Feb 2021”"),
        ("2021-02-30", "no-such-date", "28 days"),
        ("2021-02-00", "no-such-date", ""),
        ("2021-13-01", "no-such-date", "month 13"),
        ("99/99/2021", "no-such-date", ""),
        ("03/04/2021", "ambiguous-date", "2021-03-04 or 2021-04-03"),
        ("03/04/21", "ambiguous-date", "2003-04-21"),
        ("25/04/21", "ambiguous-date", "2025-04-21"),
        ("2005/07", "ambiguous-period", "2005 to 2007"),
        ("Nov-Jan 2021", "ambiguous-period", "year of both"),
        ("2007-2005", "reversed-period", ""),
        ("Mar 2021 to Jan 2021", "reversed-period", ""),
        ("0999", "year-out-of-range", "1000 to 2999"),
        ("0999-01-01", "year-out-of-range", "1000 to 2999"),
        ("3000-01-01", "year-out-of-range", "1000 to 2999"),
        ("3000-01-01 13:00", "year-out-of-range", "1000 to 2999"),
        ("3000", "year-out-of-range", "1000 to 2999"),
        ("Mar 9999", "year-out-of-range", "1000 to 2999"),
        ("Q5 2021", "no-such-quarter", "a year has 4"),
        ("T4 2021", "no-such-tertial", "Q4"),
        ("H3 2021", "no-such-half", "a year has 2"),
        ("FY2022 P13", "no-such-period", "a year has 12"),
        ("2021-W53", "no-such-week", "1 to 52"),
        ("S11 2021", "unreadable-period", "W"),
        ("2021/23 Q1", "years-not-consecutive", ""),
        ("March", "no-year", "Mar 2021"),
        ("22-Mar", "no-year", "Mar 2021"),
        ("Mon 20 Jun 2021", "weekday-mismatch", "Sunday"),
        ("2021-03-14 25:00", "no-such-time", ""),
        ("2021-03-14 24:00", "no-such-time", "next day"),
        ("2021-03-14 13:00 pm", "no-such-time", "1 to 12"),
        ("2021-03-14T13:00+25:00", "no-such-time", "time zone"),
        ("Mar 2021 to Q2 2021", "unreadable-period", "different kinds"),
        ("3 years to March 14 2021", "unreadable-period", "does not end"),
        ("Year ending 2005-2007", "unreadable-period", "does not end"),
        ("week ending March 2021", "unreadable-period", "does not end"),
        ("٢٠٢١", "unsupported-digits", "0 to 9"),
        ("Total", "unreadable-period", "2026-Q1"),
        ("hello", "unreadable-period", ""),
        ("12345", "unreadable-period", ""),
        ("1,234", "unreadable-period", ""),
        ("12.5", "unreadable-period", ""),
        ("11/12", "unreadable-period", ""),
        ("2021 (Q1)", "unreadable-period", ""),
        ("2021 (12 months)", "unreadable-period", ""),
        ("FY2022-M03", "unreadable-period", ""),
        ("FY2022-W03", "unreadable-period", ""),
        ("2021/22 M03", "unreadable-period", ""),
        ("2022 P03", "unreadable-period", ""),
        ("FY21/23", "unreadable-period", ""),
        ("year to date", "unreadable-period", ""),
        ("last 12 months", "unreadable-period", ""),
        ("week commencing soon", "unreadable-period", ""),
        ("20of21", "unreadable-period", ""),
        ("S1221first", "unreadable-period", ""),
        ("11:30", "unreadable-period", ""),
        ("room 3:30", "unreadable-period", ""),
        ("Monday", "unreadable-period", ""),
        ("2021 13h-week", "unreadable-period", ""),
        ("x" * 5000, "unreadable-period", "too long"),
        ("-" * 90, "unreadable-period", ""),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, key: str, said: str) -> None:
    with pytest.raises(PeriodError) as caught:
        parse_period(text)
    assert caught.value.key == key
    assert said in str(caught.value)
    with pytest.raises(PeriodError) as again:
        read_period(text)
    assert again.value.key == key


@pytest.mark.parametrize(
    ("text", "frequency", "key"),
    [
        ("2021", Frequency.MONTH, "too-coarse"),
        ("2022-03-01", Frequency.HOUR, "too-coarse"),
        ("year ending Mar 2021", Frequency.YEAR, "too-coarse"),
        ("2021-Q2", Frequency.TERTIAL, "frequencies-cross"),
    ],
)
def test_a_text_that_does_not_lie_in_one_wished_period_is_refused(text: str, frequency: Frequency, key: str) -> None:
    with pytest.raises(PeriodError) as caught:
        parse_period(text, frequency=frequency)
    assert caught.value.key == key


def test_a_date_against_the_evidence_is_refused() -> None:
    with pytest.raises(PeriodError) as caught:
        parse_period("13/04/2021", day_first=False)
    assert caught.value.key == "no-such-date"


def outcome(text: str) -> tuple[Period | None, str]:
    try:
        return parse_period(text), ""
    except PeriodError as error:
        return None, error.key


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_key(text: str) -> None:
    period, key = outcome(text)
    assert key if period is None else period.start < period.end


@given(st.text(alphabet="0123456789QWHTFYMS/-. :~@&Jan", max_size=16))
def test_texts_that_look_like_periods_are_read_or_refused(text: str) -> None:
    period, key = outcome(text)
    assert key if period is None else parse_period(label(period)) == period
