"""One pass over a table of values: which metrics, measures and members its rows are of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from sextant.calc.numbers import read_number
from sextant.exchange.understanding.cells import at, normal, row_texts
from sextant.exchange.understanding.columns import adds_up
from sextant.exchange.understanding.facts import row_facts
from sextant.exchange.understanding.grains import MOST_SHAPES, SHAPES, Grain, separate
from sextant.exchange.understanding.layouts import merged_once
from sextant.exchange.understanding.metadata import describing_columns
from sextant.exchange.understanding.tables import Slot, TableReading, carry_down, is_percent
from sextant.exchange.understanding.when import Part, holds_pair, numbered_part, part_kind, part_of_year, with_year
from sextant.exchange.understanding.words import Role, scenario_of, word_lists
from sextant.readers.grids import Row

KEYS = (Role.METRIC_KEY, Role.METRIC_NAME, Role.MEASURE, Role.UNIT, Role.SCENARIO, Role.TEAM, Role.DIMENSION)
FISCAL = word_lists("members")["fiscal"]
SAMPLES = 60
SAMPLES_IN_ALL = 100_000
FEW_SAMPLES = 8
"""So many rows are remembered per combination; past so many in all, so few, or thousands of them fill the memory."""
COMBINATIONS = 300_000
PROGRESS_ROWS = 100_000
JUDGES = (Role.TARGET, Role.RED_FLAG, Role.LOW, Role.HIGH)
Key = tuple[str, ...]


class TooManyMetricsError(ValueError):
    """A table whose key columns differ in nearly every row, so that they cannot name metrics."""

    key = "too-many-metrics"


@dataclass(slots=True)
class Combination:
    """All rows with the same texts in the key columns."""

    key: Key
    row: int
    rows: int = 0
    filled: list[int] = field(default_factory=list)
    samples: list[tuple[str, list[str]]] = field(default_factory=list)
    """Period text and the texts of the value columns, of the first rows."""
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    percent: int = 0
    """How many of the first cells a workbook shows as percent."""
    grain: Grain | None = None
    """The length of the periods to take, where the rows come in several."""
    judged: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    """Period text and target, red flag and so on, for rows that state them."""


@dataclass(slots=True)
class Scan:
    """What one pass found."""

    columns: tuple[int, ...]
    roles: tuple[Role, ...]
    combinations: dict[Key, Combination] = field(default_factory=dict)
    rows: int = 0
    shapes: dict[str, str] = field(default_factory=dict)
    """How periods are written ("0000 Q0") -> the first that is."""


@dataclass(slots=True)
class RowReader:
    """Turns the rows of a table into (row number, key, cells, texts), for scanning and for streaming alike."""

    table: TableReading
    columns: tuple[int, ...]
    roles: tuple[Role, ...]
    section: str = ""
    remarks: list[int] = field(default_factory=list)
    """Rows of text below the table that were left out."""

    def rows(self) -> Iterator[tuple[int, Key, Row, list[str]]]:
        """Data rows; headings of groups and footnotes (a single filled cell) are left out."""
        assert self.table.layout is not None
        self.section = self.table.title if self.table.is_block else ""
        carried = [""] * len(self.columns)
        carries = Role.SCENARIO in self.roles
        slots = [slot.column for slot in self.table.slots]
        below: dict[int, str] = {}
        headers = [parts[-1] for parts in self.table.layout.headers]
        sheet, before, is_apart = self.table.grid.kind == "sheet", 0, False
        for number, row in self.table.layout.rows():
            texts = merged_once(row) if sheet else row_texts(row)
            if texts == headers[: len(texts)]:
                continue  # as `TableReading.is_header`, without making the list for every row
            written = sum(1 for text in texts if text)
            if written == 1 and len(self.table.columns) > 2 and not any(at(texts, column) for column in slots):
                self.section = next(text for text in texts if text)
                continue
            if not written:
                continue
            is_apart = is_apart or 0 < before < number - 1
            before = number
            if is_apart and self._is_remark(texts, slots, written):
                self.remarks.append(number)
                continue
            is_apart = False
            carry_down(self.table, texts, below)
            key = [at(texts, column) for column in self.columns]
            if carries:
                for place, role in enumerate(self.roles):
                    if role in (Role.METRIC_KEY, Role.METRIC_NAME):
                        key[place] = carried[place] = key[place] or carried[place]
            yield number, tuple(key), row, texts

    def _is_remark(self, texts: list[str], slots: list[int], written: int) -> bool:
        """Whether a row after an empty one explains something: no number where values are due."""
        said = [text for column in slots if (text := at(texts, column))]
        readings = [read_number(text, self.table.number_format).kind for text in said]
        return "number" not in readings and (written <= 2 or (bool(said) and set(readings) == {"text"}))

    def period(self, texts: list[str], slot: Slot) -> str:
        """The text of the period a value is of."""
        return period_text(self.table, texts, slot)


def period_text(table: TableReading, texts: Sequence[str], slot: Slot) -> str:
    """The period of one value: of its column, of its row, put together from parts, or of the whole table."""
    if slot.period.startswith("part:"):
        return in_slot(slot.period, _year_text(table, texts))
    parts = table.all_of(Role.PERIOD_PART)
    if parts:
        return _composed(table, texts, parts, slot.period)
    if slot.period:
        return slot.period
    column = table.row_period
    return at(texts, column) if column is not None else table.period


def in_slot(slot: str, row: str) -> str:
    """A slot's period, with the row's year where the slot names only a part of one ("part:month-3")."""
    if row.startswith("part:"):
        return in_slot(row, slot) if slot and not slot.startswith("part:") else ""
    if not slot.startswith("part:"):
        return slot or row
    kind, _, number = slot.removeprefix("part:").partition("-")
    return with_year(row, (kind, int(number))) if row else ""


def _year_text(table: TableReading, texts: Sequence[str]) -> str:
    column = table.row_period
    if column is None:
        column = next((c for c in table.all_of(Role.PERIOD_PART) if part_kind(table.header(c)) == "year"), None)
    return at(texts, column) if column is not None else ""


def _fiscal(table: TableReading, year: str) -> str:
    """A plain year under a header that says "fiscal" is a fiscal year."""
    column = table.row_period
    if column is None or len(year) != 4 or not set(normal(table.header(column)).split()) & FISCAL:
        return year
    return f"FY{year}"


def _composed(table: TableReading, texts: Sequence[str], parts: list[int], year: str = "") -> str:
    """Month, quarter or week of the row with the year of the column or of the row."""
    year = year or _fiscal(table, _year_text(table, texts)) or table.period
    for column in parts:
        kind = part_kind(table.header(column))
        text = at(texts, column)
        if text and adds_up(text):
            return text
        part = part_of_year(text) if kind is None else numbered_part(text, kind) if kind != "year" else None
        if part is not None:
            if not year:
                return f"part:{part[0]}-{part[1]}"
            return _in_year(table, year, part, table.header(column))
    return year


def _in_year(table: TableReading, year: str, part: Part, header: str) -> str:
    """A part of a year as text; months of "2023/24" and fiscal months are counted from where that year begins."""
    kind, number = part
    first = int(year[:4]) if holds_pair(year) else None
    if kind == "month" and set(normal(header).split()) & FISCAL:
        named = year.upper().removeprefix("FY")
        begin = first if first is not None else int(named) - (table.pairs_start > 1) if named.isdigit() else None
        if begin is not None:
            months = table.pairs_start - 1 + number - 1
            return f"{begin + months // 12}-{months % 12 + 1:02d}"
    if first is None:
        return with_year(year, part)
    if kind == "month":
        return f"{first + (number < table.pairs_start)}-{number:02d}"
    letter = {"quarter": "Q", "half": "H"}.get(kind, "")
    return f"{letter}{number} {year}" if letter else with_year(year, part)


def key_columns(table: TableReading) -> tuple[tuple[int, ...], tuple[Role, ...]]:
    """The columns that say which metric, measure and member a row is of."""
    chosen = []
    for entry in table.columns:
        if entry.role not in KEYS:
            continue
        varies = len(table.profiles[entry.column].distinct) > 1
        if entry.role in (Role.UNIT, Role.TEAM) and not varies:
            continue
        chosen.append((entry.column, entry.role))
    return tuple(column for column, _ in chosen), tuple(role for _, role in chosen)


def is_simple(table: TableReading) -> bool:
    """Whether rows can be read straight from the delimited file: one period column, one value column."""
    if table.grid.kind != "delimited" or table.layout is None or table.layout.turned is not None or table.carries:
        return False
    usual = {Role.PERIOD, Role.VALUE, Role.NUMBER, Role.METRIC_KEY, Role.METRIC_NAME, Role.MEASURE, Role.UNIT,
             Role.DIMENSION, Role.TECHNICAL, Role.IGNORED}  # fmt: skip
    roles = {entry.role for entry in table.columns}
    return roles <= usual and len(table.slots) == 1 and table.row_period is not None and not table.slots[0].period


def scan(
    table: TableReading, progress: Callable[[int], None] | None = None, most_samples: int = SAMPLES_IN_ALL
) -> Scan:
    """Read the whole table once; raises TooManyMetricsError when its keys cannot be metrics.

    `progress` is called now and then with the number of rows read.
    """
    columns, roles = key_columns(table)
    found = Scan(columns, roles)
    if is_simple(table):
        _scan_delimited(table, found, progress, most_samples)
    else:
        _scan_rows(table, found, progress)
    kept = separate(table, found.shapes.values(), lambda: _dated_rows(table, found), SAMPLES)
    for key, (grain, samples) in kept.items():
        found.combinations[key].grain, found.combinations[key].samples = grain, samples
    return found


def _dated_rows(table: TableReading, found: Scan) -> Iterator[tuple[Key, str, list[str]]]:
    reader = RowReader(table, found.columns, found.roles)
    for _, key, row, texts in reader.rows():
        key = key if key in found.combinations else tuple(str(row[column]) for column in found.columns)
        if key in found.combinations:
            yield key, period_text(table, texts, Slot(-1)), [at(texts, slot.column) for slot in table.slots]


def _scan_delimited(
    table: TableReading, found: Scan, progress: Callable[[int], None] | None, most_samples: int
) -> None:
    """The fast pass; keys are kept as written, blanks included, so that streaming can look them up."""
    assert table.layout is not None
    assert table.row_period is not None
    first, period, value = table.layout.first_row, table.row_period, table.slots[0].column
    combinations, shapes = found.combinations, found.shapes
    pick = _picker(found.columns)
    known: dict[str, str] = {}  # the same few periods come again and again: keep each text once
    wanted, taken = SAMPLES, 0
    number = 0
    for number, row in enumerate(table.grid.raw_rows(), 1):
        if number < first:
            continue
        if not number % PROGRESS_ROWS and progress is not None:
            progress(number)
        try:
            key = pick(row)
            text = row[value]
        except IndexError:
            continue
        entry = combinations.get(key)
        if entry is None:
            if not text and sum(1 for cell in row if cell) <= 1:
                continue
            if table.is_header(row):
                continue
            entry = _new(found, key, number, 1)
        entry.rows += 1
        if text:
            entry.filled[0] += 1
            when = row[period]
            if (shape := when.translate(SHAPES)) not in shapes and len(shapes) < MOST_SHAPES:
                shapes[shape] = when.strip()
            if entry.filled[0] <= wanted:
                when = when.strip()
                entry.samples.append((known.setdefault(when, when), [text.strip()]))
                taken += 1
                if taken > most_samples:
                    wanted = FEW_SAMPLES
    found.rows = max(0, number - first + 1)


def _picker(columns: tuple[int, ...]) -> Callable[[list[str]], Key]:
    """A fast function from a row to its key."""
    if not columns:
        return lambda row: ()
    if len(columns) == 1:
        only = columns[0]
        return lambda row: (row[only],)
    return itemgetter(*columns)


def _new(found: Scan, key: Key, number: int, slots: int) -> Combination:
    if len(found.combinations) >= COMBINATIONS:
        raise TooManyMetricsError(
            f"More than {COMBINATIONS:,} different combinations of the columns that should name metrics. "
            "Choose in the mapping which columns name the metric and ignore the others."
        )
    entry = Combination(key, number, filled=[0] * slots)
    found.combinations[key] = entry
    return entry


def _scan_rows(table: TableReading, found: Scan, progress: Callable[[int], None] | None) -> None:
    reader = RowReader(table, found.columns, found.roles)
    describing = {role: column for role, column in describing_columns(table).items() if column not in found.columns}
    plain = {role: column for role, column in describing.items() if role not in JUDGES}
    judges = {role: column for role, column in describing.items() if role in JUDGES}
    dated = table.row_period is not None or bool(table.all_of(Role.PERIOD_PART))
    for number, key, row, texts in reader.rows():
        found.rows += 1
        if not found.rows % PROGRESS_ROWS and progress is not None:
            progress(found.rows)
        entry = found.combinations.get(key) or _new(found, key, number, len(table.slots))
        entry.rows += 1
        if entry.rows == 1 or not dated:
            _describe(entry, plain if dated else describing, row, texts, table, reader.section)
        if dated and judges:
            _judge(entry, judges, row, texts, table)
        values = [at(texts, slot.column) for slot in table.slots]
        for place, text in enumerate(values):
            entry.filled[place] += bool(text)
        if len(entry.samples) < SAMPLES:
            entry.percent += sum(slot.column < len(row) and is_percent(row[slot.column]) for slot in table.slots)
        when = period_text(table, texts, Slot(-1)) if dated else ""
        if when and (shape := when.translate(SHAPES)) not in found.shapes and len(found.shapes) < MOST_SHAPES:
            found.shapes[shape] = when
        if len(entry.samples) < SAMPLES and any(values):
            entry.samples.append((when, values))
    _note_remarks(table, reader.remarks)


def _note_remarks(table: TableReading, rows: list[int]) -> None:
    if rows:
        which = ", ".join(map(str, rows[:5])) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
        table.note("remarks", f"Below the table, rows without any value were left out as remarks: {which}.")


def _describe(
    entry: Combination, roles: dict[Role, int], row: Row, written: list[str], table: TableReading, section: str
) -> None:
    texts, numbers = row_facts(roles, row, table.number_format)
    for role, column in roles.items():
        if column in table.carries and at(written, column):
            texts.setdefault(role, written[column])
    if section:
        texts.setdefault(Role.THEME, section)
    for name, text in texts.items():
        entry.texts.setdefault(name, text)
    for name, value in numbers.items():
        entry.numbers.setdefault(name, value)


def _judge(entry: Combination, roles: dict[Role, int], row: Row, texts: list[str], table: TableReading) -> None:
    said, numbers = row_facts(roles, row, table.number_format)
    if "target_bound" in said:
        entry.texts.setdefault("target_bound", said["target_bound"])
    if numbers and (not entry.judged or entry.judged[-1][1] != numbers or len(entry.judged) < 500):
        entry.judged.append((period_text(table, texts, Slot(-1)), numbers))


def scenario_at(roles: tuple[Role, ...], key: Key) -> str:
    """The kind of number a row holds: "actual" unless its scenario column says otherwise."""
    for role, text in zip(roles, key, strict=True):
        if role is Role.SCENARIO and text:
            return scenario_of(text) or "other"
    return "actual"
