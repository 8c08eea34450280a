"""One file or a whole folder into grids, whatever kinds of file it holds."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from sextant.readers import limits
from sextant.readers.delimited import open_delimited
from sextant.readers.documents import open_json, open_json_lines, open_yaml
from sextant.readers.grids import Grid, ReadError, ReadNote
from sextant.readers.markdown import open_markdown
from sextant.readers.workbook import open_workbook

Opener = Callable[[Path, str], list[Grid]]
_OPENERS: dict[str, Opener] = {
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".tab": open_delimited,
    ".txt": open_delimited,
    ".xls": open_delimited,  # a true .xls was refused by its first bytes; some programs write tabbed text
    ".xlsx": open_workbook,
    ".xlsm": open_workbook,
    ".xltx": open_workbook,
    ".xltm": open_workbook,
    ".json": open_json,
    ".jsonl": open_json_lines,
    ".ndjson": open_json_lines,
    ".yaml": open_yaml,
    ".yml": open_yaml,
    ".md": open_markdown,
    ".markdown": open_markdown,
}
_KINDS = "CSV, TSV, XLSX, JSON, YAML or Markdown"
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")


def open_path(
    path: str | Path, *, file: str = "", delimiter: str | None = None, encoding: str | None = None
) -> list[Grid]:
    """All grids of one file. `file` is its name in messages; `delimiter` and `encoding` overrule a guess.

    Raises ReadError when nothing of the file can be read.
    """
    path = Path(path)
    file = file or path.name
    try:
        return _open(path, file, delimiter, encoding)
    except ReadError as error:
        error.file = error.file or file
        raise
    except FileNotFoundError as error:
        raise ReadError("no-such-file", f"There is no file {file}.", file) from error
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise ReadError("not-readable", f"The file could not be read: {reason}.", file) from error


def _open(path: Path, file: str, delimiter: str | None, encoding: str | None) -> list[Grid]:
    if not path.is_file():
        if path.is_dir():
            raise ReadError("is-a-folder", "This is a folder; give one file, or import the folder whole.", file)
        if path.exists():
            raise ReadError("not-a-file", "This is no ordinary file.", file)
        raise FileNotFoundError(file)
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(b"PK\x03\x04"):
        return open_workbook(path, file)
    _refuse_foreign(start, file)
    opener = _OPENERS.get(path.suffix.lower())
    if opener is open_delimited or (opener is None and (delimiter or encoding)):
        return open_delimited(path, file, delimiter=delimiter, encoding=encoding)
    if opener is None:
        raise ReadError(
            "unknown-kind", f"Files ending in {path.suffix!r} are not read. Save the table as {_KINDS}.", file
        )
    return opener(path, file)


def _refuse_foreign(start: bytes, file: str) -> None:
    """Clear words for what is often uploaded under a wrong name."""
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith(_OLD_OFFICE):
        raise ReadError(
            "old-or-encrypted-workbook",
            "This is a workbook of the old kind (.xls) or one with a password. Open it in your spreadsheet "
            "program and save it as .xlsx without a password.",
            file,
        )
    if start.startswith(b"%PDF"):
        raise ReadError("pdf", f"This is a PDF. Ask for the table behind it, as {_KINDS}.", file)
    if head.startswith((b"<!doctype html", b"<html", b"<table")):
        raise ReadError(
            "web-page",
            "This is a web page, even if its name says otherwise. Open it in your spreadsheet program and "
            "save it as .xlsx or CSV.",
            file,
        )
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")):
        raise ReadError("packed", "This file is packed. Unpack it and import what is inside.", file)


def read_folder(path: str | Path) -> tuple[list[Grid], list[ReadNote]]:
    """Grids of all files below a folder in natural order, and notes on what was left out and why.

    Files are named relative to the folder. Hidden files, unknown kinds, and links that lead out of the
    folder are reported, not read; a file that cannot be read is a note and does not stop the others.
    """
    root = Path(path)
    if not root.is_dir():
        raise ReadError("no-such-folder", f"There is no folder {root.name}.", root.name)
    grids: list[Grid] = []
    notes: list[ReadNote] = []
    files = _files(root, notes)
    if len(files) > limits.FOLDER_FILES:
        message = f"The folder holds {len(files):,} files; at most {limits.FOLDER_FILES:,} are read at once."
        raise ReadError("too-many-files", message, root.name)
    for name in files:
        suffix = Path(name).suffix.lower()
        if suffix not in _OPENERS:
            notes.append(ReadNote("unknown-kind", f"{name} was left out: it is not {_KINDS}.", file=name))
            continue
        try:
            grids += open_path(root / name, file=name)
        except ReadError as error:
            notes.append(ReadNote(error.key, f"{name}: {error.message}", error.row, error.column, name))
    return grids, notes


def files_below(path: str | Path) -> tuple[list[str], list[ReadNote]]:
    """Relative names of the files below a folder that would be read, in natural order, and notes on the others."""
    notes: list[ReadNote] = []
    names = _files(Path(path), notes)
    known = [name for name in names if Path(name).suffix.lower() in _OPENERS]
    for name in names:
        if Path(name).suffix.lower() not in _OPENERS:
            notes.append(ReadNote("unknown-kind", f"{name} was left out: it is not {_KINDS}.", file=name))
    return known, notes


def _files(root: Path, notes: list[ReadNote]) -> list[str]:
    """Relative names of the files to read, sorted as people count (2 before 10)."""
    real_root = root.resolve()
    names: list[str] = []
    for folder, subfolders, files in os.walk(root, followlinks=False):
        here = Path(folder)
        for name in list(subfolders):
            relative = (here / name).relative_to(root).as_posix()
            if name.startswith(".") or (here / name).is_symlink():
                subfolders.remove(name)
                reason = "it is hidden" if name.startswith(".") else "it is a link to another folder"
                key = "hidden-file" if name.startswith(".") else "link-left-out"
                notes.append(ReadNote(key, f"The folder {relative} was left out: {reason}.", file=relative))
        for name in files:
            relative = (here / name).relative_to(root).as_posix()
            if name.startswith((".", "~$")):
                notes.append(ReadNote("hidden-file", f"{relative} was left out: it is hidden.", file=relative))
            elif not (here / name).resolve().is_relative_to(real_root):
                message = f"{relative} was left out: it is a link that leads out of the folder."
                notes.append(ReadNote("link-left-out", message, file=relative))
            else:
                names.append(relative)
    notes.sort(key=lambda note: _natural(note.file))
    return sorted(names, key=_natural)


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts: list[tuple[int, int, str]] = []
    for part in re.split(r"(\d+)", name):
        parts.append((0, int(part), "") if part.isdecimal() and len(part) < 20 else (1, 0, part.lower()))
    return parts
