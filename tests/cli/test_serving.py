"""The server starts, answers, refuses politely and stops cleanly."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.conftest import Run
from tests.once import COMMAND, environment


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running server and its address."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"at (http://\S+)", line):
                yield found.group(1), process
                break
        else:
            pytest.fail("The server ended: " + "".join(said))
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def get(address: str) -> str:
    with urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())


def test_a_new_installation_serves_after_one_command(tmp_path: Path) -> None:
    with serving(tmp_path / "new") as (address, _):
        assert get(f"{address}/healthz") == "ok\n"
        assert json.loads(get(f"{address}/readyz")) == {
            "ready": True,
            "checks": {"database": "ok", "migrations": "ok"},
        }


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly(asked: signal.Signals, folder: Path) -> None:
    with serving(folder) as (address, process):
        get(f"{address}/healthz")
        process.send_signal(asked)
        said, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert said.endswith("Stopped.\n")
        assert "Traceback" not in said


def test_several_processes_answer_on_one_port_and_stop_together(folder: Path) -> None:
    with serving(folder, "--workers", "2") as (address, process):
        assert {get(f"{address}/healthz") for _ in range(6)} == {"ok\n"}
        process.terminate()
        said, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in said


def test_a_taken_port_is_refused_with_a_way_out(sextant: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = sextant("serve", "--port", port)
    assert answer.returncode == 1
    assert answer.stderr == (
        f"sextant: Port {port} is taken by another program. Choose another one: --port {port + 1}\n"
    )


@pytest.mark.parametrize("arguments", [[], ["serve", "--port", "99999"], ["serve", "--workers", "0"], ["sail"]])
def test_a_wrong_call_is_told_in_words(arguments: list[str], sextant: Run) -> None:
    answer = sextant(*arguments)
    assert answer.returncode == 2
    assert answer.stderr.startswith("usage: sextant")
    assert "Traceback" not in answer.stderr


def test_a_backup_can_be_restored_while_serving(folder: Path, sextant: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    with serving(folder) as (address, _):
        assert json.loads(get(f"{address}/readyz"))["ready"]
        assert sextant("backup", copy).returncode == 0
        sextant("person", "add", "ada@example.org")
        restored = sextant("restore", copy, "--yes")
        assert restored.returncode == 0
        assert json.loads(get(f"{address}/readyz"))["ready"]
        assert "0 people" in sextant("verify", folder / "sextant.sqlite3").stdout
        assert sextant("person", "add", "ada@example.org").returncode == 0


def test_a_database_of_a_newer_version_is_not_served(folder: Path, sextant: Run) -> None:
    with closing(sqlite3.connect(folder / "sextant.sqlite3")) as connection, connection:
        connection.execute(
            "insert into django_migrations (app, name, applied) values ('core', '9999_later', '2030-01-01')"
        )
    answer = sextant("serve", "--port", "0")
    assert answer.returncode == 1
    assert "core.9999_later" in answer.stderr
