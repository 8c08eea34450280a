"""Looking at what the one judge of a series found: deviations that are still open, and values that stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sextant.alerts.looks import ALL_CLEAR, NOTHING_TO_SEE, Look
from sextant.calc.episodes import UNDECIDED, Check
from sextant.metrics.models import Metric
from sextant.metrics.queries.standpoint import Standpoint


@dataclass(frozen=True, slots=True)
class Judged:
    """A series as the detector judged it: the start of each period, the newest complete one, and what was found."""

    starts: Sequence[int]
    latest: int | None
    enough_history: bool
    found: Sequence[Any]


def judge(metrics: Sequence[Metric], point: Standpoint, budgets: Mapping[int, float]) -> dict[int, Judged]:
    return {}


Corrected = tuple[tuple[int, int, float | None], ...]


def look_at_deviation(judged: Judged, direction: str, side: str, corrected: Corrected) -> Look:
    return Look(Check(UNDECIDED))


def look_at_unusual(judged: Judged, direction: str, side: str, corrected: Corrected) -> Look:
    return NOTHING_TO_SEE if judged.latest is None else ALL_CLEAR
