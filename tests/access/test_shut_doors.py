"""Forged forms, addresses of other sites, sessions somebody kept, and questions without end."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from sextant.core.logs import WithoutSecrets
from sextant.core.models import Event
from sextant.metrics.queries.series import MOST_PERIODS, series_of
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.commands import make_password_link, set_password_by_link
from sextant.people.models import User
from tests.access.crawl import body_of, pages
from tests.access.routes import ROUTES, Words
from tests.doors.calls import script
from tests.make import make_kpi, make_metric, record_values
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db
EVIL = ("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "https:evil.example",
        "javascript:alert(1)", "http://testserver@evil.example/", "///evil.example", "%2f%2fevil.example",
        "/%09/evil.example", "\t//evil.example")  # fmt: skip


def strict(world: World, name: str) -> Client:
    """A browser whose forms are checked as in real life."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(email=f"{name}@hospital.example"))
    return client


# A mail program posts here by itself (RFC 8058), without a cookie: the signed link is the proof, and all it opens.
PROVEN_BY_LINK = {"mute"}


@pytest.mark.parametrize("name", sorted({route.name for route in ROUTES} - PROVEN_BY_LINK))
def test_a_form_that_another_site_sends_changes_nothing(world: World, name: str) -> None:
    words, client = Words(world), strict(world, "ada")
    route = next(route for route in ROUTES if route.name == name)
    address = reverse(route.name, args=[words.fill(part) for part in route.args])
    data = {field: words.fill(value) for field, value in route.data.items()}
    before = Event.objects.count()
    for headers in ({}, {"HX-Request": "true"}, {"Origin": "https://evil.example"}):
        assert client.post(address, data, headers=headers).status_code == 403
    assert Event.objects.count() == before


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/metrics", '{"name": "x", "team": "emergency"}'), ("PATCH", "/kpis/waiting-time", '{"version": 1}'),
    ("DELETE", "/kpis/waiting-time/activation", ""), ("PUT", "/metrics/waiting-time/limits", '{"reason": "x"}'),
    ("POST", "/measurements", '{"points": []}'),
])  # fmt: skip
def test_the_api_takes_no_writing_from_a_session_without_its_token(
    world: World, method: str, path: str, body: str
) -> None:
    make_kpi()
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = strict(world, "ada").generic(method, f"/api/v1{path}", body, kind)
        assert answer.status_code == 403, answer.content
    assert Client().generic(method, f"/api/v1{path}", body, "application/json").status_code == 401


def leads_to(answer: Any) -> str:
    """The site a browser would go to; it takes a backslash for a slash and leaves out tabs."""
    there = answer.headers["Location"].replace("\\", "/").replace("\t", "")
    return str(urlsplit(urljoin("http://testserver/sign-in", there)).netloc)


@pytest.mark.parametrize("evil", EVIL)
def test_signing_in_leads_to_no_other_site(world: World, evil: str) -> None:
    words = {"login": "lea@hospital.example", "password": PASSWORD}
    for answer in (
        Client().post("/sign-in", {**words, "next": evil}),
        Client().post("/sign-in", words, query_params={"next": evil}),
    ):
        assert answer.status_code == 302
        assert leads_to(answer) == "testserver"


@pytest.mark.parametrize("evil", EVIL)
def test_going_back_leads_to_no_other_site(world: World, evil: str) -> None:
    make_metric("visits")
    client = world.client("lea")
    batch = record_values("visits", {"2026-01": 1}).batch
    answer = client.post(f"/values/{batch}/undo", headers={"Referer": evil})
    assert answer.status_code == 302
    assert leads_to(answer) == "testserver"
    page = client.get("/kpis/no-such-kpi/", headers={"Referer": evil})
    assert page.status_code == 404
    assert not re.search(r'href="(//|/\\|javascript:|https?:)', body_of(page))


def test_a_referrer_that_is_no_address_does_no_harm(world: World) -> None:
    assert world.client("lea").get("/kpis/no-such-kpi/", headers={"Referer": "http://["}).status_code == 404


def test_signing_in_gives_a_session_nobody_knew_before(world: World) -> None:
    client = Client()
    client.get("/sign-in")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    client.post("/sign-in", {"login": "lea@hospital.example", "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key


def test_a_new_password_ends_every_other_session(world: World) -> None:
    elsewhere = Client()
    elsewhere.post("/sign-in", {"login": "lea@hospital.example", "password": PASSWORD})
    assert elsewhere.get("/").status_code == 200
    link = make_password_link(world.ada, world.person("lea"))
    set_password_by_link(link.rpartition("/")[2], password="another-lantern-77")
    assert elsewhere.get("/").status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    client = Client()
    client.post("/sign-in", {"login": "lea@hospital.example", "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.cookies[settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_SECURE == settings.CSRF_COOKIE_SECURE == settings.IS_HTTPS


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|<base |<object|<embed|<iframe|href=\"javascript:|http-equiv"
)


def test_no_page_needs_what_the_content_policy_forbids(world: World) -> None:
    make_kpi(active=True)
    record_values("waiting-time", {"2026-01": 3, "2026-02": 4})
    seen = dict(pages(world.client("ada"), "/", "/kpis/waiting-time/", "/scorecards/", "/scratch", "/help", "/settings",
                      "/imports/new", "/api/v1/docs", most=150))  # fmt: skip
    assert {address: found[0] for address, body in seen.items() if (found := INLINE.findall(body))} == {}
    for address in ("/", "/sign-in", "/kpis/waiting-time/chart.svg", "/api/v1/kpis", "/nowhere", "/healthz"):
        answer = world.client("ada").get(address)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"], address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


HUGE = "9" * 5_000
ENDLESS: list[tuple[str, dict[str, Any]]] = [
    ("/audit", {"before": HUGE}), ("/audit", {"before": "99999999999999999999"}), ("/kpis/", {"page": HUGE}),
    ("/kpis/", {"as_of": "0001-01-01"}), ("/kpis/waiting-time/", {"as_of": "0001-01-01"}),
    ("/kpis/waiting-time/", {"as_of": "9999-12-31"}), ("/kpis/waiting-time/", {"periods": HUGE}),
    ("/kpis/waiting-time/", {"as_of": "1000-01-01", "grain": "year"}), ("/kpis/waiting-time/", {"grain": HUGE}),
    ("/kpis/waiting-time/values", {"page": HUGE, "period": HUGE}), ("/search", {"q": "a" * 50_000}),
    ("/scorecards/card/", {"as_of": "0001-01-01"}), ("/scorecards/card/", {"sort": HUGE, "status": HUGE}),
    ("/teams", {"as_of": "0001-01-02"}), ("/strategy", {"as_of": "0001-01-01"}), ("/", {"as_of": "0001-01-01"}),
    ("/kpis/waiting-time/", {"team": "\0", "as_of": "\0"}), ("/kpis/%00/", {}), ("/teams/%00", {}),
    ("/imports/%00", {}), ("/library/%00", {}), ("/help/%00", {}), ("/help/..%2f..%2fpyproject", {}),
    ("/help/%2e%2e/%2e%2e/etc/passwd", {}), ("/static/../../etc/passwd", {}),
    ("/kpis/waiting-time/markers", {"period": "0001"}), ("/kpis/waiting-time/chart.png", {"periods": "all"}),
    ("/kpi-list/rows", {"kpi": ["x"] * 900}), ("/audit", {"since": "0001-01-01", "until": "9999-12-31"}),
    ("/audit.csv", {"since": "0001-01-01", "until": "9999-12-31"}),
]  # fmt: skip


@pytest.mark.parametrize(("address", "asked"), ENDLESS, ids=lambda part: str(part)[:40])
def test_an_endless_or_senseless_question_gets_an_answer(world: World, address: str, asked: dict[str, Any]) -> None:
    from sextant.kpis.commands import create_scorecard
    from tests.make import admin

    kpi = make_kpi(active=True)
    record_values(kpi, {"2026-01": 3, "2026-02": 4})
    create_scorecard(admin(), name="Card", key="card", team=world.emergency, kpis=[kpi])
    answer = world.client("ada").get(address, asked)
    assert answer.status_code < 500
    assert "root:" not in body_of(answer)


@pytest.mark.parametrize(("method", "path", "query"), [
    ("GET", "/kpis", {"limit": "99999999999999999999"}), ("GET", "/kpis", {"limit": 501}),
    ("GET", "/kpis", {"cursor": "A" * 399}),
    ("GET", "/kpis", {"as_of": "9999-12-31"}), ("GET", "/kpis", {"as_of": "0001-01-01"}),
    ("GET", "/kpis/waiting-time", {"as_of": "1900-01-01", "why": 1}), ("GET", "/kpis", {"q": "%" * 300}),
    ("GET", "/metrics/waiting-time/measurements", {"from": "9999", "to": "0001"}),
    ("GET", "/metrics/waiting-time/measurements", {"grain": "year", "from": "1", "limit": 1000}),
    ("GET", "/events", {"after": 2**53}), ("GET", "/events", {"limit": 10**9}),
    ("DELETE", "/metrics/waiting-time/markers/" + "9" * 30, {}),
    ("DELETE", "/kpis/waiting-time/targets/" + "9" * 30, {}),
    ("DELETE", "/metrics/waiting-time/markers/" + "9" * 4000, {}), ("GET", "/scorecards/card", {"periods": 10**6}),
])  # fmt: skip
def test_an_endless_or_senseless_call_gets_an_answer(
    world: World, method: str, path: str, query: dict[str, Any]
) -> None:
    make_kpi(active=True)
    record_values("waiting-time", {"2026-01": 3, "2026-02": 4})
    assert script(world, "ada")(method, path, **query).status < 500


@pytest.mark.parametrize("slip", ["1026-01-01T00:00", "2926-01-01T00:00"])
def test_an_hour_of_a_wrong_century_does_not_fill_the_memory(world: World, slip: str) -> None:
    """Without a bound every page about the KPI would draw eight million periods."""
    kpi = make_kpi("hourly", frequency="hour", active=True)
    taken = record_values(kpi, [("2026-01-01T00:00", 2), (slip, 1)])
    assert [one.key for one in taken.rejected] == (["too-far-ahead"] if slip > "2026" else [])
    page = world.client("ada").get("/kpis/hourly/")
    assert page.status_code == 200
    assert len(series_of(kpi.metric, standpoint()).starts) <= MOST_PERIODS
    assert list(series_of(kpi.metric, standpoint()).values[-1:]) == [2]


def test_one_time_secrets_do_not_reach_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    link = make_password_link(world.ada, world.person("lea"))
    secret = link.rpartition("/")[2]
    caplog.handler.addFilter(WithoutSecrets())
    answer = Client().post(f"/password/{secret}", {"password": "short"})
    assert answer.status_code == 422
    Client().get("/api/v1/kpis", headers={"Authorization": "Bearer sxt_abcdefghijklmnopqrstuvwxyz"})
    Client().get(f"/invitation/{secret}/x")
    assert "/password/…" in caplog.text
    assert secret not in caplog.text
    assert any(isinstance(one, WithoutSecrets) for handler in logging.getLogger().handlers for one in handler.filters)


@pytest.mark.parametrize("key", ["a/b", "../x", "..", "<b>", "a b", "a?b", "a#b", "k" * 120, "é", "a\nb"])
@pytest.mark.parametrize("kind", ["scorecards", "metrics", "kpis"])
def test_a_key_that_could_not_stand_in_an_address_is_refused(world: World, kind: str, key: str) -> None:
    """One such key made every page that lists the thing fail for everybody."""
    call = script(world, "lea")
    answer = call("POST", f"/{kind}", {"name": "X", "team": "emergency", "key": key})
    assert answer.status == 422
    assert answer.body["problems"][0]["field"] == "key"


@pytest.mark.parametrize(("path", "field"), [
    ("/scorecards", "name"), ("/metrics", "name"), ("/metrics", "unit_label"), ("/kpis", "unit_label"),
    ("/teams", "name"), ("/people", "name"), ("/people", "email"), ("/themes", "name"), ("/cycles", "name"),
])  # fmt: skip
@pytest.mark.parametrize("length", [300, 20_000])
def test_a_text_too_long_for_the_database_is_refused_with_its_field(
    world: World, path: str, field: str, length: int
) -> None:
    body = {"name": "X", "team": "emergency", "starts_on": "2026-01-01", "ends_on": "2026-01-31", "how_measured": "x"}
    known = {"/teams": ("name",), "/people": ("name", "email"), "/themes": ("name",),
             "/cycles": ("name", "starts_on", "ends_on")}.get(path, ("name", "team"))  # fmt: skip
    text = "x" * length if field != "email" else f"{'a' * 60}@{'b.' * (length // 2 - 40)}example"
    answer = script(world, "ada")("POST", path, {**{one: body[one] for one in known if one in body}, field: text})
    assert answer.status == (201 if (path, field, length) == ("/metrics", "name", 300) else 422), answer
    assert (length == 300 and answer.status == 201) or answer.body["problems"][0]["field"] == field


@pytest.mark.parametrize("address", ["//evil.example/", "///evil.example//", "/\\evil.example/", "/%2f%2fevil.example/",
                                     "/people//", "/%5cevil.example/", "/help//evil.example/"])  # fmt: skip
def test_a_slash_too_many_leads_to_no_other_site(world: World, address: str) -> None:
    answer = world.client("lea").get("/", PATH_INFO=unquote(address))
    assert answer.status_code in (200, 301, 302, 404)
    if answer.status_code in (301, 302):
        assert leads_to(answer) == "testserver"
