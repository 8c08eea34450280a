"""Opens one grid as a table: header, number format, order of dates, columns, role."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import PurePath

from sextant.calc.numbers import NumberFormat, guess_number_format
from sextant.calc.periods import Calendar, guess_day_first
from sextant.exchange.understanding.cells import at, filled, normal, row_texts
from sextant.exchange.understanding.columns import adds_up, classify, profile_columns
from sextant.exchange.understanding.deciding import decide
from sextant.exchange.understanding.headers import read_heading
from sextant.exchange.understanding.labels import tidy_labels
from sextant.exchange.understanding.layouts import Layout, find_layout, merged_once
from sextant.exchange.understanding.mapping import TableMapping
from sextant.exchange.understanding.refining import offer_unused, refine, unused_numbers
from sextant.exchange.understanding.reshaping import SERIAL_DATES
from sextant.exchange.understanding.tables import (
    SAMPLE_ROWS,
    TableReading,
)
from sextant.exchange.understanding.when import (
    ambiguous_dates,
    are_year_pairs,
    holds_pair,
    is_year,
    looks_like_number,
    pair_in,
    part_of_year,
)
from sextant.exchange.understanding.words import Role, word_lists
from sextant.readers.grids import Grid, Row

_EITHER = re.compile(r"^[-+]?[1-9]\d{0,2}[.,]\d{3}$")
MOSTLY_WRITTEN = 0.8
NARROW = 2
SHORT = 8
SLASHED = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d\b")
FISCAL_YEAR = re.compile(r"\bFY ?(?:20)?\d\d\b|\bfiscal (?:year|month|quarter)\b", re.IGNORECASE)
FOURTH = re.compile(r"(?:19|20)\d\d[ -]?T4|T4[ -]?(?:19|20)\d\d")
PAIR = 2
PAIR_ROWS, PAIR_TEXT = 100, 40
FISCAL_START, SCHOOL_START = 4, 9
MONTHS_SPOKEN = {FISCAL_START: "April", SCHOOL_START: "September"}
SCHOOL = frozenset({"academic", "school", "schools", "pupils", "schuljahr", "scolaire", "escolar", "scolastico"})
DOCUMENT_SHEETS = word_lists("members")["document_sheets"]
RUNNING = frozenset({"table", "sheet", "tab", "no", "nr", "number", "note", "page", "worksheet", "tabelle", "blatt"})
DOCUMENTATION = frozenset({"readme", "license", "licence", "changelog", "contributing", "notice", "authors"})
_NUMERIC_TEXT = re.compile(r"^[^\dA-Za-z]{0,3}\d[\d.,'’ \u00a0\u202f]*[%€$£]?$")


def read_table(
    grid: Grid, settings: TableMapping, calendar: Calendar, is_calendar_chosen: bool = False
) -> TableReading:
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
    again = [parts[-1] for parts in layout.headers]
    sample = [row for _, row in islice(layout.rows(), SAMPLE_ROWS) if row_texts(row) != again[: len(row)]]
    if layout.width > NARROW:
        sample = [row for row in sample if filled(merged_once(row)) > 1] or sample  # headings of groups and remarks
    if not sample:
        return TableReading(grid, "ignored", "the table has no rows", layout, settings=settings)
    table = TableReading(grid, "ignored", "", layout, settings=settings)
    for note in grid.notes:
        if note.key == SERIAL_DATES:
            table.note(note.key, note.message)
    _read_number_format(table, sample)
    _read_day_order(table, sample)
    table.year_pairs = any(are_year_pairs(texts) for texts in _short_columns(sample, layout.width))
    table.pairs_start = calendar.year_start_month
    if calendar.year_start_month == 1 and not is_calendar_chosen:
        _settle_year_start(table, sample)
    table.t_means_quarter = _counts_to_four(sample, layout)
    periods = table.reader(calendar)
    _name_first_columns(layout, sample)
    headings = [read_heading(parts, periods) for parts in layout.headers]
    headers = [layout.header(column) for column in range(layout.width)]
    table.profiles = profile_columns(headers, headings, sample, table.number_format, periods)
    table.columns = classify(table.profiles, settings.columns)
    if not layout.header_rows:
        _name_by_first_text(table)
    refine(table)
    decide(table, headings, periods)
    _set_contents_aside(table)
    _read_values_format(table, sample)
    tidy_labels(table)
    table.carries = _carried(table, row_texts(sample[0]))
    table.settle()
    if table.is_series:
        _note_totals(table)
        offer_unused(table, unused_numbers(table))
    return table


def _set_contents_aside(table: TableReading) -> None:
    """Lists of tables, notes and covers hold no values, even where they are numbered."""
    if not table.is_series or table.row_period is not None or table.settings.role or table.settings.period:
        return
    numbered = all(normal(table.header(slot.column)) in RUNNING for slot in table.slots)
    dated = any(slot.period for slot in table.slots) or bool(table.all_of(Role.PERIOD_PART))
    if not dated and (numbered or normal(table.grid.name) in DOCUMENT_SHEETS):
        table.role, table.reason = "ignored", "a list of contents or notes, no values"
        table.slots, table.offers = [], []


def _note_totals(table: TableReading) -> None:
    """Say that rows such as "Total" among periods are left out."""
    column = table.row_period
    totals = sorted(text for text in table.profiles[column].distinct if adds_up(text)) if column is not None else []
    if totals and column is not None:
        names = ", ".join(f"“{text}”" for text in totals)
        table.note("total-rows", f"{names} under “{table.header(column)}” adds up other rows and is not taken.")


def _carried(table: TableReading, first: Sequence[str]) -> tuple[int, ...]:
    """Columns of names, groups or years that are written in the first row of each group only."""
    usual = {Role.METRIC_KEY, Role.METRIC_NAME, Role.TEAM, Role.THEME}
    if table.column(Role.PERIOD_PART) is not None:
        usual |= {Role.PERIOD, Role.PERIOD_PART}
    return tuple(
        entry.column
        for entry, profile in zip(table.columns, table.profiles, strict=True)
        if entry.role in usual and at(first, entry.column) and len(profile.texts) <= MOSTLY_WRITTEN * profile.rows
    )


def _name_first_columns(layout: Layout, sample: Sequence[Row]) -> None:
    """Nameless columns before the first header: years and parts of years are named so, others by their number."""
    rows = [row_texts(row) for row in sample]
    for column in range(layout.width):
        if layout.header(column):
            return
        texts = {text for row in rows if (text := at(row, column))}
        if layout.turned is not None and not any(map(looks_like_number, texts)):
            layout.headers[column] = ("name",)
            return
        parts = {part[0] for text in texts if (part := part_of_year(text))}
        if texts and all(map(is_year, texts)):
            layout.headers[column] = ("year",)
        elif texts and len(parts) == 1 and all(part_of_year(text) for text in texts):
            layout.headers[column] = (parts.pop(),)
        elif texts:
            layout.headers[column] = (f"column {column + 1}",)


def _settle_year_start(table: TableReading, sample: Sequence[Row]) -> None:
    """Years such as "2018/19" do not begin in January; in which month they do is assumed, said and asked."""
    assert table.layout is not None
    headers = [text for parts in table.layout.headers for text in parts]
    above = [*headers, *table.layout.titles, table.grid.name, table.stem]
    cells = (text for row in sample[:PAIR_ROWS] for text in row_texts(row))
    example = next((text for text in chain(above, cells) if len(text) <= PAIR_TEXT and holds_pair(text)), "")
    if not example and table.year_pairs:
        example = next((text for row in sample for text in row_texts(row) if are_year_pairs({text})), "")
    if not example:
        _ask_fiscal_start(table, above, sample)
        return
    words = {word for text in above for word in normal(text).split()}
    words |= {word for row in sample[:PAIR] for text in row_texts(row) for word in normal(text).split()}
    table.pairs_start = SCHOOL_START if words & SCHOOL else FISCAL_START
    table.offer(
        "year_start", f"Years such as “{pair_in(example)}” are taken to begin in "
        f"{MONTHS_SPOKEN[table.pairs_start]}; say “year_start_month” if they begin in another month.",
        "year_start_month", choices=("4", "7", "9", "10", "1"), chosen=str(table.pairs_start),
    )  # fmt: skip


def _ask_fiscal_start(table: TableReading, above: Sequence[str], sample: Sequence[Row]) -> None:
    """Fiscal years written with one number are taken as calendar years until somebody says when they begin."""
    cells = (text for row in sample[:PAIR_ROWS] for text in row_texts(row))
    fiscal = next((text for text in chain(above, cells) if len(text) <= PAIR_TEXT and FISCAL_YEAR.search(text)), "")
    if fiscal:
        table.offer(
            "year_start", f"“{fiscal}” is taken as a year from January to December; say “year_start_month” if fiscal "
            "years begin in another month.", "year_start_month", choices=("1", "4", "7", "9", "10"), chosen="1",
        )  # fmt: skip


def _counts_to_four(sample: Sequence[Row], layout: Layout) -> bool:
    """Whether "2024T1" to "2024T4" are quarters: thirds of a year end at three."""
    cells = (text for row in sample for text in row_texts(row) if len(text) <= SHORT)
    headers = (text for parts in layout.headers for text in parts)
    return any(FOURTH.fullmatch(text) for text in chain(headers, cells))


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


def _read_values_format(table: TableReading, sample: Sequence[Row]) -> None:
    """Once the columns of values are known, what they hold decides, and not what codes and dates look like."""
    if table.settings.decimal or not table.slots:
        return
    columns = [slot.column for slot in table.slots]
    cells = [row[column] for row in sample for column in columns if column < len(row)]
    texts = [cell.strip() if isinstance(cell, str) else cell.text for cell in cells
             if isinstance(cell, str) or cell.kind == "text"]  # fmt: skip
    if any("," in text or "." in text for text in texts if _NUMERIC_TEXT.match(text)):
        decide_number_format(table, texts)


def decide_number_format(table: TableReading, texts: Sequence[str]) -> None:
    """The number format the texts prove; where "1,234" could be either, semicolons between columns decide."""
    numeric = [text for text in texts if _NUMERIC_TEXT.match(text) and _grouped(text)]
    table.number_format = guess_number_format(numeric)
    marked = [text for text in numeric if "," in text or "." in text]
    table.format_is_open = bool(marked) and all(_EITHER.match(text) for text in marked)
    if table.format_is_open and table.grid.delimiter == ";":
        table.number_format = NumberFormat(",", ".")  # semicolons part columns where commas part decimals


def _grouped(text: str) -> bool:
    """Whether a separator that occurs twice groups digits by three, as "1.2.1" and "31.12.2024" do not."""
    for mark in ",.":
        parts = text.split(mark)
        if len(parts) > 2 and not all(len("".join(filter(str.isdigit, part))) == 3 for part in parts[1:-1]):
            return False
    return True


def offer_number_format(table: TableReading, example: str) -> None:
    """Say how numbers were read that could be read in two ways."""
    decimal, mark = table.number_format.decimal, "comma" if "," in example else "point"
    table.offer(
        "number_format", f"“{example}” can be read with a decimal {mark} or with a {mark} between thousands.",
        "decimal", choices=(",", "."), chosen=decimal,
    )  # fmt: skip


def _read_day_order(table: TableReading, sample: Sequence[Row]) -> None:
    texts = [text for row in sample for cell in row if isinstance(cell, str) or cell.kind == "text"
             for text in [str(cell)] if text[:1].isdigit() and len(text) <= 20]  # fmt: skip
    headers = table.layout.headers if table.layout else []
    texts += [match[0] for parts in headers for text in parts for match in SLASHED.finditer(text)]
    decided = table.settings.day_first
    table.day_first = decided if decided is not None else guess_day_first(texts)
    slashed = [text for text in texts if "/" in text]
    if table.day_first is None and slashed and ambiguous_dates(slashed):
        table.day_first = True
        table.offer(
            "date_order", f"Dates such as {slashed[0]} can be read day first or month first.", "day_first",
            choices=("day first", "month first"), chosen="day first",
        )  # fmt: skip
