"""What is worth a second look at KPIs: standing still, too smooth, a target long met or made easier late (KPI 6, D10).

A hint to look, never a verdict: each names its figures, and who may change the KPI can explain it away with a reason,
which is remembered until something new is seen. What is known of guards stands at the key result
(`okrs.queries.second_looks`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.utils import timezone

from sextant.calc.periods import Frequency, Period, hour_of, period_at
from sextant.calc.second_looks import PERIODS_A_YEAR, frozen, is_easier, is_late, long_met, too_smooth
from sextant.calc.targets import TargetValues, target_for
from sextant.kpis.models import Explanation, Kpi, Target
from sextant.kpis.queries.facts import as_target_row, period_of_length, standing_at
from sextant.kpis.queries.standing import Standing, draw_together, standings
from sextant.metrics.models import Measurement
from sextant.metrics.queries.series import BASELINE
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people import queries as people

KEYS = ("target-eased-late", "target-long-met", "frozen", "too-smooth")
PERIODS_BACK = 13
LOOKED_BACK = timedelta(days=365)
CORRECTED_WITHIN = timedelta(days=7)
"""A target that stood for less than this was mistyped, not eased."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """`key` is one of KEYS, `since` the hour at which what is seen begins. In the unit of the metric:

    target-eased-late  `before` and `after` are the targets of `period` (None: none any more; bands have none here);
                       with `was_known` the value of the period was known when the target was changed.
    target-long-met    `before` is the target, `after` the typical value of the newest six.
    frozen             `after` is the value, `count` how often in a row, `is_by_hand` whether people type it in.
    too-smooth         `before` is the usual step, `after` that of the newest `count` values.
    """

    key: str
    since: int
    before: float | None = None
    after: float | None = None
    count: int = 0
    period: Period | None = None
    was_known: bool = False
    is_by_hand: bool = False
    explanation: Explanation | None = None


def second_looks(
    kpis: Sequence[Kpi],
    point: Standpoint,
    *,
    known: Mapping[int, Standing] | None = None,
    with_explained: bool = False,
) -> dict[int, list[SecondLook]]:
    """By KPI id, each KPI present; a fixed number of statements. With standings `known` by KPI id it is one, one more
    where a target was changed within a year or met for long, and two more where something is seen.

    What was explained is left out, or with `with_explained` carries its explanation.
    """
    zone = ZoneInfo(people.organisation().time_zone)
    oldest = (point.known_at or timezone.now()) - LOOKED_BACK
    looked_at = known if known is not None else _standings(kpis, point)
    beyond = {kpi.id: typical for kpi in kpis if (typical := _typical_beyond(looked_at[kpi.id])) is not None}
    targets = _targets(_changed_since(oldest, kpis) | beyond.keys(), point)
    found = {
        kpi.id: list(_of_one(looked_at[kpi.id], targets.get(kpi.id, ()), beyond.get(kpi.id), oldest, zone))
        for kpi in kpis
    }
    seen = [kpi for kpi in kpis if found[kpi.id]]
    if not seen:
        return found
    explained = _explanations(seen, point)
    found = _with_known_values(found, seen, zone)
    for kpi_id, each in found.items():
        said = [_explained(one, explained[kpi_id].get(one.key), zone) for one in each]
        found[kpi_id] = [one for one in said if with_explained or one.explanation is None]
    return found


def _standings(kpis: Sequence[Kpi], point: Standpoint) -> dict[int, Standing]:
    rows = standings(kpis, point)
    draw_together(rows)
    return {each.kpi.id: each for each in rows}


def _of_one(
    each: Standing, targets: Sequence[Target], beyond: float | None, oldest: datetime, zone: ZoneInfo
) -> Iterator[SecondLook]:
    if eased := _eased_late(each, targets, oldest, zone):
        yield eased
    if beyond is not None:
        yield from _long_met(each, targets, beyond, zone)
    yield from _of_series(each)


def _of_series(each: Standing) -> Iterator[SecondLook]:
    """Standing still or too smooth, since the newest definition or confirmed change of the process."""
    series, metric = each.series, each.metric
    breaks = [hour for hour in each.settings.dividers if hour <= each.point.hour(series.frequency)]
    first = int(np.searchsorted(series.starts, max(breaks))) if breaks else 0
    first = max(first, series.complete - BASELINE)  # however much of the history was read
    values = series.values[first : series.complete]
    lower, upper = each.bounds
    is_by_hand = not series.is_calculated and each.recording is not None and each.recording.kind == "form"
    stands = frozen(
        values, PERIODS_A_YEAR[series.frequency], is_by_hand=is_by_hand, is_count=metric.unit == "count",
        lower=lower, upper=upper,
    )  # fmt: skip
    if stands is not None:
        since = int(series.starts[first + stands.first])
        yield SecondLook("frozen", since, after=stands.value, count=stands.count, is_by_hand=is_by_hand)
        return
    smooth = too_smooth(values, lower=lower, upper=upper) if series.span == 1 else None
    if smooth is not None:
        since = int(series.starts[first + smooth.first])
        yield SecondLook("too-smooth", since, before=smooth.usual, after=smooth.step, count=len(values) - smooth.first)


def _typical_beyond(each: Standing) -> float | None:
    """The typical newest value, where it lies so far beyond the target that the target asks for nothing."""
    if each.target is None or each.target.target is None or not each.chart.enough_history:
        return None
    chart, values = each.chart, each.series.values[: each.series.complete]
    return long_met(values, each.target.target, each.metric.direction, chart.lower_now, chart.upper_now)


def _long_met(each: Standing, targets: Sequence[Target], typical: float, zone: ZoneInfo) -> Iterator[SecondLook]:
    standing_rows = [row for row in targets if row.superseded_at is None and row.aim_by is None]
    if standing_rows and each.target is not None:
        since = _hour(max(row.known_at for row in standing_rows), zone)
        yield SecondLook("target-long-met", since, before=each.target.target, after=typical)


def _eased_late(each: Standing, targets: Sequence[Target], oldest: datetime, zone: ZoneInfo) -> SecondLook | None:
    """The newest change within a year that asked for less, of a period of which a third at most was left."""
    if len(targets) < 2 and not any(row.superseded_at for row in targets):
        return None
    local = ZoneInfo("UTC") if each.series.frequency is Frequency.HOUR else zone
    moments = {row.known_at for row in targets} | {row.superseded_at for row in targets if row.superseded_at}
    for moment in sorted((one for one in moments if one >= oldest), reverse=True):
        before = [row for row in targets if row.known_at < moment and not _is_over(row, moment)]
        if not before or moment - max(row.known_at for row in before) < CORRECTED_WITHIN:
            continue
        after = [
            row
            for row in targets
            if row.known_at <= moment and (row.superseded_at is None or row.superseded_at > moment)
        ]
        if (eased := _easier_at(each, before, after, _hour(moment, local))) is not None:
            return eased
    return None


def _is_over(row: Target, moment: datetime) -> bool:
    return row.superseded_at is not None and row.superseded_at < moment


def _easier_at(each: Standing, before: Sequence[Target], after: Sequence[Target], hour: int) -> SecondLook | None:
    series, metric = each.series, each.metric
    frequency, calendar = series.frequency, each.point.calendar
    then, now = ([as_target_row(row, frequency, calendar) for row in rows] for rows in (before, after))
    for period in _late_periods(each, [*before, *after], hour):
        old = target_for(period, then, series.calendar, metric.aggregation, frequency)
        new = target_for(period, now, series.calendar, metric.aggregation, frequency)
        if is_easier(old, new, metric.direction):
            return SecondLook("target-eased-late", hour, _figure(old), _figure(new), period=period)
    return None


def _late_periods(each: Standing, rows: Sequence[Target], hour: int) -> list[Period]:
    """Periods with a third at most to go at the hour, those that targets name and the KPI's own: over ones first, the
    newest first.
    """
    series = each.series
    periods = {
        period_of_length(row.start, row.end, series.frequency)
        for row in rows
        if row.start is not None and row.end is not None
    }
    periods |= {series.period(index) for index in range(max(0, series.complete - PERIODS_BACK), series.complete)}
    if series.span == 1:
        periods.add(period_at(hour, series.frequency, series.calendar))
    late = [one for one in periods if is_late(one.start, one.end, hour)]
    return sorted(late, key=lambda one: (one.end <= hour, one.start, -one.end), reverse=True)


def _figure(values: TargetValues | None) -> float | None:
    return None if values is None else values.target


def _with_known_values(
    found: dict[int, list[SecondLook]], kpis: Sequence[Kpi], zone: ZoneInfo
) -> dict[int, list[SecondLook]]:
    """Say of eased targets whether the value of their period was known before."""
    metrics = {kpi.id: kpi.metric_id for kpi in kpis}
    eased = {
        (metrics[kpi_id], one.period.start): one
        for kpi_id, each in found.items()
        for one in each
        if one.key == "target-eased-late" and one.period is not None
    }
    if not eased:
        return found
    rows = Measurement.objects.filter(
        metric_id__in={metric_id for metric_id, _ in eased},
        start__in={start for _, start in eased},
        value__isnull=False,
    )
    first: dict[tuple[int, int], int] = {}
    for metric_id, start, end, known_at in rows.values_list("metric_id", "start", "end", "known_at"):
        hour = _hour(known_at, zone)
        one = eased.get((metric_id, start))
        if one is not None and one.period is not None and one.period.end == end:
            first[metric_id, start] = min(hour, first.get((metric_id, start), hour))
    return {
        kpi_id: [
            replace(one, was_known=True)
            if one.period is not None and first.get((metrics[kpi_id], one.period.start), one.since) < one.since
            else one
            for one in each
        ]
        for kpi_id, each in found.items()
    }


def _changed_since(oldest: datetime, kpis: Sequence[Kpi]) -> set[int]:
    """The ids of KPIs of which a target was set, changed or taken away since then: few, so that a page of rows need
    not read every target ever set.
    """
    numbers = ",".join(str(int(kpi.id)) for kpi in kpis) or "NULL"
    moment = connection.ops.adapt_datetimefield_value(oldest)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kpi_id FROM kpis_target WHERE kpi_id IN ({numbers}) "  # noqa: S608 (whole numbers)
            "AND (known_at >= %s OR superseded_at >= %s)",
            [moment, moment],
        )
        return {kpi_id for (kpi_id,) in cursor.fetchall()}


def _targets(kpi_ids: Collection[int], point: Standpoint) -> dict[int, list[Target]]:
    """Every target ever set by KPI id, the oldest statement first; what is not known yet at the standpoint is not."""
    if not kpi_ids:
        return {}
    rows = Target.objects.filter(kpi_id__in=kpi_ids)
    if point.known_at is not None:
        rows = rows.filter(known_at__lte=point.known_at)
    found: dict[int, list[Target]] = defaultdict(list)
    for row in rows.order_by("known_at", "id"):
        if row.superseded_at is not None and point.known_at is not None and row.superseded_at > point.known_at:
            row.superseded_at = None
        found[row.kpi_id].append(row)
    return found


def _explanations(kpis: Sequence[Kpi], point: Standpoint) -> dict[int, dict[str, Explanation]]:
    found: dict[int, dict[str, Explanation]] = defaultdict(dict)
    for one in Explanation.objects.filter(standing_at(point), kpi_id__in=[kpi.id for kpi in kpis]).order_by("id"):
        found[one.kpi_id][one.key] = one
    return found


def _explained(one: SecondLook, explanation: Explanation | None, zone: ZoneInfo) -> SecondLook:
    """With the explanation, when it was given after what is seen had begun."""
    if explanation is None or one.since > _hour(explanation.known_at, zone):
        return one
    return replace(one, explanation=explanation)


def _hour(moment: datetime, zone: ZoneInfo) -> int:
    return hour_of(moment.astimezone(zone).replace(tzinfo=None))
