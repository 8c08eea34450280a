"""P12: the roll-up of a whole organisation, 100,000 objectives with 300,000 key results, and the change of one of them.

Both sides read the same rows of the product's own SQLite tables with the same two statements, into numpy arrays: ours
through Django's connection, the floor through a bare one. Ours goes on with `calc`: progress, status, and a `Forest`
with every rule of a roll-up. The floor is written by hand for this one tree: the share of the way, three statuses, one
weighted mean and one worst status per level; it counts no parts, looks for no rings and knows no guardrails. That both
come to the same is asserted first. The arithmetic alone, on arrays already read, has a line of its own.

A change is one key result with a new value: its row is read and what lies above it is rolled up again. It is compared
with our own full roll-up; without reading on either side, it has a line of its own as well.

    python benchmarks/p12_roll_up.py [--objectives 100000] [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ratio import ROUNDS, compare, print_header, report
from roll_up_data import build
from scorecard_data import data_folder

if TYPE_CHECKING:
    from sextant.calc.rollup import Forest

CHANGES, ELAPSED = 200, 0.5
ON_TRACK, NO_DATA, AT_RISK, OFF_TRACK = 0, 3, 5, 6
"""Statuses as their places in the product's order from the best to the worst."""

_OBJECTIVES = """
SELECT o.id, coalesce(l.objective_id, k.objective_id), coalesce(l.weight, 0),
       CASE o.rollup WHEN 'key_results' THEN 0 WHEN 'children' THEN 1 ELSE 2 END
FROM okrs_objective o
LEFT JOIN okrs_link l ON l.child_id = o.id AND l.kind = 'contributes' AND l.superseded_at IS NULL
LEFT JOIN okrs_keyresult k ON k.id = l.key_result_id
WHERE o.state = 'active' ORDER BY o.id
"""
_KEY_RESULTS = """
SELECT k.id, k.objective_id, t.weight, t.baseline, t.target,
       (SELECT m.value FROM metrics_measurement m WHERE m.metric_id = k.metric_id AND m.superseded_at IS NULL
        ORDER BY m.start DESC LIMIT 1)
FROM okrs_keyresult k JOIN okrs_terms t ON t.key_result_id = k.id AND t.superseded_at IS NULL
WHERE k.archived_at IS NULL
"""
_ALL, _ONE = " ORDER BY k.id", " AND k.id = %s"

Table = NDArray[np.float64]
Fetch = Callable[[str], list[tuple[Any, ...]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objectives", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    with data_folder():
        build(asked.objectives)
        measure()


def measure() -> None:
    """Two lines with reading, two without."""
    from django.db import connection

    bare = sqlite3.connect(connection.settings_dict["NAME"])
    tables = read(fetch)
    forest = ours(*tables)
    same(forest, *floor(*tables))
    size = f"{len(tables[0]) // 1000}k / {len(tables[1]) // 1000}k"
    print_header()
    full = partial(from_rows, fetch, ours)
    compare(
        f"P12 {size}, read and rolled up", full, partial(from_rows, lambda sql: bare.execute(sql).fetchall(), floor),
        "<= 1.5",
    )  # fmt: skip
    compare(f"P12 {size}, arithmetic alone", partial(ours, *tables), partial(floor, *tables), "<= 2")
    chance = np.random.default_rng(13)
    forest.change_one(0, 0.5, "on_track")  # makes the index of the parts, once for all changes
    changes = partial(change_read, forest, chance, len(tables[1]))
    against_full(f"P12 one change with its row / {size}", changes, full)
    changes = partial(change_known, forest, chance, len(tables[1]))
    against_full(f"P12 one change / {size}, arithmetic alone", changes, partial(ours, *tables))


def against_full(name: str, changes: Callable[[], None], full: Callable[[], object]) -> None:
    """The time of one of many changes as a share of that of rolling up everything."""
    one, all_of_it = [], []
    for _ in range(ROUNDS):
        one.append(seconds(changes) / CHANGES)
        all_of_it.append(seconds(full))
    ratios = [mine / theirs for mine, theirs in zip(one, all_of_it, strict=True)]
    found = report(name, ratios, "<= 0.01", ours=statistics.median(one), floor=statistics.median(all_of_it))
    print(f"   that is {found.ratio:.5f} of it, {found.low:.5f} to {found.high:.5f}")


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def fetch(sql: str, *given: object) -> list[tuple[Any, ...]]:
    """All rows, through the product's own connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def read(fetch: Fetch) -> tuple[Table, Table]:
    """Objectives (n, 4) and key results (m, 6), columns as the statements name them, nan for NULL."""
    return np.array(fetch(_OBJECTIVES), dtype=np.float64), np.array(fetch(_KEY_RESULTS + _ALL), dtype=np.float64)


def from_rows(fetch: Fetch, work: Callable[[Table, Table], object]) -> object:
    return work(*read(fetch))


def places(ids: Table, wanted: Table) -> NDArray[np.int64]:
    """Where each id stands among the sorted ids; -1 for none."""
    return np.where(np.isnan(wanted), -1, np.searchsorted(ids, wanted))


def ours(objectives: Table, key_results: Table) -> Forest:
    """The product's arithmetic."""
    from sextant.calc.pace import key_result_status_many
    from sextant.calc.progress import progress_many
    from sextant.calc.rollup import Forest

    ids, parents, links, modes = objectives.T
    _, owners, weights, baselines, targets, values = key_results.T
    reached = progress_many(values, baselines, targets)
    return Forest(
        parents=places(ids, parents),
        modes=modes,
        links=links,
        owners=places(ids, owners),
        progress=reached,
        weights=weights,
        statuses=key_result_status_many(reached, ELAPSED, ELAPSED),
    )


def floor(objectives: Table, key_results: Table) -> tuple[Table, NDArray[np.int8]]:
    """Progress and worst status of every objective, by hand."""
    ids, parents, links, modes = objectives.T
    _, owners, weights, baselines, targets, values = key_results.T
    n, above, owner = len(ids), places(ids, parents), places(ids, owners)
    shares = (values - baselines) / (targets - baselines)
    has = ~np.isnan(shares)
    pace = shares / ELAPSED + 1e-12  # decimal fractions miss their bound by less
    status = np.where(pace >= 0.95, ON_TRACK, np.where(pace >= 0.8, AT_RISK, OFF_TRACK)).astype(np.int8)
    status[~has] = NO_DATA
    weighs = np.where(has, weights * (modes != 1)[owner], 0.0)
    reached = np.bincount(owner, weighs * np.clip(np.where(has, shares, 0.0), 0, 1), n)
    weight = np.bincount(owner, weighs, n)
    worst = np.full(n, -1, dtype=np.int8)
    np.maximum.at(worst, owner, status)
    depth, climbing = np.zeros(n, dtype=np.int8), above
    while (inside := climbing >= 0).any():
        depth += inside
        climbing = np.where(inside, above[climbing], -1)
    order = np.argsort(depth, kind="stable")
    found = np.full(n, np.nan)
    for level in reversed(np.split(order, np.cumsum(np.bincount(depth))[:-1])):
        full = level[weight[level] > 0]
        found[full] = reached[full] / weight[full]
        worst[level] = np.where(worst[level] < 0, NO_DATA, worst[level])
        inner = level[above[level] >= 0]
        np.maximum.at(worst, above[inner], worst[inner])
        inner = full[above[full] >= 0]
        link = links[inner] * (modes[above[inner]] != 0)
        np.add.at(reached, above[inner], link * found[inner])
        np.add.at(weight, above[inner], link)
    return found, worst


def same(forest: Forest, progress: Table, worst: NDArray[np.int8]) -> None:
    """Both sides agree, and on something."""
    assert np.isfinite(progress).mean() > 0.9
    assert len(set(worst.tolist())) > 2
    assert np.allclose(forest.rolled.progress, progress, rtol=0, atol=1e-12, equal_nan=True)
    assert (forest.rolled.worst == worst).all()


def change_read(forest: Forest, chance: np.random.Generator, count: int) -> None:
    """Changes of key results here and there: each reads its row and gets a value near the one it has."""
    for place, move in zip(chance.integers(count, size=CHANGES).tolist(), chance.normal(0, 5, CHANGES), strict=True):
        [(_, _, _, baseline, target, value)] = fetch(_KEY_RESULTS + _ONE, place + 1)
        change(forest, place, baseline, target, (baseline if value is None else value) + move)


def change_known(forest: Forest, chance: np.random.Generator, count: int) -> None:
    """The same with values that are known."""
    for place, value in zip(chance.integers(count, size=CHANGES).tolist(), chance.random(CHANGES), strict=True):
        change(forest, place, 0.0, 1.0, value)


def change(forest: Forest, place: int, baseline: float, target: float, value: float) -> None:
    from sextant.calc.pace import key_result_status
    from sextant.calc.progress import progress

    reached = progress(value, baseline, target)
    forest.change_one(place, reached, key_result_status(reached, ELAPSED, ELAPSED))


if __name__ == "__main__":
    main()
