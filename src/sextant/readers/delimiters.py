"""Which character parts the columns, found by evidence over the first rows; and quotes left open."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sextant.readers.grids import ReadError

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

CANDIDATES = "\t|;,:"
"""In order of preference where the evidence is equal: commas and colons also occur inside numbers."""
NO_DELIMITER = "\x1f"
"""For files of one column: a character that does not occur, so that lines stay whole."""
_SAMPLE_ROWS = 400
_OPEN_QUOTES = 50


@dataclass(frozen=True, slots=True)
class Cut:
    """How lines are cut into cells.

    `blank_before_quote`: quotes count after `, ` too. `backslash`: quotes in texts are written `\\"`.
    """

    delimiter: str
    blank_before_quote: bool = False
    backslash: bool = False

    def rows(self, lines: Iterable[str], *, strict: bool = False) -> "CsvReader":
        """Python's own csv reader over the lines; `strict` refuses texts whose quotes do not match."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            skipinitialspace=self.blank_before_quote,
            escapechar="\\" if self.backslash else None,
            strict=strict,
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """How a delimited file is cut: `columns` is the usual width, `widest` the largest in the sample."""

    cut: Cut
    columns: int
    widest: int


def find_shape(
    lines: Sequence[str], delimiter: str | None = None, hint: str | None = None, *, least: float = 0.2
) -> Shape:
    """The delimiter under which most rows have one same width of two columns or more.

    `hint` (the one the file's ending or a `sep=` line speaks of) wins when it does nearly as well.
    `least` is the share of rows that must agree; below it the file has one column.
    """
    if delimiter is not None:
        return _shape(lines, delimiter)
    scores = {candidate: _best_cut(lines, candidate)[0] for candidate in CANDIDATES}
    scores[":"] *= 0.6  # clock times and addresses are full of colons
    if hint in scores:
        scores[hint] += 0.1
    best = max(CANDIDATES, key=lambda candidate: scores[candidate])
    if scores[best] < least:
        best = NO_DELIMITER
    return _shape(lines, best)


def declared_delimiter(line: str) -> str | None:
    """The delimiter of a first line `sep=;`, as Excel writes and reads it."""
    match = re.fullmatch(r'"?sep=(.)"?\s*', line, re.IGNORECASE)
    return match.group(1) if match else None


def _best_cut(lines: Sequence[str], delimiter: str) -> tuple[float, Cut]:
    """The usual cut, unless quotes only match under one of the looser conventions."""
    usual = Cut(delimiter)
    score = _score(_rows(lines, usual))
    if score > 0.95 or delimiter == NO_DELIMITER:
        return score, usual
    others = [Cut(delimiter, blank_before_quote=True)]
    inside = re.compile(rf'\\"(?!{re.escape(delimiter)}|[\r\n]|$)')  # not the end of a path in quotes
    if any(inside.search(line) for line in lines[:_SAMPLE_ROWS]):
        others.append(Cut(delimiter, backslash=True))
    for other in others:
        better = _score(_rows(lines, other))
        if better > max(score + 0.1, 0.8):
            return better, other
    return score, usual


def _rows(lines: Sequence[str], cut: Cut) -> list[list[str]]:
    try:
        rows = [row for row in islice(cut.rows(lines), _SAMPLE_ROWS) if row]
        if any(cell.count("\n") > max(20, len(lines) // 2) for row in rows for cell in row):
            # A quote that is never closed has swallowed the sample: judge line by line.
            pieces = (cut.rows([line]) for line in lines[:_SAMPLE_ROWS])
            rows = [row for piece in pieces for row in piece if row]
    except csv.Error:  # a cell above the limit: reported, with its place, when the rows are read
        return []
    return rows


def _usual_width(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """The most frequent width of two or more (the wider of equals) and how many rows have it."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 1, len(rows)
    return max(widths.items(), key=lambda item: (item[1], item[0]))


def _score(rows: Sequence[Sequence[str]]) -> float:
    if not rows:
        return 0.0
    width, count = _usual_width(rows)
    if width < 2:
        return 0.0
    torn = sum(1 for row in rows if any(_is_torn(cell) for cell in row))
    return (count - 0.5 * torn) / len(rows)


def _is_torn(cell: str) -> bool:
    """Half of a pair of quotes: the cell was probably cut in the wrong place."""
    return cell.count('"') % 2 == 1


def _shape(lines: Sequence[str], delimiter: str) -> Shape:
    cut = _best_cut(lines, delimiter)[1]
    rows = _rows(lines, cut)
    width, _ = _usual_width(rows)
    return Shape(cut, width if rows else 0, max((len(row) for row in rows), default=0))


def open_quotes(lines: Callable[[], Iterator[str]], cut: Cut, file: str) -> frozenset[int]:
    """Line numbers (from 1) on which a quote is opened that no row closes.

    Read plainly, such a quote swallows the rows after it. Raises ReadError when there are very many.
    """
    try:
        deque(cut.rows(lines(), strict=True), maxlen=0)
    except csv.Error:
        pass
    else:
        return frozenset()
    found: set[int] = set()
    done = 0
    while (line := _first_open(islice(lines(), done, None), cut)) is not None:
        done += line
        found.add(done)
        if len(found) > _OPEN_QUOTES:
            raise ReadError(
                "quotes-not-closed",
                f'More than {_OPEN_QUOTES} rows open a quote (") that is not closed, the first in line '
                f"{min(found)}. Save the file anew with all texts quoted and quotes inside texts doubled.",
                file,
                min(found),
            )
    return frozenset(found)


def _first_open(lines: Iterator[str], cut: Cut) -> int | None:
    reader = cut.rows(lines, strict=True)
    before = 0
    while True:
        try:
            next(reader)
        except StopIteration:
            return None
        except csv.Error as error:
            if reader.line_num > before + 1 or "unexpected end" in str(error):
                return before + 1
        before = reader.line_num


def close_quotes(line: str, cut: Cut) -> str:
    """The same line with the quote that is never closed kept as an ordinary character."""
    delimiter = cut.delimiter
    ending = line[len(line.rstrip("\r\n")) :]
    body = line.rstrip("\r\n")
    start = max((match.end() - 1 for match in re.finditer(f'(?:^|{re.escape(delimiter)})"', body)), default=-1)
    if start >= 0:
        head, rest = body[:start], body[start + 1 :]
        field, mark, tail = rest.partition(delimiter)
        mended = f'{head}"""{field.replace(chr(34), chr(34) * 2)}"{mark}{tail}{ending}'
        try:
            next(cut.rows([mended], strict=True))
        except csv.Error:
            pass
        else:
            return mended
    cells = next(csv.reader([body], delimiter=delimiter, quoting=csv.QUOTE_NONE))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return out.getvalue() + ending
