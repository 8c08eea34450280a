"""Pictures for the tests of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sextant.calc.limits import LimitSettings, process_chart
from sextant.reports.pictures import KpiPicture

DAY = 24


def picture(values: Sequence[float], *, settings: LimitSettings = LimitSettings(), **changes: Any) -> KpiPicture:
    """A daily KPI with these values (nan = gap), the first on day 0."""
    starts = np.arange(len(values), dtype=np.int64) * DAY
    labels = [f"day {at}" for at in range(len(values))]
    given: dict[str, Any] = {"title": "Uptime", "labels": labels} | changes
    return KpiPicture(chart=process_chart(starts, values, settings), **given)


def steady(count: int = 30, level: float = 50.0) -> list[float]:
    """Values that swing evenly around a level: limits, and no mark."""
    return [level + (1.0 if at % 2 else -1.0) for at in range(count)]


def with_outlier(**changes: Any) -> KpiPicture:
    """Twenty steady values that hold the limits, then one far above them: exactly one mark."""
    held = LimitSettings(locked_from=0, locked_to=19 * DAY)
    return picture([*steady(20), 90.0], settings=held, **changes)
