"""The rules of insights: what is worth a sentence about one KPI, with its window and figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q

from sextant.alerts.corrections import Correction, corrections
from sextant.calc.effects import SEASONS
from sextant.calc.findings import Finding
from sextant.calc.heading import heading
from sextant.calc.periods import hour_of
from sextant.core import clock
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.queries.facts import standing_at
from sextant.kpis.queries.standing import Standing
from sextant.metrics.models import Definition, Marker, Metric
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Initiative

RECENT = 3  # a deviation that ended so many periods ago is still worth a word
LEAST_JUDGED = 6  # "for the first time" needs a past in which it was not
LOOK_BACK = 104
DAY = 24
# How long before a deviation something may have been noted and still be named with it.
WINDOWS = {"hour": DAY, "day": 7 * DAY, "week": 28 * DAY, "month": 62 * DAY, "quarter": 92 * DAY}
LONG_WINDOW = 184 * DAY


@dataclass(frozen=True, slots=True)
class Cause:
    """Something noted at an hour: kind kpi, marker, initiative or definition; `key` where it has a page."""

    kind: str
    label: str
    hour: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules look at: where the KPI stands, its findings, what was noted and what was corrected."""

    standing: Standing
    findings: Sequence[Finding]
    causes: Sequence[Cause]
    corrected: Sequence[Correction]

    @property
    def period_hours(self) -> int:
        """The length of the newest period."""
        starts = self.standing.series.starts
        return int(starts[-1] - starts[-2]) if len(starts) > 1 else DAY


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the start hours of its window, how it is judged, its figures, and what was noted near it."""

    rule: str
    first: int
    last: int
    side: str
    tone: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()


def deviations(facts: Facts) -> Iterator[Found]:
    """The newest finding, while it lasts and shortly after; it began where its alert says so, and lasts no longer than
    its values come.
    """
    series = facts.standing.series
    for one in facts.findings[-1:]:
        if not one.is_open and series.complete - 1 - one.last > RECENT:
            continue
        first, last = int(series.starts[one.first]), int(series.starts[one.last])
        figures = {
            "expected": one.expected, "actual": one.actual, "gap": one.gap, "relative": one.relative,
            "surprise": one.surprise, "count": one.last - one.first + 1,
            "is_open": one.is_open and facts.standing.freshness != "stale",
        }  # fmt: skip
        near = _nearest(facts, first)
        yield Found(one.kind, first, last, one.side, _tone(facts, one), figures, near)


def first_time_met(facts: Facts) -> Iterator[Found]:
    """The newest periods meet the target and no earlier one did."""
    standing = facts.standing
    if standing.computed != "on_target" or standing.index is None:
        return
    cells = [one for one in standing.cells(LOOK_BACK) if not one.is_running and one.value is not None]
    judged = [one for one in cells if one.status in ("on_target", "watch", "off_target")]
    met = [index for index, one in enumerate(judged) if one.status == "on_target"]
    if not met or met[0] < LEAST_JUDGED or len(judged) - met[0] > RECENT or len(met) != len(judged) - met[0]:
        return
    first = judged[met[0]]
    figures = {"value": first.value, "before": met[0]}
    yield Found("first_met", first.period.start, judged[-1].period.start, "", "better", figures)


def heading_of(facts: Facts) -> Iterator[Found]:
    """The newest values go towards the target, or away from it."""
    standing = facts.standing
    series = standing.series
    target = None if standing.target is None else standing.target.target
    if target is None or standing.freshness in ("stale", "never") or any(one.is_open for one in facts.findings[-1:]):
        return  # a level that jumped looks like a trend, and has been said
    season = standing.settings.season_length or SEASONS[str(series.frequency)]
    found = heading(series.values[: series.complete], target, standing.metric.direction, season_length=season)
    is_met = standing.computed == "on_target"
    if found.way == "none" or (found.way == "towards" and is_met):
        return
    figures = {"slope": found.slope, "target": target, "periods": found.periods, "surprise_of_trend": found.surprise,
               "count": found.last - found.first + 1, "is_met": is_met}  # fmt: skip
    tone = "better" if found.way == "towards" else "worse"
    first, last = int(series.starts[found.first]), int(series.starts[found.last])
    yield Found("heading", first, last, found.way, tone, figures)


def restated(facts: Facts) -> Iterator[Found]:
    """Values of periods that were over were corrected in the last days."""
    series = facts.standing.series
    places = {int(start): index for index, start in enumerate(series.starts[: series.complete])}
    changed: list[tuple[int, float, float]] = []
    for one in reversed(facts.corrected):  # the oldest value replaced is the one people had seen
        index = places.get(one.start)
        if index is None or one.value is None or _hours(one) < one.end:
            continue
        now = float(series.values[index])
        if np.isnan(now) or abs(now - one.value) <= 1e-9 * max(abs(now), abs(one.value)):
            continue
        if one.start not in {start for start, *_ in changed}:
            changed.append((one.start, one.value, now))
    if not changed:
        return
    start, before, after = max(changed)
    figures = {"before": before, "value": after, "count": len(changed)}
    yield Found("restated", start, start, "", "odd", figures)


def causes_of(actor: Actor, metrics: Sequence[Metric], point: Standpoint) -> dict[int, list[Cause]]:
    """What was noted by metric id: markers, work for its key results, new definitions; three statements."""
    ids = [metric.pk for metric in metrics]
    found: dict[int, list[Cause]] = defaultdict(list)
    for one in Marker.objects.filter(standing_at(point), metric_id__in=ids):
        found[one.metric_id].append(Cause("marker", one.label, one.start))
    changed = Definition.objects.filter(standing_at(point), metric_id__in=ids, number__gt=1, valid_from__isnull=False)
    for each in changed:
        found[each.metric_id].append(Cause("definition", each.reason, each.valid_from or 0))
    work = visible("initiative", actor).filter(key_result__metric_id__in=ids, archived_at=None)
    if point.known_at is not None:
        work = work.filter(created_at__lte=point.known_at)
    begun = work.filter(Q(starts_on__isnull=False), starts_on__lte=point.now.date())
    rows: Sequence[Initiative] = list(begun.select_related("key_result"))
    for work_item in rows:
        if work_item.key_result is not None and work_item.key_result.metric_id and work_item.starts_on:
            cause = Cause("initiative", work_item.title, hour_of(work_item.starts_on), work_item.key)
            found[work_item.key_result.metric_id].append(cause)
    return found


def corrections_of(metrics: Sequence[Metric], point: Standpoint) -> Mapping[int, Sequence[Correction]]:
    """What was corrected lately; no news to somebody who looks from a past date."""
    return {} if point.known_at is not None else corrections([metric.pk for metric in metrics], clock.now())


def _nearest(facts: Facts, first: int) -> tuple[Cause, ...]:
    """What was noted nearest to the beginning, in the window before it or in its very first period."""
    window = WINDOWS.get(str(facts.standing.series.frequency), LONG_WINDOW)
    near = [one for one in facts.causes if first - window <= one.hour <= first + facts.period_hours]
    return tuple(sorted(near, key=lambda one: (abs(one.hour - first), one.label))[:1])


def _tone(facts: Facts, one: Finding) -> str:
    direction = facts.standing.metric.direction
    if direction == "within":
        return "odd"
    return "better" if (one.side == "above") == (direction == "up") else "worse"


def _hours(one: Correction) -> int:
    """The hour at which the replaced value was recorded, on the calendar line."""
    return hour_of(one.superseded_at)
