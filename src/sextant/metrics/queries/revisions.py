"""The history of recorded values: every revision of every period, with who, when and from where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db.models import Count, QuerySet

from sextant.calc.periods import Frequency
from sextant.metrics.models import Batch, Marker, Measurement, Metric
from sextant.metrics.queries.series import series_of
from sextant.metrics.queries.standpoint import Standpoint, standpoint


@dataclass(frozen=True, slots=True)
class Revision:
    """One value that was ever recorded for a period."""

    value: float | None
    state: str
    qualifier: str
    note: str
    coverage: float | None
    recorded_at: datetime
    recorded_by: str
    source: str
    kind: str  # form | push | import | undo
    batch: str
    known_at: datetime
    superseded_at: datetime | None
    dated_by_import: bool

    @property
    def is_current(self) -> bool:
        return self.superseded_at is None


@dataclass(frozen=True, slots=True)
class PeriodHistory:
    """What is and was recorded for one period, the newest revision first; `end` in calendar hours."""

    start: int
    end: int
    revisions: tuple[Revision, ...]

    @property
    def current(self) -> Revision | None:
        """The value that stands; None when it was taken back."""
        return next((one for one in self.revisions if one.is_current), None)


def known(point: Standpoint) -> QuerySet[Measurement]:
    """All rows that existed at the standpoint, superseded ones included."""
    if point.known_at is None:
        return Measurement.objects.all()
    return Measurement.objects.filter(known_at__lte=point.known_at)


def recorded_starts(metric: Metric, point: Standpoint) -> list[int]:
    """The start hours of all periods that ever had a value, the newest first."""
    starts = known(point).filter(metric=metric).order_by("-start").values_list("start", flat=True).distinct()
    return list(starts)


def histories(metric: Metric, starts: Sequence[int], point: Standpoint) -> list[PeriodHistory]:
    """The histories of some periods, the newest first, with one statement."""
    rows = known(point).filter(metric=metric, start__in=list(starts)).select_related("batch")
    by_period: dict[tuple[int, int], list[Revision]] = defaultdict(list)
    for row in rows.order_by("-start", "-known_at", "-id"):
        by_period[row.start, row.end].append(_revision(row, point))
    return [PeriodHistory(start, end, tuple(revisions)) for (start, end), revisions in by_period.items()]


def revised_starts(metric: Metric, point: Standpoint) -> frozenset[int]:
    """Start hours of the periods whose standing value replaced a different one."""
    found = set()
    for period in _recorded_again(metric, point):
        current = period.current
        others = {(one.value, one.state) for one in period.revisions}
        if current is not None and others != {(current.value, current.state)}:
            found.add(period.start)
    return frozenset(found)


def _recorded_again(metric: Metric, point: Standpoint) -> list[PeriodHistory]:
    """The histories of the periods that were recorded more than once."""
    again = known(point).filter(metric=metric).values("start").annotate(count=Count("id")).filter(count__gt=1)
    starts = list(again.order_by().values_list("start", flat=True))
    return histories(metric, starts, point) if starts else []


def first_known(metric: Metric, point: Standpoint) -> dict[int, float | None]:
    """The value each period was first known with, by start hour, where another one stands now (None: none then)."""
    first = {
        period.start: (period.revisions[-1].value, period.current.value)
        for period in _recorded_again(metric, point)
        if period.current is not None
    }
    return {start: then for start, (then, now) in first.items() if then != now}


def known_on(metric: Metric, point: Standpoint, day: date, grain: Frequency | None = None) -> dict[int, float | None]:
    """The values known at the end of `day`, by start hour, where another one stands now (None: none then).

    Only periods over by then are compared: what ended later could not be known. Works for calculated metrics too.
    """
    then = series_of(metric, standpoint(day), grain=grain)
    now = series_of(metric, point, grain=grain)
    values = dict(zip(then.starts[: then.complete].tolist(), then.values[: then.complete].tolist(), strict=True))
    last = max(values, default=None)
    found: dict[int, float | None] = {}
    for start, value in zip(now.starts[: now.complete].tolist(), now.values[: now.complete].tolist(), strict=True):
        before = values.get(start, np.nan)
        if last is None or start > last or before == value or (np.isnan(before) and np.isnan(value)):
            continue
        found[start] = None if np.isnan(before) else float(before)
    return found


def markers(metric: Metric, point: Standpoint) -> list[Marker]:
    """The notes on the chart as they stood, the oldest first."""
    found = Marker.objects.filter(metric=metric)
    if point.known_at is None:
        return list(found.filter(superseded_at=None).order_by("start", "id"))
    found = found.filter(known_at__lte=point.known_at).exclude(superseded_at__lte=point.known_at)
    return list(found.order_by("start", "id"))


def batches_of(metric: Metric, point: Standpoint, most: int = 50) -> list[Batch]:
    """The newest acts of recording that touched the metric."""
    ids = known(point).filter(metric=metric).order_by("-batch_id").values_list("batch_id", flat=True).distinct()
    undone = Batch.objects.filter(id__in=list(ids[:most])).order_by("-recorded_at")
    return list(undone)


def _revision(row: Measurement, point: Standpoint) -> Revision:
    ended = row.superseded_at
    if ended is not None and point.known_at is not None and ended > point.known_at:
        ended = None
    batch = row.batch
    return Revision(
        row.value, row.state, row.qualifier, row.note, row.coverage, batch.recorded_at, batch.actor_label, batch.source,
        batch.kind, batch.key, row.known_at, ended, row.dated_by_import,
    )  # fmt: skip
