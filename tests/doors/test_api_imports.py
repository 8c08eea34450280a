"""Importing by API: send, look, correct, write, take back."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from sextant.exchange.models import Import
from sextant.metrics.models import Measurement
from tests.doors.calls import Script, script
from tests.world import World

pytestmark = pytest.mark.django_db

WIDE = "KPI,Unit,2026-01,2026-02\nWaiting time,minutes,41,many\nComplaints,number,9,8\n"


def send(call: Script, *files: tuple[str, str], **more: str) -> Any:
    sent = [SimpleUploadedFile(name, text.encode()) for name, text in files]
    answer = Client().post(
        "/api/v1/imports", {"files": sent} | more, headers={"Authorization": f"Bearer {call.secret}"}
    )
    return answer.status_code, json.loads(answer.content)


def test_a_script_sends_looks_writes_and_takes_back(world: World) -> None:
    call = script(world, "cem")
    status, sent = send(call, ("kpis.csv", WIDE), team="emergency")
    assert (status, sent["state"], sent["counts"]["measurements"]) == (201, "ready", 3)
    assert not Measurement.objects.exists()
    problems = call.all(f"/imports/{sent['key']}/problems")
    assert [(one["row"], one["column"], one["key"]) for one in problems] == [(2, "2026-02", "not-a-number")]
    names = [one["name"] for one in call.all(f"/imports/{sent['key']}/metrics", limit=1)]
    assert names == ["Waiting time", "Complaints"]
    done = call("POST", f"/imports/{sent['key']}/confirmation").body
    assert (done["state"], done["result"]["accepted"]) == ("done", 3)
    undone = call("DELETE", f"/imports/{sent['key']}/confirmation").body
    assert undone["state"] == "undone"
    assert not Measurement.objects.filter(superseded_at=None).exists()
    assert [one["key"] for one in call.all("/imports", team="emergency", limit=1)] == [sent["key"]]


def test_a_mapping_comes_with_the_files_or_afterwards(world: World) -> None:
    call = script(world, "cem")
    mapping = {"metrics": {"Complaints": {"direction": "down"}}}
    _, sent = send(call, ("kpis.csv", WIDE), team="emergency", mapping=json.dumps(mapping))
    assert sent["mapping"] == mapping
    changed = call("PATCH", f"/imports/{sent['key']}", {"mapping": {"table": [{"file": "*", "role": "ignored"}]}})
    assert changed.body["counts"]["metrics"] == 0
    wrong = call("PATCH", f"/imports/{sent['key']}", {"mapping": {"tables": []}})
    assert (wrong.status, wrong.keys) == (422, ["mapping-unknown-setting"])


def test_what_cannot_be_taken_is_a_problem_document(world: World, settings: Settings) -> None:
    call = script(world, "cem")
    assert send(call)[0] == 422
    assert send(call, ("kpis.csv", WIDE), team="surgery")[0] == 403
    assert send(call, ("kpis.csv", WIDE), team="nowhere")[0] == 422
    assert send(call, ("kpis.csv", WIDE), team="emergency", mapping="{")[0] == 422
    status, failed = send(call, ("report.pdf", "%PDF-1.7"), team="emergency")
    assert (status, failed["state"], bool(failed["problem"])) == (201, "failed", True)
    settings.UPLOAD_LIMIT_BYTES = 10
    status, refused = send(call, ("kpis.csv", WIDE), team="emergency")
    assert (status, refused["key"]) == (413, "upload-too-large")


def test_an_import_of_another_team_does_not_exist(world: World) -> None:
    _, sent = send(script(world, "cem"), ("kpis.csv", WIDE), team="emergency")
    otto = script(world, "otto")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/confirmation"), ("GET", "/problems")):
        assert otto(method, f"/imports/{sent['key']}{path}", {} if method == "PATCH" else None).status == 404
    vic = script(world, "vic")
    assert vic.get(f"/imports/{sent['key']}")["state"] == "ready"
    assert vic("POST", f"/imports/{sent['key']}/confirmation").status == 403
    assert script(world, "cem", "read")("DELETE", f"/imports/{sent['key']}").status == 403
    assert Import.objects.get().state == "ready"
    assert script(world, "cem")("DELETE", f"/imports/{sent['key']}").status == 204
