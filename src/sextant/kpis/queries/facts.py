"""What else is known of some KPIs, each kind of fact with one statement for all of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from sextant.calc.limits import LimitSettings
from sextant.calc.periods import Calendar, Frequency, Period, hour_of, period_at
from sextant.calc.targets import TargetRow, TargetValues
from sextant.kpis.models import FIGURES, Approval, Target
from sextant.metrics.limit_settings import as_limit_settings
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.reading import standing_conditions
from sextant.metrics.queries.standpoint import Standpoint

RESTATED_DAYS = 92
TIMES = ("valid_from", "start", "end", "aim_by")


def standing_at(point: Standpoint) -> Q:
    """The rows of an effective-dated table that stand at the standpoint."""
    if point.known_at is None:
        return Q(superseded_at=None)
    return Q(known_at__lte=point.known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=point.known_at))


@dataclass(frozen=True, slots=True)
class Action:
    """What is being done about a KPI."""

    text: str
    owner: str
    due_on: date | None
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Recording:
    """Who recorded a value, when and from where."""

    recorded_at: datetime
    recorded_by: str
    source: str
    kind: str
    batch: str
    note: str
    dated_by_import: bool
    known_at: datetime


def _numbers(ids: Iterable[int]) -> str:
    """Ids inside a statement: thousands of them would be too many parameters, and cost more."""
    return ",".join(str(int(each)) for each in ids) or "NULL"


def _rows(statement: str, table: str, point: Standpoint) -> list[tuple[Any, ...]]:
    """What a statement finds; `{standing}` in it becomes the condition of `standing_at` for the named table.

    Put together by hand: for a page of fifty rows the query builder takes longer than the database.
    """
    where, parameters = f"{table}.superseded_at IS NULL", []
    if point.known_at is not None:
        moment = connection.ops.adapt_datetimefield_value(point.known_at)
        where = f"({table}.known_at <= %s AND ({table}.superseded_at IS NULL OR {table}.superseded_at > %s))"
        parameters = [moment, moment]
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{standing}", where), parameters)
        return list(cursor.fetchall())


def target_rows(metrics: Mapping[int, Metric], point: Standpoint) -> dict[int, list[TargetRow]]:
    """Targets by KPI id, oldest statement first; `metrics` maps KPI id to its metric."""
    rows: dict[int, list[TargetRow]] = defaultdict(list)
    columns = ", ".join(f't."{name}"' for name in ("kpi_id", *TIMES, *FIGURES))
    for kpi_id, valid_from, start, end, aim_by, *figures in _rows(
        f"SELECT {columns} FROM kpis_target t WHERE t.kpi_id IN ({_numbers(metrics)}) AND {{standing}} "  # noqa: S608
        "ORDER BY t.known_at, t.id", "t", point,
    ):  # fmt: skip
        values = TargetValues(*figures)
        if start is None and aim_by is None:
            rows[kpi_id].append(TargetRow(values, valid_from))
            continue
        period = None
        if start is not None and end is not None:
            period = period_of_length(start, end, Frequency(metrics[kpi_id].frequency))
        aimed = period_ending(aim_by, point.calendar) if aim_by is not None else None
        rows[kpi_id].append(TargetRow(values, valid_from, period, aimed))
    return rows


def as_target_row(target: Target, frequency: Frequency, calendar: Calendar) -> TargetRow:
    """A stored target in the shape `calc` judges with."""
    period = None
    if target.start is not None and target.end is not None:
        period = period_of_length(target.start, target.end, frequency)
    aim_by = period_ending(target.aim_by, calendar) if target.aim_by is not None else None
    values = TargetValues(**{name: getattr(target, name) for name in FIGURES})
    return TargetRow(values, target.valid_from, period, aim_by)


def period_of_length(start: int, end: int, frequency: Frequency) -> Period:
    """The period from `start` to `end`, named by the frequency it has the length of."""
    days = (end - start) / 24
    known = ((1.5, "day"), (10, "week"), (45, "month"), (100, "quarter"), (150, "tertial"), (200, "half"))
    named = next((name for most, name in known if days <= most), "year")
    return Period(start, end, Frequency(named) if days >= 1 else frequency)


def period_ending(end: int, calendar: Calendar) -> Period:
    """The longest common period that ends at this hour, as people name an aim: "by 2030", "by Q4 2026"."""
    for frequency in (Frequency.YEAR, Frequency.QUARTER, Frequency.MONTH):
        for own in (calendar, Calendar()):
            period = period_at(end - 1, frequency, own)
            if period.end == end:
                return period
    return period_at(end - 1, Frequency.DAY, calendar)


def actions(kpi_ids: Sequence[int], point: Standpoint) -> dict[int, Action]:
    """What is being done, by KPI id."""
    found = _rows(
        "SELECT n.kpi_id, n.text, p.name, n.due_on, n.known_at FROM kpis_actionnote n "  # noqa: S608 (whole numbers)
        f"LEFT JOIN people_person p ON p.id = n.owner_id WHERE n.kpi_id IN ({_numbers(kpi_ids)}) AND {{standing}}",
        "n", point,
    )  # fmt: skip
    return {
        kpi_id: Action(text, owner or "", date.fromisoformat(due) if isinstance(due, str) else due, _aware(known_at))
        for kpi_id, text, owner, due, known_at in found
    }


def definitions(metrics: Sequence[Metric], point: Standpoint) -> dict[int, list[Definition]]:
    """All standing versions by metric id, oldest first; a breakdown without words of its own shows its headline's."""
    return described(metrics, own_definitions(metrics, point))


def own_definitions(metrics: Sequence[Metric], point: Standpoint) -> dict[int, list[Definition]]:
    """All standing versions by metric id, oldest first, of the metrics and of the headlines they are part of.

    An open breakdown does not tell the words of a restricted headline.
    """
    headlines = {metric.part_of_id: metric.visibility for metric in metrics if metric.part_of_id}
    open_ones = [one for one, visibility in headlines.items() if visibility == "organisation"]
    others = [one for one, visibility in headlines.items() if visibility != "organisation"]
    wanted = f"d.metric_id IN ({_numbers([*(metric.id for metric in metrics), *others])})"
    if open_ones:
        seen = f"SELECT id FROM metrics_metric WHERE visibility = 'organisation' AND id IN ({_numbers(open_ones)})"  # noqa: S608
        wanted = f"({wanted} OR d.metric_id IN ({seen}))"
    names = [column.attname for column in Definition._meta.concrete_fields]
    columns = ", ".join(f'd."{name}"' for name in names)
    rows: dict[int, list[Definition]] = defaultdict(list)
    statement = f"SELECT {columns} FROM metrics_definition d WHERE {wanted} AND {{standing}} ORDER BY d.number"  # noqa: S608
    for row in _rows(statement, "d", point):
        definition = Definition.from_db(connection.alias, names, row)
        definition.known_at = _aware(definition.known_at)
        if definition.superseded_at is not None:
            definition.superseded_at = _aware(definition.superseded_at)
        rows[definition.metric_id].append(definition)
    return rows


def described(metrics: Sequence[Metric], own: Mapping[int, Sequence[Definition]]) -> dict[int, list[Definition]]:
    """The same with the headline's versions for breakdowns without words of their own."""
    rows = {metric_id: list(versions) for metric_id, versions in own.items()}
    for metric in metrics:
        mine = rows.get(metric.id, [])
        if metric.part_of_id and not any(d.how_measured or d.description for d in mine):
            rows[metric.id] = rows.get(metric.part_of_id, [])
    return rows


def limit_settings(
    metrics: Sequence[Metric], versions: Mapping[int, Sequence[Definition]], point: Standpoint
) -> dict[int, LimitSettings]:
    """How each metric's normal range is found; a new definition divides the chart like a divider."""
    chosen = {
        metric_id: json.loads(limits) if isinstance(limits, str) else limits
        for metric_id, limits in _rows(
            "SELECT d.metric_id, d.limits FROM metrics_detectionsetting d "  # noqa: S608 (whole numbers)
            f"WHERE d.metric_id IN ({_numbers(metric.id for metric in metrics)}) AND {{standing}}", "d", point,
        )
    }  # fmt: skip
    settings = {}
    for metric in metrics:
        breaks = {d.valid_from for d in versions.get(metric.id, ()) if d.number > 1 and d.valid_from is not None}
        limits: Mapping[str, Any] = chosen.get(metric.id, {})
        if limits or breaks:
            settings[metric.id] = as_limit_settings(limits, breaks)
    return settings


def recordings(places: Sequence[tuple[int, int]], point: Standpoint) -> dict[tuple[int, int], Recording]:
    """Who recorded the values standing at (metric id, start hour)."""
    if not places:
        return {}
    pairs = ",".join(f"({int(metric_id)},{int(start)})" for metric_id, start in places)
    conditions = standing_conditions(point)
    statement = " UNION ALL ".join(
        "SELECT m.metric_id, m.start, m.note, m.dated_by_import, m.known_at, "  # noqa: S608 (whole numbers)
        "b.recorded_at, b.actor_label, b.source, b.kind, b.key "
        f"FROM (SELECT column1 AS a, column2 AS b FROM (VALUES {pairs}) AS v) p "
        "JOIN metrics_measurement m ON m.metric_id = p.a AND m.start = p.b "
        f"JOIN metrics_batch b ON b.id = m.batch_id WHERE {where}"
        for where, _parameters in conditions
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _where, parameters in conditions for value in parameters])
        return {
            (metric_id, start): Recording(
                _aware(recorded_at), by, source, kind, key, note, bool(dated), _aware(known_at)
            )
            for metric_id, start, note, dated, known_at, recorded_at, by, source, kind, key in cursor.fetchall()
        }


def _aware(moment: datetime | str) -> datetime:
    """A moment with its zone: SQLite hands it out without one, or as text, and means UTC."""
    known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return known if known.tzinfo else known.replace(tzinfo=UTC)


def approvals(kpi_ids: Sequence[int], point: Standpoint) -> dict[int, dict[int, float]]:
    """KPI id -> start hour -> the value last vouched for."""
    found: dict[int, dict[int, float]] = defaultdict(dict)
    if kpi_ids:
        rows = Approval.objects.filter(kpi_id__in=kpi_ids)
        if point.known_at is not None:
            rows = rows.filter(known_at__lte=point.known_at)
        for kpi_id, start, value in rows.order_by("id").values_list("kpi_id", "start", "value"):
            found[kpi_id][start] = value
    return found


def corrections(metric_ids: Sequence[int], point: Standpoint) -> dict[int, frozenset[int]]:
    """Start hours of the periods whose value was corrected in the last three months before the standpoint."""
    until = point.known_at or timezone.now()
    moments = [
        connection.ops.adapt_datetimefield_value(moment) for moment in (until - timedelta(days=RESTATED_DAYS), until)
    ]
    found: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT metric_id, start FROM metrics_measurement WHERE metric_id IN ({_numbers(metric_ids)}) "  # noqa: S608
            "AND superseded_at IS NOT NULL AND superseded_at >= %s AND superseded_at <= %s",
            moments,
        )
        for metric_id, start in cursor.fetchall():
            found[metric_id].add(start)
    return {metric_id: frozenset(starts) for metric_id, starts in found.items()}


def changed_recently(versions: Sequence[Definition], point: Standpoint) -> bool:
    """Whether a version after the first came into force within a year before the standpoint."""
    later = [d for d in versions if d.number > 1]
    if not later:
        return False
    now = hour_of(point.now)
    since = (now - (d.valid_from if d.valid_from is not None else hour_of(_naive(d))) for d in later)
    return any(0 <= hours <= 365 * 24 for hours in since)


def _naive(definition: Definition) -> datetime:
    return definition.known_at.replace(tzinfo=None)
