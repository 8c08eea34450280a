"""A spreadsheet becomes KPIs and a scorecard, in a real browser: by mouse, by keyboard, at every width."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_first_run import set_up

pytestmark = pytest.mark.e2e

SHEET = """KPI;Owner;Unit;Target;2026-01;2026-02;2026-03;2026-04
Waiting time;Lea Lead;minutes;30;41;38;35;31
Complaints;Cem Contributor;number;5;9;;7;6
Bed occupancy;;%;85;91,5;90,2;#REF!;88,4
Falls per 1000 days;Otto;number;;2,1;1,9;2,4;<1
Staff turnover;HR;%;8;11,2;10,9;10,1;9,8
"""
WIDTHS = (1440, 768, 360)
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest(".scroll-region, dialog, [popover]"))
  .map((one) => one.outerHTML.slice(0, 120))"""


def look(page: Page, name: str, folder: Path) -> None:
    """No serious finding, no sideways scrolling of the page itself, at any width and in both themes."""
    for width in WIDTHS:
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = Axe().run(page).response["violations"]
            bad = [
                (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")
            ]
            assert bad == [], f"{name} at {width} px, {theme}"
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True, caret="initial")
        assert page.evaluate(TOO_WIDE) == [], f"{name} at {width} px"
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")


def test_a_spreadsheet_becomes_a_scorecard(page: Page, fresh: Served, tmp_path: Path) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/imports")
    look(page, "empty", tmp_path)
    page.get_by_role("link", name="Import the first file").click()
    look(page, "new", tmp_path)
    sheet = tmp_path / "kpis-2026-04.csv"
    sheet.write_text(SHEET)
    page.set_input_files("#files", sheet)
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".import-summary")).to_contain_text("18 values")
    look(page, "preview", tmp_path)
    page.get_by_label("Direction of Waiting time").select_option("down")
    expect(page.get_by_label("Direction of Waiting time").locator("option")).to_have_count(3)
    page.get_by_label("What “Owner” is").select_option("theme")
    expect(page.locator("table.drafts")).not_to_contain_text("Lea Lead")
    page.get_by_label("What “Owner” is").select_option("owner")
    expect(page.locator("table.drafts")).to_contain_text("Lea Lead")
    page.get_by_role("link", name="All 5, and change many at once").click()
    look(page, "kpis", tmp_path)
    page.get_by_role("link", name="Back to the preview").click()
    page.get_by_role("button", name="Import 5 KPIs").click()
    expect(page.get_by_role("button", name="Make a scorecard of these 5")).to_be_visible()
    look(page, "result", tmp_path)
    page.get_by_role("link", name="All of them").click()
    look(page, "problems", tmp_path)
    page.goto(f"{fresh.address}/imports")
    look(page, "list", tmp_path)
    page.get_by_role("button", name="Take kpis-2026-04.csv back").click()
    expect(page.locator("main")).to_contain_text("This import was taken back")


def test_a_table_is_pasted_answered_and_imported_by_keyboard_alone(page: Page, fresh: Served, tmp_path: Path) -> None:
    set_up(page, fresh.address)
    page.goto(f"{fresh.address}/imports/new")
    page.locator("#table").focus()
    page.keyboard.insert_text("KPI\tJan\tFeb\tMar\nOn-time delivery\t91 %\t93 %\t90 %\nTickets open\t120\t98\t105\n")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Read it").press("Enter")
    question = page.get_by_role("combobox", name="No column names a year")
    expect(question).to_be_visible()
    look(page, "questions", tmp_path)
    question.focus()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.keyboard.type("2026")
    page.keyboard.press("Enter")
    expect(page.locator(".import-summary")).to_contain_text("6 values")
    assert len(sent) == 1, "Enter changes the field and sends the form: one answer, not two that race"
    page.get_by_role("button", name="Import 2 KPIs").press("Enter")
    expect(page.locator("main")).to_contain_text("6 values written")


def test_it_works_without_scripts(page: Page, fresh: Served, tmp_path: Path) -> None:
    set_up(page, fresh.address)
    signed_in = page.context.storage_state()
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in)
    plain = context.new_page()
    sheet = tmp_path / "kpis.csv"
    sheet.write_text(SHEET)
    plain.goto(f"{fresh.address}/imports/new")
    plain.set_input_files("#files", sheet)
    plain.get_by_role("button", name="Read it").click()
    plain.get_by_label("Direction of Complaints").select_option("down")
    plain.locator("tr", has_text="Complaints").get_by_role("button", name="Set").click()
    expect(plain.get_by_label("Direction of Complaints").locator("option")).to_have_count(3)
    plain.get_by_role("button", name="Import 5 KPIs").click()
    expect(plain.locator("main")).to_contain_text("18 values written")
    context.close()


def test_a_larger_file_is_read_by_another_process_while_the_page_shows_how_far(
    page: Page, fresh: Served, tmp_path: Path
) -> None:
    set_up(page, fresh.address)
    sheet = tmp_path / "large.csv"
    days = [f"{2010 + n // 300}-{n // 25 % 12 + 1:02d}-{n % 25 + 1:02d}" for n in range(3_000)]
    with sheet.open("w") as file:
        file.write("KPI,Date,Value\n")
        for machine in range(40):
            file.writelines(f"Machine {machine:02d},{day},{place % 97}\n" for place, day in enumerate(days))
    page.goto(f"{fresh.address}/imports/new")
    page.set_input_files("#files", sheet)
    page.get_by_role("button", name="Read it").click()
    expect(page.locator(".import-summary")).to_contain_text("120,000 values", timeout=60_000)
    page.wait_for_timeout(1_500)  # a poll that is under way when the page is left would show as an error
    page.get_by_role("button", name="Import 40 KPIs").click()
    expect(page.locator("main")).to_contain_text("120,000 values written", timeout=60_000)
    page.wait_for_timeout(1_500)
