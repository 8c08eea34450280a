"""Columns that are sums or shares of their neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

from sextant.exchange.understanding.cells import cell_number
from sextant.exchange.understanding.mapping import RatioDefinition
from sextant.exchange.understanding.tables import TableReading
from sextant.exchange.understanding.units import speaks_of_percent

MOST_COLUMNS = 24
MOST_SUMMED = 16
PROBED = 4
"""Rows that are tried first, so that most combinations are dismissed at once."""
MOST_PARTS = 5
ROWS = 400
Values = list[list[float | None]]


@dataclass(slots=True)
class Parts:
    """`total` is the sum of `parts` in every row looked at; `ratios` are columns found to be shares."""

    total: int | None = None
    parts: tuple[int, ...] = ()
    ratios: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Column of the share -> columns of its numerator and denominator."""


def find_parts(table: TableReading) -> Parts:
    """Look for a total column and for percent columns among the columns of numbers."""
    columns = [slot.column for slot in table.slots if not slot.period and slot.kind == "actual"]
    if not 2 <= len(columns) <= MOST_COLUMNS or table.layout is None:
        return Parts()
    rows = _numbers(table, columns)
    if len(rows) < 3:
        return Parts()
    places = range(len(columns))
    percent = [_says_percent(table, column) for column in columns]
    total, parts = _total(rows, [place for place in places if not percent[place]])
    found = Parts(columns[total] if total is not None else None, tuple(columns[place] for place in parts))
    for place in places:
        if place == total or place in parts or not (percent[place] or _has_fractions(rows, place)):
            continue
        shares = _share_of(rows, place, [other for other in places if not percent[other]])
        if shares is not None:
            found.ratios[columns[place]] = (columns[shares[0]], columns[shares[1]])
    return found


def _says_percent(table: TableReading, column: int) -> bool:
    """Whether the cells or the header say that a column holds percent."""
    profile = table.profiles[column]
    return profile.percent_signs >= 0.5 or profile.percent_cells >= 0.5 or speaks_of_percent(table.header(column))


def _has_fractions(rows: Values, place: int) -> bool:
    return any(not value.is_integer() for row in rows if (value := row[place]) is not None)


def _numbers(table: TableReading, columns: Sequence[int]) -> Values:
    assert table.layout is not None
    rows = []
    for _, row in islice(table.layout.rows(), ROWS):
        values = [
            cell_number(row[column], table.number_format).value if column < len(row) else None for column in columns
        ]
        rows.append(values)
    return rows


def _total(rows: Values, places: Sequence[int]) -> tuple[int | None, tuple[int, ...]]:
    if len(places) > MOST_SUMMED:
        return None, ()
    for total in places:
        others = [place for place in places if place != total and _is_below(rows, place, total)]
        for size in range(min(MOST_PARTS, len(others)), 1, -1):
            for parts in combinations(others, size):
                if _adds_up(rows, parts, total):
                    return total, parts
    return None, ()


def _is_below(rows: Values, place: int, total: int) -> bool:
    pairs = [(row[place], row[total]) for row in rows if row[place] is not None and row[total] is not None]
    return len(pairs) >= 3 and all(one <= two for one, two in pairs)  # type: ignore[operator]


def _adds_up(rows: Values, parts: Sequence[int], total: int) -> bool:
    for row in rows[:PROBED]:
        known = [row[place] for place in (*parts, total)]
        if None not in known and abs(sum(known[:-1]) - known[-1]) > 1e-6 * max(1.0, abs(known[-1])):  # type: ignore[arg-type,operator]
            return False
    complete = [row for row in rows if row[total] is not None and all(row[place] is not None for place in parts)]
    if len(complete) < 3 or not any(row[total] for row in complete):
        return False
    for row in complete:
        whole = row[total] or 0.0
        if abs(sum(row[place] or 0.0 for place in parts) - whole) > 0.51e-6 * max(1.0, abs(whole)):
            return False
    return all(any(row[place] for row in complete) for place in parts)


def _share_of(rows: Values, share: int, places: Sequence[int]) -> tuple[int, int] | None:
    """The columns whose quotient this column is (0-1 or 0-100), None when there are none."""
    for part in places:
        for whole in places:
            if len({share, part, whole}) == 3 and _is_share(rows, share, part, whole):
                return part, whole
    return None


def _is_share(rows: Values, share: int, part: int, whole: int) -> bool:
    for row in rows[:PROBED]:
        s, p, w = row[share], row[part], row[whole]
        if s is not None and p is not None and w and min(abs(p / w * 100 - s), abs(p / w - s)) > 0.51:
            return False
    known = [(row[share], row[part], row[whole]) for row in rows]
    full = [(s, p, w) for s, p, w in known if s is not None and p is not None and w]
    if len(full) < 3 or len({s for s, _, _ in full}) < 3:
        return False
    for factor in (100.0, 1.0):
        digits = _digits(max(abs(s) for s, _, _ in full), [s for s, _, _ in full])
        if all(abs(p / w * factor - s) <= 0.51 * 10.0**-digits + 1e-9 for s, p, w in full):
            return factor == 100.0 or max(s for s, _, _ in full) <= 1.0
    return False


def _digits(_: float, shares: Sequence[float]) -> int:
    """With how many decimals the shares are written."""
    return max(len(repr(value).partition(".")[2].rstrip("0")) for value in shares)


def definitions(table: TableReading, found: Parts) -> list[RatioDefinition]:
    """The ratios a person defined, else those found, named by their columns' headers."""
    if table.settings.ratios:
        return list(table.settings.ratios)
    names = {slot.column: slot.label or table.header(slot.column) for slot in table.slots}
    return [RatioDefinition(names[share], names[part], names[whole]) for share, (part, whole) in found.ratios.items()]
