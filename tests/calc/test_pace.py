import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.pace import (
    STATUSES,
    elapsed_share,
    expected_share,
    explain_key_result_status,
    explain_pace,
    key_result_status,
    key_result_status_many,
    pace,
    plan_path,
    with_freshness,
)
from sextant.calc.progress import progress

NAN = math.nan
shares = st.floats(-20, 12)
elapsed_shares = st.floats(0, 1)
chances = st.none() | st.floats(0, 1)
BADNESS = {"on_track": 0, "at_risk": 1, "off_track": 2}


@pytest.mark.parametrize(
    ("now", "start", "end", "share"),
    [(0, 0, 100, 0), (15, 0, 100, 0.15), (100, 0, 100, 1), (-5, 0, 100, 0), (300, 0, 100, 1), (4, 5, 5, 0),
     (5, 5, 5, 1), (2, 5, 3, 0), (4, 5, 3, 1)],
)  # fmt: skip
def test_the_time_gone_by_is_a_share_of_the_whole(now, start, end, share):
    assert elapsed_share(now, start, end) == share


@given(st.integers(-500, 500), st.integers(-100, 100), st.integers(1, 300), st.integers(-9999, 9999))
def test_it_does_not_matter_when_a_cycle_lies(now, start, length, shift):
    found = elapsed_share(now, start, start + length)
    assert elapsed_share(now + shift, start + shift, start + length + shift) == found
    assert 0 <= found <= 1
    assert elapsed_share(now + 1, start, start + length) >= found


# The expected path


@given(elapsed_shares)
def test_without_a_plan_the_path_is_straight(elapsed):
    assert expected_share(elapsed) == elapsed
    assert expected_share(elapsed, plan=()) == elapsed


@pytest.mark.parametrize(
    ("elapsed", "plan", "expected"),
    [
        (0.25, [(0.5, 0.1), (0.75, 0.3)], 0.05),
        (0.5, [(0.5, 0.1), (0.75, 0.3)], 0.1),
        (0.75, [(0.5, 0.1), (0.75, 0.3)], 0.3),
        (0.875, [(0.5, 0.1), (0.75, 0.3)], 0.65),
        (1, [(0.5, 0.1), (0.75, 0.3)], 1),
        (0.5, [(0.75, 0.3), (0.5, 0.1)], 0.1),
        (0.5, [(0.5, 0.9), (0.5, 0.1)], 0.1),
        (0, [(0, 0.2), (1, 0.8)], 0.2),
        (1, [(0, 0.2), (1, 0.8)], 0.8),
        (0.5, [(0.5, -0.2)], -0.2),
        (1, [(2, 1)], 0.5),
        (0, [(-1, 0), (1, 1)], 0.5),
    ],
)
def test_plan_values_replace_the_straight_path(elapsed, plan, expected):
    assert expected_share(elapsed, plan=plan) == pytest.approx(expected)


@given(elapsed_shares, st.lists(st.floats(0, 1), max_size=5, unique=True))
def test_a_plan_along_the_straight_line_changes_nothing(elapsed, times):
    assert expected_share(elapsed, plan=[(at, at) for at in times]) == pytest.approx(elapsed)


@given(elapsed_shares, st.lists(st.tuples(elapsed_shares, shares), max_size=5, unique_by=lambda p: p[0]), st.randoms())
def test_the_order_of_the_plan_does_not_matter(elapsed, plan, chance):
    mixed = list(plan)
    chance.shuffle(mixed)
    assert expected_share(elapsed, plan=mixed) == expected_share(elapsed, plan=plan)


def test_a_plan_in_hours_and_values_becomes_one_in_shares():
    path = plan_path([(150, 90), (175, 70)], 100, 200, lambda value: progress(value, 100, 60))
    assert path == ((0.5, 0.25), (0.75, 0.75))
    assert expected_share(0.5, plan=path) == 0.25


def test_a_planned_value_without_a_progress_is_left_out():
    assert plan_path([(150, 90)], 100, 200, lambda value: progress(value, 100, 100)) == ()
    assert plan_path([(150, 90)], 200, 200, lambda value: 0.5) == ()


# Pace and status


@pytest.mark.parametrize(
    ("reached", "expected", "found"),
    [(0.3, 0.6, 0.5), (0.6, 0.6, 1), (-0.2, 0.4, -0.5), (0.5, 0, None), (0.5, -0.1, None), (None, 0.5, None),
     (NAN, 0.5, None), (0.5, None, None), (0.5, NAN, None), (0.5, 5e-324, None)],
)  # fmt: skip
def test_pace_is_progress_against_the_expected_one(reached, expected, found):
    assert pace(reached, expected) == found


@pytest.mark.parametrize(
    ("reached", "expected", "elapsed", "chance", "status"),
    [
        (0.5, 0.5, 0.5, None, "on_track"),
        (0.57, 0.6, 0.6, None, "on_track"),  # 0.57 / 0.6 falls below 0.95 by rounding alone
        (0.475, 0.5, 0.5, None, "on_track"),
        (0.4749, 0.5, 0.5, None, "at_risk"),
        (0.4, 0.5, 0.5, None, "at_risk"),
        (0.48, 0.6, 0.6, None, "at_risk"),
        (0.3999, 0.5, 0.5, None, "off_track"),
        (-19.0, 0.5, 0.5, None, "off_track"),
        (11.0, 0.5, 0.5, None, "on_track"),
        (0.0, 0.14, 0.1499, None, "too_early"),
        (1.0, 0.14, 0.1499, 0.9, "too_early"),
        (0.0, 0.15, 0.15, None, "off_track"),
        (0.1, 0.9, 0.9, 0.7, "on_track"),
        (0.9, 0.9, 0.9, 0.6999, "at_risk"),
        (0.9, 0.9, 0.9, 0.3, "at_risk"),
        (0.9, 0.9, 0.9, 0.2999, "off_track"),
        (0.9, 0.9, 0.9, NAN, "on_track"),
        (0.0, 0.0, 0.3, None, "on_track"),
        (-0.1, 0.0, 0.3, None, "off_track"),
        (-0.1, -0.2, 0.3, None, "on_track"),
        (-0.3, -0.2, 0.3, None, "off_track"),
        (0.5, 5e-324, 0.5, None, "on_track"),
        (None, 0.5, 0.5, 0.9, "no_data"),
        (NAN, 0.5, 0.5, None, "no_data"),
        (None, 0.1, 0.1, None, "no_data"),
        (0.5, None, 0.5, 0.9, "incomplete"),
        (0.5, 0.5, None, None, "incomplete"),
    ],
)
def test_a_key_result_is_judged_by_its_chance_or_else_its_pace(reached, expected, elapsed, chance, status):
    assert key_result_status(reached, expected, elapsed, chance) == status


rounding = st.sampled_from([0.0, 0.14, 0.15, 0.3, 0.4, 0.475, 0.48, 0.5, 0.57, 0.6, 0.7, -0.1, 5e-324, 1e300])
odd = st.none() | st.sampled_from([NAN, math.inf]) | rounding | shares


@given(st.lists(st.tuples(odd, odd, odd, odd), max_size=8))
def test_many_are_judged_as_one_by_one(given_rows):
    columns = [[NAN if row[at] is None else row[at] for row in given_rows] for at in range(4)]
    found = [STATUSES[code] for code in key_result_status_many(*columns)]
    assert found == [key_result_status(*row) for row in given_rows]


def test_many_may_share_one_expected_path():
    found = key_result_status_many([0.5, 0.42, 0.1, NAN], 0.5, 0.5)
    assert [STATUSES[code] for code in found] == ["on_track", "at_risk", "off_track", "no_data"]


@given(elapsed_shares, elapsed_shares, chances)
def test_no_data_never_becomes_healthy(expected, elapsed, chance):
    assert key_result_status(None, expected, elapsed, chance) == "no_data"
    assert key_result_status(0.9, expected, None, chance) == "incomplete"


@given(shares, shares, st.floats(-1, 2), st.floats(0.15, 1))
def test_having_come_further_is_never_judged_worse(one, other, expected, elapsed):
    less, more = sorted((one, other))
    worse, better = (BADNESS[key_result_status(share, expected, elapsed)] for share in (less, more))
    assert better <= worse


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.15, 1))
def test_a_better_chance_is_never_judged_worse(one, other, elapsed):
    less, more = sorted((one, other))
    worse, better = (BADNESS[key_result_status(0.5, 0.5, elapsed, chance)] for chance in (less, more))
    assert better <= worse


@given(st.floats(0.01, 2), st.floats(0.15, 1))
def test_exactly_as_planned_is_on_track(expected, elapsed):
    assert key_result_status(expected, expected, elapsed) == "on_track"
    assert pace(expected, expected) == 1


@pytest.mark.parametrize(
    ("status", "freshness", "found"),
    [
        ("on_track", "fresh", "on_track"),
        ("on_track", "due", "on_track"),
        ("on_track", "stale", "stale"),
        ("at_risk", "stale", "stale"),
        ("off_track", "stale", "off_track"),
        ("too_early", "stale", "too_early"),
        ("on_track", "never", "no_data"),
        ("no_data", "never", "no_data"),
    ],
)
def test_silence_is_never_green_and_bad_news_stays(status, freshness, found):
    assert with_freshness(status, freshness) == found


def test_the_pace_is_explained():
    why = explain_pace(0.3, 0.6)
    assert (why.rule, why.source, why.inputs["result"]) == ("pace", "method#pace", 0.5)
    assert explain_pace(0.3, 0).rule == "pace-nothing-expected"
    assert explain_pace(None, 0.6).rule == "pace-no-progress"


@pytest.mark.parametrize(
    ("figures", "freshness", "rule", "result"),
    [
        ((0.5, 0.5, 0.5), "fresh", "key-result-keeps-pace", "on_track"),
        ((0.42, 0.5, 0.5), "fresh", "key-result-falls-behind", "at_risk"),
        ((0.1, 0.5, 0.5), "fresh", "key-result-far-behind", "off_track"),
        ((0.1, 0.1, 0.1), "fresh", "key-result-too-early", "too_early"),
        ((0.5, 0.5, 0.5, 0.8), "fresh", "key-result-likely", "on_track"),
        ((0.5, 0.5, 0.5, 0.5), "fresh", "key-result-in-doubt", "at_risk"),
        ((0.5, 0.5, 0.5, 0.1), "fresh", "key-result-unlikely", "off_track"),
        ((0.0, 0.0, 0.5), "fresh", "key-result-as-expected", "on_track"),
        ((-1.0, 0.0, 0.5), "fresh", "key-result-below-expected", "off_track"),
        ((None, 0.5, 0.5), "fresh", "key-result-no-data", "no_data"),
        ((0.5, None, None), "fresh", "key-result-incomplete", "incomplete"),
        ((0.5, 0.5, 0.5), "stale", "key-result-stale", "stale"),
        ((0.5, 0.5, 0.5), "never", "key-result-no-data", "no_data"),
        ((0.1, 0.5, 0.5), "stale", "key-result-far-behind", "off_track"),
    ],
)
def test_the_status_of_a_key_result_is_explained(figures, freshness, rule, result):
    why = explain_key_result_status(*figures, freshness=freshness)
    assert (why.rule, why.inputs["result"], why.source) == (rule, result, "method#key-result-status")
    assert why.inputs["without_freshness"] == key_result_status(*figures)
    assert why.inputs["pace"] == pace(figures[0], figures[1])
