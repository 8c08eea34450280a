"""Where a table's header stands, what is written above it, and whether it lies on its side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sextant.calc.periods import Calendar
from sextant.exchange.understanding.cells import MISSING_WORDS, at, filled, normal, row_texts
from sextant.exchange.understanding.headers import known_unit
from sextant.exchange.understanding.preamble import read_preamble
from sextant.exchange.understanding.when import PeriodReader, is_year, looks_like_number, part_of_year
from sextant.exchange.understanding.words import Role, header_roles, scenario_of
from sextant.readers.grids import Cell, Grid, Row

LOOK_AHEAD = 60
PAIR = 2
TURN_ROWS = 2_000
TURN_COLUMNS = 200
_DESCRIBES = frozenset({Role.UNIT, Role.TARGET, Role.OWNER, Role.DIRECTION, Role.FREQUENCY, Role.BASELINE,
                        Role.RED_FLAG, Role.DESCRIPTION, Role.TEAM, Role.THEME, Role.SOURCE, Role.HOW_MEASURED,
                        Role.AGGREGATION, Role.METRIC_KEY, Role.METRIC_NAME})  # fmt: skip


@dataclass(slots=True)
class Layout:
    """A table inside a grid: header rows (numbers as in the file), headers per column, the first data row."""

    grid: Grid
    header_rows: tuple[int, ...] = ()
    first_row: int = 1
    headers: list[tuple[str, ...]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    facts: dict[Role, str] = field(default_factory=dict)
    """What pairs above the table say about all of it."""
    turned: list[tuple[int, Row]] | None = None
    """The table's rows with rows and columns exchanged, when it lies on its side."""

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return len(self.headers)

    def header(self, column: int) -> str:
        """The header of a column as one text."""
        return " ".join(dict.fromkeys(part for part in self.headers[column] if part))

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Row numbers and cells of the data rows."""
        source = iter(self.turned) if self.turned is not None else self.grid.rows()
        return ((number, row) for number, row in source if number >= self.first_row)


def find_layout(grid: Grid, header_row: int | None = None) -> Layout | None:
    """The layout of a grid, None when it holds no table. `header_row` is a person's choice."""
    head = [(number, merged_once(row)) for number, row in grid.head(LOOK_AHEAD)]
    if not head:
        return None
    layout = _laid(grid, head, header_row)
    if layout is None or header_row is not None or not _lies_on_its_side(layout, head):
        return layout
    return _turned(layout) or layout


def merged_once(row: Row) -> list[str]:
    """The texts of a row; one text merged over the whole row is a title and counts once."""
    texts = row_texts(row)
    written = [text for text in texts if text]
    merged = [isinstance(cell, Cell) and cell.merged for cell in row]
    if len(written) > 1 and len(set(written)) == 1 and any(merged):
        first = next(index for index, text in enumerate(texts) if text)
        return [text if index == first else "" for index, text in enumerate(texts)]
    return texts


def _laid(grid: Grid, head: list[tuple[int, list[str]]], header_row: int | None) -> Layout | None:
    place = _header_place(grid, head, header_row)
    if place is None:
        return _without_header(grid, head)
    first = last = place
    if grid.kind != "records" and header_row is None:
        if place > 0 and _is_group_row(head, place):
            first = place - 1
        if _is_second_row(head, place):
            last = place + 1
        elif _names_the_rows(head, place):
            head[place + 1][1][0] = head[place + 1][1][0] or head[place][1][0]
            head[place] = (head[place][0], ["", *head[place][1][1:]])
            last = place + 1
    rows = [head[index][1] for index in range(first, last + 1)]
    above = read_preamble([texts for _, texts in head[:first]])
    return Layout(
        grid,
        header_rows=tuple(head[index][0] for index in range(first, last + 1)),
        first_row=head[last][0] + 1,
        headers=_headers(rows, max(len(texts) for _, texts in head[first:])),
        titles=above.titles,
        facts=above.facts,
    )


def _names_the_rows(head: list[tuple[int, list[str]]], place: int) -> bool:
    """Whether "TIME" over "GEO" stands in the corner: the first names the columns, the second the rows."""
    if place + 2 >= len(head) or head[place + 1][0] - head[place][0] > 1:
        return False
    header, below = head[place][1], head[place + 1][1]
    beyond = [text for text in header[1:] if text]
    return (
        filled(below) == 1 and bool(below[0]) and header_roles(header[0]).get(Role.PERIOD, 0.0) >= 1.0
        and bool(beyond) and all(is_year(text) or part_of_year(text) or any(map(str.isdigit, text)) for text in beyond)
    )  # fmt: skip


def _header_place(grid: Grid, head: list[tuple[int, list[str]]], header_row: int | None) -> int | None:
    if header_row is not None:
        return next((index for index, (number, _) in enumerate(head) if number >= header_row), None)
    if grid.kind == "records":
        return 0
    for index in range(min(len(head), 40)):
        if _could_be_header(head, index):
            return index
    return None


def _could_be_header(head: list[tuple[int, list[str]]], index: int) -> bool:
    texts = head[index][1]
    below = [filled(row) for _, row in head[index + 1 : index + 13]]
    width = max(below, default=filled(texts))
    count = filled(texts)
    if count <= PAIR:
        width = max((filled(row) for _, row in head[index + 1 :]), default=width)
        if next((text for text in texts if text), "").endswith(":"):
            return False
    if _starts_later(head, index):
        width = count
    if count < 1 or (width > 1 and count < 2) or count < 0.6 * width:
        return False
    labels = sum(1 for text in texts if text and not _is_data(text))
    return labels >= 0.85 * count


def _starts_later(head: list[tuple[int, list[str]]], index: int) -> bool:
    """Whether a row heads columns of numbers, right of nameless columns of texts or periods."""
    texts = head[index][1]
    columns = [column for column, text in enumerate(texts) if text]
    if len(columns) < 2 or columns[0] == 0:
        return False
    below = [row for _, row in head[index + 1 : index + 13]]
    cells = [at(row, column) for row in below for column in columns if at(row, column)]
    beside = any(at(row, column) for row in below for column in range(columns[0]))
    beyond = any(text for row in below for text in row[columns[-1] + 1 :])
    numbers = sum(_is_data(text) or text in MISSING_WORDS for text in cells)
    return beside and not beyond and bool(cells) and numbers >= 0.6 * len(cells)


def _is_data(text: str) -> bool:
    """A plain number, rather than a name, a year or a period."""
    if is_year(text):
        return False
    bare = text.replace(" ", "").lstrip("+-−<>~").rstrip("%€$*")
    return looks_like_number(bare) or (
        not any(char.isalpha() for char in text)
        and any(char.isdigit() for char in text)
        and "/" not in text
        and "=" not in text
        and text.count("-") < 1
        and text.count(".") != 2
    )


def _is_group_row(head: list[tuple[int, list[str]]], place: int) -> bool:
    """Whether the row above the header groups its columns: years over quarters, metrics over units."""
    above, header = head[place - 1][1], head[place][1]
    if head[place][0] - head[place - 1][0] > 1:
        return False
    written = [index for index, text in enumerate(above) if text]
    beyond = [index for index in written if index > 0]
    if not beyond or any(_is_data(above[index]) for index in written):
        return False
    if len(written) == 1 and not (is_year(above[written[0]]) or len(header) - written[0] > 1):
        return False
    repeats = len(set(header)) < len([text for text in header if text]) or any(not text for text in header)
    periods = any(is_year(above[index]) or part_of_year(above[index]) for index in written)
    inner = [text for text in header[beyond[0] :] if text]
    parts = sum(1 for text in inner if part_of_year(text) or scenario_of(text) or known_unit(text) or is_year(text))
    return periods or parts >= 2 or (repeats and len(written) > 1)


def _is_second_row(head: list[tuple[int, list[str]]], place: int) -> bool:
    """Whether the row below the header still belongs to it: quarters under years, units under names."""
    if place + 2 >= len(head) or head[place + 1][0] - head[place][0] > 1:
        return False
    header, second = head[place][1], head[place + 1][1]
    below = [row for _, row in head[place + 2 : place + 10]]
    numeric = [
        column
        for column in range(max(len(row) for row in below))
        if (texts := [at(row, column) for row in below if at(row, column)])
        and sum(_is_data(text) for text in texts) >= 0.6 * len(texts)
    ]
    said = [at(second, column) for column in numeric if at(second, column)]
    if not said or len(said) < 0.5 * len(numeric) or any(_is_data(text) for text in said):
        return False
    labels = [column for column in range(max(map(len, below))) if column not in numeric]
    if (
        not any(at(second, column) for column in labels) and any(at(row, column) for row in below for column in labels)
        and not any(text in MISSING_WORDS for text in said)
    ):  # fmt: skip
        return True  # what the numbers are counted in, below their names
    words = sum(1 for text in said if known_unit(text) or scenario_of(text) or part_of_year(text) or is_year(text))
    gaps = sum(1 for column in numeric if not at(header, column) or at(header, column) == at(header, column - 1))
    return words >= 0.6 * len(said) or gaps > 0


def _headers(rows: list[list[str]], width: int) -> list[tuple[str, ...]]:
    """Header texts per column; in all but the last row a text also holds for the empty cells after it."""
    carried = []
    for place, row in enumerate(rows):
        texts = [at(row, column) for column in range(width)]
        if place < len(rows) - 1:
            for column in range(1, width):
                below = at(rows[-1], column)
                if not texts[column] and below and texts[column - 1] and not _describes(below):
                    texts[column] = texts[column - 1]
        carried.append(texts)
    return [tuple(texts[column] for texts in carried) for column in range(width)]


def _describes(header: str) -> bool:
    roles = header_roles(header)
    return any(score >= 1.0 for role, score in roles.items() if role in _DESCRIBES and role != Role.TARGET) or (
        normal(header) in ("owner", "unit")
    )


def _without_header(grid: Grid, head: list[tuple[int, list[str]]]) -> Layout | None:
    """A file that starts with data at once; its columns are called by their numbers."""
    width = max(len(texts) for _, texts in head)
    if width < 2 or filled(head[0][1]) < 2:
        return None
    return Layout(grid, first_row=head[0][0], headers=[(f"column {index + 1}",) for index in range(width)], titles=[])


def _lies_on_its_side(layout: Layout, head: list[tuple[int, list[str]]]) -> bool:
    """Whether the first column, not the first row, says what the numbers are ("Unit", "Target" down the side)."""
    if layout.width > TURN_COLUMNS or layout.grid.kind == "records":
        return False
    down = [texts[0] for number, texts in head if texts and texts[0] and number >= layout.first_row]
    across = [layout.header(column) for column in range(1, layout.width)]
    return (_described(down) >= 2 and _described(across) == 0) or (
        _described(down) >= 1 and _described(across) == 0 and _dated(down, layout) >= 2 and _dated(across, layout) == 0
    )


def _described(texts: Sequence[str]) -> int:
    return len(
        {role for text in texts for role, score in header_roles(text).items() if score >= 1 and role in _DESCRIBES}
    )


def _dated(texts: Sequence[str], layout: Layout) -> int:
    reader = PeriodReader(Calendar())
    return sum(1 for text in texts if not looks_like_number(text) and (reader.read(text) or part_of_year(text)))


def _turned(layout: Layout) -> Layout | None:
    start = layout.header_rows[0] if layout.header_rows else layout.first_row
    rows: list[Row] = []
    for number, row in layout.grid.rows():
        if number >= start:
            rows.append(row)
        if len(rows) > TURN_ROWS:
            return None
    width = max(len(row) for row in rows)
    sides: list[tuple[int, Row]] = [
        (column + 1, [row[column] if column < len(row) else "" for row in rows]) for column in range(width)
    ]
    sides = [(number, row) for number, row in sides if filled(row_texts(row))]
    headers: list[tuple[str, ...]] = [(text,) for text in row_texts(sides[0][1])]
    return Layout(layout.grid, (sides[0][0],), sides[0][0] + 1, headers, layout.titles, turned=sides)
