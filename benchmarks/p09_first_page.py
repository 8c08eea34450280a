"""P9: from a clone to the first page, and what an idle server costs.

Ours clones the working copy, lets `make` set it up, starts `sextant serve` on an empty folder and reads the first page.
The floor installs the same locked packages with `uv pip install` into a new environment. Both start with an empty
package cache, as a new machine does; the last lines have goals of their own (3 s, 120 MB) instead of a floor.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from ratio import print_header, report

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
STARTS = 5
MOST_SECONDS, MOST_MEGABYTES = 3.0, 120.0


def main() -> None:
    print_header()
    with tempfile.TemporaryDirectory(prefix="sextant-p09-") as name:
        folder = Path(name)
        rounds = [(clone_to_first_page(folder), install_only(folder)) for _ in range(ROUNDS)]
        ours, floor = (sorted(side)[ROUNDS // 2] for side in zip(*rounds, strict=True))
        report("P9 clone to first page", [a / b for a, b in rounds], "<= 2", ours=ours, floor=floor)
        measured = [start(folder / "clone", folder / "data") for _ in range(STARTS)]
    seconds, megabytes = zip(*measured, strict=True)
    report("P9 start to first answer, of 3 s", [one / MOST_SECONDS for one in seconds], "<= 1", ours=seconds[0])
    report(f"P9 idle memory {max(megabytes):.0f} MB, of 120 MB", [one / MOST_MEGABYTES for one in megabytes], "<= 1")


def clone_to_first_page(folder: Path) -> float:
    """Seconds from `git clone` to the first page of an empty installation."""
    clone = folder / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    with new_cache(folder) as environment:
        began = time.perf_counter()
        run(["git", "clone", "--quiet", str(ROOT), str(clone)], environment)
        run(["make", "--silent", "--directory", str(clone), ".venv/.ready"], environment)
        with serving(clone, folder / "first"):
            seconds = time.perf_counter() - began
    shutil.rmtree(folder / "first")
    return seconds


def install_only(folder: Path) -> float:
    """Seconds `uv` takes for a new environment with the same packages."""
    uv, wanted, target = ROOT / ".venv/bin/uv", folder / "wanted.txt", folder / "floor"
    shutil.rmtree(target, ignore_errors=True)
    export = ["export", "--frozen", "--no-dev", "--no-emit-project", "--quiet", "--output-file", str(wanted)]
    run([str(uv), "--directory", str(ROOT), *export], os.environ)
    with new_cache(folder) as environment:
        began = time.perf_counter()
        run([str(uv), "venv", "--quiet", "--python", sys.executable, str(target)], environment)
        python = str(target / "bin/python")
        run([str(uv), "pip", "install", "--quiet", "--python", python, "--requirements", str(wanted)], environment)
        return time.perf_counter() - began


def start(clone: Path, data: Path) -> tuple[float, float]:
    """Seconds from the start of `sextant serve` to the first page, and megabytes of the idle process then."""
    began = time.perf_counter()
    with serving(clone, data) as process:
        seconds = time.perf_counter() - began
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert resident is not None
        return seconds, int(resident.group(1)) / 1024


@contextmanager
def serving(clone: Path, data: Path) -> Iterator[subprocess.Popen[str]]:
    """A running server that has answered its first page."""
    command = [str(clone / ".venv/bin/sextant"), "serve", "--port", "0"]
    environment = {**os.environ, "SEXTANT_DATA": str(data)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        if found is None:
            sys.exit("The server did not start.")
        with urlopen(found.group(), timeout=30) as page:
            page.read()
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def new_cache(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a machine that has downloaded nothing yet."""
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "VIRTUAL_ENV")}
        yield {**kept, "UV_CACHE_DIR": f"{cache}/uv", "PIP_CACHE_DIR": f"{cache}/pip"}


def run(command: list[str], environment: dict[str, str] | os._Environ[str]) -> None:
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
