"""KPI series of four frequencies in which we know what happened, for tuning and checking the deviation detector.

Every series draws its own level and scatter (2 to 15 % of the level), season, trend, memory of the noise, tails, slow
wander, gaps and old outliers. In units of the noise it then gets one deviation, or none. The ranges are those of the
business series METHOD.md describes; which seeds tune and which check is fixed in `report.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FREQUENCIES = ("week", "month", "day", "hour")
SHARES = (0.40, 0.25, 0.25, 0.10)
SEASONS = {"week": 52, "month": 12, "day": 7, "hour": 24}
LENGTHS = {"week": (104, 261), "month": (52, 121), "day": (120, 261), "hour": (336, 505)}
BURN_IN = 50


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """`values` (nan: missing) of which those from `judged_from` on count; what happened is `event` ("" for nothing)
    of `size` noise sizes, from index `start` on.
    """

    frequency: str
    values: Floats
    judged_from: int
    event: str = ""
    start: int = -1
    size: float = 0.0


def simulate(seed: int, count: int, event: str = "", size: float = 0.0, frequency: str = "") -> list[Simulated]:
    """`event` is "" (nothing happens), "shift" or "spike" of `size`; `frequency` "" mixes them."""
    random = np.random.default_rng([seed, 20])
    return [_one(random, event, size, frequency or str(random.choice(FREQUENCIES, p=SHARES))) for _ in range(count)]


def _one(random: np.random.Generator, event: str, size: float, frequency: str) -> Simulated:
    season = SEASONS[frequency]
    length = int(random.integers(*LENGTHS[frequency]))
    judged_from = max(length // 2, 60) if frequency == "week" else length // 2
    signal = _noise(random, length)
    if random.random() < 0.25:
        signal += np.cumsum(0.05 * random.standard_normal(length))
    if random.random() < 0.7:
        signal += random.uniform(0.5, 3) * _season(random, season)[np.arange(length) % season]
    if random.random() < 0.6:
        signal += np.linspace(0, random.uniform(-4, 4), length)
    if random.random() < 0.3:
        for _ in range(int(random.integers(1, 3))):
            signal[random.integers(3, judged_from - 8)] += random.choice((-1, 1)) * random.uniform(4, 8)
    start = -1
    if event:
        first, last = judged_from + max(3, length // 10), int(0.8 * length)
        start = int(random.integers(first, max(first + 1, last)))
        signal[start : start + 1 if event == "spike" else length] += random.choice((-1, 1)) * size
    scatter = np.exp(random.uniform(np.log(0.02), np.log(0.15)))
    level = 10 ** random.uniform(1, 5)
    values = level * (np.exp(scatter * signal) if random.random() < 0.3 else 1 + scatter * signal)
    if random.random() < 0.4:
        missing = random.random(length) < random.uniform(0.02, 0.08)
        missing[start] &= event != "spike"
        values = np.where(missing, np.nan, values)
    return Simulated(frequency, values, judged_from, event, start, size)


def _noise(random: np.random.Generator, length: int) -> Floats:
    """Noise of size 1 that remembers 0, 30 or 60 % of its last value, in three of ten series with heavy tails."""
    memory = float(random.choice((0.0, 0.3, 0.6), p=(0.40, 0.35, 0.25)))
    heavy = random.random() < 0.3
    count = length + BURN_IN
    shocks = random.standard_t(5, count) / np.sqrt(5 / 3) if heavy else random.standard_normal(count)
    shocks *= np.sqrt(1 - memory**2)
    noise = np.empty(count)
    last = 0.0
    for place, shock in enumerate(shocks.tolist()):
        last = memory * last + shock
        noise[place] = last
    return noise[BURN_IN:]


def _season(random: np.random.Generator, length: int) -> Floats:
    """One season of size 1: a profile of weekdays, or two waves, for weeks in every second case with a short peak."""
    if length == 7:
        profile = random.standard_normal(length)
    else:
        place = 2 * np.pi * np.arange(length) / length
        profile = np.sin(place + random.uniform(0, 6.3))
        profile += 0.5 * random.random() * np.sin(2 * place + random.uniform(0, 6.3))
        if length == 52 and random.random() < 0.5:
            profile[(random.integers(length) + np.arange(3)) % length] += random.choice((-1, 1)) * 1.5
    profile = profile - profile.mean()
    return np.asarray(profile / profile.std())
