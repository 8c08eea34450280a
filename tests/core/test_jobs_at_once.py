"""Several workers at once, and workers killed in the middle of their work, on a database that commits."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from sextant.core import jobs
from sextant.core.jobs import enqueue, every, finishing, job
from sextant.core.jobs_process import JobProcess
from sextant.core.jobs_ticker import tick
from sextant.core.models import Job, Periodic, Worker
from sextant.core.writing import writing

pytestmark = [pytest.mark.django_db(transaction=True)]
FIRE = Path(__file__).parents[2] / "benchmarks" / "jobs_under_fire.py"


@pytest.fixture(autouse=True)
def own_jobs() -> Iterator[None]:
    """Jobs registered in a test are forgotten after it; nothing is left of what ran."""
    kinds, periods = jobs.kinds(), jobs.periods()
    jobs._periods.clear()
    yield
    for name in set(jobs.kinds()) - set(kinds):
        jobs._kinds.pop(name)
    jobs._periods.clear()
    jobs._periods.update(periods)
    Periodic.objects.all().delete()


def at_once(*acts: Callable[[], object]) -> None:
    """Do all of it at the same time, in threads with connections of their own."""
    gate, wrong = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], object]) -> None:
        try:
            gate.wait(30)
            act()
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert wrong == []
    assert not any(thread.is_alive() for thread in threads)


def test_two_workers_share_the_work_and_do_nothing_twice() -> None:
    done: Counter[int] = Counter()
    processes = [JobProcess(ticks=False, poll_seconds=0.02) for _ in range(2)]
    everything = 60

    @job("test.share")
    def share(n: int) -> None:
        with finishing():
            done[n] += 1
        if sum(done.values()) >= everything:
            for process in processes:
                process.stop()

    for n in range(everything):
        enqueue("test.share", {"n": n})
    at_once(*(process.run for process in processes))
    assert done == Counter(range(everything))
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert not Worker.objects.exists()


def test_many_tickers_add_a_periodic_job_once() -> None:
    @job("test.periodic")
    def periodic() -> None: ...

    every("test.periodic", seconds=600)
    at_once(*[tick] * 4)
    assert Job.objects.filter(name="test.periodic").count() == 1


def test_who_asks_for_the_same_at_once_adds_one_job() -> None:
    @job("test.same")
    def same() -> None: ...

    def ask() -> None:
        for _ in range(5):
            with writing():
                enqueue("test.same", {}, once="same")

    at_once(*[ask] * 4)
    assert Job.objects.filter(name="test.same").count() == 1


def test_a_waiting_job_asked_for_again_does_not_run_before_that_change_is_there() -> None:
    """Otherwise it would be done without having seen the change, and nobody would do it again."""
    seen: list[int] = []
    is_asked, may_commit = threading.Event(), threading.Event()

    @job("test.look")
    def look() -> None:
        seen.append(Worker.objects.count())

    def change() -> None:
        with writing():
            Worker.objects.create(name="change", started_at="2026-01-01T00:00Z", seen_at="2026-01-01T00:00Z")
            enqueue("test.look", {}, once="look")
            is_asked.set()
            may_commit.wait(30)

    def work() -> None:
        is_asked.wait(30)
        if connection.vendor == "postgresql":  # SQLite's one writer makes everybody wait anyway
            jobs.run_due()
        may_commit.set()

    enqueue("test.look", {}, once="look")
    at_once(change, work)
    jobs.run_due()
    assert seen == [1]


def test_a_job_that_hangs_on_is_given_back_when_its_worker_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sextant.core.jobs_process.SECONDS_TO_FINISH", 0.1)
    process, may_end = JobProcess(ticks=False, poll_seconds=0.02), threading.Event()

    @job("test.long")
    def long() -> None:
        process.stop()
        may_end.wait(30)

    enqueue("test.long", {})
    ended: list[bool] = []
    at_once(lambda: ended.append(process.run()))
    assert ended == [False]
    given = Job.objects.get(name="test.long")
    assert (given.state, given.attempts) == ("waiting", 0)
    may_end.set()


def test_a_lease_lives_as_long_as_its_job() -> None:
    """With a lease much shorter than the job, a second worker gets nothing to do."""
    runs: list[str] = []
    processes = [JobProcess(ticks=False, poll_seconds=0.02, lease_seconds=1.0) for _ in range(2)]

    @job("test.long")
    def long() -> None:
        runs.append("begun")
        begun = Job.objects.get(name="test.long").leased_until
        while Job.objects.get(name="test.long").leased_until == begun:
            threading.Event().wait(0.02)
        for process in processes:
            process.stop()

    enqueue("test.long", {})
    at_once(*(process.run for process in processes))
    assert runs == ["begun"]
    assert Job.objects.get(name="test.long").state == "done"


@pytest.mark.slow
def test_workers_killed_under_load_lose_nothing_and_do_nothing_twice() -> None:
    """Five of the hundred `kill -9` of benchmarks/jobs_under_fire.py, which tells the whole story."""
    address = _address(connection.settings_dict)
    environment = os.environ | {"DATABASE_URL": address, "SEXTANT_DATA": str(settings.DATA_FOLDER)}
    done = subprocess.run(
        [sys.executable, FIRE, "--kills", "5"], env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 times" in done.stdout
    assert "0 lost, 0 with effect twice, 0 failed" in done.stdout


def _address(database: dict[str, Any]) -> str:
    """The database of the tests, for a process of its own."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
