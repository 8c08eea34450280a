"""XLSX and XLSM workbooks: every sheet a grid, hidden ones marked; macros and links are never followed."""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sextant.readers.grids import Grid, NumberedRows, ReadError, ReadNote
from sextant.readers.number_formats import BUILT_IN, Format, read_format
from sextant.readers.packed_xml import Attributes, elements, opened
from sextant.readers.shared_strings import SharedStrings, read_shared_strings
from sextant.readers.sheet_xml import Book, SheetSurvey, sheet_rows, survey_sheet

_SAVE_AS = "Open it in your spreadsheet program and save it as .xlsx."


@dataclass(slots=True)
class _Contents:
    """The table of contents of a workbook: its sheets as (name, is hidden, part)."""

    sheets: list[tuple[str, bool, str]] = field(default_factory=list)
    since_1904: bool = False
    strings: str = ""
    styles: str = ""
    left_out: list[str] = field(default_factory=list)


def open_workbook(path: Path, file: str) -> list[Grid]:
    """One grid per sheet that holds anything. Raises ReadError when the file is no such workbook."""
    with opened(path, file) as archive:
        names = set(archive.namelist())
        contents = _contents(archive, names, file)
        strings = read_shared_strings(archive, contents.strings, file) if contents.strings else SharedStrings()
        formats = _formats(archive, contents.styles, file) if contents.styles else (read_format(""),)
        book = Book(file, strings, formats, contents.since_1904)
        notes = list(_book_notes(contents, names, file))
        grids: list[Grid] = []
        for name, hidden, part in contents.sheets:
            seen = survey_sheet(archive, part, file)
            grid = _grid(path, part, book, seen, name, hidden)
            if grid is None:
                notes.append(ReadNote("empty-sheet", f"The sheet {name!r} is empty.", file=file))
            else:
                grids.append(grid)
    if not grids:
        raise ReadError("empty-file", "No sheet of the workbook holds anything.", file)
    # What concerns the whole workbook is told once, with its first sheet.
    first = grids[0]
    grids[0] = Grid(**{**vars(first), "notes": (*notes, *first.notes)})
    return grids


def _grid(path: Path, part: str, book: Book, seen: SheetSurvey, name: str, hidden: bool) -> Grid | None:
    rows = partial(_rows, path, part, book, seen)
    grid = Grid(
        file=book.file,
        name=name,
        kind="sheet",
        hidden=hidden,
        columns=seen.columns,
        rows_estimate=seen.rows,
        bytes=seen.size,
        notes=tuple(_sheet_notes(seen, name, hidden, book)),
        open_rows=rows,
    )
    head = grid.head(50)
    if not head:
        return None
    # Cells need not state their place, in which case the survey could not count them.
    widest = max(len(row) for _, row in head)
    return grid if widest <= seen.columns else Grid(**{**vars(grid), "columns": widest})


def _rows(path: Path, part: str, book: Book, seen: SheetSurvey) -> NumberedRows:
    with opened(path, book.file) as archive:
        yield from sheet_rows(archive, part, book, seen)


def _contents(archive: zipfile.ZipFile, names: set[str], file: str) -> _Contents:
    main = _main_part(archive, names, file)
    folder = posixpath.dirname(main)
    links: dict[str, tuple[str, str]] = {}
    contents = _Contents()
    relations = f"{folder}/_rels/{posixpath.basename(main)}.rels".lstrip("/")
    if relations in names:
        elements(archive, relations, file, partial(_take_link, folder, links))
    for kind, part in links.values():
        if part in names and kind == "sharedStrings":
            contents.strings = part
        elif part in names and kind == "styles":
            contents.styles = part

    def started(tag: str, attributes: Attributes) -> None:
        if tag == "workbookPr":
            contents.since_1904 = attributes.get("date1904") in ("1", "true")
        elif tag == "sheet":
            kind, part = links.get(attributes.get("id", ""), ("", ""))
            name = attributes.get("name", "")
            if kind == "worksheet" and part in names:
                contents.sheets.append((name, attributes.get("state", "visible") != "visible", part))
            else:
                contents.left_out.append(name)

    elements(archive, main, file, started)
    return contents


def _take_link(folder: str, links: dict[str, tuple[str, str]], tag: str, attributes: Attributes) -> None:
    if tag == "Relationship" and attributes.get("TargetMode") != "External":
        target = attributes.get("Target", "")
        part = posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"{folder}/{target}")
        kind = attributes.get("Type", "").rpartition("/")[2]
        links[attributes.get("Id", "")] = (kind, part.lstrip("/"))


def _main_part(archive: zipfile.ZipFile, names: set[str], file: str) -> str:
    """Where the workbook itself is inside the archive, or a refusal that says what the file is instead."""
    links: dict[str, tuple[str, str]] = {}
    if "_rels/.rels" in names:
        elements(archive, "_rels/.rels", file, partial(_take_link, "", links))
    for kind, part in links.values():
        if kind == "officeDocument" and part in names:
            if part.endswith(".bin"):
                raise ReadError("binary-workbook", f"This is a binary workbook (.xlsb). {_SAVE_AS}", file)
            if "word/" in part or "ppt/" in part:
                raise ReadError("not-a-workbook", "This is a document or a presentation, not a workbook.", file)
            return part
    if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:200]:
        raise ReadError("open-document", f"This is an OpenDocument file. {_SAVE_AS}", file)
    raise ReadError(
        "packed", "This is a packed folder (ZIP), not a workbook. Unpack it and import what is inside.", file
    )


def _formats(archive: zipfile.ZipFile, member: str, file: str) -> tuple[Format, ...]:
    """The number format of every cell style, in the order cells refer to them."""
    codes = dict(BUILT_IN)
    used: list[int] = []
    state = {"in_cells": False}

    def started(tag: str, attributes: Attributes) -> None:
        if tag == "numFmt" and attributes.get("numFmtId", "").isdigit():
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            state["in_cells"] = True
        elif tag == "cellStyles":
            state["in_cells"] = False
        elif tag == "xf" and state["in_cells"]:
            number = attributes.get("numFmtId", "0")
            used.append(int(number) if number.isdigit() else 0)

    elements(archive, member, file, started)
    return tuple(read_format(codes.get(number, "")) for number in used) or (read_format(""),)


def _book_notes(contents: _Contents, names: set[str], file: str) -> Iterator[ReadNote]:
    for name in contents.left_out:
        yield ReadNote("not-a-sheet", f"{name!r} is a chart or dialog, not a table; left out.", file=file)
    if contents.since_1904:
        yield ReadNote("dates-since-1904", "The workbook counts days from 1904; dates were read so.", file=file)
    if any(name.endswith("vbaProject.bin") for name in names):
        yield ReadNote("macros-ignored", "The workbook's macros were not run.", file=file)
    if any("externalLinks/" in name for name in names):
        message = "Some cells refer to other workbooks; the values saved last were read."
        yield ReadNote("links-ignored", message, file=file)


def _sheet_notes(seen: SheetSurvey, name: str, hidden: bool, book: Book) -> Iterator[ReadNote]:
    sheet = f"The sheet {name!r}"
    if hidden:
        yield ReadNote("hidden-sheet", f"{sheet} is hidden in the workbook.", file=book.file)
    if seen.merged:
        message = f"{sheet} has {len(seen.merged):,} merged ranges; their text was repeated in every cell."
        yield ReadNote("merged-cells", message, seen.merged[0][0], seen.merged[0][1], book.file)
    if seen.hidden_rows:
        message = f"{sheet} has {seen.hidden_rows:,} hidden rows; they were read too."
        yield ReadNote("hidden-rows", message, file=book.file)
    if seen.hidden_columns:
        used = [column for column in seen.hidden_columns if column <= seen.columns]
        if used:
            message = f"{sheet} has {len(used):,} hidden columns; they were read too."
            yield ReadNote("hidden-columns", message, None, min(used), book.file)
