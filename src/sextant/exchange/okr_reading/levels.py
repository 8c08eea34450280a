"""Goals above objectives in one flat list: found by outline numbers (1, 1.1, 1.2) or by a text that repeats."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sextant.exchange.okr_reading.columns import Table, is_error

FIT = 0.95
FEWEST_ROWS = 3
REPEATED = 0.6
_NUMBER = re.compile(r"[A-Za-z]{0,4}\d+(?:[.\-_/]\d+)*[a-z]?")
TITLES = ("objective", "name", "goal", "description")


@dataclass(slots=True)
class Levels:
    """How a list is cut into two levels: the group of each row, the group's titles, and the rows' own text."""

    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)  # row number -> group
    titles: dict[tuple[str, ...], list[tuple[int, str]]] = field(default_factory=dict)
    title_role: str = ""  # where the rows in groups have a title of their own
    other_role: str = ""  # and where a description


def levels_of(table: Table) -> Levels:
    """The two levels of a list of objectives; without any group when it has one level only."""
    found = _by_outline(table) or _by_text(table)
    return found or Levels()


def _by_outline(table: Table) -> Levels | None:
    """Groups by a pair of columns where the second goes on from the first: "2" and "2.1"; within an owner."""
    numbered = [place for place in range(len(table.headers)) if _is_numbered(table, place)]
    for group_at in numbered:
        for item_at in numbered:
            if group_at == item_at:
                continue
            rows = [(n, row) for n, row in table.rows if _at(row, item_at) and _at(row, group_at)]
            going_on = [n for n, row in rows if _goes_on(_at(row, group_at), _at(row, item_at))]
            longer = sum(len(_at(row, item_at)) > len(_at(row, group_at)) for _, row in rows)
            alone = sum(bool(_at(row, item_at)) for _, row in table.rows) - len(rows)
            if (
                len(going_on) < max(FEWEST_ROWS, FIT * len(rows))
                or longer < FIT * len(rows)
                or alone > 0.05 * len(rows)
            ):
                continue
            if len({_at(row, group_at) for _, row in rows}) == len(rows):
                continue
            scope = _scope(table, [row for _, row in rows], item_at, {group_at, item_at})
            groups = {n: (_at(row, scope) if scope is not None else "", _at(row, group_at)) for n, row in rows}
            return _with_titles(table, groups)
    return None


def _is_numbered(table: Table, place: int) -> bool:
    filled = [text for text in table.column(place) if text and not is_error(text)]
    return len(filled) >= FEWEST_ROWS and all(_NUMBER.fullmatch(text) for text in filled[:500])


def _goes_on(group: str, item: str) -> bool:
    return item == group or (item.startswith(group) and item[len(group)] in ".-_/")


def _scope(table: Table, rows: list[list[str]], item_at: int, besides: set[int]) -> int | None:
    """The column within which item numbers are unique; None when they are so throughout."""
    items = [_at(row, item_at) for row in rows]
    if len(set(items)) >= FIT * len(items):
        return None
    best: tuple[float, int, int] | None = None
    for place in range(len(table.headers)):
        values = [_at(row, place) for row in rows]
        if place in besides or not all(values) or len(set(values)) > 0.5 * len(values):
            continue
        unique = len(set(zip(values, items, strict=True))) / len(items)
        score = (round(unique, 2), -len(set(values)), -place)
        if unique >= 0.9 and (best is None or score > best):
            best = score
    return -best[2] if best is not None else None


def _by_text(table: Table) -> Levels | None:
    """Groups by a title that repeats while another text of the row does not."""
    for role in ("goal", "objective", "name"):
        if not table.has(role):
            continue
        others = [other for other in TITLES if other != role and table.has(other)]
        rows = [(n, row) for n, row in table.rows if table.cell(row, role)]
        texts = {table.cell(row, role) for _, row in rows}
        unique = [other for other in others if len({table.cell(row, other) for _, row in rows}) >= FIT * len(rows) > 0]
        if len(rows) >= FEWEST_ROWS and len(texts) <= REPEATED * len(rows) and unique:
            groups = {n: (table.cell(row, "team"), table.cell(row, role)) for n, row in rows}
            levels = _with_titles(table, groups)
            return levels if levels is not None and levels.title_role != role else None
    return None


def _with_titles(table: Table, groups: Mapping[int, tuple[str, ...]]) -> Levels | None:
    """Which text is the groups' (the same within each), and which the rows' own."""
    by_group: dict[tuple[str, ...], list[tuple[int, list[str]]]] = defaultdict(list)
    for number, row in table.rows:
        if number in groups:
            by_group[groups[number]].append((number, row))
    several = [rows for rows in by_group.values() if len(rows) > 1]
    roles = [role for role in TITLES if table.has(role)]
    constant = {
        role for role in roles
        if several
        and sum(len({table.cell(row, role) for _, row in rows}) == 1 for rows in several) >= 0.8 * len(several)
    }  # fmt: skip
    shared = next((role for role in ("goal", "name", "objective") if role in constant), "")
    own = [role for role in roles if role not in constant]
    if not own:
        return None
    levels = Levels(dict(groups), {}, own[0], own[1] if len(own) > 1 else "")
    for group, rows in by_group.items():
        said = Counter(table.cell(row, shared) for _, row in rows) if shared else Counter()
        first = {text: next(n for n, row in rows if table.cell(row, shared) == text) for text in said}
        levels.titles[group] = [(first[text], text) for text, _ in said.most_common()]
    return levels


def _at(row: list[str], place: int) -> str:
    return row[place] if place < len(row) else ""
