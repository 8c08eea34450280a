"""The cost row of METHOD.md: 10,000 KPIs with one new value each, judged by the detector on one core.

The ratio is against reading the same history once with numpy and taking its mean and standard deviation, which is what
the plainest of all detectors costs. The goal in seconds speaks of one core and is printed beside it. Everything runs
through `calc.findings`, in the way `metrics.queries.findings` goes on from where the last judgement stopped. Run it
with OMP_NUM_THREADS=1.

    python benchmarks/cost_detection.py [--json FILE]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from ratio import print_header, report
from sextant.calc.findings import DetectionSettings, Kept, detect_many

KPIS, HISTORY = 10_000, 104
GOAL_SECONDS = 10.0
LONG = 100_000
ROUNDS = 3


def main() -> None:
    random = np.random.default_rng(1)
    values = 100 + 5 * random.standard_normal((KPIS, HISTORY + ROUNDS))
    values[random.random(values.shape) < 0.01] = np.nan
    settings = [DetectionSettings()] * KPIS
    memory: dict[int, Kept] = {}
    started = time.process_time()
    detect_many(list(values[:, :HISTORY]), "week", settings, remember=memory.__setitem__)
    anew = time.process_time() - started
    print_header()
    ratios, spent = [], []
    for count in range(HISTORY + 1, HISTORY + ROUNDS + 1):
        rows = list(values[:, :count])
        started = time.process_time()
        detect_many(rows, "week", settings, [memory.get(at) for at in range(KPIS)], memory.__setitem__)
        spent.append(time.process_time() - started)
        started = time.process_time()
        for row in rows:
            np.nanmean(row), np.nanstd(row)
        ratios.append(spent[-1] / (time.process_time() - started))
    newest = sorted(spent)[ROUNDS // 2]
    report("detection: 10,000 KPIs, one new value each", ratios, "<= 20", ours=newest, floor=newest / sorted(ratios)[1])
    verdict = "PASS" if newest <= GOAL_SECONDS else "SHORT"
    print(f"seconds of one core: {newest:.1f} (goal {GOAL_SECONDS:g}) {verdict}; judging all anew: {anew:.1f}")
    started = time.process_time()
    detect_many([100 + random.standard_normal(LONG)], "hour", settings[:1])
    print(f"one hourly series of {LONG:,} values, judged whole: {time.process_time() - started:.1f} s")


if __name__ == "__main__":
    main()
