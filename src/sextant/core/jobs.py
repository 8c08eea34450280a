"""Work for the background: naming it, adding it, and how it ends (ADR 0017).

    @job("alerts.evaluate", together=500)
    def evaluate(calls: list[dict[str, Any]]) -> None: ...

    enqueue("alerts.evaluate", {"event": 7})   # inside `writing()`: the row commits with the change
    every("alerts.recheck", seconds=60)        # added by the ticker whenever it is due

A job runs at least once, and again when its worker dies: what it does must come out the same twice. What must have
its effect exactly once is written inside `with finishing():`, which commits the effect and the end of the job in one
transaction, and neither of them when the lease was lost meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections

from sextant.core.writing import writing

MAIN = "main"
_INSERT = "INSERT INTO core_job (name, lane, arguments, once, state, attempts, added_at, due_at, lease, worker, error)"
# A row that waits already is touched, so that nobody claims it before what is being written now can be seen.
_UNLESS_WAITING = (
    "ON CONFLICT (name, once) WHERE state = 'waiting' DO UPDATE SET due_at = CASE "
    "WHEN core_job.attempts = 0 AND excluded.due_at < core_job.due_at THEN excluded.due_at ELSE core_job.due_at END"
)

Handler = TypeVar("Handler", bound=Callable[..., None])


class LeaseLostError(Exception):
    """The job took longer than its lease and belongs to somebody else now; nothing of this attempt is kept."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A registered job. `together` > 1: the handler gets a list of the arguments of up to so many waiting jobs."""

    name: str
    handler: Callable[..., None]
    together: int
    attempts: int
    lease_seconds: float
    lane: str


@dataclass(slots=True)
class Run:
    """Jobs of one kind that one process has claimed under one lease."""

    kind: JobKind
    ids: tuple[int, ...]
    calls: list[dict[str, Any]]
    attempts: int  # this one included
    lease: str
    is_settled: bool = False
    error: str = ""  # why this attempt failed


_kinds: dict[str, JobKind] = {}
_periods: dict[str, float] = {}
_running: ContextVar[Run | None] = ContextVar("running", default=None)


def job(
    name: str, *, together: int = 1, attempts: int = 5, lease_seconds: float = 60, lane: str = MAIN
) -> Callable[[Handler], Handler]:
    """Register the function that does a job of this name.

    `together` > 1: it is called once with a list of the arguments of up to so many waiting jobs, else with the
    arguments of one by name. `attempts`: after so many failures or deaths of the worker the job has failed.
    `lease_seconds`: the job is somebody else's when its process has been silent for so long; it may run longer.
    `lane`: jobs of different lanes do not wait for each other in a worker; slow ones get a lane of their own.
    """

    def register(handler: Handler) -> Handler:
        known = _kinds.get(name)
        if known is not None and known.handler.__module__ != handler.__module__:
            raise LookupError(f"Two functions do the job '{name}'.")
        _kinds[name] = JobKind(name, handler, together, attempts, lease_seconds, lane)
        return handler

    return register


def kinds() -> dict[str, JobKind]:
    """All registered jobs by name."""
    return dict(_kinds)


def lanes() -> list[str]:
    """The lanes of the registered jobs, the main one first."""
    return [MAIN, *sorted({kind.lane for kind in _kinds.values()} - {MAIN})]


def every(name: str, *, seconds: float) -> None:
    """Have the ticker add the job `name`, without arguments, every so many seconds, whatever the number of tickers.

    What was missed while nothing ran is made up for once.
    """
    _periods[name] = seconds


def periods() -> dict[str, float]:
    """Seconds between two runs, by the name of the periodic job."""
    return dict(_periods)


def enqueue(name: str, arguments: Mapping[str, Any], *, once: str = "", run_at: datetime | None = None) -> None:
    """Add a job. Inside `writing()` its row commits with the change, or not at all.

    `once`: while a job of this name and key waits, no second one is added. `run_at`: not before this moment.
    Raises LookupError for a name nobody registered.
    """
    add([(name, arguments)], once=once, run_at=run_at)


def add(jobs: Sequence[tuple[str, Mapping[str, Any]]], *, once: str = "", run_at: datetime | None = None) -> None:
    """Add several jobs, given by name and arguments, in one statement; the names differ where `once` is given."""
    if not jobs:
        return
    parameters: list[Any] = []
    for name, arguments in jobs:
        if name not in _kinds:
            raise LookupError(f"No function is registered for the job '{name}'.")
        parameters += [name, _kinds[name].lane, json.dumps(arguments), once or None]
        parameters += [connection.ops.adapt_datetimefield_value(run_at)] if run_at else []
    now = sql_now()
    values = ", ".join([f"(%s, %s, %s, %s, 'waiting', 0, {now}, {'%s' if run_at else now}, '', '', '')"] * len(jobs))
    statement = f"{_INSERT} VALUES {values} {_UNLESS_WAITING if once else ''}"
    if connection.in_atomic_block:
        execute(statement, parameters)
    else:
        with writing():
            execute(statement, parameters)


@contextmanager
def finishing() -> Iterator[None]:
    """One transaction for what the running job does and for its being done.

    Raises LeaseLostError, and keeps nothing, when the job was given to somebody else meanwhile. Outside of a job it
    is `writing()`.
    """
    run = _running.get()
    with writing():
        yield
        if run is not None and not run.is_settled:
            settle_done(run)
    if run is not None:
        run.is_settled = True


def run_due(limit: int | None = None) -> int:
    """Run the jobs that are due now, of all lanes, in this process and one after the other; returns how many.

    Those that fail wait for their next attempt, as with a worker.
    """
    from sextant.core.jobs_worker import run_all

    return run_all(limit)


@contextmanager
def as_running(run: Run) -> Iterator[None]:
    """Let `finishing` know which job it belongs to."""
    token = _running.set(run)
    try:
        yield
    finally:
        _running.reset(token)


def settle_done(run: Run) -> None:
    """Mark the claimed jobs as done; raises LeaseLostError unless all of them are still under the lease."""
    done = rows_at_once(_settling(connection.vendor, len(run.ids)), [*run.ids, run.lease])
    if len(done) != len(run.ids):
        raise LeaseLostError(f"{run.kind.name} was given to another worker")


@lru_cache(maxsize=100)
def _settling(vendor: str, count: int) -> str:
    return (
        f"UPDATE core_job SET state = 'done', finished_at = {sql_now()}, leased_until = NULL, lease = '', error = '' "
        f"WHERE {these(range(count))} AND state = 'running' AND lease = %s RETURNING id"
    )


def sql_now(seconds: float = 0) -> str:
    """The present, or so many seconds later, in SQL: by the database's clock, as several machines may share it.

    Always the same text, so that the driver keeps the statement prepared; on SQLite in whole milliseconds, rounded
    down. Never the past that a builder of history writes at.
    """
    if connection.vendor == "postgresql":
        return f"(statement_timestamp() + interval '{seconds:f} seconds')"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '{seconds:+f} seconds')"


def these(ids: Sequence[int]) -> str:
    """The condition for rows with these ids, which are parameters."""
    return f"id IN ({', '.join(['%s'] * len(ids))})"


def execute(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Run one statement; returns how many rows it changed."""
    cursor = connection.cursor()
    cursor.execute(statement, parameters)
    return int(cursor.rowcount)


def rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What one statement finds."""
    cursor = connection.cursor()
    cursor.execute(statement, parameters)
    return list(cursor.fetchall())


def rows_at_once(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement finds that is run for every job; inside a transaction.

    On SQLite the driver is asked directly: what Django does around a statement costs more than the statement.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor != "sqlite":
        return rows(statement, parameters)
    with here.wrap_database_errors:
        return list(here.connection.execute(_for_sqlite(statement), parameters))


@lru_cache(maxsize=200)
def _for_sqlite(statement: str) -> str:
    return statement.replace("%s", "?").replace("%%", "%")
