"""Count how often chance alone reaches each score, for the table of `sextant.calc.findings_budget`.

    python benchmarks/method/calibrate.py [--seed 1] [--count 600]

Run it after every change of the detector, and put what it prints into the table. It takes some minutes. The table holds
the figures of seed 1; for hours the mean of those of seeds 1 and 2, for weeks of 1 to 6. Each was then multiplied by
how much more often its score was reached, on the same series of seeds 1 and 2, since outliers are unlearned in
hindsight.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from score_detection import false_alarms
from simulate import FREQUENCIES, simulate

from sextant.calc import findings_budget, findings_walk
from sextant.calc.findings import DetectionSettings, detect_many

LEAST = 0.02


def rates(frequency: str, seed: int, count: int) -> list[float]:
    """False alarms per 1,000 values at each score of the table, on series in which nothing happens."""
    series = simulate(seed, count, frequency=frequency)
    counted = []
    for score in findings_budget.SCORES:
        findings_walk.threshold = lambda _frequency, _budget, at=score: at
        judged = detect_many([one.values for one in series], frequency, [DetectionSettings()] * len(series))
        flags = [[one.found for one in detection.findings] for detection in judged]
        counted.append(max(LEAST, false_alarms(series, flags)[frequency].per_1000))
    return [float(rate) for rate in np.minimum.accumulate(counted)]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--count", type=int, default=600)
    given = asked.parse_args()
    for frequency in FREQUENCIES:
        row = ", ".join(f"{rate:.3g}" for rate in rates(frequency, given.seed, given.count))
        print(f'    "{frequency}": ({row}),', flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
