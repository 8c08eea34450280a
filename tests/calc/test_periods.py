"""The calendar line: grids, labels, moving, nesting and judging the frequency of a column."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.periods import (
    Calendar,
    Frequency,
    Period,
    PeriodError,
    containing,
    expected_latest,
    guess_day_first,
    guess_frequency,
    hour_of,
    is_complete,
    label,
    moment_of,
    parse_period,
    period_at,
    period_of,
    periods_between,
    shift,
    spoken,
    spoken_before,
)

APRIL = Calendar(4)
CROSSING = {(Frequency.QUARTER, Frequency.TERTIAL), (Frequency.TERTIAL, Frequency.HALF)}
frequencies = st.sampled_from(list(Frequency))
calendars = st.builds(Calendar, st.integers(1, 12), st.sampled_from(["start", "end"]))
hours = st.integers(hour_of(date(1500, 1, 1)), hour_of(date(2500, 1, 1)))
spans = st.integers(1, 14)


@st.composite
def grid_periods(draw: st.DrawFn) -> tuple[Period, Calendar]:
    calendar = draw(calendars)
    return period_at(draw(hours), draw(frequencies), calendar, draw(spans)), calendar


@given(grid_periods())
def test_a_label_reads_back_to_the_same_period(case: tuple[Period, Calendar]) -> None:
    period, calendar = case
    assert parse_period(label(period, calendar), calendar=calendar) == period


@given(grid_periods())
def test_a_label_reads_back_when_its_own_frequency_is_wished(case: tuple[Period, Calendar]) -> None:
    period, calendar = case
    wished = parse_period(label(period, calendar), calendar=calendar, frequency=period.frequency)
    assert wished == period


@given(grid_periods(), st.integers(-500, 500))
def test_moving_there_and_back_changes_nothing(case: tuple[Period, Calendar], steps: int) -> None:
    period, calendar = case
    assert shift(shift(period, steps, calendar), -steps, calendar) == period


@given(grid_periods())
def test_neighbours_of_a_single_unit_touch_and_do_not_overlap(case: tuple[Period, Calendar]) -> None:
    period, calendar = case
    unit = period_at(period.start, period.frequency, calendar)
    assert shift(unit, 1, calendar).start == unit.end
    assert shift(unit, -1, calendar).end == unit.start


@given(grid_periods())
def test_moved_periods_stay_on_the_grid(case: tuple[Period, Calendar]) -> None:
    period, calendar = case
    moved = shift(period, 3, calendar)
    assert moved == period_at(moved.start, moved.frequency, calendar, moved.span)


@given(hours, frequencies, calendars)
def test_the_period_at_an_hour_contains_the_hour(hour: int, frequency: Frequency, calendar: Calendar) -> None:
    period = period_at(hour, frequency, calendar)
    assert period.start <= hour < period.end


@given(hours, frequencies, frequencies, calendars)
def test_the_containing_period_contains(hour: int, fine: Frequency, coarse: Frequency, calendar: Calendar) -> None:
    period = period_at(hour, fine, calendar)
    if coarse.rank < fine.rank or (fine, coarse) in CROSSING:
        with pytest.raises(PeriodError):
            containing(period, coarse, calendar)
        return
    home = containing(period, coarse, calendar)
    assert home.frequency is coarse
    if fine is Frequency.WEEK and coarse is not Frequency.WEEK:
        assert home.start <= period.start + 72 < home.end
    else:
        assert home.start <= period.start
        assert period.end <= home.end


@given(hours, st.integers(1, 2000), frequencies, calendars)
def test_periods_between_cover_the_stretch_without_gaps(
    start: int, length: int, frequency: Frequency, calendar: Calendar
) -> None:
    found = periods_between(start, start + length, frequency, calendar)
    assert found[0].start <= start < found[0].end
    assert found[-1].start < start + length <= found[-1].end
    assert all(left.end == right.start for left, right in pairwise(found))


def test_no_periods_lie_in_an_empty_stretch() -> None:
    assert periods_between(10, 10, Frequency.DAY) == []


@given(st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1)), frequencies, calendars, spans)
def test_the_latest_expected_period_is_the_newest_complete_one(
    now: datetime, frequency: Frequency, calendar: Calendar, span: int
) -> None:
    latest = expected_latest(frequency, now, calendar, span)
    assert is_complete(latest, now)
    assert not is_complete(shift(latest, 1, calendar), now)
    assert latest.span == span


@given(hours)
def test_an_hour_number_is_the_hour_of_its_moment(hour: int) -> None:
    assert hour_of(moment_of(hour)) == hour


def test_moments_with_a_zone_count_in_utc_and_minutes_are_cut_off() -> None:
    paris = timezone(timedelta(hours=2))
    assert hour_of(datetime(1970, 1, 1, 5, 59, tzinfo=paris)) == 3
    assert hour_of(datetime(1970, 1, 2, tzinfo=UTC)) == 24
    assert hour_of(date(1969, 12, 31)) == -24


def test_first_and_last_day_belong_to_the_period() -> None:
    period = period_of(date(2024, 2, 10), Frequency.MONTH)
    assert (period.first_day, period.last_day) == (date(2024, 2, 1), date(2024, 2, 29))


def test_frequencies_are_ranked_from_fine_to_coarse() -> None:
    assert [frequency.rank for frequency in Frequency] == list(range(8))


@pytest.mark.parametrize(
    ("text", "calendar", "first", "last"),
    [
        ("FY2018", APRIL, date(2017, 4, 1), date(2018, 3, 31)),
        ("FY2018", Calendar(4, "start"), date(2018, 4, 1), date(2019, 3, 31)),
        ("FY2018", Calendar(), date(2018, 1, 1), date(2018, 12, 31)),
        ("2017-18", APRIL, date(2017, 4, 1), date(2018, 3, 31)),
        ("2017-18", Calendar(4, "start"), date(2017, 4, 1), date(2018, 3, 31)),
        ("2017/2018", Calendar(9), date(2017, 9, 1), date(2018, 8, 31)),
        ("FY2022 Q1", Calendar(10), date(2021, 10, 1), date(2021, 12, 31)),
        ("2018", APRIL, date(2017, 4, 1), date(2018, 3, 31)),
        ("CY2018", APRIL, date(2018, 1, 1), date(2018, 12, 31)),
        ("Q4 2021/22", APRIL, date(2022, 1, 1), date(2022, 3, 31)),
        ("FY2022-P03", APRIL, date(2021, 6, 1), date(2021, 6, 30)),
        ("2005-2007", APRIL, date(2004, 4, 1), date(2007, 3, 31)),
    ],
)
def test_years_follow_the_calendar(text: str, calendar: Calendar, first: date, last: date) -> None:
    period = parse_period(text, calendar=calendar)
    assert (period.first_day, period.last_day) == (first, last)


@pytest.mark.parametrize(
    ("text", "calendar", "canonical", "words"),
    [
        ("2026-03-14T13:00", Calendar(), "2026-03-14T13:00", "14 Mar 2026, 13:00"),
        ("14 Mar 2026", Calendar(), "2026-03-14", "14 Mar 2026"),
        ("week 11 2026", Calendar(), "2026-W11", "week 11, 2026"),
        ("March 2026", Calendar(), "2026-03", "Mar 2026"),
        ("1Q26", Calendar(), "2026-Q1", "Q1 2026"),
        ("2026 T2", Calendar(), "2026-T2", "T2 2026"),
        ("H1 2026", Calendar(), "2026-H1", "H1 2026"),
        ("2026", Calendar(), "2026", "2026"),
        ("FY22 Q1", APRIL, "FY2022-Q1", "Q1 2021-22"),
        ("2017/18", APRIL, "FY2018", "2017-18"),
        ("2005-2007", Calendar(), "2005/2007", "2005-2007"),
        ("FY2005/FY2007", APRIL, "FY2005/FY2007", "2004-05 to 2006-07"),
        ("2017..2018", Calendar(), "2017..2018", "2017-2018"),
        ("year ending March 2021", Calendar(), "2020-04/2021-03", "Apr 2020 to Mar 2021"),
    ],
)
def test_periods_have_a_canonical_label_and_words_for_people(
    text: str, calendar: Calendar, canonical: str, words: str
) -> None:
    period = parse_period(text, calendar=calendar)
    assert label(period, calendar) == canonical
    assert spoken(period, calendar) == words


def test_a_period_off_the_grid_is_named_by_the_months_or_days_it_covers() -> None:
    january_year = period_of(date(2015, 5, 5), Frequency.YEAR)
    assert label(january_year, APRIL) == "2015-01/2015-12"
    assert spoken(january_year, APRIL) == "2015-01 to 2015-12"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("week 14, 2026", "week 42, 2026", "week 14"),
        ("Oct 2025", "Jul 2026", "Oct 2025"),
        ("17 Oct 2026", "3 Nov 2026", "17 Oct"),
        ("Q1 2015-16", "Q3 2015-16", "Q1"),
        ("3 Nov 2026, 14:00", "4 Nov 2026, 14:00", "3 Nov 2026, 14:00"),
        ("2025", "2025", "2025"),
    ],
)
def test_the_first_of_two_periods_leaves_out_the_year_they_share(first: str, last: str, said: str) -> None:
    assert spoken_before(first, last) == said
    sunday_week = Period(hour_of(date(2021, 6, 13)), hour_of(date(2021, 6, 20)), Frequency.WEEK)
    assert label(sunday_week) == "2021-06-13/2021-06-19"


def test_a_period_off_the_grid_keeps_its_months_when_moved() -> None:
    january_year = period_of(date(2015, 5, 5), Frequency.YEAR)
    assert shift(january_year, 1, APRIL) == period_of(date(2016, 5, 5), Frequency.YEAR)


def test_a_month_that_begins_within_a_month_cannot_be_moved() -> None:
    broken = Period(hour_of(date(2021, 6, 13)), hour_of(date(2021, 7, 13)), Frequency.MONTH)
    with pytest.raises(PeriodError) as caught:
        shift(broken, 1)
    assert caught.value.key == "off-grid"


@pytest.mark.parametrize(
    ("frequency", "steps"), [(Frequency.YEAR, 5000), (Frequency.DAY, 10**9), (Frequency.MONTH, -99999)]
)
def test_moving_out_of_the_calendar_is_refused(frequency: Frequency, steps: int) -> None:
    with pytest.raises(PeriodError) as caught:
        shift(period_of(date(2020, 1, 1), frequency), steps)
    assert caught.value.key == "year-out-of-range"


@pytest.mark.parametrize("arguments", [(0, "end"), (13, "end"), (4, "middle")])
def test_impossible_calendars_are_refused(arguments: tuple[int, str]) -> None:
    with pytest.raises(PeriodError) as caught:
        Calendar(*arguments)
    assert caught.value.key == "bad-calendar"


def test_a_span_has_at_least_one_unit() -> None:
    with pytest.raises(PeriodError) as caught:
        period_at(0, Frequency.DAY, span=0)
    assert caught.value.key == "bad-span"


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    assert label(containing(parse_period("2020-W53"), Frequency.YEAR)) == "2020"
    assert label(containing(parse_period("2019-W01"), Frequency.MONTH)) == "2019-01"


def test_a_rolling_span_belongs_where_its_last_unit_lies() -> None:
    assert label(containing(parse_period("2020-04/2021-03"), Frequency.YEAR)) == "2021"


def test_the_running_period_is_not_complete() -> None:
    march = parse_period("2026-03")
    assert not is_complete(march, datetime(2026, 3, 31, 23, 59))
    assert is_complete(march, datetime(2026, 4, 1))


def days(*texts: str) -> list[Period]:
    return [parse_period(text) for text in texts]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2021-03-14"], (Frequency.DAY, 1)),
        (["2021-03-14", "2021-03-15", "2021-03-18"], (Frequency.DAY, 1)),
        (["2021-01-01", "2021-02-01", "2021-05-01"], (Frequency.MONTH, 1)),
        (["2021-01-31", "2021-02-28", "2021-03-31"], (Frequency.MONTH, 1)),
        (["2020-03-31", "2020-06-30", "2020-12-31"], (Frequency.QUARTER, 1)),
        (["2020-01-01", "2020-05-01", "2020-09-01"], (Frequency.TERTIAL, 1)),
        (["2020-01-01", "2020-07-01", "2021-01-01"], (Frequency.HALF, 1)),
        (["2019-04-01", "2020-04-01", "2022-04-01"], (Frequency.YEAR, 1)),
        (["2021-06-06", "2021-06-13", "2021-06-27"], (Frequency.WEEK, 1)),
        (["2021-01-28", "2021-02-25", "2021-03-25", "2021-04-29"], (Frequency.MONTH, 1)),
        (["2021-02-15", "2021-05-17", "2021-08-16"], (Frequency.QUARTER, 1)),
        (["2021-02-15", "2021-08-14", "2022-02-12"], (Frequency.HALF, 1)),
        (["2019-06-15", "2020-06-14", "2021-06-15"], (Frequency.YEAR, 1)),
        (["2021-06-06", "2021-08-29", "2021-11-07"], (Frequency.DAY, 1)),
        (["2014-07-01 13:00", "2014-07-01 13:30", "2014-07-01 14:00"], (Frequency.HOUR, 1)),
        (["2014-07-01 08:00", "2014-07-02 08:00", "2014-07-03 08:00"], (Frequency.DAY, 1)),
        (["2014-07-01 00:00:00", "2014-07-01 01:00:00", "2014-07-02 00:00:00"], (Frequency.HOUR, 1)),
        (["2016-2018", "2017-2019"], (Frequency.YEAR, 3)),
        (["Mar 2021", "Apr 2021", "2021"], (Frequency.MONTH, 1)),
        (["2021-Q1", "2021-Q2"], (Frequency.QUARTER, 1)),
        (["2010-11", "2011-12", "2012-13"], (Frequency.YEAR, 1)),
        (["2010-11", "2011-12"], (Frequency.YEAR, 1)),
        (["2011-11", "2011-12"], (Frequency.MONTH, 1)),
        (["2011-12"], (Frequency.MONTH, 1)),
        (["2021"], (Frequency.YEAR, 1)),
    ],
)
def test_a_column_tells_its_frequency(texts: list[str], expected: tuple[Frequency, int]) -> None:
    assert guess_frequency(days(*texts)) == expected
    assert guess_frequency(days(*reversed(texts))) == expected


def test_without_periods_there_is_no_frequency() -> None:
    with pytest.raises(PeriodError) as caught:
        guess_frequency([])
    assert caught.value.key == "no-periods"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["03/04/2021", "13/04/2021"], True),
        (["03/04/2021", "04/13/2021"], False),
        (["03/04/2021"], None),
        (["13/04/2021", "04/13/2021"], None),
        (["3.4.2021"], True),
        (["2021-03-04", "Mar 2021", ""], None),
        (["25/04/21"], None),
        (["25/04/21", "26/04/21"], True),
        (["04/25/21", "04/26/21"], False),
        (["21/04/25", "21/04/26", "21/05/27"], None),
        (["31/12/99"], True),
        (["45/67/2021"], None),
    ],
)
def test_a_column_tells_whether_the_day_comes_first(texts: list[str], expected: bool | None) -> None:
    assert guess_day_first(texts) is expected
