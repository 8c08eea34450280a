from __future__ import annotations

import re
from itertools import pairwise
from xml.dom import minidom

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sextant.calc.limits import LimitSettings
from sextant.reports.chart_parts import LINE_HEIGHT, apart
from sextant.reports.charts import moving_range_svg, png, svg
from sextant.reports.drawing import COLOURS
from sextant.reports.pictures import Marker, Running, TargetStep, key_items, table_rows
from tests.reports.pictures import DAY, picture, steady, with_outlier

GAP = float("nan")


def elements(drawn: str, look: str) -> list[minidom.Element]:
    found = minidom.parseString(drawn).getElementsByTagName("*")
    return [one for one in found if one.getAttribute("class") == look]


def labels(drawn: str) -> list[str]:
    return [one.getAttribute("aria-label") for one in elements(drawn, "pt")]


@given(st.lists(st.floats(allow_infinity=False), max_size=40))
def test_any_series_gives_a_well_formed_drawing_without_impossible_places(values: list[float]) -> None:
    shown = picture(values)
    for drawn in (svg(shown), svg(shown, standalone=True), moving_range_svg(shown), svg(shown, width=400)):
        minidom.parseString(drawn)
        assert not re.search(r'[" ML](nan|-?inf)', drawn)


def test_nothing_written_by_people_can_break_out_of_the_drawing() -> None:
    evil = '"><script>alert(1)</script>&\x00'
    shown = picture(steady(), title=evil, sentences=(evil,), markers=(Marker(5 * DAY, evil),), qualifiers=[evil] * 30)
    drawn = svg(shown, editable=True)
    minidom.parseString(drawn)
    assert "<script" not in drawn
    minidom.parseString(svg(shown, standalone=True))


def test_a_page_drawing_has_no_inline_style_that_a_strict_policy_would_block() -> None:
    drawn = svg(picture(steady()), editable=True)
    assert "style=" not in drawn
    assert "<style" not in drawn
    assert " on" not in re.sub(r">[^<]*<", "><", drawn).replace(' one"', "")


def test_every_value_can_be_read_as_a_sentence() -> None:
    said = labels(svg(with_outlier(unit="percent", precision=0)))
    assert len(said) == 21
    assert said[0] == "day 0: 49 %"
    assert said[-1] == "day 20: 90 %, outside the normal range (above)"


def test_a_gap_breaks_the_line_and_is_no_point() -> None:
    drawn = svg(picture([*steady(10), GAP, *steady(10)]))
    assert elements(drawn, "line")[0].getAttribute("d").count("M") == 2
    assert len(labels(drawn)) == 20


def test_limits_step_at_a_divider() -> None:
    values = [*steady(12), *steady(12, 80.0)]
    one = picture(values)
    two = picture(values, settings=LimitSettings(dividers=(12 * DAY,)), dividers=(12 * DAY,))
    assert len(elements(svg(one), "limit")) == 2
    assert len(elements(svg(two), "limit")) == 4


def test_a_divider_is_a_slider_for_those_who_may_edit_and_a_line_for_others() -> None:
    shown = picture(steady(), settings=LimitSettings(dividers=(15 * DAY,)), dividers=(15 * DAY,))
    (divider,) = elements(svg(shown, editable=True), "divider")
    assert divider.getAttribute("role") == "slider"
    assert divider.getAttribute("tabindex") == "0"
    assert divider.getAttribute("aria-valuetext") == "day 15"
    assert elements(svg(shown), "divider") == []
    assert len(elements(svg(shown), "cut")) == 1


@pytest.mark.parametrize(("direction", "look"), [("up", "better"), ("down", "worse"), ("within", "odd")])
def test_a_mark_says_by_direction_whether_it_is_good(direction: str, look: str) -> None:
    drawn = svg(with_outlier(direction=direction))
    assert len(elements(drawn, look)) == 1


def test_the_running_period_is_hollow_and_judged_by_nobody() -> None:
    shown = picture(steady(), running=Running(30 * DAY, 99.0, "day 30"))
    drawn = svg(shown)
    assert labels(drawn)[-1] == "day 30: 99, so far"
    assert len(elements(drawn, "running")) == 1
    assert elements(drawn, "better") == []


def test_estimated_qualified_and_corrected_values_look_different() -> None:
    qualifiers = [""] * 30
    qualifiers[4] = "<"
    states = ["observed"] * 30
    states[9] = "estimated"
    drawn = svg(picture(steady(), states=states, qualifiers=qualifiers, revised=frozenset({7})))
    assert len(elements(drawn, "hollow")) == 2
    assert len(elements(drawn, "ring")) == 1
    said = labels(drawn)
    assert said[4].startswith("day 4: < ")
    assert said[9].endswith("estimated")
    assert said[7].endswith("corrected since")


def test_targets_and_red_flags_are_steps_from_where_they_hold() -> None:
    targets = (TargetStep(0, 10 * DAY, 55.0, 45.0), TargetStep(10 * DAY, None, 58.0, 47.0))
    drawn = svg(picture(steady(), targets=targets))
    assert len(elements(drawn, "aim")) == 2
    assert len(elements(drawn, "flag")) == 2
    heights = {re.findall(r"[ML]([\d.]+) ([\d.]+)", one.getAttribute("d"))[0][1] for one in elements(drawn, "aim")}
    assert len(heights) == 2


def test_a_target_of_the_future_is_neither_drawn_nor_named() -> None:
    targets = (TargetStep(0, 90 * DAY, 55.0), TargetStep(90 * DAY, None, 5_000.0))
    drawn = svg(picture(steady(), targets=targets))
    assert len(elements(drawn, "aim")) == 1
    assert "target 55" in drawn
    assert "5,000" not in drawn


def test_a_running_period_without_a_value_is_no_point() -> None:
    drawn = svg(picture(steady(), running=Running(30 * DAY, GAP, "day 30")))
    assert len(labels(drawn)) == 30
    assert elements(drawn, "running") == []


def test_a_band_draws_both_of_its_bounds() -> None:
    drawn = svg(picture(steady(), direction="within", targets=(TargetStep(0, low=48.0, high=52.0),)))
    assert len(elements(drawn, "aim")) == 2


def test_an_aim_far_away_is_cut_at_the_edge_and_a_near_one_is_named() -> None:
    near = svg(picture(steady(), aim_path=((0, 50.0), (35 * DAY, 60.0))))
    far = svg(picture(steady(), aim_path=((0, 50.0), (3000 * DAY, 60.0))))
    assert "aim 60" in near
    assert "aim 60" not in far
    right = float(minidom.parseString(far).documentElement.getAttribute("data-right"))
    places = re.findall(r"[ML]([\d.]+) ", elements(far, "path")[0].getAttribute("d"))
    assert max(map(float, places)) <= right + 0.1


def test_a_hundred_thousand_points_stay_a_small_file_that_keeps_its_extremes() -> None:
    values = np.full(100_000, 50.0) + np.arange(100_000) % 3
    values[40_000] = 400.0
    drawn = svg(picture(values.tolist()))
    assert len(drawn) < 250_000
    assert len(labels(drawn)) <= 500
    assert any("400" in said for said in labels(drawn))


def test_a_file_carries_its_colours_title_and_legend() -> None:
    drawn = svg(with_outlier(), standalone=True, theme="dark")
    assert "class=" not in drawn
    assert COLOURS["dark"]["surface"] in drawn
    assert "Outside the normal range" in drawn
    assert minidom.parseString(drawn).documentElement.getAttribute("role") == "img"


def test_png_is_a_picture_of_the_asked_size() -> None:
    picture_bytes = png(svg(picture(steady()), standalone=True, width=300, height=200), scale=2)
    assert picture_bytes.startswith(b"\x89PNG")
    assert int.from_bytes(picture_bytes[16:20], "big") == 600


def test_the_moving_range_chart_marks_what_is_above_its_limit() -> None:
    shown = with_outlier()
    drawn = moving_range_svg(shown)
    assert len(elements(drawn, "odd")) == len(shown.chart.range_marks) == 1


def test_both_charts_put_a_period_at_the_same_place() -> None:
    shown = picture([*steady(20), 1234.5])
    left = [
        minidom.parseString(one).documentElement.getAttribute("data-left")
        for one in (svg(shown), moving_range_svg(shown))
    ]
    assert left[0] == left[1]


def test_the_legend_names_only_what_appears() -> None:
    assert [look for look, _ in key_items(picture(steady()))] == ["normal"]
    shown = with_outlier(targets=(TargetStep(0, target=55.0),), revised=frozenset({1}))
    assert [look for look, _ in key_items(shown)] == ["outside", "revised", "normal", "aim"]


def test_the_table_twin_says_what_the_chart_shows() -> None:
    shown = with_outlier(
        unit="percent",
        precision=1,
        targets=(TargetStep(0, target=55.0, red_flag=45.0),),
        running=Running(21 * DAY, 12.0, "day 21"),
    )
    rows = table_rows(shown)
    assert [rows[20].value, rows[20].target, rows[20].red_flag] == ["90.0 %", "55.0 %", "45.0 %"]
    assert rows[20].remarks == ("outside the normal range (above)",)
    assert rows[21].is_running
    assert table_rows(shown, newest_first=True)[0].period == "day 21"


def test_a_gap_is_a_row_without_a_figure() -> None:
    rows = table_rows(picture([*steady(8), GAP]))
    assert rows[8].figure is None
    assert rows[8].value == "no value"


def test_a_missing_value_keeps_its_qualifier() -> None:
    rows = table_rows(picture([*steady(8), GAP], qualifiers=[""] * 8 + ["N"]))
    assert rows[8].value == "N"


@given(st.lists(st.floats(0, 300), max_size=8))
def test_names_of_lines_never_overlap(places: list[float]) -> None:
    moved = sorted(apart(places, 0.0, 300.0))
    assert all(b - a >= LINE_HEIGHT - 1e-6 for a, b in pairwise(moved))
