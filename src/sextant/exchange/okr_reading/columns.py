"""Tables of OKRs: their header row, and what each column is for, by its words and by what its cells hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sextant.calc.number_words import SPREADSHEET_ERROR
from sextant.calc.numbers import NumberFormat, guess_number_format, read_number
from sextant.calc.periods import Calendar
from sextant.exchange.okr_reading.document import Place
from sextant.exchange.okr_reading.spans import cycle_in, cycle_of_name, period_of_text
from sextant.exchange.okr_reading.words import header_scores, kind_of, status_of, type_of
from sextant.exchange.understanding.cells import cell_text
from sextant.readers import Cell, Grid, ReadNote

HEAD_ROWS = 15
SAMPLED = 2_000
MOST_ROWS = 200_000
ENOUGH = 0.34
MANY = frozenset({"team", "note", "description", "year", "number", "link", "owner", "status"})
NUMBERS = frozenset({"start", "target", "current", "progress", "score", "weight", "confidence", "low", "high"})
_OUTLINE = re.compile(r"[A-Za-z]{0,3}\s?\d+(?:[.\-]\d+)*\.?")
_YEAR = re.compile(r"(?:FY\s?)?['’]?(?:(?:19|20)\d{2}|\d{2})", re.IGNORECASE)
_PART = re.compile(r"[QqHhTt][1-4](?:\s*(?:actual|ist|value))?", re.IGNORECASE)
_ACTUAL = re.compile(r"\b(?:actuals?|ist|values?|result|istwert)\b", re.IGNORECASE)
_QUARTER = re.compile(r"[Qq]?[1-4]")


def text_of(cell: str | Cell) -> str:
    """A cell as one text; what a person sees as percent keeps its sign."""
    if isinstance(cell, Cell) and cell.is_percent and cell.number is not None:
        return f"{round(cell.number * 100, 10):g}%"
    return cell_text(cell)


def is_error(text: str) -> bool:
    """Whether a cell holds a spreadsheet's error: "#N/A", "#REF!"."""
    return text.startswith("#") and SPREADSHEET_ERROR.fullmatch(text.strip()) is not None


@dataclass(slots=True)
class Table:
    """One table with its rows as texts. `roles` maps what a column is for to its places, best first."""

    file: str
    sheet: str
    headers: list[str]
    rows: list[tuple[int, list[str]]]
    roles: dict[str, list[int]] = field(default_factory=dict)
    strength: dict[str, float] = field(default_factory=dict)  # how plainly the headers say so
    forms: dict[int, NumberFormat] = field(default_factory=dict)
    notes: tuple[ReadNote, ...] = ()

    def has(self, *roles: str) -> bool:
        """Whether there is a column for each of these."""
        return all(role in self.roles for role in roles)

    def cell(self, row: Sequence[str], role: str) -> str:
        """The first cell for this role that holds something readable; errors count as empty."""
        for column in self.roles.get(role, ()):
            text = row[column] if column < len(row) else ""
            if text and not is_error(text):
                return text
        return ""

    def cells(self, row: Sequence[str], role: str) -> list[str]:
        found = [row[column] if column < len(row) else "" for column in self.roles.get(role, ())]
        return [text for text in found if text and not is_error(text)]

    def column(self, place: int) -> Iterator[str]:
        return (row[place] if place < len(row) else "" for _, row in self.rows)

    def id_column(self) -> int:
        """The column whose cells tell the rows apart; -1 when there is none."""
        for role in ("id", "objective_id", "key_result_id"):
            for column in self.roles.get(role, ()):
                filled = [text for text in self.column(column) if text]
                if len(set(filled)) >= 0.9 * len(filled) and len(filled) >= 0.5 * len(self.rows):
                    return column
        return next((column for column in range(len(self.headers)) if self._is_code(column)), -1)

    def _is_code(self, column: int) -> bool:
        """Whether a column without a telling header holds short codes, a different one in each row."""
        filled = [text for text in self.column(column) if text]
        if len(filled) < max(2, 0.9 * len(self.rows)) or len(set(filled)) < len(filled):
            return False
        if column and not any(char.isalpha() for char in "".join(filled[:20])):
            return False
        return all(
            len(text) <= 40 and " " not in text and any(char.isdigit() for char in text) for text in filled
        ) and (not all(_is_time(text) for text in filled))

    def period_columns(self) -> list[tuple[int, str]]:
        """Columns without another role whose header is a period and whose cells are numbers: "Q1 2025", "2025-03".

        "Q1" alone is of the year that the name of sheet or file says.
        """
        used = {column for places in self.roles.values() for column in places}
        year = next((text[:4] for name in (self.sheet, self.file) if (text := cycle_of_name(name))[:4].isdigit()), "")
        found = []
        for column, header in enumerate(self.headers):
            said = f"{header} {year}" if year and _PART.fullmatch(header.strip()) else header
            period = cycle_in(_ACTUAL.sub("", said))[0] or (said if _is_time(said) else "")
            if column in used or not period:
                continue
            cells = [text for text in self.column(column) if text]
            if (
                cells
                and sum(read_number(text, self.forms[column]).kind == "number" for text in cells) >= len(cells) / 2
            ):
                found.append((column, period))
        return found

    def place(self, row: int | None) -> Place:
        return Place(self.file, row, self.sheet)

    def header(self, role: str) -> str:
        places = self.roles.get(role)
        return self.headers[places[0]] if places else ""


def table_of(grid: Grid) -> Table | None:
    """The grid with its header row found and blank columns kept; None when it is no table of two columns or more."""
    head = [(number, [text_of(cell) for cell in row]) for number, row in islice(grid.rows(), HEAD_ROWS)]
    if not head:
        return None
    place = 0 if grid.kind == "records" else max(range(len(head)), key=lambda at: (_known(head[at][1]), -at))
    number, headers = head[place]
    if sum(bool(text) for text in headers) < 2:
        return None
    rows = [(at, [text_of(cell).strip() for cell in row]) for at, row in islice(grid.rows(), MOST_ROWS) if at > number]
    filled = [(at, row) for at, row in rows if any(row)]
    table = Table(grid.file, grid.name, [header.strip() for header in headers], filled, notes=grid.notes)
    assign_roles(table)
    return table


def _known(row: Sequence[str]) -> float:
    return sum(max(header_scores(text).values(), default=0.0) for text in row if text and len(text) < 60)


def head_of(grid: Grid) -> Table | None:
    """As `table_of` with the first rows only, to see what kind of table it is."""
    rows = list(islice(grid.rows(), 300))
    short = Grid(grid.file, grid.name, grid.kind, grid.hidden, grid.columns, len(rows), grid.bytes,
                 open_rows=lambda: iter(rows))  # fmt: skip
    return table_of(short)


@dataclass(frozen=True, slots=True)
class _Cells:
    """What the cells of one column hold."""

    filled: int
    distinct: int
    numbers: float
    errors: int
    texts: tuple[str, ...]

    def share(self, test: Callable[[str], bool]) -> float:
        return sum(test(text) for text in self.texts) / len(self.texts) if self.texts else 0.0


def _look(table: Table, place: int) -> _Cells:
    texts = [text for text in table.column(place) if text]
    good = [text for text in texts if not is_error(text)]
    sample = tuple(good[:SAMPLED])
    form = guess_number_format(sample)
    table.forms[place] = form
    numbers = sum(read_number(text, form).kind in ("number", "missing", "not_applicable") for text in sample)
    return _Cells(len(good), len(set(good)), numbers / len(sample) if sample else 0.0, len(texts) - len(good), sample)


def assign_roles(table: Table) -> None:
    """Give each column the role that its header suggests and its cells allow, the plainest first."""
    looks = [_look(table, place) for place in range(len(table.headers))]
    wishes: list[tuple[float, int, str]] = []
    for place, header in enumerate(table.headers):
        scores = dict(header_scores(re.sub(r"(?<=\D{3})\d+$", "", header)))
        for role, score in scores.items():
            allowed = _allowed(role, looks[place])
            if role == "id" and score < 1 and looks[place].distinct < 0.9 * looks[place].filled:
                continue  # a code that repeats names something else than the row
            if allowed and score >= ENOUGH:
                wishes.append((score, -place, allowed))
    taken: set[int] = set()
    for score, minus, role in sorted(wishes, reverse=True):
        place = -minus
        if place in taken or (role in table.roles and role not in MANY):
            continue
        if role in table.roles and score < 0.6:
            continue
        taken.add(place)
        table.roles.setdefault(role, []).append(place)
        table.strength.setdefault(role, score)


def _allowed(role: str, cells: _Cells) -> str:
    """The role that cells of this content can have under a header for `role`; "" for none."""
    if not cells.filled:
        return ""
    if role in NUMBERS:
        return _number_role(role, cells)
    if role == "type":
        return "type" if cells.share(lambda text: bool(type_of(text))) >= 0.6 else _as_kind(cells)
    if role == "kind":
        return "type" if cells.share(lambda text: bool(type_of(text))) >= 0.9 else _as_kind(cells)
    if role == "status":
        return "status" if cells.share(lambda text: status_of(text) is not None) >= 0.4 else _as_note(cells)
    tests = {
        "quarter": lambda text: bool(_QUARTER.fullmatch(text)),
        "year": lambda text: bool(_YEAR.fullmatch(text)),
        "end_year": lambda text: bool(_YEAR.fullmatch(text)),
        "number": lambda text: bool(_OUTLINE.fullmatch(text)),
        "period": _is_time, "due": _is_time, "begin": _is_time,
        "cycle": lambda text: _is_time(text) or len(text) < 60,
        "link": lambda text: text.startswith(("http://", "https://", "www.")),
        "done": lambda text: text.casefold() in DONE | OPEN,
    }  # fmt: skip
    if role in tests:
        if cells.share(tests[role]) >= 0.5:
            return role
        return "period" if role in ("quarter", "year") and cells.share(_is_time) >= 0.5 else ""
    if role == "note":
        return _as_note(cells)
    if role in ("id", "parent_id", "objective_id", "key_result_id"):
        return role
    if cells.numbers > 0.6 or cells.share(lambda text: text.startswith(("http://", "https://"))) > 0.5:
        return ""
    return role


DONE = frozenset(
    {"x", "yes", "y", "true", "done", "1", "✓", "✔", "☑", "[x]", "ja", "oui", "si", "complete", "completed"}
)
OPEN = frozenset({"", "no", "n", "false", "0", "open", "☐", "[ ]", "nein", "non", "not done", "incomplete", "-"})


def _number_role(role: str, cells: _Cells) -> str:
    if cells.numbers >= 0.5:
        return role
    dates = cells.share(_is_time)
    if role in ("start", "target") and dates >= 0.5:
        return "begin" if role == "start" else "due"
    if role == "target":  # a target in words is what others call the key result
        return "key_result" if cells.share(lambda text: len(text) > 12 or " " in text) >= 0.5 else ""
    return ""


def _as_kind(cells: _Cells) -> str:
    return "kind" if cells.share(lambda text: bool(kind_of(text))) >= 0.4 else ""


def _as_note(cells: _Cells) -> str:
    return "note" if cells.numbers < 0.5 and cells.share(_is_time) < 0.5 else ""


def _is_time(text: str) -> bool:
    if len(text) > 40 or not any(char.isdigit() for char in text):
        return False
    return bool(cycle_in(text)[0]) or period_of_text(text, Calendar()) is not None
