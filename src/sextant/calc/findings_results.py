"""What the detector is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POINTS_NEEDED = 20
"""Under so many values nothing is judged: not enough history yet."""


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How a series is judged.

    `budget`: false alarms accepted per KPI-year (None: the frequency's default). `season_length`: periods until the
    series usually repeats itself (None: the frequency's own, 0: no season). `dividers`: indexes of the periods with
    which a new baseline begins, confirmed by a person or by a new definition. `rejected`: indexes at which a finding
    begins that a person found to be no change.
    """

    budget: float | None = None
    season_length: int | None = None
    dividers: tuple[int, ...] = ()
    rejected: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation. `first` is the index with which it most likely began, `found` the one that raised the alert,
    `last` the newest one that still shows it.

    `kind` is "deviation" or, for a single value of an hourly or daily KPI, "unusual"; `side` "above" or "below".
    `expected` and `actual` are means over first to found, `gap` is actual - expected in the unit of the values and
    `relative` gap / |expected| (None around zero). `score` ranks findings; `surprise` is how many false alarms at
    least so surprising chance brings to one KPI in a year. `baseline_from` is the index from which a new baseline
    is provisionally learned; `is_open` while the newest values still show the deviation.
    """

    kind: str
    first: int
    found: int
    last: int
    side: str
    expected: float
    actual: float
    gap: float
    relative: float | None
    score: float
    surprise: float
    baseline_from: int
    is_open: bool


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Findings of one series, oldest first, and per index what was expected, from which to which, and the score (nan
    where nothing was judged).

    `points` counts the values since the newest divider; with fewer than `points_needed` there is not enough history.
    """

    findings: tuple[Finding, ...]
    expected: Floats
    lower: Floats
    upper: Floats
    scores: Floats
    points: int
    threshold: float
    points_needed: int = POINTS_NEEDED

    @property
    def enough_history(self) -> bool:
        return self.points >= self.points_needed

    @property
    def open(self) -> Finding | None:
        """The newest finding, while it lasts."""
        return self.findings[-1] if self.findings and self.findings[-1].is_open else None
