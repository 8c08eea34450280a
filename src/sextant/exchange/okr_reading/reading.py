"""Files and folders of OKRs into one document, and whether files hold OKRs at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sextant.exchange.okr_reading.code import is_code, read_code
from sextant.exchange.okr_reading.columns import Table, head_of, table_of
from sextant.exchange.okr_reading.document import OkrDocument, Place
from sextant.exchange.okr_reading.markdown import is_okr_text, read_markdown
from sextant.exchange.okr_reading.relating import are_okrs, read_tables
from sextant.readers import Grid, ReadError, open_path
from sextant.readers.documents import whole_text
from sextant.readers.folders import files_below
from sextant.readers.json_text import parse_json
from sextant.readers.plain_yaml import read_yaml

MOST_BYTES = 64 * 1024 * 1024  # OKRs are written by people; what is larger holds measurements
TEXTS, CODE = (".md", ".markdown"), (".yaml", ".yml", ".json")
TABLES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".json", ".jsonl", ".ndjson",
          ".yaml", ".yml")  # fmt: skip
_BESIDE = re.compile(r"^(readme|licen[cs]e|contributing|changelog|code_of_conduct|notice|security)\b", re.IGNORECASE)
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file to read, and what it is called in messages."""

    path: Path
    file: str

    @property
    def ending(self) -> str:
        return self.path.suffix.lower()


def list_files(paths: Sequence[Path]) -> tuple[list[OpenedFile], list[tuple[str, str]]]:
    """The files of these paths, folders read whole, and (file, reason) of those left out."""
    files: list[OpenedFile] = []
    left_out: list[tuple[str, str]] = []
    for path in paths:
        if not path.is_dir():
            files.append(OpenedFile(path, path.name))
            continue
        names, notes = files_below(path)
        left_out += [(note.file, note.message) for note in notes]
        for name in names:
            if _BESIDE.match(Path(name).stem) and len(names) > 1:
                left_out.append((name, f"{name} was left out: it is about the files, not one of them."))
            else:
                files.append(OpenedFile(path / name, name))
    return files, left_out


def looks_like_okrs(files: Sequence[OpenedFile]) -> bool:
    """Whether these files are OKRs and not KPIs, by what the first rows and headings say. Cheap for large files."""
    found = 0
    others = 0
    tables: list[Table] = []
    for file in files:
        try:
            if not file.path.is_file() or file.path.stat().st_size > MOST_BYTES:
                others += 1
            elif file.ending in TEXTS:
                found += is_okr_text(whole_text(file.path, file.file)[0], file.file)
            elif file.ending in CODE and any(is_code(data) for data in _data(file)):
                found += 1
            elif file.ending in TABLES:
                tables += [table for grid in _grids(file) if (table := head_of(grid)) is not None]
        except (ReadError, OSError, RecursionError):
            continue  # what can't be read is told by whoever reads it
    if are_okrs(tables, [file.file for file in files]):
        return True
    return found > others + len({table.file for table in tables}) / 2


def read_okrs(files: Sequence[OpenedFile], *, progress: Progress | None = None) -> OkrDocument:
    """Everything these files say. One that can't be read is a problem of the document and does not stop the others.

    Raises ReadError when none can be read or nothing of OKRs is found.
    """
    document = OkrDocument()
    tables: list[Table] = []
    refusal: ReadError | None = None
    for number, file in enumerate(files):
        if progress is not None:
            progress(number / len(files), f"Reading {file.file}")
        try:
            found = _read_one(file, len(files))
            if isinstance(found, OkrDocument):
                document.add(found)
            else:
                tables += found
        except ReadError as error:
            refusal = refusal or error
            document.problem(Place(file.file, error.row), error.key, error.message, kept_out=True)
    if tables:
        document.add(read_tables(tables))
    _tell_apart(document)
    if document.is_empty:
        raise refusal or ReadError("no-okrs", "No objective and no key result was found in these files.")
    return document


def _read_one(file: OpenedFile, count: int) -> OkrDocument | list[Table]:
    if file.ending in TEXTS:
        text, notes = whole_text(file.path, file.file)
        document = OkrDocument() if count > 1 and not is_okr_text(text, file.file) else read_markdown(text, file.file)
        if document.is_empty:
            document.notes.append((file.file, f"{file.file} was left out: no objective was found in it."))
        document.notes += [(file.file, note.message) for note in notes]
        return document
    if file.ending in CODE:
        found = [read_code(data, file.file) for data in _data(file) if is_code(data)]
        if found:
            for other in found[1:]:
                found[0].add(other)
            return found[0]
    return [table for grid in _grids(file) if (table := table_of(grid)) is not None]


def _data(file: OpenedFile) -> list[Any]:
    text, _ = whole_text(file.path, file.file)
    if file.ending == ".json":
        try:
            return [parse_json(text)]
        except (json.JSONDecodeError, RecursionError):
            return []  # the reader of tables says what is wrong with it
    return list(read_yaml(text, file.file))


def _grids(file: OpenedFile) -> list[Grid]:
    return [grid for grid in open_path(file.path, file=file.file) if not grid.hidden]


def _tell_apart(document: OkrDocument) -> None:
    """References that two files share would mix their things up."""
    refs = sorted(objective.ref for objective in document.objectives)
    for one, two in pairwise(refs):
        if one == two:
            first, second = [o for o in document.objectives if o.ref == one][:2]
            message = f"“{second.title[:80]}” has the same id as “{first.title[:80]}” in {first.place.file}."
            document.problem(second.place, "repeated-id", message)
    seen: set[str] = set()
    kept = []
    for objective in document.objectives:
        if objective.ref not in seen:
            seen.add(objective.ref)
            kept.append(objective)
    document.objectives = kept
