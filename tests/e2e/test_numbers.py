"""A change is told in words, looked at on the chart, judged by keyboard and taken back; on every screen."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_demo import serious
from tests.e2e.test_first_run import set_up

pytestmark = pytest.mark.e2e
CHANCE = random.Random(5)
MINUTES = [round(CHANCE.gauss(40 if place < 44 else 62, 1.5), 1) for place in range(48)]
LINES = "\n".join(f"{2022 + place // 12}-{place % 12 + 1:02d}\t{value}" for place, value in enumerate(MINUTES))


def test_a_change_is_told_judged_and_taken_back(fresh: Served, page: Page) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/scratch")
    page.get_by_label("Paste the data").fill(LINES)
    page.get_by_role("button", name="Draw it").press("Enter")
    page.get_by_role("button", name="Keep it as a KPI").press("Enter")
    page.get_by_label("Name", exact=True).fill("Minutes to the first doctor")
    page.get_by_label("What is good").select_option("down")
    page.get_by_role("button", name="Add as a draft").press("Enter")
    told = page.locator("#findings")
    expect(told).to_contain_text("above what season and trend led us to expect; chance alone does that")
    expect(page.locator("svg.chart.wide .found")).to_have_count(1)
    kpi = page.url

    page.get_by_role("link", name="Expected by season and trend").press("Enter")
    expect(page).to_have_url(f"{kpi}?expected=1#chart-heading")
    expect(page.locator("svg.chart.wide .expected")).to_have_count(1)
    assert serious(page) == []
    for width in (1440, 768, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), width

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(kpi)
    page.get_by_text("Say what it is").press("Enter")
    page.get_by_label("Why?").fill("One desk is closed for good.")
    page.get_by_role("button", name="This is the new normal").press("Enter")
    expect(page.locator("body")).to_contain_text("it is judged by its new level")
    expect(page.locator("svg.chart.wide .cut")).to_have_count(1)
    expect(told).not_to_contain_text("above what season and trend")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(told).to_contain_text("above what season and trend led us to expect")

    page.goto(f"{fresh.address}/reliability")
    expect(page.locator("main")).to_contain_text("No closed cycle has chances yet")
    assert serious(page) == []
