"""One transaction for every command, and a fair queue for SQLite's single writer.

SQLite's own busy handler is unfair: with eight writers the slowest waits 35 times as long as the median
(docs/decisions/0003). A lock between threads and two lock files between processes keep it near 2.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction

PAUSE = 0.0003  # seconds between two tries; a transaction takes several milliseconds


class _WriterFile:
    """The writer between processes. Who waits holds the gate, so who has just written comes after them.

    With the writer file alone, a process that lets go and asks again at once would nearly always win.
    """

    def __init__(self, path: str) -> None:
        self._gate = os.open(f"{path}.gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._writer = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Raises OperationalError when the writer is not free within this time."""
        deadline = time.monotonic() + seconds
        _lock(self._gate, deadline)
        try:
            _lock(self._writer, deadline)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._writer, fcntl.LOCK_UN)


_thread_lock = threading.RLock()
_files: dict[tuple[str, int], _WriterFile] = {}


def _writer_file(name: str) -> _WriterFile | None:
    """The lock files beside the database; None for a database in memory."""
    if ":memory:" in name or "mode=memory" in name:
        return None
    place = (name, os.getpid())  # a lock taken before a fork would be held by both
    if place not in _files:
        _files[place] = _WriterFile(f"{name}.writer")
    return _files[place]


def _lock(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OperationalError("Another process has been writing for too long; nothing was changed.") from None
            time.sleep(PAUSE)
        else:
            return


@contextmanager
def in_turn() -> Iterator[None]:
    """Prepare a large write only when it is this thread's turn to write (SQLite only).

    Threads that prepare while another one writes take the interpreter from it, at every statement for up to
    five milliseconds, and every process waits for the one that writes.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _thread_lock:
        yield


def alone(task: str) -> None:
    """Wait until no other transaction is at this task, and keep others waiting until this one ends (PostgreSQL).

    For what no single row can be held for, such as a row that is not there yet. Call it inside `writing()`, where on
    SQLite nobody else writes anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [crc32(task.encode())])


@contextmanager
def writing() -> Iterator[None]:
    """Hold the writer for one short transaction; commits at the end, rolls back on any exception.

    Never do network I/O or long computing inside.
    """
    here = connections[DEFAULT_DB_ALIAS]  # asked once: the proxy costs as much as a lock
    if here.vendor != "sqlite" or here.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with _thread_lock:
        file = _writer_file(str(here.settings_dict["NAME"]))
        if file is None:
            with transaction.atomic():
                yield
        else:
            with file.held(here.settings_dict["OPTIONS"]["timeout"]), transaction.atomic():
                yield
