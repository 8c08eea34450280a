"""The cost row of forecasts: 10,000 key results in five minutes (weekly) and in eight (monthly), on two processors.

Ours is the shipped forecaster with the extra `forecast`, on a sample of series with season, trend and noise, as long as
a forecast looks back, with every step a stored forecast has, in two spawned processes, their start included. The floor
is the time the goal allows for so many. The last line is the light default in one process, against one ms a step.

    python benchmarks/cost_forecasts.py [--series 400] [--rounds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from ratio import print_header, report
from sextant.forecasts.engines import run
from sextant.forecasts.histories import NEWEST, STEPS
from sextant.forecasts.members import History

KEY_RESULTS = 10_000
ALLOWED = {"week": 300.0, "month": 480.0}  # seconds for so many
SEASONS = {"week": 52, "month": 12}


def histories(frequency: str, count: int) -> list[History]:
    """Series whose season, trend and memory are drawn anew for each."""
    found = []
    for number in range(count):
        rng = np.random.default_rng([number, len(frequency)])
        length = NEWEST[frequency]
        wave = np.sin(2 * np.pi * np.arange(length) / SEASONS[frequency] + rng.uniform(0, 6))
        noise = np.cumsum(rng.standard_normal(length)) * rng.uniform(0, 0.3) + rng.standard_normal(length)
        values = 100 + rng.uniform(0, 6) * wave + noise + rng.uniform(-0.05, 0.05) * np.arange(length)
        found.append(History(values, frequency, STEPS[frequency]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    print_header()
    for frequency, allowed in ALLOWED.items():
        made = histories(frequency, asked.series)
        floor = allowed * asked.series / KEY_RESULTS
        seconds = [_seconds(made, light=False) for _ in range(asked.rounds)]
        name = f"10,000 forecasts, {frequency}ly / what the goal allows"
        report(name, [one / floor for one in seconds], "<= 1", ours=min(seconds), floor=floor)
    made = histories("week", asked.series)
    floor = asked.series * len(STEPS["week"]) / 1000
    seconds = [_seconds(made, light=True) for _ in range(asked.rounds)]
    report(
        "light default, weekly / 1 ms a step", [one / floor for one in seconds], "<= 1", ours=min(seconds), floor=floor
    )


def _seconds(made: list[History], *, light: bool) -> float:
    start = time.perf_counter()
    run(made, light=light, processes=1 if light else 2)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
