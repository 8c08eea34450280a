"""Following the Event table: one thread per process asks the database what is new and hands it on.

It waits for nothing the database would have to send (ADR 0012), so it works on SQLite, on PostgreSQL and
through a connection pooler alike.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

import msgspec
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from sextant.core.events import forget_listener, listen

logger = logging.getLogger(__name__)

SQLITE_PAUSE = 0.02  # seconds; asking SQLite whether anything changed takes four microseconds
SERVER_PAUSE = 0.25
IDLE_PAUSE = 0.25  # nobody is listening
PAUSE_AFTER_FAULT = 1.0
MOST_AT_ONCE = 1_000
REMEMBERED = 1_000  # events kept so that a stream that was cut off can go on
GAP_SECONDS = 30.0  # how long a transaction may take to commit an id smaller than one already seen

_EVENTS = "SELECT id, name, subject_kind, subject_key, team_id, visibility, viewer_ids, topics, at FROM core_event "
_NEWEST = _EVENTS + f"ORDER BY id DESC LIMIT {REMEMBERED}"
_AFTER = _EVENTS + f"WHERE id > %s ORDER BY id LIMIT {MOST_AT_ONCE}"
_ONE = _EVENTS + "WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Happening:
    """What a stream needs to know of an event; `frame` is what it sends: the id and the topics, nothing more."""

    id: int
    name: str
    subject_kind: str
    subject_key: str
    team_id: int | None
    visibility: str
    viewer_ids: frozenset[int]
    frame: bytes
    at: float  # on the monotonic clock


class Source(Protocol):
    """Where events are read from. Any method may raise DatabaseError or sqlite3.Error."""

    pause: float

    def has_changed(self) -> bool:
        """False only when certainly nothing was committed since the last call."""
        ...

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]: ...

    def close(self) -> None: ...


class SqliteSource:
    """A connection of its own, for reading only; `data_version` changes with every commit of another one."""

    pause = SQLITE_PAUSE

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
        self._version = -1

    def has_changed(self) -> bool:
        [version] = self._connection.execute("PRAGMA data_version").fetchone()
        changed: bool = version != self._version
        self._version = version
        return changed

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql.replace("%s", "?"), parameters).fetchall())

    def close(self) -> None:
        self._connection.close()


class ServerSource:
    """A connection to a database server, in autocommit."""

    pause = SERVER_PAUSE

    def __init__(self) -> None:
        self._connection = connections.create_connection(DEFAULT_DB_ALIAS)

    def has_changed(self) -> bool:
        return True

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def close(self) -> None:
        self._connection.close()


def open_source() -> Source:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return SqliteSource(str(connection.settings_dict["NAME"]))
    return ServerSource()


class Reader:
    """Gives each event once, in the order it is found.

    On a database server an event may be committed after one with a larger id. Ids that were jumped over are
    asked for again for a while.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._last = 0
        self._gaps: dict[int, float] = {}

    def start(self) -> list[Happening]:
        """The newest events there are; from here on `new` gives what follows."""
        self.source.has_changed()
        found = [happening(row) for row in reversed(self.source.rows(_NEWEST, []))]
        self._last = found[-1].id if found else 0
        return found

    def new(self) -> list[Happening]:
        """What was committed since the last call."""
        if not self.source.has_changed():
            return []
        found: list[Happening] = []
        while True:
            rows = self.source.rows(_AFTER, [self._last])
            found += [happening(row) for row in rows]
            self._pass(row[0] for row in rows)
            if len(rows) < MOST_AT_ONCE:
                break
        return [*self._late(), *found]

    def _pass(self, ids: Any) -> None:
        until = time.monotonic() + GAP_SECONDS
        for id_ in ids:
            for missing in range(max(self._last + 1, id_ - MOST_AT_ONCE), id_):
                self._gaps[missing] = until
            self._last = id_

    def _late(self) -> list[Happening]:
        """Events whose id was jumped over and that are there now."""
        now = time.monotonic()
        rows = [row for id_ in sorted(self._gaps) for row in self.source.rows(_ONE, [id_])]
        arrived = {row[0] for row in rows}
        self._gaps = {id_: until for id_, until in self._gaps.items() if id_ not in arrived and until > now}
        return [happening(row) for row in rows]


def happening(row: Sequence[Any]) -> Happening:
    id_, name, kind, key, team_id, visibility, viewer_ids, topics, at = row
    data = msgspec.json.encode({"id": id_, "topics": _decoded(topics)})
    frame = b"id: %d\nevent: changed\ndata: %s\n\n" % (id_, data)
    viewers = frozenset(_decoded(viewer_ids))
    return Happening(id_, name, kind, key, team_id, visibility, viewers, frame, _on_our_clock(at))


def _on_our_clock(at: Any) -> float:
    """The moment on the clock of this process, which never jumps; SQLite gives a text in UTC."""
    moment: datetime = datetime.fromisoformat(at) if isinstance(at, str) else at
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    age = (datetime.now(UTC) - moment).total_seconds()
    return time.monotonic() - max(0.0, age)


def _decoded(column: Any) -> list[Any]:
    found: list[Any] = msgspec.json.decode(column) if isinstance(column, (str, bytes)) else column
    return found


class Follower(threading.Thread):
    """The thread that reads. `begin` gets the events there are, once; `deliver` those that follow."""

    def __init__(
        self,
        begin: Callable[[list[Happening]], None],
        deliver: Callable[[list[Happening]], None],
        is_watched: Callable[[], bool],
    ) -> None:
        super().__init__(name="live-events", daemon=True)
        self._begin, self._deliver, self._is_watched = begin, deliver, is_watched
        self._is_ended = False
        self._news = threading.Event()

    def stop(self) -> None:
        self._is_ended = True
        self._news.set()

    def run(self) -> None:
        """Look when this process has committed something, and every few moments for what others have."""
        listen(self._news.set)
        try:
            self._follow()
        finally:
            forget_listener(self._news.set)

    def _follow(self) -> None:
        reader: Reader | None = None
        while not self._is_ended:
            self._news.clear()
            try:
                if reader is None:
                    reader = Reader(open_source())
                    self._begin(reader.start())
                if found := reader.new():
                    self._deliver(found)
                pause = reader.source.pause if self._is_watched() else IDLE_PAUSE
            except (DatabaseError, sqlite3.Error):
                # The database may be restarting; whoever listens is told to look again once it is back.
                logger.exception("The live stream cannot read events; trying again")
                _close(reader)
                reader, pause = None, PAUSE_AFTER_FAULT
            self._news.wait(pause)
        _close(reader)


def _close(reader: Reader | None) -> None:
    if reader is not None:
        try:
            reader.source.close()
        except (DatabaseError, sqlite3.Error):
            logger.debug("The connection of the live stream was gone already")
