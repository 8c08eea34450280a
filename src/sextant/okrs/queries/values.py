"""What the metrics of key results say: the newest value, the value at the start, sums and periods since then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from sextant.metrics.models import Metric
from sextant.metrics.queries.reading import standing_conditions
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.queries.rows import MetricRow


class Value(NamedTuple):
    """A value and the hours of its period."""

    value: float
    start: int
    end: int


def latest_values(metrics: Iterable[MetricRow], point: Standpoint) -> dict[int, Value]:
    """The newest value of each metric, by one look-up in an index each.

    Of a KPI's metric the newest complete period counts, so that the number is the one shown everywhere; of a key
    result's own metric the running period as well.
    """
    found: dict[int, Value] = {}
    groups: dict[tuple[bool, int], list[int]] = {}
    for metric in metrics:
        groups.setdefault((metric.is_kpi, point.hour(metric.frequency)), []).append(metric.id)
    for (is_kpi, hour), ids in groups.items():
        for value in _latest(ids, '"end"' if is_kpi else "start", hour, point):
            metric_id, start, end, number = value
            if metric_id not in found or found[metric_id].start < start:
                found[metric_id] = Value(number, start, end)
    return found


def _latest(ids: Sequence[int], column: str, hour: int, point: Standpoint) -> list[tuple[int, int, int, float]]:
    numbers = ",".join(str(int(metric_id)) for metric_id in ids)
    rows: list[tuple[int, int, int, float]] = []
    for where, parameters in standing_conditions(point):
        conditions = f"metric_id = m.id AND value IS NOT NULL AND {column} <= %s AND {where}"
        newest = f"(SELECT id FROM metrics_measurement WHERE {conditions} ORDER BY start DESC LIMIT 1)"  # noqa: S608 - ours
        sql = (
            'SELECT x.metric_id, x.start, x."end", x.value FROM metrics_metric m '  # noqa: S608 - numbers and columns
            f"JOIN metrics_measurement x ON x.id = {newest} WHERE m.id IN ({numbers})"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [hour, *parameters])
            rows += cursor.fetchall()
    return rows


def whole_series(metric_ids: Iterable[int], point: Standpoint) -> Mapping[int, Series]:
    """Whole series by metric id, for what one value does not tell."""
    wanted = set(metric_ids)
    return series_many(list(Metric.objects.filter(pk__in=wanted)), point) if wanted else {}


def newest_of(series: Series, *, with_running: bool) -> Value | None:
    """The newest value of a series that was read whole, such as a calculated one."""
    index = series.running if with_running and series.running is not None else series.latest
    return None if index is None else _at(series, index)


def value_at(series: Series, hour: int) -> Value | None:
    """The value that stood at this hour: of the newest period that had ended by then, else of the first one after."""
    before: Value | None = None
    for index in range(len(series.starts)):
        if math.isnan(series.values[index]):
            continue
        value = _at(series, index)
        if value.end > hour:
            return before if before is not None else value
        before = value
    return before


def total_since(series: Series, start: int, until: int) -> Value | None:
    """The sum of the values of the periods that begin between the two hours; None without any."""
    own = [
        _at(series, index)
        for index, begin in enumerate(series.starts)
        if start <= begin < until and not math.isnan(series.values[index])
    ]
    if not own:
        return None
    return Value(math.fsum(one.value for one in own), own[0].start, own[-1].end)


def periods_since(series: Series, start: int, until: int) -> list[float | None]:
    """One value per complete period that lies between the two hours, None where there is none."""
    own: list[float | None] = []
    for index in range(series.complete):
        value = float(series.values[index])
        if start <= series.starts[index] and series.period(index).end <= until:
            own.append(None if math.isnan(value) else value)
    return own


def _at(series: Series, index: int) -> Value:
    period = series.period(index)
    return Value(float(series.values[index]), period.start, period.end)
