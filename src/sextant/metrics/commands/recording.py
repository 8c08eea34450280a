"""Recording values, from whichever door they come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from sextant.calc import numbers
from sextant.calc.periods import Calendar, Frequency, Period, PeriodError, parse_period
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.writing import writing
from sextant.metrics.access import recordable_by
from sextant.metrics.commands.batches import announce, open_batch
from sextant.metrics.commands.finer import FinePoint, aggregate_finer
from sextant.metrics.commands.publishing import Row, publish
from sextant.metrics.models import Batch, Definition, Metric
from sextant.people.queries import calendar as organisation_calendar

MOST_POINTS = 10_000
LARGEST_VALUE = 1e300
STATES = ("observed", "estimated", "not_applicable")


@dataclass(frozen=True, slots=True)
class RawPoint:
    """A value as a door received it; `value` may be text such as "47.8 %" or "<1"."""

    metric: str
    period: str
    value: float | str | None = None
    state: str = "observed"
    qualifier: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    index: int
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the points: each is accepted, unchanged or rejected; superseded ones are accepted too."""

    batch: str
    accepted: int = 0
    unchanged: int = 0
    superseded: int = 0
    repeated: int = 0
    rejected: tuple[Rejection, ...] = ()
    replayed: bool = False
    metrics: tuple[int, ...] = field(default=(), compare=False)


class _RejectedError(Exception):
    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class _Recordable:
    """What recording needs to know of a metric."""

    id: int
    frequency: Frequency
    span: int
    aggregation: str
    calendar: Calendar


def record(
    actor: Actor, points: Sequence[RawPoint], *, batch_key: str = "", kind: str = "push", source: str = ""
) -> Recorded:
    """Keep the good points, reject the others one by one with a reason.

    The same batch key again changes nothing and gives the first answer. A period that occurs twice in the batch
    takes the last value. Values finer than the metric's frequency are kept and aggregated by its rule.
    """
    own_key = f"{actor.key}:{batch_key}"[:120] if batch_key else ""
    if own_key and (earlier := Batch.objects.filter(key=own_key).first()) is not None:
        return _replayed(earlier)
    metrics, refusals = _recordable_metrics(actor, {point.metric for point in points})
    rows, finer, rejected = _read_points(points, metrics, refusals)
    with writing():
        if own_key and (earlier := Batch.objects.filter(key=own_key).first()) is not None:
            return _replayed(earlier)
        batch = open_batch(actor, kind, key=own_key, source=source)
        repeated = len(points) - len(rejected) - len(rows) - len(finer)
        if finer:
            aggregated, refused = aggregate_finer(batch, finer)
            rejected += [Rejection(index, key, message) for index, key, message in refused]
            rows |= aggregated
        published = publish(batch, list(rows.values()))
        result = Recorded(
            batch=batch_key or batch.key,
            accepted=published.accepted,
            unchanged=len(rows) - published.accepted,
            superseded=published.superseded,
            repeated=repeated,
            rejected=tuple(sorted(rejected, key=lambda rejection: rejection.index)),
            metrics=published.metric_ids,
        )
        batch.counts = _as_counts(result)
        batch.save(update_fields=["counts"])
        if published.accepted:
            announce(actor, batch, published.metric_ids)
    return result


def _as_counts(result: Recorded) -> dict[str, object]:
    return {
        "batch": result.batch,
        "accepted": result.accepted,
        "unchanged": result.unchanged,
        "superseded": result.superseded,
        "repeated": result.repeated,
        "rejected": [[r.index, r.key, r.message] for r in result.rejected],
    }


def _replayed(batch: Batch) -> Recorded:
    """The answer given when this batch was first recorded."""
    counts = batch.counts
    rejected = tuple(Rejection(*rejection) for rejection in counts.get("rejected", []))
    figures = {name: counts.get(name, 0) for name in ("accepted", "unchanged", "superseded", "repeated")}
    return Recorded(batch=str(counts.get("batch", batch.key)), rejected=rejected, replayed=True, **figures)


def _recordable_metrics(actor: Actor, keys: Iterable[str]) -> tuple[dict[str, _Recordable], dict[str, _RejectedError]]:
    """Metrics that take values from this actor, and why the other keys do not."""
    calculated = Definition.objects.filter(metric=OuterRef("pk"), superseded_at=None).exclude(formula="")
    found = recordable_by(actor).filter(key__in=list(keys)).annotate(is_calculated=Exists(calculated))
    usable: dict[str, _Recordable] = {}
    refusals: dict[str, _RejectedError] = {}
    base = organisation_calendar()
    for metric in found:
        refusal = _why_not_recordable(actor, metric, is_calculated=metric.is_calculated)
        if refusal is not None:
            refusals[metric.key] = refusal
            continue
        usable[metric.key] = _Recordable(
            metric.id, Frequency(metric.frequency), metric.span, metric.aggregation, calendar_of(metric, base)
        )
    return usable, refusals


def calendar_of(metric: Metric, base: Calendar) -> Calendar:
    """The metric's own year, where it has one, else the organisation's."""
    if metric.year_start_month is None or metric.year_start_month == base.year_start_month:
        return base
    return Calendar(metric.year_start_month, base.fiscal_year_named_by)


def _why_not_recordable(actor: Actor, metric: Metric, *, is_calculated: bool) -> _RejectedError | None:
    if not access.can("metric", actor, "record", metric):
        return _RejectedError("not-allowed", f"You may not record values of '{metric.key}'.")
    if metric.archived_at is not None:
        return _RejectedError("metric-archived", f"'{metric.key}' is archived. Bring it back first.")
    if is_calculated or metric.numerator_id is not None:
        return _RejectedError("metric-is-calculated", f"'{metric.key}' is calculated; record the values it is made of.")
    return None


def _read_points(
    points: Sequence[RawPoint], metrics: Mapping[str, _Recordable], refusals: Mapping[str, _RejectedError]
) -> tuple[dict[tuple[int, int], Row], dict[tuple[int, int], FinePoint], list[Rejection]]:
    rows: dict[tuple[int, int], Row] = {}
    finer: dict[tuple[int, int], FinePoint] = {}
    rejected: list[Rejection] = []
    for index, point in enumerate(points):
        try:
            metric = metrics.get(point.metric)
            if metric is None:
                raise refusals.get(point.metric) or _RejectedError(
                    "unknown-metric",
                    f"There is no metric '{point.metric}' here, or it is not visible to you.",
                )
            period = parse_period(point.period, calendar=metric.calendar)
            value, state, qualifier = _read_value(point)
            place = (metric.id, period.start)
            if period.frequency == metric.frequency and period.span == metric.span:
                row = (metric.id, period.start, period.end, value, state, qualifier, point.note, None)
                rows.pop(place, None)
                rows[place] = row
            else:
                fine_value = _check_finer(metric, period, point, value)
                finer[place] = FinePoint(
                    index=index,
                    metric_id=metric.id,
                    frequency=metric.frequency,
                    aggregation=metric.aggregation,
                    calendar=metric.calendar,
                    period=period,
                    value=fine_value,
                    state=state,
                    qualifier=qualifier,
                    note=point.note,
                )
        except (PeriodError, _RejectedError) as problem:
            rejected.append(Rejection(index, problem.key, str(problem)))
    return rows, finer, rejected


def _read_value(point: RawPoint) -> tuple[float | None, str, str]:
    """Value, state and qualifier. Raises _RejectedError when the value can't be kept as it is."""
    value, state, qualifier = point.value, point.state, point.qualifier
    if state not in STATES:
        raise _RejectedError("unknown-state", f"The state '{state}' is not one of {', '.join(STATES)}.")
    if isinstance(value, str):
        reading = numbers.read_number(value)
        if reading.kind in ("error", "text"):
            raise _RejectedError(reading.key or "not-a-number", f"'{value}' is not a number: nothing was kept for it.")
        if reading.kind == "empty":
            raise _RejectedError("missing-value", "The value is empty. Leave the point out, or send a number.")
        state = "not_applicable" if reading.kind == "not_applicable" else state
        value, qualifier = reading.value, qualifier or reading.qualifier
    if state == "not_applicable":
        return None, state, qualifier
    if value is None:
        if qualifier:
            return None, state, qualifier
        raise _RejectedError("missing-value", "The point has no value. Missing is not zero: leave it out, or say why.")
    value = float(value)
    if not math.isfinite(value) or abs(value) > LARGEST_VALUE:
        raise _RejectedError("not-finite", f"{value} is not a finite number up to 1e300.")
    return value, state, qualifier


def _check_finer(metric: _Recordable, period: Period, point: RawPoint, value: float | None) -> float:
    """The value, when it can be aggregated into a period of the metric."""
    if period.span != 1 or metric.span != 1:
        raise _RejectedError(
            "other-span",
            f"'{point.metric}' is kept per {metric.span} {metric.frequency}; '{point.period}' is not.",
        )
    if period.frequency.rank > metric.frequency.rank:
        raise _RejectedError(
            "coarser-than-metric",
            f"'{point.metric}' is kept per {metric.frequency}; '{point.period}' covers more than one.",
        )
    if metric.aggregation == "ratio":
        raise _RejectedError(
            "percent-needs-parts",
            f"'{point.metric}' is a ratio: its {metric.frequency} can't be made from parts of it.",
        )
    if value is None:
        raise _RejectedError("missing-value", "A value finer than the metric's frequency needs a number.")
    return value
