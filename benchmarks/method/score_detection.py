"""Alarms against what happened: false alarms per 1,000 values and per KPI-year, and how much was found how soon.

An alarm is a flag, or several with at most four values between them. It is false when it begins in a stretch in which
nothing has happened yet; what is flagged after a deviation counts neither way. METHOD.md defines these figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from simulate import FREQUENCIES, Simulated

from sextant.calc.findings import DetectionSettings, detect_many
from sextant.calc.findings_budget import PER_YEAR

JOINED = 4
PARTS = ("all", *FREQUENCIES)


@dataclass(frozen=True, slots=True)
class Rate:
    """`alarms` false ones among `points` judged values."""

    alarms: int
    points: int

    @property
    def per_1000(self) -> float:
        return 1000 * self.alarms / max(1, self.points)

    def per_year(self, frequency: str) -> float:
        return self.per_1000 * PER_YEAR[frequency] / 1000


def flags_of(series: Sequence[Simulated], budget: float | None = None) -> list[list[int]]:
    """The indexes at which the shipped detector raises an alert, in the order of the series."""
    found: list[list[int]] = [[] for _ in series]
    for frequency in FREQUENCIES:
        places = [place for place, one in enumerate(series) if one.frequency == frequency]
        settings = [DetectionSettings(budget=budget)] * len(places)
        judged = detect_many([series[place].values for place in places], frequency, settings)
        for place, detection in zip(places, judged, strict=True):
            found[place] = [one.found for one in detection.findings]
    return found


def false_alarms(series: Sequence[Simulated], flags: Sequence[Sequence[int]]) -> dict[str, Rate]:
    """By frequency, and "all"."""
    alarms, points = dict.fromkeys(FREQUENCIES, 0), dict.fromkeys(FREQUENCIES, 0)
    for one, own in zip(series, flags, strict=True):
        quiet = one.start if one.event else len(one.values)
        points[one.frequency] += max(0, quiet - one.judged_from)
        judged = [flag for flag in own if flag >= one.judged_from]
        begins = [flag for last, flag in zip([-99, *judged], judged, strict=False) if flag - last > JOINED]
        alarms[one.frequency] += sum(flag < quiet for flag in begins)
    rates = {frequency: Rate(alarms[frequency], points[frequency]) for frequency in FREQUENCIES}
    return {"all": Rate(sum(alarms.values()), sum(points.values()))} | rates


def found_within(series: Sequence[Simulated], flags: Sequence[Sequence[int]], values: int) -> dict[str, float]:
    """The share of deviations with a flag on one of their first `values` values, by frequency and "all"."""
    hits = [any(one.start <= flag < one.start + values for flag in own) for one, own in zip(series, flags, strict=True)]
    shares = {}
    for part in PARTS:
        own_hits = [hit for one, hit in zip(series, hits, strict=True) if part in ("all", one.frequency)]
        shares[part] = float(np.mean(own_hits)) if own_hits else float("nan")
    return shares
