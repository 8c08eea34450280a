"""The demo organisation as somebody meets it: who to be, where we stand, one number understood, and live pages."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served
from tests.e2e.news import fetched, held, let_through, tell

pytestmark = pytest.mark.e2e
ADMINISTRATOR = "Ingrid Solheim"
PAGES = (
    "",
    "scorecards/",
    "kpis/",
    "imports",
    "imports/new",
    "library",
    "teams",
    "people",
    "strategy",
    "audit",
    "scratch",
)
WIDTHS = (1280, 768, 320)


def sign_in(page: Page, demo: Served, name: str = ADMINISTRATOR) -> None:
    page.goto(f"{demo.address}/sign-in")
    page.get_by_role("button", name=name).click()
    expect(page.locator("body")).to_contain_text(name)


def api(demo: Served, token: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{demo.address}/api/v1/{path}", data, headers), timeout=30) as answer:
        return json.load(answer)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def first_scorecard(page: Page, demo: Served) -> None:
    page.goto(f"{demo.address}/scorecards/")
    page.locator("main a[href^='/scorecards/']:not([href$='/new'])").first.click()
    expect(page.locator("table.scorecard").first).to_be_visible()


def first_kpi(page: Page, demo: Served) -> None:
    first_scorecard(page, demo)
    page.locator("table.scorecard a[href^='/kpis/']").first.click()
    expect(page.locator("main svg").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_finding_or_scrolls_sideways(page: Page, demo: Served, scheme: Any) -> None:
    sign_in(page, demo)
    first_scorecard(page, demo)
    scorecard = page.url
    first_kpi(page, demo)
    page.emulate_media(color_scheme=scheme)
    wrong = {}
    for address in [*(f"{demo.address}/{path}" for path in PAGES), scorecard, page.url]:
        page.goto(address)
        wrong[address] = serious(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong[address].append(f"scrolls sideways at {width}")
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    assert {address: found for address, found in wrong.items() if found} == {}


def test_a_number_is_understood_by_keyboard_alone(page: Page, demo: Served) -> None:
    sign_in(page, demo)
    first_scorecard(page, demo)
    link = page.locator("table.scorecard a[href^='/kpis/']").first
    for _ in range(200):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    name = link.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(name)


def pushable(demo: Served, token: str) -> Any:
    """A KPI with a value that is recorded, not calculated."""
    for kpi in api(demo, token, "kpis?limit=100")["items"]:
        metric = api(demo, token, f"metrics/{kpi['metric']}")
        if kpi["value"] and not metric["formula"] and metric["aggregation"] != "ratio":
            return kpi
    pytest.fail("The demo has no KPI with a recorded value.")


def test_a_page_shows_a_pushed_value_by_itself(page: Page, demo: Served) -> None:
    person = ("--person", "ingrid@larkfield.example")
    token = demo.sextant("token", "create", *person, "--scope", "write", "--name", "push")
    kpi = pushable(demo, token)
    sign_in(page, demo)
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(f"{demo.address}/kpis/{kpi['key']}/")
    number = page.locator(".kpi-number")
    before = number.inner_text()
    points = [{"metric": kpi["metric"], "period": kpi["period"], "value": kpi["value"] * 0.5}]
    answer = api(demo, token, "measurements", {"batch": "pushed-by-a-test", "points": points})
    assert answer["superseded"] == 1, answer
    expect(number).not_to_have_text(before, timeout=10_000)
    after = number.inner_text()
    page.reload()
    expect(number).to_have_text(after)


def test_a_value_that_comes_while_the_page_is_fetched_again_is_shown_too(page: Page, demo: Served) -> None:
    token = demo.sextant(
        "token", "create", "--person", "ingrid@larkfield.example", "--scope", "write", "--name", "late"
    )
    kpi = pushable(demo, token)
    sign_in(page, demo)
    address = f"{demo.address}/kpis/{kpi['key']}/"
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(address)
    waiting = held(page, address)
    tell(page, "kpi-live")
    ((on_its_way, older),) = fetched(page, waiting)
    before = page.locator(".kpi-number").inner_text()
    points = [{"metric": kpi["metric"], "period": kpi["period"], "value": kpi["value"] * 0.25}]
    assert api(demo, token, "measurements", {"batch": "pushed-meanwhile", "points": points})["superseded"] == 1
    page.wait_for_timeout(1_500)  # the news of it comes while the older answer is still on its way
    on_its_way.fulfill(response=older)
    let_through(page, waiting)
    expect(page.locator(".kpi-number")).not_to_have_text(before)
