"""Small files of OKRs for the tests of reading, and what was read of them."""

from collections.abc import Mapping
from pathlib import Path

from sextant.exchange.okr_reading import (
    OkrDocument,
    ReadKeyResult,
    ReadObjective,
    list_files,
    looks_like_okrs,
    read_okrs,
)


def read_text(tmp_path: Path, text: str, name: str = "okrs.csv") -> OkrDocument:
    """Read one text file."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_okrs(list_files([path])[0])


def read_folder(tmp_path: Path, files: Mapping[str, str]) -> OkrDocument:
    return read_okrs(list_files([folder_of(tmp_path, files)])[0])


def folder_of(tmp_path: Path, files: Mapping[str, str]) -> Path:
    folder = tmp_path / "folder"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def is_taken_for_okrs(tmp_path: Path, text: str, name: str = "table.csv") -> bool:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return looks_like_okrs(list_files([path])[0])


def objective(document: OkrDocument, title: str) -> ReadObjective:
    return next(one for one in document.objectives if one.title == title)


def key_result(document: OkrDocument, title: str) -> ReadKeyResult:
    return next(one for one in document.key_results if one.title == title)


def keys_of(document: OkrDocument) -> list[str]:
    return [problem.key for problem in document.problems]
