"""Several tables on one sheet, below each other with empty rows between them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sextant.exchange.understanding.cells import filled, row_texts
from sextant.exchange.understanding.layouts import find_layout
from sextant.exchange.understanding.preamble import is_pairs
from sextant.exchange.understanding.when import part_of_year
from sextant.exchange.understanding.words import header_roles
from sextant.readers.grids import Grid, Row

MOST_ROWS = 5_000
Numbered = tuple[int, Row]


def split_blocks(grid: Grid) -> list[Grid]:
    """The grid itself, or one grid per table when a later part has a header of its own."""
    if grid.kind not in ("sheet", "delimited") or (grid.rows_estimate or 0) > MOST_ROWS:
        return [grid]
    rows = list(grid.rows())
    if len(rows) > MOST_ROWS or not any(two - one > 1 for (one, _), (two, _) in pairwise(rows)):
        return [grid]
    blocks: list[list[Numbered]] = []
    for part in _parts(rows):
        if (blocks and not _is_table(grid, part, blocks[0]) and not _only_titles(blocks[-1])) or (
            blocks and _only_titles(blocks[-1])
        ):
            blocks[-1] += part
        else:
            blocks.append(part)
    tables = [block for block in blocks if not _only_titles(block)]
    if len(tables) < 2:
        return [grid]
    return [_sub_grid(grid, block) for block in tables]


def _parts(rows: Sequence[Numbered]) -> list[list[Numbered]]:
    """Runs of rows without an empty row between them."""
    parts: list[list[Numbered]] = [[rows[0]]]
    for before, row in pairwise(rows):
        if row[0] - before[0] > 1:
            parts.append([])
        parts[-1].append(row)
    return parts


def _only_titles(block: Sequence[Numbered]) -> bool:
    """Whether a part only names things: titles, remarks, pairs such as "Published:" and a date."""
    texts = [row_texts(row) for _, row in block]
    return all(filled(row) <= 1 for row in texts) or is_pairs(texts)


def _is_table(grid: Grid, part: Sequence[Numbered], first: Sequence[Numbered]) -> bool:
    """Whether a part starts with a header of its own rather than going on with the table above."""
    if _only_titles(part):
        return True
    layout = find_layout(_sub_grid(grid, part))
    if layout is None or not layout.header_rows or layout.turned is not None:
        return False
    headers = [layout.header(column) for column in range(layout.width)]
    above = find_layout(_sub_grid(grid, first))
    if above is not None and headers == [above.header(column) for column in range(above.width)]:
        return bool(layout.titles)  # the same header below a title of its own is about something else
    known = sum(1 for header in headers if max(header_roles(header).values(), default=0) >= 1 or part_of_year(header))
    return known >= 1 and layout.first_row <= part[-1][0] and len([text for text in headers if text]) >= 2


def _sub_grid(grid: Grid, rows: Sequence[Numbered]) -> Grid:
    kept = list(rows)
    return replace(grid, rows_estimate=len(kept), open_rows=lambda: iter(kept), open_raw=None)
