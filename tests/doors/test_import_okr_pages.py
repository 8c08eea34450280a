"""OKRs in the import wizard: seen as a tree, confirmed, taken back."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sextant.exchange.models import Import
from sextant.okrs.models import KeyResult, Objective
from tests.world import World

pytestmark = pytest.mark.django_db

SHEET = """Objective,Key Result,Owner,Start value,Target,Current,Cycle
Delight new customers,Raise activation,Lea Lead,40%,60%,45%,Q1 2024
,Cut time to value,,14,7,soon,
Hire well,Fill two posts,,,,,Q1 2024
"""


def bring(client: Client, text: str = SHEET) -> Import:
    sent = {"files": [SimpleUploadedFile("okrs.csv", text.encode())], "paths": '["okrs.csv"]', "team": "emergency"}
    answer: Any = client.post("/imports/new", sent)
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(key=answer.headers["Location"].split("/")[2])


def words_of(client: Client, imp: Import) -> str:
    text = client.get(f"/imports/{imp.key}/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_preview_shows_what_was_understood_and_writes_nothing(world: World) -> None:
    client = world.client("lea")
    shown = words_of(client, bring(client))
    assert "2 objectives" in shown
    assert "3 key results" in shown
    assert "Read as objectives and key results" in shown
    assert "40% → 60%" in shown or "40 % → 60 %" in shown
    assert "lacks start, target" in shown
    assert "1 kept out" in shown
    assert not Objective.objects.exists()


def test_confirming_writes_and_undoing_takes_back(world: World) -> None:
    client = world.client("lea")
    imp = bring(client)
    client.post(f"/imports/{imp.key}/confirmation")
    assert (Objective.objects.count(), KeyResult.objects.count()) == (2, 3)
    assert "Delight new customers" in words_of(client, imp)
    assert "2 objectives, 3 key results, 1 values" in re.sub(
        r"\s+", " ", client.get("/imports/").content.decode()
    )  # fmt: skip
    client.post(f"/imports/{imp.key}/undoing")
    assert not Objective.objects.filter(archived_at=None).exists()
    assert "taken back" in words_of(client, imp)


def test_problems_can_be_downloaded(world: World) -> None:
    client = world.client("lea")
    imp = bring(client)
    answer: Any = client.get(f"/imports/{imp.key}/problems.csv")
    text = b"".join(answer.streaming_content).decode()
    assert "“soon” is no number" in text
    assert "Current" in text


def test_files_can_be_read_the_other_way(world: World) -> None:
    client = world.client("lea")
    imp = bring(client)
    client.post(f"/imports/{imp.key}/mapping", {"about": "kind", "kind": "kpis"})
    assert "Read as objectives and key results instead" in words_of(client, imp)
    client.post(f"/imports/{imp.key}/mapping", {"about": "kind", "kind": "okrs"})
    assert "Read as KPIs instead" in words_of(client, imp)


def test_a_near_name_is_asked_and_answered_on_the_page(world: World) -> None:
    client = world.client("lea")
    first = bring(client)
    client.post(f"/imports/{first.key}/confirmation")
    imp = bring(client, SHEET.replace("Delight new customers", "Delight our new customers"))
    assert "Who or what is meant?" in words_of(client, imp)
    key = Objective.objects.get(title="Delight new customers").key
    sent = {"about": "meant", "asked.0": "Delight our new customers", "meant.0": key}
    client.post(f"/imports/{imp.key}/mapping", sent)
    assert "Who or what is meant?" not in words_of(client, imp)
    client.post(f"/imports/{imp.key}/confirmation")
    assert not Objective.objects.filter(title="Delight our new customers").exists()


def test_the_command_line_says_what_it_took_the_file_for(world: World, tmp_path: Any, capsys: Any) -> None:
    import json

    from sextant.cli import main

    path = tmp_path / "okrs.csv"
    path.write_text(SHEET, encoding="utf-8")
    assert main(["import", str(path), "--dry-run", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["objectives"], said["key_results"], said["measurements"], said["kept_out"]) == (2, 3, 1, 1)
    assert {"file", "row", "column", "key", "message"} <= set(said["problems"][0])
    assert main(["import", str(path), "--yes"]) == 1
    assert "OKRs: 2 objectives" in capsys.readouterr().out
    assert main(["export-okrs"]) == 0
    assert "title: Delight new customers" in capsys.readouterr().out
