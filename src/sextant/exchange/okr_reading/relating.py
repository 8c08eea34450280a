"""Several tables into one document: what kind each is, and how their rows point at each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sextant.exchange.okr_reading.columns import Table
from sextant.exchange.okr_reading.document import OkrDocument
from sextant.exchange.okr_reading.figures import settle_figures
from sextant.exchange.okr_reading.objectives import ObjectiveRows, team_names
from sextant.exchange.okr_reading.records import KeyResultRows
from sextant.exchange.okr_reading.sheets import read_flat, read_typed
from sextant.exchange.okr_reading.words import type_of

FIT = 0.9
FIGURES = ("start", "target", "current", "progress", "score")
TOLD = frozenset({"damaged-characters", "short-row", "long-row"})
_OKR_NAME = re.compile(r"\bokrs?\b|objective|\bgoals?\b|\baims?\b|commitment|ziele|key.?result", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Relation:
    """The cells of `child` (a column of key results) are the ids, or titles, of `parent`'s objectives."""

    child: Table
    column: int
    parent: Table
    id_column: int


def kind_of_table(table: Table) -> str:
    """ "typed", "flat", "key_results", "objectives" or ""."""
    if table.has("type") and _has_both_types(table):
        return "typed"
    figures = sum(table.has(role) for role in FIGURES)
    plainly = table.strength.get("key_result", 0.0) >= 0.7
    if table.has("objective", "key_result") and plainly and table.strength.get("objective", 0.0) >= 0.7:
        return "flat"
    if table.has("goal", "key_result") and plainly:
        return "flat"
    if figures >= 2 and any(table.has(role) for role in ("key_result", "indicator", "name", "description")):
        return "key_results"
    if table.has("key_result") and plainly:
        return "key_results"
    if any(table.has(role) for role in ("objective", "goal", "name")):
        return "objectives"
    return ""


def _has_both_types(table: Table) -> bool:
    kinds = {type_of(text) for text in table.column(table.roles["type"][0])}
    return "key_result" in kinds and bool(kinds & {"objective", "goal"})


def relations(tables: Sequence[Table]) -> list[Relation]:
    """For each table of key results the list of objectives that its rows point at, the best fitting one."""
    found = []
    for child in tables:
        if kind_of_table(child) != "key_results":
            continue
        best: tuple[float, Relation] | None = None
        for parent in tables:
            if parent is child or kind_of_table(parent) != "objectives":
                continue
            for relation, fit in _fits(child, parent):
                if best is None or fit > best[0]:
                    best = (fit, relation)
        if best is not None:
            found.append(best[1])
    return found


def _fits(child: Table, parent: Table) -> list[tuple[Relation, float]]:
    """Pairs of columns where the child's cells are unique cells of the parent; ids before titles."""
    fits = []
    own = parent.id_column()
    children = [[text for text in child.column(column) if text] for column in range(len(child.headers))]
    for id_column in range(len(parent.headers)):
        ids = [text for text in parent.column(id_column) if text]
        known = set(ids)
        if not ids or len(known) < FIT * len(ids) or len(ids) < 0.5 * len(parent.rows):
            continue
        for column, cells in enumerate(children):
            if len(cells) < max(1, FIT * len(child.rows)) or (len(set(cells)) < 2 and not _points(child, column)):
                continue
            fit = sum(text in known for text in cells) / len(cells)
            if fit >= FIT and _may_point(child, column, cells):
                fits.append((Relation(child, column, parent, id_column), fit + (0.2 if id_column == own else 0.0)))
    return fits


def _may_point(child: Table, column: int, cells: Sequence[str]) -> bool:
    """Small numbers are ids only under a header that says so: 1 to 5 are found in any list."""
    if not all(text.isdecimal() and len(text) < 4 for text in cells):
        return True
    return _points(child, column)


def _points(child: Table, column: int) -> bool:
    """Whether the header says that the column names what a row belongs to."""
    pointing = ("parent_id", "objective_id", "parent", "objective", "goal")
    return any(column in child.roles.get(role, ()) for role in pointing)


def are_okrs(tables: Sequence[Table], names: Sequence[str]) -> bool:
    """Whether tables hold OKRs and not a list of KPIs: key results under objectives, or lists that are so related."""
    for table in tables if len(tables) > 1 else ():
        settle_figures(table)
    kinds = [kind_of_table(table) for table in tables]
    if "typed" in kinds or "flat" in kinds:
        return True
    if any(_shows_a_way(relation.child) and _speaks_of_goals(relation) for relation in relations(tables)):
        return True
    if "key_results" in kinds and any(t.strength.get("key_result", 0) >= 0.7 and _has_parent_words(t) for t in tables):
        return True
    said = any(_OKR_NAME.search(name) for name in names)
    return said and any(
        kind == "objectives" and table.strength.get("objective", 0) >= 0.9
        for kind, table in zip(kinds, tables, strict=True)
    )


def _has_parent_words(table: Table) -> bool:
    return table.has("parent") or table.has("parent_id") or table.has("goal") or table.has("objective")


def _shows_a_way(table: Table) -> bool:
    """From where to where: a start beside a target, or progress; lists of KPIs have values and targets only."""
    return table.has("progress") or table.has("start", "target")


def _speaks_of_goals(relation: Relation) -> bool:
    if settle_figures(relation.child):
        return True
    parent = relation.parent
    words = " ".join([parent.file, parent.sheet, *parent.headers, relation.child.headers[relation.column]])
    return bool(_OKR_NAME.search(words.replace("_", " ")))


def read_tables(tables: Sequence[Table]) -> OkrDocument:
    """Everything the tables say, in their order; lists of objectives before the key results that point at them."""
    document = OkrDocument()
    for table in tables:
        if table.has("target") or table.has("progress"):
            settle_figures(table)
    full, teams = team_names([table for table in tables if kind_of_table(table)])
    document.teams = teams
    related = relations(tables)
    children = {id(relation.child) for relation in related}
    parents = {id(relation.parent): relation for relation in related}
    by_id: dict[int, dict[str, str]] = {}
    for table in tables:
        kind = kind_of_table(table)
        if kind == "typed":
            read_typed(table, document, full)
        elif kind == "flat" or (kind == "key_results" and id(table) not in children):
            read_flat(table, document, full)
        elif kind == "objectives" and (id(table) in parents or _is_list_of_aims(table, bool(related))):
            rows = ObjectiveRows(table, document, full)
            by_id[id(table)] = rows.read_list()
            rows.cells.report_errors(frozenset())
        elif id(table) not in children:
            document.notes.append((table.file, f"{_named(table)} was left out: it holds no objectives or key results."))
    for relation in related:
        _read_related(relation, by_id[id(relation.parent)], document, full)
    for table in tables:
        if kind_of_table(table):
            _note_unused(table, document)
            _report_rows(table, document)
    return document


def _report_rows(table: Table, document: OkrDocument) -> None:
    """What the reader of the file saw in single rows: damaged characters, rows too short or too long."""
    for note in table.notes:
        if note.row is not None and note.key in TOLD:
            column = table.headers[note.column - 1] if note.column and note.column <= len(table.headers) else ""
            document.problem(table.place(note.row), note.key, note.message, column=column)


def _is_list_of_aims(table: Table, is_beside: bool) -> bool:
    """A list nobody points at: aims when its headers say so, and not a list of words beside others."""
    says_so = table.strength.get("objective", 0) >= 0.7 or table.strength.get("goal", 0) >= 0.7
    return says_so and (not is_beside or len(table.headers) > 3)


def _read_related(relation: Relation, by_id: dict[str, str], document: OkrDocument, teams: dict[str, str]) -> None:
    table = relation.child
    refs = by_id if _is_id(relation) else _by_title(relation, by_id, document)
    rows = KeyResultRows(table, document, teams)
    for number, cells in table.rows:
        pointed = cells[relation.column] if relation.column < len(cells) else ""
        title = title_of(table, cells)
        if not title and not pointed:
            document.problem(table.place(number), "empty-record", "This record says nothing; left out.")
            continue
        if pointed not in refs:
            message = f"No objective of these files is “{pointed[:80]}”; the record was left out." if pointed else (
                "The record names no objective; it was left out.")  # fmt: skip
            document.problem(table.place(number), "unknown-objective", message,
                             column=table.headers[relation.column], kept_out=True)  # fmt: skip
            continue
        rows.add((number, cells), refs[pointed], title or pointed)
    rows.finish()
    rows.cells.report_errors(frozenset(FIGURES))


def _is_id(relation: Relation) -> bool:
    return relation.id_column == relation.parent.id_column()


def _by_title(relation: Relation, by_id: dict[str, str], document: OkrDocument) -> dict[str, str]:
    place_refs = {(o.place.file, o.place.sheet, o.place.row): o.ref for o in document.objectives if o.level != "goal"}
    parent = relation.parent
    found: dict[str, str] = {}
    for number, row in parent.rows:
        ref = place_refs.get((parent.file, parent.sheet, number))
        if ref is not None and relation.id_column < len(row) and row[relation.id_column]:
            found.setdefault(row[relation.id_column], ref)
    return found


def title_of(table: Table, cells: Sequence[str]) -> str:
    """The words of a key result: its own column, else what is measured, else a name."""
    for role in ("key_result", "indicator", "name", "description"):
        if text := table.cell(cells, role):
            return " ".join(text.split())
    return ""


def _named(table: Table) -> str:
    return f"{table.file} · {table.sheet}" if table.sheet else table.file


def _note_unused(table: Table, document: OkrDocument) -> None:
    """Say which columns were not used, so that nothing is left out in silence."""
    used = {place for places in table.roles.values() for place in places}
    used |= {place for place, _ in table.period_columns()}
    left = [header or f"column {place + 1}" for place, header in enumerate(table.headers)
            if place not in used and any(table.column(place))]  # fmt: skip
    if left:
        document.notes.append((table.file, f"{_named(table)}: columns not used: {', '.join(left)}."))
