"""Start, target, current value and progress found by arithmetic, whatever their columns are called.

Where a column is (current - start) / (target - start) of three others on most rows, these four are what they are.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from sextant.calc.numbers import read_number
from sextant.exchange.okr_reading.columns import Table

FEWEST = 8
FIT = 0.85
NEAR = 0.006
MOST_COLUMNS = 10
MOST_ROWS = 600
ROLES = ("start", "target", "current", "progress")
Numbers = NDArray[np.float64]


def settle_figures(table: Table) -> bool:
    """Give the four columns their roles when the arithmetic shows which they are; whether it did."""
    columns = {place: numbers for place in range(len(table.headers)) if (numbers := _numbers(table, place)) is not None}
    if len(columns) < 4 or len(columns) > MOST_COLUMNS or not _could_hold(table):
        return False
    known = tuple(table.roles[role][0] for role in ROLES if table.has(role))
    if len(known) == len(ROLES) and _fits(*(columns.get(place) for place in known)):
        return True
    for places in permutations(columns, 4):
        if _fits(*(columns[place] for place in places)):
            _take(table, places)
            return True
    return False


def _could_hold(table: Table) -> bool:
    return table.has("progress") or table.has("target") or table.has("start")


def _take(table: Table, places: tuple[int, ...]) -> None:
    """The roles of these columns, whatever was thought of them before."""
    for role, found in list(table.roles.items()):
        left = [place for place in found if place not in places]
        if role in ROLES or not left:
            del table.roles[role]
        else:
            table.roles[role] = left
    for role, place in zip(ROLES, places, strict=True):
        table.roles[role] = [place]
        table.strength[role] = 1.0


def _numbers(table: Table, place: int) -> Numbers | None:
    """The column as numbers, nan for what is none; None when it holds few of them."""
    texts = [row[place] if place < len(row) else "" for _, row in table.rows[:MOST_ROWS]]
    form = table.forms[place]
    found = [read_number(text, form).value if text else None for text in texts]
    values = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
    return values if np.isfinite(values).sum() >= FEWEST and len(np.unique(values[np.isfinite(values)])) > 1 else None


def _fits(start: Numbers | None, target: Numbers | None, current: Numbers | None, progress: Numbers | None) -> bool:
    """Whether the last is the share of the way that the others make, on most rows and not only at 0."""
    if start is None or target is None or current is None or progress is None:
        return False
    with np.errstate(all="ignore"):
        ours = (current - start) / (target - start)
    both = np.isfinite(ours) & np.isfinite(progress)
    telling = both & (np.abs(ours) > 0.01)
    if telling.sum() < FEWEST or len(np.unique(np.round(ours[telling], 4))) < FEWEST / 2:
        return False
    as_share = np.abs(ours[telling] - progress[telling]) <= NEAR
    as_percent = np.abs(ours[telling] * 100 - progress[telling]) <= NEAR * 100
    return bool(max(as_share.mean(), as_percent.mean()) >= FIT)
