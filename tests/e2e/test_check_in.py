"""Checking in by keyboard: five items in one pass, timed by the page itself, and two people at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.check_in_world import FIVE
from tests.e2e.conftest import Served, filled, serving
from tests.world import PASSWORD

pytestmark = pytest.mark.e2e


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Served]:
    """A hospital in which Cem owes five check-ins."""
    folder = tmp_path / "data"
    filled("check_in_world", folder)
    with serving("serve", folder=folder) as served:
        yield served


def sign_in(page: Page, address: str, who: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail").fill(f"{who}@hospital.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#owed")).to_be_visible()
    page.wait_for_load_state()  # only then are the keys heard


def test_a_new_member_finds_what_they_owe_and_says_five_things_in_under_a_minute(hospital: Served, page: Page) -> None:
    sign_in(page, hospital.address, "cem")
    expect(page.locator("[data-owed]")).to_have_text("5")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.locator("h1")).to_have_text("5 things to check in on")
    expect(page.locator("[data-item].is-current")).to_have_count(1)
    expect(page.locator("[data-item]").first).to_be_focused()

    page.keyboard.press("Enter")  # unchanged
    expect(page.locator("[data-progress] p")).to_have_text("1 of 5")
    page.keyboard.press("Shift+Digit0")  # surer than before
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("2 of 5")
    page.keyboard.press("v")  # another value
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("3 of 5")
    page.keyboard.press("4")
    page.keyboard.press("s")  # at risk
    page.keyboard.press("b")
    page.keyboard.type("Nobody to staff the desk")
    page.keyboard.press("Tab")
    page.keyboard.type("Lea Lead")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("4 of 5")
    page.keyboard.press("Enter")

    effort = page.locator(".check-effort")
    expect(effort).to_contain_text("for 5 items")
    assert effort.get_attribute("data-items") == "5"
    assert float(effort.get_attribute("data-seconds") or "60") < 60
    expect(page.locator(".check-lines > li")).to_have_count(5)
    expect(page.locator(".check-summary")).to_contain_text("confidence 10")
    expect(page.locator(".check-summary")).to_contain_text("unchanged")
    expect(page.locator(".check-summary")).to_contain_text("Read by everyone in Harbour Hospital")
    expect(page.locator("[data-owed]")).to_be_hidden()
    expect(page.locator("#summary-heading")).to_be_focused()

    page.locator(".check-lines > li", has_text=FIVE[0]).get_by_role("button").press("Enter")
    expect(page.locator("h1")).to_have_text("1 thing to check in on")
    expect(page.locator("[data-item]")).to_contain_text(FIVE[0])


def test_off_track_asks_what_happened_and_keeps_what_was_typed(hospital: Served, page: Page) -> None:
    sign_in(page, hospital.address, "cem")
    page.goto(f"{hospital.address}/check-in/")
    item = page.locator("[data-item]").first
    expect(item).to_be_focused()
    page.keyboard.press("2")
    for _press in range(2):
        page.keyboard.press("s")
    page.keyboard.press("n")
    page.keyboard.type("Two nurses left.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-item]").first).to_contain_text("Off track needs an action")
    expect(page.get_by_label("What happened?").first).to_have_value("Two nurses left.")
    expect(page.get_by_label("What will you do?").first).to_be_focused()
    page.keyboard.type("Ask the pool.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("1 of 5")
    page.locator("[data-undo] button").press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("0 of 5")


def test_who_is_second_sees_both_versions_and_loses_nothing(hospital: Served, page: Page, browser: Browser) -> None:
    sign_in(page, hospital.address, "cem")
    page.goto(f"{hospital.address}/check-in/")
    expect(page.locator("[data-item]").first).to_be_focused()
    place = page.locator("[data-item] form.check-body").first.get_attribute("action") or ""
    other = browser.new_page()
    sign_in(other, hospital.address, "lea")
    other.goto(f"{hospital.address}{place}")
    other.get_by_label("A line").fill("The new desk works.")
    other.get_by_role("button", name="Confirm").click()
    expect(other.locator("body")).to_contain_text("Checked in on")
    other.close()
    page.keyboard.press("n")
    page.keyboard.type("I doubt it.")
    page.keyboard.press("Enter")
    item = page.locator("[data-item]").first
    expect(item).to_contain_text("Lea Lead checked in on it meanwhile")
    expect(item.locator("table.compare")).to_contain_text("The new desk works.")
    expect(item.locator("[data-note]")).to_have_value("I doubt it.")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("1 of 5")
    page.goto(f"{hospital.address}{place}")
    expect(page.locator("#check-ins")).to_contain_text("The new desk works.")
    expect(page.locator("#check-ins")).to_contain_text("I doubt it.")


def test_the_list_works_without_javascript(hospital: Served, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, hospital.address, "cem")
    page.goto(f"{hospital.address}/check-in/")
    for left in (4, 3):
        page.get_by_role("button", name="Confirm").first.click()
        expect(page.locator("[data-item]")).to_have_count(left)
    expect(page.locator(".check-summary")).to_contain_text("2 check-ins said")
    page.locator(".check-summary").get_by_role("button", name="Undo").first.click()
    expect(page.locator("[data-item]")).to_have_count(4)
    context.close()


def test_the_pages_fit_every_screen_and_axe_finds_nothing(hospital: Served, page: Page) -> None:
    sign_in(page, hospital.address, "cem")
    page.goto(f"{hospital.address}/check-in/")
    page.keyboard.press("Enter")
    expect(page.locator("[data-progress] p")).to_have_text("1 of 5")
    for width in (1440, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for part in ("/check-in/", "/check-in/team", "/kpis/complaints/check-ins"):
            page.goto(f"{hospital.address}{part}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (part, width)
            found = Axe().run(page).response["violations"] if width != 768 else []
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], (part, width)
