"""What can go wrong with an import through no fault of its file, in words that say what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError

from sextant.core.errors import refuse
from sextant.exchange.understanding import MappingError
from sextant.readers import ReadError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# SQLite's words for a file that could not be made longer.
NO_ROOM_WORDS = ("disk is full", "disk I/O error")


@contextmanager
def faults_said(data_folder: Path) -> Iterator[None]:
    """Turn unreadable files, unusable mappings, a full disk and too little memory into Refused."""
    try:
        yield
    except (ReadError, MappingError) as error:
        raise refuse(error.key, str(error)) from error
    except MemoryError as error:
        message = "There is not enough memory for this. Nothing was imported; split the file, or import it elsewhere."
        raise refuse("memory-full", message) from error
    except (OSError, DatabaseError, sqlite3.Error) as error:
        if not is_no_room(error):
            raise
        message = f"The disk of {data_folder} takes no more. Nothing was imported; make room there and start again."
        raise refuse("disk-full", message) from error


def is_no_room(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    return any(words in str(error) for words in NO_ROOM_WORDS)
