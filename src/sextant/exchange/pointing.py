"""What a person points at, as entries of a mapping: this column is the owner, this sheet is left out.

Plain functions from mapping to mapping; the engine itself checks what they make (`check_mapping`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from fnmatch import fnmatch
from glob import escape
from typing import Any

Decisions = dict[str, Any]


def with_table(mapping: Mapping[str, Any], file: str, sheet: str, changes: Mapping[str, Any]) -> Decisions:
    """Decide settings of one table; None or "" takes a decision back."""
    decided, entry = _entry(mapping, file, sheet)
    for name, value in changes.items():
        if value in (None, ""):
            entry.pop(name, None)
        else:
            entry[name] = value
    return _tidy(decided)


def with_columns(mapping: Mapping[str, Any], file: str, sheet: str, roles: Mapping[str, str]) -> Decisions:
    """Decide what columns are for, by their headers; an empty role takes the decision back."""
    decided, entry = _entry(mapping, file, sheet)
    columns = {**entry.get("columns", {}), **roles}
    entry["columns"] = {header: role for header, role in columns.items() if role}
    return _tidy(decided)


def with_breakdown(mapping: Mapping[str, Any], file: str, sheet: str, names: Sequence[str], wanted: bool) -> Decisions:
    """Take the series by these dimensions in, or leave them out."""
    decided, entry = _entry(mapping, file, sheet)
    others = [dims for dims in entry.get("breakdowns", []) if list(dims) != list(names)]
    entry["breakdowns"] = [*others, list(names)] if wanted else others
    return _tidy(decided)


def with_headline(mapping: Mapping[str, Any], file: str, sheet: str, column: str, member: str) -> Decisions:
    """Say which member of a column stands for all of them; an empty one takes that back."""
    decided, entry = _entry(mapping, file, sheet)
    entry["headline"] = {name: one for name, one in {**entry.get("headline", {}), column: member}.items() if one}
    return _tidy(decided)


def with_ratio(mapping: Mapping[str, Any], file: str, sheet: str, ratio: Mapping[str, str]) -> Decisions:
    """Define a metric as one column's sum divided by another's; the one of that name is replaced."""
    decided, entry = _entry(mapping, file, sheet)
    others = [one for one in entry.get("ratio", []) if one.get("name") != ratio["name"]]
    entry["ratio"] = [*others, dict(ratio)]
    return _tidy(decided)


def without_ratio(mapping: Mapping[str, Any], file: str, sheet: str, name: str) -> Decisions:
    decided, entry = _entry(mapping, file, sheet)
    entry["ratio"] = [one for one in entry.get("ratio", []) if one.get("name") != name]
    return _tidy(decided)


def with_metrics(mapping: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> Decisions:
    """State facts about metrics by their id or name in the files; None or "" takes one back."""
    decided = deepcopy(dict(mapping))
    known = decided.setdefault("metrics", {})
    for name, said in facts.items():
        together = {**known.get(name, {}), **said}
        known[name] = {fact: value for fact, value in together.items() if value not in (None, "")}
    decided["metrics"] = {name: said for name, said in known.items() if said}
    return _tidy(decided)


def with_year_start(mapping: Mapping[str, Any], month: int | None) -> Decisions:
    """In which month the files' years begin; None: as the organisation's."""
    decided = deepcopy(dict(mapping))
    decided.pop("year_start_month", None)
    if month is not None:
        decided["year_start_month"] = month
    return decided


def _entry(mapping: Mapping[str, Any], file: str, sheet: str) -> tuple[Decisions, Decisions]:
    """A copy of the mapping and its entry about just this table, which stands first.

    What a pattern said about the table so far is copied into it, because the first entry that fits is the one used.
    """
    decided = deepcopy(dict(mapping))
    tables: list[Decisions] = decided.setdefault("table", [])
    exact = {"file": escape(file), "sheet": escape(sheet) or "*"}
    for place, entry in enumerate(tables):
        if entry.get("file") == exact["file"] and entry.get("sheet", "*") == exact["sheet"]:
            tables.insert(0, tables.pop(place))
            return decided, entry
    before = next((entry for entry in tables if _fits(entry, file, sheet)), {})
    entry = {**deepcopy(before), **exact}
    tables.insert(0, entry)
    return decided, entry


def _fits(entry: Mapping[str, Any], file: str, sheet: str) -> bool:
    pattern, name = str(entry.get("file", "*")), file.rsplit("/", 1)[-1]
    return (fnmatch(file, pattern) or fnmatch(name, pattern)) and fnmatch(sheet, str(entry.get("sheet", "*")) or "*")


def _tidy(decided: Decisions) -> Decisions:
    """Without empty lists, and without entries about tables of which nothing is decided."""
    tables = [
        {name: value for name, value in entry.items() if value not in ([], {}, "")}
        for entry in decided.get("table", [])
    ]
    kept = [entry for place, entry in enumerate(tables) if set(entry) - {"file", "sheet"} or _hides(tables, place)]
    decided["table"] = kept
    return {name: value for name, value in decided.items() if value not in ([], {})}


def _hides(tables: Sequence[Decisions], place: int) -> bool:
    """Whether an empty entry keeps a later pattern from the same table: then it is a decision too."""
    file, sheet = str(tables[place].get("file", "*")), str(tables[place].get("sheet", "*"))
    return any(_fits(later, file, sheet) for later in tables[place + 1 :])
