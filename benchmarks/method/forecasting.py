"""Section 2 of the method report: will we make it, by cross-validation over series and on simulated numbers.

    python benchmarks/method/forecasting.py LAB [--every 1] [--seeds 3001 3002] [--light]

The weights are learned anew for each fold from the other four, as the table that ships was from all, so no case is
judged by a table that has seen its series. The newest two cycles are judged, five are learned from. `--every 10` takes
one series in ten, for a first look. The simulated series of the lab are judged by the table that ships.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from forecast_fit import (
    FOLDS,
    JUDGED,
    LEARNED,
    Case,
    Learned,
    cases_of,
    fold_of,
    forecasts,
    lab,
    learned,
    tables,
    tuning_series,
)

from sextant.calc import forecast_stack
from sextant.calc.forecast import LEVELS, Floats, chance_within
from sextant.calc.forecast_tables import MEMBERS, OWN, Weights

HEADER = f"{'what':<30} {'cases':>6} {'Brier':>7} {'ECE':>6} {'CRPS':>6} {'80 %':>6} {'likely':>7} {'met':>6}  goal"
GOALS = {
    "all": "Brier <= .100, ECE <= .015, CRPS <= .47, .78-.82, met >= .88",
    "week": "Brier <= .100, .78-.82", "month": "Brier <= .092, .78-.82", "day": ".78-.82",
    "40 weeks of history": "Brier <= .155, .78-.82", "light default": "Brier <= .120",
}  # fmt: skip


def scorer(folder: Path) -> ModuleType:
    """The lab's own scores."""
    told = importlib.util.spec_from_file_location("forecast_score", folder / "forecast_score.py")
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def predicted(
    cases: Sequence[Case], fans: Sequence[dict[str, Floats]], weights: dict[str, Weights], *, light: bool = False
) -> tuple[Floats, Floats]:
    """The chance (n,) and the fan (n, levels) of each case with these weights, by the code that ships."""
    name = "LIGHT" if light else "ENSEMBLE"
    shipped = getattr(forecast_stack, name)
    setattr(forecast_stack, name, weights)
    try:
        found = []
        for case, own in zip(cases, fans, strict=True):
            chosen = {member: fan[None] for member, fan in own.items() if not light or member in OWN}
            found.append(forecast_stack.combined(case.values, case.frequency, (case.step,), chosen)[0])
    finally:
        setattr(forecast_stack, name, shipped)
    fan = np.array(found)
    targets = np.array([case.target for case in cases])
    up = np.array([case.direction > 0 for case in cases])
    return chance_within(fan, np.where(up, targets, -np.inf), np.where(up, np.inf, targets)), fan


def cross_validated(
    rows: Learned, fans: Sequence[dict[str, Floats]], judged: int, *, light: bool = False
) -> tuple[Floats, Floats]:
    """Chances and fans of the first `judged` cases, each from weights that have not seen its series."""
    folds = np.array([fold_of(case.series) for case in rows.cases])
    shares, found = np.empty(judged), np.empty((judged, len(LEVELS)))
    for fold in range(FOLDS):
        weights = tables(rows, OWN if light else MEMBERS, folds != fold)
        own = np.flatnonzero(folds[:judged] == fold)
        cases, theirs = [rows.cases[place] for place in own], [fans[place] for place in own]
        shares[own], found[own] = predicted(cases, theirs, weights, light=light)
    return shares, found


def line(scores: ModuleType, name: str, cases: Sequence[Case], shares: Floats, fans: Floats) -> None:
    """One line of the table. "likely" counts chances of 70 % and more, "met" how many of those were met."""
    came = np.array([case.came for case in cases])
    hit = np.array([(case.came - case.target) * case.direction >= 0 for case in cases], dtype=np.float64)
    scale = np.array([case.scale for case in cases])
    crps = np.minimum(scores.crps_from_quantiles(np.array(LEVELS), fans, came) / scale, 50).mean()
    held = np.mean((came >= fans[:, LEVELS.index(0.1)]) & (came <= fans[:, LEVELS.index(0.9)]))
    likely = shares >= 0.7
    met = hit[likely].mean() if likely.any() else np.nan
    print(
        f"{name:<30} {len(cases):>6} {np.mean((shares - hit) ** 2):>7.4f} {scores.ece(shares, hit):>6.3f} {crps:>6.3f} "
        f"{held:>6.3f} {int(likely.sum()):>7} {met:>6.3f}  {GOALS.get(name, '')}"
    )


def simulated(folder: Path, seeds: Sequence[int], count: int) -> dict[str, tuple[str, list[float]]]:
    told = importlib.util.spec_from_file_location("simulate_kpis", folder / "simulate_kpis.py")
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    found = {}
    for seed in seeds:
        for place, one in enumerate(module.simulate(seed, count, "mixed")):
            if one["freq"] != "H":
                found[f"s{seed}_{place}"] = (one["freq"], list(one["y"]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", type=Path, metavar="LAB")
    parser.add_argument("--every", type=int, default=1, help="one series in so many")
    parser.add_argument("--seeds", type=int, nargs="*", default=[3001, 3002])
    parser.add_argument("--light", action="store_true", help="the light default alone, which is much quicker")
    asked = parser.parse_args()
    report(asked.lab, every=asked.every, seeds=asked.seeds, light=asked.light)


def report(folder: Path, *, every: int = 1, seeds: Sequence[int] = (), light: bool = False) -> None:
    """Print the section."""
    maker, scores = lab(folder), scorer(folder)
    series = {name: one for place, (name, one) in enumerate(tuning_series(folder).items()) if place % every == 0}
    weekly = {name: one for name, one in series.items() if one[0] == "W"}
    full, short = list(cases_of(series, maker)), list(cases_of(weekly, maker, newest=40))
    cases = full + short
    judged = len(cases)
    cases += cases_of(series, maker, cycles=LEARNED, after=JUDGED)
    fans = forecasts(cases, light=light)
    rows = learned(cases, fans)
    print(f"2. Will we make it? {len(series)} series, {len(full)} cases, cross-validated over series")
    print(HEADER)
    ways = [("light default", True)] if light else [("all", False), ("light default", True)]
    for name, is_light in ways:
        shares, found = cross_validated(rows, fans, judged, light=is_light)
        _lines(scores, name, cases[:judged], len(full), shares, found)
    made = simulated(folder, seeds, max(1, 400 // every))
    others = list(cases_of(made, maker))
    if others:
        print(f"\nSimulated series, seeds {', '.join(map(str, seeds))}, by the table that ships")
        print(HEADER)
        own = forecasts(others, light=light)
        for name, is_light in ways:
            table = forecast_stack.LIGHT if is_light else forecast_stack.ENSEMBLE
            shares, found = predicted(others, own, dict(table), light=is_light)
            _lines(scores, name, others, len(others), shares, found)


def _lines(scores: ModuleType, name: str, cases: Sequence[Case], full: int, shares: Floats, fans: Floats) -> None:
    def part(label: str, chosen: list[int]) -> None:
        if chosen:
            line(scores, label, [cases[place] for place in chosen], shares[chosen], fans[chosen])

    part(name, list(range(full)))
    for frequency in ("week", "month", "day"):
        own = [place for place in range(full) if cases[place].frequency == frequency]
        part(frequency, own)
        for elapsed in sorted({cases[place].elapsed for place in own}):
            part(f"  {elapsed:.0%} of the cycle gone", [place for place in own if cases[place].elapsed == elapsed])
    part("40 weeks of history", list(range(full, len(cases))))


if __name__ == "__main__":
    main()
