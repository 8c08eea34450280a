"""Claiming jobs, running them, and what becomes of those whose worker died."""

from __future__ import annotations

import json
import logging
import os
import traceback
from functools import lru_cache

from django.db import connection

from sextant.core import events
from sextant.core.actors import SYSTEM
from sextant.core.jobs import (
    JobKind,
    LeaseLostError,
    Run,
    as_running,
    execute,
    kinds,
    lanes,
    rows,
    rows_at_once,
    settle_done,
    sql_now,
    these,
)
from sextant.core.logs import without_secrets
from sextant.core.models import Job
from sextant.core.writing import writing

FIRST_PAUSE_SECONDS = 5.0  # after the first failure; four times as long after each further one
LONGEST_PAUSE_SECONDS = 3600.0
LONGEST_ERROR = 4000
CLAIMED = "RETURNING id, name, arguments, attempts"
LEASE_SECONDS = 60.0  # of jobs that ask for no other
FOREGROUND_LEASE_SECONDS = 3600.0
DIED = "The process that worked on it ended, or was silent for longer than its lease."
UNKNOWN = "This version of Sextant knows no job of this name."
logger = logging.getLogger(__name__)


def run_all(limit: int | None = None) -> int:
    """Run what is due, of all lanes, one after the other; returns how many jobs that were."""
    count = before = 0
    while True:
        for lane in lanes():
            count += _run_lane(lane, None if limit is None else limit - count)
        if count == before:
            return count
        before = count


def _run_lane(lane: str, limit: int | None) -> int:
    count, finished = 0, None
    while limit is None or count < limit:
        most = None if limit is None else limit - count
        finished = step(
            finished, worker="in the foreground", lane=lane, lease_seconds=FOREGROUND_LEASE_SECONDS, most=most
        )
        if finished is None:
            return count
        perform(finished)
        count += len(finished.ids)
    if finished is not None:
        step(finished, worker="", lane=lane, claims=False)
    return count


def step(
    finished: Run | None,
    *,
    worker: str,
    lane: str,
    lease_seconds: float | None = None,
    most: int | None = None,
    claims: bool = True,
) -> Run | None:
    """In one transaction, write how a run ended and claim the next one of the lane, if one is due."""
    try:
        with writing():
            if finished is not None:
                settle(finished)
            claimed = _claim(worker, lane, lease_seconds, most) if claims else None
    except LeaseLostError as lost:
        logger.warning("%s", lost)
        claimed = step(None, worker=worker, lane=lane, lease_seconds=lease_seconds, most=most, claims=claims)
    if finished is not None:
        finished.is_settled = True
    return claimed


def is_due(lane: str) -> bool:
    """Whether something waits in the lane: a read, so that who only looks takes no turn from those who write."""
    return bool(rows(f"SELECT 1 FROM core_job WHERE {_due(lane)} LIMIT 1"))


def perform(run: Run) -> None:
    """Call the handler; what goes wrong is kept in the run."""
    try:
        with as_running(run):
            if run.kind.together > 1:
                run.kind.handler(run.calls)
            else:
                run.kind.handler(**run.calls[0])
    except LeaseLostError as lost:
        run.is_settled = True
        logger.warning("%s; nothing of this attempt was kept", lost)
    except (Exception, SystemExit):
        run.error = without_secrets(traceback.format_exc())[-LONGEST_ERROR:]
        logger.error(
            "The job %s failed (attempt %d of %d)\n%s", run.kind.name, run.attempts, run.kind.attempts, run.error
        )


def settle(run: Run) -> None:
    """Write how a run ended: done, waiting for the next attempt, or failed. Call inside `writing()`."""
    if run.is_settled:
        return
    if not run.error:
        settle_done(run)
        return
    for job_id in run.ids:
        _end_attempt(job_id, run.lease, run.kind, run.attempts, run.error, pause_seconds(run.attempts))


def reap() -> int:
    """Let the jobs run again whose lease has ended, or fail those that used up their attempts; returns how many."""
    ended = rows(
        "SELECT id, name, lease, attempts FROM core_job "
        f"WHERE state = 'running' AND leased_until < {sql_now()} ORDER BY id LIMIT 1000"
    )
    reaped = 0
    for job_id, name, lease, attempts in ended:
        with writing():
            # The first time it starts again at once: most probably it was not the job that ended the process.
            pause = pause_seconds(attempts - 1) if attempts > 1 else 0
            reaped += _end_attempt(job_id, lease, kinds().get(name), attempts, DIED, pause)
    return reaped


def beat(run: Run, seconds: float) -> bool:
    """Extend the lease; False when it is somebody else's by now, or the run is settled."""
    with writing():
        extended = execute(
            f"UPDATE core_job SET leased_until = {sql_now(seconds)} WHERE {these(run.ids)} "
            "AND state = 'running' AND lease = %s",
            [*run.ids, run.lease],
        )
    return extended == len(run.ids)


def give_back(run: Run) -> None:
    """Let somebody else run the jobs at once; an attempt that was broken off by us does not count."""
    with writing():
        for job_id in run.ids:
            _wait_again(job_id, run.lease, attempts=run.attempts - 1, error="", pause=0)


def pause_seconds(attempts: int) -> float:
    """How long a job waits after so many failed attempts."""
    return float(min(FIRST_PAUSE_SECONDS * 4 ** (attempts - 1), LONGEST_PAUSE_SECONDS))


def batch_size(kind: JobKind, attempts: int) -> int:
    """How many jobs are taken together at this attempt (1: the first).

    After a failure the parts become smaller and at last single, so that one bad job takes no others with it.
    """
    return 1 if attempts >= kind.attempts else max(1, kind.together >> (3 * (attempts - 1)))


@lru_cache(maxsize=100)
def _statements(vendor: str, lane: str, seconds: float) -> tuple[str, str, str]:
    """For a lane: claiming the first job that is due, finding others like it, and claiming those (`WHERE` follows)."""
    due = _due(lane)
    claiming = (
        "UPDATE core_job SET state = 'running', attempts = attempts + 1, lease = %s, worker = %s, "
        f"leased_until = {sql_now(seconds)}"
    )
    locked = "FOR UPDATE SKIP LOCKED" if vendor == "postgresql" else ""
    first = f"SELECT id FROM core_job WHERE {due} ORDER BY due_at, id LIMIT 1 {locked}"
    more = f"SELECT id FROM core_job WHERE {due} AND name = %s AND attempts = %s ORDER BY due_at, id LIMIT %s {locked}"
    return f"{claiming} WHERE id = ({first}) {CLAIMED}", more, claiming


def _claim(worker: str, lane: str, lease_seconds: float | None, most: int | None) -> Run | None:
    first, others, claiming = _statements(connection.vendor, lane, lease_seconds or LEASE_SECONDS)
    lease = os.urandom(12).hex()
    while True:
        claimed = rows_at_once(first, [lease, worker])
        if not claimed:
            return None
        job_id, name, _arguments, attempts = claimed[0]
        kind = kinds().get(name)
        if kind is not None:
            break
        _fail(job_id, lease, name, UNKNOWN)
    size = min(batch_size(kind, attempts), most or kind.together)
    if size > 1 and (ids := [row[0] for row in rows(others, [name, attempts - 1, size - 1])]):
        claimed += rows(f"{claiming} WHERE {these(ids)} {CLAIMED}", [lease, worker, *ids])
    claimed.sort()
    run = Run(kind, tuple(row[0] for row in claimed), [json.loads(row[2]) for row in claimed], attempts, lease)
    if lease_seconds is None and kind.lease_seconds != LEASE_SECONDS:
        beat(run, kind.lease_seconds)
    return run


def _end_attempt(job_id: int, lease: str, kind: JobKind | None, attempts: int, error: str, pause: float) -> bool:
    """A failed attempt: wait for the next one, or give up. False when the lease was somebody else's by now."""
    if kind is not None and attempts < kind.attempts:
        return _wait_again(job_id, lease, attempts=attempts, error=error, pause=pause)
    name = kind.name if kind is not None else Job.objects.values_list("name", flat=True).get(pk=job_id)
    return _fail(job_id, lease, name, error)


def _wait_again(job_id: int, lease: str, *, attempts: int, error: str, pause: float) -> bool:
    """Unless the same is waiting already: then that one does it."""
    twin = (
        "SELECT 1 FROM core_job AS twin WHERE twin.name = core_job.name AND twin.once = core_job.once "
        "AND twin.state = 'waiting'"
    )
    return bool(
        execute(
            f"UPDATE core_job SET state = CASE WHEN EXISTS ({twin}) THEN 'done' ELSE 'waiting' END, "
            f"finished_at = CASE WHEN EXISTS ({twin}) THEN {sql_now()} END, due_at = {sql_now(pause)}, "
            "attempts = %s, error = %s, lease = '', leased_until = NULL "
            f"WHERE id = {job_id} AND state = 'running' AND lease = %s",
            [max(attempts, 0), error, lease],
        )
    )


def _fail(job_id: int, lease: str, name: str, error: str) -> bool:
    failed = execute(
        f"UPDATE core_job SET state = 'failed', finished_at = {sql_now()}, error = %s, lease = '', leased_until = NULL "
        f"WHERE id = {job_id} AND state IN ('waiting', 'running') AND lease = %s",
        [error, lease],
    )
    if failed:
        events.emit(SYSTEM, "job.failed", "job", str(job_id), name, visibility="people")
    return bool(failed)


def _due(lane: str) -> str:
    """Lanes are names from the code, so they stand in the text. What was added in this millisecond is due."""
    return f"lane = '{lane}' AND state = 'waiting' AND due_at <= {sql_now(0.001)}"
