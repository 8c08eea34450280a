"""Workers killed by `kill -9` under load: is any job lost, does any take effect twice?

Every change is committed together with the job it asks for; every job writes its effect. Two workers are killed at
random moments, in the middle of a statement or a commit as it happens, and started again. In the end the two lists
must be equal. `python benchmarks/jobs_under_fire.py --kills 100` works on the database that DATABASE_URL or
SEXTANT_DATA names, which has to be migrated; nothing of it stays there.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

WORKERS = 2
LEASE_SECONDS = 1.0
POLL_SECONDS = 0.05
JOBS_AT_ONCE = 6
SECONDS_BETWEEN_KILLS = (0.05, 0.7)
SECONDS_TO_DRAIN = 180
KINDS = ("fire.one", "fire.together", "fire.plain", "fire.chain")
LONGEST_JOB_SECONDS = 0.04
BACKLOG = 200  # waiting jobs past which no more are added


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was asked for and what came of it; `again` jobs needed more than one attempt."""

    kills: int
    asked: int
    lost: int
    twice: int
    failed: int
    again: int
    seconds: float

    @property
    def passed(self) -> bool:
        return not (self.lost or self.twice or self.failed)

    def line(self) -> str:
        verdict = "PASS" if self.passed else "SHORT"
        return (
            f"P8 kill -9 {self.kills} times: {self.asked} jobs, {self.lost} lost, {self.twice} with effect twice, "
            f"{self.failed} failed, {self.again} run again, {self.seconds:.0f} s  {verdict}"
        )


def register() -> None:
    """The jobs: fenced singly and in parts, idempotent without a fence, and one that asks for another one."""
    from sextant.core.jobs import enqueue, finishing, job
    from sextant.core.writing import writing

    @job("fire.one", attempts=99)
    def one(n: int) -> None:
        time.sleep(random.random() * LONGEST_JOB_SECONDS)
        with finishing():
            _execute("INSERT INTO fire_effect VALUES ('fire.one', %s)", n)

    @job("fire.together", together=20, attempts=99)
    def together(calls: list[dict[str, Any]]) -> None:
        with finishing():
            for call in calls:
                _execute("INSERT INTO fire_effect VALUES ('fire.together', %s)", call["n"])

    @job("fire.plain", attempts=99, lane="other")
    def plain(n: int) -> None:
        with writing():
            there = "SELECT 1 FROM fire_effect WHERE kind = 'fire.plain' AND n = %s"
            _execute(f"INSERT INTO fire_effect SELECT 'fire.plain', %s WHERE NOT EXISTS ({there})", n, n)
        time.sleep(random.random() * LONGEST_JOB_SECONDS)

    @job("fire.chain", attempts=99)
    def chain(n: int) -> None:
        with finishing():
            _execute("INSERT INTO fire_effect VALUES ('fire.chain', %s)", n)
            enqueue("fire.linked", {"n": n})

    @job("fire.linked", attempts=99)
    def linked(n: int) -> None:
        with finishing():
            _execute("INSERT INTO fire_effect VALUES ('fire.linked', %s)", n)


def under_fire(kills: int) -> Outcome:
    """Kill so often, let the rest be done, and count."""
    from sextant.core.models import Event, Job

    began, random_moment = time.monotonic(), random.Random(4)
    for table in ("fire_asked", "fire_effect"):
        _execute(f"CREATE TABLE {table} (kind varchar(20), n integer)")
    workers = [_start() for _ in range(WORKERS)]
    number = 0
    try:
        for _ in range(kills):
            until = time.monotonic() + random_moment.uniform(*SECONDS_BETWEEN_KILLS)
            while time.monotonic() < until:
                number = _ask(number)
                time.sleep(0.02)
            victim = random_moment.randrange(WORKERS)
            _end(workers[victim], signal.SIGKILL)
            workers[victim] = _start()
        _drain()
    finally:
        for worker in workers:
            _end(worker, signal.SIGTERM)
    try:
        return _count(kills, time.monotonic() - began)
    finally:
        Job.objects.filter(name__startswith="fire.").delete()
        Event.objects.filter(name="job.failed", subject_label__startswith="fire.").delete()
        for table in ("fire_asked", "fire_effect"):
            _execute(f"DROP TABLE {table}")


def _ask(number: int) -> int:
    """A few changes, each with its job in one transaction; returns the next free number."""
    from sextant.core.jobs import enqueue
    from sextant.core.models import Job
    from sextant.core.writing import writing

    if Job.objects.filter(state="waiting").count() > BACKLOG:
        return number
    for n in range(number, number + JOBS_AT_ONCE):
        kind = KINDS[n % len(KINDS)]
        with writing():
            _execute("INSERT INTO fire_asked VALUES (%s, %s)", kind, n)
            if kind == "fire.chain":
                _execute("INSERT INTO fire_asked VALUES ('fire.linked', %s)", n)
            enqueue(kind, {"n": n})
    return number + JOBS_AT_ONCE


def _start() -> int:
    """A worker in a process of its own, on connections of its own."""
    from django.db import connections

    from sextant.core.jobs_process import JobProcess

    connections.close_all()
    process_id = os.fork()
    if process_id == 0:
        process = JobProcess(ticks=False, poll_seconds=POLL_SECONDS, lease_seconds=LEASE_SECONDS)
        signal.signal(signal.SIGTERM, lambda signum, frame: process.stop())
        try:
            process.run()
        finally:
            os._exit(0)
    return process_id


def _end(process_id: int, how: signal.Signals) -> None:
    os.kill(process_id, how)
    os.waitpid(process_id, 0)


def _drain() -> None:
    from sextant.core.models import Job

    deadline = time.monotonic() + SECONDS_TO_DRAIN
    while Job.objects.filter(name__startswith="fire.", state__in=("waiting", "running")).exists():
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)


def _count(kills: int, seconds: float) -> Outcome:
    from sextant.core.models import Job

    asked, effects = _rows("SELECT kind, n FROM fire_asked"), _rows("SELECT kind, n FROM fire_effect")
    jobs = Job.objects.filter(name__startswith="fire.")
    return Outcome(
        kills=kills,
        asked=len(asked),
        lost=len(set(asked) - set(effects)),
        twice=len(effects) - len(set(effects)),
        failed=jobs.filter(state="failed").count(),
        again=jobs.filter(attempts__gt=1).count(),
        seconds=seconds,
    )


def _execute(statement: str, *parameters: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _rows(statement: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sextant.project.settings")
    import django

    django.setup()
    register()
    outcome = under_fire(given.kills)
    print(outcome.line())
    return 0 if outcome.passed else 1


if __name__ == "__main__":
    sys.exit(main())
