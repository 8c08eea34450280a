"""The one place that writes measurements: as sets, whatever the number of points.

Bulk ORM writes cost 6 to 7 times as much on SQLite (docs/decisions/0003). New values, by far the most, are
inserted at once where nothing stands yet. Only when something does, all points go into a temporary table
(SQLite) or into arrays (PostgreSQL), are compared, and what differs supersedes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection

from sextant.metrics.models import Batch

# (metric_id, start, end, value, state, qualifier, note, coverage)
Row = tuple[int, int, int, float | None, str, str, str, float | None]

_COLUMNS = 'metric_id, start, "end", value, state, qualifier, note, coverage'
_SQLITE_INCOMING = (
    "CREATE TEMP TABLE IF NOT EXISTS incoming (metric_id INTEGER, start INTEGER, "
    '"end" INTEGER, value REAL, state TEXT, qualifier TEXT, note TEXT, coverage REAL)'
)
_POSTGRES_INCOMING = (
    f"(SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[], %s::text[], %s::text[], "
    f"%s::text[], %s::float8[]) AS i({_COLUMNS}))"
)
_UNLESS_KNOWN = "ON CONFLICT (metric_id, start) WHERE superseded_at IS NULL DO NOTHING"
ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Published:
    accepted: int  # rows written, corrections included
    superseded: int
    metric_ids: tuple[int, ...]  # metrics with at least one new row


def publish(batch: Batch, rows: Sequence[Row], *, dated_by_import: bool = False) -> Published:
    """Store the rows that differ from what is known now, superseding what they correct.

    At most one row per (metric, start). Call inside `writing()`. With `dated_by_import` a value that is the
    first of its period is known since the end of that period, as a first load of history.
    """
    lock_metrics({row[0] for row in rows})
    new = 0 if dated_by_import else _insert_new(batch, rows)
    if new == len(rows) and not dated_by_import:
        return Published(new, 0, tuple(sorted({row[0] for row in rows})))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_SQLITE_INCOMING)
            cursor.execute("DELETE FROM temp.incoming")
            cursor.executemany(f"INSERT INTO temp.incoming ({_COLUMNS}) VALUES (%s,%s,%s,%s,%s,%s,%s,%s)", rows)
            rest = publish_incoming(batch, "temp.incoming", [], dated_by_import=dated_by_import)
        else:
            rest = publish_incoming(batch, _POSTGRES_INCOMING, _as_columns(rows), dated_by_import=dated_by_import)
    return Published(new + rest.accepted, rest.superseded, rest.metric_ids)


def _insert_new(batch: Batch, rows: Sequence[Row]) -> int:
    """Insert the rows for whose period nothing stands, leave the others; returns how many were inserted."""
    if connection.vendor == "sqlite":
        # One statement with many rows runs outside Python's lock as a whole; row by row, every row hands the
        # lock to another thread. The driver is asked directly because Django would rewrite each placeholder.
        shared = [_sqlite_time(batch.recorded_at), batch.id]
        cursor = connection.connection.cursor()
        inserted = 0
        for first in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[first : first + ROWS_AT_ONCE]
            cursor.execute(_sqlite_insert(len(part)), [*shared, *chain.from_iterable(part)])
            inserted += cursor.rowcount
        return inserted
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO metrics_measurement ({_COLUMNS}, dated_by_import, known_at, batch_id) "
            f"SELECT i.*, FALSE, %s, %s FROM {_POSTGRES_INCOMING} i {_UNLESS_KNOWN}",
            [batch.recorded_at, batch.id, *_as_columns(rows)],
        )
        return int(cursor.rowcount)


@lru_cache(maxsize=ROWS_AT_ONCE)
def _sqlite_insert(count: int) -> str:
    """The statement for so many rows; the same text each time, so that the driver keeps it prepared."""
    values = ",".join(
        f"({','.join(f'?{first + place}' for place in range(8))},0,?1,?2)" for first in range(3, 3 + 8 * count, 8)
    )
    return (
        f"INSERT INTO metrics_measurement ({_COLUMNS}, dated_by_import, known_at, batch_id) "
        f"VALUES {values} {_UNLESS_KNOWN}"
    )


def _as_columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(8)]


def lock_metrics(metric_ids: Iterable[int]) -> None:
    """On PostgreSQL, queue writers of the same metric; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM metrics_metric WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                [sorted(metric_ids)],
            )


def publish_incoming(
    batch: Batch, incoming: str, parameters: Sequence[Any], *, dated_by_import: bool = False
) -> Published:
    """Publish from a table or subquery that has the columns of `Row`; `parameters` fill the subquery."""
    now = batch.recorded_at
    sqlite = connection.vendor == "sqlite"
    stamp = _sqlite_time(now) if sqlite else now
    differs = (
        f"(m.value {'IS NOT' if sqlite else 'IS DISTINCT FROM'} i.value OR m.state <> i.state "
        "OR m.qualifier <> i.qualifier OR (i.note <> '' AND m.note <> i.note))"
    )
    join = "CROSS JOIN" if sqlite else "JOIN"
    on = "WHERE" if sqlite else "ON TRUE WHERE"
    known_at, dated = ("%s", []) if not dated_by_import else (_known_at_period_end(sqlite), [stamp, stamp])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metrics_measurement SET superseded_at = %s, superseded_in = %s WHERE id IN ("
            f"SELECT m.id FROM {incoming} i {join} metrics_measurement m {on} m.metric_id = i.metric_id "
            f"AND m.start = i.start AND m.superseded_at IS NULL AND {differs})",
            [stamp, batch.id, *parameters],
        )
        superseded = cursor.rowcount
        cursor.execute(
            f"INSERT INTO metrics_measurement ({_COLUMNS}, dated_by_import, known_at, batch_id) "
            f'SELECT i.metric_id, i.start, i."end", i.value, i.state, i.qualifier, i.note, i.coverage, '
            f"{'TRUE' if dated_by_import else 'FALSE'}, {known_at}, %s FROM {incoming} i WHERE NOT EXISTS ("
            "SELECT 1 FROM metrics_measurement m WHERE m.metric_id = i.metric_id AND m.start = i.start "
            "AND m.superseded_at IS NULL)",
            [*(dated or [stamp]), batch.id, *parameters],
        )
        accepted = cursor.rowcount
        cursor.execute("SELECT DISTINCT metric_id FROM metrics_measurement WHERE batch_id = %s", [batch.id])
        metric_ids = tuple(sorted(row[0] for row in cursor.fetchall()))
    return Published(accepted, superseded, metric_ids)


def _known_at_period_end(sqlite: bool) -> str:
    """When a first load of history counts as known: at the period's end, a correction or a plan now."""
    period_end = (
        "strftime('%%Y-%%m-%%d %%H:%%M:%%S', i.\"end\" * 3600, 'unixepoch')"
        if sqlite
        else ('to_timestamp(i."end" * 3600::bigint)')
    )
    earlier = "SELECT 1 FROM metrics_measurement h WHERE h.metric_id = i.metric_id AND h.start = i.start"
    least = "MIN" if sqlite else "LEAST"
    return f"CASE WHEN EXISTS ({earlier}) THEN %s ELSE {least}({period_end}, %s) END"


def _sqlite_time(moment: object) -> str:
    """The moment as Django stores it on SQLite."""
    return str(connection.ops.adapt_datetimefield_value(moment))  # type: ignore[arg-type]
