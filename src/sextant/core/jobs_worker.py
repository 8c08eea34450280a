"""Claiming jobs, running them, and what becomes of those whose worker died."""

from __future__ import annotations

import json
import logging
import traceback
import uuid

from django.db import connection

from sextant.core import events
from sextant.core.actors import SYSTEM
from sextant.core.jobs import JobKind, LeaseLostError, Run, as_running, execute, kinds, rows, settle_done, sql_now
from sextant.core.logs import without_secrets
from sextant.core.models import Job
from sextant.core.writing import writing

FIRST_PAUSE_SECONDS = 5.0  # after the first failure; four times as long after each further one
LONGEST_PAUSE_SECONDS = 3600.0
LONGEST_ERROR = 4000
FOREGROUND_LEASE_SECONDS = 3600.0
DIED = "The process that worked on it ended, or was silent for longer than its lease."
UNKNOWN = "This version of Sextant knows no job of this name."
logger = logging.getLogger(__name__)


def run_all(limit: int | None = None) -> int:
    """Run what is due, of all lanes, one after the other; returns how many jobs that were."""
    count, finished = 0, None
    while run := step(finished, worker="in the foreground", lease_seconds=FOREGROUND_LEASE_SECONDS, most=limit):
        perform(run)
        count += len(run.ids)
        finished = run
        if limit is not None:
            limit -= len(run.ids)
            if limit <= 0:
                break
    if finished is not None and not finished.is_settled:
        step(finished, worker="", claims=False)
    return count


def step(
    finished: Run | None,
    *,
    worker: str,
    lane: str | None = None,
    lease_seconds: float | None = None,
    most: int | None = None,
    claims: bool = True,
) -> Run | None:
    """In one transaction, write how a run ended and claim the next one of the lane (None: of any), if one is due."""
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
            f"UPDATE core_job SET leased_until = {sql_now(seconds)} WHERE id IN ({_numbers(run)}) "
            "AND state = 'running' AND lease = %s",
            [run.lease],
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


def _claim(worker: str, lane: str | None, lease_seconds: float | None, most: int | None) -> Run | None:
    locked = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    while True:
        first = rows(
            "SELECT id, name, arguments, attempts FROM core_job "
            f"WHERE {_due(lane)} ORDER BY due_at, id LIMIT 1 {locked}"
        )
        if not first:
            return None
        job_id, name, text, attempts = first[0]
        kind = kinds().get(name)
        if kind is not None:
            break
        _fail(job_id, "", name, UNKNOWN)
    ids, texts = [job_id], [text]
    size = min(batch_size(kind, attempts + 1), most or kind.together)
    if size > 1:
        more = rows(
            f"SELECT id, arguments FROM core_job WHERE {_due(kind.lane)} AND name = %s AND attempts = %s "
            f"AND id <> {job_id} ORDER BY due_at, id LIMIT {size - 1} {locked}",
            [name, attempts],
        )
        ids += [row[0] for row in more]
        texts += [row[1] for row in more]
    calls = [json.loads(one) for one in texts]
    run = Run(kind, tuple(ids), calls, attempts + 1, uuid.uuid4().hex)
    execute(
        "UPDATE core_job SET state = 'running', attempts = attempts + 1, lease = %s, worker = %s, "
        f"leased_until = {sql_now(lease_seconds or kind.lease_seconds)} WHERE id IN ({_numbers(run)})",
        [run.lease, worker[:120]],
    )
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


def _due(lane: str | None) -> str:
    """Lanes are names from the code, so they stand in the text."""
    in_lane = f"lane = '{lane}' AND " if lane is not None else ""
    return f"{in_lane}state = 'waiting' AND due_at <= {sql_now()}"


def _numbers(run: Run) -> str:
    return ",".join(map(str, run.ids))
