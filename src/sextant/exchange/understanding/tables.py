"""A grid as a table: what kind it is, what its columns are for, where its values are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from sextant.calc.numbers import NumberFormat
from sextant.calc.periods import Calendar
from sextant.exchange.understanding.columns import ColumnRole, Profile, first_of, of_role
from sextant.exchange.understanding.drafts import ImportNote, Offer
from sextant.exchange.understanding.layouts import Layout
from sextant.exchange.understanding.mapping import TableMapping
from sextant.exchange.understanding.when import (
    PeriodReader,
    looks_like_number,
)
from sextant.exchange.understanding.words import Role, word_lists
from sextant.readers.grids import Cell, Grid

SAMPLE_ROWS = 1_000
METRIC_WORDS = word_lists("members")["metric_words"]
PLAIN = NumberFormat()
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
    flag: int | None = None
    """The column with a mark of each value."""


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
    t_means_quarter: bool = False
    """Whether "2024T1" is a quarter, as in French and Spanish, and not a third of the year."""
    pairs_start: int = 1
    """The month in which years such as "2018/19" begin."""
    carries: tuple[int, ...] = ()
    """Columns whose text is written once and holds for the empty cells below it."""
    period: str = ""
    sheet_means: str = ""
    is_block: bool = False
    """Whether it is one of several tables on its sheet; its title then names a group of metrics."""
    settings: TableMapping = field(default_factory=TableMapping)
    by_role: dict[Role, list[int]] = field(default_factory=dict)
    """Columns per role, once they are settled."""
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
        return self.column(Role.PERIOD)

    def reader(self, calendar: Calendar) -> PeriodReader:
        """A reader of this table's periods."""
        reader = PeriodReader(calendar, self.day_first, self.year_pairs, self.pairs_start)
        reader.t_means_quarter = self.t_means_quarter
        reader.bare_dates_are_midnight = self.grid.kind == "sheet"
        return reader

    def column(self, role: Role) -> int | None:
        """The first column with a role."""
        if self.by_role:
            return self.by_role[role][0] if role in self.by_role else None
        return first_of(self.columns, role)

    def all_of(self, role: Role) -> list[int]:
        """The columns with a role."""
        return self.by_role.get(role, []) if self.by_role else of_role(self.columns, role)

    def settle(self) -> None:
        """Remember where each role is, after the last change of a role."""
        self.by_role = {}
        for entry in self.columns:
            self.by_role.setdefault(entry.role, []).append(entry.column)

    def header(self, column: int) -> str:
        """A column's header as one text."""
        return self.layout.header(column) if self.layout else ""

    def is_header(self, row: Sequence[str]) -> bool:
        """Whether a row is the header once more, as where exports were put together."""
        headers = [parts[-1] for parts in self.layout.headers] if self.layout else []
        return len(row) > 1 and [text.strip() for text in row] == headers[: len(row)]

    def offer(self, kind: str, message: str, setting: str, **more: object) -> None:
        """Ask the person something about this table."""
        self.offers.append(Offer(kind, self.grid.file, message, setting, sheet=self.grid.name, **more))  # type: ignore[arg-type]

    def note(self, key: str, message: str) -> None:
        """Say something about this table."""
        self.notes.append(ImportNote(self.grid.file, key, message, self.grid.name))


def carry_down(table: TableReading, texts: list[str], carried: dict[int, str]) -> None:
    """Fill the empty cells of a row from the rows above, where a text is written once per group."""
    for column in table.carries:
        if column < len(texts):
            texts[column] = carried[column] = texts[column] or carried.get(column, "")


def names_metrics(table: TableReading) -> bool:
    """Whether a column says which metric a row is of."""
    return table.column(Role.METRIC_NAME) is not None or table.column(Role.METRIC_KEY) is not None


def period_in(text: str, periods: PeriodReader) -> str:
    """The first period named inside a text, "" for none."""
    tokens = text.replace("(", " ").replace(")", " ").replace(",", " ").split()
    for size in (5, 4, 3, 2, 1):
        for start in range(len(tokens) - size + 1):
            words = " ".join(tokens[start : start + size]).strip(" :;.-–")
            if not looks_like_number(words) and periods.read(words) is not None:
                return words
    return ""


def is_percent(cell: str | Cell) -> bool:
    """Whether a workbook shows the cell's number times one hundred."""
    return isinstance(cell, Cell) and cell.is_percent
