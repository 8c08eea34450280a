"""Commands that put the statistics to the test: `lab detect`, `lab forecast`."""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import numpy as np

from sextant.calc.findings import Detection, DetectionSettings, detect_many
from sextant.calc.findings_kinds import FINEST, SEASONS, kind_of
from sextant.calc.findings_watch import NEVER
from sextant.cli.lab_forecast import add_forecast
from sextant.cli.progress import Progress
from sextant.core.errors import refuse

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

COLUMNS = ("series_id", "t", "value")
FREQUENCIES = {"H": "hour", "D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year", "A": "year"}
MOST_PERIODS = 1_000_000
TOGETHER = 64
DETECT = "judge every value of every series as the product would on the day it came, and write the alerts down"


@dataclass(slots=True)
class Asked:
    """One series of the file: values by `t`, how it is judged, and from which `t` on."""

    frequency: str
    season_length: int | None
    judged_from: int
    values: dict[int, float] = field(default_factory=dict)

    @property
    def row(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        found = np.full(max(self.values) + 1, np.nan)
        found[list(self.values)] = list(self.values.values())
        return found


def register(commands: Commands) -> None:
    lab = commands.add_parser("lab", help="put the statistics to the test on series of your own")
    tests = lab.add_subparsers(metavar="TEST", required=True)
    detect = tests.add_parser("detect", help="which values would have raised an alert", description=DETECT)
    detect.add_argument("series", metavar="SERIES.csv", type=Path, help="series_id,t,value,freq,m,train_end")
    detect.add_argument("flags", metavar="FLAGS.csv", type=Path, help="to write: series_id,t,score")
    detect.add_argument("--all-scores", action="store_true", help="a row per judged value, not only per alert")
    detect.add_argument("--budget", type=float, help="false alarms accepted per KPI-year (default: by frequency)")
    detect.set_defaults(run=run_detect, needs_django=False, needs_database=False)
    add_forecast(tests)


def run_detect(given: argparse.Namespace) -> int:
    if given.budget is not None and not (math.isfinite(given.budget) and given.budget > 0):
        raise refuse("budget-not-positive", "A budget is a number of false alarms per KPI and year, above 0.", "budget")
    asked = read_series(given.series)
    progress, rows, alerts = Progress("Judging"), {}, 0
    groups: dict[tuple[str, int | None], list[str]] = {}
    for name, one in asked.items():
        groups.setdefault((one.frequency, one.season_length), []).append(name)
    done = 0
    for (frequency, season_length), names in groups.items():
        quiet = kind_of(frequency, season_length).quiet
        names.sort(key=lambda name: len(asked[name].values))
        for start in range(0, len(names), TOGETHER):
            part = names[start : start + TOGETHER]
            settings = [DetectionSettings(given.budget, season_length)] * len(part)
            judged = detect_many([asked[name].row for name in part], frequency, settings)
            for name, detection in zip(part, judged, strict=True):
                rows[name] = list(_rows(detection, asked[name].judged_from, given.all_scores, quiet))
            done += len(part)
            progress.at(done, len(asked))
    with _opened(given.flags, "w") as stream:
        writer = csv.writer(stream)
        writer.writerow(["series_id", "t", "score"])
        for name in asked:
            writer.writerows([name, at, f"{score:.6g}"] for at, score in rows[name])
            alerts += len(rows[name])
    progress.done(f"{len(asked)} series, {alerts} {'scores' if given.all_scores else 'alerts'} in {given.flags}")
    return 0


def read_series(path: Path) -> dict[str, Asked]:
    """The series of a file by id. Raises Refused, naming the line, when it can't be read."""
    asked: dict[str, Asked] = {}
    with _opened(path, "r") as stream:
        try:
            lines = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
            if missing:
                raise refuse("column-missing", f"{path} has no column '{missing[0]}'. It needs {', '.join(COLUMNS)}.")
            for line in lines:
                try:
                    _take(asked, line)
                except (TypeError, ValueError) as error:
                    raise refuse("line-unreadable", f"{path}, line {lines.line_num}: {error}") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise refuse("file-unreadable", f"{path} can't be read as CSV: {error}") from error
    if not asked:
        raise refuse("file-empty", f"{path} holds no values.")
    return asked


def _take(asked: dict[str, Asked], line: dict[str, str]) -> None:
    name, at = line["series_id"], int(line["t"])
    if not 0 <= at < MOST_PERIODS:
        raise ValueError(f"t is {at}; it counts from 0 to {MOST_PERIODS - 1}")
    if name not in asked:
        frequency, season_length = how_judged(line.get("freq") or "", line.get("m") or "")
        asked[name] = Asked(frequency, season_length, int(float(line.get("train_end") or 0)))
    if at in asked[name].values:
        raise ValueError(f"series {name} has t {at} twice")
    text = (line["value"] or "").strip()
    asked[name].values[at] = float(text) if text else math.nan


def how_judged(freq: str, m: str) -> tuple[str, int | None]:
    """The frequency and the season's length (None: the frequency's own) for what a file says.

    What is unknown, or repeats itself less often than hours do, is judged as values that come every few minutes.
    """
    length = int(float(m)) if m.strip() else None
    if length is not None and length < 0:
        raise ValueError(f"m is {length}; it is the number of values until a series repeats itself")
    frequency = FREQUENCIES.get(freq.strip().upper()[:1], FINEST) if freq.strip().isalpha() else FINEST
    if frequency == "hour" and length is not None and length > SEASONS["hour"]:
        frequency = FINEST
    if frequency == "week" and length == 53:
        length = None
    return frequency, None if length == SEASONS[frequency] else length


def _rows(detection: Detection, judged_from: int, all_scores: bool, quiet: int) -> Iterator[tuple[int, float]]:
    """The alerts, or all scores. A score that follows a higher one within `quiet` values raises no alert of its own, at
    whatever threshold, and is written as the lowest there is; so is one that could have been an alert and was not.
    """
    if all_scores:
        alerts = {one.found for one in detection.findings}
        for at in np.flatnonzero(np.isfinite(detection.scores)).tolist():
            if at >= judged_from:
                before = detection.scores[max(0, at - quiet) : at]
                told = bool((before[np.isfinite(before)] >= detection.scores[at]).any())
                told |= detection.scores[at] >= detection.threshold and at not in alerts
                yield at, NEVER if told else float(detection.scores[at])
        return
    for one in detection.findings:
        if one.found >= judged_from:
            yield one.found, one.score


def _opened(path: Path, mode: str) -> TextIO:
    try:
        stream = path.open(mode, encoding="utf-8-sig" if mode == "r" else "utf-8", newline="")
    except OSError as error:
        raise refuse("file-unreadable", f"{path} can't be opened: {error.strerror}") from error
    return cast(TextIO, stream)
