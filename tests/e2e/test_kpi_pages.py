"""A KPI's whole life by keyboard: from pasted data to a chart, a KPI, a divider, a correction."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_first_run import set_up

pytestmark = pytest.mark.e2e
MINUTES = [40, 42, 39, 41, 40, 43, 38, 41, 42, 40, 39, 41, 30, 31, 29, 32, 30, 31, 29, 30, 31, 32, 30, 29]
LINES = "\n".join(f"{2024 + place // 12}-{place % 12 + 1:02d}\t{value}" for place, value in enumerate(MINUTES))


def chart_is_focused(page: Page) -> None:
    page.locator("svg.chart.wide .points[tabindex]").first.focus()


def test_pasted_data_become_a_chart_then_a_kpi_whose_range_is_divided_and_value_corrected(
    fresh: Served, page: Page
) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/scratch")
    page.get_by_label("Paste the data").fill(LINES)
    page.get_by_role("button", name="Draw it").press("Enter")
    chart_is_focused(page)
    for _step in range(11):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("d")
    expect(page.locator("#scratch-chart svg.chart.wide .divider")).to_have_count(1)

    page.get_by_role("button", name="Keep it as a KPI").press("Enter")
    page.get_by_label("Name", exact=True).fill("Minutes to the first doctor")
    page.get_by_label("What is good").select_option("down")
    page.get_by_role("button", name="Add as a draft").press("Enter")
    expect(page.locator(".kpi-number")).to_contain_text("29")
    expect(page.locator("body")).to_contain_text("24 values recorded")
    kpi = page.url

    page.get_by_role("link", name="Normal range", exact=True).press("Enter")
    chart_is_focused(page)
    for _step in range(11):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("d")
    expect(page.locator("#limits-live")).to_contain_text("A preview: nothing is saved yet.")
    page.get_by_label("Why?").fill("A second desk opened.")
    page.get_by_role("button", name="Save the normal range").press("Enter")
    expect(page.locator("body")).to_contain_text("a new range from Jan 2025")

    page.goto(f"{kpi}values?period=2025-12")
    page.get_by_label("Value", exact=False).first.fill("35")
    page.keyboard.press("Enter")
    expect(page.locator("s")).to_have_text("29")
    page.goto(kpi)
    expect(page.locator("svg.chart.wide .ring")).to_have_count(1)


def test_the_pages_fit_every_screen_and_axe_finds_nothing(fresh: Served, page: Page) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/kpis/new")
    page.get_by_label("Name", exact=True).fill("Minutes to the first doctor")
    page.get_by_label("Target", exact=False).first.fill("35")
    page.get_by_label("Values you have already").fill(LINES)
    page.get_by_role("button", name="Add as a draft").click()
    expect(page.locator("svg.chart:visible").first).to_be_visible()
    kpi = page.url
    for width in (1440, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for part in ("", "values", "targets", "limits", "definition", "history", "edit", "card"):
            page.goto(f"{kpi}{part}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (part, width)
            found = Axe().run(page).response["violations"] if width != 768 else []
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == [], (part, width)
