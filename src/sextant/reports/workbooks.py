"""Tables as Excel workbooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO

Cell = str | float | int | bool | date | None
WIDEST = 60


def workbook(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], facts: Sequence[tuple[str, str]]
) -> bytes:
    """One sheet with a bold header that stays in view, and a second one with the facts about it.

    Texts are stored as text, so none of them is ever run as a formula. Moments lose their zone, which Excel lacks.
    """
    # Imported here: every web process would pay for it at its start, and few ever write a workbook.
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "".join(letter for letter in title if letter not in "[]:*?/\\")[:31] or "Sheet"
    widths = [len(name) for name in header]
    sheet.append(list(header))
    for row in rows:
        sheet.append([_storable(cell) for cell in row])
        for at, cell in enumerate(sheet[sheet.max_row]):
            if isinstance(cell.value, str):
                cell.data_type = "s"
                widths[at] = max(widths[at], len(cell.value))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.data_type = "s"
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = min(max(width + 2, 8), WIDEST)
    sheet.freeze_panes = "B2"
    about = book.create_sheet("About")
    for name, value in facts:
        about.append([name, value])
        for cell in about[about.max_row]:
            cell.data_type = "s"
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 24, WIDEST
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _storable(cell: Cell) -> Cell:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, str):
        return "".join(letter for letter in cell if letter >= " " or letter in "\t\n\r")
    return cell
