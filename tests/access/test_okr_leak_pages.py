"""An objective one may not see leaves no trace in any page that links lead to."""

from __future__ import annotations

import pytest

from tests.access.crawl import pages
from tests.access.test_okr_leaks import everything, told
from tests.make import day
from tests.world import World

pytestmark = pytest.mark.django_db

ALIKE = ("/library/", "/okr-library/", "/kpis/new", "/scratch")


@pytest.mark.parametrize(
    ("kind", "person"),
    [("people", "cem"), ("people", "otto"), ("team", "otto"), ("private", "ada"), ("private", "vic")],
)
def test_no_page_names_a_hidden_objective_or_what_hangs_on_it(world: World, kind: str, person: str) -> None:
    secrets = everything(world, kind)
    cycles = [secrets.hidden.cycle, secrets.closed.cycle]
    starts = [
        "/", "/objectives/", "/objectives/?view=list", "/objectives/?view=tree", "/objectives/?view=map",
        "/objectives/map.svg", "/search?q=Zanz", "/check-in/", "/check-in/team", "/cycles", "/backlog",
        "/cycles/compare", "/strategy", "/teams", "/people", "/kpis/visits/", "/kpis/", "/audit", "/audit.csv",
        "/inbox", "/inbox/bell", "/okr-library", "/settings/rules", "/settings/rules/jargon", "/imports",
        "/kpi-reports",
        f"/objectives/{secrets.parent.key}/", f"/objectives/{secrets.child.key}/", "/teams/emergency",
        f"/objectives/{secrets.parent.key}/results", f"/people/{world.person('lea').key}", "/themes/patient-safety",
        f"/key-results/{secrets.parent.key_results.get().key}/", "/metrics/zanzibar-earns/",
        f"/candidates/{secrets.candidate.pk}/choice", f"/objectives/{secrets.parent.key}/alignment",
        f"/objectives/{secrets.child.key}/alignment", "/kpi-list/kpis.csv", "/me/permissions",
        *(f"/cycles/{cycle.key}/{page}" for cycle in cycles if cycle is not None for page in ("plan", "closure")),
        f"/objectives/?cycle={secrets.hidden.cycle.key}" if secrets.hidden.cycle else "/",
        f"/objectives/{secrets.child.key}/?as_of={day(0)}", f"/objectives/?as_of={day(0)}",
        f"/comments/objective/{secrets.parent.key}", "/objectives/?q=Zanz", "/cycles/compare?learned=Zanz",
    ]  # fmt: skip
    seen = dict(pages(world.client(person), *starts, without=ALIKE, once=("team",)))
    assert len(seen) > 100
    found = {}
    for address, body in seen.items():
        asked = body.replace(address, "").replace("Zanz", "Zanz" if "anzibar" in body else "")
        own = address.lower()
        if words := [word for word in told(asked) if word not in own]:
            found[address] = words
    assert found == {}


def test_the_pages_would_have_been_found(world: World) -> None:
    everything(world, "people")
    starts = ("/", "/objectives/", "/cycles", "/audit", "/cycles/compare", "/check-in/")
    seen = dict(pages(world.client("lea"), *starts, without=ALIKE, once=("team",), most=160))
    assert sum("Zanzibar" in body for body in seen.values()) > 8
