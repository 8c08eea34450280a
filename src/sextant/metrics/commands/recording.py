"""Recording values, from whichever door they come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from sextant.calc import numbers
from sextant.calc.periods import Calendar, Frequency, Period, PeriodError, hour_of, parse_period
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.writing import in_turn, writing
from sextant.metrics.access import can, recordable_by
from sextant.metrics.commands.batches import announce, open_batch
from sextant.metrics.commands.finer import FinePoint, aggregate_finer
from sextant.metrics.commands.known import Known, Memory
from sextant.metrics.commands.publishing import Row, lock_metrics, publish
from sextant.metrics.models import Batch, Definition, Metric
from sextant.people.queries import calendar as organisation_calendar
from sextant.people.queries import hash_of

MOST_POINTS = 10_000
LARGEST_VALUE = 1e300
STATES = ("observed", "estimated", "not_applicable")
FARTHEST_HOURS = 30 * 8766  # days and hours further ahead are slips of the pen, and every page would draw them all
LONGEST_BATCH_KEY = 80
LONGEST_ACTOR = 40
LONGEST_QUALIFIER = 40
# What recording reads of a metric: `_Recordable` first, then what decides whether it takes values.
_FACTS = (
    "key", "id", "frequency", "span", "aggregation", "year_start_month", "team_id", "owner_id", "numerator_id",
    "archived_at", "is_calculated",
)  # fmt: skip


class RawPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


_Usable = dict[str, _Recordable]
_Refusals = dict[str, tuple[str, str]]  # key and message by metric
_memory: Memory[_Recordable] = Memory()


def record(
    actor: Actor,
    points: Sequence[RawPoint],
    *,
    batch_key: str = "",
    kind: str = "push",
    source: str = "",
    unreadable: Mapping[int, str] = MappingProxyType({}),
) -> Recorded:
    """Keep the good points, reject the others one by one with a reason.

    `unreadable` says by index which points a door could make nothing of (an empty `RawPoint` stands for each) and
    why. The same batch key again changes nothing and gives the first answer. A period that occurs twice in the batch
    takes the last value. Values finer than the metric's frequency are kept and aggregated by its rule.
    """
    own_key = _own_key(actor, batch_key)
    with in_turn():
        known = _memory.now()
        metrics, refusals = _recordable_metrics(actor, {point.metric for point in points}, known)
        rows, finer, rejected = _read_points(points, metrics, refusals)
        if unreadable:
            rejected = [
                Rejection(r.index, "bad-point", unreadable[r.index]) if r.index in unreadable else r for r in rejected
            ]
        touched = tuple(sorted({place[0] for place in (*rows, *finer)}))
        circles = known.told_to(touched)
        try:
            with writing():
                if own_key and (earlier := Batch.objects.filter(key=own_key).first()) is not None:
                    return _replayed(earlier)
                batch = open_batch(actor, kind, key=own_key, source=source)
                repeated = len(points) - len(rejected) - len(rows) - len(finer)
                result = _store(batch, batch_key, rows, finer, rejected, repeated)
                if result.accepted:
                    announce(actor, batch, result.metrics, circles=circles if result.metrics == touched else None)
        except IntegrityError:  # on a database server the same batch can come in twice at the same moment
            twin = Batch.objects.filter(key=own_key).first() if own_key else None
            if twin is None:
                raise
            return _replayed(twin)
    return result


def _store(
    batch: Batch,
    batch_key: str,
    rows: dict[tuple[int, int], Row],
    finer: dict[tuple[int, int], FinePoint],
    rejected: list[Rejection],
    repeated: int,
) -> Recorded:
    """Publish what was read and keep the answer with the batch, for when it is sent again."""
    if finer:
        lock_metrics({place[0] for place in finer})  # else two that come at once do not see each other's values
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
    return result


def _own_key(actor: Actor, batch_key: str) -> str:
    """The batch key within the actor's own; cut short, two batches would become one."""
    if len(batch_key) > LONGEST_BATCH_KEY or not batch_key.isprintable():
        message = f"A batch key has up to {LONGEST_BATCH_KEY} letters, digits and signs. Nothing was kept."
        raise refuse("bad-batch-key", message, "batch")
    who = actor.key if len(actor.key) < LONGEST_ACTOR else f"{actor.key[:20]}~{hash_of(actor.key)[:16]}"
    return f"{who}:{batch_key}" if batch_key else ""


def _as_counts(result: Recorded) -> dict[str, object]:
    return {
        "batch": result.batch,
        "accepted": result.accepted,
        "unchanged": result.unchanged,
        "superseded": result.superseded,
        "repeated": result.repeated,
        # A message names what was sent; PostgreSQL keeps no NUL in JSON.
        "rejected": [[r.index, r.key, r.message.replace("\0", "\ufffd")] for r in result.rejected],
    }


def _replayed(batch: Batch) -> Recorded:
    """The answer given when this batch was first recorded."""
    counts = batch.counts
    rejected = tuple(Rejection(*rejection) for rejection in counts.get("rejected", []))
    figures = {name: counts.get(name, 0) for name in ("accepted", "unchanged", "superseded", "repeated")}
    return Recorded(batch=str(counts.get("batch", batch.key)), rejected=rejected, replayed=True, **figures)


def _recordable_metrics(actor: Actor, keys: set[str], known: Known[_Recordable]) -> tuple[_Usable, _Refusals]:
    """Metrics that take values from this actor, and why the other keys do not; at most one statement."""
    usable, refusals = known.of(actor)
    missing = keys - usable.keys() - refusals.keys()
    if not missing:
        return usable, refusals
    base = organisation_calendar()
    allowed: dict[tuple[int, bool], bool] = {}
    for key, metric_id, frequency, span, rule, year_start, team_id, owner_id, *state in _facts(actor, missing):
        asked = (team_id, owner_id == actor.person_id)
        if asked not in allowed:
            allowed[asked] = can(actor, "record", Metric(team_id=team_id, owner_id=owner_id))
        refusal = _why_not(key, allowed[asked], *state)
        if refusal is not None:
            refusals[key] = refusal
            continue
        calendar = base if year_start is None else own_calendar(year_start, base)
        usable[key] = _Recordable(metric_id, Frequency(frequency), span, rule, calendar)
    return usable, refusals


def _facts(actor: Actor, keys: Iterable[str]) -> list[tuple[Any, ...]]:
    """`_FACTS` of the metrics with these keys that the actor may address.

    The keys travel as one parameter and the rows come as the driver gives them: for a thousand metrics that
    takes a fifth of the time.
    """
    calculated = Definition.objects.filter(metric=OuterRef("pk"), superseded_at=None).exclude(formula="")
    found = recordable_by(actor).annotate(is_calculated=Exists(calculated))
    if connection.vendor == "sqlite":
        found = found.extra(where=["metrics_metric.key IN (SELECT value FROM json_each(%s))"], params=[_json(keys)])
    else:
        found = found.extra(where=["metrics_metric.key = ANY(%s)"], params=[[k for k in keys if "\0" not in k]])
    try:
        sql, parameters = found.order_by().values_list(*_FACTS).query.sql_with_params()
    except EmptyResultSet:  # nothing is visible to this actor
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _json(keys: Iterable[str]) -> str:
    return msgspec.json.encode(list(keys)).decode()


def calendar_of(metric: Metric, base: Calendar) -> Calendar:
    """The metric's own year, where it has one, else the organisation's."""
    return base if metric.year_start_month is None else own_calendar(metric.year_start_month, base)


def own_calendar(year_start_month: int, base: Calendar) -> Calendar:
    return base if year_start_month == base.year_start_month else Calendar(year_start_month, base.fiscal_year_named_by)


def _why_not(
    key: str, is_allowed: bool, numerator_id: int | None, archived_at: object, has_formula: bool
) -> tuple[str, str] | None:
    if not is_allowed:
        return ("not-allowed", f"You may not record values of '{key}'.")
    if archived_at is not None:
        return ("metric-archived", f"'{key}' is archived. Bring it back first.")
    if has_formula or numerator_id is not None:
        return ("metric-is-calculated", f"'{key}' is calculated; record the values it is made of.")
    return None


def _read_points(
    points: Sequence[RawPoint], metrics: _Usable, refusals: _Refusals
) -> tuple[dict[tuple[int, int], Row], dict[tuple[int, int], FinePoint], list[Rejection]]:
    rows: dict[tuple[int, int], Row] = {}
    finer: dict[tuple[int, int], FinePoint] = {}
    rejected: list[Rejection] = []
    calendar, periods = Calendar(), dict[str, Period]()
    horizon = hour_of(timezone.now()) + FARTHEST_HOURS
    for index, point in enumerate(points):
        try:
            metric = metrics.get(point.metric)
            if metric is None:
                raise _RejectedError(*(refusals.get(point.metric) or _unknown(point.metric)))
            if metric.calendar is not calendar:
                calendar, periods = metric.calendar, {}
            period = periods.get(point.period)
            if period is None:
                period = parse_period(point.period, calendar=calendar)
                if period.end > horizon and period.frequency in (Frequency.HOUR, Frequency.DAY):
                    raise _RejectedError("too-far-ahead", f"'{point.period[:40]}' lies far ahead: check the year.")
                periods[point.period] = period
            value, state, qualifier = _read_value(point)
            place = (metric.id, period.start)
            if period.frequency is metric.frequency and period.span == metric.span:
                rows.pop(place, None)  # the last value of a period counts, in its own place
                rows[place] = (metric.id, period.start, period.end, value, state, qualifier, point.note, None)
            else:
                finer[place] = _finer(index, metric, period, point, (value, state, qualifier))
        except (PeriodError, _RejectedError) as problem:
            rejected.append(Rejection(index, problem.key, str(problem)))
    return rows, finer, rejected


def _unknown(key: str) -> tuple[str, str]:
    return ("unknown-metric", f"There is no metric '{key[:120]}' here, or it is not visible to you.")


def _finer(
    index: int, metric: _Recordable, period: Period, point: RawPoint, read: tuple[float | None, str, str]
) -> FinePoint:
    value, state, qualifier = read
    return FinePoint(
        index=index,
        metric_id=metric.id,
        frequency=metric.frequency,
        aggregation=metric.aggregation,
        calendar=metric.calendar,
        period=period,
        value=_check_finer(metric, period, point, value),
        state=state,
        qualifier=qualifier,
        note=point.note,
    )


def _read_value(point: RawPoint) -> tuple[float | None, str, str]:
    """Value, state and qualifier. Raises _RejectedError when the value can't be kept as it is."""
    value, state, qualifier = point.value, point.state, point.qualifier
    if value.__class__ is float and -LARGEST_VALUE <= value <= LARGEST_VALUE and state == "observed":
        if qualifier or point.note:
            _check_words(point)
        return value, state, qualifier
    if qualifier or point.note:
        _check_words(point)
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


def _check_words(point: RawPoint) -> None:
    if len(point.qualifier) > LONGEST_QUALIFIER:
        message = f"A qualifier has up to {LONGEST_QUALIFIER} characters; put longer remarks into the note."
        raise _RejectedError("qualifier-too-long", message)
    if "\0" in point.qualifier or "\0" in point.note:
        raise _RejectedError("unreadable-text", "The note or qualifier holds a character that cannot be kept.")


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
