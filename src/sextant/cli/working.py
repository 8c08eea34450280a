"""Commands that work in the background (`worker`, `ticker`), or do it all again in the foreground (`evaluate`)."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

AT_ONCE = 500  # metrics between two steps of the progress
NICENESS = 5  # beside a server, pages come first


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
    evaluate = commands.add_parser("evaluate", help="make all forecasts and look at all rules again, in the foreground")
    evaluate.add_argument("--since", type=day, metavar="DATE", help="only metrics with values recorded since that day")
    evaluate.add_argument(
        "--engine", choices=("local", "dask", "ray"), default="local", help="where forecasts are made"
    )
    evaluate.set_defaults(run=run_evaluate)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day; write it like 2026-03-31") from None


def run_evaluate(given: argparse.Namespace) -> int:
    """Forecasts first, because rules look at chances."""
    from sextant.metrics.models import Metric
    from sextant.metrics.queries.changed import metrics_changed_since
    from sextant.people.queries import organisation

    if given.since is None:
        ids = sorted(Metric.objects.filter(archived_at=None).values_list("pk", flat=True))
    else:
        midnight = datetime.combine(given.since, time.min, ZoneInfo(organisation().time_zone))
        ids = sorted(metrics_changed_since(midnight))
    _forecast(ids, given.engine)
    _look_at_rules(ids, is_everything=given.since is None)
    return 0


def _forecast(metric_ids: list[int], engine: str) -> None:
    from sextant.cli.progress import Progress
    from sextant.okrs.forecasting import refresh_wanted

    progress = Progress("Forecasting")
    found = refresh_wanted(metric_ids, engine, said=progress.at)
    progress.done(f"Forecast {len(found.made):,} metrics anew; {found.kept:,} were up to date.")


def _look_at_rules(metric_ids: list[int], *, is_everything: bool) -> None:
    from sextant.alerts.evaluating import evaluate, evaluate_key_results, key_results_on
    from sextant.cli.progress import Progress

    progress, changed = Progress("Looking at the rules"), 0
    for first in range(0, len(metric_ids), AT_ONCE):
        changed += evaluate(metric_ids[first : first + AT_ONCE])
        progress.at(min(first + AT_ONCE, len(metric_ids)), len(metric_ids))
    changed += evaluate_key_results(None if is_everything else key_results_on(metric_ids))
    progress.done(f"Looked at the rules for {len(metric_ids):,} metrics; {changed:,} alerts changed.")


def work(given: argparse.Namespace, *, works: bool, ticks: bool) -> int:
    """Work until SIGTERM or SIGINT, then return 0."""
    from sextant.core.jobs_process import JobProcess
    from sextant.core.memory import settle
    from sextant.project.database import require_up_to_date

    require_up_to_date()
    settle()
    process = JobProcess(works=works, ticks=ticks)
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda signum, frame: process.stop())
    if given.until_input_ends:
        os.nice(NICENESS)
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
