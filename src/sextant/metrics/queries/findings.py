"""What changed in metrics, and whether it is real: the one place that asks the detector (`calc.findings`).

Chart, alert and lifecycle read the same judgement from here, so they never disagree.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
from django.db.models import Q

from sextant.calc.findings import Detection, DetectionSettings, Kept, detect_many, shifted
from sextant.calc.findings_joined import joined
from sextant.calc.period_grid import unit_of
from sextant.core import clock
from sextant.metrics.models import Definition, DetectionSetting, Metric
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint

HISTORY = 512
"""So many periods are judged at least; what is longer ago has faded."""
BLOCK = 256
"""The history begins at a multiple of this, so that a new value does not move its beginning."""

REMEMBERED = 12_000
"""So many series can be gone on with where the last judgement stopped; one takes about ten kilobytes."""
_memory: OrderedDict[int, Kept] = OrderedDict()
_lock = Lock()


def findings(
    metrics: Sequence[Metric],
    point: Standpoint,
    *,
    budgets: Mapping[int, float] | None = None,
    series: Mapping[int, Series] | None = None,
) -> dict[int, Detection]:
    """The judgement of each metric by id, with a fixed number of statements.

    A deviation that lasts is one finding (`calc.findings_joined`). Indexes are those of `series[metric.id]`, its
    complete periods only; hand in the series when they were read before (whole ones: a cut series is judged by what
    is left of it). `budgets` are false alarms accepted per KPI-year by metric id; who has none gets the default of
    its frequency. Confirmed dividers and changed definitions begin a new baseline. Looking from the present,
    or while a past is written down day after day, a series that only grew is not judged anew: see
    `calc.findings.Kept`, which holds the values it was made from and is left aside when they are no longer the same.
    """
    known = series if series is not None else series_many(metrics, point)
    chosen = _chosen(metrics, point)
    breaks = _breaks(metrics, point)
    by_frequency: dict[str, list[Metric]] = defaultdict(list)
    for metric in metrics:
        by_frequency[str(known[metric.id].frequency)].append(metric)
    found: dict[int, Detection] = {}
    for frequency, same in by_frequency.items():
        cuts = [_beginning(known[metric.id]) for metric in same]
        settings = [
            _settings(
                known[one.id], chosen.get(one.id, {}), breaks.get(one.id, set()), (budgets or {}).get(one.id), cut
            )
            for one, cut in zip(same, cuts, strict=True)
        ]
        values = [known[one.id].values[cut : known[one.id].complete] for one, cut in zip(same, cuts, strict=True)]
        judged = _judged(same, values, frequency, settings, point)
        for one, each, cut in zip(same, judged, cuts, strict=True):
            found[one.id] = shifted(replace(each, findings=joined(each.findings)), cut)
    return found


def _judged(
    metrics: Sequence[Metric], values: Sequence[Any], frequency: str, settings: Sequence[DetectionSettings],
    point: Standpoint,
) -> list[Detection]:  # fmt: skip
    if point.known_at is not None and not clock.is_history():  # a look back would drive out what the present needs
        return detect_many(values, frequency, settings)
    with _lock:
        memory = [_memory.get(metric.id) for metric in metrics]
    made: dict[int, Kept] = {}
    judged = detect_many(
        values, frequency, settings, memory, lambda place, kept: made.update({metrics[place].id: kept})
    )
    with _lock:
        for metric_id, kept in made.items():
            _memory[metric_id] = kept
            _memory.move_to_end(metric_id)
        while len(_memory) > REMEMBERED:
            _memory.popitem(last=False)
    return judged


def _beginning(series: Series) -> int:
    """The index at which the judged history begins."""
    if series.complete <= HISTORY:
        return 0
    newest = unit_of(int(series.starts[series.complete - 1]), series.frequency, series.calendar)
    return max(0, series.complete - 1 - (newest - (newest - HISTORY) // BLOCK * BLOCK))


def _settings(
    series: Series, chosen: Mapping[str, Any], breaks: set[int], budget: float | None, cut: int
) -> DetectionSettings:
    starts = series.starts[cut : series.complete]

    def indexes(hours: set[int]) -> tuple[int, ...]:
        places = np.searchsorted(starts, np.array(sorted(hours), np.int64))
        return tuple(int(place) for place in places if 0 < place < len(starts))

    return DetectionSettings(
        budget=budget,
        season_length=chosen.get("season_length") or None,
        dividers=indexes(set(chosen.get("dividers", ())) | breaks),
        rejected=tuple(int(i) for i in np.flatnonzero(np.isin(starts, list(chosen.get("rejected", ()))))),
    )


def _chosen(metrics: Sequence[Metric], point: Standpoint) -> dict[int, Mapping[str, Any]]:
    """What people chose for the normal range, by metric id."""
    rows = DetectionSetting.objects.filter(_standing(point), metric__in=[metric.id for metric in metrics])
    return dict(rows.values_list("metric_id", "limits"))


def _breaks(metrics: Sequence[Metric], point: Standpoint) -> dict[int, set[int]]:
    """The hours from which metrics are measured in another way."""
    rows = Definition.objects.filter(
        _standing(point), metric__in=[metric.id for metric in metrics], number__gt=1, valid_from__isnull=False
    )
    found: dict[int, set[int]] = defaultdict(set)
    for metric_id, start in rows.values_list("metric_id", "valid_from"):
        found[metric_id].add(int(start or 0))
    return found


def _standing(point: Standpoint) -> Q:
    """Rows as known at the standpoint."""
    if point.known_at is None:
        return Q(superseded_at=None)
    return Q(known_at__lte=point.known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=point.known_at))
