"""From a pitfall to the field that ends it, from a gap to its KPI, and the pulse by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_demo import serious, sign_in

pytestmark = pytest.mark.e2e
STATEMENTS = 5


def test_a_pitfall_leads_to_its_cases_and_a_gap_to_its_field(demo: Served, page: Page) -> None:
    sign_in(page, demo, "Amara Okafor")
    page.goto(f"{demo.address}/teams")
    page.get_by_role("link", name="How well we practise").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How well we practise")
    assert page.locator(".pitfalls tbody tr").count() == 16
    assert serious(page) == []
    page.get_by_role("link", name="Inflexible").click()
    expect(page.get_by_role("heading", name="What is counted")).to_be_visible()
    assert page.locator(".cases li").count() > 0
    assert serious(page) == []

    page.goto(f"{demo.address}/teams/transformation/maturity")
    assert serious(page) == []
    page.locator(".missing a", has_text="put it right").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/kpis/" in page.url


def test_a_phone_shows_the_practice_without_scrolling_sideways(demo: Served, page: Page) -> None:
    sign_in(page, demo, "Amara Okafor")
    page.set_viewport_size({"width": 360, "height": 780})
    for path in ("practice", "practice/kpi-no-context", "teams/finance/maturity", "practice/pulse", "pulse"):
        page.goto(f"{demo.address}/{path}")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path


def test_the_pulse_is_answered_by_keyboard_alone_and_only_once(demo: Served, page: Page) -> None:
    sign_in(page, demo, "Ingrid Solheim")
    page.goto(f"{demo.address}/practice/pulse")
    page.get_by_role("button", name="Close it now").click()  # the round the demo is in
    page.get_by_label("Ask for the pulse").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Ask everybody now").first.click()
    expect(page.get_by_text("Nothing of it is told before it closes")).to_be_visible()

    page.goto(demo.address)
    page.get_by_role("link", name="Answer", exact=True).click()
    assert serious(page) == []
    page.locator("input[type=radio]").first.focus()
    for _statement in range(STATEMENTS):
        for _step in range(3):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
    expect(page.locator("input[type=radio]:checked")).to_have_count(STATEMENTS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("nobody can tell that it was you")).to_be_visible()
    expect(page.get_by_role("link", name="Answer", exact=True)).to_have_count(0)
    page.goto(f"{demo.address}/pulse")
    expect(page.get_by_role("heading", name="You have answered")).to_be_visible()

    page.goto(f"{demo.address}/practice/pulse")
    page.get_by_role("button", name="Close it now").click()
    expect(page.get_by_text("Fewer than five people answered", exact=False).first).to_be_visible()
    page.get_by_label("Ask for the pulse").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
