"""Values finer than a metric's frequency: kept as they came, and aggregated by the metric's rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sextant.calc.aggregation import Point, roll_up
from sextant.calc.periods import Calendar, Frequency, Period, containing
from sextant.metrics.commands.publishing import Row
from sextant.metrics.models import Batch, FineMeasurement, Measurement

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FinePoint:
    index: int
    metric_id: int
    frequency: Frequency  # the metric's
    aggregation: str
    calendar: Calendar
    period: Period  # the point's own, finer
    value: float
    state: str
    qualifier: str
    note: str


def aggregate_finer(
    batch: Batch, points: Mapping[Place, FinePoint]
) -> tuple[dict[Place, Row], list[tuple[int, str, str]]]:
    """Store the finer values and give the rows of the periods they lie in.

    A period whose value was recorded as a whole stays as it is, and the finer points for it are refused:
    one of seven days must not replace a week. Returns (rows, [(index, key, message)]).
    """
    by_period: dict[tuple[int, Period], list[FinePoint]] = defaultdict(list)
    for point in points.values():
        by_period[point.metric_id, containing(point.period, point.frequency, point.calendar)].append(point)
    rows: dict[Place, Row] = {}
    refused: list[tuple[int, str, str]] = []
    for (metric_id, period), fine in by_period.items():
        known = FineMeasurement.objects.filter(
            metric_id=metric_id, start__gte=period.start, start__lt=period.end, superseded_at=None
        )
        if not known.exists() and _has_whole_value(metric_id, period):
            message = "This period already has a value recorded as a whole; correct that one instead."
            refused += [(point.index, "period-has-a-whole-value", message) for point in fine]
            continue
        _keep(batch, fine)
        rows[metric_id, period.start] = _aggregated(metric_id, period, fine[0])
    return rows, refused


def _has_whole_value(metric_id: int, period: Period) -> bool:
    return Measurement.objects.filter(metric_id=metric_id, start=period.start, superseded_at=None).exists()


def _keep(batch: Batch, points: list[FinePoint]) -> None:
    now = batch.recorded_at
    starts = [point.period.start for point in points]
    current = FineMeasurement.objects.filter(metric_id=points[0].metric_id, start__in=starts, superseded_at=None)
    known = {fine.start: fine for fine in current}
    new = []
    for point in points:
        fine = known.get(point.period.start)
        if fine is not None and (fine.value, fine.state) == (point.value, point.state):
            continue
        new.append(
            FineMeasurement(
                metric_id=point.metric_id, start=point.period.start, end=point.period.end, value=point.value,
                state=point.state, qualifier=point.qualifier, note=point.note, known_at=now, batch=batch,
            )
        )  # fmt: skip
    current.filter(start__in=[fine.start for fine in new]).update(superseded_at=now, superseded_in=batch.id)
    FineMeasurement.objects.bulk_create(new)


def take_back_finer(undo: Batch, batch: Batch) -> None:
    """End the finer values a batch brought, and put those it corrected into force again."""
    gone = FineMeasurement.objects.filter(batch=batch, superseded_at=None)
    places = set(gone.values_list("metric_id", "start"))
    if not places:
        return
    gone.update(superseded_at=undo.recorded_at, superseded_in=undo.id)
    corrected = FineMeasurement.objects.filter(superseded_in=batch.id)
    before = [fine for fine in corrected if (fine.metric_id, fine.start) in places]
    for fine in before:
        fine.pk, fine.batch, fine.known_at = None, undo, undo.recorded_at
        fine.superseded_at = fine.superseded_in = None
    FineMeasurement.objects.bulk_create(before)


def _aggregated(metric_id: int, period: Period, sample: FinePoint) -> Row:
    """The period's row from all finer values known for it; `coverage` says how much of it they make up."""
    known = FineMeasurement.objects.filter(
        metric_id=metric_id, start__gte=period.start, start__lt=period.end, superseded_at=None
    ).order_by("start")
    points = [Point(fine.start, fine.end, fine.value, fine.state, fine.qualifier) for fine in known]
    [rolled] = roll_up(points, sample.frequency, sample.aggregation, sample.calendar, sample.period.frequency)
    state = "estimated" if any(point.state == "estimated" for point in points) else "observed"
    coverage = None if rolled.is_complete else rolled.count / max(1, rolled.expected)
    qualifier = "".join(sorted({point.qualifier for point in points} - {""}))[:40]
    return metric_id, period.start, period.end, rolled.value, state, qualifier, "", coverage
