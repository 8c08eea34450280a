"""Sections 3 and 4 of the method report: did the action work, and does the driver drive, on simulated numbers.

    python benchmarks/method/effects.py [--seeds 1 20]

Every case is drawn from its seed alone. Section 3 sets an action into weekly, monthly, daily and hourly series with
season, trend, autocorrelation, heavy tails, gaps and old outliers, with a step of some size or without. Section 4 pairs
a driver that changes its level now and then with an outcome that follows it after a lag, or has changes of its own.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from sextant.calc.driver_tree import MOVES_TO_FADE, is_faint, verdict
from sextant.calc.effects import SEASONS, effect
from sextant.calc.effects_drivers import Drive, Move, drive
from sextant.calc.findings import detect

Floats = NDArray[np.float64]

FREQUENCIES = ("week", "month", "day", "hour")
LENGTHS = {"week": (104, 260), "month": (52, 120), "day": (120, 260), "hour": (336, 504)}
SHARES = (0.4, 0.25, 0.25, 0.1)
CASES = 100
WEEKS = 104
LONGEST_LAG = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A series in which something was done with period `action`; the truth is a step of `size`, 0 for none."""

    values: Floats
    frequency: str
    action: int
    size: float


def noise(rng: Generator, count: int) -> Floats:
    """Scatter of size 1 that remembers its last value, now and then with heavy tails."""
    memory = float(rng.choice([0.0, 0.3, 0.6], p=[0.4, 0.35, 0.25]))
    fresh = rng.standard_t(5, count + 40) / np.sqrt(5 / 3) if rng.random() < 0.3 else rng.standard_normal(count + 40)
    made = fresh.copy()
    for index in range(1, len(made)):
        made[index] = memory * made[index - 1] + np.sqrt(1 - memory**2) * fresh[index]
    return np.asarray(made[40:])


def season(rng: Generator, length: int, count: int) -> Floats:
    """A yearly, weekly or daily pattern of random size; none in three of ten series."""
    if rng.random() < 0.3:
        return np.zeros(count)
    turn = 2 * np.pi * np.arange(length) / length
    pattern = np.sin(turn + rng.uniform(0, 6.3)) + rng.uniform(0, 0.5) * np.sin(2 * turn + rng.uniform(0, 6.3))
    if length == 7:
        pattern = rng.standard_normal(7)
    pattern = (pattern - pattern.mean()) / pattern.std()
    return np.asarray(rng.uniform(0.5, 3) * pattern[np.arange(count) % length])


def case(rng: Generator, size: float) -> Case:
    """One action; `size` in scatters, up or down."""
    frequency = str(rng.choice(FREQUENCIES, p=SHARES))
    count = int(rng.integers(*LENGTHS[frequency]))
    action = int(rng.integers(max(count // 2, 40 if frequency != "month" else 30), count - 13))
    made = noise(rng, count) + season(rng, SEASONS[frequency], count)
    if rng.random() < 0.25:
        made += np.cumsum(rng.standard_normal(count) * 0.05)
    if rng.random() < 0.6:
        made += rng.uniform(-4, 4) * np.arange(count) / count
    if rng.random() < 0.3:
        made[rng.integers(0, action - 8, 2)] += rng.choice([-1, 1], 2) * rng.uniform(4, 8, 2)
    step = size * float(rng.choice([-1, 1]))
    made[action:] += step
    spread, level = np.exp(rng.uniform(np.log(0.02), np.log(0.15))), np.exp(rng.uniform(np.log(10), np.log(1e5)))
    values = level * np.exp(spread * made) if rng.random() < 0.3 else level * (1 + spread * made)
    if rng.random() < 0.4:
        values[rng.random(count) < rng.uniform(0.02, 0.08)] = np.nan
    return Case(np.asarray(values), frequency, action, step)


def verdicts(seeds: Iterable[int], size: float, since: int) -> dict[str, Counter[str]]:
    """How many verdicts were right, wrong, open or too early, by frequency and for all."""
    found: dict[str, Counter[str]] = {}
    for seed in seeds:
        rng = default_rng([seed, int(10 * size), since])
        for _ in range(CASES):
            one = case(rng, size)
            judged = effect(one.values[: one.action + since], one.action, season_length=SEASONS[one.frequency])
            is_right = judged.is_real and one.size != 0 and (judged.verdict == "better") == (one.size > 0)
            answer = "right" if is_right else "wrong" if judged.is_real else "open"
            for group in ("all", one.frequency):
                found.setdefault(group, Counter())[answer] += 1
    return found


def actions_table(seeds: Sequence[int]) -> str:
    """Section 3."""
    lines = [
        "3. Did the action work?  (goals: wrong <= 5 % without effect, right >= 90 % of 2-sigma steps after 13 points)",
        f"{'truth':<28}{'points since':>13}{'all':>8}{'week':>8}{'month':>8}{'day':>8}{'hour':>8}",
    ]
    for size, since, answer in (
        (0.0, 13, "wrong"),
        (2.0, 13, "right"),
        (1.0, 13, "right"),
        (3.0, 4, "right"),
        (2.0, 4, "right"),
    ):
        found = verdicts(seeds, size, since)
        shares = [100 * found[group][answer] / max(1, found[group].total()) for group in ("all", *FREQUENCIES)]
        words = "nothing: verdict wrong" if size == 0 else f"step of {size:g} sigma: found"
        lines.append(f"{words:<28}{since:>13}" + "".join(f"{share:>7.1f}%" for share in shares))
    return "\n".join(lines)


def levels(rng: Generator, count: int) -> Floats:
    """A level that changes by 2 to 3.5 scatters every 12 to 30 weeks, mostly back again."""
    made, at, way = np.zeros(count), int(rng.integers(25, 40)), float(rng.choice([-1, 1]))
    while at < count - 5:
        made[at:] += way * rng.uniform(2, 3.5)
        way = -way if rng.random() < 0.7 else way
        at += int(rng.integers(12, 30))
    return made


def pair(rng: Generator, *, is_real: bool) -> tuple[Floats, Floats, int, bool]:
    """Driver, outcome, the lag stated, and whether they go the same way. Both share season and trend."""
    lag, count = int(rng.integers(1, LONGEST_LAG + 1)), WEEKS + LONGEST_LAG
    shared = season(rng, 52, WEEKS) + rng.uniform(-3, 3) * np.arange(WEEKS) / WEEKS
    own = levels(rng, count)
    driver = own[LONGEST_LAG:] + noise(rng, WEEKS) + shared
    followed = own if is_real else levels(rng, count)
    gain = float(rng.uniform(0.5, 1) * rng.choice([-1, 1]))
    outcome = gain * followed[LONGEST_LAG - lag : count - lag] + noise(rng, WEEKS) + shared * rng.uniform(0, 1)
    return driver, outcome, lag, gain > 0


def moves_of(driver: Floats) -> list[Move]:
    """The driver's real moves: what the detector finds."""
    found = detect(driver, "week").findings
    return [Move(one.first, 1 if one.side == "above" else -1) for one in found if one.kind == "deviation"]


def drives(seeds: Iterable[int], *, is_real: bool) -> list[Drive]:
    made = []
    for seed in seeds:
        rng = default_rng([seed, int(is_real), 4])
        for _ in range(CASES // 5):
            driver, outcome, lag, same_way = pair(rng, is_real=is_real)
            made.append(drive(driver, outcome, moves_of(driver), lag=lag, same_way=same_way, season_length=52))
    return made


def area(real: Sequence[float], false: Sequence[float]) -> float:
    """The chance that a real link ranks above a false one; ties count half."""
    above, below = np.array(real)[:, None], np.array(false)[None, :]
    return float(np.mean((above > below) + 0.5 * (above == below)))


def verdict_shares(rows: Sequence[Drive]) -> str:
    """What is said of links with two judged moves or more; how many with four or more have lost their line."""
    said = Counter(verdict(one.followed, one.not_followed, one.strength) for one in rows)
    told = max(1, said.total() - said["too_few"])
    often = [one for one in rows if one.followed + one.not_followed >= MOVES_TO_FADE]
    faint = sum(is_faint(one.followed, one.not_followed, one.strength) for one in often)
    shares = [100 * said[word] / told for word in ("strong", "weak", "none")]
    spread = float(np.std([one.strength for one in rows]))
    return f"{shares[0]:>7.1f}%{shares[1]:>9.1f}%{shares[2]:>9.1f}%{faint:>4}/{len(often):<3}{spread:>10.2f}"


def drivers_table(seeds: Sequence[int]) -> str:
    """Section 4."""
    real, false = drives(seeds, is_real=True), drives(seeds, is_real=False)
    lines = [
        f"4. Does the driver drive?  (goal: real links rank above false ones with AUC >= 0.9 after {WEEKS} weeks)",
        f"{'links':<12}{'moved':>8}{'followed':>10}{'did not':>10}{'open':>8}{'strength':>10}",
    ]
    for words, rows in (("real", real), ("false", false)):
        sums = [sum(getattr(one, name) for one in rows) for name in ("moved", "followed", "not_followed", "still_open")]
        middle = float(np.median([one.strength for one in rows]))
        lines.append(f"{words:<12}{sums[0]:>8}{sums[1]:>10}{sums[2]:>10}{sums[3]:>8}{middle:>10.2f}")
    lines.append(f"{'links':<12}{'strong':>8}{'weak':>10}{'none':>10}{'faint':>8}   scatter of the strength")
    for words, rows in (("real", real), ("false", false)):
        lines.append(f"{words:<12}" + verdict_shares(rows))
    lines.append(
        f"AUC {area([one.strength for one in real], [one.strength for one in false]):.3f} of {len(real)} pairs each"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs=2, default=(1, 20), metavar=("FIRST", "LAST"))
    first, last = parser.parse_args().seeds
    seeds = range(first, last + 1)
    print(actions_table(seeds), drivers_table(seeds), sep="\n\n")


if __name__ == "__main__":
    main()
