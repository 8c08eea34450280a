"""The bar of a key result: every share has its place, and nothing outside the way is cut off."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.reports.key_result_bar import BEFORE, BEYOND, KeyResultBar, place, small_bar, tall_bar

SHARES = st.floats(min_value=-1e6, max_value=1e6)


@given(SHARES, SHARES)
def test_more_progress_never_lies_further_left(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= place(low) <= place(high) <= 100


def test_the_way_from_baseline_to_target_takes_the_same_room_in_every_bar() -> None:
    assert place(0) == BEFORE
    assert place(1) == 100 - BEYOND
    assert place(0.5) == pytest.approx((BEFORE + 100 - BEYOND) / 2)


@pytest.mark.parametrize(("share", "look"), [(-19.0, "kr-under"), (11.0, "kr-over"), (1.25, "kr-over")])
def test_what_lies_below_the_baseline_or_beyond_the_target_is_drawn(share: float, look: str) -> None:
    drawn = small_bar(KeyResultBar(share, 0.5, "on_track"))
    width = float(re.findall(rf'class="{look}" x="[\d.]+%" y="\d+" width="([\d.]+)%"', drawn)[0])
    assert width > 2
    assert "kr-tip" in drawn


def test_no_progress_draws_no_fill_and_never_a_zero() -> None:
    drawn = small_bar(KeyResultBar(None, 0.5, "no_data"))
    assert "kr-fill" not in drawn
    assert "kr-expected" in drawn


def test_zones_and_checkpoints_are_drawn_where_they_are() -> None:
    drawn = small_bar(KeyResultBar(0.4, 0.5, "at_risk", checkpoints=(0.0, 0.25, 1.0), stretch=1.2, former=0.8))
    assert drawn.count("kr-checkpoint") == 1
    assert drawn.count("kr-stretch") == 1
    assert f'x1="{place(0.8):.1f}%"' in drawn


def test_words_are_escaped_and_read_aloud() -> None:
    drawn = tall_bar(KeyResultBar(0.4, words='<b> "40 %"', value_label="<i>"))
    assert 'role="img"' in drawn
    assert "<b>" not in drawn
    assert "<i>" not in drawn
