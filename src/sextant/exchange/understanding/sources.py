"""Sorting the tables of an import into lists of metrics, summaries, translations and series."""

from collections import defaultdict
from collections.abc import Sequence

from sextant.calc.periods import Calendar
from sextant.exchange.understanding.cells import at, identity, normal, row_texts
from sextant.exchange.understanding.facts import Facts
from sextant.exchange.understanding.joins import Catalogue
from sextant.exchange.understanding.metadata import document_facts, listed_facts, same_list
from sextant.exchange.understanding.names import is_period, without_period
from sextant.exchange.understanding.tables import DESCRIBING, METRIC_WORDS, TableReading, names_metrics
from sextant.exchange.understanding.when import PeriodReader
from sextant.exchange.understanding.words import Role

SUMMARY = "one row per metric, whose values are in other files"
SUMMARY_ROWS = 5_000
MOST_PARTS = 3
"""A summary has a few rows per metric at most: one per part of it."""


def read_metadata(tables: Sequence[TableReading], catalogue: Catalogue, calendar: Calendar) -> list[TableReading]:
    """Fill the catalogue from documents and lists; returns the summaries, which come last of all sources."""
    documents = [table for table in tables if table.grid.kind == "document" and table.role == "metric_list"]
    described = document_facts(documents, calendar)
    known = {facts.file for facts in described}
    for table in documents:
        if table.grid.file not in known:
            table.role, table.reason = "labels", "texts that describe no metric"
    for facts in described:
        catalogue.add(facts)
    lists = [table for table in tables if table.role == "metric_list" and table.grid.kind != "document"]
    for table in lists:
        if not _is_about_metrics(table, tables):
            table.role, table.reason = "labels", "a list of things that no other table measures"
    lists = [table for table in lists if table.role == "metric_list"]
    plain = [table for table in lists if not table.all_of(Role.VALUE)]
    taken = [(table.grid.file, described)] if described else []
    for table in sorted(plain, key=lambda entry: -_weight(entry)):
        _take(table, catalogue, calendar, taken)
    summaries = [table for table in lists if table not in plain]
    for table in tables:
        if table.is_series and is_summary(table, tables):
            table.role = "metric_list"
            table.reason = SUMMARY
            summaries.append(table)
    for table in summaries:
        _take(table, catalogue, calendar, taken)
    return [table for table in summaries if table.reason == SUMMARY]


def _is_about_metrics(table: TableReading, tables: Sequence[TableReading]) -> bool:
    """Whether a list of codes and names is one of metrics: it says so, describes them, or values refer to it."""
    if _weight(table) > 0 or table.settings.role:
        return True
    named = [table.header(column) for column in (*table.all_of(Role.METRIC_KEY), *table.all_of(Role.METRIC_NAME))]
    if any(set(normal(header).split()) & METRIC_WORDS for header in named):
        return True
    key = table.column(Role.METRIC_KEY)
    mine = {identity(text) for text in table.profiles[key].distinct} if key is not None else set()
    for other in tables:
        column = other.column(Role.METRIC_KEY) if other.is_series else None
        if column is not None and mine & {identity(text) for text in other.profiles[column].distinct}:
            return True
        if mine and other.is_series and identity(other.stem).split("-")[-1] in mine:
            return True
    return False


def _weight(table: TableReading) -> int:
    return sum(entry.role in DESCRIBING for entry in table.columns)


def _take(table: TableReading, catalogue: Catalogue, calendar: Calendar, taken: list[tuple[str, list[Facts]]]) -> None:
    facts = listed_facts(table, calendar)
    for file, before in taken:
        if same_list(before, facts) and _is_translation(before, facts, catalogue):
            _translate(table, facts, catalogue, file)
            return
    taken.append((table.grid.file, facts))
    for entry in facts:
        draft = catalogue.add(entry)
        draft.learn("name", entry.name, table.grid.file)


def _is_translation(before: Sequence[Facts], facts: Sequence[Facts], catalogue: Catalogue) -> bool:
    """Whether the names differ from those known already."""
    drafts = [(catalogue.find(entry.id), entry) for entry in facts]
    other = sum(draft is not None and normal(draft.name) != normal(entry.name) for draft, entry in drafts)
    return other >= 0.5 * len(facts)


def _translate(table: TableReading, facts: Sequence[Facts], catalogue: Catalogue, file: str) -> None:
    table.role, table.reason = "labels", f"the same metrics as {file} in other words"
    table.note("translation", f"{table.grid.file} lists the metrics of {file} with the same numbers in other words; "
               "its names are kept as translations.")  # fmt: skip
    for entry in facts:
        draft = catalogue.find(entry.id)
        if draft is not None:
            draft.translations[table.grid.file] = entry.name


def is_summary(table: TableReading, tables: Sequence[TableReading]) -> bool:
    """Whether a table holds one value per metric while files named after these metrics hold their series.

    A month's feed of many metrics looks the same but for those files, and is no summary.
    """
    key = table.column(Role.METRIC_KEY)
    if key is None or table.layout is None or table.settings.role or not _is_small(table):
        return False
    found = [identity(at(row_texts(row), key)) for _, row in table.layout.rows()]
    ids = {ident for ident in found if ident}
    if len(ids) < 2 or len(found) > MOST_PARTS * len(ids):
        return False
    stems = Catalogue()
    for ident in ids:
        stems.new(ident, ident)
    others = [other for other in tables if other is not table and other.is_series and not names_metrics(other)]
    covered = {draft.index for other in others if (draft := stems.in_text(other.stem)) is not None}
    return len(covered) >= max(2, 0.5 * len(ids))


def _is_small(table: TableReading) -> bool:
    return table.grid.rows_estimate is None or table.grid.rows_estimate <= SUMMARY_ROWS


def sheet_meanings(tables: Sequence[TableReading], periods: PeriodReader) -> dict[int, str]:
    """What the sheets of a workbook stand for where they repeat the same metrics: "team" or "period".

    Keys are `id` of the tables. Sheets that repeat nothing mean nothing.
    """
    by_file: dict[str, list[TableReading]] = defaultdict(list)
    for table in tables:
        if table.is_series and table.grid.name:
            by_file[table.grid.file].append(table)
    found: dict[int, str] = {}
    for group in by_file.values():
        names = {id(table): _metric_names(table) for table in group}
        for table in group:
            if table.settings.sheet_means:
                found[id(table)] = table.settings.sheet_means
                continue
            mine = names[id(table)]
            shared = any(
                len(mine & names[id(other)]) >= 0.5 * min(len(mine), len(names[id(other)]))
                for other in group
                if other.grid.name != table.grid.name and mine and names[id(other)]
            )
            if shared:
                found[id(table)] = "period" if _is_about_time(table, group, periods) else "team"
    return found


def _is_about_time(table: TableReading, group: Sequence[TableReading], periods: PeriodReader) -> bool:
    """Whether a sheet is named after a period, or differs from another only by it: "KPI 2023" and "KPI 2024"."""
    name = table.grid.name.strip()
    if is_period(name, periods):
        return True
    bare = normal(without_period(name, periods))
    others = {other.grid.name.strip() for other in group} - {name}
    return bare != normal(name) and any(normal(without_period(other, periods)) == bare for other in others)


def set_hidden_aside(tables: Sequence[TableReading]) -> None:
    """Hidden sheets that repeat the metrics of visible ones are copies; others are read, and said to be hidden."""
    for table in tables:
        if not table.grid.hidden or not table.is_series or table.settings.role:
            continue
        mine = _metric_names(table)
        shown = set().union(*(
            _metric_names(other) for other in tables
            if other.is_series and other.grid.file == table.grid.file and not other.grid.hidden
        ))  # fmt: skip
        if mine & shown:
            table.role, table.reason = "ignored", "a hidden sheet that repeats metrics of visible ones"
            table.offer("hidden_sheet", "This hidden sheet repeats metrics of visible sheets and is left out.", "role",
                        choices=("ignored", "series_long"), chosen="ignored")  # fmt: skip
        else:
            table.note("hidden-sheet", "This sheet is hidden in the workbook; it was read all the same.")


def _metric_names(table: TableReading) -> set[str]:
    column = table.column(Role.METRIC_NAME)
    if column is None:
        column = table.column(Role.METRIC_KEY)
    if column is not None:
        return {normal(text) for text in table.profiles[column].distinct}
    return {normal(slot.label) for slot in table.slots if slot.label}
