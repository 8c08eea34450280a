"""A change of a KPI as people meet it: looked at, announced, objected to, overruled, withdrawn; and a second look."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Served
from tests.e2e.news import held, let_through, tell
from tests.e2e.test_demo import ADMINISTRATOR, api, serious, sign_in

pytestmark = pytest.mark.e2e
OWNER, OWNER_KEY = "Sofia Marchetti", "sofia-marchetti"
SEEN = "100 * [patients-who-left-within-four-hours] / [patients-who-attended]"


def writing(demo: Served) -> str:
    """A token of the administrator."""
    person = ("--person", "ingrid@larkfield.example")
    return demo.sextant("token", "create", *person, "--scope", "write", "--name", "a journey")


def watched(demo: Served, key: str) -> None:
    """A KPI of our own, worked out from two metrics of the demo, with a target."""
    token = writing(demo)
    kpi = {
        "name": key.replace("-", " ").capitalize(), "key": key, "team": "larkfield-hospital", "owner": OWNER_KEY,
        "reason": "Patients wait.", "how_measured": "From the front desk.", "formula": SEEN, "unit": "percent",
        "aggregation": "mean", "frequency": "month",
    }  # fmt: skip
    api(demo, token, "kpis", kpi)
    api(demo, token, f"kpis/{key}/activation", {})
    api(demo, token, f"kpis/{key}/targets", {"target": 85})


def instead(page: Page, demo: Served, name: str = ADMINISTRATOR) -> None:
    """Somebody else at the same browser; the page before must not listen on without its session."""
    page.goto("about:blank")
    page.context.clear_cookies()
    sign_in(page, demo, name)


def test_a_change_is_looked_at_announced_objected_to_and_overruled(page: Page, demo: Served) -> None:
    watched(demo, "waited-a-little")
    sign_in(page, demo)
    page.goto(f"{demo.address}/kpis/waited-a-little/proposals")
    page.get_by_role("link", name="Propose a change").first.click()
    page.get_by_label("Why should it change?").fill("Nine in ten is what we promise.")
    page.get_by_label("Target", exact=False).first.fill("90")
    page.get_by_label("For the whole history").check()
    page.get_by_role("button", name="Look at what it would do").click()
    expect(page.get_by_role("heading", name="What it would do to the history")).to_be_visible()
    expect(page.get_by_role("heading", name="As it would be")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Announce it").click()
    expect(page.locator("main")).to_contain_text("Announced")
    proposal = page.url

    instead(page, demo, OWNER)
    page.goto(proposal)
    expect(page.get_by_role("button", name="I agree")).to_be_visible()
    page.get_by_text("Object", exact=True).first.click()
    page.locator("#proposal_objection-reason").fill("Winter is not over.")
    page.get_by_role("button", name="Object").click()
    expect(page.locator("main")).to_contain_text("Stopped by an objection")

    instead(page, demo)
    page.goto(proposal)
    expect(page.locator("main")).to_contain_text("Winter is not over.")
    page.get_by_text("Overrule the objection", exact=True).first.click()
    page.locator("#proposal_overruling-reason").fill("The promise stands in winter too.")
    page.get_by_role("button", name="Overrule the objection").click()
    expect(page.locator("main")).to_contain_text("Overruled by")
    assert serious(page) == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_text("Withdraw the proposal", exact=True).first.click()
    page.get_by_role("button", name="Withdraw the proposal").click()
    expect(page.locator("main")).to_contain_text("Withdrawn")


def test_what_is_worth_a_second_look_is_explained_and_undone(page: Page, demo: Served) -> None:
    watched(demo, "nearly-always-met")
    api(demo, writing(demo), "kpis/nearly-always-met/targets", {"target": 5})
    sign_in(page, demo)
    page.goto(f"{demo.address}/kpis/nearly-always-met/")
    looks = page.get_by_role("region", name="Worth a second look")
    expect(looks).to_contain_text("Target long since met")
    assert serious(page) == []
    looks.get_by_text("It is all right").click()
    looks.get_by_label("Why?").fill("It is a promise, not an aim.")
    looks.get_by_role("button", name="Explain").click()
    expect(page.locator("main")).to_contain_text("1 thing worth a look was explained")
    page.get_by_role("button", name="Undo").click()
    expect(looks).to_contain_text("Target long since met")


def reading(page: Page, demo: Served, key: str) -> tuple[str, Locator]:
    """A KPI page with something worth a second look, its stream cut: news comes when the journey says so."""
    watched(demo, key)
    api(demo, writing(demo), f"kpis/{key}/targets", {"target": 5})
    sign_in(page, demo)
    page.route("**/events?**", lambda route: route.abort())
    page.goto(f"{demo.address}/kpis/{key}/")
    return page.url, page.get_by_role("region", name="Worth a second look")


def test_news_leaves_unfolded_what_somebody_has_unfolded(page: Page, demo: Served) -> None:
    address, looks = reading(page, demo, "unfolded-while-news-comes")
    unfold = looks.locator("summary").first
    unfold.click()
    expect(looks.locator("details").first).to_have_attribute("open", "")
    news = held(page, address, f"{demo.address}/inbox/bell")
    for turn in range(5):  # the page's news and the bell's come together, in either order
        page.evaluate(f"document.getElementById('kpi-live').dataset.age = 'before news {turn}'")
        tell(page, *(["kpi-live", "bell"] if turn % 2 else ["bell", "kpi-live"]))
        let_through(page, news, 2)
        expect(page.locator("#kpi-live")).not_to_have_attribute("data-age", f"before news {turn}")
        expect(looks.locator("details").first).to_have_attribute("open", "")
        expect(unfold).to_be_focused()


def test_news_leaves_alone_what_somebody_has_begun_to_write(page: Page, demo: Served) -> None:
    address, looks = reading(page, demo, "written-while-news-comes")
    unfold = looks.locator("summary").first
    unfold.click()
    news = held(page, address)
    page.evaluate("document.getElementById('kpi-live').dataset.age = 'before the news'")
    with page.expect_request(address):
        tell(page, "kpi-live")
    looks.get_by_label("Why?").fill("It is a promise, not an aim.")
    with page.expect_response(address):
        let_through(page, news)
    page.wait_for_timeout(300)
    expect(page.locator("#kpi-live")).to_have_attribute("data-age", "before the news")
    expect(looks.get_by_label("Why?")).to_have_value("It is a promise, not an aim.")

    page.unroute(address)
    looks.get_by_label("Why?").fill("")
    unfold.click()
    expect(page.locator("#kpi-live")).not_to_have_attribute("data-age", "before the news")
