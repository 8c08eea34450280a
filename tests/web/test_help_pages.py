"""The documentation inside the product: every page renders, links lead somewhere, markup brings no scripts."""

from __future__ import annotations

import re

import pytest

from sextant.web import help as help_pages
from tests.world import World


@pytest.mark.parametrize("name", help_pages.pages())
def test_every_page_of_the_documentation_is_served(world: World, name: str) -> None:
    answer = world.client("vic").get(f"/help/{name}")
    assert answer.status_code == 200
    assert "<h1" in answer.content.decode()


def test_the_start_page_lists_the_chapters(world: World) -> None:
    page = world.client("vic").get("/help/").content.decode()
    for title in ("Guide", "Method", "Operating", "Reference", "Decisions"):
        assert title in page


def test_links_between_pages_lead_to_pages(world: World) -> None:
    browser = world.client("vic")
    targets = set()
    for page in help_pages.pages().values():
        html = help_pages.to_html(page.name, page.file.read_text(encoding="utf-8"))
        targets |= {target.partition("#")[0] for target in re.findall(r'href="(/help/[^"]+)"', html)}
    assert len(targets) > 5
    for target in targets:
        assert browser.get(target).status_code == 200, target


def test_the_help_is_one_click_away_from_every_page(world: World) -> None:
    assert 'href="/help"' in world.client("vic").get("/teams").content.decode()


def test_markup_in_a_page_is_shown_as_text() -> None:
    html = help_pages.to_html("guide/x", "# A\n\n<script>alert(1)</script> and [b](javascript:alert(1))\n")
    assert "<script>" not in html
    assert 'href="javascript' not in html


def test_an_anchor_set_by_hand_names_the_heading_below_it() -> None:
    html = help_pages.to_html("guide/x", '# A\n\n<a id="score"></a>\n## The score of a KPI\n\n## The score of a KPI\n')
    assert '<h2 id="score"' in html
    assert 'id="the-score-of-a-kpi-1"' in html
    assert "&lt;a" not in html


def test_links_into_the_repository_are_plain_text_here() -> None:
    html = help_pages.to_html("guide/x", "[style](../../STYLE.md) and [kpis](../index.md#look)")
    assert "STYLE" not in html
    assert 'href="/help/index#look"' in html


@pytest.mark.parametrize("name", ["nowhere", "../README", "guide/../../README", "%2e%2e/README"])
def test_only_pages_of_the_documentation_are_served(world: World, name: str) -> None:
    assert world.client("vic").get(f"/help/{name}").status_code == 404
