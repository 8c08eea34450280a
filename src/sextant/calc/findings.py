"""Is this change real? Deviations of a KPI from what its season and trend led one to expect, judged value after value.

`detect` judges a whole series without look-ahead: what is said about a value never changes when later ones arrive.
How: `findings_models` (what is expected), `findings_watch` (how surprising the newest values are), `findings_budget`
(from when on that is an alert). docs/method/deviations.md explains it with examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from sextant.calc.findings_budget import DEFAULT_BUDGETS
from sextant.calc.findings_kinds import kind_of
from sextant.calc.findings_results import POINTS_NEEDED, Detection, DetectionSettings, Finding, Floats
from sextant.calc.findings_walk import Kept, Walk

__all__ = [
    "DEFAULT_BUDGETS", "POINTS_NEEDED", "Detection", "DetectionSettings", "Finding", "Kept", "detect", "detect_many",
    "shifted",
]  # fmt: skip

TOGETHER = 128
"""So many series are judged in one go."""


def detect(values: ArrayLike, frequency: str, settings: DetectionSettings | None = None) -> Detection:
    """Judge one series: one value per period, oldest first, nan where there is none. Never raises on values."""
    return detect_many([np.asarray(values, dtype=np.float64)], frequency, [settings or DetectionSettings()])[0]


def detect_many(
    values: Sequence[Floats],
    frequency: str,
    settings: Sequence[DetectionSettings],
    memory: Sequence[Kept | None] = (),
    remember: Callable[[int, Kept], None] | None = None,
) -> list[Detection]:
    """Judge many series of one frequency at once; the same judgements as one by one.

    `remember` is handed the place of each series with where its walk stopped. What was remembered may come back as
    `memory`, in the order of `values`: where it fits, only the new values are judged.
    """
    found: list[Detection | None] = [None] * len(values)
    known = [
        one if one is not None and one.continues(row, chosen) else None
        for one, row, chosen in zip(memory or [None] * len(values), values, settings, strict=True)
    ]
    groups: dict[tuple[int | None, int], list[int]] = {}
    for place, (chosen, kept) in enumerate(zip(settings, known, strict=True)):
        news = -1 if kept is None else len(values[place]) - len(kept.values)
        groups.setdefault((chosen.season_length, news), []).append(place)
    for (season_length, _), places in groups.items():
        kind = kind_of(frequency, season_length)
        places.sort(key=lambda place: len(values[place]))
        for start in range(0, len(places), TOGETHER):
            part = places[start : start + TOGETHER]
            walk = Walk(
                kind, frequency, [values[place] for place in part], [settings[place] for place in part],
                [one for place in part if (one := known[place]) is not None], remember is not None,
            )  # fmt: skip
            for row, (place, judged) in enumerate(zip(part, walk.detections(), strict=True)):
                found[place] = judged
                if remember is not None and row in walk.kept:
                    remember(place, walk.kept[row])
    return [each for each in found if each is not None]


def shifted(detection: Detection, by: int) -> Detection:
    """The same judgement with indexes that count from `by` periods earlier."""
    if not by:
        return detection
    none = np.full(by, np.nan)
    findings = tuple(
        replace(
            one, first=one.first + by, found=one.found + by, last=one.last + by, baseline_from=one.baseline_from + by
        )
        for one in detection.findings
    )
    return replace(
        detection,
        findings=findings,
        expected=np.concatenate([none, detection.expected]),
        lower=np.concatenate([none, detection.lower]),
        upper=np.concatenate([none, detection.upper]),
        scores=np.concatenate([none, detection.scores]),
    )
