"""Periods as people write them: what is read, what is kept apart, and what is refused with a proposal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.period_words import CODES, MONTH_WORDS
from sextant.calc.periods import (
    Calendar,
    Frequency,
    Period,
    hour_of,
    label,
    parse_period,
    period_of,
    read_period,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-03-14", "2021-03-14"),
        ("2021/03/14", "2021-03-14"),
        ("2021 3 14", "2021-03-14"),
        ("20210314", "2021-03-14"),
        ("20210314.0", "2021-03-14"),
        ("20 Jun 2021", "2021-06-20"),
        ("20jun2021", "2021-06-20"),
        ("20-Jun-21", "2021-06-20"),
        ("20-Jun-99", "1999-06-20"),
        ("Jun 20, 2021", "2021-06-20"),
        ("June 20th 2021", "2021-06-20"),
        ("20th of June 2021", "2021-06-20"),
        ("2021 Jun 20", "2021-06-20"),
        ("Sun, 20 June 2021", "2021-06-20"),
        ("13/04/2021", "2021-04-13"),
        ("04/13/2021", "2021-04-13"),
        ("03/03/2021", "2021-03-03"),
        ("3.4.2021", "2021-04-03"),
        ("3. 4. 2021", "2021-04-03"),
        ("31/12/99", "1999-12-31"),
        ("2026-W11-3", "2026-03-11"),
        ("1er février 2021", "2021-02-01"),
        ("1. März 2021", "2021-03-01"),
        ("1 de marzo de 2021", "2021-03-01"),
        ("1º de março de 2021", "2021-03-01"),
        ("1 stycznia 2021 r.", "2021-01-01"),
        ("Mar 2022", "2022-03"),
        ("March-22", "2022-03"),
        ("Mar'22", "2022-03"),
        ("2022 Mar", "2022-03"),
        ("1993 01", "1993-01"),
        ("199301", "1993-01"),
        ("199301.0", "1993-01"),
        ("2022M03", "2022-03"),
        ("2022-M3", "2022-03"),
        ("M03 2022", "2022-03"),
        ("2022.03", "2022-03"),
        ("2021/03", "2021-03"),
        ("03/2021", "2021-03"),
        ("2022_03", "2022-03"),
        ("2011-12", "2011-12"),
        ("2005-07", "2005-07"),
        ("2015 Q4", "2015-Q4"),
        ("2015Q4", "2015-Q4"),
        ("2015-Q4", "2015-Q4"),
        ("Q4 2015", "2015-Q4"),
        ("Q42015", "2015-Q4"),
        ("Q4-15", "2015-Q4"),
        ("4Q15", "2015-Q4"),
        ("15Q4", "2015-Q4"),
        ("2015 4th quarter", "2015-Q4"),
        ("fourth quarter of 2015", "2015-Q4"),
        ("4. Quartal 2015", "2015-Q4"),
        ("4e trimestre 2015", "2015-Q4"),
        ("IV kwartał 2015", "2015-Q4"),
        ("2015/16 Q4", "2015-Q4"),
        ("Q4 2015/2016", "2015-Q4"),
        ("FY 2022 Q1", "2022-Q1"),
        ("FY22Q1", "2022-Q1"),
        ("Q1FY22", "2022-Q1"),
        ("2026-H1", "2026-H1"),
        ("H1 2026", "2026-H1"),
        ("S1 2026", "2026-H1"),
        ("1. Halbjahr 2026", "2026-H1"),
        ("second half-year 2026", "2026-H2"),
        ("2026-T2", "2026-T2"),
        ("2026-W11", "2026-W11"),
        ("2026W11", "2026-W11"),
        ("W11 2026", "2026-W11"),
        ("week 11 2026", "2026-W11"),
        ("KW 11/2026", "2026-W11"),
        ("semaine 11 2026", "2026-W11"),
        ("2022-W3", "2022-W03"),
        ("2019", "2019"),
        ("2019.0", "2019"),
        ("2021/22", "2021"),
        ("2017-18", "2017"),
        ("2014/2015", "2014"),
        ("2014-2015", "2014"),
        ("2017 to 2018", "2017"),
        ("1999-00", "1999"),
        ("1999/2000", "1999"),
        ("21/22", "2021"),
        ("FY2017", "2017"),
        ("FY17", "2017"),
        ("FY 17", "2017"),
        ("FY2017-18", "2017"),
        ("fiscal year 2017", "2017"),
        ("school year 2021/22", "2021"),
        ("Schuljahr 2021/22", "2021"),
        ("année scolaire 2021-2022", "2021"),
        ("rok szkolny 2021/2022", "2021"),
        ("CY2017", "2017"),
        ("2005-2007", "2005/2007"),
        ("2016-2018", "2016/2018"),
        ("2005/2007", "2005/2007"),
        ("2005 to 2007", "2005/2007"),
        ("Jan-Mar 2020", "2020-Q1"),
        ("2020 Jan-Mar", "2020-Q1"),
        ("April to June 2021", "2021-Q2"),
        ("Feb-Apr 2021", "2021-02/2021-04"),
        ("Jan-Dec 2021", "2021"),
        ("Mar-Mar 2021", "2021-03"),
        ("Nov 2020 - Jan 2021", "2020-11/2021-01"),
        ("Q1-Q2 2020", "2020-Q1/2020-Q2"),
        ("Q1 2020 to Q4 2020", "2020-Q1/2020-Q4"),
        ("2020-01-2020-05", "2020-01/2020-05"),
        ("1 Jan 2020 to 31 Jan 2020", "2020-01"),
        ("14 Jun 2021 - 20 Jun 2021", "2021-W24"),
        ("1-7 March 2021", "2021-W09"),
        ("2020-01-01/2020-01-31", "2020-01-01/2020-01-31"),
        ("2020/21 to 2022/23", "2020/2022"),
        ("year ending March 2021", "2020-04/2021-03"),
        ("year ended 31 March 2021", "2020-04/2021-03"),
        ("year to March 2021", "2020-04/2021-03"),
        ("Rolling 12 months to Mar 2021", "2020-04/2021-03"),
        ("12 months ending March 2021", "2020-04/2021-03"),
        ("12 m/e Mar 2021", "2020-04/2021-03"),
        ("LTM Mar 2021", "2020-04/2021-03"),
        ("R3 Mar 2021", "2021-01/2021-03"),
        ("rolling 4 quarters to Q1 2021", "2020-Q2/2021-Q1"),
        ("year to Q1 2021", "2020-Q2/2021-Q1"),
        ("3 years to 2007", "2005/2007"),
        ("28 days to 28 Feb 2021", "2021-02-01/2021-02-28"),
        ("quarter ending June 2021", "2021-Q2"),
        ("quarter ending May 2021", "2021-03/2021-05"),
        ("week ending 20 Jun 2021", "2021-W24"),
        ("w/e 19 Jun 2021", "2021-06-13/2021-06-19"),
        ("w/c 14 Jun 2021", "2021-W24"),
        ("week commencing 13 Jun 2021", "2021-06-13/2021-06-19"),
        ("2022-03-01 00:00:00", "2022-03-01"),
        ("2022-03-01T00:00:00Z", "2022-03-01"),
        ("2022-03-01T00:00", "2022-03-01T00:00"),
        ("2022-03-01 00:04:00", "2022-03-01T00:00"),
        ("2014-07-01 13:00", "2014-07-01T13:00"),
        ("2014-07-01 13:55:01", "2014-07-01T13:00"),
        ("2014-07-01 13:55:01.123456", "2014-07-01T13:00"),
        ("2014-07-01T13", "2014-07-01T13:00"),
        ("2014-07-01T13:25Z", "2014-07-01T13:00"),
        ("2014-07-01T13:25+02:00", "2014-07-01T11:00"),
        ("2014-07-01T13:25-0330", "2014-07-01T16:00"),
        ("2014-07-01T13:25+02", "2014-07-01T11:00"),
        ("1 July 2014 1:30 pm", "2014-07-01T13:00"),
        ("1 July 2014 12:30 a.m.", "2014-07-01T00:00"),
        ("1 juillet 2014 13h30", "2014-07-01T13:00"),
        ("  2019  ", "2019"),
        ("\u00a02019\u202f", "2019"),
        ("20\u00a0Jun\u00a02021", "2021-06-20"),
        ("\ufeff2019", "2019"),
        ("2017–18", "2017"),
        ("２０１９", "2019"),
    ],
)
def test_a_period_is_read_however_it_is_written(text: str, expected: str) -> None:
    assert label(parse_period(text)) == expected


@pytest.mark.parametrize(("number", "words"), list(enumerate(MONTH_WORDS, start=1)))
def test_months_are_read_as_words_in_nine_languages(number: int, words: str) -> None:
    for word in words.split():
        for text in (f"{word} 2021", f"{word.capitalize()}. 2021", f"{word.upper()}-21", f"2021 {word}"):
            assert label(parse_period(text)) == f"2021-{number:02d}", text


@pytest.mark.parametrize(
    ("text", "month"),
    [("février", 2), ("août", 8), ("déc.", 12), ("März", 3), ("Jänner", 1), ("março", 3), ("październik", 10)],
)
def test_months_are_read_with_their_accents(text: str, month: int) -> None:
    assert label(parse_period(f"{text} 2021")) == f"2021-{month:02d}"


@pytest.mark.parametrize(
    ("text", "expected", "mark"),
    [
        ("2019*", "2019", "*"),
        ("2019 **", "2019", "**"),
        ("2020p", "2020", "p"),
        ("2019r", "2019", "r"),
        ("2020 P", "2020", "P"),
        ("2021 (provisional)", "2021", "provisional"),
        ("2021 [2]", "2021", "2"),
        ("2021 (1)", "2021", "1"),
        ("2021¹", "2021", "¹"),
        ("2025 forecast", "2025", "forecast"),
        ("2021 est.", "2021", "est."),
        ("2021/22*", "2021", "*"),
        ("2021 Q1 (p)", "2021-Q1", "p"),
        ("Mar 2021†", "2021-03", "†"),
        ("*2019", "2019", "*"),
        ("c. 2019", "2019", "c."),
        ("2019p*", "2019", "p *"),
        ("2021 (vorläufig)", "2021", "vorläufig"),
        ("2019", "2019", ""),
        ("Jan 2021", "2021-01", ""),
    ],
)
def test_a_mark_beside_the_period_is_kept_apart(text: str, expected: str, mark: str) -> None:
    reading = read_period(text)
    assert label(reading.period) == expected
    assert reading.qualifier == mark


@pytest.mark.parametrize(
    ("text", "frequency", "expected"),
    [
        ("2022-03-14", Frequency.MONTH, "2022-03"),
        ("2022-03-14", Frequency.WEEK, "2022-W11"),
        ("Mar 2022", Frequency.QUARTER, "2022-Q1"),
        ("2020-W53", Frequency.YEAR, "2020"),
        ("2011-12", Frequency.YEAR, "2011"),
        ("2011/12", Frequency.MONTH, "2011-12"),
        ("2005/07", Frequency.MONTH, "2005-07"),
        ("2005-07", Frequency.YEAR, "2005/2007"),
        ("2016-18", Frequency.YEAR, "2016/2018"),
        ("11/12", Frequency.YEAR, "2011"),
        ("T1 2022", Frequency.QUARTER, "2022-Q1"),
        ("T4 2022", Frequency.QUARTER, "2022-Q4"),
        ("S11 2022", Frequency.WEEK, "2022-W11"),
        ("2022-03-01 00:00:00", Frequency.HOUR, "2022-03-01T00:00"),
        ("2022-03-01 13:30", Frequency.DAY, "2022-03-01"),
        ("2022-03-01T23:30-05:00", Frequency.DAY, "2022-03-01"),
        ("2022-03-01T23:30-05:00", Frequency.HOUR, "2022-03-02T04:00"),
        ("w/e 19 Jun 2021", Frequency.WEEK, "2021-W24"),
        ("year ending Dec 2021", Frequency.YEAR, "2021"),
        ("Feb-Apr 2021", Frequency.YEAR, "2021"),
        ("2021-Q2", Frequency.QUARTER, "2021-Q2"),
    ],
)
def test_a_wished_frequency_places_the_text(text: str, frequency: Frequency, expected: str) -> None:
    assert label(parse_period(text, frequency=frequency)) == expected


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("03/04/2021", True, "2021-04-03"),
        ("03/04/2021", False, "2021-03-04"),
        ("03/04/21", True, "2021-04-03"),
        ("03/04/21", False, "2021-03-04"),
        ("25/04/21", True, "2021-04-25"),
        ("3.4.2021", False, "2021-03-04"),
        ("03/04/2021 13:30", True, "2021-04-03T13:00"),
    ],
)
def test_evidence_decides_which_number_is_the_day(text: str, day_first: bool, expected: str) -> None:
    assert label(parse_period(text, day_first=day_first)) == expected


def test_a_calendar_year_stays_one_where_years_begin_in_april() -> None:
    period = parse_period("CY2021", calendar=Calendar(4))
    expected = Period(hour_of(date(2021, 1, 1)), hour_of(date(2022, 1, 1)), Frequency.MONTH, 12)
    assert period == expected


def test_no_word_means_two_things() -> None:
    months = [word for words in MONTH_WORDS for word in words.split()]
    assert len(months) == len(set(months))
    assert all(CODES[word].startswith("@") for word in months)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_iso_date_is_its_day(day: date) -> None:
    assert parse_period(day.isoformat()) == period_of(day, Frequency.DAY)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)), st.booleans())
def test_numeric_dates_agree_with_iso_once_the_order_is_known(day: date, day_first: bool) -> None:
    text = f"{day:%d/%m/%Y}" if day_first else f"{day:%m/%d/%Y}"
    assert parse_period(text, day_first=day_first) == period_of(day, Frequency.DAY)
