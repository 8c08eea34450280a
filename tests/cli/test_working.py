"""Background work runs beside the server, alone, and ends with who started it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sextant.project.supervising import Attendant
from tests.cli.conftest import Run
from tests.cli.test_serving import get, serving
from tests.once import COMMAND, environment

SECONDS = 60


def until(is_so: Callable[[], object]) -> None:
    """Wait for what another process does."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "It did not happen within a minute."
        time.sleep(0.05)


def ask(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "sextant.sqlite3", timeout=30)) as connection, connection:
        return connection.execute(statement).fetchall()


def add_job(folder: Path) -> None:
    """A job of a version to come: whoever works gives it up at once."""
    ask(
        folder,
        "insert into core_job (name, lane, arguments, state, attempts, added_at, due_at, lease, worker, error) "
        "values ('of.the_future', 'main', '{}', 'waiting', 0, '2026-01-01', '2026-01-01', '', '', '')",
    )


def is_given_up(folder: Path) -> bool:
    return ask(folder, "select state from core_job where name = 'of.the_future'") == [("failed",)]


def worker_id(folder: Path) -> int | None:
    """The process id of the worker that says it is there."""
    rows = ask(folder, "select name from core_worker")
    return int(str(rows[0][0]).split(":")[1]) if rows else None


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"


def test_serving_runs_background_jobs_and_stops_them_with_it(folder: Path) -> None:
    add_job(folder)
    with serving(folder) as (address, process):
        get(f"{address}/healthz")
        until(lambda: is_given_up(folder))
        worker = worker_id(folder)
        assert worker is not None
        process.terminate()
        said, _ = process.communicate(timeout=SECONDS)
        assert said.endswith("Stopped.\n")
        assert "Traceback" not in said
        assert not is_alive(worker)
        assert worker_id(folder) is None


def test_a_worker_ends_when_its_server_is_killed(folder: Path) -> None:
    with serving(folder) as (_, process):
        until(lambda: worker_id(folder) is not None)
        worker = worker_id(folder)
        assert worker is not None
        process.kill()
        until(lambda: not is_alive(worker))


def test_a_worker_that_dies_is_started_again(folder: Path) -> None:
    with serving(folder):
        until(lambda: worker_id(folder) is not None)
        worker = worker_id(folder)
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        add_job(folder)
        until(lambda: is_given_up(folder))


def test_what_cannot_live_is_not_started_again_without_end(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    program = f"open({str(starts)!r}, 'a').write('x')"
    attendant = Attendant((sys.executable, "-S", "-c", program), first_start=0, pause=0.01)
    attendant.start()
    until(lambda: starts.exists() and len(starts.read_text()) >= 3)
    attendant.stop()
    count = len(starts.read_text())
    assert count < 12  # the pauses double


def test_a_worker_works_alone_and_stops_cleanly(folder: Path) -> None:
    add_job(folder)
    process = subprocess.Popen(
        [COMMAND, "worker"], env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        until(lambda: is_given_up(folder))
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert said == "Working (Ctrl+C stops it)\nStopped.\n"


@pytest.mark.parametrize("command", ["worker", "ticker"])
def test_an_outdated_database_is_left_alone(command: str, sextant: Run, folder: Path) -> None:
    ask(folder, "delete from django_migrations where app = 'core'")
    answer = sextant(command)
    assert answer.returncode == 1
    assert "sextant migrate" in answer.stderr


def test_everything_is_looked_at_again_in_the_foreground(sextant: Run, folder: Path) -> None:
    sextant("person", "add", "ada@example.org")
    answer = sextant("evaluate")
    assert answer.returncode == 0, answer.stderr
    assert "Forecast 0 metrics anew" in answer.stderr
    assert "Looked at the rules for 0 metrics; 0 alerts changed." in answer.stderr
    assert sextant("evaluate", "--since", "2026-01-31").returncode == 0
    wrong = sextant("evaluate", "--since", "yesterday")
    assert wrong.returncode == 2
    assert "2026-03-31" in wrong.stderr
