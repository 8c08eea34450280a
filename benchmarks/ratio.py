"""Compare two ways of doing the same work in one run, and print one line of a table.

Absolute times on shared machines mean little, so every benchmark runs *our* side and a *floor* side in turn,
several rounds, and reports the median of the per-round ratios with its spread:

    from ratio import compare
    compare("P6 calculated metrics", ours, floor, "<= 2")

A goal that starts with `<=` speaks of time (ours / floor, small is good), one that starts with `>=` speaks of
throughput (floor / ours, large is good). A benchmark that measures something else than the duration of a call
(a percentile, bytes, rows per second of a server) works out its own ratios and hands them to `report`. With
`--json FILE` on the command line every line is also appended to FILE as one JSON object.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROUNDS = 9
HEADER = f"{'what':<44} {'ours':>12} {'floor':>12} {'ratio':>8} {'spread':>15} {'goal':>10}  verdict"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the table. `ratio` is the median of the rounds, `low` and `high` its extremes; times in seconds."""

    name: str
    goal: str
    ratio: float
    low: float
    high: float
    rounds: int
    ours: float | None
    floor: float | None
    verdict: str

    @property
    def passed(self) -> bool:
        """Whether the median reached the goal."""
        return self.verdict == "PASS"

    def line(self) -> str:
        """The comparison as one line that fits under `HEADER`."""
        spread = f"{self.low:.2f} .. {self.high:.2f}"
        ours, floor = spoken_seconds(self.ours), spoken_seconds(self.floor)
        return (
            f"{self.name:<44} {ours:>12} {floor:>12} {self.ratio:>7.2f}x {spread:>15} {self.goal:>10}  {self.verdict}"
        )


def compare(
    name: str,
    ours: Callable[[], object],
    floor: Callable[[], object],
    goal: str | float,
    *,
    rounds: int = ROUNDS,
    warm_up: bool = True,
) -> Comparison:
    """Time `ours` and `floor` in alternating order for `rounds` rounds, print the line and return it.

    `goal` is `"<= 2"` (time) or `">= 0.5"` (throughput); a plain number means `<=`.
    """
    sense, _ = read_goal(goal)
    if warm_up:
        ours()
        floor()
    pairs = [_one_round(ours, floor, ours_first=bool(index % 2)) for index in range(rounds)]
    ratios = [mine / theirs if sense == "<=" else theirs / mine for mine, theirs in pairs]
    return report(
        name,
        ratios,
        goal,
        ours=statistics.median(mine for mine, _ in pairs),
        floor=statistics.median(theirs for _, theirs in pairs),
    )


def report(
    name: str,
    ratios: Sequence[float],
    goal: str | float,
    *,
    ours: float | None = None,
    floor: float | None = None,
) -> Comparison:
    """Judge ratios measured elsewhere by their median, print the line, append it to the `--json` file, return it."""
    sense, bound = read_goal(goal)
    ratio = statistics.median(ratios)
    reached = ratio <= bound if sense == "<=" else ratio >= bound
    found = Comparison(
        name=name,
        goal=f"{sense} {bound:g}x",
        ratio=ratio,
        low=min(ratios),
        high=max(ratios),
        rounds=len(ratios),
        ours=ours,
        floor=floor,
        verdict="PASS" if reached else "SHORT",
    )
    print(found.line(), flush=True)
    _append(found)
    return found


def print_header() -> None:
    """Print the head of the table; once per script, before the first comparison."""
    print(HEADER, flush=True)


def read_goal(goal: str | float) -> tuple[str, float]:
    """Split `"<= 2"`, `">= 0.35 x"` or a bare number into its sense and its bound."""
    if isinstance(goal, int | float):
        return "<=", float(goal)
    found = re.fullmatch(r"\s*(<=|>=)\s*([0-9.]+)\s*x?\s*", goal)
    if found is None:
        raise ValueError(f"A goal reads like '<= 2' or '>= 0.5', not {goal!r}.")
    return found.group(1), float(found.group(2))


def spoken_seconds(seconds: float | None) -> str:
    """A duration with a unit that keeps it between 1 and 1000; `-` when there is none."""
    if seconds is None:
        return "-"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def _one_round(ours: Callable[[], object], floor: Callable[[], object], *, ours_first: bool) -> tuple[float, float]:
    if ours_first:
        mine = _seconds(ours)
        return mine, _seconds(floor)
    theirs = _seconds(floor)
    return _seconds(ours), theirs


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _append(found: Comparison) -> None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--json", type=Path)
    path: Path | None = parser.parse_known_args()[0].json
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(found)) + "\n")
