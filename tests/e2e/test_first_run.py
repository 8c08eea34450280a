"""The first minutes: a new installation, its administrator, signing out and in again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
PASSWORD = "lantern-harbour-42"


def set_up(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Name of the organisation").fill("Harbour Hospital")
    page.get_by_label("Your name").fill("Ada Admin")
    page.get_by_label("Your e-mail address").fill("ada@harbour.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_the_first_visitor_sets_the_organisation_up_and_is_inside(page: Page, fresh: str) -> None:
    set_up(page, fresh)
    expect(page.locator("body")).to_contain_text("Harbour Hospital")
    page.goto(f"{fresh}/welcome")
    expect(page.get_by_label("Password")).to_have_count(0)
