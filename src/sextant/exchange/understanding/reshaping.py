"""Grids that pack several things into one place, laid out plainly before they are read as tables.

Tables side by side on one sheet, several columns inside the first, dates kept as day numbers, lists inside records.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, pairwise

from sextant.exchange.understanding.cells import at, filled, row_texts
from sextant.exchange.understanding.words import Role, header_roles
from sextant.readers.grids import Cell, Grid, NumberedRows, ReadNote, Row

SERIAL_DATES = "serial-dates"
LOOK_AHEAD = 60
MOST_ROWS = 5_000
HELD_ROWS = 500
_LISTED = re.compile(r"^(.+?)\.(\d+)\.(.+)$")
_DAYS = range(25_569, 73_051)
"""Day numbers of spreadsheets from 1970 to 2099."""
_STEPS = ((1, 1), (7, 7), (28, 31), (89, 92), (181, 184), (365, 366))
_EPOCH = datetime.fromisoformat("1899-12-30")
_HEADS = (Role.PERIOD, Role.METRIC_NAME, Role.METRIC_KEY)


def reshaped(grid: Grid) -> Grid:
    """The grid, or one that says the same in plain columns."""
    for change in (_unfolded, _unpacked, _dated):
        grid = change(grid)
    return grid


def held(grid: Grid, most_cells: int) -> tuple[Grid, int]:
    """A small sheet read once and kept, with the number of its cells; a larger one is read again whenever needed.

    Unpacking a sheet of a workbook of hundreds takes longer than all that is done with its rows.
    """
    if grid.kind != "sheet" or most_cells <= 0 or (grid.rows_estimate or 0) > HELD_ROWS:
        return grid, 0
    rows = list(islice(grid.rows(), HELD_ROWS + 1))
    cells = sum(len(row) for _, row in rows)
    if len(rows) > HELD_ROWS or cells > most_cells:
        return grid, 0
    return replace(grid, open_rows=lambda: iter(rows), open_raw=None), cells


def _unpacked(grid: Grid) -> Grid:
    r"""Several columns written into the first, "freq,unit,geo\time" over "A,PC,AT", become columns of their own."""
    if grid.kind != "delimited" or grid.delimiter == ",":
        return grid
    head = [row_texts(row)[0] for _, row in grid.head(LOOK_AHEAD)]
    if len(head) < 2 or "\\" not in head[0]:
        return grid
    parts = head[0].count(",")
    if any(text.count(",") != parts for text in head):
        return grid
    names = head[0].split(",")
    names[-1] = names[-1].partition("\\")[0]

    def spread(row: Row) -> Row:
        first = str(row[0]).strip() if row else ""
        cells = names if first == head[0] else first.split(",")
        return [*(cell.strip() for cell in cells), *[""] * (parts + 1 - len(cells)), *row[1:]] if row else row

    def raw() -> list[list[str]]:
        return [[str(cell) for cell in spread(list(row))] for row in grid.raw_rows()]

    return replace(grid, columns=grid.columns + parts, open_rows=_mapped(grid, spread), open_raw=lambda: iter(raw()))


def _mapped(grid: Grid, change: Callable[[Row], Row]) -> Callable[[], NumberedRows]:
    return lambda: ((number, change(row)) for number, row in grid.rows())


def _unfolded(grid: Grid) -> Grid:
    """Records that hold a list of dated values become one row per value: "values.0.date", "values.0.value"."""
    if grid.kind != "records":
        return grid
    head = grid.head(1)
    names = row_texts(head[0][1]) if head else []
    matches = [(place, match) for place, name in enumerate(names) if (match := _LISTED.match(name))]
    prefixes = {match[1] for _, match in matches}
    dated = [prefix for prefix in prefixes if any(_is_dated(match[3]) for _, match in matches if match[1] == prefix)]
    if len(dated) != 1:
        return grid
    prefix = dated[0]
    fields = list(dict.fromkeys(match[3] for _, match in matches if match[1] == prefix))
    items: dict[int, dict[str, int]] = {}
    for place, match in matches:
        if match[1] == prefix:
            items.setdefault(int(match[2]), {})[match[3]] = place
    inside = {place for item in items.values() for place in item.values()}
    kept = [place for place in range(len(names)) if place not in inside]
    taken = {names[place] for place in kept}
    if len(fields) < 2:
        return grid

    def rows() -> NumberedRows:
        own_names = [f"{prefix}.{name}" if name in taken else name for name in fields]
        yield 1, [*(names[place] for place in kept), *own_names]
        for number, row in grid.rows():
            if number == 1:
                continue
            beside: Row = [row[place] if place < len(row) else "" for place in kept]
            for item in items.values():
                own = [row[item[name]] if name in item and item[name] < len(row) else "" for name in fields]
                if any(str(cell).strip() for cell in own):
                    yield number, [*beside, *own]

    return replace(grid, columns=len(kept) + len(fields), rows_estimate=None, open_rows=rows, open_raw=None)


def _is_dated(name: str) -> bool:
    return header_roles(name.rsplit(".", 1)[-1]).get(Role.PERIOD, 0.0) >= 1.0


def _dated(grid: Grid) -> Grid:
    """Day numbers under "Month", or in a row of headers, become the dates they stand for, and that is said."""
    if grid.kind not in ("sheet", "delimited"):
        return grid
    head = [(number, row_texts(row)) for number, row in grid.head(LOOK_AHEAD)]
    header = _serial_header(head)
    columns = {} if header else _serial_columns(head)
    if header is None and not columns:
        return grid
    example = next((text for number, texts in head if number == header for text in texts if _day(text)), "")
    example = example or next(iter(columns.values()), ("", 0))[0]

    def changed(number: int, row: Row) -> Row:
        if number == header:
            return [_as_date(cell) for cell in row]
        wanted = {column for column, (_, first) in columns.items() if number >= first}
        return [_as_date(cell) if column in wanted else cell for column, cell in enumerate(row)] if wanted else row

    note = ReadNote(SERIAL_DATES, f"Numbers such as {example} stand where dates are due; they are read as the day "
                    f"numbers of a spreadsheet: {example} is {_as_date(example)}.", file=grid.file)  # fmt: skip
    return replace(
        grid, notes=(*grid.notes, note), open_rows=lambda: ((n, changed(n, row)) for n, row in grid.rows()),
        open_raw=None,
    )  # fmt: skip


def _day(text: str) -> bool:
    return len(text) == 5 and text.isdigit() and int(text) in _DAYS


def _as_date(cell: str | Cell) -> str | Cell:
    text = row_texts([cell])[0]
    if not _day(text):
        return cell
    moment = _EPOCH + timedelta(days=int(text))
    if isinstance(cell, str):
        return f"{moment:%Y-%m-%d}"
    return Cell("date", moment, f"{moment:%Y-%m-%d}", merged=cell.merged, hidden=cell.hidden)


def _serial_header(head: Sequence[tuple[int, list[str]]]) -> int | None:
    """The row whose cells are day numbers at even steps behind a first text."""
    for number, texts in head:
        days = [int(text) for text in texts if _day(text)]
        others = [text for text in texts if text and not _day(text)]
        if len(days) >= 3 and others and not any(text[:1].isdigit() for text in others) and _even(days):
            return number
    return None


def _even(days: Sequence[int]) -> bool:
    steps = [two - one for one, two in pairwise(days)]
    return any(all(low <= step <= high for step in steps) for low, high in _STEPS)


def _serial_columns(head: Sequence[tuple[int, list[str]]]) -> dict[int, tuple[str, int]]:
    """Column -> first day number and its row, for columns of day numbers under a header that speaks of time."""
    found: dict[int, tuple[str, int]] = {}
    for place, (_, texts) in enumerate(head[:-2]):
        for column, text in enumerate(texts):
            if column in found or header_roles(text).get(Role.PERIOD, 0.0) < 1.0:
                continue
            below = [(number, at(row, column)) for number, row in head[place + 1 :] if at(row, column)]
            days = [entry for entry in below if _day(entry[1])]
            if len(days) >= 3 and len(days) >= 0.8 * len(below) and len({text for _, text in days}) > 1:
                found[column] = (days[0][1], days[0][0])
    return found


def side_by_side(grid: Grid) -> list[Grid]:
    """The tables that stand beside each other with an empty column between, each with its own names or periods."""
    if grid.kind not in ("sheet", "delimited") or (grid.rows_estimate or 0) > MOST_ROWS:
        return [grid]
    head = [row_texts(row) for _, row in grid.head(LOOK_AHEAD)]
    starts = _starts(head)
    if len(starts) < 2:
        return [grid]
    rows = list(grid.rows())
    ends = [*starts[1:], max((len(row) for _, row in rows), default=0)]
    if not all(_is_empty(rows, end - 1) for end in starts[1:]):
        return [grid]
    return [_slice(grid, rows, start, end) for start, end in zip(starts, ends, strict=True)]


def _starts(head: Sequence[Sequence[str]]) -> list[int]:
    """The columns at which a row of headers begins anew behind an empty column."""
    for texts in head:
        if filled(texts) < 4:
            continue
        starts = [
            column for column, text in enumerate(texts)
            if text and (column == 0 or not texts[column - 1]) and column + 1 < len(texts) and texts[column + 1]
            and any(header_roles(text).get(role, 0.0) >= 1.0 for role in _HEADS)
        ]  # fmt: skip
        if len(starts) >= 2 and not any(at(texts, column) for column in range(starts[0])):
            return starts
    return []


def _is_empty(rows: Sequence[tuple[int, Row]], column: int) -> bool:
    return not any(column < len(row) and str(row[column]).strip() for _, row in rows)


def _slice(grid: Grid, rows: Sequence[tuple[int, Row]], start: int, end: int) -> Grid:
    kept: list[tuple[int, Row]] = [(number, list(row[start:end])) for number, row in rows]
    kept = [(number, row) for number, row in kept if filled(row_texts(row))]
    return replace(grid, columns=end - start, rows_estimate=len(kept), open_rows=lambda: iter(kept), open_raw=None)
