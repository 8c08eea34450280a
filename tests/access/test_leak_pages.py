"""What one may not see leaves no trace in any page that links lead to."""

from __future__ import annotations

import pytest

from tests.access.crawl import pages
from tests.access.test_leaks import HIDDEN_KEY, HIDDEN_NAME, HIDDEN_WORDS, Secrets, is_told, secrets
from tests.world import World

pytestmark = pytest.mark.django_db
__all__ = ["secrets"]


@pytest.mark.parametrize("person", ["cem", "vic", "otto"])
def test_no_page_names_a_restricted_thing(world: World, secrets: Secrets, person: str) -> None:
    client = world.client(person)
    starts = (
        "/", "/kpis/", "/kpis/?state=draft", "/kpi-reports", "/scorecards/", "/search?q=golden", "/search?q=Zanz",
        "/audit", "/audit.csv", "/library", "/teams", "/people", "/strategy", "/imports", "/values/", "/tokens",
        "/scorecards/emergency/", f"/scorecards/emergency/rows?kpi={HIDDEN_KEY}&kpi=visits", "/kpis/people-cost/",
        "/kpis/all-visits/", "/kpis/people-cost/?as_of=2026-06-30", "/scorecards/emergency/?as_of=2026-06-30",
        "/teams/emergency", f"/people/{world.person('lea').key}", "/kpi-list/rows?kpi=visits",
    )  # fmt: skip
    seen = dict(pages(client, *starts))
    assert len(seen) > 60
    told = {
        address: word
        for address, body in seen.items()
        for word in HIDDEN_WORDS
        if is_told(word, body.replace(address, "").replace("q=golden", "").replace("q=Zanz", "").replace('"Zanz"', ""))
    }
    assert not told


def test_the_pages_would_have_been_found(world: World, secrets: Secrets) -> None:
    seen = dict(pages(world.client("lea"), "/", "/kpis/", "/scorecards/", "/audit"))
    assert sum(HIDDEN_NAME in body for body in seen.values()) > 8
