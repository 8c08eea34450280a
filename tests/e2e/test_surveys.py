"""A survey on a phone: made by a lead, answered by strangers without scripts, and its result beside the KPI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served, filled, serving
from tests.world import PASSWORD

pytestmark = pytest.mark.e2e
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Served]:
    """A hospital in which nobody has been asked anything."""
    folder = tmp_path / "data"
    filled("survey_world", folder)
    with serving("serve", folder=folder) as served:
        yield served


def looks_right(page: Page) -> None:
    """Nothing serious for axe, and nothing that makes the page scroll sideways."""
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_lead_asks_on_a_phone_strangers_answer_and_the_result_stands_beside_the_kpi(
    hospital: Served, page: Page, browser: Browser
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{hospital.address}/sign-in")
    page.get_by_label("E-mail").fill("lea@hospital.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_visible()

    page.goto(f"{hospital.address}/surveys")
    page.get_by_role("link", name="Add the first one").click()
    page.get_by_role("link", name="Net promoter score").click()
    looks_right(page)
    page.get_by_label("Name", exact=True).fill("Patients")
    page.get_by_role("button", name="Add as a draft").click()
    expect(page.locator("h1")).to_have_text("Patients")
    looks_right(page)
    page.get_by_role("button", name="Open it").click()
    page.get_by_label("How many links").fill("6")
    page.get_by_role("button", name="Make and show").click()
    links = page.get_by_label("One on each line").input_value().split()
    assert len(set(links)) == 6
    looks_right(page)

    for number, link in enumerate(links[:5]):
        own = f"{hospital.address}/s/{link.rpartition('/')[2]}"  # the server was told to choose its port
        answer(browser, own, score=10 if number else 3, with_scripts=number == 0)

    page.goto(f"{hospital.address}/surveys/patients/")
    expect(page.locator("#survey-live")).to_contain_text("5 answers to 6 links")

    page.get_by_role("button", name="More", exact=True).last.click()
    counts(page)
    expect(page.locator("#survey-live")).to_contain_text("±15.3")
    looks_right(page)
    page.get_by_role("button", name="Watch this as a KPI").click()
    expect(page.get_by_text("±15.3 from 100 answers")).to_be_visible()


def counts(page: Page) -> None:
    """Half a hundred promoters of last year, thirty passives and twenty detractors."""
    page.goto(page.url.split("#")[0].rstrip("/") + "/counts")
    page.get_by_label("Period", exact=True).fill("May 2020")
    for score, count in (("10", "50"), ("8", "30"), ("0", "20")):
        page.get_by_label(score, exact=True).fill(count)
    looks_right(page)
    page.get_by_role("button", name="Publish").click()


def answer(browser: Browser, link: str, *, score: int, with_scripts: bool) -> None:
    """Somebody follows a link on a phone, by keyboard alone, and tries it again afterwards."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=with_scripts, locale="en-GB")
    page = context.new_page()
    page.goto(link)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _step in range(score):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", checked=True)).to_have_value(str(score))
    if with_scripts:
        looks_right(page)
        smallest = page.evaluate("Math.min(...[...document.querySelectorAll('.score')].map(s => s.offsetHeight))")
        assert smallest >= 44
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Thank you. Your answer is counted.")
    if with_scripts:
        looks_right(page)
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Already counted")
    assert {cookie.get("name") for cookie in context.cookies()} <= {"csrftoken"}
    context.close()
