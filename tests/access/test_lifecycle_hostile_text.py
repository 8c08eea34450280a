"""Texts of surveys, drivers, proposed changes and lives are shown as text, on every page and in every mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from sextant.core import clock
from sextant.core.jobs import run_due
from sextant.kpis.commands import set_target
from sextant.kpis.commands.proposals import announce_proposal, draft_proposal
from sextant.kpis.commands.signing import object_to_proposal, overrule_objections
from sextant.kpis.models import ChangeProposal, Kpi
from sextant.lifecycle.commands.deciding import answer, extend
from sextant.lifecycle.commands.promoting import promote
from sextant.metrics.commands import link_driver, unlink_driver
from sextant.people.queries import today
from sextant.surveys.commands import make_invitations
from tests.access.crawl import opened_pages
from tests.access.test_hostile_text import FORMULA, MARKUP, RAW
from tests.alerts.episodes import values, watched
from tests.make import admin, make_metric, record_values
from tests.surveys.make import opened, token_of
from tests.world import World

pytestmark = pytest.mark.django_db

TEXT = f"{FORMULA} {MARKUP}"


@pytest.fixture
def hostile(world: World) -> Kpi:
    kpi = watched("hostile", name=f"{MARKUP} uptime", owner=world.person("lea"))
    values(kpi, 95, 60, 61, 60)
    driver = make_metric("driver", name=f"{MARKUP} driver", frequency="week")
    former = make_metric("former", name=f"{MARKUP} former", frequency="week")
    link_driver(admin(), kpi.metric, driver, lag=1, why=TEXT)
    link_driver(admin(), kpi.metric, former, lag=1, why=TEXT)
    unlink_driver(admin(), kpi.metric, former, reason=TEXT)
    promotion = promote(
        admin(), kpi, why=TEXT, ends_on=today() + timedelta(days=60), title=f"{MARKUP} aim",
        key_result_title=f"{MARKUP} result", guard=driver, accept_doubts=True,
    )  # fmt: skip
    extend(admin(), promotion, ends_on=today() + timedelta(days=80), reason=TEXT)
    answer(admin(), promotion, TEXT)
    changes = {"description": TEXT, "how_measured": TEXT}
    drafted = draft_proposal(admin(), kpi, changes=changes, reason=TEXT, valid_from=None)
    proposal = announce_proposal(admin(), drafted)
    object_to_proposal(world.lea, proposal, reason=TEXT)
    overrule_objections(admin(), proposal, reason=TEXT)
    record_values(kpi, {"2026-W20": 5})
    with clock.writing_at(clock.now() - timedelta(days=100)):
        set_target(admin(), kpi, target=95)
    return kpi


def test_no_page_about_a_life_a_driver_or_a_change_shows_a_text_as_markup(world: World, hostile: Kpi) -> None:
    starts = (
        "/lifecycle", "/lifecycle/reds", "/kpis/hostile/", "/kpis/hostile/drivers", "/kpis/hostile/proposals",
        "/kpis/hostile/decision", "/practice", "/practice/kpi-resistance", "/search?q=img", "/objectives/",
        f"/proposals/{ChangeProposal.objects.get().pk}", "/kpis/hostile/drivers/driver", "/kpis/hostile/proposals/new",
    )  # fmt: skip
    seen = opened_pages(world.client("ada"), *starts)
    assert sum("&lt;img src=x" in body for body in seen.values()) > 8
    assert {at: word for at, body in seen.items() for word in RAW if word in body and ".csv" not in at} == {}
    run_due()
    assert [
        one.subject for one in mail.outbox for word in RAW for body, _kind in one.alternatives if word in body
    ] == []


def test_no_page_of_a_survey_shows_a_text_as_markup(world: World) -> None:
    survey = opened(
        "asked", name=f"{MARKUP}\r\nBcc: all@evil.example", question=TEXT, low_label=MARKUP[:60], high_label=MARKUP[:60]
    )
    opened("staff", name=f"{MARKUP} staff", question=TEXT, audience="internal")
    starts = ("/surveys", "/surveys/asked/", "/surveys/asked/edit", "/surveys/staff/answer", "/surveys/staff/", "/")
    seen = opened_pages(world.client("lea"), *starts)
    seen["form"] = Client().get(f"/s/{token_of(make_invitations(admin(), survey, count=1)[0])}").content.decode()
    assert sum("&lt;img src=x" in body for body in seen.values()) > 3
    assert {at: word for at, body in seen.items() for word in RAW if word in body} == {}
    world.client("ada").post("/surveys/asked/mails", {"addresses": "a@b.example"})
    assert [one.extra_headers for one in mail.outbox if one.extra_headers] == []
    assert all("\n" not in one.subject and one.to == ["a@b.example"] and not one.bcc for one in mail.outbox)


@pytest.mark.parametrize("address", [
    "/proposals/{}", "/proposals/{}/edit", "/lifecycle/promotions/{}/answer", "/practice?as_of={}", "/surveys/{}/",
    "/lifecycle?team={}", "/lifecycle/reds?back={}", "/teams/emergency/maturity?as_of={}", "/s/{}", "/practice/{}",
    "/practice/pulse?as_of={}", "/surveys?as_of={}", "/kpis/hostile/drivers?as_of={}", "/kpis/hostile/promote?cycle={}",
    "/kpis/hostile/proposals/new?as_of={}", "/kpis/hostile/decision?as_of={}", "/kpis/hostile/promote?alert={}",
])  # fmt: skip
def test_a_senseless_address_is_no_fault(world: World, address: str) -> None:
    values(watched("hostile"), 95, 60, 61, 60)
    client = world.client("ada")
    for odd in ("9" * 30, "0", "-1", "%00", "x" * 3000, "1900-01-01", "9999-12-31", "٣", "NaN", "%ff", "a%2Fb"):
        assert client.get(address.format(odd)).status_code < 500, odd
