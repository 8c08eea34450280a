"""P8: background jobs against a raw lease loop, the time an idle worker needs to begin, and `kill -9` under load.

The floor of draining is a loop on the driver that claims one row under a lease, does nothing, and marks it done: two
statements and two commits on a table with nothing else in it. Ours is the process that `sextant worker` runs, with
handlers that do nothing. DATABASE_URL (`python scripts/postgres.py python benchmarks/p08_jobs.py`) chooses the
database; without it, it is SQLite in a folder that is removed afterwards.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from jobs_under_fire import register, under_fire
from ratio import print_header, report
from serving import COMMAND, environment

JOBS = 1_500
ROUNDS = 9
STARTS = 40
KILLS = 100
INSIDE = "--inside"
LEASE = "UPDATE raw_job SET state = 'running', lease = {0}, leased_until = {0} WHERE id = {1} RETURNING id"
DONE = "UPDATE raw_job SET state = 'done' WHERE id = {0} AND lease = {0}"


def drain() -> None:
    """Jobs per second, ours against the floor, in turns."""
    ratios, ours, floors = [], [], []
    _raw_table()
    for place in range(ROUNDS + 1):
        floor, mine = _raw_drain(), _our_drain()
        if place:  # the first round warms up
            ratios.append(floor / mine)
            ours.append(mine)
            floors.append(floor)
    report(
        f"P8 drain {JOBS:,} jobs",
        ratios,
        ">= 0.3",
        ours=statistics.median(ours),
        floor=statistics.median(floors),
    )


def idle_start() -> None:
    """From the commit of a job until its handler begins, with nothing else to do."""
    from sextant.core.jobs import enqueue, job
    from sextant.core.jobs_process import POLL_SECONDS, JobProcess

    began: dict[int, float] = {}

    @job("bench.start")
    def start(n: int) -> None:
        began[n] = time.monotonic()

    process = JobProcess(ticks=False)
    thread = threading.Thread(target=process.run)
    thread.start()
    asked = {}
    for n in range(STARTS):
        time.sleep(0.05 + (n * 0.618) % 1 * POLL_SECONDS)  # at any place between two looks
        enqueue("bench.start", {"n": n})
        asked[n] = time.monotonic()
        while n not in began:
            time.sleep(0.002)
    process.stop()
    thread.join()
    waits = sorted(began[n] - asked[n] for n in asked)
    p95 = waits[int(len(waits) * 0.95)]
    report("P8 idle start p95 / poll", [p95 / POLL_SECONDS], "<= 2", ours=p95, floor=POLL_SECONDS)


def _our_drain() -> float:
    """Seconds for all jobs with the process of `sextant worker`."""
    from sextant.core.jobs import add, job
    from sextant.core.jobs_process import JobProcess
    from sextant.core.models import Job

    process = JobProcess(ticks=False)
    left = [JOBS]

    @job("bench.nothing")
    def nothing(n: int) -> None:
        left[0] -= 1
        if not left[0]:
            process.stop()

    Job.objects.all().delete()
    add([("bench.nothing", {"n": n}) for n in range(JOBS)])
    started = time.perf_counter()
    process.run()
    taken = time.perf_counter() - started
    assert Job.objects.filter(state="done").count() == JOBS
    return taken


def _raw_table() -> None:
    _execute(
        "CREATE TABLE raw_job (id integer PRIMARY KEY, state varchar(10), lease varchar(32), leased_until varchar(40))"
    )
    _execute("CREATE INDEX raw_waiting ON raw_job (id) WHERE state = 'waiting'")


def _raw_drain() -> float:
    """Seconds for all rows with the driver alone, a commit after each statement."""
    from django.db import connection

    _execute("DELETE FROM raw_job")
    connection.ensure_connection()
    raw: Any = connection.connection
    is_postgres = connection.vendor == "postgresql"
    mark, locked = ("%s", " FOR UPDATE SKIP LOCKED") if is_postgres else ("?", "")
    cursor = raw.cursor()
    rows = ",".join(f"({number}, 'waiting')" for number in range(JOBS))
    cursor.execute(f"INSERT INTO raw_job (id, state) VALUES {rows}")
    claim = LEASE.format(mark, f"(SELECT id FROM raw_job WHERE state = 'waiting' ORDER BY id LIMIT 1{locked})")
    done = DONE.format(mark)
    count, started = 0, time.perf_counter()
    while True:
        lease = uuid.uuid4().hex
        found = cursor.execute(claim, (lease, lease)).fetchone()
        if found is None:
            break
        cursor.execute(done, (found[0], lease))
        count += 1
    taken = time.perf_counter() - started
    assert count == JOBS
    return taken


def _execute(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def inside() -> int:
    """Measure on the database of the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sextant.project.settings")
    import django

    django.setup()
    print_header()
    drain()
    idle_start()
    _execute("DROP TABLE raw_job")
    register()
    print(under_fire(KILLS).line(), flush=True)
    return 0


def main() -> int:
    if INSIDE in sys.argv:
        return inside()
    folder = Path(tempfile.mkdtemp(prefix="sextant-bench-"))
    try:
        settings = environment(folder / "data")
        if address := os.environ.get("DATABASE_URL"):
            settings["DATABASE_URL"] = address
        subprocess.run([COMMAND, "migrate"], env=settings, check=True, capture_output=True)
        return subprocess.run([sys.executable, __file__, INSIDE, *sys.argv[1:]], env=settings).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
