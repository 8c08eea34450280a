"""Findings, the expectation, the fan and former values on a chart."""

from __future__ import annotations

import re
from typing import Any
from xml.dom import minidom

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.reports.charts import svg
from sextant.reports.pictures import FanShape, FoundShape, KpiPicture, Running, description, key_items, table_rows
from tests.reports.pictures import DAY, picture, steady

WORDS = "The last 5 days averaged 12 % below what was expected."


def fan(count: int = 6, middle: float = 50.0, spread: float = 2.0, first: int = 30, **changes: Any) -> FanShape:
    steps = np.sqrt(np.arange(1, count + 1, dtype=np.float64)) * spread
    level = np.full(count, middle)
    days = first + np.arange(count)
    given: dict[str, Any] = {
        "starts": days.astype(np.int64) * DAY, "low": level - 2 * steps, "low_half": level - steps, "middle": level,
        "high_half": level + steps, "high": level + 2 * steps, "labels": [f"day {day}" for day in days],
        "words": "Likely between 46 and 54 by day 35.",
    }  # fmt: skip
    return FanShape(**given | changes)


def found(first: int = 25, last: int = 29, tone: str = "worse", text: str = WORDS) -> FoundShape:
    return FoundShape(first, last, "below", tone, text)


def elements(drawn: str, look: str) -> list[minidom.Element]:
    every = minidom.parseString(drawn).getElementsByTagName("*")
    return [one for one in every if one.getAttribute("class") == look]


def places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def frame(drawn: str) -> dict[str, float]:
    root = minidom.parseString(drawn).documentElement
    return {side: float(root.getAttribute(f"data-{side}")) for side in ("left", "right", "top", "bottom")}


def test_a_finding_is_read_aloud_and_shown_on_hover_as_its_sentence() -> None:
    (mark,) = elements(svg(picture(steady(), found=(found(),))), "found")
    assert mark.getAttribute("aria-label") == WORDS
    assert mark.getAttribute("role") == "listitem"
    assert mark.getElementsByTagName("title")[0].firstChild.nodeValue == WORDS  # type: ignore[union-attr]


def test_the_window_of_a_finding_covers_its_periods_and_no_more() -> None:
    drawn = svg(picture(steady(), found=(found(25, 29),)))
    (window,) = elements(drawn, "window-worse")
    begin = float(window.getAttribute("x"))
    end = begin + float(window.getAttribute("width"))
    days = [float(one.getAttribute("data-x")) for one in elements(drawn, "pt")]
    assert days[24] < begin < days[25]
    assert days[29] < end <= frame(drawn)["right"]


def test_a_finding_of_one_period_among_very_many_can_still_be_seen() -> None:
    drawn = svg(picture(steady(1500), found=(found(700, 700),)))
    (window,) = elements(drawn, "window-worse")
    assert float(window.getAttribute("width")) >= 12


def test_a_finding_that_began_before_the_picture_is_cut_at_its_edge() -> None:
    drawn = svg(picture(steady(), found=(found(-20, 4),)))
    (window,) = elements(drawn, "window-worse")
    assert float(window.getAttribute("x")) >= frame(drawn)["left"]


@pytest.mark.parametrize("tone", ["better", "worse", "odd"])
def test_a_finding_is_louder_than_a_mark(tone: str) -> None:
    drawn = svg(picture([*steady(20), 90.0], found=(found(20, 20, tone),)))
    assert len(elements(drawn, f"window-{tone}")) == 1
    assert len(elements(drawn, f"found-{tone}")) == 2, "a bracket and an arrow"


def test_what_was_expected_is_a_line_that_breaks_where_nothing_was() -> None:
    expected = np.full(30, 50.0)
    expected[:10] = expected[15] = np.nan
    (line,) = elements(svg(picture(steady(), expected=expected)), "expected")
    assert line.getAttribute("d").count("M") == 2
    assert elements(svg(picture(steady())), "expected") == []


def test_the_fan_opens_from_the_newest_value_and_its_half_lies_within_it() -> None:
    drawn = svg(picture(steady(), fan=fan()))
    last = elements(drawn, "pt")[-1]
    here = (float(last.getAttribute("data-x")), float(last.getAttribute("data-y")))
    wide, half = (places(elements(drawn, look)[0].getAttribute("d")) for look in ("fan", "fan-core"))
    assert wide[0] == half[0] == here
    assert len(wide) == len(half) == 14
    assert all(out[1] < inner[1] for out, inner in zip(wide[1:7], half[1:7], strict=True))
    assert max(x for x, _ in wide) <= frame(drawn)["right"]


def test_the_fan_starts_at_the_newest_value_known_where_the_last_period_has_none() -> None:
    drawn = svg(picture([*steady(28), np.nan, np.nan], fan=fan()))
    last = elements(drawn, "pt")[-1]
    assert places(elements(drawn, "fan")[0].getAttribute("d"))[0][0] == float(last.getAttribute("data-x"))


def test_a_fan_of_any_width_leaves_the_values_readable_and_stays_on_the_paper() -> None:
    drawn = svg(picture(steady(), fan=fan(spread=1e9)))
    ends = frame(drawn)
    for look in ("fan", "fan-core", "fan-line"):
        assert all(
            ends["top"] - 0.1 <= y <= ends["bottom"] + 0.1
            for _, y in places(elements(drawn, look)[0].getAttribute("d"))
        )
    heights = [float(one.getAttribute("data-y")) for one in elements(drawn, "pt")]
    assert max(heights) - min(heights) > (ends["bottom"] - ends["top"]) / 20


@given(
    st.lists(st.floats(allow_infinity=False), min_size=1, max_size=20), st.floats(-1e300, 1e300), st.floats(0, 1e300)
)
def test_any_series_with_any_fan_gives_a_well_formed_drawing(values: list[float], middle: float, spread: float) -> None:
    with np.errstate(over="ignore"):
        shape = fan(middle=middle, spread=spread, first=len(values))
    shown = picture(values, fan=shape, found=(found(0, 3),), former={0: middle})
    for drawn in (svg(shown), svg(shown, standalone=True, theme="dark"), svg(shown, width=400)):
        minidom.parseString(drawn)
        assert not re.search(r'[" ML](nan|-?inf)', drawn)


def test_a_forecast_is_rows_of_the_table_after_the_running_period() -> None:
    shown = picture(steady(), running=Running(30 * DAY, 49.0, "day 30"), fan=fan(spoken=[f"Day {n}" for n in range(6)]))
    rows = table_rows(shown)
    assert [row.period for row in rows[-7:]] == ["day 30", *(f"Day {n}" for n in range(6))]
    assert rows[-6].value == "about 50"
    assert rows[-6].remarks == ("forecast, 80 % between 46 and 54",)


def test_the_axis_names_periods_to_come_once() -> None:
    shown = picture(steady(5), running=Running(5 * DAY, 49.0, "day 5"), fan=fan(3, first=5))
    drawn = svg(shown)
    assert drawn.count(">day 5<") == 1
    assert drawn.count(">day 7<") == 1


def test_a_corrected_value_shows_what_was_known_before() -> None:
    shown = picture(steady(), revised=frozenset({7}), former={7: 58.0, 9: None})
    drawn = svg(shown)
    assert len(elements(drawn, "former-dot")) == 1
    said = [one.getAttribute("aria-label") for one in elements(drawn, "pt")]
    assert said[7] == "day 7: 51, then known as 58"
    assert said[9] == "day 9: 51, then known as –"
    rows = table_rows(shown)
    assert rows[7].former == "58"
    assert rows[8].former == ""


def test_the_description_and_the_legend_name_what_was_added() -> None:
    shown = picture(steady(), found=(found(),), fan=fan(), expected=np.full(30, 50.0), sentences=(WORDS,))
    assert description(shown).endswith(f"{WORDS} Likely between 46 and 54 by day 35.")
    looks = [look for look, _ in key_items(shown)]
    assert {"found", "fan", "fan-core", "expected"} <= set(looks)
    assert not {"found", "fan", "expected"} & {look for look, _ in key_items(plain())}


def plain() -> KpiPicture:
    return picture(steady())
