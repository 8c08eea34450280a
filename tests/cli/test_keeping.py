"""Backup, verification and restoring, on a database that is being used."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run

INSERT = (
    "insert into core_event (at, name, actor_kind, actor_key, actor_label, subject_kind, subject_key, "
    "subject_label, visibility, viewer_ids, topics, data) "
    "values ('2026-01-05 08:00:00', 'team.created', 'system', '', '', 'team', ?, '', 'organisation', '[]', '[]', '{}')"
)


def write(database: Path, *keys: str) -> None:
    with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
        connection.executemany(INSERT, [(key,) for key in keys])


def keys(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [key for (key,) in connection.execute("select subject_key from core_event order by id")]


def test_a_backup_restores_what_was_there(folder: Path, sextant: Run, tmp_path: Path) -> None:
    database, copy = folder / "sextant.sqlite3", tmp_path / "deep" / "copy.sqlite3"
    write(database, "before")
    made = sextant("backup", copy)
    assert made.returncode == 0
    assert "1 events" in made.stderr
    write(database, "after")
    restored = sextant("restore", copy, "--yes")
    assert restored.returncode == 0
    assert keys(database) == ["before"]
    kept = list(folder.glob("*before-restore*"))
    assert [keys(file) for file in kept] == [["before", "after"]]


def test_a_backup_while_others_write_is_one_moment(folder: Path, sextant: Run, tmp_path: Path) -> None:
    database, copy = folder / "sextant.sqlite3", tmp_path / "copy.sqlite3"
    stop = threading.Event()

    def pairs() -> None:
        number = 0
        while not stop.is_set():
            write(database, f"{number}-first", f"{number}-second")
            number += 1

    writer = threading.Thread(target=pairs)
    writer.start()
    try:
        made = sextant("backup", copy)
    finally:
        stop.set()
        writer.join()
    assert made.returncode == 0
    assert sextant("verify", copy).returncode == 0
    found = keys(copy)
    assert len(found) % 2 == 0
    assert found == keys(database)[: len(found)]


def test_a_backup_is_readable_by_its_owner_alone(sextant: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    assert sextant("backup", copy).returncode == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("command", ["verify", "restore"])
def test_a_damaged_backup_is_refused_and_nothing_changes(
    command: str, folder: Path, sextant: Run, tmp_path: Path
) -> None:
    database, copy = folder / "sextant.sqlite3", tmp_path / "copy.sqlite3"
    write(database, "here")
    sextant("backup", copy)
    content = bytearray(copy.read_bytes())
    content[4096 * 3 : 4096 * 12] = b"\xff" * 4096 * 9
    copy.write_bytes(content)
    answer = sextant(command, copy, *(["--yes"] if command == "restore" else []))
    assert answer.returncode == 1
    assert answer.stderr.startswith("sextant: ")
    assert "Traceback" not in answer.stderr
    assert keys(database) == ["here"]


def test_a_database_of_another_program_is_refused(sextant: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("create table notes (text)")
    answer = sextant("verify", other)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "not one of Sextant" in answer.stderr


def test_a_backup_of_a_newer_version_is_refused(folder: Path, sextant: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    sextant("backup", copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(
            "insert into django_migrations (app, name, applied) values ('core', '9999_later', '2030-01-01')"
        )
    answer = sextant("verify", copy)
    assert answer.returncode == 1
    assert "core.9999_later" in answer.stderr


def test_restoring_without_anybody_to_ask_needs_yes(folder: Path, sextant: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    sextant("backup", copy)
    write(folder / "sextant.sqlite3", "here")
    assert sextant("restore", copy).returncode == 2
    assert keys(folder / "sextant.sqlite3") == ["here"]


def test_postgresql_is_pointed_to_its_own_tools(sextant: Run, tmp_path: Path) -> None:
    answer = sextant("backup", tmp_path / "copy", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert answer.returncode == 1
    assert "pg_dump" in answer.stderr
