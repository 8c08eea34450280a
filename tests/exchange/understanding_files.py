"""Small files of many shapes for the tests of understanding, and what was understood as plain values."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from sextant.calc.periods import Calendar, Frequency, label, period_at
from sextant.exchange.understanding import Mapping as Decisions
from sextant.exchange.understanding import MetricDraft, TargetDraft, Understanding, understand
from sextant.readers.folders import open_path, read_folder

Rows = Sequence[Sequence[object]]


def read_text(
    tmp_path: Path, text: str, name: str = "kpis.csv", mapping: Mapping[str, Any] | None = None
) -> Understanding:
    """Understand one text file."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return understand(open_path(path), mapping=Decisions.from_dict(mapping) if mapping else None)


def read_files(tmp_path: Path, files: Mapping[str, str], mapping: Mapping[str, Any] | None = None) -> Understanding:
    """Understand a folder of text files."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    grids, _ = read_folder(tmp_path)
    return understand(grids, mapping=Decisions.from_dict(mapping) if mapping else None)


def read_book(
    tmp_path: Path, sheets: Mapping[str, Rows], finish: Callable[[Any], None] | None = None,
    mapping: Mapping[str, Any] | None = None, name: str = "book.xlsx",
) -> Understanding:  # fmt: skip
    """Understand a workbook; `finish` gets each sheet, to merge cells or set formats."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        if finish is not None:
            finish(sheet)
    path = tmp_path / name
    book.save(path)
    return understand(open_path(path), mapping=Decisions.from_dict(mapping) if mapping else None)


def values(understood: Understanding) -> dict[str, dict[str, float | None]]:
    """Metric name (with team, where names repeat) -> period -> value; a later repeat wins."""
    found: dict[str, dict[str, float | None]] = {}
    for block in understood.measurements():
        for metric, start, _, value, *_ in block:
            draft = understood.metrics[metric]
            found.setdefault(called(understood, draft), {})[period_label(draft, start)] = value
    return found


def called(understood: Understanding, draft: MetricDraft) -> str:
    """A name that is unique in the import."""
    shared = sum(other.name == draft.name for other in understood.metrics) > 1
    return f"{draft.name} ({draft.team or draft.external_id})" if shared else draft.name


def period_label(draft: MetricDraft, start: int) -> str:
    """The period a measurement starts, as text."""
    return label(period_at(start, Frequency(draft.found_frequency), Calendar(), draft.span))


def metric(understood: Understanding, name: str) -> MetricDraft:
    """The only metric with this name."""
    return next(draft for draft in understood.metrics if called(understood, draft) == name)


def target(draft: MetricDraft) -> TargetDraft:
    """The only target."""
    (only,) = draft.targets
    return only


def roles(understood: Understanding, table: int = 0) -> dict[str, str]:
    """Header -> role of one table."""
    return {entry.header: entry.role.value for entry in understood.tables[table].columns}


def offers(understood: Understanding, kind: str) -> list[Any]:
    """The offers of one kind."""
    return [offer for offer in understood.offers if offer.kind == kind]
