"""A real `sextant serve` on a data folder of its own, for the benchmarks that measure the whole way over HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).with_name("sextant")
SECONDS_ALLOWED, SECONDS_TO_STOP = 120, 60


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, its data folder and process, and what `prepare` printed about it."""

    port: int
    folder: Path
    process: subprocess.Popen[str]
    known: dict[str, Any]


def environment(folder: Path) -> dict[str, str]:
    """The environment of a clean machine with this data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEXTANT_", "DJANGO_"))}
    kept.pop("DATABASE_URL", None)
    return kept | {"SEXTANT_DATA": str(folder), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}:{ROOT / 'benchmarks'}"}


@contextmanager
def serving(script: str, *arguments: object, workers: int = 1) -> Iterator[Server]:
    """Migrate a new folder, run `script prepare ...` on it (it prints JSON), serve it, and remove everything."""
    folder = Path(tempfile.mkdtemp(prefix="sextant-bench-"))
    settings = environment(folder / "data")
    try:
        subprocess.run([COMMAND, "migrate"], env=settings, check=True, capture_output=True)
        program = [sys.executable, script, "prepare", *map(str, arguments)]
        done = subprocess.run(program, env=settings, check=True, stdout=subprocess.PIPE, text=True)
        with _running(settings, workers) as (port, process):
            yield Server(port, folder / "data", process, json.loads(done.stdout))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(settings: dict[str, str], workers: int) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", "--workers", str(workers)],
        env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    watchdog = threading.Timer(SECONDS_ALLOWED, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"at http://\S+:(\d+)", line):
                watchdog.cancel()
                yield int(found.group(1)), process
                break
        else:
            raise SystemExit("The server ended: " + "".join(said))
    finally:
        watchdog.cancel()
        process.terminate()
        try:
            process.communicate(timeout=SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:  # its children hold our pipe open: without them we would wait for ever
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def new_organisation() -> Any:
    """Set Django and an organisation up; gives the administrator as an actor."""
    from sextant.cli import start_django

    start_django()
    from sextant.people import queries
    from sextant.people.commands import set_up_organisation

    person = set_up_organisation(
        name="Bench", admin_name="Ada Admin", email="ada@bench.example", password="lantern-harbour-42"
    )
    return queries.actor_of_person(person)
