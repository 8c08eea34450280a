"""Uploading files and pasted tables: what is taken, and what is refused in words."""

from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from sextant.exchange import queries
from sextant.exchange.models import Import
from tests.doors.importing import WIDE, page, upload
from tests.world import World

pytestmark = pytest.mark.django_db


def test_the_first_visit_teaches_and_offers_one_thing_to_do(world: World) -> None:
    answer = world.client("cem").get("/imports/")
    assert "Bring your KPI spreadsheet as it is" in answer.content.decode()
    assert answer.content.decode().count("button primary") == 1


def test_a_pasted_table_needs_no_file(world: World) -> None:
    client = world.client("cem")
    answer = client.post("/imports/new", {"table": "KPI\t2026-01\t2026-02\nComplaints\t9\t7\n", "name": "Board pack"})
    imp = Import.objects.get()
    assert answer.headers["Location"] == f"/imports/{imp.key}/"
    assert (imp.name, imp.source, imp.summary["counts"]["measurements"]) == ("Board pack", "board pack", 2)


def test_nothing_chosen_is_said_and_what_was_typed_is_kept(world: World) -> None:
    answer = world.client("cem").post("/imports/new", {"name": "Board pack"})
    assert answer.status_code == 422
    assert 'value="Board pack"' in answer.content.decode()


def test_a_folder_keeps_its_places_and_files_of_one_name_stay_apart(world: World) -> None:
    files = [("year/north/kpis.csv", WIDE), ("year/south/kpis.csv", WIDE), ("year/readme.rst", "hello")]
    answer = upload(world.client("cem"), *files)
    imp = Import.objects.get(key=answer.headers["Location"].split("/")[2])
    assert imp.name == "year"
    assert {table["file"] for table in imp.summary["tables"]} == {"year/north/kpis.csv", "year/south/kpis.csv"}
    assert any("readme.rst" in note["message"] for note in imp.summary["notes"])


def test_what_cannot_be_read_says_why_and_what_to_do(world: World) -> None:
    client = world.client("cem")
    answer = upload(client, ("report.pdf", b"%PDF-1.7 ..."))
    imp = Import.objects.get(key=answer.headers["Location"].split("/")[2])
    shown = page(client, imp)
    assert imp.state == "failed"
    assert "This is a PDF" in shown
    assert "Choose another file" in shown


def test_one_bad_file_among_good_ones_is_reported_and_the_others_are_read(world: World) -> None:
    client = world.client("cem")
    answer = upload(client, ("kpis.csv", WIDE), ("old.csv", b""))
    imp = Import.objects.get(key=answer.headers["Location"].split("/")[2])
    assert imp.summary["counts"]["metrics"] == 2
    assert [problem["file"] for problem in queries.problems(imp, kind="empty-file")] == ["old.csv"]


def test_too_large_an_upload_gets_a_page_that_says_what_to_do(world: World, settings: Settings) -> None:
    settings.UPLOAD_LIMIT_BYTES = 1000
    answer = upload(world.client("cem"), ("kpis.csv", "x" * 2000))
    assert answer.status_code == 413
    assert "sextant import" in answer.content.decode()
    assert not Import.objects.exists()
    assert not list((Path(configured.DATA_FOLDER) / "uploads").glob("*"))


def test_too_many_files_and_too_long_a_paste_are_refused_alike(world: World, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    client = world.client("cem")
    assert upload(client, *((f"{n}.csv", WIDE) for n in range(3))).status_code == 413
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = client.post("/imports/new", {"table": "a\tb\n" * 100, "files": SimpleUploadedFile("a.csv", b"x")})
    assert answer.status_code == 413


def test_an_upload_without_the_form_of_this_site_is_turned_away(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.person("cem").user)  # type: ignore[arg-type]
    assert upload(client, ("kpis.csv", WIDE)).status_code == 403
    assert not Import.objects.exists()
