"""P5: alert rules on 10,000 KPIs after one new value each, and the deviation statistics of all of them.

Ours evaluates missed targets, red flags and late values of 10,000 KPIs and the pace of 10,000 key results as the worker
does: it reads what they need, judges with `calc`, compares with the open episodes, and writes what changed, with steps,
responses and events. Before every round all KPIs get a new value; about one in fifty changes sides. The floor is one
SQL statement per kind of rule that lists what is past its bound and writes nothing.

The goals of 10,000 rules a second and of 10 s for the statistics are absolute and for one core, so they are measured in
seconds of the processor, which neighbours on a shared machine lengthen little. 34 is what lies between the 10,000 and
the 340,000 rules a second that the floor makes.

    python benchmarks/p05_rules.py [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from ratio import ROUNDS, print_header, report
from scorecard_data import KPIS, build, data_folder

PERIODS, SECONDS_FOR_STATISTICS = 130, 10.0
RULES, GOAL = 3 * KPIS, 10_000
"""Target (with its red flag), staleness and pace; and how many a second."""

_NEWEST = (
    "(SELECT value FROM metrics_measurement WHERE metric_id = {m} AND superseded_at IS NULL "
    "ORDER BY start DESC LIMIT 1)"
)
_KPIS = f"""
SELECT id FROM (
  SELECT k.id AS id, m.direction AS direction, t.target AS target, t.red_flag AS flag,
    {_NEWEST.format(m="m.id")} AS value,
    (SELECT "end" FROM metrics_measurement WHERE metric_id = m.id AND superseded_at IS NULL ORDER BY start DESC LIMIT 1)
      AS last, m.grace_days AS grace
  FROM kpis_kpi k JOIN metrics_metric m ON m.id = k.metric_id
  JOIN kpis_target t ON t.kpi_id = k.id AND t.superseded_at IS NULL WHERE k.state = 'active'
) WHERE (direction = 'up' AND value < target) OR (direction = 'down' AND value > target)
  OR last + 168 + 24 * grace < ?
"""
_KEY_RESULTS = f"""
SELECT id FROM (
  SELECT k.id AS id, t.baseline AS baseline, t.target AS target, {_NEWEST.format(m="k.metric_id")} AS value
  FROM okrs_keyresult k JOIN okrs_terms t ON t.key_result_id = k.id AND t.superseded_at IS NULL
) WHERE (value - baseline) / (target - baseline) < 0.8 * 0.5
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    with data_folder():
        build(KPIS * PERIODS)
        _add_key_results()
        measure()


def measure() -> None:
    from django.db import connection

    from sextant.core.memory import settle

    settle()  # as a worker begins
    bare = sqlite3.connect(connection.settings_dict["NAME"])
    hour = int((datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 3600)

    def floor() -> None:
        bare.execute(_KPIS, [hour]).fetchall()
        bare.execute(_KEY_RESULTS).fetchall()

    print_header()
    pairs = []
    for index in range(ROUNDS + 1):
        _new_values(index)
        ours, changed = _timed(_evaluate)
        theirs, _ = _timed(lambda: floor() or 0)
        if index:  # the first round opens what held before
            pairs.append((ours, theirs, changed))
    seconds = sorted(ours for ours, _, _ in pairs)[len(pairs) // 2]
    floor_seconds = sorted(theirs for _, theirs, _ in pairs)[len(pairs) // 2]
    shares = [ours * GOAL / RULES for ours, _, _ in pairs]
    report(
        f"P5 {RULES // 1000}k rules after a value each / {RULES // GOAL} s", shares,
        "<= 1", ours=seconds, floor=RULES / GOAL,
    )  # fmt: skip
    report(
        f"P5 {RULES // 1000}k rules / SQL that only reads", [ours / theirs for ours, theirs, _ in pairs], "<= 34",
        ours=seconds, floor=floor_seconds,
    )  # fmt: skip
    changed = sorted(number for _, _, number in pairs)[len(pairs) // 2]
    print(f"  {RULES / seconds:,.0f} rules/s, the goal is {GOAL:,}; {changed} episodes changed in a round")
    statistics = [_timed(_statistics)[0] for _ in range(3)]
    report(
        f"P5 deviation statistics, {KPIS // 1000}k KPIs / 10 s", [one / SECONDS_FOR_STATISTICS for one in statistics],
        "<= 1", ours=sorted(statistics)[1], floor=SECONDS_FOR_STATISTICS,
    )  # fmt: skip


def _evaluate() -> int:
    from sextant.alerts.evaluating import evaluate, evaluate_key_results

    return evaluate(rules=("red_flag", "target_crossed", "late")) + evaluate_key_results(rules=("unlikely",))


def _statistics() -> int:
    from sextant.alerts.evaluating import evaluate

    return evaluate(rules=("deviation", "unusual"))


def _timed(work: object) -> tuple[float, int]:
    started = time.process_time()
    found = work()  # type: ignore[operator]
    return time.process_time() - started, int(found)


def _new_values(index: int) -> None:
    """A new figure for the newest period of every KPI; about one in fifty misses its target."""
    from django.db import connection

    from sextant.kpis.models import Target

    chance = np.random.default_rng(100 + index)
    rows = []
    for metric_id, direction, target in Target.objects.values_list(
        "kpi__metric_id", "kpi__metric__direction", "target"
    ):
        sign = 1 if direction == "up" else -1
        rows.append((round(target + sign * chance.normal(12, 6), 2), metric_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(start) FROM metrics_measurement")
        newest = cursor.fetchone()[0]
        cursor.executemany(
            f"UPDATE metrics_measurement SET value = %s WHERE metric_id = %s AND start = {int(newest)}"
            " AND superseded_at IS NULL", rows,
        )  # fmt: skip


def _add_key_results() -> None:
    """An objective for every five KPIs and a key result on each of them, in the middle of their cycle."""
    from django.utils import timezone

    from sextant.kpis.models import Target
    from sextant.metrics.models import Metric
    from sextant.okrs.models import KeyResult, Objective, Terms
    from sextant.people.models import Team
    from sextant.strategy.models import Cycle

    now = timezone.now()
    today = now.date()
    cycle = Cycle.objects.create(
        key="now", name="Now", starts_on=today - timedelta(days=45), ends_on=today + timedelta(days=45)
    )
    metrics = list(Metric.objects.order_by("pk"))
    team = Team.objects.get(parent=None)
    objectives = [
        Objective(key=f"o-{i}", title=f"Objective {i}", team=team, cycle=cycle, state="active", created_at=now)
        for i in range(len(metrics) // 5)
    ]
    Objective.objects.bulk_create(objectives, batch_size=1000)
    results = [
        KeyResult(key=f"r-{i}", objective=objectives[i // 5], title=f"Result {i}", metric=metric, created_at=now,
                  published_at=now)
        for i, metric in enumerate(metrics)
    ]  # fmt: skip
    KeyResult.objects.bulk_create(results, batch_size=1000)
    aims = dict(Target.objects.values_list("kpi__metric_id", "target"))
    Terms.objects.bulk_create(
        (
            Terms(
                key_result=one,
                baseline=aims[one.metric_id] - 30 * sign,
                target=aims[one.metric_id] + 40 * sign,
                author="import",
                known_at=now,
            )
            for one in results
            for sign in [1 if one.metric.direction == "up" else -1]
        ),
        batch_size=1000,
    )


if __name__ == "__main__":
    main()
