"""The rows of one worksheet, streamed out of its XML with flat memory.

What stands after the rows in the XML but is needed while reading them (merged ranges), and what the file
may lie about (its dimension), is found by a quick look over the bytes first: `survey_sheet`.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from sextant.readers import limits
from sextant.readers.grids import Cell, NumberedRows, ReadError, Row
from sextant.readers.number_formats import Format, date_of, date_text, general_text
from sextant.readers.packed_xml import Attributes, chunks, fed, local, safe_parser
from sextant.readers.shared_strings import SharedStrings, unescape

EMPTY = Cell()
WITHOUT_VALUE = "formula-without-value"
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^<>]*?\s)?r="([A-Z]{1,3})[0-9]+"[^<>]*(?<!/)>')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^<>]*?hidden="(?:1|true)"')
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^<>]*>")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CACHED_CELLS = 50_000
Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 1."""


@dataclass(frozen=True, slots=True)
class SheetSurvey:
    """`columns` counts up to the last cell with content anywhere, `rows` the row elements."""

    rows: int
    columns: int
    merged: tuple[Range, ...]
    hidden_rows: int
    hidden_columns: frozenset[int]
    size: int


@dataclass(frozen=True, slots=True)
class Book:
    """What all sheets of a workbook share."""

    file: str
    strings: SharedStrings
    formats: tuple[Format, ...]
    since_1904: bool


def column_number(letters: str) -> int:
    """A -> 1, XFD -> 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def survey_sheet(archive: zipfile.ZipFile, member: str, file: str) -> SheetSurvey:
    """One look over the bytes of a sheet, without building any cell."""
    letters: set[bytes] = set()
    merged: list[Range] = []
    hidden: set[int] = set()
    rows = hidden_rows = size = 0
    rest = b""
    for chunk in chunks(archive, member):
        size += len(chunk)
        text = rest + chunk
        cut = text.rfind(b"<")
        text, rest = (text[:cut], text[cut:]) if cut > 0 and len(text) - cut < 65_536 else (text, b"")
        letters.update(_FILLED_CELL.findall(text))
        rows += len(_ROW.findall(text))
        if b'hidden="' in text:
            hidden_rows += len(_HIDDEN_ROW.findall(text))
            for match in _COLUMN.finditer(text):
                hidden |= _hidden_columns(match.group().decode("ascii", "replace"))
        if b"mergeCell" in text:
            merged += [_range(match.decode()) for match in _MERGED.findall(text)]
            if len(merged) > limits.MERGED_RANGES:
                message = f"A sheet has more than {limits.MERGED_RANGES:,} merged ranges. Save it as CSV."
                raise ReadError("too-many-merged-cells", message, file)
    merged += [_range(match.decode()) for match in _MERGED.findall(rest)]
    widest = max((column_number(name.decode()) for name in letters), default=0)
    return SheetSurvey(rows, widest, tuple(sorted(merged)), hidden_rows, frozenset(hidden), size)


def _range(text: str) -> Range:
    (left, top), (right, bottom) = _PLACE.findall(text)
    columns = sorted((column_number(left), column_number(right)))
    lines = sorted((int(top), int(bottom)))
    return lines[0], columns[0], lines[1], columns[1]


def _hidden_columns(element: str) -> set[int]:
    if not re.search('hidden="(?:1|true)"', element):
        return set()
    ends = [re.search(f'{name}="([0-9]{{1,5}})"', element) for name in ("min", "max")]
    first, last = (int(match[1]) if match else 0 for match in ends)
    return set(range(max(1, first), min(last, limits.COLUMNS) + 1))


def sheet_rows(archive: zipfile.ZipFile, member: str, book: Book, seen: SheetSurvey) -> NumberedRows:
    """Row number and cells of every row that holds anything, merged ranges filled."""
    reading = _Reading(book, seen.hidden_columns)
    parser = safe_parser(book.file)
    parser.StartElementHandler = reading.started
    parser.EndElementHandler = reading.ended
    parser.CharacterDataHandler = reading.said
    merging = _Merging(seen)
    for _ in fed(parser, archive, member, book.file):
        if reading.done:
            yield from merging.filled(reading.done)
            reading.done.clear()


class _Reading:
    """Handlers of one pass over a sheet; finished rows are put into `done`."""

    def __init__(self, book: Book, hidden_columns: frozenset[int]) -> None:
        self.book = book
        self.hidden_columns = hidden_columns
        self.done: list[tuple[int, Row]] = []
        self.number = 0
        self.row: Row = []
        self.row_hidden = False
        self.column = 0
        self.cell: Attributes = {}
        self.in_value = self.in_guide = self.has_formula = False
        self.pieces: list[str] = []
        self.length = 0
        self.tags: dict[str, str] = {}
        self.columns: dict[str, int] = {}
        self.cells: dict[tuple[str, str, bool], Cell] = {}

    def started(self, name: str, attributes: Attributes) -> None:
        tag = self.tags.get(name) or self.tags.setdefault(name, local(name))
        if tag == "c":
            self.cell = attributes
            self.pieces.clear()
            self.length = 0
            self.has_formula = False
            place = attributes.get("r")
            self.column = self._column(place) if place else self._next_column()
        elif tag in ("v", "t"):
            self.in_value = not self.in_guide
        elif tag == "f":
            self.has_formula = True
        elif tag == "row":
            given = attributes.get("r", "")
            self.number = int(given) if given.isdigit() else self.number + 1
            self.row = []
            self.column = 0
            self.row_hidden = attributes.get("hidden") in ("1", "true")
        elif tag == "rPh":
            self.in_guide = True

    def _next_column(self) -> int:
        limits.check_columns(self.column + 1, self.book.file, self.number)
        return self.column + 1

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        number = self.columns.get(letters)
        if number is None:
            is_place = letters.isascii() and letters.isupper()
            number = column_number(letters) if is_place else self._next_column()
            limits.check_columns(number, self.book.file, self.number)
            self.columns[letters] = number
        return number

    def said(self, text: str) -> None:
        if self.in_value:
            self.length += len(text)
            if self.length > limits.FIELD_CHARACTERS:
                message = f"A cell has more than {limits.FIELD_CHARACTERS:,} characters. Shorten the text."
                raise ReadError("field-too-long", message, self.book.file, self.number, self.column)
            self.pieces.append(text)

    def ended(self, name: str) -> None:
        tag = self.tags.get(name) or local(name)
        if tag in ("v", "t"):
            self.in_value = False
        elif tag == "c":
            self._keep()
        elif tag == "row":
            self.done.append((self.number, self.row))
        elif tag == "rPh":
            self.in_guide = False

    def _keep(self) -> None:
        hidden = self.row_hidden or self.column in self.hidden_columns
        cell = self._made("".join(self.pieces), hidden)
        if cell.kind == "empty":
            return
        row = self.row
        while len(row) < self.column - 1:
            row.append(EMPTY)
        if len(row) < self.column:
            row.append(cell)
        else:
            row[self.column - 1] = cell

    def _made(self, raw: str, hidden: bool) -> Cell:
        kind = self.cell.get("t", "n")
        if kind == "s":
            return self._known(raw, "s", hidden)
        if kind in ("inlineStr", "str"):
            text = unescape(raw)
            return Cell("text", text, text, hidden=hidden) if text else EMPTY
        if not raw:
            if self.has_formula:
                return Cell("error", WITHOUT_VALUE, WITHOUT_VALUE, hidden=hidden)
            return EMPTY
        if kind == "b":
            is_true = raw.strip() in ("1", "true")
            return Cell("boolean", is_true, "TRUE" if is_true else "FALSE", hidden=hidden)
        if kind == "e":
            return Cell("error", raw, raw, hidden=hidden)
        if kind == "d":
            return _iso_date(raw, hidden)
        return self._known(raw, self.cell.get("s", "0"), hidden)

    def _known(self, raw: str, style: str, hidden: bool) -> Cell:
        """The cell for a raw value and style ("s" for shared texts); names and dates repeat all the time."""
        cell = self.cells.get((raw, style, hidden))
        if cell is None:
            cell = self._shared(raw, hidden) if style == "s" else self._numeric(raw, style, hidden)
            if len(self.cells) >= _CACHED_CELLS:
                self.cells.clear()
            self.cells[raw, style, hidden] = cell
        return cell

    def _shared(self, raw: str, hidden: bool) -> Cell:
        if not raw.isdigit() or int(raw) >= len(self.book.strings):
            return Cell("error", "text-missing", "text-missing", hidden=hidden)
        text = self.book.strings[int(raw)]
        return Cell("text", text, text, hidden=hidden) if text else EMPTY

    def _numeric(self, raw: str, style: str, hidden: bool) -> Cell:
        try:
            value = float(raw)
        except ValueError:
            return Cell("error", raw, raw, hidden=hidden)
        if value - value != 0.0:  # infinite or not a number
            return Cell("error", raw, raw, hidden=hidden)
        number = int(style) if style.isdigit() else 0
        formats = self.book.formats
        form = formats[number] if number < len(formats) else formats[0]
        if form.shows == "date":
            moment = date_of(value, self.book.since_1904)
            if moment is not None:
                return Cell("date", moment, date_text(moment, form.code), form.code, hidden=hidden)
            return Cell("number", value, general_text(value), form.code, hidden=hidden)
        text = form.text(value) if form.code else general_text(value)
        return Cell("number", value, text, form.code, hidden=hidden)


def _iso_date(raw: str, hidden: bool) -> Cell:
    try:
        moment = datetime.fromisoformat(raw).replace(tzinfo=None)
    except ValueError:
        return Cell("text", raw, raw, hidden=hidden)
    return Cell("date", moment, raw, "yyyy-mm-dd", hidden=hidden)


@dataclass(slots=True)
class _Merging:
    """Repeats the first cell of a merged range over the range, row by row."""

    seen: SheetSurvey
    next_range: int = 0
    active: list[tuple[Range, Cell]] = field(default_factory=list)

    def filled(self, rows: list[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        for number, row in rows:
            if self.seen.merged:
                self._fill(number, row)
            if row:
                yield number, row

    def _fill(self, number: int, row: Row) -> None:
        merged = self.seen.merged
        while self.next_range < len(merged) and merged[self.next_range][0] <= number:
            found = merged[self.next_range]
            self.next_range += 1
            first = row[found[1] - 1] if found[0] == number and found[1] <= len(row) else EMPTY
            # Ranges never overlap in an honest workbook; in others the first one wins.
            is_free = all(
                found[3] < left or right < found[1] for (_, left, bottom, right), _ in self.active if bottom >= number
            )
            if isinstance(first, Cell) and first.kind != "empty" and is_free:
                self.active.append((found, replace(first, merged=True)))
        self.active = [item for item in self.active if item[0][2] >= number]
        for (_, left, _, right), cell in self.active:
            # A title merged over all 16,384 columns must not widen every row to that.
            last = min(right, max(self.seen.columns, left))
            while len(row) < last:
                row.append(EMPTY)
            row[left - 1 : last] = [cell] * (last - left + 1)
