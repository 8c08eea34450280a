"""Ten bad values pushed by API make one alert on a page that is open, with its response; a good one ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Served, filled, serving
from tests.e2e.test_check_in import sign_in

pytestmark = pytest.mark.e2e
A_MINUTE = 60_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A hospital with five KPIs on target, one for each journey, and a token to push values with."""
    folder = tmp_path_factory.mktemp("alerts") / "data"
    token = filled("alert_world", folder).split()[-1]
    with serving("serve", folder=folder) as running:
        yield running, token


def week(back: int) -> str:
    """The complete week so many before the newest one."""
    year, number, _day = (datetime.now(tz=UTC).date() - timedelta(weeks=back + 1)).isocalendar()
    return f"{year}-W{number:02d}"


def push(page: Page, served: tuple[Served, str], metric: str, value: float, back: int = 0) -> None:
    running, token = served
    answer = page.request.post(
        f"{running.address}/api/v1/measurements",
        headers={"Authorization": f"Bearer {token}"},
        data={"points": [{"metric": metric, "period": week(back), "value": value}]},
    )
    assert answer.ok, answer.text()


def test_ten_bad_values_make_one_alert_with_its_response_and_a_good_one_ends_it(
    served: tuple[Served, str], page: Page
) -> None:  # fmt: skip
    running = served[0]
    sign_in(page, running.address, "lea")
    page.goto(f"{running.address}/alerts")
    expect(page.locator("main")).to_contain_text("Nothing deviates")
    for back in range(10, 0, -1):
        push(page, served, "seen-in-time", 60, back)
    rows = page.locator(".alert-row")
    expect(rows).to_have_count(1, timeout=A_MINUTE)
    expect(rows).to_contain_text("Past the red flag")
    expect(rows).to_contain_text("Call the on-duty manager.")
    expect(rows).to_contain_text(re.compile("to be answered by"))
    expect(page.locator(".rail-count")).to_have_text(re.compile("^1"))
    expect(page.locator(".bell-count")).to_have_text("1", timeout=A_MINUTE)

    page.keyboard.press("j")
    expect(page.locator("[data-alert-link]")).to_be_focused()
    page.keyboard.press("a")
    expect(rows).to_contain_text("Taken note of")
    expect(page.locator("#messages")).to_contain_text("Noted")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(rows.locator(".alert-state")).to_have_text("Open")

    push(page, served, "seen-in-time", 96)
    expect(rows).to_have_count(0, timeout=A_MINUTE)
    page.goto(f"{running.address}/alerts?state=closed")
    expect(rows).to_have_count(1)
    expect(rows.locator(".alert-state")).to_have_text("It recovered")
    page.goto(f"{running.address}/inbox?show=all")
    told = page.locator(".inbox")
    expect(told.get_by_text("saw it recover")).to_have_count(1, timeout=A_MINUTE)
    expect(told.get_by_text("raised an alert")).to_have_count(1)


def press_on(link: Locator, key: str, seen: Locator) -> None:
    """Press a key on a line, and once more where the list was fetched again under the hand."""
    for _time in range(4):
        if link.count():
            link.focus()
            link.page.keyboard.press(key)
        try:
            return expect(seen).to_be_visible(timeout=4_000)
        except AssertionError:
            continue
    return expect(seen).to_be_visible()


def test_the_keyboard_snoozes_answers_and_starts_an_okr(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    push(page, served, "beds-free", 60)
    sign_in(page, running.address, "lea")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page).to_have_url(f"{running.address}/alerts")
    rows = page.locator(".alert-row").filter(has_text="Beds free")
    expect(rows).to_have_count(1, timeout=A_MINUTE)
    link = rows.locator("[data-alert-link]")
    press_on(link, "s", page.get_by_role("button", name="For a day"))
    expect(page.get_by_role("button", name="For a day")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(rows.locator(".alert-state")).to_contain_text("Snoozed until")
    expect(link).to_be_focused()
    press_on(link, "o", page.locator("h1", has_text="Draft an objective"))
    expect(page.get_by_label("Baseline").first).to_have_value("60")
    page.go_back()
    press_on(link, "Enter", page.locator("h1", has_text="Past the red flag of 70 %"))
    page.get_by_label("What is being done?").fill("A second desk opens on Monday.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".alert-side")).to_contain_text("A second desk opens on Monday.")
    page.goto(f"{running.address}/kpis/beds-free/")
    expect(page.locator("main")).to_contain_text("A second desk opens on Monday.")


def test_news_takes_the_keyboard_back_to_the_list_only_from_the_list(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    push(page, served, "rooms-clean", 60)
    sign_in(page, running.address, "lea")
    page.goto(f"{running.address}/alerts")
    rows = page.locator(".alert-row").filter(has_text="Rooms clean")
    expect(rows).to_have_count(1, timeout=A_MINUTE)
    rows.locator("[data-alert-link]").focus()
    with page.expect_response(re.compile("/alerts$")):
        page.evaluate("document.getElementById('alerts-news').dispatchEvent(new Event('sextant-changed'))")
    expect(rows.locator("[data-alert-link]")).to_be_focused()
    page.locator("[data-palette]").first.focus()
    with page.expect_response(re.compile("/inbox/bell")):
        page.evaluate("document.getElementById('bell').dispatchEvent(new Event('sextant-changed'))")
    page.wait_for_timeout(300)
    expect(page.locator("[data-palette]").first).to_be_focused()


def test_the_pages_fit_every_screen_and_axe_finds_nothing(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    push(page, served, "calls-answered", 60)
    sign_in(page, running.address, "ada")
    page.goto(f"{running.address}/alerts?scope=all")
    row = page.locator(".alert-row").filter(has_text="Calls answered")
    expect(row).to_have_count(1, timeout=A_MINUTE)
    one = row.locator("[data-alert-link]").get_attribute("href")
    addresses = ["/alerts?scope=all", str(one), "/alerts/unanswered", "/settings/alerts", "/settings/alerts/red_flag",
                 "/settings/alerts/deviation?kpi=calls-answered"]  # fmt: skip
    for width, scheme in ((1440, "light"), (768, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for address in addresses:
            page.goto(f"{running.address}{address}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
            found = Axe().run(page).response["violations"]
            serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
            assert serious == [], (address, width)


def test_without_javascript_the_forms_do_the_same(served: tuple[Served, str], page: Page) -> None:
    running = served[0]
    push(page, served, "forms-complete", 60)
    sign_in(page, running.address, "lea")
    page.goto(f"{running.address}/alerts")
    expect(page.locator(".alert-row").filter(has_text="Forms complete")).to_have_count(1, timeout=A_MINUTE)
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    try:
        bare = plain.new_page()
        bare.goto(f"{running.address}/alerts")
        state = bare.locator(".alert-row").filter(has_text="Forms complete").locator(".alert-state")
        bare.get_by_role("button", name="Take note Forms complete").click()
        expect(state).to_have_text("Taken note of")
        bare.get_by_role("button", name="Undo").click()
        expect(state).to_have_text("Open")
    finally:
        plain.close()
