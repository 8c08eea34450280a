"""Objectives as somebody meets them: the way to the vision, the map by keyboard, and pages that move by themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_demo import api, serious, sign_in

pytestmark = pytest.mark.e2e
MEMBER = "Amara Okafor"
TWO_SECONDS = 2_000


def listening(page: Page, address: str) -> None:
    """Open a page and wait until it hears what happens."""
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(address)


@pytest.mark.parametrize("begin", ["", "objectives/"])
def test_from_a_key_result_to_the_vision_are_two_clicks(page: Page, demo: Served, begin: str) -> None:
    sign_in(page, demo, MEMBER)
    page.goto(f"{demo.address}/{begin}")
    if begin:
        page.locator(".okr-results > summary").first.click()
    page.locator(".kr-row a").first.click()
    expect(page).to_have_url(re.compile("/key-results/"))
    page.get_by_role("navigation", name="Path to the vision").get_by_role("link", name="Vision").first.click()
    expect(page).to_have_url(f"{demo.address}/strategy")


def test_the_map_is_walked_by_keyboard(page: Page, demo: Served) -> None:
    sign_in(page, demo, MEMBER)
    page.goto(f"{demo.address}/objectives/?view=map")
    page.locator(".m-link[tabindex='0']").focus()
    focused = page.locator(".m-link:focus")
    expect(focused).to_have_attribute("aria-label", re.compile("^Vision:"))
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("aria-label", re.compile("^Theme:"))
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("aria-label", re.compile("^Objective .*%"))
    page.keyboard.press("ArrowDown")
    second = focused.get_attribute("aria-label")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_attribute("aria-label", str(second))
    target = focused.get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{demo.address}{target}")


def test_what_is_below_a_card_folds_and_comes_back(page: Page, demo: Served) -> None:
    sign_in(page, demo, MEMBER)
    page.goto(f"{demo.address}/objectives/?view=map")
    cards = page.locator(".m-node")
    before = cards.count()
    page.locator(".m-link[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    expect(cards).not_to_have_count(before)
    assert "fold=" in page.url
    page.reload()
    expect(cards).not_to_have_count(before)
    page.locator(".m-fold", has_text="+").first.click()
    expect(cards).to_have_count(before)


def moving(demo: Served, token: str) -> Any:
    """A running key result on values that are recorded, below its target, whose objective stands on the map."""
    for one in api(demo, token, "key-results?limit=200")["items"]:
        if one["kind"] != "metric" or not one["metric"] or one["progress"] is None or one["progress"] > 0.9:
            continue
        metric = api(demo, token, f"metrics/{one['metric']}")
        if not metric["formula"] and metric["aggregation"] != "ratio" and one["period"]:
            return one
    pytest.fail("The demo has no key result with a recorded value.")


@pytest.mark.parametrize("view", ["list", "map"])
def test_a_pushed_value_moves_the_objective_on_an_open_page(page: Page, demo: Served, view: str) -> None:
    person = ("--person", "ingrid@larkfield.example")
    token = demo.sextant("token", "create", *person, "--scope", "write", "--name", f"push-{view}")
    one = moving(demo, token)
    sign_in(page, demo)
    listening(page, f"{demo.address}/objectives/?view={view}&cycle=all&rows=all")
    card = page.locator(f"#o-{one['objective']}")
    if view == "list":
        card.locator("summary").click()
        expect(card.locator(f"#kr-{one['key']}")).to_be_visible()
    before = card.inner_text() if view == "list" else card.text_content() or ""
    value = one["baseline"] + (0.91 if view == "list" else 0.97) * (one["target"] - one["baseline"])
    points = [{"metric": one["metric"], "period": one["period"], "value": value}]
    answer = api(demo, token, "measurements", {"batch": f"pushed-for-{view}", "points": points})
    assert answer["superseded"] == 1, answer
    expect(card).not_to_have_text(before, timeout=TWO_SECONDS)
    if view == "list":
        expect(card.locator(f"#kr-{one['key']} .kr-share")).to_have_text("91 %", timeout=TWO_SECONDS)


def test_the_pages_fit_every_screen_and_axe_finds_nothing(page: Page, demo: Served) -> None:
    sign_in(page, demo, MEMBER)
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for view in ("list", "tree", "map"):
            page.goto(f"{demo.address}/objectives/?view={view}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (view, width)
            if width == 1280:
                assert serious(page) == [], view
