"""Operational series with labelled incidents: how many are found, and how many alerts fall outside."""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sextant.calc.findings import DetectionSettings, detect

JOINED = 4
LEARNING_SHARE, LEARNING_MOST = 0.15, 750
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One series; `windows` are the first and last index of each labelled incident, `season` the values per day."""

    name: str
    values: NDArray[np.float64]
    windows: tuple[tuple[int, int], ...]
    season: int

    @property
    def judged_from(self) -> int:
        return int(min(LEARNING_SHARE * len(self.values), LEARNING_MOST))


@dataclass(frozen=True, slots=True)
class Score:
    """Incidents found, incidents there, and alarms outside of them."""

    found: int
    incidents: int
    false_alarms: int

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.false_alarms)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.incidents)

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def operations(folder: Path) -> Iterator[Operation]:
    """The series of a folder with `data/` and `combined_windows.json`, as the benchmark of Numenta has it."""
    labels = json.loads((folder / "combined_windows.json").read_text(encoding="utf-8"))
    for name, incidents in labels.items():
        path = folder / "data" / name
        if not path.is_file():
            continue
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))[1:]
        times = [datetime.fromisoformat(row[0]).timestamp() for row in rows]
        windows = []
        for begin, end in incidents:
            low, high = (datetime.fromisoformat(text[:19]).timestamp() for text in (begin, end))
            inside = [place for place, time in enumerate(times) if low <= time <= high]
            windows.append((inside[0], inside[-1]))
        usual = statistics.median(after - before for before, after in pairwise(times))
        values = np.array([float(row[1]) for row in rows])
        yield Operation(name, values, tuple(windows), round(DAY_SECONDS / usual))


def alarms_of(one: Operation) -> list[int]:
    """Where the shipped detector raises an alert."""
    judged = detect(one.values, "minute", DetectionSettings(season_length=one.season))
    return [finding.found for finding in judged.findings if finding.found >= one.judged_from]


def scored(one: Operation, alarms: Sequence[int]) -> Score:
    """Alarms with at most four values between them are one; a false one begins outside of every incident."""
    windows = [window for window in one.windows if window[1] >= one.judged_from]
    found = sum(any(begin <= alarm <= end for alarm in alarms) for begin, end in windows)
    begins = [alarm for last, alarm in zip([-99, *alarms], alarms, strict=False) if alarm - last > JOINED]
    outside = sum(not any(begin <= alarm <= end for begin, end in windows) for alarm in begins)
    return Score(found, len(windows), outside)


def print_operations(folder: Path) -> None:
    """One line per series, and all together."""
    total = Score(0, 0, 0)
    print(f"\n{'operational series':<62} {'found':>9} {'false':>6} {'precision':>10} {'recall':>7}")
    for one in operations(folder):
        score = scored(one, alarms_of(one))
        total = Score(
            total.found + score.found, total.incidents + score.incidents, total.false_alarms + score.false_alarms
        )
        _print_line(one.name, score)
    _print_line(f"all: F1 {total.f1:.2f} (goal 0.50)", total)


def _print_line(name: str, score: Score) -> None:
    shares = f"{score.precision:>10.2f} {score.recall:>7.2f}"
    print(f"{name:<62} {score.found:>3} of {score.incidents:<2} {score.false_alarms:>6} {shares}", flush=True)
