"""What kind of table a grid holds and where in it the values are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePath

from sextant.calc.numbers import NumberFormat, guess_number_format
from sextant.calc.periods import Calendar, guess_day_first
from sextant.exchange.understanding.cells import at, normal, row_texts, shown
from sextant.exchange.understanding.columns import ColumnRole, Profile, classify, first_of, of_role, profile_columns
from sextant.exchange.understanding.drafts import ImportNote, Offer
from sextant.exchange.understanding.headers import Heading, is_derived, read_heading
from sextant.exchange.understanding.layouts import Layout, find_layout
from sextant.exchange.understanding.mapping import TableMapping
from sextant.exchange.understanding.periods_across import resolve_years
from sextant.exchange.understanding.when import (
    PeriodReader,
    ambiguous_dates,
    are_year_pairs,
    looks_like_number,
)
from sextant.exchange.understanding.words import Role, header_roles, is_total, word_lists
from sextant.readers.grids import Cell, Grid, Row

SAMPLE_ROWS = 1_000
METRIC_WORDS = word_lists("members")["metric_words"]
PLAIN = NumberFormat()
_EITHER = re.compile(r"^[-+]?\d{1,3}[.,]\d{3}$")
LEAST_NUMBERS = 0.33
"""An undated table with a smaller share of number columns is a list of things (sites, people), not of values."""
DOCUMENTATION = frozenset({"readme", "license", "licence", "changelog", "contributing", "notice", "authors"})
_NUMERIC_TEXT = re.compile(r"^[^\dA-Za-z]{0,3}\d[\d.,'’ \u00a0\u202f]*[%€$£]?$")
SERIES = ("series_long", "series_wide_periods_across", "series_wide_metrics_across")
DESCRIBING = frozenset({Role.UNIT, Role.TARGET, Role.DIRECTION, Role.OWNER, Role.FREQUENCY, Role.DESCRIPTION,
                        Role.HOW_MEASURED, Role.BASELINE, Role.RED_FLAG, Role.AIM_YEAR, Role.TARGET_TEXT,
                        Role.AGGREGATION, Role.THEME, Role.TEAM, Role.SOURCE, Role.PARENT, Role.LOW,
                        Role.HIGH})  # fmt: skip


@dataclass(slots=True)
class Slot:
    """A column that holds numbers: for which period (""=see the row), of which kind, under which name."""

    column: int
    label: str = ""
    period: str = ""
    kind: str = "actual"
    unit: str = ""
    scale: float = 1.0


@dataclass(slots=True)
class TableReading:
    """How one grid was read. `role` is one of series_long, series_wide_periods_across,
    series_wide_metrics_across, metric_list, targets, labels, ignored (`reason` says why)."""

    grid: Grid
    role: str
    reason: str = ""
    layout: Layout | None = None
    columns: list[ColumnRole] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    number_format: NumberFormat = PLAIN
    format_is_open: bool = False
    """Whether nothing seen so far proves the number format."""
    day_first: bool | None = None
    year_pairs: bool = False
    period: str = ""
    sheet_means: str = ""
    is_block: bool = False
    """Whether it is one of several tables on its sheet; its title then names a group of metrics."""
    settings: TableMapping = field(default_factory=TableMapping)
    offers: list[Offer] = field(default_factory=list)
    notes: list[ImportNote] = field(default_factory=list)

    @property
    def is_series(self) -> bool:
        """Whether values can be read from it."""
        return self.role in SERIES

    @property
    def stem(self) -> str:
        """The file's name without folder and ending."""
        return PurePath(self.grid.file).stem

    @property
    def title(self) -> str:
        """What stands above the table, "" for nothing."""
        return next((text for text in (self.layout.titles if self.layout else []) if text), "")

    @property
    def row_period(self) -> int | None:
        """The column with the period of a row."""
        return first_of(self.columns, Role.PERIOD)

    def reader(self, calendar: Calendar) -> PeriodReader:
        """A reader of this table's periods."""
        return PeriodReader(calendar, self.day_first, self.year_pairs)

    def column(self, role: Role) -> int | None:
        """The first column with a role."""
        return first_of(self.columns, role)

    def all_of(self, role: Role) -> list[int]:
        """The columns with a role."""
        return of_role(self.columns, role)

    def header(self, column: int) -> str:
        """A column's header as one text."""
        return self.layout.header(column) if self.layout else ""

    def offer(self, kind: str, message: str, setting: str, **more: object) -> None:
        """Ask the person something about this table."""
        self.offers.append(Offer(kind, self.grid.file, message, setting, sheet=self.grid.name, **more))  # type: ignore[arg-type]

    def note(self, key: str, message: str) -> None:
        """Say something about this table."""
        self.notes.append(ImportNote(self.grid.file, key, message, self.grid.name))


def read_table(grid: Grid, settings: TableMapping, calendar: Calendar) -> TableReading:
    """Understand one grid on its own; what other files say about it comes later."""
    if settings.role == "ignored":
        return TableReading(grid, "ignored", "left out by the mapping", settings=settings)
    if PurePath(grid.file).stem.casefold().split(".")[0] in DOCUMENTATION and not settings.role:
        return TableReading(grid, "ignored", "documentation", settings=settings)
    if grid.kind == "document":
        return _document(grid, settings)
    layout = find_layout(grid, settings.header_row)
    if layout is None:
        return TableReading(grid, "ignored", "no table was found", settings=settings)
    sample = [row for _, row in islice(layout.rows(), SAMPLE_ROWS)]
    if not sample:
        return TableReading(grid, "ignored", "the table has no rows", layout, settings=settings)
    table = TableReading(grid, "ignored", "", layout, settings=settings)
    _read_number_format(table, sample)
    _read_day_order(table, sample)
    table.year_pairs = any(are_year_pairs(texts) for texts in _short_columns(sample, layout.width))
    periods = table.reader(calendar)
    headings = [read_heading(parts, periods) for parts in layout.headers]
    headers = [layout.header(column) for column in range(layout.width)]
    table.profiles = profile_columns(headers, headings, sample, table.number_format, periods)
    table.columns = classify(table.profiles, settings.columns)
    if not layout.header_rows:
        _name_by_first_text(table)
    _decide(table, headings, periods)
    return table


def _short_columns(sample: Sequence[Row], width: int) -> list[set[str]]:
    """The texts of columns that hold nothing longer than "2010/11"."""
    rows = [row_texts(row) for row in sample[:300]]
    columns = [{text for row in rows if (text := at(row, column))} for column in range(min(width, 60))]
    return [texts for texts in columns if texts and all(6 <= len(text) <= 7 for text in texts)]


def _name_by_first_text(table: TableReading) -> None:
    """In a table without a header the only column of texts names the metrics."""
    texts = table.all_of(Role.DIMENSION)
    if len(texts) == 1:
        table.columns[texts[0]] = replace(
            table.columns[texts[0]], role=Role.METRIC_NAME, evidence="the only column of texts"
        )


def _document(grid: Grid, settings: TableMapping) -> TableReading:
    if grid.record:
        return TableReading(grid, "metric_list", "a document with metadata", settings=settings)
    return TableReading(grid, "ignored", "a document without metadata", settings=settings)


def _read_number_format(table: TableReading, sample: Sequence[Row]) -> None:
    settings = table.settings
    if settings.decimal:
        thousands = settings.thousands or ("." if settings.decimal == "," else ",")
        table.number_format = NumberFormat(settings.decimal, thousands)
        return
    texts = [
        cell.strip() if isinstance(cell, str) else cell.text
        for row in sample
        for cell in row
        if isinstance(cell, str) or cell.kind == "text"
    ]
    decide_number_format(table, texts)


def decide_number_format(table: TableReading, texts: Sequence[str]) -> None:
    """The number format the texts prove; where "1,234" could be either, semicolons between columns decide."""
    numeric = [text for text in texts if _NUMERIC_TEXT.match(text)]
    table.number_format = guess_number_format(numeric)
    marked = [text for text in numeric if "," in text or "." in text]
    table.format_is_open = bool(marked) and all(_EITHER.match(text) for text in marked)
    if table.format_is_open and table.grid.delimiter == ";" and any("," in text for text in marked):
        table.number_format = NumberFormat(",", ".")


def offer_number_format(table: TableReading, example: str) -> None:
    """Say how numbers were read that could be read in two ways."""
    decimal = table.number_format.decimal
    table.offer(
        "number_format", f"“{example}” can be read with a decimal comma or with a comma between thousands.", "decimal",
        choices=(",", "."), chosen=decimal,
    )  # fmt: skip


def _read_day_order(table: TableReading, sample: Sequence[Row]) -> None:
    texts = [text for row in sample for cell in row if isinstance(cell, str) or cell.kind == "text"
             for text in [str(cell)] if text[:1].isdigit() and len(text) <= 20]  # fmt: skip
    decided = table.settings.day_first
    table.day_first = decided if decided is not None else guess_day_first(texts)
    slashed = [text for text in texts if "/" in text]
    if table.day_first is None and slashed and ambiguous_dates(slashed):
        table.day_first = True
        table.offer(
            "date_order", f"Dates such as {slashed[0]} can be read day first or month first.", "day_first",
            choices=("day first", "month first"), chosen="day first",
        )  # fmt: skip


def _decide(table: TableReading, headings: Sequence[Heading], periods: PeriodReader) -> None:
    """Find the value columns and with them the role of the table."""
    _name_by_description(table)
    across = _across(table, headings)
    has_period = table.row_period is not None or table.column(Role.PERIOD_PART) is not None
    if table.settings.role in ("metric_list", "labels", "targets"):
        table.role, table.reason = table.settings.role, "chosen"
    elif across:
        table.role, table.reason = "series_wide_periods_across", f"{len(across)} columns are periods"
        table.slots = across
        _name_by_rows(table)
        resolve_years(table, headings, periods)
    elif has_period:
        _decide_dated(table, periods)
    else:
        _decide_undated(table, periods)


def _name_by_description(table: TableReading) -> None:
    """ "KPI description" names the metrics when no other column does."""
    column = table.column(Role.DESCRIPTION)
    if names_metrics(table) or column is None:
        return
    if set(normal(table.header(column)).split()) & METRIC_WORDS:
        table.columns[column] = replace(
            table.columns[column], role=Role.METRIC_NAME, evidence="describes the metrics, which bear no other name"
        )


def _name_by_rows(table: TableReading) -> None:
    """Beside columns of periods, a first column of different texts under an unknown header names the metrics.

    Places, teams and the like are known by their header; rows with a total among them are parts of one whole.
    """
    texts = table.all_of(Role.DIMENSION)
    if names_metrics(table) or not texts:
        return
    first = table.profiles[texts[0]]
    known = header_roles(first.header).get(Role.DIMENSION, 0.0) > 0 or table.columns[texts[0]].evidence == "chosen"
    different = len(first.distinct) >= 0.95 * len(first.texts)
    if not known and different and not any(is_total(text) for text in first.distinct):
        table.columns[texts[0]] = replace(
            table.columns[texts[0]], role=Role.METRIC_NAME, evidence="a different text in every row"
        )


def _across(table: TableReading, headings: Sequence[Heading]) -> list[Slot]:
    """The columns of single periods; empty when the table has none."""
    usable = (Role.NUMBER, Role.VALUE, Role.TARGET, Role.RED_FLAG, Role.IGNORED)
    slots = []
    for entry, heading, profile in zip(table.columns, headings, table.profiles, strict=True):
        if not heading.has_period or entry.role not in usable:
            continue
        if not (profile.numbers >= 0.3 or profile.is_empty):
            continue
        kind = heading.scenario or "actual"
        if kind in ("actual", "target", "red_flag") and not is_derived(heading):
            slots.append(Slot(entry.column, heading.label, heading.period, kind, heading.unit))
    bare = [slot for slot in slots if headings[slot.column].is_bare_period]
    whole = [slot for slot in bare if slot.period]
    if len(whole) >= 2 or (len(bare) >= 2 and _year_beside(table)):
        return slots
    if table.row_period is not None:
        return []
    if len(bare) >= 2 or (len(slots) >= 2 and len({slot.label for slot in slots}) < len(slots)):
        return slots
    return slots if bare and names_metrics(table) else []


def _year_beside(table: TableReading) -> bool:
    """Whether the rows name the year that headers such as "Jan" lack."""
    column = table.row_period
    return column is not None and table.profiles[column].years >= 0.8


def _decide_dated(table: TableReading, periods: PeriodReader) -> None:
    _choose_period(table, periods)
    _set_bounds_aside(table)
    values = _value_columns(table)
    _promote_dimensions(table, values)
    _demote_dimensions(table)
    if not values:
        targets = table.column(Role.TARGET) is not None and names_metrics(table)
        table.role = "targets" if targets else "metric_list" if _describes(table) else "ignored"
        table.reason = "periods and targets" if targets else "no column of numbers was found beside the period"
        return
    table.slots = [_slot(table, column) for column in values]
    several = len(values) > 1
    table.role = "series_wide_metrics_across" if several else "series_long"
    table.reason = f"{len(values)} columns of numbers beside a period" if several else "a period and a value per row"


def _set_bounds_aside(table: TableReading) -> None:
    """Beside dated values "min" and "upper" are bounds of the observation; only "target min" is a target."""
    for place, entry in enumerate(table.columns):
        if entry.role in (Role.LOW, Role.HIGH) and Role.TARGET not in header_roles(entry.header):
            table.columns[place] = replace(entry, role=Role.IGNORED, evidence="bounds of the values, no targets")


_PROMOTABLE = frozenset({Role.IGNORED, Role.SOURCE, Role.THEME, Role.OWNER, Role.STATE, Role.AGGREGATION, Role.PARENT,
                         Role.DIRECTION, Role.FREQUENCY, Role.HOW_MEASURED, Role.TARGET_TEXT,
                         Role.QUALIFIER})  # fmt: skip
_SPLITTING = frozenset({Role.PERIOD, Role.PERIOD_PART, Role.METRIC_KEY, Role.METRIC_NAME, Role.MEASURE, Role.UNIT,
                        Role.SCENARIO, Role.TEAM, Role.DIMENSION, Role.TECHNICAL})  # fmt: skip


def _promote_dimensions(table: TableReading, values: Sequence[int]) -> None:
    """Columns that must be told apart, or rows of one period would repeat, are dimensions whatever they are called."""
    if table.layout is None or not values:
        return
    rows = [row_texts(row) for _, row in islice(table.layout.rows(), SAMPLE_ROWS)]
    split = [entry.column for entry in table.columns if entry.role in _SPLITTING]
    repeats = _repeats(rows, split)
    while repeats > 0:
        candidates = [
            (_repeats(rows, [*split, entry.column]), entry.column)
            for entry, profile in zip(table.columns, table.profiles, strict=True)
            if entry.role in _PROMOTABLE and entry.evidence != "chosen" and not profile.is_empty
            and not profile.is_number and profile.periods < 0.8
        ]  # fmt: skip
        left, best = min(candidates, default=(repeats, -1))
        if left > 0.5 * repeats:
            return
        table.columns[best] = replace(
            table.columns[best], role=Role.DIMENSION, evidence="without it rows of one period would repeat"
        )
        split.append(best)
        repeats = left


def _demote_dimensions(table: TableReading) -> None:
    """Where metric and period already tell rows apart, texts that change from row to row only comment on them."""
    if table.layout is None or not names_metrics(table):
        return
    rows = [row_texts(row) for _, row in islice(table.layout.rows(), SAMPLE_ROWS)]
    split = [entry.column for entry in table.columns if entry.role in _SPLITTING - {Role.DIMENSION, Role.TECHNICAL}]
    dims = [place for place, entry in enumerate(table.columns)
            if entry.role is Role.DIMENSION and len(table.profiles[place].distinct) > 1]  # fmt: skip
    repeats = _repeats(rows, split)
    if len(rows) < 4 or not dims:
        return
    for place in dims:
        left = _repeats(rows, [*split, place])
        if repeats > 0.02 * len(rows) and left <= 0.7 * repeats:
            split, repeats = [*split, place], left
        elif table.columns[place].evidence != "chosen" and _varies_within(rows, split, place):
            table.columns[place] = replace(
                table.columns[place], role=Role.IGNORED, evidence="rows are told apart without it"
            )


def _varies_within(rows: Sequence[Sequence[str]], split: Sequence[int], place: int) -> bool:
    """Whether a column changes where metric and members stay the same, so that it cannot be a member itself."""
    return _repeats(rows, split) <= 0.02 * len(rows)


def _repeats(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> int:
    return len(rows) - len({tuple(at(row, column) for column in columns) for row in rows})


def names_metrics(table: TableReading) -> bool:
    """Whether a column says which metric a row is of."""
    return table.column(Role.METRIC_NAME) is not None or table.column(Role.METRIC_KEY) is not None


def _describes(table: TableReading) -> bool:
    return names_metrics(table) and any(entry.role in DESCRIBING for entry in table.columns)


def _value_columns(table: TableReading) -> list[int]:
    """Named value columns, else every column of numbers that is nothing else."""
    if table.settings.value_column:
        wanted = normal(table.settings.value_column)
        chosen = [entry.column for entry in table.columns if normal(entry.header) == wanted]
        if chosen:
            return chosen
    named = table.all_of(Role.VALUE)
    numbers = table.all_of(Role.NUMBER)
    strong = [entry.column for entry in table.columns if entry.role is Role.VALUE and entry.confidence >= 1]
    if strong and len(strong) < len(named):
        numbers = sorted(numbers + [column for column in named if column not in strong])
        named = strong
    parts = table.all_of(Role.NUMERATOR) + table.all_of(Role.DENOMINATOR)
    if named and not table.settings.ratios:
        return named
    return named + numbers + parts


def _slot(table: TableReading, column: int) -> Slot:
    heading = table.profiles[column].heading
    label = heading.label or shown(table.header(column))
    role = table.columns[column].role
    return Slot(column, "" if role is Role.VALUE and len(table.all_of(Role.VALUE)) == 1 else label, unit=heading.unit)


def _decide_undated(table: TableReading, periods: PeriodReader) -> None:
    values = _value_columns(table)
    entities = table.all_of(Role.DIMENSION) + table.all_of(Role.TECHNICAL)
    described = _describes(table) or (
        table.column(Role.METRIC_KEY) is not None and table.column(Role.METRIC_NAME) is not None
    )
    named_value = bool(table.all_of(Role.VALUE))
    if described and not named_value:
        table.role, table.reason = "metric_list", "one row per metric"
        return
    is_wide = len(table.columns) > 1
    few = len(values) < LEAST_NUMBERS * len(table.columns) or (len(entities) >= 5 and len(values) < len(entities))
    if is_wide and few and not named_value and not names_metrics(table):
        table.role, table.reason = "labels", "a list of things rather than of numbers"
        return
    _demote_dimensions(table)
    if values and (names_metrics(table) or entities):
        table.slots = [_slot(table, column) for column in values]
        table.role = "series_long" if named_value and names_metrics(table) else "series_wide_metrics_across"
        table.reason = "numbers without a period column"
        _ask_period(table, periods)
        return
    texts = [entry for entry in table.columns if entry.role in (Role.DIMENSION, Role.METRIC_KEY, Role.METRIC_NAME)]
    if table.layout and table.layout.width == 2 and len(texts) >= 1:
        table.role, table.reason = "labels", "pairs of texts"
        return
    table.reason = "neither periods nor a list of metrics were recognised"


def _ask_period(table: TableReading, periods: PeriodReader) -> None:
    """The one period a table without a period column is about: chosen, or named above it, or asked for."""
    chosen = table.settings.period
    found = chosen or period_in(table.title, periods) or period_in(table.grid.name, periods) or period_in(
        table.stem.replace("_", " "), periods
    )  # fmt: skip
    table.period = found
    if chosen:
        return
    if found:
        table.offer("period", f"The table has no period column; its title or name says {found}.", "period",
                    chosen=found)  # fmt: skip
    else:
        table.offer(
            "period", "The table has no period column and nothing says which period its numbers are of.", "period",
            required=True,
        )  # fmt: skip


def period_in(text: str, periods: PeriodReader) -> str:
    """The first period named inside a text, "" for none."""
    tokens = text.replace("(", " ").replace(")", " ").replace(",", " ").split()
    for size in (5, 4, 3, 2, 1):
        for start in range(len(tokens) - size + 1):
            words = " ".join(tokens[start : start + size]).strip(" :;.-–")
            if not looks_like_number(words) and periods.read(words) is not None:
                return words
    return ""


def _choose_period(table: TableReading, periods: PeriodReader) -> None:
    """Of several period columns keep the finest that the others agree with; the others are set aside."""
    columns = table.all_of(Role.PERIOD)
    if len(columns) < 2 or table.layout is None:
        return
    rows = [row_texts(row) for _, row in islice(table.layout.rows(), 200)]
    best = min(columns, key=lambda column: (_rank(rows, column, periods), -table.columns[column].confidence, column))
    for column in columns:
        if column == best:
            continue
        agrees = _agree(rows, best, column, periods)
        evidence = "says the same as" if agrees else "another date than"
        role = Role.IGNORED
        table.columns[column] = replace(table.columns[column], role=role, evidence=f"{evidence} “{table.header(best)}”")
    table.note("period-column-chosen", f"“{table.header(best)}” is taken as the period, as the finest of "
               f"{len(columns)} period columns.")  # fmt: skip


def _rank(rows: Sequence[Sequence[str]], column: int, periods: PeriodReader) -> float:
    read = [period for row in rows if (period := periods.read(at(row, column)))]
    return sum(period.frequency.rank for period in read) / len(read) if read else 99.0


def _agree(rows: Sequence[Sequence[str]], fine: int, coarse: int, periods: PeriodReader) -> bool:
    pairs = [(periods.read(at(row, fine)), periods.read(at(row, coarse))) for row in rows]
    known = [(one, two) for one, two in pairs if one and two]
    inside = sum(two.start <= one.start and one.end <= two.end for one, two in known)
    return bool(known) and inside >= 0.9 * len(known)


def is_percent(cell: str | Cell) -> bool:
    """Whether a workbook shows the cell's number times one hundred."""
    return isinstance(cell, Cell) and cell.is_percent
