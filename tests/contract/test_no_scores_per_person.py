"""Nothing that leaves Sextant ranks people or gives a person a score, so that nobody's appraisal is made from it.

People are named as owners, authors and members; what is computed stands beside things and teams, never beside a person.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sextant.api.document import document
from sextant.core.actors import ROLES
from sextant.kpis.commands import create_scorecard
from tests.doors.calls import script
from tests.make import make_kpi, make_objective, monthly, record_values
from tests.practice.worlds import running, watched
from tests.world import PEOPLE, World

JUDGING = frozenset(
    {
        "score", "scores", "progress", "rank", "ranking", "rating", "grade", "performance", "rate", "on_time", "late",
        "missed", "confidence", "chance", "status", "level", "maturity", "pace", "percent", "share", "severity",
        "answers", "agree", "mean", "seconds", "points", "streak", "badge", "leaderboard",
    }
)  # fmt: skip
"""Fields that would judge whoever they stand beside."""
IDENTIFYING = frozenset({"email", "roles"})
"""A thing with one of these is a person."""
GROUPED = ("by_person", "per_person", "by_owner", "per_owner", "by_author", "by_user", "per_user", "people")
"""Fields that would hold a figure for each person."""


def schemas() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = document()["components"]["schemas"]
    return found


def properties(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schemas()[name].get("properties", {})
    return found


def people_in() -> Iterator[str]:
    """Schemas that describe a person."""
    for name in schemas():
        if set(properties(name)) & IDENTIFYING:
            yield name


def test_what_describes_a_person_holds_no_figure_that_judges() -> None:
    found = list(people_in())
    assert found, "No schema describes a person any more: look at what says so here."
    for name in found:
        assert not set(properties(name)) & JUDGING, name


def test_no_answer_groups_figures_by_person() -> None:
    for name in schemas():
        assert not set(properties(name)) & set(GROUPED), name
        for field, shape in properties(name).items():
            beside = shape.get("additionalProperties")
            if isinstance(beside, dict) and beside.get("type") in ("number", "integer"):
                assert "person" not in f"{field} {shape.get('description', '')}".lower(), (name, field)


def test_no_address_asks_for_the_score_of_a_person() -> None:
    for path, operations in document()["paths"].items():
        parts = set(path.strip("/").split("/"))
        if "people" in parts:
            assert not parts & JUDGING, path
        assert not parts & {"ranking", "rankings", "leaderboard", "appraisal"}, path
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in ("sort", "order", "order_by"):
                    allowed = parameter["schema"].get("enum", [])
                    assert not {"owner", "person", "author"} & set(allowed), path


def test_what_is_said_of_the_practice_names_nobody(world: World) -> None:
    watched(3)
    running()
    call = script(world, "ada")
    names = [name for name, _membership in PEOPLE.values()] + [f"{short}@hospital.example" for short in PEOPLE]
    keys = [name.lower().replace(" ", "-") for name, _membership in PEOPLE.values()]
    reads = [path for path in document()["paths"] if "/practice/" in path and "{" not in path]
    assert len(reads) >= 3
    details = [f"/api/v1/practice/pitfalls/{one['key']}" for one in call.get("/practice/pitfalls")["items"]]
    for path in [*reads, *details]:
        told = str(call.get(path[path.index("/practice") :])).lower()
        assert not [name for name in names + keys if name.lower() in told], path


def test_a_person_is_shown_without_what_their_things_score(world: World) -> None:
    record_values(make_kpi("waiting-time", active=True), monthly(2026, [1, 2, 3]))
    make_objective()
    call = script(world, "ada")
    for person in [*call.all("/people"), call.get("/people/lea-lead")]:
        assert not set(person) & JUDGING
        roles = person["roles"] or []
        assert all(set(role) == {"team", "role"} and role["role"] in ROLES for role in roles)


@pytest.mark.parametrize("name", ["kpis_csv", "scorecard_csv"])
def test_an_export_has_a_line_for_each_thing_and_none_for_a_person(world: World, name: str) -> None:
    card = create_scorecard(world.lea, name="Emergency", team=world.emergency, kpis=watched(3))
    text = exported(world.client("ada"), reverse(name, args=[card.key] if name == "scorecard_csv" else []))
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) == 3
    people = {name for name, _membership in PEOPLE.values()}
    first = next(iter(rows[0]))
    assert not {row[first] for row in rows} & people


def exported(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    streamed = getattr(answer, "streaming_content", None)
    return (b"".join(streamed) if streamed is not None else answer.content).decode()
