"""The first hour: a new installation, its administrator, and a spreadsheet that becomes a scorecard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served

pytestmark = pytest.mark.e2e
PASSWORD = "lantern-harbour-42"
TABLE = "\n".join(
    [
        "KPI\tUnit\tTarget\t2025-07\t2025-08\t2025-09\t2025-10\t2025-11\t2025-12",
        "Complaints\tcount\t10\t12\t9\t14\t8\t11\t7",
        "Beds in use\tpercent\t85\t81%\t84%\t\t88%\t86%\t83%",
    ]
)


def set_up(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Name of the organisation").fill("Harbour Hospital")
    page.get_by_label("Your name").fill("Ada Admin")
    page.get_by_label("Your e-mail address").fill("ada@harbour.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Harbour Hospital")


def test_the_first_visitor_sets_the_organisation_up_once(page: Page, fresh: Served) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/welcome")
    expect(page.get_by_label("Password")).to_have_count(0)


def test_who_signs_out_comes_back_with_the_password(page: Page, fresh: Served) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/sign-out")
    page.get_by_role("button", name="Sign out").last.click()
    page.goto(f"{fresh.address}/teams")
    page.get_by_label("E-mail").fill("ada@harbour.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{fresh.address}/teams")
    expect(page.locator("h1")).to_have_text("Teams")


def test_a_pasted_table_becomes_a_scorecard_and_is_taken_back(page: Page, fresh: Served) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/imports/new")
    page.get_by_label("Or paste a table").fill(TABLE)
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".import-summary")).to_contain_text("11 values", timeout=60_000)
    expect(page.locator(".import-summary")).to_contain_text("1 empty cell")
    page.get_by_role("button", name="Import 2").click()
    expect(page.locator(".import-summary")).to_contain_text("11 values written", timeout=60_000)
    result = page.url
    page.get_by_role("button", name="Make a scorecard").click()
    expect(page.locator("table")).to_contain_text("Complaints")
    page.get_by_role("link", name="Complaints").first.click()
    expect(page.locator("h1")).to_contain_text("Complaints")
    expect(page.locator("main svg").first).to_be_visible()
    page.goto(result)
    page.get_by_role("button", name="Take it all back").click()
    expect(page.locator("#import")).to_contain_text("was taken back")
