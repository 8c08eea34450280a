"""A KPI is promoted with one key, comes back by itself as its values are pushed, and every decision can be undone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served, filled, serving
from tests.e2e.test_alerts import A_MINUTE, push
from tests.e2e.test_check_in import sign_in

pytestmark = pytest.mark.e2e
WORLD = [sys.executable, "-m", "tests.e2e.lifecycle_world"]


def in_world(folder: str, *arguments: str) -> str:
    """What the world prints, on this data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEXTANT_", "DJANGO_"))}
    done = subprocess.run(
        [*WORLD, *arguments], env=kept | {"SEXTANT_DATA": folder}, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A hospital with KPIs that lag: two suspected, one promoted, one whose time is over; and a token to push with."""
    folder = tmp_path_factory.mktemp("lives") / "data"
    token = filled("lifecycle_world", folder).split()[-1]
    with serving("serve", folder=folder) as running:
        yield running, token


def test_a_kpi_promoted_by_one_key_comes_back_by_itself_and_says_what_changed_it(
    served: tuple[Served, str], page: Page
) -> None:  # fmt: skip
    running = served[0]
    sign_in(page, running.address, "lea")
    page.goto(f"{running.address}/alerts")
    page.locator(".alert-row").filter(has_text="Uptime").locator("[data-alert-link]").first.click()
    page.get_by_role("link", name="Promote").click()
    expect(page.locator("h2").first).to_have_text("Uptime from 50 % to 99 %")
    expect(page.get_by_role("button", name="Promote")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("It comes back by itself")
    now = page.locator("#life-now")
    expect(now).to_contain_text("Being worked on")

    in_world(running.environment["SEXTANT_DATA"], "age", "uptime", "6")
    push(page, served, "uptime", 99.3, 4)
    expect(now).to_contain_text("1 of 3 weeks in a row on target", timeout=A_MINUTE)
    push(page, served, "uptime", 99.4, 3)
    expect(now).to_contain_text("2 of 3 weeks in a row on target", timeout=A_MINUTE)
    push(page, served, "uptime", 99.6, 2)
    expect(now).to_contain_text("Watched closely", timeout=A_MINUTE)
    expect(page.locator("#life")).to_contain_text("Restored: on target for 3 weeks in a row")

    now.get_by_label("What changed it?").fill("A second power line.")
    now.get_by_role("button", name="Answer").click()
    expect(page.locator("#life")).to_contain_text("A second power line.")
    page.goto(f"{running.address}/search?q=power+line")
    expect(page.locator("main")).to_contain_text("What changed it")
    expect(page.locator("main")).to_contain_text("Uptime")
    page.goto(f"{running.address}/inbox?show=all")
    expect(page.locator("main")).to_contain_text("Uptime restored")

    page.goto(f"{running.address}/kpis/uptime/")
    page.locator("#life summary").first.click()
    page.get_by_role("button", name="Undo it").first.click()
    expect(page.locator("#messages")).to_contain_text("as it was before")
    expect(now).to_contain_text("Coming back")
    expect(page.locator("#life .is-undone").first).to_contain_text("Restored")


def test_an_overdue_promotion_is_decided_by_keyboard(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    sign_in(page, running.address, "lea")
    expect(page.locator("#home")).to_contain_text("To decide")
    page.goto(f"{running.address}/lifecycle")
    expect(page.locator(".life-first")).to_contain_text("Beds free")
    page.keyboard.press("j")
    expect(page.locator(".life-first [data-alert-link]").first).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("Beds free: what happens now?")
    in_time = datetime.now(tz=UTC).date() + timedelta(days=40)
    page.get_by_label("Or until a day of your own").first.fill(in_time.isoformat())
    page.get_by_label("Why is more time right?").focus()
    page.keyboard.type("The new ward opens in spring.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("has more time")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator("#life-now")).to_contain_text("Waits for a decision")


def test_the_pages_fit_every_screen_and_axe_finds_nothing(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    sign_in(page, running.address, "lea")
    addresses = (
        "/lifecycle", "/lifecycle/reds", "/kpis/beds-free/decision", "/kpis/calls-answered/promote",
        "/kpis/forms-complete/",
    )  # fmt: skip
    for scheme, widths in (("light", (1440, 768, 360)), ("dark", (1440,))):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for address in addresses:
            page.goto(f"{running.address}{address}")
            for width in widths:
                page.set_viewport_size({"width": width, "height": 800})
                fits = "document.documentElement.scrollWidth <= innerWidth"
                assert page.evaluate(fits), (address, width)
            found = Axe().run(page).response["violations"]
            serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
            assert serious == [], (address, scheme)


def test_without_javascript_the_forms_do_the_same(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    sign_in(page, running.address, "lea")
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    try:
        bare = plain.new_page()
        bare.goto(f"{running.address}/kpis/calls-answered/promote")
        bare.get_by_role("button", name="Promote").click()
        expect(bare.locator("#life-now")).to_contain_text("Being worked on")
        bare.get_by_role("button", name="Undo", exact=True).click()
        expect(bare.locator("#life-now")).to_contain_text("Worth promoting")
        bare.goto(f"{running.address}/kpis/calls-answered/decision")
        bare.get_by_text("Set it aside").first.click()
        bare.get_by_label("Why is it no reason to act?").fill("The meter was broken.")
        bare.get_by_role("button", name="Set it aside").click()
        expect(bare.locator("#messages")).to_contain_text("Set aside")
    finally:
        plain.close()
