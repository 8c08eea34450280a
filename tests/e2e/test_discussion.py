"""Two people talk about a KPI: a mention offered while typing, a bell that rings at once, drafts that stay."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_demo import serious, sign_in

pytestmark = pytest.mark.e2e
KPI = "kpis/absence-rate/"


def test_a_mention_rings_at_once_and_nothing_half_written_is_lost(demo: Served, page: Page, browser: Browser) -> None:
    other = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB").new_page()
    sign_in(other, demo, "Daniel Novák")
    other.goto(f"{demo.address}/inbox")
    if (all_read := other.get_by_role("button", name="Mark all as read")).count():
        all_read.click()
    other.goto(f"{demo.address}/strategy")
    sign_in(page, demo, "Amara Okafor")
    page.goto(demo.address + "/" + KPI)

    field = page.get_by_label("Comment", exact=True)
    field.click()
    field.press_sequentially("Why the jump, @dan")
    expect(page.get_by_role("option", name="Daniel Novák")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Why the jump, @daniel-novak ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment .mention")).to_have_text("@Daniel Novák")
    expect(page.locator("#discussion-said")).to_contain_text("Told: Daniel Novák.")
    expect(field).to_have_value("")

    expect(other.get_by_role("link", name="Inbox: 1 unread")).to_be_visible()
    other.get_by_role("link", name="Inbox: 1 unread").click()
    other.get_by_role("link", name="Amara Okafor mentioned you on Absence rate").click()
    expect(other.locator(".comment:target")).to_contain_text("Why the jump")
    expect(other.get_by_role("link", name="Inbox: nothing unread")).to_be_visible()

    other.locator(".comment summary", has_text="Answer").first.click()
    answer = other.locator("details[open] textarea")
    answer.fill("Half an ans")
    other.locator("h1").click()
    field.fill("One more thing")
    page.keyboard.press("Control+Enter")
    expect(other.locator(".comment", has_text="One more thing")).to_be_visible()
    expect(answer).to_have_value("Half an ans")
    answer.fill("Half an answer is enough")
    answer.press("Control+Enter")
    expect(page.locator(".answers .comment")).to_contain_text("Half an answer is enough")
    expect(page.locator("#bell .bell-count")).to_be_visible()

    page.locator(".comment", has_text="One more thing").get_by_role("button", name="Remove").click()
    page.locator("#discussion-said").get_by_role("button", name="Undo").click()
    expect(page.locator(".comment", has_text="One more thing")).to_be_visible()
    other.context.close()


def test_the_discussion_and_the_inbox_fit_every_screen_and_axe_finds_nothing(demo: Served, page: Page) -> None:
    sign_in(page, demo, "Daniel Novák")
    for address in ("comments/kpi/absence-rate", "comments/kpi/absence-rate?tab=activity", "inbox?show=all", "inbox"):
        for width in (1440, 768, 320):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{demo.address}/{address}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
        assert serious(page) == [], address
