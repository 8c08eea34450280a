"""Markdown: the YAML block at the top as a record, the text line by line, and every table as a grid.

Marks such as **bold** stay in the cells: they may mean something to whoever reads the grid.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from sextant.readers import limits
from sextant.readers.documents import flatten, whole_text
from sextant.readers.grids import Grid, NumberedRows, ReadError, ReadNote, Row
from sextant.readers.plain_yaml import read_yaml

_RULE_CELL = re.compile(r":?-+:?")
_HEADING = re.compile(r" {0,3}#{1,6}(?=\s)")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_CODE_OR_BAR = re.compile(r"\\.|`+[^`]*`+|\|", re.DOTALL)
Numbered = list[tuple[int, str]]


def open_markdown(path: Path, file: str) -> list[Grid]:
    """One "document" grid for the text (with `record` when there is a YAML block), then the tables."""
    size = limits.check_size(path, file, limits.MARKDOWN_BYTES, "Markdown", "Split it into several files.")
    text, notes = whole_text(path, file)
    lines = list(enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1))
    record, body, front_notes = _front_matter(lines, file)
    notes += front_notes
    document = Grid(file, "", "document", False, 1, len(body), size, notes, record, open_rows=lambda: _rows(body))
    return [document, *_tables(body, file, size)]


def _rows(lines: Numbered) -> NumberedRows:
    for number, line in lines:
        if line.strip():
            yield number, [line]


def _front_matter(lines: Numbered, file: str) -> tuple[Mapping[str, object] | None, Numbered, tuple[ReadNote, ...]]:
    """The YAML block between `---` lines at the very top, the lines after it, and notes."""
    if not lines or lines[0][1].rstrip() != "---":
        return None, lines, ()
    end = next((n for n, line in lines[1:] if line.rstrip() in ("---", "...")), None)
    if end is None:
        message = "The block that begins with --- in line 1 has no closing --- line; it was read as text."
        return None, lines, (ReadNote("block-not-closed", message, 1, file=file),)
    block = "\n".join(line for _, line in lines[1 : end - 1])
    try:
        data = next(read_yaml(block, file, first_line=2), None)
    except ReadError as error:
        message = f"The block at the top was not used. {error.message}"
        return None, lines[end:], (ReadNote(error.key, message, error.row, file=file),)
    if not isinstance(data, dict):
        return None, lines[end:], ()
    return flatten(data, file), lines[end:], ()


def _tables(lines: Numbered, file: str, size: int) -> Iterator[Grid]:
    """Tables named by the heading above them; numbered when one heading has several."""
    heading = ""
    fence = ""
    used: dict[str, int] = {}
    place = 0
    while place < len(lines):
        line = lines[place][1]
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        elif not fence:
            if match := _HEADING.match(line):
                heading = _heading_text(line[match.end() :])
            elif _is_head(lines, place):
                table = _table_lines(lines, place)
                used[heading] = used.get(heading, 0) + 1
                name = heading or "table"
                yield _table(table, file, name if used[heading] == 1 else f"{name} ({used[heading]})", size)
                place += len(table)
        place += 1


def _heading_text(rest: str) -> str:
    """The words after the opening marks, without closing marks: "Title ##" -> "Title"."""
    text = rest.strip()
    bare = text.rstrip("#")
    return bare.strip() if not bare or bare[-1].isspace() else text


def _is_head(lines: Numbered, place: int) -> bool:
    if place + 1 >= len(lines) or "|" not in lines[place][1] or "-" not in lines[place + 1][1]:
        return False
    rule, head = _cells(lines[place + 1][1]), _cells(lines[place][1])
    is_marked = len(head) == 1 or "|" in lines[place + 1][1]
    return is_marked and len(rule) == len(head) and all(_RULE_CELL.fullmatch(cell) for cell in rule)


def _table_lines(lines: Numbered, place: int) -> Numbered:
    """Head and rows, without the rule below the head; ends at a blank line or one without a bar."""
    table = [lines[place]]
    for number, line in lines[place + 2 :]:
        if not line.strip() or "|" not in line:
            break
        table.append((number, line))
    return table


def _table(lines: Numbered, file: str, name: str, size: int) -> Grid:
    rows: list[tuple[int, Row]] = [(number, list(_cells(line))) for number, line in lines]
    columns = len(rows[0][1])
    widest = max(len(row) for _, row in rows)
    limits.check_columns(widest, file, rows[0][0])
    notes = []
    for number, row in rows[1:]:
        if len(row) > columns:
            message = f"Line {number} has {len(row)} cells, the table's head has {columns}."
            notes.append(ReadNote("long-row", message, number, columns + 1, file))
        elif len(row) < columns:
            message = f"Line {number} has {len(row)} of {columns} cells; the rest was read as empty."
            notes.append(ReadNote("short-row", message, number, len(row), file))
    return Grid(file, name, "records", False, widest, len(rows), size, tuple(notes), open_rows=lambda: iter(rows))


def _cells(line: str) -> list[str]:
    """The cells of a table line; an escaped bar, or one in `code`, does not part cells."""
    text = line.strip()
    bars = [match.start() for match in _CODE_OR_BAR.finditer(text) if match.group() == "|"]
    edges = [-1, *bars, len(text)]
    cells = [text[a + 1 : b].strip().replace("\\|", "|") for a, b in pairwise(edges)]
    if bars and bars[0] == 0:
        cells = cells[1:]
    if bars and bars[-1] == len(text) - 1 and len(cells) > 1:
        cells = cells[:-1]
    return cells
