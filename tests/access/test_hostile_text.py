"""Every text a person, a file or a script can bring is shown as text: on every page, in every download, in the API."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from sextant.core.middleware import POLICY
from sextant.exchange import commands as exchange
from sextant.kpis.commands import create_scorecard, note_action, set_target
from sextant.kpis.models import Kpi
from sextant.metrics.commands import RawPoint, add_marker, change_definition, record
from sextant.people.commands import change_organisation, create_person, create_team, create_token, rename_team
from sextant.strategy.commands import change_vision, create_cycle, create_theme
from tests.access.crawl import body_of, pages
from tests.doors.calls import script
from tests.make import admin, make_kpi, make_metric, monthly, record_values
from tests.world import World

pytestmark = pytest.mark.django_db

MARKUP = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}{% now %}"
FORMULA = '=HYPERLINK("http://evil.example","x")'
HEADER = "name\r\nSet-Cookie: a=b\r\n\r\n<script>alert(3)</script>"
ODD = "\u202egnp.exe\u200b\ufeff\x0b\ud7ff\U0001f4a5𝕏 ' OR 1=1 -- ../../etc/passwd %s %(x)s ${7*7}"
RAW = ("<img src=x", "<script>alert", 'onerror=alert(1)>"', "<svg/onload", "<b>bold", '="javascript:')


@pytest.fixture
def hostile(world: World) -> Kpi:
    """One KPI whose every text is hostile, and hostile things around it."""
    lea = world.person("lea")
    theme = create_theme(admin(), f"{MARKUP} theme", description=MARKUP)
    create_cycle(admin(), f"{MARKUP} cycle", starts_on=_day(1), ends_on=_day(28))
    change_vision(admin(), MARKUP, version=None)
    owner = create_person(admin(), f"{FORMULA} {MARKUP}"[:190])
    rename_team(admin(), world.emergency, name=f"{MARKUP} team", version=None)
    create_team(admin(), ODD[:100])
    change_organisation(admin(), version=None, name=f"{MARKUP} house", terms={"theme": "<b>bold</b>"})
    kpi = make_kpi(
        "hostile", active=True, name=f"{FORMULA} {MARKUP} {ODD}"[:290], unit_label=MARKUP[:80],
        description=MARKUP, how_measured=f"[click](javascript:alert(1)) {MARKUP}", reason=FORMULA,
        decision=MARKUP, response_plan=MARKUP, does_not_show=MARKUP, owner=owner, theme=theme, source=MARKUP,
    )  # fmt: skip
    record_values(kpi, monthly(2025, [*range(20, 40)]))
    points = [RawPoint("hostile", "2026-09", 41.0, qualifier=f"={MARKUP}"[:40], note=MARKUP),
              RawPoint("hostile", "2026-08", None, "observed", "<b>bold</b>", FORMULA)]  # fmt: skip
    record(admin(), points, source=f"{FORMULA} {MARKUP}", kind="form")
    set_target(admin(), kpi, target=25, red_flag=20, reason=MARKUP)
    note_action(admin(), kpi, text=f"{FORMULA} {MARKUP}", owner=lea)
    add_marker(admin(), kpi.metric, start=490_000, label=f"{FORMULA} {MARKUP}")
    change_definition(
        admin(), kpi.metric, number=1, description=MARKUP, how_measured=MARKUP, reason=f"{FORMULA} {MARKUP}",
        valid_from=488_000,
    )  # fmt: skip
    make_metric("hostile-part", name=MARKUP, part_of=kpi.metric, slice={MARKUP: FORMULA})
    make_kpi("reckoned", name=f"{MARKUP} reckoned", formula="[hostile] * 2", unit="number", active=True, owner=lea)
    create_scorecard(admin(), name=f"{FORMULA} {MARKUP} card"[:190], key="card", team=world.emergency,
                     kpis=[kpi, Kpi.objects.get(key="reckoned")])  # fmt: skip
    create_token(world.ada, name=MARKUP, scope="read", person=world.person("ada"))
    return kpi


def _day(number: int) -> Any:
    from datetime import date

    return date(2026, 1, number)


def test_no_page_shows_a_text_as_markup(world: World, hostile: Kpi) -> None:
    seen = dict(
        pages(
            world.client("ada"), "/", "/kpis/", "/kpis/hostile/", "/metrics/hostile-part/", "/scorecards/card/",
            "/search?q=img", "/audit", "/imports", "/tokens", "/settings", "/kpis/?report=no-owner", "/people",
            "/teams", "/strategy", "/kpis/hostile/card", "/kpis/hostile/chart.svg?inline=1",
            "/scorecards/card/rows?kpi=hostile", "/api/v1/docs", "/scratch", "/values/", "/kpis/hostile/?grain=quarter",
                "/alerts/unanswered", "/settings/alerts?kpi=hostile", "/reliability", "/me/notifications",
                "/settings/deliveries", "/settings/background", "/alerts/insights?kpi=hostile",
        )
    )  # fmt: skip
    assert len(seen) > 60
    assert any("&lt;img src=x" in body for body in seen.values())
    told = {address: word for address, body in seen.items() for word in RAW if word in body}
    assert {address: word for address, word in told.items() if not address.split("?")[0].endswith((".csv",))} == {}


def test_no_page_of_an_import_shows_a_text_as_markup(world: World, hostile: Kpi, tmp_path: Path) -> None:
    header = ["KPI", "Unit", "Owner", "Theme", f"{MARKUP} column", "2026-01", "2026-02", "2026-03"]
    row = [MARKUP, MARKUP, FORMULA, FORMULA, "1", MARKUP, "3"]
    rows = [[f"{MARKUP} one", *row], [f"{MARKUP} two", *row]]
    file = tmp_path / f"{MARKUP.replace('/', '')}.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([header, *rows, [hostile.name, "", "", "", "", "5", "6", "7"]])
    imp = exchange.start_import(world.ada, name=file.name, team=world.emergency)
    shutil.copy(file, exchange.files_folder(imp))
    exchange.read_import(world.ada, imp)
    exchange.save_mapping(world.ada, imp, name=MARKUP)
    for _state in ("ready", "done", "undone"):
        seen = dict(pages(world.client("ada"), f"/imports/{imp.key}", f"/imports/{imp.key}/kpis", "/imports/mappings",
                          f"/imports/{imp.key}/problems", f"/imports/{imp.key}/problems.csv", most=40))  # fmt: skip
        told = {address: word for address, body in seen.items() for word in RAW if word in body}
        assert {one: word for one, word in told.items() if not one.endswith((".csv", ".toml"))} == {}
        if imp.state == "ready":
            exchange.confirm_import(world.ada, imp)
        elif imp.state == "done":
            exchange.undo_import(world.ada, imp.key)
        imp.refresh_from_db()
    cells = csv.reader(io.StringIO(body_of(world.client("ada").get(f"/imports/{imp.key}/problems.csv"))))
    assert [cell for row in cells for cell in row if cell.startswith(("=", "@", "+"))] == []


def test_a_refused_form_shows_what_was_typed_as_text(world: World, hostile: Kpi) -> None:
    client = world.client("ada")
    for address, data in {
        "/kpis/new": {"name": MARKUP, "team": MARKUP, "values": MARKUP, "formula": MARKUP},
        "/kpis/hostile/values": {"period": MARKUP, "value": MARKUP, "state": MARKUP, "note": MARKUP},
        "/kpis/hostile/values/paste": {"pasted": f"{MARKUP}\t{MARKUP}\n{MARKUP}"},
        "/kpis/hostile/targets": {"when": "period", "period": MARKUP, "target": MARKUP},
        "/kpis/hostile/edit": {"name": MARKUP, "version": "0", "unit": MARKUP},
        "/metrics/formula-check": {"formula": MARKUP},
        "/scratch": {"pasted": MARKUP, "target": MARKUP, "name": MARKUP},
        "/people/new": {"name": MARKUP, "email": MARKUP},
        "/imports/new": {"team": MARKUP, "table": MARKUP, "name": MARKUP},
        "/teams/emergency/change": {"name": MARKUP, "version": "0", "parent": MARKUP},
    }.items():
        answer = client.post(address, data)
        assert answer.status_code < 500, address
        body = body_of(answer)
        assert [word for word in RAW if word in body] == [], address
    stale = client.post("/kpis/hostile/edit", {**_edit_form(client), "version": "1", "name": MARKUP})
    assert [word for word in RAW if word in body_of(stale)] == []


def _edit_form(client: Any) -> dict[str, str]:
    form = client.get("/kpis/hostile/edit").context["form"]
    return {name: str(value) for name, value in form.initial.items() if value is not None and name != "viewers"}


@pytest.mark.parametrize("address", [
    "/audit.csv", "/kpis/hostile/data.csv", "/scorecards/card/scorecard.csv", "/kpi-list/kpis.csv",
])  # fmt: skip
def test_no_cell_of_a_file_is_a_formula(world: World, hostile: Kpi, address: str) -> None:
    answer = world.client("ada").get(address)
    assert answer.status_code == 200
    assert "\n" not in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(body_of(answer).lstrip("\ufeff"))))
    assert len(rows) > 1
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))] == []
    assert [cell for cell in cells if cell[:1] in "+-" and cell.strip() and not _is_number(cell)] == []


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("address", ["/scorecards/card/scorecard.xlsx", "/kpi-list/kpis.xlsx"])
def test_no_cell_of_a_workbook_is_a_formula(world: World, hostile: Kpi, address: str) -> None:
    answer = world.client("ada").get(address)
    book = load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)


def test_pictures_hold_texts_and_nothing_that_runs(world: World, hostile: Kpi) -> None:
    answer = world.client("ada").get("/kpis/hostile/chart.svg?inline=1")
    root = ElementTree.fromstring(answer.content)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"script", "foreignObject", "image", "a", "style", "use", "iframe"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name.endswith("href")}
    assert "alert" in "".join(root.itertext())
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_api_gives_texts_as_they_are_and_no_browser_takes_them_for_a_page(world: World, hostile: Kpi) -> None:
    call = script(world, "ada")
    assert call.get("/kpis/hostile")["decision"] == MARKUP
    for path in ("/kpis/hostile", f"/kpis/{MARKUP.replace('/', '')}", "/nowhere<script>alert(1)</script>"):
        answer = call("GET", path)
        assert answer.headers["Content-Type"].startswith("application/")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_name_reaches_a_header(world: World, hostile: Kpi) -> None:
    client = world.client("ada")
    for address in (
        f"/kpis/hostile/chart.svg?theme={HEADER}", f"/imports/mappings/{HEADER}.toml", f"/kpis/{HEADER}/data.csv",
        f"/sign-in?next={HEADER}", f"/library?team={HEADER}", f"/scorecards/card/?sort={HEADER}&team={HEADER}",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code < 500, address
        assert "Set-Cookie: a=b" not in str(answer.headers)
        assert "a" not in answer.cookies
    imp = exchange.start_import(world.ada, name=HEADER, team=world.emergency)
    exchange.keep_mapping(world.ada, world.emergency, name=HEADER.replace("\r\n", " "), mapping={})
    answer = client.get(f"/imports/{imp.key}/mapping.toml")
    assert "\n" not in answer.headers["Content-Disposition"]


def test_what_was_done_is_said_as_text(world: World, hostile: Kpi) -> None:
    client = world.client("ada")
    client.post("/kpis/hostile/review")
    body = body_of(client.get("/kpis/hostile/"))
    assert "is reviewed." in body
    assert [word for word in RAW if word in body] == []


def test_the_log_of_a_hostile_event_is_json_that_can_be_read(world: World, hostile: Kpi) -> None:
    events = script(world, "ada").get("/events", limit=500)["items"]
    assert any(MARKUP in json.dumps(event, ensure_ascii=False).replace('\\"', '"') for event in events)
