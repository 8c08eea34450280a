"""News that comes when a journey says so: what a page asks for again is held back, and answered later."""

from __future__ import annotations

import time

from playwright.sync_api import APIResponse, Page, Route

from tests.e2e.conftest import PATIENCE

CHANGED = """(ids) => ids.forEach((id) => document.getElementById(id).dispatchEvent(new Event("sextant-changed")))"""


def tell(page: Page, *ids: str) -> None:
    """Say to these parts of the page that what they show has changed."""
    page.evaluate(CHANGED, list(ids))


def held(page: Page, *addresses: str) -> list[Route]:
    """Requests to these addresses; each waits until it is answered."""
    waiting: list[Route] = []
    for address in addresses:
        page.route(address, lambda route: waiting.append(route))
    return waiting


def fetched(page: Page, waiting: list[Route], count: int = 1) -> list[tuple[Route, APIResponse]]:
    """So many requests once they are held, each with what the server says now."""
    deadline = time.monotonic() + PATIENCE / 1000
    while len(waiting) < count and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert len(waiting) == count
    answers = [(route, route.fetch()) for route in waiting]
    waiting.clear()
    return answers


def let_through(page: Page, waiting: list[Route], count: int = 1) -> None:
    """Answer so many requests in one breath, once they are held."""
    for route, answer in fetched(page, waiting, count):
        route.fulfill(response=answer)
