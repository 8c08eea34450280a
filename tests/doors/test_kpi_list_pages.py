"""The list of KPIs, its reports and drafts, home and search."""

from __future__ import annotations

import re

import pytest

from sextant.kpis.models import Kpi, Scorecard
from tests.doors.scorecards import HTMX, acute_care, read, rows_of
from tests.make import make_kpi
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(world: World) -> Scorecard:
    return acute_care(world)


def test_the_list_shows_all_kpis_one_may_see_by_state(world: World, card: Scorecard) -> None:
    make_kpi("running", active=True)
    assert set(rows_of(read(world, "/kpis/"))) == {"well", "badly", "silent", "running"}
    assert set(rows_of(read(world, "/kpis/?state=active"))) == {"running"}
    assert set(rows_of(read(world, "/kpis/?status=off_target"))) == {"badly"}
    assert set(rows_of(read(world, "/kpis/?q=ba"))) == {"badly"}
    assert "running" not in rows_of(read(world, "/kpis/?team=surgery"))


def test_every_report_opens_and_counts_what_it_lists(world: World, card: Scorecard) -> None:
    html = read(world, "/kpi-reports")
    for address, count in re.findall(
        r'<a href="(/kpis/\?report=[^"]+)"><strong class="report-count[^"]*">(\d+)<', html
    ):
        listed = read(world, address)
        if "teams-without" not in address and "balance" not in address:
            assert len(rows_of(listed)) == int(count), address
    for report in ("teams-without", "balance", "discipline"):
        read(world, f"/kpis/?report={report}")


def test_many_drafts_are_completed_at_once_and_what_keeps_one_back_is_said(world: World) -> None:
    make_kpi("ready"), make_kpi("bare", reason="", owner=None, how_measured="")
    make_kpi("theirs", team=world.surgery, owner=None, reason="")
    client = world.client("lea")
    data = {"kpi": ["ready", "bare", "theirs"], "reason": "Patients wait.", "activate": "on"}
    answer = client.post("/kpis/", data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Say how the KPI is measured." in html
    assert "does not allow this" in html
    assert Kpi.objects.get(key="ready").state == "active"
    assert 'value="Patients wait."' in html
    data = {"kpi": ["bare"], "owner": "lea-lead", "how_measured": "By hand.", "activate": "on"}
    assert client.post("/kpis/", data).status_code == 302
    assert Kpi.objects.get(key="bare").state == "active"


def test_home_of_an_empty_installation_shows_the_first_steps(world: World) -> None:
    html = read(world, "/", "ada")
    assert "first-step" in html
    assert "sextant demo" in html


def test_home_shows_what_waits_for_this_person_and_nobody_else(world: World, card: Scorecard) -> None:
    html = read(world, "/")
    assert "Off target" in html
    assert "Badly" in html
    assert "Acute care" in html
    other = read(world, "/", "otto")
    assert 'waiting-off_target"' not in other


def test_search_finds_by_beginnings_and_slips_and_shows_nobody_what_is_hidden(world: World, card: Scorecard) -> None:
    make_kpi("secret-plan", visibility="team", owner=None)
    palette = world.client("lea").get("/search?q=acu", **HTMX).content.decode()
    assert 'role="option"' in palette
    assert "/scorecards/acute-care/" in palette
    assert "<html" not in palette
    assert "/kpis/secret-plan/" in read(world, "/search?q=secert")
    assert "/kpis/secret-plan/" not in read(world, "/search?q=secret", "otto")
    assert "/teams/emergency" in read(world, "/search?q=emerg")
    assert "Nothing here is called" in read(world, "/search?q=<script>zzz")
