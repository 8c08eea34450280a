"""The alignment map: where cards stand, what is folded, and what is drawn of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sextant.reports.alignment_layout import CARD_HEIGHT, laid_out, unfolded
from sextant.reports.alignment_map import Card, Edge, MapPicture, card, svg, wrapped
from sextant.reports.drawing import text_width

CHILDREN = {"vision": ["safe", "soon"], "safe": ["a", "b"], "a": ["a1", "a2"]}


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[str], dict[str, list[str]]]:
    """Roots and children of up to sixty things, each below an earlier one or a root."""
    count = draw(st.integers(1, 60))
    children: dict[str, list[str]] = {}
    roots = []
    for number in range(count):
        parent = draw(st.integers(-1, number - 1))
        if parent < 0:
            roots.append(str(number))
        else:
            children.setdefault(str(parent), []).append(str(number))
    return roots, children


@given(forests())
def test_every_card_has_one_place_and_none_lies_on_another(forest: tuple[list[str], dict[str, list[str]]]) -> None:
    roots, children = forest
    layout = laid_out([(roots, 0)], children, narrow=1)
    assert len(layout.places) == len(roots) + sum(map(len, children.values()))
    taken = [(one.column, one.y) for one in layout.places.values()]
    assert len(set(taken)) == len(taken)
    for column in {column for column, _y in taken}:
        ys = sorted(y for other, y in taken if other == column)
        assert all(below - above >= CARD_HEIGHT for above, below in pairwise(ys))


@given(forests())
def test_children_stand_one_column_on_and_never_above_their_parent(
    forest: tuple[list[str], dict[str, list[str]]],
) -> None:
    roots, children = forest
    layout = laid_out([(roots, 0)], children)
    for parent, below in children.items():
        at = layout.places[parent]
        assert [layout.places[child].column for child in below] == [at.column + 1] * len(below)
        assert layout.places[below[0]].y == at.y
        assert all(layout.places[child].y >= at.y for child in below)


def test_lanes_stand_below_each_other() -> None:
    layout = laid_out([(["vision"], 0), (["orphan", "lost"], 2)], CHILDREN, narrow=2)
    assert layout.places["orphan"].column == 2
    assert layout.places["orphan"].y > max(layout.places[one].y for one in ("a2", "b", "soon"))
    assert layout.lanes[1] == layout.places["orphan"].y


def test_a_ring_ends_where_it_began() -> None:
    layout = laid_out([(["a"], 0)], {"a": ["b"], "b": ["a"]})
    assert set(layout.places) == {"a", "b"}


def test_a_large_map_shows_whole_levels_while_they_fit() -> None:
    children = {"root": [f"m{at}" for at in range(10)]} | {
        f"m{at}": [f"m{at}-{below}" for below in range(20)] for at in range(10)
    }
    shown, folded = unfolded(["root"], children, 150)
    assert len(shown) == 11
    assert folded["m3"] == 20
    opened, _folded = unfolded(["root"], children, 150, opened={"m3"})
    assert len(opened) == 31
    everything, none = unfolded(["root"], children, 10**9)
    assert (len(everything), none) == (211, {})
    closed, below = unfolded(["root"], children, 10**9, closed={"root"})
    assert (closed, below) == ({"root"}, {"root": 210})


def picture() -> MapPicture:
    cards = {
        "vision": Card("vision", "vision", "Nobody waits <in> fear", "/strategy", "Vision"),
        "a": Card("a", "objective", "Triage & more", "/objectives/a/", "Objective Triage, on track, 63 %",
                  "on_track", "On track", 0.63, "63 %", marks=["on_track", "off_track"], folded=3,
                  fold_url="?fold=a", fold_label="Show 3 below", topics="objective:a"),
        "b": Card("b", "objective", "Far beyond", "/objectives/b/", "Objective Far beyond", "exceeded", "Exceeded",
                  11.0, "1,100 %"),
    }  # fmt: skip
    layout = laid_out([(["vision"], 0), (["b"], 1)], {"vision": ["a"]}, narrow=1)
    edges = [Edge("a", "vision", "contributes"), Edge("b", "a", "supports"), Edge("b", "gone", "supports")]
    return MapPicture("Alignment map", layout, cards, edges, ["Vision", "Objectives"], ["Without a path"])


def test_a_page_colours_by_class_and_a_file_carries_its_colours() -> None:
    page, file = svg(picture()), svg(picture(), theme="dark")
    assert 'class="m-contributes"' in page
    assert 'aria-label="Objective Triage, on track, 63 %"' in page
    assert 'href="?fold=a"' in page
    assert "class=" not in file
    assert "href" not in file
    for drawn in (page, file):
        ET.fromstring(drawn)
        assert "<in>" not in drawn


def test_supporting_is_dotted_and_a_line_to_what_is_not_there_is_left_out() -> None:
    file = svg(picture(), theme="light")
    assert file.count('stroke-dasharray="2 4"') == 1


def test_a_bar_never_leaves_its_card() -> None:
    one = picture()
    drawn = card(one.cards["b"], one.layout.places["b"], theme="light")
    widths = [float(bar.get("width", "0")) for bar in ET.fromstring(drawn).iter("rect")]
    assert max(widths) <= one.layout.places["b"].width


@given(st.text(max_size=200), st.integers(1, 4))
def test_a_title_fits_its_card(words: str, most: int) -> None:
    lines = wrapped(words, 200, most)
    assert len(lines) <= most
    assert all(text_width(line, 12) <= 216 for line in lines)
    if len(words.split()) == 1 and len(words) < 10:
        assert "".join(lines) == words.strip() or text_width(words, 12) > 200
