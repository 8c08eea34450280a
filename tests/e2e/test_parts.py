"""The parts that scripts make quicker, in a real browser under the real content policy, on a page made here."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route, expect

from sextant.calc.limits import LimitSettings
from sextant.core.middleware import POLICY
from sextant.reports.sparklines import sparkline
from tests.reports.pictures import DAY, picture, steady

pytestmark = pytest.mark.e2e

SITE = "http://parts.test"
PAGE = """{% extends "base.html" %}{% load sextant %}
{% block heading %}<h1>Uptime</h1>{% endblock %}
{% block actions %}<a class="button primary" href="/enter">Enter a value</a>{% endblock %}
{% block content %}
<p class="headline">{% definition_link "/definition" "61 %" %} {% status "watch" %} {% trust "B" reasons "uptime" %}</p>
{% kpi_chart picture=shown editable=True %}<form data-chart-form hidden><input name="dividers">
<input name="locked_from"><input name="locked_to"><button>Save</button></form>{% endkpi_chart %}
<section data-topics="kpi:uptime" data-seen>{% scroll_region label="Values" %}
<table class="data scorecard sticky-first" data-grid data-save="/save"><thead><tr><th scope="col">KPI</th>
<th scope="col">Jan</th><th scope="col">Feb</th></tr></thead><tbody>
{% for key in keys %}<tr><th scope="row">{{ key }}{{ line }}</th>
<td class="cell on" tabindex="-1" data-metric="{{ key }}" data-period="2026-01" data-value="1">1</td>
<td class="cell off" tabindex="-1" data-metric="{{ key }}" data-period="2026-02" data-value="2">2</td></tr>{% endfor %}
</tbody></table>{% endscroll_region %}</section>
{% endblock %}"""


class Site:
    """Answers every request of the page without a server, and keeps what was posted."""

    def __init__(self) -> None:
        self.posted: list[Any] = []
        self.answer: dict[str, Any] = {"accepted": 1, "rejected": []}

    def serve(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            kind = mimetypes.guess_type(path)[0] or "text/plain"
            route.fulfill(path=str(file), content_type=kind)
        elif path == "/events":
            body = 'id: 7\ndata: {"topics": ["kpi:uptime"]}\n\n'
            route.fulfill(body=body, content_type="text/event-stream")
        elif path == "/save":
            self.posted.append(json.loads(route.request.post_data or "null"))
            route.fulfill(json=self.answer)
        elif path == "/search":
            route.fulfill(body='<a role="option" aria-selected="false" id="found" href="/found">Found it</a>')
        elif path == "/definition":
            route.fulfill(body='<article class="definition"><h2 id="sheet-title">Uptime</h2></article>')
        else:
            body = _render(PAGE, **_context())
            route.fulfill(body=body, content_type="text/html", headers={"Content-Security-Policy": POLICY})


def _render(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


def _context() -> dict[str, Any]:
    home = SimpleNamespace(key="home", label="Home", url="/home", icon="home", current=True)
    settings = LimitSettings(dividers=(15 * DAY,))
    return {
        "actor": SimpleNamespace(kind="person", label="Ingrid Solberg", key="ingrid"),
        "organisation": SimpleNamespace(name="Nordby"),
        "nav": [home],
        "request": RequestFactory().get("/"),
        "shown": picture([*steady(15), *steady(15, 60.0)], settings=settings, dividers=(15 * DAY,)),
        "reasons": ["No owner"],
        "keys": ["uptime", "delay"],
        "line": sparkline([1.0, 2.0, 3.0], title="Trend"),
    }


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    opened.route(f"{SITE}/**", site.serve)
    opened.goto(f"{SITE}/")
    opened.wait_for_selector("html.js")
    opened.wait_for_selector(".points[role=listbox]")
    yield opened
    assert faults == []
    context.close()


@pytest.mark.parametrize("width", [1280, 768, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_and_no_sideways_scrolling(page: Page, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    found = [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chart_is_read_point_by_point_and_a_range_can_be_locked(page: Page) -> None:
    page.focus(".chart.wide .points")
    readout = page.locator("[data-readout]")
    assert readout.inner_text().startswith("day 29:")
    page.keyboard.press("Home")
    assert readout.inner_text().startswith("day 0:")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert "3 periods chosen" in readout.inner_text()
    page.keyboard.press("l")
    assert page.input_value("[name=locked_from]") == "0"
    assert page.input_value("[name=locked_to]") == str(2 * DAY)
    assert page.locator("[data-chart-form]").is_visible()


def test_a_divider_moves_by_keyboard_and_by_mouse(page: Page) -> None:
    page.focus(".chart.wide .divider")
    page.keyboard.press("ArrowLeft")
    assert page.input_value("[name=dividers]") == str(14 * DAY)
    grip = page.locator(".chart.wide .divider .grip").bounding_box()
    assert grip is not None
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y + 40, steps=5)
    page.mouse.up()
    assert int(page.input_value("[name=dividers]")) > 15 * DAY
    page.keyboard.press("Delete")
    assert page.input_value("[name=dividers]") == ""


def test_a_value_is_typed_into_a_scorecard_by_keyboard(page: Page, site: Site) -> None:
    page.focus(".cell")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("7.5")
    page.keyboard.press("Enter")
    page.wait_for_selector('.cell[data-value="7.5"]')
    assert site.posted[0]["points"] == [{"metric": "delay", "period": "2026-02", "value": "7.5"}]


def test_escape_leaves_a_value_as_it_was(page: Page, site: Site) -> None:
    page.focus(".cell")
    page.keyboard.press("Enter")
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    assert page.locator(".cell").first.inner_text() == "1"
    assert site.posted == []


def test_a_column_is_pasted_and_what_is_refused_is_said(page: Page, site: Site) -> None:
    site.answer = {"rejected": [{"index": 1, "key": "not-a-number", "message": "That is no number."}]}
    page.focus(".cell")
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData("text/plain", "5\\nmany\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    }""")
    page.wait_for_selector(".toast-error")
    assert "That is no number." in page.locator(".toast-error").inner_text()
    assert [one["value"] for one in site.posted[0]["points"]] == ["5", "many"]
    assert page.locator(".cell.is-refused").inner_text() == "many"


def test_the_palette_opens_finds_and_goes_by_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("fo")
    expect(page.locator("#palette #found")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/found$"))


def test_a_number_opens_its_definition_over_the_page(page: Page) -> None:
    page.click(".headline .defined")
    page.wait_for_selector("dialog#sheet[open] .definition")
    page.keyboard.press("Escape")
    assert page.locator("dialog#sheet[open]").count() == 0


def test_reasons_of_trust_open_beside_their_grade(page: Page) -> None:
    page.click(".headline .grade")
    box, grade = page.locator("#trust-uptime").bounding_box(), page.locator(".headline .grade").bounding_box()
    assert box is not None
    assert grade is not None
    assert abs(box["y"] - grade["y"]) < 120


def test_a_topic_of_the_stream_reaches_what_shows_it(page: Page) -> None:
    page.evaluate("""() => {
        document.querySelector("section[data-topics]").addEventListener("sextant-changed", (event) => {
            event.target.dataset.seen = event.detail.topics.join();
        });
    }""")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
    expect(page.locator("section[data-topics]").first).to_have_attribute("data-seen", "kpi:uptime")


def test_a_part_that_was_fetched_again_works_as_before(page: Page) -> None:
    page.wait_for_selector('.cell[tabindex="0"]')
    page.evaluate("""() => {
        const old = document.querySelector("section[data-topics]");
        old.dataset.old = "";
        htmx.ajax("GET", "/", { target: old, select: "section[data-topics]", swap: "outerHTML" });
    }""")
    page.wait_for_selector('section[data-topics]:not([data-old]) .cell[tabindex="0"]')
    page.focus(".cell")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.period") == "2026-02"


def test_the_theme_is_chosen_and_kept(page: Page) -> None:
    page.click("[popovertarget=person-menu]")
    page.click("[data-theme-choice=dark]")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert any(cookie["name"] == "theme" and cookie["value"] == "dark" for cookie in page.context.cookies(SITE))
