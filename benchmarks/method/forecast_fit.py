"""How the figures of `calc/forecast_tables.py` were found: cases, the stacked logistic, and folds over whole series.

    python benchmarks/method/forecast_fit.py LAB        fits on all series of the lab and prints the tables

LAB is the folder with `make_forecast_cases.py` and `tuning_series.csv.gz`. For every case the members forecast once;
then, for thresholds around the value at the start and the light fan, the logistic learns whether the value came to lie
above, from the members' log odds. No series is ever in two folds.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy.optimize import minimize

from sextant.calc.forecast import LEVELS, Floats, log_odds_above
from sextant.calc.forecast_light import CYCLE
from sextant.calc.forecast_stack import family_of, signs
from sextant.calc.forecast_tables import MEMBERS, OWN, Weights
from sextant.forecasts.engines import run
from sextant.forecasts.members import History

NAMES = {"W": "week", "M": "month", "D": "day"}
FAMILIES = ("week", "month", "day", "short")
FOLDS = 5
JUDGED, LEARNED = 2, 5  # newest cycles of each series that are judged, and that are learned from
SHARES = np.array([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9])
PULL_POOLED, PULL_FAMILY = (0.01, 0.03), (0.02, 0.1)  # towards equal weights and the pooled ones: members, signs
TARGET_WEIGHT = 3.0  # of the case's own target among the thresholds
SCALED = 0.8  # how much of the pooled factor's correction is kept
EDGE = float(np.log(9))  # the log odds at which the middle 80 % ends


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One case: who may be seen by a forecaster, and what came. `values` is the history."""

    series: str
    family: str
    frequency: str
    values: Floats
    step: int
    start: float
    target: float
    direction: int
    elapsed: float
    came: float
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Rows of the logistic: `odds` (n, members, thresholds), `signs` (n, 6), `horizons` (n,), `above` (n, thresholds);
    the first threshold is the target, the last the value that came."""

    cases: Sequence[Case]
    odds: Floats
    signs: Floats
    horizons: Floats
    above: Floats


def lab(folder: Path) -> ModuleType:
    """The lab's maker of cases."""
    told = importlib.util.spec_from_file_location("make_forecast_cases", folder / "make_forecast_cases.py")
    assert told is not None
    assert told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def tuning_series(folder: Path) -> dict[str, tuple[str, list[float]]]:
    found: dict[str, tuple[str, list[float]]] = {}
    with gzip.open(folder / "tuning_series.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            value = float(row["value"]) if row["value"] else np.nan
            found.setdefault(row["series_id"], (row["freq"], []))[1].append(value)
    return found


def cases_of(
    series: dict[str, tuple[str, list[float]]], maker: ModuleType, *, newest: int | None = None, cycles: int = JUDGED,
    after: int = 0,
) -> Iterator[Case]:  # fmt: skip
    """The lab's cases of the newest `cycles` of each series, without the newest `after` of them; `newest` cuts every
    history to so many points.
    """
    for name, (code, values) in series.items():
        for one in maker.cases(name, code, values, cycles):
            if int(one["case"].rsplit("|", 2)[1]) < after:
                continue
            history = np.asarray(one["hist"], dtype=np.float64)
            history = history if newest is None else history[-newest:]
            frequency = NAMES[code]
            yield Case(
                name, family_of(frequency, len(history)), frequency, history, one["h"], one["ys"], one["tgt"], one["d"],
                one["frac"], one["ye"], one["scale"],
            )  # fmt: skip


def forecasts(cases: Sequence[Case], *, light: bool = False) -> list[dict[str, Floats]]:
    """The members' fans (levels,) of each case at its end."""
    histories = [History(case.values, case.frequency, (case.step,)) for case in cases]
    return [{name: fan[0] for name, fan in one.members.items()} for one in run(histories, light=light, processes=2)]


def learned(cases: Sequence[Case], fans: Sequence[dict[str, Floats]]) -> Learned:
    rows = [_row(case, own) for case, own in zip(cases, fans, strict=True)]
    odds, own_signs, horizons, above = (np.array(column) for column in zip(*rows, strict=True))
    return Learned(cases, odds, own_signs, horizons, above)


def _row(case: Case, own: dict[str, Floats]) -> tuple[Floats, Floats, float, Floats]:
    cycle = CYCLE[case.frequency]
    moves = np.quantile(np.abs(case.values[cycle:] - case.values[:-cycle]), SHARES)
    places = [LEVELS.index(level) for level in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)]
    around = [case.target, *(case.start - moves), case.start, *(case.start + moves), *own["light"][places], case.came]
    thresholds = np.array(around)
    told = {name: log_odds_above(fan[None], thresholds[None])[0] for name, fan in own.items()}
    mean = np.mean(list(told.values()), axis=0)
    odds = np.array([told.get(name, mean) for name in MEMBERS])
    extra = signs(case.values, case.frequency, case.step, own["light"])
    return odds, extra, min(1.0, case.step / cycle), (case.came >= thresholds).astype(np.float64)


def design(rows: Learned, which: Sequence[int], chosen: Any) -> Floats:
    """The columns of the logistic (n, thresholds, columns): chosen members, their mean by horizon, the six signs."""
    odds = rows.odds[chosen][:, which]
    mean = odds.mean(axis=1) * (rows.horizons[chosen] - 0.5)[:, None]
    wide = np.repeat(rows.signs[chosen][:, None, :], odds.shape[2], axis=1)
    return np.concatenate([odds.transpose(0, 2, 1), mean[:, :, None], wide], axis=2)


def fitted(rows: Learned, which: Sequence[int], chosen: Any, prior: Floats, pull: tuple[float, float]) -> Floats:
    """Coefficients of a logistic regression pulled towards `prior`; no member's below 0."""
    columns = design(rows, which, chosen)[:, :-1]
    above = rows.above[chosen][:, :-1].reshape(-1)
    weights = np.ones(columns.shape[:2])
    weights[:, 0] = TARGET_WEIGHT
    weights = weights.reshape(-1) / weights.sum()
    columns = columns.reshape(-1, columns.shape[2])
    ridge = np.r_[np.full(len(which) + 1, pull[0]), np.full(6, pull[1])]

    def loss(found: Floats) -> tuple[float, Floats]:
        told = columns @ found
        chance = 1 / (1 + np.exp(-told))
        fit = float(np.sum(weights * (np.logaddexp(0, told) - above * told)))
        away = found - prior
        return fit + float(np.sum(ridge * away**2)), columns.T @ (weights * (chance - above)) + 2 * ridge * away

    bounds = [(0.0, None)] * len(which) + [(None, None)] * 7
    return np.asarray(minimize(loss, prior, jac=True, bounds=bounds, method="L-BFGS-B").x)


def tables(rows: Learned, names: Sequence[str], chosen: Any) -> dict[str, Weights]:
    """The weights of each family, learned from the chosen rows: pooled first, then pulled towards that."""
    which = [MEMBERS.index(name) for name in names]
    places = np.arange(len(rows.cases))[chosen]
    families = np.array([rows.cases[place].family for place in places])
    start = np.r_[np.full(len(which), 0.95 / len(which)), np.zeros(7)]
    pooled = fitted(rows, which, places, start, PULL_POOLED)
    found = {}
    for family in FAMILIES:
        own = places[families == family]
        coefficients = fitted(rows, which, own, pooled, PULL_FAMILY) if len(own) else pooled
        came = np.abs(design(rows, which, own)[:, -1] @ coefficients) if len(own) else np.array([EDGE])
        factor = 1 + SCALED * (EDGE / float(np.quantile(came, 0.8)) - 1)
        members = dict(zip(names, coefficients, strict=False))
        found[family] = Weights(
            tuple(round(float(members.get(name, 0.0)), 3) for name in MEMBERS),
            round(float(coefficients[len(which)]), 3),
            tuple(round(float(one), 3) for one in coefficients[len(which) + 1 :]),
            round(factor, 3),
        )
    return found


def fold_of(series: str) -> int:
    """The fold a series is in, by its name alone."""
    return int(hashlib.sha1(f"cv{series}".encode(), usedforsecurity=False).hexdigest()[:8], 16) % FOLDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", type=Path, metavar="LAB")
    folder: Path = parser.parse_args().lab
    maker, series = lab(folder), tuning_series(folder)
    weekly = {name: one for name, one in series.items() if one[0] == "W"}
    cases = [*cases_of(series, maker, cycles=LEARNED), *cases_of(weekly, maker, newest=40)]
    rows = learned(cases, forecasts(cases))
    for name, members in (("ENSEMBLE", MEMBERS), ("LIGHT", OWN)):
        print(f"{name} = {{")
        for family, weights in tables(rows, members, slice(None)).items():
            print(f'    "{family}": {weights},')
        print("}")


if __name__ == "__main__":
    main()
