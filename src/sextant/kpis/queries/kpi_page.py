"""What the page of one KPI (or of a metric nobody watches yet) shows besides its standing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet

from sextant.calc.aggregation import AggregationError, aggregate
from sextant.calc.limits import LimitSettings
from sextant.calc.periods import Frequency, Period, hour_of, period_at, shift
from sextant.calc.status import kpi_status
from sextant.calc.targets import TargetValues, target_for
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.events import visible_events
from sextant.core.models import Event
from sextant.kpis.models import Kpi, Scorecard, ScorecardItem, Target
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.standing import Standing, standings
from sextant.metrics.models import Metric
from sextant.metrics.queries.calculated import Calculation
from sextant.metrics.queries.dependants import inputs_by_metric
from sextant.metrics.queries.series import Series, series_of
from sextant.metrics.queries.standpoint import Standpoint

# How many periods make the way back to "the same time before", by frequency.
A_YEAR = {
    Frequency.HOUR: 24 * 7, Frequency.DAY: 364, Frequency.WEEK: 52, Frequency.MONTH: 12, Frequency.QUARTER: 4,
    Frequency.TERTIAL: 3, Frequency.HALF: 2, Frequency.YEAR: 1,
}  # fmt: skip
RECENT, TRAILING = 6, 12


@dataclass(frozen=True, slots=True)
class RecentPeriod:
    """One of the newest periods: its value, how it changed and how it stood against its own target."""

    period: Period
    value: float | None
    change: float | None
    status: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class TrailingPeriod:
    """One of the last twelve periods beside the same period before.

    Across a change of the definition there is no `change`: the two were not measured alike.
    """

    period: Period
    value: float | None
    before: float | None
    is_comparable: bool = True

    @property
    def change(self) -> float | None:
        if self.value is None or self.before is None or not self.is_comparable:
            return None
        return self.value - self.before


@dataclass(frozen=True, slots=True)
class Trailing:
    """The last twelve periods and what they come to by the metric's own rule (None where it has no answer)."""

    rows: tuple[TrailingPeriod, ...]
    total: float | None
    total_before: float | None


@dataclass(frozen=True, slots=True)
class HeldTarget:
    """What judges from `start` to `end` (hours, `end` exclusive)."""

    start: int
    end: int
    values: TargetValues


@dataclass(frozen=True, slots=True)
class GrainChoice:
    """A frequency the series can be read by; `refusal` says why it cannot."""

    frequency: Frequency
    refusal: str = ""


def as_watched(metric: Metric) -> Kpi:
    """The metric in the shape of a KPI that nobody saved, so that the same judgements can be asked of it.

    Its id is negative and belongs to no row.
    """
    return Kpi(id=-metric.id, key=metric.key, metric=metric, state="metric")


def grains(metric: Metric, point: Standpoint) -> list[GrainChoice]:
    """The metric's own frequency and every coarser one, with the reason where the rule does not allow it."""
    own = Frequency(metric.frequency)
    if metric.span > 1:
        return [GrainChoice(own)]
    refusal = _refusal(metric, point)
    return [GrainChoice(own), *(GrainChoice(one, refusal) for one in Frequency if one.rank > own.rank)]


def _refusal(metric: Metric, point: Standpoint) -> str:
    """Why a metric cannot be read by coarser periods ("" where it can): finished shares are never averaged."""
    is_share = metric.aggregation == "ratio" or (metric.unit == "percent" and metric.aggregation in ("mean", "sum"))
    if not is_share or metric.numerator_id is not None or Calculation.of([metric], point).is_calculated(metric):
        return ""
    return "ratio-needs-parts"


def at_grain(standing: Standing, grain: Frequency) -> Standing:
    """The same KPI by coarser periods, judged with the targets of those periods.

    Dividers stay; locked or typed limits and a season belong to the finer periods. Raises `AggregationError`.
    """
    if grain == standing.kpi.metric.frequency:
        return standing
    series = series_of(standing.kpi.metric, standing.point, grain=grain)
    stored: dict[str, Any] = {name: getattr(standing, name) for name in Standing.__dataclass_fields__}
    return _Coarser(**stored | {"series": series, "settings": _coarse(standing.settings)})


class _Coarser(Standing):
    """A standing whose periods are coarser than the metric's: targets of the finer ones add up or hold."""

    def target_of(self, period: Period) -> TargetValues | None:
        metric = self.kpi.metric
        if not self.targets:
            return None
        return target_for(period, self.targets, self.series.calendar, metric.aggregation, Frequency(metric.frequency))


def _coarse(settings: LimitSettings) -> LimitSettings:
    return replace(LimitSettings(), dividers=settings.dividers, sloped=settings.sloped)


def recent(standing: Standing, count: int = RECENT) -> list[RecentPeriod]:
    """The newest periods, the newest first; the running one in front when it has a value so far."""
    series, direction = standing.series, standing.kpi.metric.direction
    last = series.complete + (1 if series.running is not None else 0)
    rows = []
    for index in range(max(0, series.complete - count), last):
        value = _value(series, index)
        before = _value(series, index - 1) if index else None
        is_running = index >= series.complete
        target = None if is_running else standing.target_of(series.period(index))
        status = "running" if is_running else kpi_status(value, target, direction)
        alike = not index or measured_alike(standing, series.period(index - 1), series.period(index))
        change = None if value is None or before is None or is_running or not alike else value - before
        rows.append(RecentPeriod(series.period(index), value, change, status, is_running))
    return rows[::-1]


def trailing(standing: Standing, count: int = TRAILING) -> Trailing:
    """The last complete periods, the newest first, each beside the same one a year (hours: a week) before."""
    series = standing.series
    places = {int(start): index for index, start in enumerate(series.starts)}
    rows = []
    for index in range(max(0, series.complete - count), series.complete):
        period = series.period(index)
        before = shift(period, -A_YEAR[series.frequency], series.calendar)
        at = places.get(before.start)
        earlier = None if at is None else _value(series, at)
        alike = measured_alike(standing, before, period)
        rows.append(TrailingPeriod(period, _value(series, index), earlier, alike))
    rule = series.metric.aggregation
    total = _total([row.value for row in rows], rule, series.metric)
    comparable = all(row.is_comparable for row in rows)
    before_total = _total([row.before for row in rows], rule, series.metric) if comparable else None
    return Trailing(tuple(reversed(rows)), total, before_total)


def measured_alike(standing: Standing, earlier: Period, later: Period) -> bool:
    """Whether one version of the definition holds for both periods; a trend across versions claims nothing."""
    breaks = [one.valid_from for one in standing.versions if one.number > 1 and one.valid_from is not None]
    return not any(earlier.start < valid_from <= later.start for valid_from in breaks)


def _total(values: Sequence[float | None], rule: str, metric: Metric) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) != len(values) or not known or rule not in ("sum", "mean") or metric.unit == "percent":
        return None
    try:
        return aggregate(known, rule)
    except AggregationError:
        return None


def held_targets(standing: Standing, first: int = 0) -> list[HeldTarget]:
    """The targets that judge the periods from index `first` on, the running one included, as steps."""
    series = standing.series
    if not standing.targets or not len(series.starts):
        return []
    periods = [series.period(index) for index in range(first, series.complete)]
    running = period_at(standing.point.hour(standing.kpi.metric.frequency), series.frequency, series.calendar)
    if not periods or running.start >= periods[-1].end:
        periods.append(running)
    judged = [(period, standing.target_of(period)) for period in periods]
    steps = []
    for values, group in groupby(judged, key=lambda pair: pair[1]):
        members = [period for period, _ in group]
        if values is not None:
            steps.append(HeldTarget(members[0].start, members[-1].end, values))
    return steps


def aim_corners(standing: Standing) -> list[tuple[int, float]]:
    """The path to the long-term aims: from the value known when the first of them was set, aim by aim."""
    aims = [aim for aim in standing.aims if aim.value is not None]
    base = _aim_base(standing)
    if not aims or base is None:
        return []
    start, value = base
    corners = [(start, value)]
    for aim in aims:
        at = period_at(aim.by.end - 1, standing.series.frequency, standing.series.calendar).start
        if aim.value is not None and at > corners[-1][0]:
            corners.append((at, aim.value))
    return corners if len(corners) > 1 else []


def expected_on_path(standing: Standing, corners: Sequence[tuple[int, float]]) -> float | None:
    """Where the path to the aim stands in the judged period; None at its very beginning."""
    if standing.period is None or len(corners) < 2 or standing.period.start == corners[0][0]:
        return None
    hours, values = zip(*corners, strict=True)
    here = standing.period.start
    return float(np.interp(here, hours, values)) if hours[0] <= here <= hours[-1] else None


def _aim_base(standing: Standing) -> tuple[int, float] | None:
    """The newest period with a value when the first standing aim was set; the first value if there was none."""
    series = standing.series
    known = np.flatnonzero(~np.isnan(series.values[: series.complete]))
    rows = Target.objects.filter(standing_at(standing.point), kpi_id=standing.kpi.id).exclude(aim_by=None)
    set_at = rows.order_by("known_at").values_list("known_at", flat=True).first()
    if not known.size or set_at is None:
        return None
    moment = hour_of(set_at.replace(tzinfo=None))
    before = [int(index) for index in known if int(series.starts[index]) <= moment]
    index = before[-1] if before else int(known[0])
    return int(series.starts[index]), float(series.values[index])


def breakdowns(actor: Actor, metric: Metric, point: Standpoint) -> list[Standing]:
    """The parts of a metric the actor may see, each with its own standing, in the order of their names."""
    parts = list(
        visible("metric", actor)
        .filter(part_of=metric, archived_at=None)
        .select_related("team", "owner", "theme", "kpi", "numerator", "denominator")
        .order_by("name")
    )
    return standings([_kpi_of(part) for part in parts], point)


def _kpi_of(metric: Metric) -> Kpi:
    kpi: Kpi | None = getattr(metric, "kpi", None)
    if kpi is None or kpi.archived_at is not None:
        return as_watched(metric)
    kpi.metric = metric
    return kpi


@dataclass(frozen=True, slots=True)
class Related:
    """Metrics around one metric that the actor may see."""

    inputs: tuple[Metric, ...]
    dependants: tuple[Metric, ...]
    headline: Metric | None


def related(actor: Actor, metric: Metric, point: Standpoint) -> Related:
    """What it is calculated from, what is calculated from it, and the headline it is a part of."""
    seen = visible("metric", actor).filter(archived_at=None).select_related("kpi")
    inputs = [one.id for one in Calculation.of([metric], point).inputs(metric)]
    dependants = [result for result, needs in inputs_by_metric().items() if metric.id in needs]
    headline = seen.filter(id=metric.part_of_id).first() if metric.part_of_id else None
    return Related(
        tuple(seen.filter(id__in=inputs).order_by("name")),
        tuple(seen.filter(id__in=dependants).order_by("name")),
        headline,
    )


def scorecards_of(actor: Actor, kpi: Kpi, point: Standpoint) -> QuerySet[Scorecard]:
    """The scorecards that show the KPI and that the actor may see."""
    items = ScorecardItem.objects.filter(standing_at(point), kpi=kpi).values("scorecard_id")
    found: QuerySet[Scorecard] = visible("scorecard", actor).filter(id__in=items, archived_at=None)
    return found


def metric_ids_beside(actor: Actor, kpi: Kpi, point: Standpoint) -> list[int]:
    """The metrics of the KPIs on the same scorecards."""
    items = ScorecardItem.objects.filter(standing_at(point), scorecard__in=scorecards_of(actor, kpi, point))
    return list(items.values_list("kpi__metric_id", flat=True).distinct())


def events_of(actor: Actor, kpi: Kpi, point: Standpoint) -> QuerySet[Event]:
    """What happened to the KPI and its metric, the newest first; values recorded in batches are not among it."""
    about = Q(subject_kind="metric", subject_key=kpi.metric.key)
    if kpi.id is not None and kpi.id > 0:
        about |= Q(subject_kind="kpi", subject_key=kpi.key)
    events = visible_events(actor).filter(about)
    if point.known_at is not None:
        events = events.filter(at__lte=point.known_at)
    return events.order_by("-at", "-id")


def target_age_days(kpi: Kpi, point: Standpoint) -> int | None:
    """For how many days no target was set or came into force; None without any. Aims do not count."""
    rows = Target.objects.filter(standing_at(point), kpi_id=kpi.id, aim_by=None)
    since = [
        max(hour_of(known_at.replace(tzinfo=None)), valid_from or 0, start or 0)
        for known_at, valid_from, start in rows.values_list("known_at", "valid_from", "start")
    ]
    return max(0, hour_of(point.now) - max(since)) // 24 if since else None


def target_history(kpi: Kpi, point: Standpoint) -> list[Target]:
    """Every target ever set, the newest statement first, as far as known at the standpoint."""
    rows = Target.objects.filter(kpi=kpi)
    if point.known_at is not None:
        rows = rows.filter(known_at__lte=point.known_at)
    return list(rows.order_by("-known_at", "-id"))


def next_period(series: Series, point: Standpoint) -> Period:
    """The period a person most likely enters next: the first after the newest value, at most the running one."""
    frequency, calendar = series.frequency, series.calendar
    running = period_at(point.hour(frequency), frequency, calendar, series.span)
    if not len(series.starts):
        return shift(running, -1, calendar)
    following = shift(series.period(len(series.starts) - 1), 1, calendar)
    return min(following, running, key=lambda period: period.start)


def period_choices(series: Series, most: int = 400) -> list[Period]:
    """The newest complete periods, the newest first, for choosing one."""
    first = max(0, series.complete - most)
    return [series.period(index) for index in range(series.complete - 1, first - 1, -1)]


def _value(series: Series, index: int) -> float | None:
    value = float(series.values[index])
    return None if math.isnan(value) else value
