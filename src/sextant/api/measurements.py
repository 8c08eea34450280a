"""`POST /measurements`: values from scripts, many at once.

The body is decoded straight into the points the command takes; a point that has not the form of one is
refused alone, so that the others are kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Router

from sextant.api.actors import ApiRequest
from sextant.api.problems import problem_answer, too_large
from sextant.core.errors import Problem
from sextant.metrics.commands import RawPoint, record
from sextant.metrics.commands.recording import MOST_POINTS, Recorded

router = Router(tags=["Measurements"])
MOST_BYTES = 8 * 1024 * 1024


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    points: list[RawPoint]
    batch: str = ""
    source: str = ""


class _LooseBatch(msgspec.Struct, forbid_unknown_fields=True):
    points: list[Any]
    batch: str = ""
    source: str = ""


_strict = msgspec.json.Decoder(_Batch)
_loose = msgspec.json.Decoder(_LooseBatch)
_encode = msgspec.json.Encoder().encode

_REJECTION = {
    "type": "object",
    "required": ["index", "key", "message"],
    "properties": {
        "index": {"type": "integer", "description": "Place of the point in what was sent, from 0."},
        "key": {"type": "string"},
        "message": {"type": "string"},
    },
}
BODY = {
    "type": "object",
    "required": ["points"],
    "additionalProperties": False,
    "properties": {
        "batch": {
            "type": "string",
            "maxLength": 80,
            "description": "Your own name of this batch. Sent again, it is answered again and recorded once.",
        },
        "source": {"type": "string", "maxLength": 200, "description": "Where the values come from, for people."},
        "points": {
            "type": "array",
            "maxItems": MOST_POINTS,
            "items": {
                "type": "object",
                "required": ["metric", "period"],
                "additionalProperties": False,
                "properties": {
                    "metric": {"type": "string", "description": "Key of the metric."},
                    "period": {"type": "string", "description": "2026-03-14, 2026-W11, 2026-03, 2026-Q1, FY2018, ..."},
                    "value": {
                        "anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}],
                        "description": 'A number, or text such as "47.8 %" or "<1". Missing is never zero.',
                    },
                    "state": {"type": "string", "enum": ["observed", "estimated", "not_applicable"]},
                    "qualifier": {"type": "string", "maxLength": 40},
                    "note": {"type": "string"},
                },
            },
        },
    },
}
ANSWER = {
    "type": "object",
    "required": ["batch", "accepted", "unchanged", "superseded", "repeated", "replayed", "rejected"],
    "properties": {
        "batch": {"type": "string"},
        "accepted": {"type": "integer", "description": "New and corrected values."},
        "unchanged": {"type": "integer", "description": "Values that were known already."},
        "superseded": {"type": "integer", "description": "Of the accepted ones, those that corrected another value."},
        "repeated": {"type": "integer", "description": "Points whose period came again later in the same batch."},
        "replayed": {"type": "boolean", "description": "The batch was recorded before; this is the answer of then."},
        "rejected": {"type": "array", "items": _REJECTION},
    },
}


@router.post(
    "/measurements",
    summary="Record values",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
        "responses": {200: {"description": "OK", "content": {"application/json": {"schema": ANSWER}}}},
    },
)
def post_measurements(request: ApiRequest) -> HttpResponse:
    """Good points are kept, each bad one is refused with its reason. Idempotent by batch and by value."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return too_large(f"Send at most {MOST_BYTES // 2**20} MB at once; nothing was kept.")
    try:
        batch, unreadable = _decoded(request.body)
    except msgspec.ValidationError as error:
        return problem_answer(422, [Problem("bad-value", f"{error}.")])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body is not JSON that can be read ({error}); nothing was kept."
        return problem_answer(400, [Problem("bad-json", message)])
    if len(batch.points) > MOST_POINTS:
        return too_large(f"Send at most {MOST_POINTS} points at once; nothing was kept.")
    source = batch.source.replace("\0", "")
    result = record(request.actor, batch.points, batch_key=batch.batch, source=source, unreadable=unreadable)
    return HttpResponse(_encode(_as_json(result)), content_type="application/json")


def _decoded(body: bytes) -> tuple[_Batch, dict[int, str]]:
    """The batch, an empty point for each that has not the form of one, and why by its place.

    Raises msgspec.ValidationError when the whole has another form, DecodeError or RecursionError when it is no JSON.
    """
    try:
        return _strict.decode(body), {}
    except msgspec.ValidationError:
        loose = _loose.decode(body)
    points: list[RawPoint] = []
    unreadable: dict[int, str] = {}
    for index, one in enumerate(loose.points):
        try:
            points.append(msgspec.convert(one, RawPoint))
        except msgspec.ValidationError as error:
            points.append(RawPoint("", ""))
            unreadable[index] = f"{error}. Nothing was kept for this point."
    return _Batch(points, loose.batch, loose.source), unreadable


def _as_json(result: Recorded) -> dict[str, object]:
    return {
        "batch": result.batch,
        "accepted": result.accepted,
        "unchanged": result.unchanged,
        "superseded": result.superseded,
        "repeated": result.repeated,
        "replayed": result.replayed,
        "rejected": [{"index": r.index, "key": r.key, "message": r.message} for r in result.rejected],
    }
