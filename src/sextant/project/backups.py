"""Consistent copies of the SQLite database while it is being used, their verification, and putting one back.

A copy is an ordinary SQLite file made through SQLite's backup interface from one snapshot: writers go on
meanwhile and nothing of theirs is half in it. PostgreSQL has pg_dump and pg_restore, which know it better.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from sextant.core.errors import refuse

PAGES_AT_ONCE = 4_000
SECONDS_TO_WAIT = 30
COUNTED = {
    "people": "people_person",
    "metrics": "metrics_metric",
    "measurements": "metrics_measurement",
    "kpis": "kpis_kpi",
    "events": "core_event",
}
Report = Callable[[int, int], None]  # done, whole


@dataclass(frozen=True, slots=True)
class Contents:
    """What a verified copy holds. `missing` are migrations it still needs, applied when it is restored."""

    bytes: int
    rows: dict[str, int]
    newest_event: str
    missing: int


def back_up(target: Path, report: Report = lambda done, whole: None) -> Contents:
    """Write a verified copy of the database to `target`, which appears only when it is complete.

    Raises Refused when the database is not SQLite, the target cannot be written or the copy does not verify.
    """
    source = database_file()
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        _copy(source, part, report)
        contents = verify(part)
        _flush(part)
        os.replace(part, target)
    except (OSError, sqlite3.Error) as error:
        raise refuse("backup-failed", f"No backup was made at {target}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return contents


def restore(copy: Path, kept: Path, report: Report = lambda done, whole: None) -> Contents:
    """Replace the contents of the database by a verified copy; what was there is saved at `kept` first.

    Safe while serving: it is one transaction, so every page shows either the old contents or the new ones.
    """
    target = database_file()
    contents = verify(copy)
    if target.is_file():
        back_up(kept)
    connections.close_all()
    try:
        _copy(copy, target, report)
    except sqlite3.Error as error:
        raise refuse("restore-failed", f"The database could not be replaced and is as it was: {error}") from error
    return contents


def verify(copy: Path) -> Contents:
    """Check every page, index and reference of a copy, and that this version of Sextant can read it."""
    if not copy.is_file():
        raise refuse("backup-absent", f"There is no file {copy}.")
    try:
        with closing(_opened(copy, "ro")) as database:
            _require_sound(database, copy)
            missing = _missing_migrations(database, copy)
            tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
            rows = {word: _count(database, table) for word, table in COUNTED.items() if table in tables}
            newest = (
                database.execute("select max(at) from core_event").fetchone()[0] if "core_event" in tables else None
            )
    except sqlite3.DatabaseError as error:
        raise refuse("backup-unreadable", f"{copy} is not a sound copy: {error}") from error
    return Contents(bytes=copy.stat().st_size, rows=rows, newest_event=newest or "", missing=missing)


def database_file() -> Path:
    """Where the SQLite database lies. Raises Refused, naming PostgreSQL's tools, when it is not SQLite."""
    if connection.vendor == "sqlite":
        return Path(str(connection.settings_dict["NAME"]))
    raise refuse(
        "backup-not-sqlite",
        "The database is PostgreSQL, which brings its own tools: "
        'pg_dump --format=custom --file=FILE "$DATABASE_URL" and '
        'pg_restore --clean --dbname="$DATABASE_URL" FILE',
    )


def kept_name(now: datetime) -> Path:
    """Where `restore` keeps what it replaces."""
    file = database_file()
    return file.with_name(f"{file.stem}-before-restore-{now:%Y-%m-%d-%H%M%S}.sqlite3")


def _copy(source: Path, target: Path, report: Report) -> None:
    with closing(_opened(source, "ro")) as origin, closing(_opened(target, "rwc")) as destination:
        # An open read transaction pins one snapshot: without it every foreign write starts the copy anew.
        origin.execute("begin")
        origin.execute("select count(*) from sqlite_master").fetchone()
        origin.backup(destination, pages=PAGES_AT_ONCE, progress=lambda _, left, whole: report(whole - left, whole))
        if target.suffix == ".part":
            destination.execute("pragma journal_mode = delete")  # one file, no companions


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=SECONDS_TO_WAIT, isolation_level=None
    )


def _require_sound(database: sqlite3.Connection, copy: Path) -> None:
    found = [line for (line,) in database.execute("pragma integrity_check(5)")]
    if found != ["ok"]:
        raise refuse("backup-damaged", f"{copy} is damaged: {'; '.join(found)}")
    loose = database.execute("pragma foreign_key_check").fetchone()
    if loose is not None:
        raise refuse(
            "backup-inconsistent",
            f"{copy} is inconsistent: a row of {loose[0]} points at a missing row of {loose[2]}",
        )


def _missing_migrations(database: sqlite3.Connection, copy: Path) -> int:
    known = {key for key in MigrationLoader(None).graph.nodes if key[1] != "__first__"}
    try:
        applied = set(database.execute("select app, name from django_migrations"))
    except sqlite3.OperationalError as error:
        raise refuse("backup-foreign", f"{copy} is a database, but not one of Sextant.") from error
    if newer := applied - known:
        named = ", ".join(sorted(".".join(key) for key in newer)[:3])
        raise refuse(
            "backup-newer",
            f"{copy} comes from another version of Sextant (it has {named}). Use that version.",
        )
    return len(known - applied)


def _count(database: sqlite3.Connection, table: str) -> int:
    number: int = database.execute(f'select count(*) from "{table}"').fetchone()[0]  # noqa: S608 - names of ours
    return number


def _flush(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
