"""The cost of lives: 10,000 KPIs after one new value each, looked at for their lives and for their alerts.

The lives of healthy KPIs have to cost next to nothing beside their alerts, which look at the same values; so the floor
is `alerts.evaluate` with its rules about targets and missing values alone, without the statistics of deviations; our
side works those out for whoever has a life or an alert, which a worker would have had from its alerts already. Every
round gives all KPIs a new value, of which about one in fifty misses its target; before the rounds one in a hundred is
given a bad quarter, so that it is suspected and looked at whole each time. Both sides are measured in seconds of the
processor.

    python benchmarks/cost_lifecycle.py [--json FILE]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from p05_rules import PERIODS, _new_values, _timed
from ratio import print_header, report
from scorecard_data import KPIS, build, data_folder

ROUNDS = 5
SUSPECTED = KPIS // 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    with data_folder():
        build(KPIS * PERIODS)
        measure()


def measure() -> None:
    from sextant.core.memory import settle

    settle()  # as a worker begins
    print_header()
    pairs = []
    for index in range(ROUNDS + 1):
        _new_values(index)
        if not index:
            _bad_quarter()
        theirs, _ = _timed(_alerts)
        ours, moved = _timed(_lives)
        if index:  # the first round opens and suspects what held before
            pairs.append((ours, theirs))
        else:
            print(f"  {moved} KPIs suspected at first, in {ours:.1f} s")
    ours, theirs = (sorted(side)[ROUNDS // 2] for side in zip(*pairs, strict=True))
    ratios = [mine / yours for mine, yours in pairs]
    report(f"lives of {KPIS // 1000}k KPIs / their target rules", ratios, "<= 1", ours=ours, floor=theirs)


def _alerts() -> int:
    from sextant.alerts.evaluating import evaluate

    return evaluate(rules=("red_flag", "target_crossed", "late"))


def _lives() -> int:
    from sextant.lifecycle.evaluating import evaluate

    return evaluate()


def _bad_quarter() -> None:
    """The newest periods of some KPIs, but for the very newest, far past their red flags."""
    from django.db import connection

    from sextant.kpis.models import Kpi

    chosen = list(Kpi.objects.order_by("pk").values_list("metric_id", "metric__direction")[:SUSPECTED])
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE metrics_measurement SET value = %s WHERE superseded_at IS NULL AND metric_id = %s AND start > "
            "(SELECT max(start) - 14 * 168 FROM metrics_measurement)",
            [(-1e6 if direction == "up" else 1e6, metric_id) for metric_id, direction in chosen],
        )


if __name__ == "__main__":
    main()
