"""Walking through series value after value: raising alerts at the threshold, and learning a new baseline after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sextant.calc.findings_budget import surprise, threshold
from sextant.calc.findings_fine import own_surprise
from sextant.calc.findings_kinds import FINEST
from sextant.calc.findings_models import WINDOWS, Floats, Kind
from sextant.calc.findings_results import Detection, DetectionSettings, Finding
from sextant.calc.findings_watch import Counts, Flags, Step, Watch

LARGEST = 1e12
BEYOND = float(np.finfo(np.float64).max)
SCALED_BY = 20
SINGLES = ("hour", "day")
"""Where single unusual values are told apart from deviations."""
NEAR_ZERO = 1e-3
LASTS = 26
"""After so many values a deviation is the baseline, whether anybody said so or not."""
OVER_AFTER = 3
"""So many values in a row that no longer show it end a deviation."""
FAR_LOUDER = 1.5
"""By what factor a score must exceed the last one's, soon after an alert, where values come every few minutes."""
OWN_PART = 0.2
"""Soon after an alert there is another when this part of what speaks for any step speaks for one that began later."""
LEARNS_AFTER = 4
STAYS = 3.0
"""So many values after an alert with still this score, its step is taken into the baseline."""
CONFIRMS = 4
"""So many values make a deviation of what began as a single unusual value."""


@dataclass(frozen=True, slots=True)
class _Alarm:
    at: int
    age: int
    side: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Where a walk through a series stopped, so that it can go on with the next value instead of beginning anew."""

    values: Floats
    settings: DetectionSettings
    judged: Floats
    """Per value: expected, lower, upper, score, base."""
    alarms: tuple[_Alarm, ...]
    quiet: int
    state: Floats

    def continues(self, values: Floats, settings: DetectionSettings) -> bool:
        """Is this a later state of the same series, judged in the same way?"""
        size = len(self.values)
        alike = replace(settings, rejected=self.settings.rejected) == self.settings
        return alike and len(values) >= size and np.array_equal(values[:size], self.values, equal_nan=True)


class Walk:
    """Series of one kind, judged together. Each row is on its own: who walks beside it changes nothing."""

    def __init__(
        self, kind: Kind, frequency: str, values: Sequence[Floats], settings: Sequence[DetectionSettings],
        kept: Sequence[Kept] = (), keep: bool = False,
    ) -> None:  # fmt: skip
        """`kept` are the walks to continue, all or none of the rows; with `keep` this one can be continued too."""
        self.kind, self.frequency, self.settings, self.values = kind, frequency, settings, values
        self.sizes = [len(one) for one in values]
        self.done = np.array([len(one.values) for one in kept] or [0] * len(values), np.int64)
        self.news = max((size - done for size, done in zip(self.sizes, self.done, strict=True)), default=0)
        rows, width = len(values), int(max(self.done, default=0)) + self.news
        self.table = np.full((rows, width), np.nan)
        for row, one in enumerate(values):
            self.table[row, : len(one)] = one
        self.table[~np.isfinite(self.table)] = np.nan
        self.exponents = np.array([_exponent(row) for row in self.table], np.int64)
        with np.errstate(over="ignore"):  # what is beyond all bounds is cut to them
            self.table = np.clip(np.ldexp(self.table, -self.exponents[:, None]), -LARGEST, LARGEST)
        self.thresholds = np.array([threshold(frequency, one.budget) for one in settings])
        self.judged = np.full((5, rows, width), np.nan)
        self.expected, self.lower, self.upper, self.scores, self.base = self.judged
        self.alarms: list[list[_Alarm]] = [[] for _ in values]
        self.quiet = np.full(rows, -1, np.int64)
        self.keep = keep and frequency != FINEST
        self.kept: dict[int, Kept] = {}
        self._walk(kept)

    def detections(self) -> list[Detection]:
        """The judgement of each row, in the unit of its values."""
        return [self._detection(row) for row in range(len(self.sizes))]

    def _walk(self, kept: Sequence[Kept]) -> None:
        first = np.array([_first(row) for row in self.table])
        watch = Watch(self.kind, first, np.maximum(np.abs(first), 1.0))
        if kept:
            self._resume(kept, watch)
        breaks = self._breaks()
        rows = np.arange(len(self.sizes))
        ends = np.array(self.sizes) - self.done - 1
        for new in range(self.news):
            if new in breaks:
                watch.restart(np.array(breaks[new]))
            at = self.done + new
            step = watch.step(self.table[rows, at])
            self.judged[:, rows, at] = step.expected, step.lower, step.upper, step.score, step.base
            self._judge(at, step, watch)
            if self.keep and (ends == new).any():
                self._keep(np.flatnonzero(ends == new), watch)
        if self.frequency == FINEST:
            for row, size in enumerate(self.sizes):
                self._compare_with_own_past(row, size)

    def _compare_with_own_past(self, row: int, size: int) -> None:
        """Scores and alarms by how far this very series has strayed before."""
        season = self.settings[row].season_length
        scores, looks = own_surprise(self.table[row, :size], self.scores[row, :size], season)
        self.scores[row, :size] = scores
        self.alarms[row] = []
        after, last = -1, 0.0
        for at in np.flatnonzero(scores >= self.thresholds[row]).tolist():
            if at >= after or (at >= after - self.kind.quiet + WINDOWS and scores[at] >= FAR_LOUDER * last):
                last, after = float(scores[at]), at + self.kind.quiet
                self.alarms[row].append(_Alarm(at, int(looks[at]), 0.0, last))

    def _resume(self, kept: Sequence[Kept], watch: Watch) -> None:
        watch.unpack(np.stack([one.state for one in kept]))
        for row, one in enumerate(kept):
            self.judged[:, row, : len(one.values)] = one.judged
            self.alarms[row] = list(one.alarms)
            self.quiet[row] = one.quiet
            self.kept[row] = one

    def _keep(self, rows: Counts, watch: Watch) -> None:
        for row, state in zip(rows.tolist(), watch.packed(rows), strict=True):
            size = self.sizes[row]
            if np.isfinite(self.values[row]).sum() >= SCALED_BY:
                self.kept[row] = Kept(
                    np.array(self.values[row]), self.settings[row], self.judged[:, row, :size].copy(),
                    tuple(self.alarms[row]), int(self.quiet[row]), state,
                )  # fmt: skip

    def _breaks(self) -> dict[int, list[int]]:
        """Which rows begin a new baseline with each of the new values."""
        found: dict[int, list[int]] = {}
        for row, one in enumerate(self.settings):
            for divider in one.dividers:
                if divider > 0 and 0 <= divider - self.done[row] < self.news:
                    found.setdefault(int(divider - self.done[row]), []).append(row)
        return found

    def _judge(self, at: Counts, step: Step, watch: Watch) -> None:
        """Raise alarms; some values after one, learn the new baseline if there is one."""
        seen = np.isfinite(step.score)
        self.quiet[seen] -= 1
        fresh = self._begun_since(step)
        raised = (step.score >= self.thresholds) & ((self.quiet < 0) | fresh)
        for row in np.flatnonzero(raised).tolist():
            self.alarms[row].append(
                _Alarm(int(at[row]), int(step.age[row]), float(step.side[row]), float(step.score[row]))
            )
        self.quiet[raised] = self.kind.quiet
        over = np.flatnonzero(seen & (self.quiet == self.kind.quiet - LEARNS_AFTER) & (step.score >= STAYS))
        if len(over):
            watch.settle(over, step.age[over])

    def _begun_since(self, step: Step) -> Flags:
        """Soon after an alert: is what began later an alert by itself, and a good part of what speaks for any step?"""
        after = self.kind.quiet - self.quiet
        new = step.since[np.arange(len(after)), np.clip(after - 1, 0, WINDOWS - 1)]
        return (new >= self.thresholds) & (np.exp(np.minimum(new - step.score, 0.0)) >= OWN_PART)

    def _detection(self, row: int) -> Detection:
        size, exponent, settings = self.sizes[row], int(self.exponents[row]), self.settings[row]
        values = self.table[row, :size]
        dividers = [one for one in settings.dividers if 0 < one < size]
        findings = [one for alarm in self.alarms[row] for one in self._findings(row, alarm, dividers)]
        findings = [one for one in findings if one.first not in settings.rejected]
        for place, later in enumerate(findings[1:]):
            earlier = findings[place]
            if earlier.last >= later.first or earlier.is_open:
                findings[place] = replace(
                    earlier, last=max(earlier.found, min(earlier.last, later.first - 1)), is_open=False
                )
        expected, lower, upper = (
            _unscaled(one[row, :size], exponent) for one in (self.expected, self.lower, self.upper)
        )
        since = max(dividers, default=0)
        return Detection(
            tuple(findings), expected, lower, upper, self.scores[row, :size], int(np.isfinite(values[since:]).sum()),
            float(self.thresholds[row]),
        )  # fmt: skip

    def _findings(self, row: int, alarm: _Alarm, dividers: Sequence[int]) -> list[Finding]:
        """What an alarm says: one finding, or an unusual value and the deviation it turned out to be."""
        size = self.sizes[row]
        values = self.table[row, :size]
        seen = np.flatnonzero(np.isfinite(values))
        place = int(np.searchsorted(seen, alarm.at))
        first = max(0, place - alarm.age)
        foreseen = self.expected[row, :size] - (self.base[row, :size] - self.base[row, seen[first]])
        gaps = (values - foreseen)[seen]
        until = min([size, *(one for one in dividers if one > alarm.at)])
        is_single = alarm.age == 0 and self.frequency in SINGLES
        found = [self._finding(row, alarm, (foreseen, seen[first : place + 1], seen[place:]), until, is_single)]
        lasted = gaps[place : place + CONFIRMS] * np.sign(gaps[place]) >= 0.5 * abs(gaps[place])
        if is_single and len(lasted) == CONFIRMS and lasted.all() and seen[place + CONFIRMS - 1] < until:
            end = place + CONFIRMS
            found.append(self._finding(row, alarm, (foreseen, seen[first:end], seen[end - 1 :]), until, False))
        return found

    def _finding(
        self, row: int, alarm: _Alarm, places: tuple[Floats, Counts, Counts], until: int, is_single: bool
    ) -> Finding:
        values, exponent = self.table[row, : self.sizes[row]], int(self.exponents[row])
        foreseen, window, since = places
        actual, expected = float(values[window].mean()), float(foreseen[window].mean())
        gap = actual - expected
        last, is_open = _lasting(values, foreseen, since, gap, until)
        return Finding(
            kind="unusual" if is_single else "deviation", first=int(window[0]), found=int(window[-1]), last=last,
            side="above" if gap > 0 else "below",
            expected=float(_unscaled(expected, exponent)), actual=float(_unscaled(actual, exponent)),
            gap=float(_unscaled(gap, exponent)),
            relative=gap / abs(expected) if abs(expected) > NEAR_ZERO * max(abs(gap), abs(actual)) else None,
            score=alarm.score, surprise=surprise(self.frequency, alarm.score), baseline_from=int(window[0]),
            is_open=is_open,
        )  # fmt: skip


def _unscaled(values: Floats | float, exponent: int) -> NDArray[np.float64]:
    """The values in their own unit; what is beyond the largest number there is becomes that."""
    with np.errstate(over="ignore"):
        own: NDArray[np.float64] = np.clip(np.ldexp(values, exponent), -BEYOND, BEYOND)
    return own


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
    early = np.abs(row[np.isfinite(row)][:SCALED_BY])
    return int(np.frexp(early.max())[1]) if len(early) and early.max() > 0 else 0


def _first(row: Floats) -> float:
    seen = row[np.isfinite(row)]
    return float(seen[0]) if len(seen) else 0.0
