"""Which columns hold the values, and with that which kind of table it is."""

from collections.abc import Sequence
from dataclasses import replace

from sextant.exchange.understanding.cells import normal, shown
from sextant.exchange.understanding.headers import Heading, is_derived
from sextant.exchange.understanding.periods_across import resolve_years, year_column, year_of
from sextant.exchange.understanding.refining import FLAGS, PAIRED, kind_and_name
from sextant.exchange.understanding.tables import DESCRIBING, METRIC_WORDS, Slot, TableReading, names_metrics, period_in
from sextant.exchange.understanding.telling_apart import (
    choose_period,
    demote_dimensions,
    promote_dimensions,
    set_row_labels_aside,
)
from sextant.exchange.understanding.when import (
    PeriodReader,
)
from sextant.exchange.understanding.words import Role, header_roles, is_total

LEAST_NUMBERS = 0.33
"""An undated table with a smaller share of number columns is a list of things (sites, people), not of values."""


def decide(table: TableReading, headings: Sequence[Heading], periods: PeriodReader) -> None:
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
        demote_dimensions(table, tolerated=0.0)
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
            flag = entry.column + 1 if _is_flag(table, entry.column + 1) else None
            slots.append(Slot(entry.column, heading.label, heading.period, kind, heading.unit, flag=flag))
    bare = [slot for slot in slots if headings[slot.column].is_bare_period]
    whole = [slot for slot in bare if slot.period]
    if len(whole) >= 2 or (len(bare) >= 2 and _year_beside(table)):
        return slots
    if table.row_period is not None:
        return []
    if len(bare) >= 2 or (len(slots) >= 2 and len({slot.label for slot in slots}) < len(slots)):
        return slots
    return slots if bare and names_metrics(table) else []


def _is_flag(table: TableReading, column: int) -> bool:
    return column < len(table.columns) and table.columns[column].evidence == FLAGS


def _year_beside(table: TableReading) -> bool:
    """Whether the rows name the year that headers such as "Jan" lack."""
    column = table.row_period
    return column is not None and table.profiles[column].years >= 0.8


def _decide_dated(table: TableReading, periods: PeriodReader) -> None:
    choose_period(table, periods)
    _set_bounds_aside(table)
    values = _value_columns(table)
    promote_dimensions(table, values)
    set_row_labels_aside(table)
    demote_dimensions(table)
    if not values:
        targets = table.column(Role.TARGET) is not None and names_metrics(table)
        table.role = "targets" if targets else "metric_list" if _describes(table) else "ignored"
        table.reason = "periods and targets" if targets else "no column of numbers was found beside the period"
        return
    table.slots = [_slot(table, column) for column in values]
    table.slots += _judging_slots(table)
    if table.row_period is None and year_column(table) is None:
        table.period = year_of(table)
    several = len(values) > 1
    table.role = "series_wide_metrics_across" if several else "series_long"
    table.reason = f"{len(values)} columns of numbers beside a period" if several else "a period and a value per row"


def _judging_slots(table: TableReading) -> list[Slot]:
    """Columns of targets that stand beside their own column of values."""
    paired = [entry for entry in table.columns if entry.evidence == PAIRED]
    if not paired:
        return []
    named = {kind_and_name(table.profiles[slot.column])[1]: slot for slot in reversed(table.slots)}
    slots = []
    for entry in paired:
        kind, name = kind_and_name(table.profiles[entry.column])
        if name in named:
            slots.append(Slot(entry.column, named[name].label, kind=kind))
    return slots


def _set_bounds_aside(table: TableReading) -> None:
    """Beside dated values "min" and "upper" are bounds of the observation; only "target min" is a target."""
    for place, entry in enumerate(table.columns):
        if entry.role in (Role.LOW, Role.HIGH) and Role.TARGET not in header_roles(entry.header):
            table.columns[place] = replace(entry, role=Role.IGNORED, evidence="bounds of the values, no targets")


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
    demote_dimensions(table)
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
    titled = (found for text in table.layout.titles if (found := period_in(text, periods))) if table.layout else ()
    found = chosen or next(iter(titled), "") or period_in(table.grid.name, periods) or period_in(
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
