"""Adding periodic jobs when they are due: once, however many tickers look."""

from __future__ import annotations

from sextant.core.jobs import enqueue, execute, periods, rows, sql_now
from sextant.core.writing import writing

ONCE = "every"  # what is still waiting from the last time is not added again


def tick() -> int:
    """Add the periodic jobs that are due; returns how many. What was missed while nothing ran is added once."""
    later = {name for (name,) in rows(f"SELECT name FROM core_periodic WHERE due_at > {sql_now(0.001)}")}
    return sum(_add(name, seconds) for name, seconds in periods().items() if name not in later)


def _add(name: str, seconds: float) -> bool:
    """Whoever moves the time on adds the job, in the same transaction."""
    with writing():
        is_ours = execute(
            f"INSERT INTO core_periodic (name, due_at) VALUES (%s, {sql_now(seconds)}) ON CONFLICT (name) "
            f"DO UPDATE SET due_at = excluded.due_at WHERE core_periodic.due_at <= {sql_now(0.001)}",
            [name],
        )
        if is_ours:
            enqueue(name, {}, once=ONCE)
    return bool(is_ours)
