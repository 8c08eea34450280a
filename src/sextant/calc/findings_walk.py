"""Walking through series value after value: raising alerts at the threshold, and learning a new baseline after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sextant.calc.findings_budget import surprise, threshold
from sextant.calc.findings_models import Floats, Kind
from sextant.calc.findings_results import Detection, DetectionSettings, Finding
from sextant.calc.findings_watch import NEVER, Counts, Step, Watch

LARGEST = 1e12
LASTS = 26
"""After so many values a deviation is the baseline, whether anybody said so or not."""
OVER_AFTER = 3
"""So many values in a row that no longer show it end a deviation."""
QUIET = 10
"""So many values after an alert there is no other, unless it is louder by ESCALATES; then a new baseline is learned."""
ESCALATES = 1.0
LEARNS_AFTER = 4
STAYS = 3.0
CONFIRMS = 4
"""So many values make a deviation of what began as a single unusual value."""


@dataclass(frozen=True, slots=True)
class _Alarm:
    at: int
    age: int
    side: float
    score: float


class Walk:
    """Series of one kind, judged together. Each row is on its own: who walks beside it changes nothing."""

    def __init__(
        self, kind: Kind, frequency: str, values: Sequence[Floats], settings: Sequence[DetectionSettings]
    ) -> None:
        self.frequency, self.settings = frequency, settings
        self.sizes = [len(one) for one in values]
        rows, width = len(values), max(self.sizes, default=0)
        self.table = np.full((rows, width), np.nan)
        for row, one in enumerate(values):
            self.table[row, : len(one)] = one
        self.table[~np.isfinite(self.table)] = np.nan
        self.exponents = np.array([_exponent(row) for row in self.table], np.int64)
        self.table = np.clip(np.ldexp(self.table, -self.exponents[:, None]), -LARGEST, LARGEST)
        self.thresholds = np.array([threshold(frequency, one.budget) for one in settings])
        self.expected, self.lower, self.upper, self.scores, self.base = np.full((5, rows, width), np.nan)
        self.alarms: list[list[_Alarm]] = [[] for _ in values]
        self.quiet = np.full(rows, -1, np.int64)
        self.louder = np.full(rows, NEVER)
        self._walk(kind)

    def detections(self) -> list[Detection]:
        """The judgement of each row, in the unit of its values."""
        return [self._detection(row) for row in range(len(self.sizes))]

    def _walk(self, kind: Kind) -> None:
        first = np.array([_first(row) for row in self.table])
        watch = Watch(kind, first, np.maximum(np.abs(first), 1.0))
        breaks = _breaks(self.settings, self.table.shape[1])
        for at in range(self.table.shape[1]):
            if at in breaks:
                watch.restart(np.array(breaks[at]))
            step = watch.step(self.table[:, at])
            self.expected[:, at], self.lower[:, at], self.upper[:, at] = step.expected, step.lower, step.upper
            self.scores[:, at], self.base[:, at] = step.score, step.base
            self._judge(at, step, watch)

    def _judge(self, at: int, step: Step, watch: Watch) -> None:
        """Raise alarms; some values after one, learn the new baseline if there is one."""
        seen = np.isfinite(step.score)
        self.quiet[seen] -= 1
        fresh = (step.age < QUIET - self.quiet) & (step.score >= self.louder)
        raised = (step.score >= self.thresholds) & ((self.quiet < 0) | fresh)
        for row in np.flatnonzero(raised).tolist():
            self.alarms[row].append(_Alarm(at, int(step.age[row]), float(step.side[row]), float(step.score[row])))
        self.louder[raised] = step.score[raised] + ESCALATES
        self.quiet[raised] = QUIET
        over = np.flatnonzero(seen & (self.quiet == QUIET - LEARNS_AFTER) & (step.score >= STAYS))
        if len(over):
            watch.settle(over, step.age[over])

    def _detection(self, row: int) -> Detection:
        size, exponent, settings = self.sizes[row], int(self.exponents[row]), self.settings[row]
        values = self.table[row, :size]
        dividers = [one for one in settings.dividers if 0 < one < size]
        seen = np.isfinite(values)
        findings = [self._finding(row, alarm, dividers) for alarm in self.alarms[row]]
        findings = [one for one in findings if one.first not in settings.rejected]
        for place, later in enumerate(findings[1:]):
            earlier = findings[place]
            if earlier.last >= later.first or earlier.is_open:
                findings[place] = replace(
                    earlier, last=max(earlier.found, min(earlier.last, later.first - 1)), is_open=False
                )
        expected, lower, upper = (
            np.ldexp(one[row, :size], exponent) for one in (self.expected, self.lower, self.upper)
        )
        since = max(dividers, default=0)
        return Detection(
            tuple(findings), expected, lower, upper, self.scores[row, :size], int(seen[since:].sum()),
            float(self.thresholds[row]),
        )  # fmt: skip

    def _finding(self, row: int, alarm: _Alarm, dividers: Sequence[int]) -> Finding:
        size, exponent = self.sizes[row], int(self.exponents[row])
        values = self.table[row, :size]
        seen = np.flatnonzero(np.isfinite(values))
        place = int(np.searchsorted(seen, alarm.at))
        first = int(seen[max(0, place - alarm.age)])
        foreseen = self.expected[row, :size] - (self.base[row, :size] - self.base[row, first])
        window = seen[(seen >= first) & (seen <= alarm.at)]
        actual, expected = float(values[window].mean()), float(foreseen[window].mean())
        gap = actual - expected
        until = min([size, *(one for one in dividers if one > alarm.at)])
        last, is_open = _lasting(values, foreseen, seen[place:], gap, until)
        relative = gap / abs(expected) if abs(expected) > 1e-9 * max(1.0, abs(actual)) else None
        single = alarm.age == 0 and self.frequency in ("hour", "day")
        return Finding(
            kind="unusual" if single else "deviation", first=first, found=alarm.at, last=last,
            side="above" if alarm.side > 0 else "below",
            expected=float(np.ldexp(expected, exponent)), actual=float(np.ldexp(actual, exponent)),
            gap=float(np.ldexp(gap, exponent)), relative=relative, score=alarm.score,
            surprise=surprise(self.frequency, alarm.score), baseline_from=first, is_open=is_open,
        )  # fmt: skip


def _lasting(values: Floats, foreseen: Floats, seen: Counts, gap: float, until: int) -> tuple[int, bool]:
    """The newest index that still shows a deviation found at the first of `seen`, and whether it is still open."""
    last, missed = int(seen[0]), 0
    for count, at in enumerate(seen[1:].tolist()):
        if at >= until or count >= LASTS:
            return last, False
        if (values[at] - foreseen[at]) * np.sign(gap) >= 0.5 * abs(gap):
            last, missed = at, 0
        else:
            missed += 1
            if missed >= OVER_AFTER:
                return last, False
    return last, until >= len(values)


def _exponent(row: Floats) -> int:
    """A power of two that brings the first values to about 1, so that enormous ones stay away from overflow."""
    early = np.abs(row[np.isfinite(row)][:20])
    return int(np.frexp(early.max())[1]) if len(early) and early.max() > 0 else 0


def _first(row: Floats) -> float:
    seen = row[np.isfinite(row)]
    return float(seen[0]) if len(seen) else 0.0


def _breaks(settings: Sequence[DetectionSettings], width: int) -> dict[int, list[int]]:
    """Which rows begin a new baseline with each index."""
    found: dict[int, list[int]] = {}
    for row, one in enumerate(settings):
        for divider in one.dividers:
            if 0 < divider < width:
                found.setdefault(divider, []).append(row)
    return found
