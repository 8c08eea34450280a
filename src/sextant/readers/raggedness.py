"""Rows that are not as the others: titles above the table, footnotes below, short, long, damaged rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sextant.readers import limits
from sextant.readers.charsets import DAMAGED
from sextant.readers.grids import ReadNote

_PENDING = 30
_BLOCK = 1_000
_FOOTNOTE_CHARACTERS = 20


class Raggedness:
    """Looks at every row of one table with a usual width, holding only a few rows at a time."""

    def __init__(self, columns: int, file: str, is_damaged: bool) -> None:
        self.columns = columns
        self.file = file
        self.is_damaged = is_damaged
        self.in_table = columns < 2
        self.titles: list[int] = []
        self.pending: list[tuple[int, Sequence[str]]] = []
        self.told = 0
        self.untold = 0

    def over(self, rows: Iterable[Sequence[str]]) -> Iterator[ReadNote]:
        numbered = enumerate(rows, 1)
        usual = {self.columns}
        while block := list(islice(numbered, _BLOCK)):
            # The usual block costs next to nothing; only its last rows may turn out to be footnotes.
            is_usual = self.in_table and not self.pending and not self.is_damaged
            if is_usual and len(block) == _BLOCK and {len(row) for _, row in block} == usual:
                block = block[-_PENDING:]
            for number, row in block:
                yield from self._unusual(number, row)
                if self.is_damaged:
                    yield from self._damage(number, row)

    def _unusual(self, number: int, row: Sequence[str]) -> Iterator[ReadNote]:
        filled = sum(1 for cell in row if cell and not cell.isspace())
        if not filled:
            return
        if not self.in_table:
            if filled < 2:
                self.titles.append(number)
                return
            self.in_table = True
            if self.titles:
                yield self._titles()
        if self.columns >= 2 and filled < 2:
            self.pending.append((number, row))
            if len(self.pending) > _PENDING:
                yield from self._flush()
            return
        yield from self._flush()
        yield from self._width(number, row)

    def _titles(self) -> ReadNote:
        first, last = self.titles[0], self.titles[-1]
        rows = f"Row {first} stands" if first == last else f"Rows {first} to {last} stand"
        return ReadNote("title-rows", f"{rows} above the table, like a title.", first, file=self.file)

    def _flush(self) -> Iterator[ReadNote]:
        """Rows with a single cell turned out to lie inside the table."""
        for number, row in self.pending:
            yield from self._width(number, row)
        self.pending.clear()

    def _width(self, number: int, row: Sequence[str]) -> Iterator[ReadNote]:
        width = len(row)
        if width < self.columns:
            message = f"Row {number} has {width} of {self.columns} cells; the rest was read as empty."
            yield from self._tell(ReadNote("short-row", message, number, width, self.file))
        elif width > self.columns and any(cell.strip() for cell in row[self.columns :]):
            message = f"Row {number} has {width} cells where the others have {self.columns}; check for a "
            message += "delimiter inside a text that is not quoted."
            yield from self._tell(ReadNote("long-row", message, number, self.columns + 1, self.file))

    def _damage(self, number: int, row: Sequence[str]) -> Iterator[ReadNote]:
        for column, cell in enumerate(row, 1):
            if DAMAGED in cell:
                message = f"Row {number}, column {column} holds characters that could not be read ({DAMAGED})."
                yield from self._tell(ReadNote("damaged-characters", message, number, column, self.file))

    def _tell(self, note: ReadNote) -> Iterator[ReadNote]:
        self.told += 1
        if self.told <= limits.ROW_NOTES:
            yield note
        else:
            self.untold += 1

    def end(self, *, at_file_end: bool) -> Iterator[ReadNote]:
        """What only the end of the rows tells: whether the last narrow rows are footnotes."""
        if not self.in_table and self.titles and at_file_end and len(self.titles) > 1:
            yield ReadNote("no-table", "No row has more than one filled cell.", self.titles[0], file=self.file)
        notes = [(number, row) for number, row in self.pending if self._is_footnote(row)]
        if at_file_end and notes:
            self.pending = [item for item in self.pending if item not in notes]
            first, last = notes[0][0], notes[-1][0]
            rows = f"Row {first} stands" if first == last else f"Rows {first} to {last} stand"
            yield ReadNote("footnote-rows", f"{rows} below the table, like a footnote.", first, file=self.file)
        yield from self._flush()
        if self.untold:
            message = f"{self.untold:,} more notes of this kind are not listed."
            yield ReadNote("more-notes", message, file=self.file)

    def _is_footnote(self, row: Sequence[str]) -> bool:
        text = next(cell for cell in row if cell and not cell.isspace())
        return len(row) < self.columns or len(text) > _FOOTNOTE_CHARACTERS
