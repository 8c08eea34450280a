"""The method report: the figures METHOD.md asks for, of our code in its one shipped configuration.

    python benchmarks/method/report.py [--method-lab FOLDER] [--samples FOLDER] [--only 1 3]

Seeds 1 to 8 were used to tune the detector and count its table, seeds from 501 on only to check it. With the folder of
the method lab the forecasts are measured (section 2); with the folder of samples the operational series join section 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from operations import print_operations
from score_detection import PARTS, false_alarms, flags_of, found_within
from simulate import FREQUENCIES, simulate

HERE = Path(__file__).resolve().parent
TUNING, CHECK = 1, 501
SERIES = 400
ASKED = (
    ("shift", 2.0, 4, "2 sigma within 4", 0.65), ("shift", 2.0, 13, "2 sigma within 13", 0.93),
    ("shift", 1.0, 13, "1 sigma within 13", 0.50), ("shift", 3.0, 4, "3 sigma within 4", 0.94),
    ("spike", 5.0, 1, "5 sigma spike at once", 0.95),
)  # fmt: skip
BUDGETS = {"hour": (4.0, 12.0, 60.0), "day": (0.5, 1.0, 3.0), "week": (0.2, 0.5, 1.0), "month": (0.1, 0.25, 0.5)}


def print_detection(seed: int, name: str, count: int) -> None:
    """False alarms and what is found, by frequency."""
    print(f"\nIs this change real? {name}: seeds {seed} to {seed + 7}, {count} series each")
    print(f"{'':<34}" + "".join(f"{part:>9}" for part in PARTS) + f"{'goal':>9}")
    quiet = simulate(seed, 2 * count)
    rates = false_alarms(quiet, flags_of(quiet))
    _print_row("false alarms per 1,000 values", [rates[part].per_1000 for part in PARTS], "<= 10", 1)
    yearly = [float("nan"), *(rates[part].per_year(part) for part in FREQUENCIES)]
    _print_row("false alarms per KPI-year", yearly, "W <= 0.5", 2)
    sets = {}
    for place, (event, size) in enumerate((("shift", 2.0), ("shift", 1.0), ("shift", 3.0), ("spike", 5.0)), 1):
        series = simulate(seed + place, count, event, size)
        sets[event, size] = series, flags_of(series)
    for event, size, within, words, goal in ASKED:
        shares = found_within(*sets[event, size], within)
        _print_row(words, [100 * shares[part] for part in PARTS], f">= {100 * goal:.0f} %", 0)


def print_budgets(seed: int, count: int) -> None:
    """Whether a budget that is set is kept."""
    print(f"\nBudgets set and kept, false alarms per KPI-year, seeds {seed} to {seed + 3} (goal: within 25 %)")
    for place, frequency in enumerate(FREQUENCIES):
        series = simulate(seed + place, count, frequency=frequency)
        for budget in BUDGETS[frequency]:
            rate = false_alarms(series, flags_of(series, budget))[frequency]
            kept = rate.per_year(frequency) / budget
            alarms = f"{rate.alarms} alarms"
            print(f"{frequency:<8} {budget:>7.2f} set {rate.per_year(frequency):>8.2f} kept {kept:>6.2f}x {alarms:>12}")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--method-lab", type=Path)
    asked.add_argument("--samples", type=Path)
    asked.add_argument("--only", type=int, nargs="*", default=[1, 2, 3], help="sections; 3 includes drivers")
    asked.add_argument("--series", type=int, default=SERIES)
    given = asked.parse_args(arguments)
    if 1 in given.only:
        print("1. Deviations")
        print_detection(TUNING, "tuning", given.series)
        print_detection(CHECK, "check", given.series)
        print_budgets(CHECK + 8, given.series)
        incidents = given.samples and given.samples / "operations-series"
        if incidents and incidents.is_dir():
            print_operations(incidents)
        else:
            print("\nThere are no operational series here. Name their folder: make method-report SAMPLES=folder")
    if 2 in given.only:
        print("\n2. Chances", flush=True)
        if given.method_lab and given.method_lab.is_dir():
            subprocess.run([sys.executable, HERE / "forecasting.py", given.method_lab], check=True)
        else:
            print("There is no method lab here. Name its folder: make method-report METHOD_LAB=folder")
    if 3 in given.only:
        print("\n3. Actions and drivers", flush=True)
        subprocess.run([sys.executable, HERE / "effects.py"], check=True)
    return 0


def _print_row(words: str, figures: Sequence[float], goal: str, digits: int) -> None:
    print(f"{words:<34}" + "".join(f"{figure:>9.{digits}f}" for figure in figures) + f"{goal:>9}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
