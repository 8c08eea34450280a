"""The flawed example put right by clicks while typing, and the pages of objectives on every screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_first_run import set_up
from tests.okrs.test_accept_repairs import FLAWED, KEY_RESULTS

pytestmark = pytest.mark.e2e
WORK = (KEY_RESULTS[0], KEY_RESULTS[1], KEY_RESULTS[2], KEY_RESULTS[4])


def test_the_flawed_example_is_flagged_while_typing_and_repaired_by_clicks(fresh: Served, page: Page) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/objectives/new")
    page.get_by_label("What changes if this succeeds?").fill("People find us before they call.")
    page.get_by_label("Objective", exact=True).fill(FLAWED)
    for count in (4, 5):
        page.get_by_role("button", name="Another key result").click()
        expect(page.locator("[name$='-title']")).to_have_count(count)
    for place, title in enumerate(KEY_RESULTS):
        page.locator("[name$='-title']").nth(place).fill(title)
    expect(page.locator("#says-objective [data-rule=number-in-objective]")).to_have_count(1)
    work = page.locator("[data-rule=key-result-as-task], [data-rule=activity-as-outcome]")
    expect(work).to_have_count(4)
    expect(page.locator("#says-4 [data-rule=key-result-as-task]")).to_have_count(0)

    page.get_by_role("button", name="Say it without the number").click()
    expect(page.get_by_label("Objective", exact=True)).to_have_value("Increase website traffic")
    page.get_by_label("Objective", exact=True).fill(FLAWED)
    expect(page.locator("#says-objective [data-rule=number-in-objective]")).to_have_count(1)
    page.get_by_role("button", name="Accept all").click()
    expect(page.get_by_label("Objective", exact=True)).to_have_value("Increase website traffic")
    expect(work).to_have_count(0)
    for place, title in enumerate(WORK, 1):
        expect(page.get_by_label(f"Initiative {place}")).to_have_value(title)
    expect(page.locator("[name$='-title']").nth(0)).to_have_value("Website traffic up by 20 %")

    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Increase website traffic")
    expect(page.locator(".kr-line")).to_have_count(2)
    expect(page.locator("#initiatives tbody tr")).to_have_count(4)


def test_the_pages_of_objectives_fit_every_screen_and_axe_finds_nothing(demo: Served, page: Page) -> None:
    page.goto(demo.address)
    page.get_by_role("button", name="Amara").first.click()
    page.wait_for_load_state("networkidle")
    top = "/objectives/digitalisation-as-a-lever/"
    parts = (
        top, f"{top}edit", f"{top}alignment", f"{top}override", f"{top}key-results/new", f"{top}initiatives/new",
        "/key-results/manual-time-down/", "/key-results/manual-time-down/edit",
        "/key-results/manual-time-down/figures", "/objectives/new?template=digital-daily-work",
        "/chooser?text=Train+100+%25+of+the+managers+by+June", "/okr-library",
    )  # fmt: skip
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for part in parts:
            page.goto(f"{demo.address}{part}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (part, width)
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], (part, width)
