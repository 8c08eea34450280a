"""A real server on a data folder of its own and a real browser in front of it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.once import COMMAND, copy_of, environment, migrated

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PATIENCE = 30_000  # milliseconds until what should come is called missing: a machine may be busy with more than us
SECONDS_FOR_DEMO_DATA = 240
AT_ONCE = 2  # journeys a worker is given to begin with; scripts/test.sh says how many
SECONDS_FOR_FIRST_JOBS = 180
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Served:
    """A running installation: where it answers, and the command line beside it."""

    address: str
    environment: dict[str, str]

    def sextant(self, *arguments: str) -> str:
        """What `sextant ARGUMENTS` prints, on the same data folder."""
        command = [COMMAND, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def serving(*command: str, folder: Path) -> Iterator[Served]:
    """`sextant serve` or `sextant demo` on a free port and this data folder."""
    settings = environment(folder)
    process = subprocess.Popen(
        [COMMAND, *command, "--port", "0"],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    watchdog = threading.Timer(SECONDS_FOR_DEMO_DATA, process.kill)
    watchdog.start()
    said: list[str] = []
    # Somebody has to read what the server says later on, or it stops when the pipe is full.
    reader = threading.Thread(target=said.extend, args=(process.stdout,))
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"ready at (http://\S+)", line):
                break
        else:
            pytest.fail("The server ended: " + "".join(said))
        watchdog.cancel()
        reader.start()
        yield Served(found.group(1), settings)
    finally:
        watchdog.cancel()
        process.terminate()
        process.wait(20)
        if reader.ident:
            reader.join()
        process.stdout.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker builds the demo, while the other goes on journeys that do not need it."""
    in_demo = [item for item in items if item.get_closest_marker("e2e") and "demo" in getattr(item, "fixturenames", ())]
    turns = dict.fromkeys(in_demo, 2) | dict.fromkeys(in_demo[:AT_ONCE], 0)
    items.sort(key=lambda item: turns.get(item, 1))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """An installation nobody has used yet."""
    with serving("serve", folder=migrated(tmp_path / "data")) as served:
        yield served


def filled(program: str, folder: Path) -> str:
    """Fill this new data folder as `python -m tests.e2e.PROGRAM` does, run once for all; what the program printed."""

    def fill(begun: Path) -> None:
        command = [sys.executable, "-m", f"tests.e2e.{program}"]
        settings = environment(migrated(begun))
        done = subprocess.run(command, env=settings, check=True, capture_output=True, text=True)
        (begun / "printed").write_text(done.stdout)

    return (copy_of(program, fill, folder) / "printed").read_text()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo organisation, shared by all journeys: change only what you made yourself."""
    folder = copy_of("demo", build_demo, tmp_path_factory.mktemp("demo") / "data")
    with serving("demo", folder=folder) as served:
        wait_until_idle(folder)
        yield served


def build_demo(folder: Path) -> None:
    with serving("demo", folder=folder):
        wait_until_idle(folder)


def wait_until_idle(folder: Path) -> None:
    """Let the first forecasts and rules of the demo be done: people hear of them at a moment no journey knows."""
    deadline = time.monotonic() + SECONDS_FOR_FIRST_JOBS
    with closing(sqlite3.connect(f"file:{folder / 'sextant.sqlite3'}?mode=ro", uri=True)) as database:
        busy = "SELECT count(*) FROM core_job WHERE state IN ('waiting', 'running') AND due_at <= datetime('now')"
        while database.execute(busy).fetchone()[0]:
            assert time.monotonic() < deadline, "The demo's first jobs are not done."
            time.sleep(0.5)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all journeys."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program is not None, "Chromium is not installed; `make setup` says how."
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=QUIET.split())
        yield running
        running.close()


def is_cut_stream(message: ConsoleMessage) -> bool:
    """Whether the live stream ended because its server was stopped; pages connect again by themselves."""
    return "net::ERR_" in message.text and "/events" in message.location["url"]


def is_left_behind(message: ConsoleMessage) -> bool:
    """Whether a part of a page was still loading when somebody went on to another one; a refusal says otherwise."""
    return message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with nothing in it yet. Anything wrong in its console fails the journey."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    wrong: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not is_cut_stream(message) and not is_left_behind(message):
            wrong.append(message.text)

    opened = context.new_page()
    opened.on("console", listen)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_default_timeout(PATIENCE)
    yield opened
    context.close()
    assert wrong == []
