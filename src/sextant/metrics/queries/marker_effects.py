"""What became of numbers after dated actions: notes on a chart, and whatever else has a first hour and a metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from sextant.calc.effects import SEASONS, Band, Effect, effect
from sextant.metrics.models import Definition, DetectionSetting, Marker, Metric
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint

NEAR = 2  # actions whose first periods are so close cannot be told apart


@dataclass(frozen=True, slots=True)
class Ask:
    """An action to judge: the first hour it could have worked, and what would be better.

    `direction` is up, down or within (with the `band` of good values); empty: the metric's own.
    """

    id: Hashable
    metric_id: int
    hour: int
    direction: str = ""
    band: Band = (None, None)


@dataclass(frozen=True, slots=True)
class Since:
    """The verdict with the series it was reached on; `alike` are the other actions that began in the same periods."""

    effect: Effect
    series: Series
    alike: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a metric beside its values: season, settled levels and changes of definition, in hours."""

    season_length: int
    dividers: tuple[int, ...]
    breaks: tuple[int, ...]


def effects_since(asks: Sequence[Ask], point: Standpoint) -> dict[Hashable, Since]:
    """Verdicts by the id of the ask, with a fixed number of statements; asks about unknown metrics are left out."""
    metrics = list(Metric.objects.filter(pk__in={one.metric_id for one in asks})) if asks else []
    if not metrics:
        return {}
    series = series_many(metrics, point)
    known = judgements(metrics, point)
    places = {one.id: _place(series[one.metric_id], one.hour) for one in asks if one.metric_id in series}
    neighbours: dict[int, list[Ask]] = defaultdict(list)
    for one in asks:
        neighbours[one.metric_id].append(one)
    found: dict[Hashable, Since] = {}
    for one in asks:
        if one.metric_id not in series:
            continue
        own = series[one.metric_id]
        alike = tuple(
            each.id
            for each in neighbours[one.metric_id]
            if each.id != one.id and abs(places[each.id][1] - places[one.id][1]) <= NEAR
        )
        found[one.id] = Since(_judged(own, known[one.metric_id], one, places[one.id]), own, alike)
    return found


def marker_effects(markers: Sequence[Marker], point: Standpoint, band: Band = (None, None)) -> dict[int, Since]:
    """What became of the numbers after these notes, by marker id."""
    asks = [Ask(one.pk, one.metric_id, one.start, "", band) for one in markers]
    found = effects_since(asks, point)
    return {one.pk: found[one.pk] for one in markers if one.pk in found}


def _place(series: Series, hour: int) -> tuple[int, int]:
    """How many periods had ended by the hour, and the index of the first one that began at it or later."""
    first = int(np.searchsorted(series.starts, hour, side="left"))
    before = first
    while before and series.period(before - 1).end > hour:
        before -= 1
    return before, first


def _judged(series: Series, judgement: Judgement, ask: Ask, place: tuple[int, int]) -> Effect:
    before, first = place
    breaks = [int(np.searchsorted(series.starts, hour)) for hour in judgement.breaks]
    if any(before <= one <= first and one < series.complete for one in breaks):
        return Effect("not_comparable", 0, 0, first, first)
    end = min([series.complete, *(one for one in breaks if one > first)])
    values = np.array(series.values[:end], np.float64)
    values[before:first] = np.nan  # the work began within: neither before nor since
    values[: max((one for one in breaks if one <= before), default=0)] = np.nan  # measured in another way
    settled = [int(np.searchsorted(series.starts, hour)) for hour in judgement.dividers]
    return effect(
        values, first, season_length=judgement.season_length,
        direction=ask.direction or series.metric.direction, band=ask.band,
        dividers=[one for one in settled if one <= before],
    )  # fmt: skip


def judgements(metrics: Sequence[Metric], point: Standpoint) -> Mapping[int, Judgement]:
    """Season, settled levels and changes of definition by metric id, in two statements."""
    ids = [metric.pk for metric in metrics]
    standing = Q(superseded_at=None)
    if point.known_at is not None:
        standing = Q(known_at__lte=point.known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=point.known_at))
    chosen = dict(DetectionSetting.objects.filter(standing, metric_id__in=ids).values_list("metric_id", "limits"))
    breaks: dict[int, list[int]] = defaultdict(list)
    changed = Definition.objects.filter(standing, metric_id__in=ids, number__gt=1, valid_from__isnull=False)
    for metric_id, hour in changed.values_list("metric_id", "valid_from"):
        breaks[metric_id].append(int(hour or 0))
    return {
        metric.pk: Judgement(
            chosen.get(metric.pk, {}).get("season_length") or SEASONS[metric.frequency],
            tuple(chosen.get(metric.pk, {}).get("dividers", ())),
            tuple(sorted(breaks[metric.pk])),
        )
        for metric in metrics
    }
