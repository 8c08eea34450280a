"""CSV and its relatives: any delimiter, any encoding, any size.

The rows come straight from Python's csv reader, which works in C; what a person should know of the file
is found beforehand (one look over the bytes, one over the first rows) or on request (`row_notes`).
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from sextant.readers import limits
from sextant.readers.charsets import DAMAGED, Survey, survey
from sextant.readers.delimiters import (
    NO_DELIMITER,
    Shape,
    close_quotes,
    declared_delimiter,
    find_shape,
    open_quotes,
)
from sextant.readers.grids import Grid, NumberedRows, ReadError, ReadNote, Row
from sextant.readers.raggedness import Raggedness

csv.field_size_limit(limits.FIELD_CHARACTERS)
_SAMPLE_CHARACTERS = 512 * 1024
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", ":": "colon"}


def open_delimited(path: Path, file: str, *, delimiter: str | None = None, encoding: str | None = None) -> list[Grid]:
    """One grid; `delimiter` and `encoding` override what the file itself tells. Raises ReadError."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ReadError("bad-delimiter", "The column delimiter is a single character, such as ; or a tab.", file)
    seen = survey(path, file, encoding)
    if not seen.size:
        raise ReadError("empty-file", "The file is empty: there is nothing to import.", file)
    sample = _sample(path, seen)
    declared = declared_delimiter(sample[0]) if sample else None
    hint = declared or ("\t" if path.suffix.lower() in (".tsv", ".tab") else None)
    least = 0.6 if path.suffix.lower() == ".txt" else 0.2  # prose has commas too
    shape = find_shape(sample[1:] if declared else sample, delimiter or declared, hint, least=least)
    if not any(line.strip() for line in sample):
        raise ReadError("empty-file", "The file holds only blank lines: there is nothing to import.", file)
    limits.check_columns(shape.widest, file)
    source = _Source(path, file, seen, shape)
    if seen.has_loose_quotes:
        # csv without `strict` reads on past a quote that is never closed, to the end of the file.
        mended = open_quotes(source.lines, shape.cut, file)
        source = _Source(path, file, seen, shape, mended)
    notes = tuple(_file_notes(source, declared))
    complete = seen.size <= limits.WHOLE_CHECK_BYTES or seen.is_damaged
    row_notes = tuple(source.notes(None if complete else 200))
    return [
        Grid(
            file=file,
            name="",
            kind="delimited",
            hidden=False,
            columns=shape.widest,
            rows_estimate=seen.lines,
            bytes=seen.size,
            notes=notes + row_notes,
            notes_complete=complete,
            encoding=seen.encoding,
            delimiter=shape.cut.delimiter,
            open_rows=source.numbered,
            open_raw=source.raw,
            open_notes=source.notes,
        )
    ]


def _sample(path: Path, seen: Survey) -> list[str]:
    """The first lines, whole ones only unless the file ends there."""
    with path.open(encoding=seen.encoding, errors="replace", newline="") as stream:
        text = stream.read(_SAMPLE_CHARACTERS)
        text += stream.readline(limits.LINE_BYTES) if len(text) == _SAMPLE_CHARACTERS else ""
    return list(io.StringIO(text, newline=""))  # not splitlines, which also cuts at form feeds


@dataclass(frozen=True, slots=True)
class _Source:
    """One delimited file that can be read again and again; `mended` are lines with an open quote."""

    path: Path
    file: str
    seen: Survey
    shape: Shape
    mended: frozenset[int] = frozenset()

    def lines(self) -> Iterator[str]:
        with self.path.open(encoding=self.seen.encoding, errors="replace", newline="") as stream:
            yield from stream

    def raw(self) -> Iterator[list[str]]:
        with self.path.open(encoding=self.seen.encoding, errors="replace", newline="") as stream:
            lines: Iterator[str] = iter(stream)
            if self.seen.has_nul:
                lines = (line.replace("\0", DAMAGED) for line in lines)
            if self.mended:
                lines = self._mend(lines)
            reader = self.shape.cut.rows(lines)
            try:
                yield from reader
            except csv.Error as error:
                raise ReadError(
                    "field-too-long",
                    f"A cell near line {reader.line_num:,} has more than {limits.FIELD_CHARACTERS:,} "
                    'characters. Perhaps a quote (") before it is not closed; otherwise shorten the text.',
                    self.file,
                    reader.line_num,
                ) from error

    def _mend(self, lines: Iterator[str]) -> Iterator[str]:
        for number, line in enumerate(lines, 1):
            yield close_quotes(line, self.shape.cut) if number in self.mended else line

    def numbered(self) -> NumberedRows:
        for number, cells in enumerate(self.raw(), 1):
            if len(cells) > limits.COLUMNS:
                limits.check_columns(len(cells), self.file, number)
            if cells:
                row: Row = cells  # type: ignore[assignment]  # a new list per row, so no aliasing
                yield number, row

    def notes(self, first: int | None = None) -> Iterator[ReadNote]:
        """Rows that are not as the others, in all rows or in the `first` ones."""
        look = Raggedness(self.shape.columns, self.file, self.seen.is_damaged)
        rows = islice(self.raw(), first)
        return chain(look.over(rows), look.end(at_file_end=first is None))


def _file_notes(source: _Source, declared: str | None) -> Iterator[ReadNote]:
    seen, shape, file = source.seen, source.shape, source.file
    if seen.guessed:
        yield ReadNote("encoding-guessed", f"Read as {seen.encoding_name}, going by how the text looks.", file=file)
    if declared:
        yield ReadNote("delimiter-declared", 'The first line names the column delimiter ("sep=").', 1, file=file)
    if shape.cut.backslash:
        yield ReadNote("backslash-quotes", 'Quotes inside texts are written \\" in this file.', file=file)
    if shape.cut.delimiter == NO_DELIMITER:
        yield ReadNote("single-column", "No column delimiter was found: the file has one column.", file=file)
    elif shape.cut.delimiter != ",":
        name = _DELIMITER_NAMES.get(shape.cut.delimiter, repr(shape.cut.delimiter))
        yield ReadNote("delimiter", f"Columns are parted by {name}.", file=file)
    if seen.has_nul:
        yield ReadNote("nul-bytes", f"Zero bytes in the text were replaced by {DAMAGED}.", file=file)
    for line in sorted(source.mended):
        yield ReadNote(
            "quote-not-closed",
            f'In line {line} a quote (") is opened and never closed; it was kept as an ordinary character, '
            "so that the rows after it are not swallowed.",
            line,
            file=file,
        )
