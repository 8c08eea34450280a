"""What the stylesheets and scripts promise: contrast, colours everybody can tell apart, size, and a strict policy."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import sextant.web
from sextant.reports.drawing import COLOURS, LOOKS
from sextant.web.templatetags.sextant import STYLESHEETS

WEB = Path(sextant.web.__file__).parent
STATIC = WEB / "static" / "sextant"
TEXTS = ("ink", "ink-2", "ink-3", "accent", "good", "watch", "bad", "best", "none")
GROUNDS = ("ground", "surface", "raised", "sunken")
STATUSES = ("good", "watch", "bad", "best")
WASHES = [("good", "good-wash"), ("watch", "watch-wash"), ("bad", "bad-wash"), ("best", "best-wash")]
THEMES = ("light", "dark")
# Colour-vision deficiencies as matrices over linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
VISIONS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# Linear RGB to OKLab (Ottosson 2020), where distances follow the eye.
CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
LAB = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
]

Triple = NDArray[np.float64]


def tokens(theme: str) -> dict[str, str]:
    text = (STATIC / "css" / "tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    return {name: (light if theme == "light" else dark) for name, light, dark in pairs}


def linear(colour: str) -> Triple:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, vision: str) -> Triple:
    as_seen = np.clip(np.array(VISIONS[vision]) @ linear(colour), 0, 1)
    return np.asarray(np.array(LAB) @ np.cbrt(np.array(CONES) @ as_seen))


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_colour_reads_on_every_ground(theme: str) -> None:
    known = tokens(theme)
    short = [(a, b, contrast(known[a], known[b])) for a in TEXTS for b in GROUNDS if contrast(known[a], known[b]) < 4.5]
    assert short == []


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_filled_buttons_and_tints_read(theme: str) -> None:
    known = tokens(theme)
    pairs = [
        *WASHES,
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("accent", "accent-wash"),
        ("ink", "bad-wash"),
    ]
    assert [(a, b) for a, b in pairs if contrast(known[a], known[b]) < 4.5] == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_edge_of_a_field_and_the_lines_of_a_chart_can_be_seen(theme: str) -> None:
    known = tokens(theme)
    assert contrast(known["edge"], known["surface"]) >= 3
    assert contrast(known["chart-limit"], known["surface"]) >= 3
    assert contrast(known["chart-line"], known["chart-band"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISIONS)
def test_status_colours_stay_apart_for_colour_blind_eyes(theme: str, vision: str) -> None:
    known = tokens(theme)
    for one, other in combinations(STATUSES, 2):
        distance = float(np.linalg.norm(seen(known[one], vision) - seen(known[other], vision)))
        assert distance > 0.07, f"{one} and {other} look alike"


@pytest.mark.parametrize("theme", THEMES)
def test_charts_in_files_have_the_colours_of_the_page(theme: str) -> None:
    known = tokens(theme)
    assert {name: known[name] for name in COLOURS[theme]} == dict(COLOURS[theme])


def test_every_look_of_a_chart_is_in_the_stylesheet() -> None:
    sheet = (STATIC / "css" / "chart.css").read_text()
    assert [look for look in LOOKS if f".chart .{look}" not in sheet and f" .{look}" not in sheet] == []


def test_every_stylesheet_is_linked_by_the_frame_or_by_a_page() -> None:
    pages = "".join(path.read_text() for path in (WEB / "templates").rglob("*.html"))
    drawn = {path.stem for path in (STATIC / "css").glob("*.css")}
    assert set(STYLESHEETS) <= drawn
    assert [name for name in drawn - set(STYLESHEETS) if f"sextant/css/{name}.css" not in pages] == []


def test_every_rule_lies_in_a_layer() -> None:
    for name in STYLESHEETS:
        text = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / f"{name}.css").read_text(), flags=re.S)
        outside = re.sub(r"@layer [\w, ]+;", "", text).strip()
        assert outside.startswith("@layer "), name
        assert text.count("{") == text.count("}"), name


def test_the_first_page_loads_less_than_60_kb_of_our_own() -> None:
    sheets = [STATIC / "css" / f"{name}.css" for name in STYLESHEETS]
    waiting, scripts = ["main.js"], set()
    while waiting:
        name = waiting.pop()
        if name not in scripts:
            scripts.add(name)
            waiting += re.findall(r'^import .*"\./(\w+\.js)"', (STATIC / "js" / name).read_text(), flags=re.M)
    assert sum(path.stat().st_size for path in [*sheets, *(STATIC / "js" / name for name in scripts)]) < 60_000


def test_templates_hold_no_inline_style_and_no_inline_script() -> None:
    for path in (WEB / "templates").rglob("*.html"):
        text = re.sub(r"{%.*?%}", "", path.read_text())
        assert not re.search(r"\sstyle=|<style|\son\w+=|href=.javascript:", text), path.name
        assert not re.search(r"<script(?![^>]*\b(src|type=.application/json))", text), path.name


def test_every_icon_named_in_a_template_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    named = set()
    for path in (WEB / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', path.read_text()))
    assert named <= drawn
