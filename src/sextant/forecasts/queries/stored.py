"""Forecasts as they are stored, read for many metrics in one statement and looked at as one array."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from sextant.calc.forecast import LEVELS, Floats
from sextant.forecasts.models import Forecast
from sextant.metrics.queries.standpoint import Standpoint

COLUMNS = ("metric_id", "made_at", "method", "history_end", "points", "centre", "spread", "ends", "fan")
MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class Made:
    """What is known of one stored forecast besides its fan. `points` is how many values it was made from."""

    metric_id: int
    made_at: datetime
    method: str
    history_end: int
    points: int


class Stored:
    """The forecasts of some metrics that hold at a standpoint: the newest made by then."""

    def __init__(self, rows: list[tuple[Any, ...]], *, are_totals: bool = False) -> None:
        self._are_totals = are_totals
        self.made = [Made(*row[:5]) for row in rows]
        self.place = {made.metric_id: index for index, made in enumerate(self.made)}
        self._rows = rows

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Steps of each forecast; none where the history was too short."""
        return np.array([len(row[7]) // 8 for row in self._rows], dtype=np.int64)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.cumsum(self.counts) - self.counts
        return found

    @cached_property
    def first_gaps(self) -> NDArray[np.int64]:
        """The hours from the end of each history to the end of its first step: one period."""
        history = np.array([made.history_end for made in self.made], dtype=np.int64)
        return self.ends[np.minimum(self.offsets, max(0, len(self.ends) - 1))] - history if len(self.ends) else history

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """The hours at which the steps of all forecasts end, one forecast after the other."""
        return np.frombuffer(b"".join(row[7] for row in self._rows), dtype="<i8").astype(np.int64)

    @cached_property
    def fans(self) -> Floats:
        """The fans of all steps (steps, levels)."""
        blob = b"".join(row[8] for row in self._rows)
        if self._are_totals:
            return np.frombuffer(blob, dtype="<f8").reshape(-1, len(LEVELS))
        raw = np.frombuffer(blob, dtype="<f4").reshape(-1, len(LEVELS)).astype(np.float64)
        centres, spreads = (np.repeat(np.array([row[place] for row in self._rows]), self.counts) for place in (5, 6))
        found: Floats = raw * spreads[:, None] + centres[:, None]
        return found

    def at(self, places: NDArray[np.int64], hours: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
        """For each asked (place of a forecast, hour): how many of its steps have ended by then, and the fan (n, levels)
        there, straight between two steps. What lies before the first step or after the last gets the nearest fan.
        """
        counts, offsets = self.counts[places], self.offsets[places]
        owner = np.repeat(np.arange(len(places)), counts)
        flat = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(offsets, counts)
        passed = np.bincount(owner, weights=self.ends[flat] <= np.repeat(hours, counts), minlength=len(places))
        reached = passed.astype(np.int64)
        before = offsets + np.clip(reached - 1, 0, np.maximum(counts - 1, 0))
        after = offsets + np.clip(reached, 0, np.maximum(counts - 1, 0))
        gap = np.maximum(self.ends[after] - self.ends[before], 1)
        share = np.clip((hours - self.ends[before]) / gap, 0, 1)[:, None]
        # Where no whole period lies between two steps, the value is that of the period which has ended.
        is_next = self.ends[after] - self.ends[before] <= 1.5 * self.first_gaps[places]
        share = np.where(is_next[:, None], 0.0, share)
        return reached, self.fans[before] * (1 - share) + self.fans[after] * share


def stored(metric_ids: Iterable[int], point: Standpoint) -> Stored:
    """The forecasts that held at the standpoint: of the present, or as made by a past moment."""
    return Stored(_rows(metric_ids, point, "fan"))


def stored_totals(metric_ids: Iterable[int], point: Standpoint) -> Stored:
    """The same for the sums of all values from the end of the history on; metrics that do not add up are missing."""
    return Stored([row for row in _rows(metric_ids, point, "total_fan") if row[-1] is not None], are_totals=True)


def _rows(metric_ids: Iterable[int], point: Standpoint, fan: str) -> list[tuple[Any, ...]]:
    wanted = set(metric_ids)
    found = Forecast.objects.order_by()
    if len(wanted) <= MOST_NAMED:  # naming thousands takes longer than reading the few nobody asked for
        found = found.filter(metric_id__in=wanted)
    if point.known_at is None:
        found = found.filter(superseded_at=None)
    else:
        stands = Q(superseded_at=None) | Q(superseded_at__gt=point.known_at)
        found = found.filter(stands, made_at__lte=point.known_at)
    return [row for row in found.values_list(*COLUMNS[:-1], fan) if row[0] in wanted]
