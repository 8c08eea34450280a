"""Reading rows of measurements with a fixed number of statements, whatever the number of metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from sextant.metrics.queries.standpoint import Standpoint

Hours = NDArray[np.int64]
Floats = NDArray[np.float64]


class Flag(NamedTuple):
    """What is special about a value: estimated, not applicable, qualified, or made of too few finer values."""

    state: str
    qualifier: str
    coverage: float | None


@dataclass(frozen=True, slots=True, eq=False)
class RawSeries:
    """Rows as stored: `starts` ascending, one value each (nan: none), flags by row index."""

    starts: Hours
    values: Floats
    flags: Mapping[int, Flag]


# One extra column instead of three: nearly every value is plain, and a plain one is NULL here.
_FLAG = (
    "CASE WHEN state = 'observed' AND qualifier = '' AND coverage IS NULL THEN NULL "
    "ELSE state || '|' || COALESCE(CAST(coverage AS TEXT), '') || '|' || qualifier END"
)
_SELECT = f"SELECT metric_id, start, value, {_FLAG} FROM metrics_measurement"


def read_rows(since: Mapping[int, int | None], point: Standpoint) -> dict[int, RawSeries]:
    """Rows of each metric from its own first hour on (None: all of them), as known at the standpoint."""
    by_start: dict[int | None, list[int]] = defaultdict(list)
    for metric_id, start in since.items():
        by_start[start].append(metric_id)
    rows: list[tuple[Any, ...]] = []
    for start, metric_ids in by_start.items():
        rows += _fetch(metric_ids, start, point)
    return _split(rows)


def latest_starts(metric_ids: Sequence[int], point: Standpoint) -> dict[int, int]:
    """The start of each metric's newest row; metrics without rows are left out. One short look-up in an index each."""
    found: dict[int, int] = {}
    numbers = ",".join(str(int(metric_id)) for metric_id in metric_ids)
    if not numbers:
        return found
    for where, parameters in standing_conditions(point):
        newest = (
            f"(SELECT start FROM metrics_measurement WHERE metric_id = m.id AND {where} ORDER BY start DESC LIMIT 1)"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT m.id, {newest} FROM metrics_metric m WHERE m.id IN ({numbers})", parameters)
            for metric_id, start in cursor.fetchall():
                if start is not None:
                    found[metric_id] = max(start, found.get(metric_id, start))
    return found


def _fetch(metric_ids: Sequence[int], start: int | None, point: Standpoint) -> list[tuple[Any, ...]]:
    bound = "" if start is None else " AND start >= %s"
    if connection.vendor == "postgresql":
        chosen, ids = "metric_id = ANY(%s)", [list(metric_ids)]
    else:
        chosen, ids = f"metric_id IN ({','.join(str(int(metric_id)) for metric_id in metric_ids)})", []
    parts = []
    values: list[Any] = []
    for where, parameters in standing_conditions(point):
        parts.append(f"{_SELECT} WHERE {chosen}{bound} AND {where}")
        values += [*ids, *([] if start is None else [start]), *parameters]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY metric_id, start", values)
        return list(cursor.fetchall())


def standing_conditions(point: Standpoint) -> list[tuple[str, list[Any]]]:
    """The conditions on measurements that together pick those standing at the standpoint, none twice.

    Two instead of one with OR, because each can then use its own partial index: what is current, and what was
    corrected later. Without that a past date reads the whole table.
    """
    if point.known_at is None:
        return [("superseded_at IS NULL", [])]
    moment: object = point.known_at
    if connection.vendor == "sqlite":
        moment = str(connection.ops.adapt_datetimefield_value(point.known_at))
    return [
        ("superseded_at IS NULL AND known_at <= %s", [moment]),
        ("superseded_at IS NOT NULL AND superseded_at > %s AND known_at <= %s", [moment, moment]),
    ]


def _split(rows: Sequence[tuple[Any, ...]]) -> dict[int, RawSeries]:
    """Rows ordered by metric and start -> one series per metric."""
    if not rows:
        return {}
    # Column by column: zip(*rows) would make an object per row for the garbage collector to look at.
    ids = [row[0] for row in rows]
    metric_ids = np.array(ids, np.int64)
    start_column = np.array([row[1] for row in rows], np.int64)
    value_column = np.array([row[2] for row in rows], np.float64)
    edges = [0, *(np.flatnonzero(np.diff(metric_ids)) + 1).tolist(), len(rows)]
    special = [(index, row[3]) for index, row in enumerate(rows) if row[3] is not None]
    series = {}
    position = 0
    for left, right in pairwise(edges):
        own = {}
        while position < len(special) and special[position][0] < right:
            own[special[position][0] - left] = _flag(special[position][1])
            position += 1
        series[ids[left]] = RawSeries(start_column[left:right], value_column[left:right], own)
    return series


def _flag(text: str) -> Flag:
    state, coverage, qualifier = text.split("|", 2)
    return Flag(state, qualifier, float(coverage) if coverage else None)
