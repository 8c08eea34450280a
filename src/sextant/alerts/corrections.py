"""Values corrected after they had been judged, and whether the judgement of their period changed with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from sextant.alerts.kpi_looks import KpiFacts
from sextant.alerts.looks import ALL_CLEAR, Look
from sextant.calc.episodes import HOLDS, Check
from sextant.calc.period_grid import moment_of
from sextant.calc.periods import Frequency
from sextant.calc.status import kpi_status

DAYS = 14  # so long a correction is news
JUDGED = ("on_target", "watch", "off_target")


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that stood for a period (`start`, `end` in hours) from one moment until another, naive in UTC."""

    start: int
    end: int
    value: float | None
    known_at: datetime
    superseded_at: datetime


def corrections(metric_ids: Sequence[int], now: datetime) -> dict[int, list[Correction]]:
    """The values superseded in the last days, by metric, the latest first; one statement."""
    numbers = ",".join(str(int(one)) for one in metric_ids) or "NULL"
    since = connection.ops.adapt_datetimefield_value(now - timedelta(days=DAYS))
    found: dict[int, list[Correction]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT metric_id, start, "end", value, known_at, superseded_at FROM metrics_measurement '  # noqa: S608
            f"WHERE metric_id IN ({numbers}) AND superseded_at IS NOT NULL AND superseded_at >= %s "
            "ORDER BY superseded_at DESC, id DESC",
            [since],
        )
        for metric_id, start, end, value, known_at, superseded_at in cursor.fetchall():
            found[metric_id].append(Correction(start, end, value, _naive(known_at), _naive(superseded_at)))
    return found


def look_at_corrections(facts: KpiFacts, corrected: Sequence[Correction]) -> Look:
    """The look of `restated`: the newest correction that changed how an earlier complete period is judged.

    What was known before its period had ended was not judged, and the newest period has rules of its own.
    """
    if not corrected or facts.latest is None:
        return ALL_CLEAR
    starts = {int(start): index for index, start in enumerate(facts.series.starts[: facts.latest])}
    for one in corrected:
        index = starts.get(one.start)
        if index is None or one.known_at < _ended(facts, one.end):
            continue
        before = kpi_status(one.value, facts.target(index), facts.kpi.metric.direction)
        after = facts.status(index)
        if before != after and before in JUDGED and after in JUDGED:
            moment = milliseconds(one.superseded_at)
            value = float(facts.series.values[index])
            evidence = {
                "start": one.start, "since": one.start, "before": one.value, "value": value, "status_before": before,
                "status": after, "at": one.superseded_at.replace(tzinfo=UTC).isoformat(),
            }  # fmt: skip
            return Look(Check(HOLDS, 1, 0, moment, moment), evidence)
    return ALL_CLEAR


def as_corrected(corrected: Sequence[Correction]) -> tuple[tuple[int, int, float | None], ...]:
    """The corrections as looks carry them."""
    return tuple((one.start, milliseconds(one.superseded_at), one.value) for one in corrected)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of a moment that is naive in UTC."""
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _ended(facts: KpiFacts, end: int) -> datetime:
    """The moment a period ended, naive in UTC."""
    if facts.series.frequency == Frequency.HOUR:
        return moment_of(end)
    return moment_of(end).replace(tzinfo=facts.zone).astimezone(UTC).replace(tzinfo=None)


def _naive(moment: Any) -> datetime:
    """As the driver gives it: SQLite without a zone, or as text, and means UTC."""
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return known.astimezone(UTC).replace(tzinfo=None) if known.tzinfo else known
