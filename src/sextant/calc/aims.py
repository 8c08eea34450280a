"""Long-term aims: a value for a later date, shown with the path to it, judging nothing before then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sextant.calc.periods import Period, hour_of
from sextant.calc.targets import TargetRow, TargetValues


@dataclass(frozen=True, slots=True)
class Aim:
    """``value`` is to be reached by the end of ``by``; None where the aim is a band (see ``values``)."""

    value: float | None
    by: Period
    values: TargetValues


def aims_ahead(rows: Sequence[TargetRow], now: datetime) -> list[Aim]:
    """Every aim whose date has not passed, the soonest first; of two for one date the later row counts."""
    hour = hour_of(now)
    by_end = {row.aim_by.end: row for row in rows if row.aim_by is not None and row.aim_by.end > hour}
    return [
        Aim(row.values.target, row.aim_by, row.values) for _, row in sorted(by_end.items()) if row.aim_by is not None
    ]


def long_term_aim(rows: Sequence[TargetRow], now: datetime) -> Aim | None:
    """The next aim to reach, or None; ``now`` is naive local time (UTC for hourly series)."""
    ahead = aims_ahead(rows, now)
    return ahead[0] if ahead else None


def aim_path(from_hour: int, from_value: float, aims: Sequence[Aim], periods: Sequence[Period]) -> list[float | None]:
    """The value expected at the end of each period on straight lines from a starting point through the
    aims.

    The starting point is usually the end and value of the newest period when the aim was set. None before
    it, and after the last aim; aims without a single value, or not after the starting point, are passed
    over.
    """
    corners = [(from_hour, from_value)]
    for aim in sorted(aims, key=lambda aim: aim.by.end):
        if aim.value is not None and aim.by.end > corners[-1][0]:
            corners.append((aim.by.end, aim.value))
    return [_on_path(period.end, corners) for period in periods]


def _on_path(hour: int, corners: Sequence[tuple[int, float]]) -> float | None:
    if hour == corners[0][0]:
        return corners[0][1]
    for (before, start), (after, end) in pairwise(corners):
        if before < hour <= after:
            share = (hour - before) / (after - before)
            return start * (1 - share) + end * share
    return None
