"""Commands that work in the background: `worker`, `ticker`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    worker = commands.add_parser("worker", help="run background jobs: rules, forecasts, messages; any number at once")
    worker.add_argument("--no-ticker", action="store_true", help="leave periodic jobs to others")
    ticker = commands.add_parser("ticker", help="add periodic jobs when they are due, and run none")
    for parser in (worker, ticker):
        # Given by the server that starts it: the other end of standard input closes when the server is gone.
        parser.add_argument("--until-input-ends", action="store_true", help=argparse.SUPPRESS)
        parser.set_defaults(needs_database=False)
    worker.set_defaults(run=lambda given: work(given, works=True, ticks=not given.no_ticker))
    ticker.set_defaults(run=lambda given: work(given, works=False, ticks=True))


def work(given: argparse.Namespace, *, works: bool, ticks: bool) -> int:
    """Work until SIGTERM or SIGINT, then return 0."""
    from sextant.core.jobs_process import JobProcess
    from sextant.project.database import require_up_to_date

    require_up_to_date()
    process = JobProcess(works=works, ticks=ticks)
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda signum, frame: process.stop())
    if given.until_input_ends:
        threading.Thread(target=_watch_input, args=[process.stop], daemon=True).start()
    else:
        print(f"{'Working' if works else 'Watching the clock'} (Ctrl+C stops it)", flush=True)
    is_clean = process.run()
    if not given.until_input_ends:
        print("Stopped.", flush=True)
    if not is_clean:
        sys.stderr.flush()
        os._exit(0)  # a job that does not end would keep the process; it was given back
    return 0


def _watch_input(stop: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    stop()
