"""The description of the API is what was agreed, and the API is what it describes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from sextant.api.document import document
from sextant.project.wsgi import application
from tests.contract.sources import ROOT
from tests.doors.calls import Script, script
from tests.make import make_kpi, make_metric, monthly, record_values
from tests.world import World

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
SNAPSHOT = ROOT / "tests/contract/openapi.json"
schema = schemathesis.openapi.from_dict(document())
schema.app = application
# Drawn at random is what finds the odd ones; every combination of every field would take minutes.
schema.config.phases.coverage.enabled = False
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def test_the_description_is_the_agreed_one() -> None:
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == document(), "Run `make docs`, and look at what changed."


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert {"401", "403", "422"} <= set(operation["responses"]), (method, path)
            assert operation["security"], (method, path)


@pytest.fixture
def token(world: World) -> Iterator[str]:
    """An administrator's token in a world where the keys of the examples exist."""
    make_kpi("waiting-time")
    make_metric("beds")
    record_values("waiting-time", monthly(2024, [5, 7, 6, 8, 5, 9, 6, 7]))
    call = script(world, "ada")
    call("POST", "/scorecards", {"name": "card", "team": "emergency", "kpis": ["waiting-time"]})
    # Calls past Django's test client would close the connection that holds the test's transaction.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield call.secret
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


KEYS = {"teams": "emergency", "people": "lea-lead", "themes": "patient-safety", "metrics": "waiting-time",
        "kpis": "waiting-time", "scorecards": "card"}  # fmt: skip


@pytest.mark.django_db
@schema.parametrize()
@hypothesis.settings(
    max_examples=100 if THOROUGH else 5, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
)
def test_no_input_breaks_the_api_or_its_word(case: Any, token: str) -> None:
    """Whatever is sent, the answer is one the description names, in the form it gives, and never a fault."""
    first = case.path.split("/")[3]
    if "key" in case.path_parameters and first in KEYS:
        case.path_parameters["key"] = KEYS[first]
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(response, checks=CHECKS)


@pytest.mark.django_db
def test_the_description_is_served(world: World) -> None:
    assert Script().get("/openapi.json") == json.loads(json.dumps(document()))
