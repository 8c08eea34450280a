"""When a key result may graduate, what is doubtful about a promotion, and how long a KPI is watched afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc import assurance
from sextant.calc.periods import Calendar, Frequency, hour_of, parse_period
from sextant.calc.promotion import MET, MISSED, Entry, doubts, graduation, watch_end
from sextant.calc.promotion_advice import HINTS, WARNINGS, countable_periods
from sextant.calc.targets import TargetValues
from tests.calc.test_promotion import LETTERS, VERDICTS, WEEK


@pytest.mark.parametrize(
    ("text", "limits", "rule"),
    [
        ("m", assurance.MEETS, "process-limits"), ("mx", assurance.MEETS, ""), ("", assurance.MEETS, ""),
        ("mmmmmm", assurance.NOT_ENOUGH_HISTORY, "periods-met"), ("mmmmm", assurance.NOT_ENOUGH_HISTORY, ""),
        ("mmm-mmm", assurance.NOT_ENOUGH_HISTORY, ""), ("mmmmmmmm", assurance.HIT_OR_MISS, ""),
        ("mmmmmmmm", assurance.MISSES, ""), ("mmmmmmmm", assurance.NO_TARGET, ""),
    ],
)  # fmt: skip
def test_a_key_result_graduates_by_its_limits_or_by_six_periods_where_there_are_none(
    text: str, limits: str, rule: str
) -> None:
    offer = graduation([LETTERS[one] for one in text], limits)
    assert (offer.is_offered, offer.rule) == (bool(rule), rule)
    assert offer.needed == 6


@given(st.lists(VERDICTS, max_size=12), st.sampled_from([assurance.MEETS, assurance.NOT_ENOUGH_HISTORY]))
def test_one_more_period_on_target_never_takes_an_offer_away(verdicts: list[str], limits: str) -> None:
    assert graduation([*verdicts, MET], limits).is_offered >= graduation(verdicts, limits).is_offered


@given(st.integers(0, 500_000), st.integers(1, 10_000), st.sampled_from(list(Frequency)), st.integers(1, 3))
def test_a_watch_lasts_twice_the_length_and_six_whole_periods(
    now: int, length: int, often: Frequency, span: int
) -> None:
    ends = watch_end(now, length, often, span=span)
    assert ends >= now + 2 * length
    entry = Entry(now, ends, often, None, "up", span=span)
    assert countable_periods(entry) >= 6 or ends >= watch_end(now, 0, often, span=span)


def test_a_watch_ends_with_a_day_and_by_the_calendar_of_the_metric() -> None:
    now = hour_of(parse_period("2026-03-11").first_day) + 15
    assert watch_end(now, 14 * 24, Frequency.DAY) == hour_of(parse_period("2026-04-09").first_day)
    monthly = watch_end(now, 14 * 24, Frequency.MONTH)
    assert monthly == hour_of(parse_period("2026-10-01").first_day), "six months after the one that runs"
    yearly = watch_end(now, 24, Frequency.YEAR, Calendar(4))
    assert yearly == hour_of(parse_period("2032-04-01").first_day)


ENTRY = Entry(
    now=0, ends=12 * WEEK, frequency=Frequency.WEEK, target=TargetValues(target=90.0), direction="up",
    verdicts=tuple(LETTERS[one] for one in "mmxxxx"), has_guard=True,
)  # fmt: skip


def test_a_sound_promotion_raises_no_doubt() -> None:
    assert doubts(ENTRY) == []


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("no-target", {"target": None}),
        ("no-target", {"target": TargetValues(low=3.0)}),
        ("beyond-bounds", {"target": TargetValues(target=120.0), "most": 100.0}),
        ("beyond-bounds", {"target": TargetValues(target=-1.0), "least": 0.0, "direction": "down"}),
        ("beyond-bounds", {"target": TargetValues(low=101.0, high=110.0), "most": 100.0, "direction": "within"}),
        ("too-few-periods", {"ends": 2 * WEEK}),
        ("too-few-periods", {"frequency": Frequency.QUARTER}),
        ("too-few-periods", {"arrives_after": 10 * WEEK}),
        ("stale", {"is_stale": True}),
        ("already-met", {"verdicts": (MISSED, MET, MET, MET)}),
        ("never-met-before", {"verdicts": (MISSED,) * 6}),
        ("guard-missing", {"has_guard": False}),
    ],
)
def test_each_doubt_is_raised_by_what_it_is_about(key: str, change: dict[str, object]) -> None:
    assert doubts(replace(ENTRY, **change)) == [key]  # type: ignore[arg-type]
    assert key in (*WARNINGS, *HINTS)


@given(st.integers(0, 100_000), st.integers(0, 20_000), st.sampled_from(list(Frequency)))
def test_the_periods_that_count_end_after_now_and_not_after_the_end(now: int, length: int, often: Frequency) -> None:
    entry = Entry(now, now + length, often, None, "up")
    count = countable_periods(entry)
    later = countable_periods(replace(entry, ends=entry.ends + 24))
    assert count <= later
    assert countable_periods(replace(entry, arrives_after=24)) <= count
