"""What reading a file gives: grids of cells, and notes about what was seen on the way.

Every kind of file ends up as one or more `Grid`s, so that the code which decides what the columns
mean never has to know whether they came from a CSV file, a workbook, JSON, YAML or Markdown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Literal

CellKind = Literal["text", "number", "date", "boolean", "error", "empty"]
GridKind = Literal["delimited", "sheet", "records", "document"]
CellValue = str | float | datetime | bool | None


class ReadError(ValueError):
    """A file, or a part of it, that cannot be read.

    `key` is stable and kebab-case; `message` says what was wrong and what to do about it. `row` and
    `column` count from 1 as a spreadsheet does; None where the place is not known.
    """

    def __init__(
        self, key: str, message: str, file: str = "", row: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.file = file
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class ReadNote:
    """Something a person should know about a file that could be read all the same."""

    key: str
    message: str
    row: int | None = None
    column: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a workbook.

    `value` is a str (text, error), float (number), datetime (date), bool (boolean) or None (empty).
    `text` is what a person sees in the cell. `format` is the number format code ("0.0%"), "" when
    general. `merged` marks every cell of a merged range: the value is repeated over the range.
    `hidden` marks cells in hidden rows or columns.
    An error cell's value is the error as written ("#REF!") or "formula-without-value".
    """

    kind: CellKind = "empty"
    value: CellValue = None
    text: str = ""
    format: str = ""
    merged: bool = False
    hidden: bool = False

    def __str__(self) -> str:
        return self.text

    @property
    def number(self) -> float | None:
        """The plain number, None for every other kind; 82.5 % formatted as 0.0% gives 0.825."""
        return self.value if self.kind == "number" and isinstance(self.value, float) else None

    @property
    def is_percent(self) -> bool:
        """Whether a person sees the number times one hundred."""
        return self.kind == "number" and "%" in self.format


Row = list[str | Cell]
NumberedRows = Iterator[tuple[int, Row]]


@dataclass(frozen=True)
class Grid:
    """A rectangle of cells out of one file; rows may be shorter or longer than `columns`.

    `file` is relative to what the user gave, `name` the sheet or part ("" for a delimited file).
    `kind`: "delimited", "sheet", "records" (row 1 holds the field names: JSON, YAML, Markdown tables)
    or "document" (one text: `record` holds its metadata, the rows are its lines in a single column).
    `notes_complete` is False for large delimited files, whose rows were not all looked at on opening;
    `row_notes()` then looks at all of them.
    """

    file: str
    name: str
    kind: GridKind
    hidden: bool
    columns: int
    rows_estimate: int | None
    bytes: int
    notes: tuple[ReadNote, ...] = ()
    record: Mapping[str, object] | None = None
    notes_complete: bool = True
    encoding: str = ""
    delimiter: str = ""
    open_rows: Callable[[], NumberedRows] = field(default=lambda: iter(()), repr=False, compare=False)
    open_raw: Callable[[], Iterator[list[str]]] | None = field(default=None, repr=False, compare=False)
    open_notes: Callable[[], Iterator[ReadNote]] | None = field(default=None, repr=False, compare=False)

    def rows(self) -> NumberedRows:
        """Row number (from 1, as in the file) and cells; can be called again and again, streams.

        Rows without any cell are left out; the row numbers show the gap.
        """
        return self.open_rows()

    def raw_rows(self) -> Iterator[list[str]]:
        """Every row as plain text, blank rows included: `enumerate(grid.raw_rows(), 1)` numbers them.

        For delimited files this is the csv reader itself: the fast way for millions of rows.
        """
        if self.open_raw is not None:
            return self.open_raw()
        return self._texts()

    def row_notes(self) -> Iterator[ReadNote]:
        """Notes about single rows (too short, too long, damaged) after a look at every row."""
        if self.open_notes is not None:
            return self.open_notes()
        return (note for note in self.notes if note.row is not None)

    def head(self, n: int = 200) -> list[tuple[int, Row]]:
        """The first `n` rows that hold anything."""
        return list(islice(self.rows(), n))

    def _texts(self) -> Iterator[list[str]]:
        expected = 1
        for number, row in self.rows():
            while expected < number:
                yield []
                expected += 1
            yield [str(cell) for cell in row]
            expected = number + 1
