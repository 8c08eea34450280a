"""The description of the API: `/openapi.json` for programs, `/docs` for people, both from the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI

DESCRIPTION = """KPIs, their values and what is computed from them.

Send a token as `Authorization: Bearer TOKEN`. Things are addressed by their `key`. Lists come in pages: send `next` as
`cursor`. `?as_of=2026-03-31` answers as it was known at the end of that day, `?why=1` explains every computed field.
What you may not see does not exist: 404. Refusals are `application/problem+json` with a stable `key`.
"""
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "key", "detail", "problems"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "key": {"type": "string", "description": "Stable; branch on this."},
        "detail": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "message"],
                "properties": {
                    "key": {"type": "string"},
                    "message": {"type": "string"},
                    "field": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "details": {"type": "object"},
                },
            },
        },
        "theirs": {"type": "object", "description": "With 409: the version that is there now."},
        "yours": {"type": "object", "description": "With 409: what you sent."},
    },
}
REFUSALS = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in.",
    "403": "You may see it, not do this.",
    "404": "There is none, or none you may see.",
    "409": "Somebody else changed it since.",
    "413": "Too much at once.",
    "422": "Everything that is wrong with what was sent.",
}
WRITES_ONLY = ("409", "413")


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    from sextant.api.api import api

    schema: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1"))
    schema["info"]["description"] = DESCRIPTION
    schema["components"]["schemas"]["Problem"] = PROBLEM
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["responses"] = {str(code): said for code, said in operation["responses"].items()}
            for code, said in REFUSALS.items():
                if (code == "404" and "{" not in path) or (code in WRITES_ONLY and method == "get"):
                    continue
                operation["responses"].setdefault(code, _refusal(said))
    return msgspec.to_builtins(schema, str_keys=True)  # type: ignore[no-any-return]


def _refusal(said: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": said, "content": content}


def add_to(api: NinjaAPI) -> None:
    api.get("/openapi.json", include_in_schema=False, auth=None, url_name="openapi")(openapi)
    api.get("/docs", include_in_schema=False, auth=None, url_name="docs")(docs)


def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(document()), content_type="application/json")


@dataclass(frozen=True, slots=True)
class FieldRow:
    name: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    asked: list[FieldRow] = field(default_factory=list)
    sent: list[FieldRow] = field(default_factory=list)
    answered: list[FieldRow] = field(default_factory=list)


def docs(request: HttpRequest) -> HttpResponse:
    """The same document as a page that needs no script from anywhere."""
    return render(request, "api/docs.html", {"groups": groups(), "description": DESCRIPTION})


def groups() -> list[tuple[str, list[OperationRow]]]:
    """Operations by the resource they belong to, in the order of the document."""
    schema = document()
    found: dict[str, list[OperationRow]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            found.setdefault(operation.get("tags", ["Other"])[0], []).append(_row(schema, path, method, operation))
    return list(found.items())


def _row(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> OperationRow:
    asked = [
        FieldRow(one["name"], _kind(schema, one["schema"]), one.get("required", False), _words(one["schema"]))
        for one in operation["parameters"]
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    good: dict[str, Any] = next((said for code, said in operation["responses"].items() if code.startswith("2")), {})
    answer = good.get("content", {}).get("application/json", {}).get("schema", {})
    return OperationRow(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        operation.get("description", ""),
        asked,
        _fields(schema, body),
        _fields(schema, answer),
    )


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part


def _fields(schema: dict[str, Any], part: dict[str, Any]) -> list[FieldRow]:
    whole = _resolved(schema, part)
    items = whole.get("properties", {}).get("items", {}).get("items")
    if items is not None and "next" in whole["properties"]:
        whole = _resolved(schema, items)  # of a page, what its items are made of
    required = whole.get("required", [])
    return [
        FieldRow(name, _kind(schema, one), name in required, _words(one))
        for name, one in whole.get("properties", {}).items()
    ]


def _words(part: dict[str, Any]) -> str:
    return str(part.get("description", ""))


def _kind(schema: dict[str, Any], part: dict[str, Any]) -> str:
    """The type of a field in a word or two."""
    if "$ref" in part:
        return str(part["$ref"].rpartition("/")[2])
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_kind(schema, one) for one in part["anyOf"]))
    if "allOf" in part:
        return _kind(schema, part["allOf"][0])
    if part.get("type") == "array":
        return f"list of {_kind(schema, part.get('items', {}))}"
    if "enum" in part:
        return " | ".join(str(one) for one in part["enum"])
    return str(part.get("format") or part.get("type") or "any")
