"""From the staging file into the product's tables, in one short transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from sextant.exchange.staging import Staging
from sextant.metrics.commands.publishing import lock_metrics, publish_incoming
from sextant.metrics.models import Batch

COPIED = "incoming_values"
_COLUMNS = 'metric_id, start, "end", value, state, qualifier, note, coverage'


@dataclass(frozen=True, slots=True)
class PublishedValues:
    accepted: int
    superseded: int
    unchanged: int


@contextmanager
def within_reach(path: Path) -> Iterator[str]:
    """Let the database read the staging file; yields the table that will hold what is to be published.

    SQLite attaches the file, which can't be done inside a transaction of the caller; then, and on PostgreSQL,
    the rows are copied into a temporary table.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield COPIED
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA mmap_size")
        [mapped] = cursor.fetchone() or [0]  # a database in memory has none
        cursor.execute("PRAGMA mmap_size = 0")  # files larger than memory pass through here; mapped pages would stay
        cursor.execute("ATTACH DATABASE %s AS staging", [str(path)])
    try:
        yield "staging.incoming"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DETACH DATABASE staging")
            cursor.execute(f"PRAGMA mmap_size = {int(mapped)}")


def publish_values(
    batch: Batch, staging: Staging, table: str, destinations: Mapping[int, int], new_drafts: AbstractSet[int]
) -> PublishedValues:
    """Publish everything staged. Call inside `writing()` and `within_reach`, with the table that it yields.

    `destinations` maps each draft to its metric's id; `new_drafts` are those whose metric this import made.
    """
    rows = [(draft, metric_id, draft in new_drafts) for draft, metric_id in sorted(destinations.items())]
    total = staging.count_incoming()
    with connection.cursor() as cursor:
        _make_temporary(cursor, "destination", "draft bigint PRIMARY KEY, metric_id bigint, is_new boolean")
        cursor.executemany("INSERT INTO destination VALUES (%s, %s, %s)", rows)
        if table == COPIED:
            _copy(cursor, staging)
    lock_metrics(metric_id for draft, metric_id in destinations.items() if draft not in new_drafts)
    fresh = _insert_fresh(batch, table)
    corrected = publish_incoming(batch, f"({_chosen(table, is_new=False)})", [], dated_by_import=True)
    accepted = fresh + corrected.accepted
    return PublishedValues(accepted, corrected.superseded, total - accepted)


def _make_temporary(cursor: Any, name: str, columns: str) -> None:
    """An empty temporary table; one of the same name from before in this connection is replaced."""
    sqlite = connection.vendor == "sqlite"
    cursor.execute(f"DROP TABLE IF EXISTS {'temp' if sqlite else 'pg_temp'}.{name}")
    cursor.execute(f"CREATE TEMP TABLE {name} ({columns}){'' if sqlite else ' ON COMMIT DROP'}")


def _chosen(incoming: str, *, is_new: bool) -> str:
    """The incoming rows of new or of known metrics, with the columns of a measurement."""
    sqlite = connection.vendor == "sqlite"
    join = "CROSS JOIN" if sqlite else "JOIN"  # on SQLite: walk the drafts in order, then each one's periods
    on = "WHERE" if sqlite else "ON TRUE WHERE"
    return (
        f'SELECT d.metric_id, v.start, v."end", v.value, v.state, v.qualifier, v.note, v.coverage '
        f"FROM destination d {join} {incoming} v {on} v.draft = d.draft AND {'' if is_new else 'NOT '}d.is_new"
    )


def _insert_fresh(batch: Batch, table: str) -> int:
    """Values of metrics this import makes need no comparison: one straight insert, in index order."""
    if connection.vendor == "sqlite":
        known_at = "MIN(strftime('%%Y-%%m-%%d %%H:%%M:%%S', \"end\" * 3600, 'unixepoch'), %s)"
    else:
        known_at = 'LEAST(to_timestamp("end" * 3600::bigint), %s)'
    now = connection.ops.adapt_datetimefield_value(batch.recorded_at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO metrics_measurement ({_COLUMNS}, dated_by_import, known_at, batch_id) "
            f"SELECT {_COLUMNS}, TRUE, {known_at}, %s FROM ({_chosen(table, is_new=True)}) i",
            [now, batch.id],
        )
        return int(cursor.rowcount)


def _copy(cursor: Any, staging: Staging) -> None:
    """Bring the staged rows into a temporary table."""
    columns = 'draft bigint, start bigint, "end" bigint, value float8, state text, qualifier text, note text'
    _make_temporary(cursor, COPIED, f"{columns}, coverage float8, PRIMARY KEY (draft, start)")
    if connection.vendor == "sqlite":
        cursor.executemany(f"INSERT INTO {COPIED} VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", staging.incoming())
        return
    with cursor.cursor.copy(f"COPY {COPIED} FROM STDIN") as copy:  # psycopg's own cursor, which has COPY
        for row in staging.incoming():
            copy.write_row(row)
    cursor.execute(f"ANALYZE {COPIED}")
