"""Numbers with and without a driver behind them, recorded week by week up to today."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from sextant.calc.periods import Frequency, label, period_of
from sextant.metrics.commands import RawPoint, record
from sextant.metrics.models import Metric
from sextant.people.queries import today
from tests.make import admin

Floats = NDArray[np.float64]
WEEKS = 130


def levels(first: int = 36, *, every: int = 20, size: float = 6.0, count: int = WEEKS) -> Floats:
    """A level that goes up with week `first` and back again, every so many weeks."""
    made, way = np.zeros(count), 1.0
    for at in range(first, count - 6, every):
        made[at:] += way * size
        way = -way
    return made


def noise(seed: int, count: int = WEEKS) -> Floats:
    return np.asarray(np.random.default_rng(seed).standard_normal(count))


def later(values: Floats, lag: int) -> Floats:
    """The same some weeks later."""
    return np.concatenate([np.full(lag, values[0]), values[: len(values) - lag]])


def record_weeks(metric: Metric, values: Floats) -> None:
    """One value for each of the weeks that ended last, the newest last."""
    weeks = [period_of(today() - timedelta(weeks=len(values) - at), Frequency.WEEK) for at in range(len(values))]
    pairs = zip(weeks, values, strict=True)
    record(admin(), [RawPoint(metric.key, label(week), round(float(each), 3)) for week, each in pairs])
