"""OKRs as code: objectives with their key results below them, in YAML or JSON.

The names are those of the API (`title`, `team`, `key_results`, `due_on` ...); the usual other ones are understood too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sextant.calc.numbers import read_number
from sextant.exchange.okr_reading.document import (
    OkrDocument,
    Place,
    ReadCycle,
    ReadInitiative,
    ReadKeyResult,
    ReadObjective,
    ReadStep,
    ReadUpdate,
)
from sextant.exchange.okr_reading.names import names_in
from sextant.exchange.okr_reading.objectives import short_title
from sextant.exchange.okr_reading.records import digest
from sextant.exchange.okr_reading.spans import read_cycle
from sextant.exchange.okr_reading.words import kind_of, state_of, status_of
from sextant.exchange.understanding.cells import normal

Record = Mapping[str, Any]
KINDS = ("metric", "baseline", "guardrail", "milestones", "yes_no")
_ALIASES = {
    "objectives": ("objectives", "okrs", "objective", "goals"),
    "key_results": ("key results", "krs", "results", "keyresults"),
    "initiatives": ("initiatives", "actions", "projects", "tasks"),
    "children": ("children", "objectives", "sub objectives", "child objectives"),
    "title": ("title", "name", "objective", "key result", "text", "summary"),
    "key": ("key", "id", "slug", "ref"),
    "description": ("description", "details", "why"),
    "team": ("team", "group", "department"),
    "owner": ("owner", "lead", "responsible", "assignee"),
    "cycle": ("cycle", "timeframe", "period", "quarter"),
    "baseline": ("baseline", "start", "start value", "initial value", "from"),
    "target": ("target", "target value", "goal", "end value", "to"),
    "value": ("value", "current", "current value", "actual"),
    "due_on": ("due on", "due", "due date", "end date", "deadline"),
    "starts_on": ("starts on", "start date"),
    "kind": ("kind", "type", "metric type"),
    "metric": ("metric", "kpi"),
    "milestones": ("milestones", "steps"),
    "state": ("state",),
    "status": ("status", "health"),
}
_KNOWN = frozenset(
    {"visibility", "how_measured", "cycles",
     "key", "title", "description", "team", "owner", "contributors", "cycle", "theme", "state", "status", "ambition",
     "rollup", "parent", "supports", "step_of", "key_results", "initiatives", "children", "external_id", "kind",
     "metric", "unit", "direction", "baseline", "baseline_from_series", "target", "low", "high", "stretch", "is_strict",
     "planned_periods", "checkpoints", "plan", "relative", "amount", "weight", "starts_on", "due_on",
     "check_in_every", "milestones", "note", "value", "confidence", "link", "done", "evidence", "reading"}
)  # fmt: skip


def is_code(data: object) -> bool:
    """Whether parsed YAML or JSON holds objectives with something below them."""
    if not isinstance(data, Mapping):
        return False
    listed = _get(data, "objectives")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, Mapping) for one in listed):
        return False
    return any(
        _get(one, "key_results") is not None or _get(one, "children") is not None or "cycle" in one or "team" in one
        for one in listed
    )


def read_code(data: Record, file: str) -> OkrDocument:
    """All objectives of one document."""
    document = OkrDocument(is_code=True)
    reader = _Code(document, file, {str(one.get("key", "")): one for one in data.get("cycles") or [] if _is_span(one)})
    for number, one in enumerate(_get(data, "objectives") or [], 1):
        reader.objective(one, number, "", data)
    return document


def _get(record: Record, name: str) -> Any:
    """The field of this name, or of one of the other names that people use for it."""
    if name in record:
        return record[name]
    wanted = _ALIASES.get(name, ())
    return next((value for key, value in record.items() if normal(str(key)) in wanted), None)


def _text(record: Record, name: str) -> str:
    value = _get(record, name)
    return "" if value is None or isinstance(value, Mapping | list) else str(value).strip()


class _Code:
    def __init__(self, document: OkrDocument, file: str, cycles: Mapping[str, Record]) -> None:
        self.document, self.file, self.cycles = document, file, cycles

    def objective(self, data: Any, number: int, parent: str, above: Record) -> None:
        place = Place(self.file, number)
        if not isinstance(data, Mapping) or not _text(data, "title"):
            message = f"Objective {number} has no title; it was left out."
            self.document.problem(place, "no-title", message, column="title", kept_out=True)
            return
        title, key = _text(data, "title"), _text(data, "key")
        cycle = _text(data, "cycle") or _text(above, "cycle")
        ref = f"o:{key or digest(title, _text(data, 'team'), cycle)}"
        said = _text(data, "parent")
        state, status = _text(data, "state"), _text(data, "status")
        self.document.objectives.append(
            ReadObjective(
                ref, short_title(title), place, parent_ref=(said and f"o:{said}") or parent,
                description=_text(data, "description") or (title if short_title(title) != title else ""),
                teams=self._list(data, "team") + self._list(data, "contributors"), owners=self._list(data, "owner"),
                cycle=read_cycle(cycle), state=state_of(state or status), status=status_of(status) or "",
                ambition=_text(data, "ambition"), rollup=_text(data, "rollup"), theme=_text(data, "theme"), key=key,
                external_id=_text(data, "external_id") or ("" if key else ref),
                supports=tuple(f"o:{one}" for one in self._list(data, "supports")),
                steps_of=tuple(f"o:{one}" for one in self._list(data, "step_of")), link=_text(data, "link"),
                visibility=_text(data, "visibility"),
            )
        )  # fmt: skip
        if cycle in self.cycles or (cycle and read_cycle(cycle) is None):
            self.document.objectives[-1] = replace(self.document.objectives[-1], cycle=self._named_cycle(cycle))
        self._unknown(data, place)
        for at, one in enumerate(_get(data, "key_results") or [], 1):
            self._key_result(one, ref, place, at)
        for one in _get(data, "initiatives") or []:
            self._initiative(one, ref, "", place)
        for one in _get(data, "children") or []:
            if _get(data, "children") is not _get(data, "key_results"):
                self.objective(one, number, ref, {**above, "cycle": cycle})

    def _named_cycle(self, key: str) -> ReadCycle:
        """A cycle by its key: its span stands in the file, or the product knows it."""
        said = self.cycles.get(key)
        if said is None:
            return ReadCycle(key, key=key)
        return ReadCycle(_text(said, "starts_on"), str(said["ends_on"]), str(said.get("name", "")), key)

    def _key_result(self, data: Any, objective: str, place: Place, at: int) -> None:
        if isinstance(data, str):
            data = {"title": data}
        if not isinstance(data, Mapping) or not _text(data, "title"):
            message = f"Key result {at} of objective {place.row} has no title; it was left out."
            self.document.problem(place, "no-title", message, column="title", kept_out=True)
            return
        title, key = " ".join(_text(data, "title").split()), _text(data, "key")
        kind, direction = self._kind(data)
        ref = f"kr:{key or digest(objective, title)}"
        steps = tuple(self._step(one, place) for one in _get(data, "milestones") or [])
        done = _get(data, "done")
        self.document.key_results.append(
            ReadKeyResult(
                ref, objective, title, place, kind=kind, direction=direction, unit=_text(data, "unit"),
                **{name: self._number(data, name, place) for name in
                   ("baseline", "target", "low", "high", "stretch", "amount", "weight")},  # type: ignore[arg-type]
                is_strict=_get(data, "is_strict") is True,
                baseline_from_series=_get(data, "baseline_from_series") is True,
                planned_periods=self._whole(data, "planned_periods", place), relative=_text(data, "relative"),
                checkpoints=tuple((a, b) for a, b in self._pairs(data, "checkpoints", place) if isinstance(a, float)),
                plan=tuple((str(a), b) for a, b in self._pairs(data, "plan", place)),
                ambition=_text(data, "ambition"), teams=self._list(data, "team"), owners=self._list(data, "owner"),
                starts=_text(data, "starts_on"), due=_text(data, "due_on"),
                is_done=done if isinstance(done, bool) else None, steps=steps,
                metric_key=_text(data, "metric"), indicator=_text(data, "how_measured"),
                note=_text(data, "note"), link=_text(data, "link"), key=key,
                external_id=_text(data, "external_id") or ("" if key else ref),
            )
        )  # fmt: skip
        self._unknown(data, place)
        value = self._number(data, "value", place)
        if value is not None or _text(data, "confidence"):
            confidence = self._whole(data, "confidence", place)
            self.document.updates.append(ReadUpdate(ref, place, "", value, confidence=confidence))
        for one in _get(data, "initiatives") or []:
            self._initiative(one, objective, ref, place)

    def _kind(self, data: Record) -> tuple[str, str]:
        """(kind, direction) from what is said, else from what is given."""
        said, direction = normal(_text(data, "kind")).replace(" ", "_"), _text(data, "direction")
        if said in KINDS:
            return said, direction
        word = kind_of(said.replace("_", " "))
        if word in ("up", "down"):
            return "metric", direction or word
        if _get(data, "milestones"):
            return "milestones", direction
        if word.startswith("guardrail") or (_get(data, "low") is not None or _get(data, "high") is not None):
            return "guardrail", direction
        if word in ("milestones", "yes_no", "baseline"):
            return ("yes_no" if word == "milestones" else word), direction
        figures = ("baseline", "target", "value", "metric", "unit", "checkpoints", "amount")
        says_number = any(_get(data, name) is not None for name in figures) or re.search(r"\d", _text(data, "title"))
        return ("metric" if says_number and not isinstance(_get(data, "done"), bool) else "yes_no"), direction

    def _step(self, data: Any, place: Place) -> ReadStep:
        if not isinstance(data, Mapping):
            return ReadStep(str(data))
        weight = self._number(data, "weight", place)
        return ReadStep(_text(data, "title"), _get(data, "done") is True, 1.0 if weight is None else weight,
                        _text(data, "due_on"), _text(data, "evidence"))  # fmt: skip

    def _initiative(self, data: Any, objective: str, key_result: str, place: Place) -> None:
        if isinstance(data, str):
            data = {"title": data}
        if not isinstance(data, Mapping) or not _text(data, "title"):
            return
        title, key = _text(data, "title"), _text(data, "key")
        self.document.initiatives.append(
            ReadInitiative(
                f"i:{key or digest(objective, key_result, title)}", objective, title, place, key_result_ref=key_result,
                description=_text(data, "description"), owners=self._list(data, "owner"), state=_text(data, "state"),
                starts=_text(data, "starts_on"), due=_text(data, "due_on"), link=_text(data, "link"), key=key,
            )
        )  # fmt: skip

    def _list(self, data: Record, name: str) -> tuple[str, ...]:
        value = _get(data, name)
        if isinstance(value, list):
            return tuple(str(one) for one in value if one is not None)
        return names_in(str(value)) if value is not None and not isinstance(value, Mapping) else ()

    def _number(self, data: Record, name: str, place: Place) -> float | None:
        value = _get(data, name)
        if value is None or value == "":
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        found = read_number(str(value))
        if found.kind == "number":
            return found.value
        title = _text(data, "title")[:80]
        message = f"“{str(value)[:60]}” is no number for {name} of “{title}”. It was not taken."
        self.document.problem(place, found.key or "not-a-number", message, column=name, kept_out=True)
        return None

    def _whole(self, data: Record, name: str, place: Place) -> int | None:
        value = self._number(data, name, place)
        return None if value is None or value < 0 else round(value)

    def _pairs(self, data: Record, name: str, place: Place) -> list[tuple[Any, float]]:
        value = _get(data, name) or []
        pairs: list[tuple[Any, float]] = []
        for pair in value if isinstance(value, Sequence) and not isinstance(value, str) else []:
            try:
                first, second = pair
                pairs.append((float(first) if name == "checkpoints" else first, float(second)))
            except (TypeError, ValueError):
                message = f"“{pair}” is no pair for {name}. It was not taken."
                self.document.problem(place, "not-a-pair", message, column=name, kept_out=True)
        return pairs

    def _unknown(self, data: Record, place: Place) -> None:
        """A misspelt name is said, so that nothing is left out in silence."""
        aliases = {word for words in _ALIASES.values() for word in words}
        for name in data:
            if name not in _KNOWN and normal(str(name)) not in aliases:
                message = f"“{name}” is no field of an objective or key result; it was not taken."
                self.document.problem(place, "unknown-field", message, column=str(name))


def _is_span(data: Any) -> bool:
    return (
        isinstance(data, Mapping)
        and bool(data.get("key"))
        and bool(data.get("starts_on"))
        and bool(data.get("ends_on"))
    )
