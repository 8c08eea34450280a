"""One transaction for every command, and a fair queue for SQLite's single writer.

SQLite's own busy handler is unfair: with eight writers the slowest waits 35 times as long as the median
(docs/decisions/0003). A lock between threads and a file lock between processes keep it near 2.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from filelock import FileLock

_thread_lock = threading.RLock()
_file_locks: dict[str, FileLock] = {}


def _file_lock() -> FileLock | None:
    """The lock file beside the database; None for a database in memory."""
    name = str(connection.settings_dict["NAME"])
    if ":memory:" in name or "mode=memory" in name:
        return None
    path = f"{name}.writer"
    if path not in _file_locks:
        _file_locks[path] = FileLock(path, thread_local=False, poll_interval=0.002)
    return _file_locks[path]


@contextmanager
def writing() -> Iterator[None]:
    """Hold the writer for one short transaction; commits at the end, rolls back on any exception.

    Never do network I/O or long computing inside.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    lock = _file_lock()
    with _thread_lock:
        if lock is None:
            with transaction.atomic():
                yield
        else:
            with (
                lock.acquire(timeout=settings.DATABASES["default"]["OPTIONS"]["timeout"]),
                transaction.atomic(),
            ):
                yield
