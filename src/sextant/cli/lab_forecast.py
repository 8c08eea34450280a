"""`sextant lab forecast`: the shipped forecaster on a file of cases, to be scored."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sextant.cli.progress import Progress
from sextant.core.errors import refuse

if TYPE_CHECKING:
    from sextant.forecasts.members import History, Outcome

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

FREQUENCIES = {"H": "hour", "D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
PROCESSES = 2
NEEDED = ("case_id", "value", "freq", "horizon", "target", "direction")


def add_forecast(commands: Commands) -> None:
    """Add `lab forecast` to the parsers of `lab`."""
    asking = commands.add_parser("forecast", help="the chance and the fan of every case of a history file")
    asking.add_argument("history", metavar="HISTORY.csv", type=Path, help="case_id,t,value,freq,m,horizon,target,...")
    asking.add_argument("predictions", metavar="PREDICTIONS.csv", type=Path, help="written: case_id,method,p,q0.01,...")
    asking.add_argument("--light", action="store_true", help="the light default alone, as without the extra `forecast`")
    asking.set_defaults(run=run_lab_forecast, needs_django=False, needs_database=False)


def run_lab_forecast(given: argparse.Namespace) -> int:
    from sextant.forecasts.engines import run

    cases = read_cases(given.history)
    progress = Progress("Forecasting")
    histories = [history_of(rows) for rows in cases.values()]
    outcomes = run(histories, light=given.light, said=lambda done: progress.at(done, len(cases)), processes=PROCESSES)
    progress.done(f"Forecast {len(cases)} cases")
    write_predictions(given.predictions, cases, outcomes)
    return 0


def read_cases(path: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each case, in their order. Raises Refused when the file cannot be used."""
    if not path.is_file():
        raise refuse("file-missing", f"There is no file {path}.")
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise refuse("columns-missing", f"{path} has no column {', '.join(missing)}.")
        cases: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            cases.setdefault(row["case_id"], []).append(row)
    return cases


def history_of(rows: list[dict[str, str]]) -> History:
    """A case as the forecaster takes it."""
    from sextant.forecasts.histories import filled
    from sextant.forecasts.members import History

    first = rows[0]
    values = [float(row["value"]) if row["value"] else float("nan") for row in rows]
    frequency = FREQUENCIES[first["freq"]]
    season = int(float(first.get("m") or 0)) or None
    return History(filled(values, frequency), frequency, (int(float(first["horizon"])),), season=season)


def write_predictions(path: Path, cases: Mapping[str, list[dict[str, str]]], outcomes: Iterable[Outcome]) -> None:
    import numpy as np

    from sextant.calc.forecast import LEVELS, chance_within

    with path.open("w", newline="", encoding="utf-8") as file:
        lines: Any = csv.writer(file)
        lines.writerow(["case_id", "method", "p", *(f"q{level:g}" for level in LEVELS)])
        for (name, rows), outcome in zip(cases.items(), outcomes, strict=True):
            if not len(outcome.fan):
                lines.writerow([name, outcome.method, 0.5, *[""] * len(LEVELS)])
                continue
            target, is_up = float(rows[0]["target"]), float(rows[0]["direction"]) > 0
            low, high = (target, np.inf) if is_up else (-np.inf, target)
            share = chance_within(outcome.fan[:1], np.array([low]), np.array([high]))[0]
            lines.writerow([name, outcome.method, repr(float(share)), *(repr(float(q)) for q in outcome.fan[0])])
