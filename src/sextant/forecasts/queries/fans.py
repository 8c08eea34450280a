"""Fans to draw: what a metric may become, period by period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sextant.calc.forecast import LEVELS, Floats
from sextant.calc.period_grid import unit_of, unit_start
from sextant.calc.periods import Frequency
from sextant.forecasts.queries.stored import stored
from sextant.metrics.models import Metric
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import Standpoint


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """`starts` and `ends` are the hours of the periods forecast, `quantiles` (periods, levels) their values by LEVELS.
    Far ahead not every period is forecast; the line between two is straight.
    """

    metric_id: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    quantiles: Floats
    made_at: datetime
    method: str
    points: int

    def level(self, level: float) -> Floats:
        """One quantile of every period, such as 0.1."""
        found: Floats = self.quantiles[:, LEVELS.index(level)]
        return found

    @property
    def median(self) -> Floats:
        return self.level(0.5)


def fans(metric_ids: Iterable[int], point: Standpoint) -> dict[int, Fan]:
    """The stored fan of each metric that has one, in two statements."""
    held = stored(metric_ids, point)
    metrics = Metric.objects.in_bulk([made.metric_id for made in held.made])
    found: dict[int, Fan] = {}
    for index, made in enumerate(held.made):
        count, offset = int(held.counts[index]), int(held.offsets[index])
        if not count:
            continue
        metric = metrics[made.metric_id]
        ends = held.ends[offset : offset + count]
        frequency, calendar = Frequency(metric.frequency), calendar_for(metric, point)
        units = [unit_of(int(end) - 1, frequency, calendar) for end in ends]
        starts = [unit_start(unit - metric.span + 1, frequency, calendar) for unit in units]
        found[made.metric_id] = Fan(
            made.metric_id, np.array(starts, dtype=np.int64), ends, held.fans[offset : offset + count],
            made.made_at, made.method, made.points,
        )  # fmt: skip
    return found
