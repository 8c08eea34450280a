"""Which columns are needed to tell rows apart, and which period column to go by."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from sextant.calc.periods import Frequency
from sextant.exchange.understanding.cells import at, row_texts
from sextant.exchange.understanding.refining import looks_like_code
from sextant.exchange.understanding.tables import SAMPLE_ROWS, TableReading, names_metrics
from sextant.exchange.understanding.when import (
    PeriodReader,
    part_kind,
)
from sextant.exchange.understanding.words import Role

LEAST_ROWS = 4
GROWTH = 1.1
"""By how much a column must split the rows further to count as needed."""
YES_NO = frozenset({
    "yes", "no", "y", "n", "true", "false", "ja", "nein", "oui", "non", "si", "sí", "nee", "sim", "não",
})  # fmt: skip
_PROMOTABLE = frozenset({Role.IGNORED, Role.SOURCE, Role.THEME, Role.OWNER, Role.STATE, Role.AGGREGATION, Role.PARENT,
                         Role.DIRECTION, Role.FREQUENCY, Role.HOW_MEASURED, Role.TARGET_TEXT,
                         Role.QUALIFIER})  # fmt: skip
_SPLITTING = frozenset({Role.PERIOD, Role.PERIOD_PART, Role.METRIC_KEY, Role.METRIC_NAME, Role.MEASURE, Role.UNIT,
                        Role.SCENARIO, Role.TEAM, Role.DIMENSION, Role.TECHNICAL})  # fmt: skip


def promote_dimensions(table: TableReading, values: Sequence[int]) -> None:
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


def demote_dimensions(table: TableReading, tolerated: float = 0.02) -> None:
    """Where metric and period already tell rows apart, texts that change from row to row only comment on them."""
    if table.layout is None or not names_metrics(table):
        return
    rows = [row_texts(row) for _, row in islice(table.layout.rows(), SAMPLE_ROWS)]
    split = [entry.column for entry in table.columns if entry.role in _SPLITTING - {Role.DIMENSION, Role.TECHNICAL}]
    dims = [place for place, entry in enumerate(table.columns)
            if entry.role is Role.DIMENSION and _changes(table, place)]  # fmt: skip
    if len(rows) < LEAST_ROWS or not dims:
        return
    names_first = sorted(dims, key=lambda place: looks_like_code(table.profiles[place].distinct))
    needed = _needed(rows, split, names_first, tolerated * len(rows))
    if needed is None:
        return
    for place in dims:
        if place not in needed and table.columns[place].evidence != "chosen":
            table.columns[place] = replace(
                table.columns[place], role=Role.IGNORED, evidence="rows are told apart without it"
            )


def _changes(table: TableReading, place: int) -> bool:
    profile = table.profiles[place]
    return len(profile.distinct) > 1 or 0 < len(profile.texts) < profile.rows


def set_row_labels_aside(table: TableReading) -> None:
    """Where every row has a period of its own, a text that is different in every row only names that period."""
    if table.layout is None or names_metrics(table):
        return
    rows = [row_texts(row) for _, row in islice(table.layout.rows(), SAMPLE_ROWS)]
    dates = [*table.all_of(Role.PERIOD), *table.all_of(Role.PERIOD_PART)]
    if len(rows) < 2 or _repeats(rows, dates):
        return
    for place, entry in enumerate(table.columns):
        profile = table.profiles[place]
        if (
            entry.role is Role.DIMENSION
            and entry.evidence != "chosen"
            and (len(profile.distinct) == profile.rows > 1 or {text.casefold() for text in profile.distinct} <= YES_NO)
        ):
            table.columns[place] = replace(entry, role=Role.IGNORED, evidence="names the period of each row")


def _needed(rows: Sequence[Sequence[str]], split: Sequence[int], dims: Sequence[int], few: float) -> list[int] | None:
    """The columns, first to last, without which rows of one metric and period would repeat; None when they do anyway.

    Codes come after names, so that a series' number does not stand in for its region and sex.
    """
    chosen: list[int] = []
    repeats = _repeats(rows, split)
    for place in dims:
        if repeats <= few:
            break
        left = _repeats(rows, [*split, *chosen, place])
        if len(rows) - left >= GROWTH * (len(rows) - repeats):
            chosen, repeats = [*chosen, place], left
    if repeats > few:
        return None
    for place in list(chosen):
        others = [other for other in chosen if other != place]
        if _repeats(rows, [*split, *others]) <= few:
            chosen = others
    return chosen


def _repeats(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> int:
    return len(rows) - len({tuple(at(row, column) for column in columns) for row in rows})


def choose_period(table: TableReading, periods: PeriodReader) -> None:
    """Of several period columns keep the finest that the others agree with; the others are set aside."""
    _settle_parts(table, periods)
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


def _settle_parts(table: TableReading, periods: PeriodReader) -> None:
    """Beside year and month a whole date says the same, or says it more finely; one of the two is enough."""
    parts, dates = table.all_of(Role.PERIOD_PART), table.all_of(Role.PERIOD)
    rows = [row_texts(row) for _, row in islice(table.layout.rows(), 200)] if table.layout else []
    years = [column for column in dates if _rank(rows, column, periods) == Frequency.YEAR.rank]
    whole = [column for column in dates if column not in years]
    if not parts or not whole:
        return
    has_year = years or any(part_kind(table.header(column)) == "year" for column in parts)
    is_fine = min(_rank(rows, column, periods) for column in whole) < Frequency.WEEK.rank
    for column in whole if has_year and not is_fine else [*parts, *years]:
        said = "other columns of the row say when it is"
        table.columns[column] = replace(table.columns[column], role=Role.IGNORED, evidence=said)


def _rank(rows: Sequence[Sequence[str]], column: int, periods: PeriodReader) -> float:
    read = [period for row in rows if (period := periods.read(at(row, column)))]
    return sum(period.frequency.rank for period in read) / len(read) if read else 99.0


def _agree(rows: Sequence[Sequence[str]], fine: int, coarse: int, periods: PeriodReader) -> bool:
    pairs = [(periods.read(at(row, fine)), periods.read(at(row, coarse))) for row in rows]
    known = [(one, two) for one, two in pairs if one and two]
    inside = sum(two.start <= one.start and one.end <= two.end for one, two in known)
    return bool(known) and inside >= 0.9 * len(known)
