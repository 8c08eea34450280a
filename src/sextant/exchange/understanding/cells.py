"""Cells as text, numbers and periods, whichever kind of file they came from."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from sextant.calc.numbers import NumberFormat, Reading, read_number
from sextant.readers.grids import Cell, Row

MISSING_WORDS = frozenset({"na", "n/a", "-", "–", "—", "..", "...", "null", "none", "nan", ":", "."})
_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^a-z0-9%€$£]+")
_NOT_ID = re.compile(r"[^a-z0-9]+")


def cell_text(cell: str | Cell) -> str:
    """The cell as one line of text; numbers without trailing ".0", dates as ISO."""
    if isinstance(cell, str):
        return cell.strip()
    if cell.kind == "date" and isinstance(cell.value, datetime):
        moment = cell.value
        bare = moment.hour == moment.minute == moment.second == 0
        return moment.date().isoformat() if bare else moment.isoformat(" ", "minutes")
    if cell.kind == "number" and isinstance(cell.value, float):
        whole = cell.value
        return str(int(whole)) if whole.is_integer() and abs(whole) < 1e15 else repr(whole)
    return cell.text.strip()


def row_texts(row: Sequence[str | Cell]) -> list[str]:
    """All cells of a row as text."""
    return [cell.strip() if isinstance(cell, str) else cell_text(cell) for cell in row]


def at(row: Sequence[str], column: int) -> str:
    """The text in a column, "" when the row is shorter."""
    return row[column] if column < len(row) else ""


def cell_number(cell: str | Cell, form: NumberFormat) -> Reading:
    """The cell's number; workbook numbers are taken as they are, a percent format is said in `unit`."""
    if isinstance(cell, str):
        return read_number(cell, form)
    if cell.kind == "number" and isinstance(cell.value, float):
        return Reading("number", cell.value, unit="percent" if cell.is_percent else "")
    if cell.kind == "empty":
        return Reading("empty", None)
    if cell.kind == "error":
        return Reading("error", None, text=cell.text, key="error-cell")
    if cell.kind in ("boolean", "date"):
        return Reading("text", None, text=cell.text, key="not-a-number")
    return read_number(cell.text, form)


def to_float(text: str, form: NumberFormat = NumberFormat()) -> float | None:
    """The number in a text, None when it holds none."""
    reading = read_number(text, form)
    return reading.value if reading.kind == "number" else None


@lru_cache(maxsize=65_536)
def normal(text: str) -> str:
    """Words for comparing: "HospitalID" -> "hospital id", "Unité_de mesure" -> "unite de mesure".

    A prefix that marks a machine-made column ("data.Region") is dropped.
    """
    spaced = _CAMEL.sub(" ", text.removeprefix("data."))
    folded = unicodedata.normalize("NFKD", spaced.replace("ß", "ss")).casefold()
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", plain).strip()


@lru_cache(maxsize=65_536)
def identity(text: str) -> str:
    """An identifier for comparing over separators: "1.1.1", "1-1-1" and "1_1_1" are the same."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in folded if not unicodedata.combining(char))
    return _NOT_ID.sub("-", plain).strip("-")


def shown(text: str) -> str:
    """A member or header as a person would write it: one line, without a machine-made prefix."""
    return " ".join(text.removeprefix("data.").split())


def filled(row: Iterable[str]) -> int:
    """How many cells hold something."""
    return sum(1 for text in row if text)


def padded(row: Row, columns: int) -> Row:
    """The row with at least `columns` cells."""
    return row if len(row) >= columns else row + [""] * (columns - len(row))
