"""P4: the objectives page and the standings behind it, for 1,000 objectives, 3,000 key results and 36,000 check-ins.

Ours is the whole request: session, rights, the standing of every objective with its roll-up over the whole tree,
three truths of every key result, counts by status, coverage, and the rows of the list with bars and paths; what
follows the first rows arrives while one scrolls, and has a line of its own for all thousand. The floor is two SQL
statements that fetch the rows: objectives with team, owner and parent, and key results with figures, newest value and
newest check-in: all columns the page works with. All run in one process, in turn. That the number of statements does
not depend on the number of objectives is asserted first.

    python benchmarks/p04_objectives.py [--rounds 31] [--json FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from objective_data import OBJECTIVES, build
from p03_scorecard import page_of
from ratio import compare, print_header
from scorecard_data import data_folder

_OBJECTIVES = """
SELECT o.id, o.key, o.title, o.state, o.ambition, o.rollup, o.visibility, t.key, t.name, p.name, o.theme_id,
  c.starts_on, c.ends_on, l.objective_id, l.key_result_id, l.weight
FROM okrs_objective o JOIN people_team t ON t.id = o.team_id LEFT JOIN people_person p ON p.id = o.owner_id
LEFT JOIN strategy_cycle c ON c.id = o.cycle_id
LEFT JOIN okrs_link l ON l.child_id = o.id AND l.kind = 'contributes' AND l.superseded_at IS NULL
WHERE o.archived_at IS NULL ORDER BY o.title
"""
_KEY_RESULTS = """
SELECT k.id, k.objective_id, k.key, k.title, k.kind, k.reading, k.ambition, k.check_in_every, k.starts_on, k.due_on,
  k.published_at, p.name, t.baseline, t.baseline_from_series, t.target, t.relative, t.amount, t.stretch, t.low, t.high,
  t.is_strict, t.planned_periods, t.checkpoints, t.plan, t.weight, m.key, m.unit, m.precision, m.direction, m.frequency,
  m.grace_days, x.start, x."end", x.value, c.status, c.confidence, c.known_at
FROM okrs_keyresult k LEFT JOIN people_person p ON p.id = k.owner_id
LEFT JOIN metrics_measurement x ON x.id = (SELECT y.id FROM metrics_measurement y WHERE y.metric_id = k.metric_id
  AND y.superseded_at IS NULL ORDER BY y.start DESC LIMIT 1)
LEFT JOIN okrs_terms t ON t.key_result_id = k.id AND t.superseded_at IS NULL
LEFT JOIN metrics_metric m ON m.id = k.metric_id
LEFT JOIN okrs_checkin c ON c.id = (SELECT y.id FROM okrs_checkin y WHERE y.key_result_id = k.id
  AND y.superseded_at IS NULL AND NOT y.is_draft ORDER BY y.known_at DESC, y.id DESC LIMIT 1)
WHERE k.archived_at IS NULL ORDER BY k.objective_id, k.position
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with data_folder():
        build()
        measure(asked.rounds)


def measure(rounds: int) -> None:
    first, whole = page_of("/objectives/"), page_of("/objectives/?rows=all")
    assert whole().decode().count('<article class="okr-row') == OBJECTIVES, "the page does not show every objective"
    few, many = _statements("focus=objective-900"), _statements("")
    assert many <= few + 2, f"{many} statements for all objectives, {few} for one path"
    print_header()
    compare("P4 standings of all / two statements", standings, fetch, "<= 4", rounds=rounds)
    compare("P4 objectives page / two statements", first, fetch, "<= 4", rounds=rounds)
    compare("P4 every row on one page / two statements", whole, fetch, "<= 15", rounds=rounds)


def fetch() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The rows of the page, by two statements."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_OBJECTIVES)
        objectives = list(cursor.fetchall())
        cursor.execute(_KEY_RESULTS)
        return objectives, list(cursor.fetchall())


def standings() -> list[tuple[float | None, str]]:
    """Progress and status of every objective, as the page and the API work them out."""
    from sextant.metrics.queries.standpoint import standpoint
    from sextant.okrs.models import Objective
    from sextant.okrs.queries.standing import okr_board

    board = okr_board(Objective.objects.filter(archived_at=None).order_by("title"), standpoint())
    return [(one.progress, one.status) for one in board.objectives.values()]


def _statements(query: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page = page_of(f"/objectives/?{query}")
    with CaptureQueriesContext(connection) as asked:
        page()
    return len(asked)


if __name__ == "__main__":
    main()
