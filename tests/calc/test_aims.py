from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.periods import parse_period
from sextant.calc.status import Aim, TargetRow, TargetValues, aim_path, aims_ahead, long_term_aim

at = datetime.fromisoformat

NOW = at("2026-03-14")


def aim_row(text, **values):
    return TargetRow(TargetValues(**values), aim_by=parse_period(text))


def test_the_next_aim_ahead_is_the_long_term_aim():
    rows = [
        aim_row("2050", target=0),
        aim_row("2030", target=7.25),
        aim_row("2025", target=9),
        TargetRow(TargetValues(target=10)),
    ]
    aim = long_term_aim(rows, NOW)
    assert aim == Aim(7.25, parse_period("2030"), TargetValues(target=7.25))
    assert [ahead.value for ahead in aims_ahead(rows, NOW)] == [7.25, 0]


def test_an_aim_for_the_running_year_is_still_ahead():
    assert long_term_aim([aim_row("2026", target=1)], NOW) is not None
    assert long_term_aim([aim_row("2026", target=1)], at("2027-01-01")) is None


def test_of_two_aims_for_one_date_the_later_row_counts():
    aim = long_term_aim([aim_row("2030", target=1), aim_row("2030", target=2)], NOW)
    assert aim is not None
    assert aim.value == 2


def test_without_aims_there_is_no_long_term_aim():
    assert long_term_aim([TargetRow(TargetValues(target=10))], NOW) is None


def test_the_path_is_straight_from_aim_to_aim():
    years = [parse_period(str(year)) for year in range(2022, 2033)]
    aims = aims_ahead([aim_row("2031", target=0), aim_row("2027", target=6)], NOW)
    path = aim_path(years[1].end, 10, aims, years)
    assert path[0] is None
    assert path[1] == 10
    assert path[5] == 6
    assert path[3] == pytest.approx(8, abs=0.01)
    assert path[7] == pytest.approx(3, abs=0.01)
    assert path[9] == 0
    assert path[10] is None


def test_a_band_or_a_past_aim_bends_no_path():
    years = [parse_period(str(year)) for year in range(2026, 2031)]
    aims = [
        Aim(None, parse_period("2027"), TargetValues(low=1)),
        Aim(50, parse_period("2025"), TargetValues(target=50)),
        Aim(4, parse_period("2030"), TargetValues(target=4)),
    ]
    path = aim_path(years[0].end, 0, aims, years)
    assert path == pytest.approx([0, 1, 2, 3, 4], abs=0.01)


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_a_path_stays_between_its_ends(start, end):
    months = [parse_period(f"2026-{month:02}") for month in range(1, 13)]
    aim = Aim(end, months[-1], TargetValues(target=end))
    path = aim_path(months[0].end, start, [aim], months)
    assert (path[0], path[-1]) == (start, end)
    slack = 1e-12 * max(abs(start), abs(end))
    assert all(min(start, end) - slack <= value <= max(start, end) + slack for value in path)
