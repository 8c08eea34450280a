"""Watching many series at once: after each value, how much better "something changed lately" explains them than not.

Each series is followed by every member of its bank (`findings_models`), twice: as it is and as logarithm, for KPIs that
move in percent. A deviation is a step of unknown size that began with one of the newest values. Level, trend, season,
the size of the noise and the size of the step are all integrated out, so the uncertainty of each counts; members are
weighed by how well they foresaw the series so far. The score is the logarithm of the Bayes factor (West and Harrison,
Bayesian Forecasting and Dynamic Models, 1997, chapter 11; Kass and Raftery, Bayes Factors, 1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sextant.calc.findings_hindsight import HINDSIGHT, Suspects, unlearn_outliers
from sextant.calc.findings_models import MEMORY, WINDOWS, Floats, Kind, advance, families
from sextant.calc.findings_tracks import SINGLE, STEP, Track, evidence, new_track

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEPS = np.array([SINGLE] + [STEP] * (WINDOWS - 1), np.float32)
CLIP = 5.0
"""A forecast error beyond this many noise sizes is learned from less and less, and beyond twice that not at all."""
SUSPECT = 4.0
"""Only values whose squared error is beyond this, in noise variances, are looked at again."""
WARM_UP = 12
HEAVY_BEFORE = -0.85
FARTHEST = 20.0
LOG_SHARES = np.log(np.array([0.7, 0.3], np.float32))
FADING = 1.0 - 1.0 / 1000.0
TINY = 1e-36
ROUNDING = 1e-9
NEVER = -50.0
LARGEST = 1e12
LASTING = np.array([0.5, 0.8, 1.0], np.float32)
"""How likely a deviation of one, two, three or more values stays: after fewer it may have been a spike."""
MOST_DOUBT = 1e9
JUDGED_FROM = 20
OUTER = 3.0
"""Most values lie within so many noise sizes of what is expected."""


@dataclass(frozen=True, slots=True, eq=False)
class _Now:
    """The newest values as the tracks see them: (B, 2) values and logarithms, how often seen, ages of the onsets."""

    channels: Floats
    at: Counts
    ages: Counts
    seen: Flags
    counted: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What one family says of the newest values, each (B, 2, M) or (B, 2, M, WINDOWS)."""

    plain: Floats
    better: Floats
    sign: Floats
    errors: Floats
    level: Floats
    base: Floats
    reach: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one more value says, per series: the score (nan: not judged), how many values ago the deviation most
    likely began (0: with this one) and to which side, what was expected, and between which figures most values lie.
    """

    score: Floats
    age: Counts
    side: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    base: Floats
    """What is expected without the season."""
    since: Floats
    """(series, WINDOWS): the score if only onsets 0, up to 1, up to 2 ... values ago are looked at."""


def calmed(errors: Floats) -> Floats:
    """Errors of a heavy-tailed series as a normal distribution would have them: as rare, but less far out."""
    return np.asarray(np.sign(errors) * np.sqrt(4.6 * np.log1p(errors**2 / 3)))


class Watch:
    """B series under one kind of bank. Its state follows from the values seen so far and the alerts raised."""

    def __init__(self, kind: Kind, first: Floats, size: Floats) -> None:
        """`first` is the first value of each series and `size` its order of magnitude, for rounding only."""
        rows = len(first)
        self.kind = kind
        self.first, self.positive = first, first > 0
        self.log_first = np.log(np.where(self.positive, first, 1.0))
        self.rounding = np.stack([np.square(ROUNDING * size) + TINY, np.full(rows, ROUNDING**2)], axis=1)[:, :, None]
        self.rounding = self.rounding.astype(np.float32)
        self.counts = np.zeros(rows, np.int64)
        self.points = np.zeros(rows, np.float32)
        self.jacobian = np.zeros(rows, np.float32)
        self.onsets = np.full((rows, WINDOWS), -1, np.int64)
        self.clock = np.zeros(rows, np.int64)
        self.came = np.zeros((rows, WINDOWS), np.int64)
        self.far = np.zeros((rows, WINDOWS), np.float32)
        self.heavy = np.full(rows, HEAVY_BEFORE, np.float32)
        self.tracks = [new_track(family, rows) for family in families(kind)]

    def packed(self, rows: Counts) -> Floats:
        """The state of these series, one row of numbers each, for `unpack` of a watch of the same kind."""
        parts = [part[rows].reshape(len(rows), -1).astype(np.float32) for part in self._parts()]
        return np.concatenate(parts, axis=1)

    def unpack(self, states: Floats) -> None:
        """Continue from packed states, one row per series."""
        at = 0
        for part in self._parts():
            flat = part.reshape(len(part), -1)
            flat[:] = states[:, at : at + flat.shape[1]]
            at += flat.shape[1]

    def _parts(self) -> list[Any]:
        own: list[Any] = [
            self.positive, self.counts, self.points, self.jacobian, self.onsets, self.clock, self.came, self.far,
            self.heavy,
        ]  # fmt: skip
        return own + [part for track in self.tracks for part in track.arrays]

    def step(self, values: Floats) -> Step:
        """Take the next value of each series (nan: none for this period)."""
        seen = np.isfinite(values)
        self.positive &= ~(seen & (values <= 0))
        logs = np.log(np.where(self.positive & seen, values, 1.0))
        channels = np.stack([values - self.first, logs - self.log_first], axis=1)
        channels = np.where(seen[:, None], np.clip(channels, -LARGEST, LARGEST), 0.0).astype(np.float32)
        logs = logs.astype(np.float32)
        counted = seen & (self.counts > 0)
        self.points = np.where(counted, self.points * FADING + 1.0, self.points)
        self.jacobian = np.where(counted, self.jacobian * FADING + logs, self.jacobian)
        ages = self._open_onset(seen)
        now = _Now(channels, np.minimum(self.counts, MEMORY - 1), ages, seen, counted)
        looks = [self._look(track, now) for track in self.tracks]
        shares = self._shares(looks)
        self._weigh_tails(np.concatenate([look.errors for look in looks], axis=2), shares, now)
        self._look_back(shares, now)
        self.counts = self.counts + seen
        self.clock = self.clock + 1
        return self._weighed(looks, shares, now)

    def settle(self, rows: Counts, age: Counts) -> None:
        """Provisionally learn a new baseline in these series, after a deviation that began `age` values ago."""
        began = self.counts[rows] - 1 - age
        slot, at = began % WINDOWS, np.minimum(began, MEMORY - 1)
        lasting = LASTING[np.minimum(age, len(LASTING) - 1)][:, None, None]
        for track in self.tracks:
            weight = track.weight[rows, :, :, slot] + 1 / STEP**2
            trace = track.family.trace[at, age][:, None]
            size = (track.speaks[rows, :, :, slot] + trace * track.fresh[rows]) / weight
            taken = track.family.absorbed[at, age][:, None]
            track.state[rows, :, :, 0] += size * (lasting - taken[..., 0])
            track.state[rows, :, :, 1] -= size * taken[..., 1]
            track.state[rows, :, :, -1] -= size * taken[..., 2]
            noise = self._noise(track)[rows]
            unsure = lasting * (1 - lasting) * np.square(size / noise) + 1 / weight
            track.doubt[rows] = np.minimum(track.doubt[rows] + unsure, MOST_DOUBT)
            track.speaks[rows] = track.weight[rows] = 0.0
        self.onsets[rows] = -1

    def restart(self, rows: Counts) -> None:
        """Learn the level of these series anew; season, trend and noise stay as they are known."""
        for track in self.tracks:
            track.doubt[rows] = MOST_DOUBT
            track.speaks[rows] = track.weight[rows] = 0.0
        self.onsets[rows] = -1

    def _open_onset(self, seen: Flags) -> Counts:
        """Let an onset begin with each new value; how many values ago each onset began (B, WINDOWS; -1: none)."""
        rows = np.flatnonzero(seen)
        slots = self.counts[rows] % WINDOWS
        self.onsets[rows, slots] = np.where(self.counts[rows] > 0, self.counts[rows], -1)
        self.came[rows, slots] = self.clock[rows]
        for track in self.tracks:
            track.speaks[rows, :, :, slots] = 0.0
            track.weight[rows, :, :, slots] = 0.0
        return np.where(self.onsets >= 0, self.counts[:, None] - self.onsets, -1)

    def _noise(self, track: Track) -> Floats:
        """The size of the noise of each member, as estimated so far."""
        return np.asarray(np.sqrt((track.squares + self.rounding) / np.maximum(self.points, 1.0)[:, None, None]))

    def _look(self, track: Track, now: _Now) -> _Look:
        family, state = track.family, track.state
        level = state[..., 0] + state[..., 2:-1:2].sum(axis=-1)
        usual = family.spread[now.at][:, None]
        spread = np.sqrt(usual**2 + track.doubt)
        error = now.channels[:, :, None] - level - state[..., -1]
        scaled = np.where(now.seen[:, None, None], error / spread, 0.0)
        noise = self._noise(track)
        errors = np.clip(scaled / np.maximum(noise, TINY), -FARTHEST, FARTHEST)
        tail = (self.kind.tails / (1 + np.exp(-self.heavy)))[:, None, None] * (self.points > WARM_UP)[:, None, None]
        scaled = np.where(np.abs(errors) >= FARTHEST, scaled, scaled + tail * noise * (calmed(errors) - errors))
        open_now = (now.ages >= 0) & now.seen[:, None]
        trace = (
            family.trace[np.clip(self.onsets, 0, MEMORY - 1), np.clip(now.ages, 0, WINDOWS - 1)] * open_now[..., None]
        )
        trace = trace.transpose(0, 2, 1)[:, None] * (usual / spread)[..., None]
        counted = now.counted[:, None, None]
        track.spreads = np.where(counted, track.spreads * FADING + np.log(spread), track.spreads)
        total = np.where(counted, track.squares * FADING + scaled**2, track.squares) + self.rounding
        plain = family.log_share - track.spreads - 0.5 * self.points[:, None, None] * np.log(total)
        speaks = track.speaks + trace * scaled[..., None]
        track.weight += trace**2
        steps = STEPS[np.clip(now.ages, 0, WINDOWS - 1)][:, None, None]
        better = evidence(speaks, track.weight, total[..., None], self.points[:, None, None, None], steps)
        reach = noise * np.sqrt(usual**2 + track.doubt + family.memory**2)
        look = _Look(plain, better, speaks, errors, level, state[..., 0].copy(), reach)
        self._learn(track, now, scaled, spread, usual, noise, trace)
        return look

    def _learn(
        self, track: Track, now: _Now, scaled: Floats, spread: Floats, usual: Floats, noise: Floats, trace: Floats
    ) -> None:
        """Take the newest values into the states; what lies far out counts less."""
        family, counted = track.family, now.counted[:, None, None]
        far = np.abs(scaled) / np.maximum(CLIP * noise, TINY)
        far = np.where((self.points > WARM_UP)[:, None, None], far, 0.0)
        trust = np.where(far > 1, np.maximum(2 - far, 0.0), 1.0) / np.maximum(far, 1.0)
        learned = scaled * trust
        squares = learned**2 + np.where(far > 1, (1 - trust) * noise**2, 0.0)
        track.squares = np.where(counted, track.squares * FADING + squares, track.squares)
        clipped = scaled / np.maximum(far, 1.0)
        track.speaks += trace * clipped[..., None]
        track.fresh = scaled - clipped
        moved = learned * spread
        pulled = moved * np.square(usual / spread)
        rows = np.flatnonzero(now.seen)
        taught = np.stack([clipped, pulled, squares], axis=-1)
        track.learned[rows, :, :, self.counts[rows] % WINDOWS] = taught[rows]
        track.state += family.gain[now.at][:, None] * pulled[..., None]
        slow = (1 + family.memory) / (1 - family.memory)
        track.state[..., 0] += moved * track.doubt / (track.doubt + slow)
        track.doubt = np.where(now.seen[:, None, None], track.doubt * slow / (track.doubt + slow), track.doubt)
        advance(track.state, family)

    def _shares(self, looks: list[_Look]) -> Floats:
        """What each member of all families counts for: (B, 2, members)."""
        plain = np.concatenate([look.plain for look in looks], axis=2)
        plain += LOG_SHARES[:, None]
        plain[:, 1] -= self.jacobian[:, None]
        plain[:, 1] = np.where(self.positive[:, None], plain[:, 1], -np.inf)
        share = np.exp(plain - plain.max(axis=(1, 2), keepdims=True))
        return np.asarray(share / share.sum(axis=(1, 2), keepdims=True))

    def _look_back(self, shares: Floats, now: _Now) -> None:
        """Unlearn values that, seen from today, were outliers."""
        began = self.counts - HINDSIGHT
        slots, nexts, every = began % WINDOWS, (began + 1) % WINDOWS, np.arange(len(began))
        chosen = now.seen & (began > 0) & (self.far[every, slots] > SUSPECT) & (self.points > WARM_UP)
        chosen &= (self.onsets[every, slots] == began) & (self.onsets[every, nexts] == began + 1)
        rows = np.flatnonzero(chosen)
        if self.kind.outliers and len(rows):
            gaps = self.clock[rows] - self.came[rows, slots[rows]] - HINDSIGHT
            at = np.minimum(began[rows], MEMORY - 1)
            suspects = Suspects(rows, slots[rows], nexts[rows], at, gaps)
            unlearn_outliers(self.tracks, self.kind, suspects, shares, self.points, self.rounding)

    def _weighed(self, looks: list[_Look], share: Floats, now: _Now) -> Step:
        """What all members together say."""
        better = np.concatenate([look.better for look in looks], axis=2)
        better = np.where((now.ages >= 0)[:, None, None, :], better, -np.inf)
        top = np.maximum(better.max(axis=(1, 2, 3)), 0.0)
        better = np.exp(better - top[:, None, None, None])
        by_slot = np.einsum("bcm,bcmw->bw", share, better)
        best = by_slot.argmax(axis=1)
        rows = np.arange(len(best))
        sign = np.concatenate([look.sign for look in looks], axis=2)[rows, :, :, best]
        odds = share * better[rows, :, :, best]
        score = top + np.log(by_slot.sum(axis=1) / WINDOWS + TINY)
        by_age = np.zeros((len(best), WINDOWS + 1))
        np.put_along_axis(by_age, now.ages % (WINDOWS + 1), by_slot, axis=1)
        since = top[:, None] + np.log(np.cumsum(by_age[:, :WINDOWS], axis=1) / WINDOWS + TINY)
        judged = now.seen & (self.counts > JUDGED_FROM)
        level = np.concatenate([look.level for look in looks], axis=2)
        reach = OUTER * np.concatenate([look.reach for look in looks], axis=2)
        expected, lower, upper = (self._in_unit(level + off, share) for off in (0.0, -reach, reach))
        base = self._in_unit(np.concatenate([look.base for look in looks], axis=2), share)
        return Step(
            np.where(judged, np.maximum(score, NEVER), np.nan), np.maximum(now.ages[rows, best], 0),
            np.sign((np.sign(sign) * odds).sum(axis=(1, 2))), expected, lower, upper, base, since,
        )  # fmt: skip

    def _weigh_tails(self, errors: Floats, share: Floats, now: _Now) -> None:
        """Do errors come from a normal distribution, or from one with heavy tails (t with 5 degrees of freedom)?"""
        square = np.minimum(np.einsum("bcm,bcm->b", share, np.square(errors)), 12.0)
        heavier = 0.5 * square - 3 * np.log1p(square / 3) + 0.205
        judged = now.counted & (self.points > WARM_UP)
        rows = np.flatnonzero(now.seen)
        self.far[rows, self.counts[rows] % WINDOWS] = square[rows]
        self.heavy = np.where(judged, np.clip(self.heavy * FADING + heavier, -6, 6), self.heavy).astype(np.float32)

    def _in_unit(self, levels: Floats, share: Floats) -> Floats:
        """Levels of all members, weighed, in the unit of the values."""
        plain = self.first[:, None] + levels[:, 0]
        grown = np.exp(np.minimum(self.log_first[:, None] + levels[:, 1], 300.0))
        return np.asarray((share[:, 0] * plain + share[:, 1] * grown).sum(axis=1))
