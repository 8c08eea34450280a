"""The document that was read, kept in the folder of its import until it is confirmed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sextant.exchange.okr_reading import (
    OkrDocument,
    Place,
    ReadCycle,
    ReadInitiative,
    ReadKeyResult,
    ReadObjective,
    ReadStep,
    ReadTeam,
    ReadUpdate,
)

NAME = "okrs.json"
_LISTS = ("objectives", "key_results", "updates", "initiatives", "teams")
_KINDS: Mapping[str, Any] = {
    "objectives": ReadObjective, "key_results": ReadKeyResult, "updates": ReadUpdate, "initiatives": ReadInitiative,
    "teams": ReadTeam,
}  # fmt: skip
_TUPLES = ("teams", "owners", "supports", "steps_of", "aliases", "checkpoints", "plan")


def keep(folder: Path, document: OkrDocument) -> None:
    """Write the document down; its problems and notes are kept elsewhere."""
    data = {name: [asdict(one) for one in getattr(document, name)] for name in _LISTS}
    (folder / NAME).write_text(json.dumps({**data, "is_code": document.is_code}), encoding="utf-8")


def kept(folder: Path) -> OkrDocument:
    """The document as it was read."""
    data = json.loads((folder / NAME).read_text(encoding="utf-8"))
    document = OkrDocument(is_code=bool(data["is_code"]))
    for name in _LISTS:
        getattr(document, name).extend(_thing(_KINDS[name], one) for one in data[name])
    return document


def _thing(kind: Any, data: dict[str, Any]) -> Any:
    for name in _TUPLES:
        if name in data:
            data[name] = tuple(tuple(one) if isinstance(one, list) else one for one in data[name])
    if "place" in data:
        data["place"] = Place(**data["place"])
    if data.get("cycle"):
        data["cycle"] = ReadCycle(**data["cycle"])
    if "steps" in data:
        data["steps"] = tuple(ReadStep(**step) for step in data["steps"])
    return kind(**data)
