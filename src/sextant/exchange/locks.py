"""One process at a time works on an import; the lock goes with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sextant.core.errors import refuse

NAME = "at-work"
BUSY = "import-busy"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the import's lock. Raises Refused when another process or thread holds it."""
    place = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refuse(BUSY, "A process is at work on this import; wait until it has ended.") from None
        yield
    finally:
        os.close(place)


def is_busy(folder: Path) -> bool:
    """Whether some process or thread is at work on the import in this folder."""
    try:
        place = os.open(folder / NAME, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(place)
    return False
