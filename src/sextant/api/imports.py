"""`/imports`: send files, look at what was understood, correct it, write it, take it back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field, StringConstraints

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Key, Line, Listed, found, named, place, written
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.exchange import commands, queries, runner
from sextant.exchange.models import Import
from sextant.exchange.receiving import name_of, receive
from sextant.people.models import Team

router = Router(tags=["Imports"])
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "paths": {"type": "string", "description": "JSON list: where each file lay in its folder."},
                        "table": {"type": "string", "description": "A table as text, instead of files."},
                        "team": {"type": "string", "description": "Key; the organisation when left out."},
                        "name": {"type": "string", "description": "What people call it; else the file's name."},
                        "source": {"type": "string", "description": "What these files are known by each month."},
                        "repeats": {"type": "string", "enum": ["last", "first", "sum", "mean", "max", "refuse"]},
                        "mapping": {"type": "string", "description": "Key of a kept mapping, or a mapping as JSON."},
                    },
                }
            }
        },
    }
}  # fmt: skip
Settings = dict[str, Any]


class ImportSummary(BaseModel):
    key: str
    name: str
    source: str
    team: str
    state: str = Field(description="uploaded, reading, ready, publishing, done, failed, undone or discarded.")
    author: str
    created_at: datetime
    step: str
    progress: float = Field(description="0 to 1, while something reads or writes.")
    stopped: bool = Field(description="Computed: the process at work is gone; read again.")
    problem: str = Field(description="Why it could not be read.")
    batch: str | None = Field(description="The batch of its values, once they are written.")


class ImportOut(ImportSummary):
    repeats: str
    counts: dict[str, int] = Field(description="What was found, and what was kept out.")
    result: dict[str, int] = Field(description="What was written.")
    problem_keys: dict[str, int]
    tables: list[Settings] = Field(description="How each table was read, with its first rows.")
    offers: list[Settings] = Field(description="Questions; `setting` answers each, required ones keep values out.")
    notes: list[Settings]
    mapping: Settings = Field(description="What a person decided.")
    understood_mapping: Settings = Field(description="Everything that was decided or found out, to be kept.")


class ProblemOut(BaseModel):
    file: str
    sheet: str
    row: int | None
    column: str
    key: str
    message: str
    kept_out: bool


class ImportsAsked(Listed):
    team: Key = ""


class MetricsAsked(Listed):
    state: Annotated[str, StringConstraints(pattern="^(new|known|asked|left_out|empty)?$")] = Field(
        "", description="new, known, asked, left_out; or empty: without values."
    )
    q: Line = Field("", description="Part of the name.")


class ProblemsAsked(Listed):
    kind: Line = Field("", description="Only problems with this key.")


class ImportChange(Change):
    mapping: Settings | None = Field(None, description="All decisions, as docs/reference/mapping.md says.")
    repeats: Line = ""


def summary(imp: Import) -> dict[str, Any]:
    return {
        "key": imp.key,
        "name": imp.name,
        "source": imp.source,
        "team": imp.team.key,
        "state": imp.state,
        "author": imp.author,
        "created_at": imp.created_at,
        "step": imp.step,
        "progress": imp.progress,
        "stopped": commands.is_dead(imp),
        "problem": imp.problem,
        "batch": imp.batch.key if imp.batch else None,
    }


def shown(imp: Import) -> ImportOut:
    said = imp.summary
    return ImportOut(
        **summary(imp),
        repeats=imp.repeats,
        counts=said.get("counts", {}),
        result={name: count for name, count in said.get("result", {}).items() if isinstance(count, int)},
        problem_keys=said.get("problem_keys", {}),
        tables=said.get("tables", []),
        offers=said.get("offers", []),
        notes=said.get("notes", []),
        mapping=imp.mapping,
        understood_mapping=said.get("mapping", {}),
    )


@router.get("/imports", response=Page[ImportSummary], summary="List imports, the newest first")
def list_imports(request: ApiRequest, asked: Query[ImportsAsked]) -> HttpResponse:
    imports = queries.imports(request.actor).order_by("-pk")
    if asked.team:
        imports = imports.filter(team__key=asked.team)
    before = place(asked.cursor, int)
    if before is not None:
        imports = imports.filter(pk__lt=before[0])
    some = list(imports[: asked.limit + 1])
    following = written([some[asked.limit - 1].pk]) if len(some) > asked.limit else None
    return answer(
        Page[ImportSummary](items=[ImportSummary(**summary(one)) for one in some[: asked.limit]], next=following)
    )


@router.post(
    "/imports", response={201: ImportOut}, summary="Send files; they are read, nothing is written", openapi_extra=UPLOAD
)
def add_import(request: ApiRequest) -> HttpResponse:
    upload = receive(request)
    try:
        if not upload.files and not upload.pasted.strip():
            raise refuse("no-file", "Send a file as `files`, or a table as `table`.", "files")
        sent = {name: str(request.POST[name]) for name in request.POST}
        told = [path or file.name for file, path in zip(upload.files, upload.paths, strict=True)]
        imp = commands.start_import(
            request.actor,
            name=sent.get("name") or name_of(told) or "table",
            team=_team(request.actor, sent.get("team", "")),
            source=sent.get("source", ""),
            mapping=_mapping(request.actor, sent.get("mapping", "")),
            repeats=sent.get("repeats") or "last",
        )
        upload.move_into(commands.files_folder(imp))
    finally:
        upload.discard()
    return answer(shown(runner.read_soon(request.actor, imp)), 201)


def _team(actor: Actor, key: str) -> Team:
    team: Team = named("team", actor, key, "team") if key else visible("team", actor).get(parent=None)
    return team


def _mapping(actor: Actor, text: str) -> Settings:
    """The mapping sent, or the kept one that was named."""
    if not text.strip().startswith("{"):
        return named("mapping", actor, text.strip(), "mapping").mapping if text.strip() else {}
    try:
        mapping: Settings = json.loads(text)
    except ValueError as error:
        raise refuse("bad-mapping", f"The mapping is not JSON: {error}", "mapping") from None
    return mapping


@router.get("/imports/{key}", response=ImportOut, summary="What was understood, or written")
def get_import(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(shown(found("import", request.actor, key)))


@router.patch("/imports/{key}", response=ImportOut, summary="Correct how the files are read; they are read again")
def patch_import(request: ApiRequest, key: str, body: ImportChange) -> HttpResponse:
    imp: Import = found("import", request.actor, key, "run")
    mapping = imp.mapping if body.mapping is None else body.mapping
    commands.change_mapping(request.actor, imp, mapping, repeats=body.repeats or None)
    return answer(shown(runner.read_soon(request.actor, imp)))


@router.delete("/imports/{key}", response={204: None}, summary="Throw an import away that was not written")
def delete_import(request: ApiRequest, key: str) -> HttpResponse:
    commands.discard_import(request.actor, found("import", request.actor, key))
    return HttpResponse(status=204)


@router.get("/imports/{key}/metrics", response=Page[Settings], summary="The metrics it found")
def list_import_metrics(request: ApiRequest, key: str, asked: Query[MetricsAsked]) -> HttpResponse:
    imp: Import = found("import", request.actor, key)
    begin = (place(asked.cursor, int) or [0])[0]
    page = queries.drafts(imp, state=asked.state, text=asked.q, limit=asked.limit, offset=begin)
    end = begin + len(page.rows)
    return answer(Page[Settings](items=page.rows, next=written([end]) if page.rows and end < page.count else None))


@router.get("/imports/{key}/problems", response=Page[ProblemOut], summary="What was kept out, and why")
def list_import_problems(request: ApiRequest, key: str, asked: Query[ProblemsAsked]) -> HttpResponse:
    imp: Import = found("import", request.actor, key)
    begin = (place(asked.cursor, int) or [0])[0]
    some = list(queries.problems(imp, limit=asked.limit + 1, offset=begin, kind=asked.kind))
    following = written([begin + asked.limit]) if len(some) > asked.limit else None
    return answer(Page[ProblemOut](items=[ProblemOut(**one) for one in some[: asked.limit]], next=following))


@router.post("/imports/{key}/confirmation", response=ImportOut, summary="Write it")
def post_confirmation(request: ApiRequest, key: str) -> HttpResponse:
    imp: Import = found("import", request.actor, key)
    return answer(shown(runner.confirm_soon(request.actor, imp)))


@router.delete("/imports/{key}/confirmation", response=ImportOut, summary="Take it back")
def delete_confirmation(request: ApiRequest, key: str) -> HttpResponse:
    imp: Import = found("import", request.actor, key)
    commands.undo_import(request.actor, imp.key)
    imp.refresh_from_db()
    return answer(shown(imp))
