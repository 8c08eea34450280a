"""Exploring what drives a number: the tree, its evidence, a bet written down and taken back, on every screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served

pytestmark = pytest.mark.e2e
TREE = "/kpis/time-per-process/drivers"


def sign_in(page: Page, demo: Served) -> None:
    page.goto(demo.address)
    page.get_by_role("button", name="Amara").first.click()
    page.wait_for_load_state()


def test_a_line_of_the_tree_opens_its_evidence_and_a_bet_is_written_down_and_taken_back(
    demo: Served, page: Page
) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.address}{TREE}")
    expect(page.locator(".driver-tree .driver-name").first).to_have_text("Time per process")
    page.locator(".driver-edge", has_text="the other way").first.press("Enter")
    expect(page.locator("#evidence")).to_contain_text("Where Adoption rate of new tools moves")
    expect(page.locator("#evidence svg.chart:visible")).to_have_count(2)
    assert page.url.endswith(TREE)

    form = page.locator("#add")
    form.get_by_label("Which metric drives it").fill("Managers trained in the new tools")
    form.get_by_label("How much later").fill("6")
    form.get_by_label("Which way the outcome goes").select_option("other")
    form.get_by_label("Why should it").fill("Managers clear the way.")
    page.get_by_role("button", name="Write the hypothesis down").press("Enter")
    expect(page.locator(".driver-tree")).to_contain_text("6 weeks later, the other way")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".driver-tree")).not_to_contain_text("6 weeks later, the other way")


def test_candidates_are_tried_part_by_part(demo: Served, page: Page) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.address}{TREE}")
    page.get_by_role("link", name="Try them").click()
    expect(page.locator("#suggestions")).to_contain_text("were tried at 9 lags each", timeout=60_000)


def test_the_page_of_the_kpi_says_which_driver_moved(demo: Served, page: Page) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.address}/kpis/time-per-process/")
    expect(page.locator("#driver-moves")).to_contain_text("Its driver")


def test_the_pages_fit_every_screen_and_axe_finds_nothing(demo: Served, page: Page) -> None:
    sign_in(page, demo)
    for width in (1440, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for address in (TREE, f"{TREE}/adoption-rate-of-new-tools", "/kpis/absence-rate/drivers"):
            page.goto(f"{demo.address}{address}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)
            found = Axe().run(page).response["violations"] if width != 768 else []
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], (address, width)
