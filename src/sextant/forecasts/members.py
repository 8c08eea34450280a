"""Fans by the members of the ensemble: our light one and, where the extra `forecast` is installed, statsforecast's.

The library is loaded by the first forecast in a worker, a command or one of their processes, never by a web page. This
file and what it imports know nothing of Django, so that processes on this and other machines can load it alone.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from sextant.calc.forecast import LEVELS, MEDIAN, Floats
from sextant.calc.forecast_light import LEAST_POINTS, SEASONS, light_fan, light_total_fan
from sextant.calc.forecast_moves import moves_fans
from sextant.calc.forecast_stack import combined
from sextant.calc.forecast_sums import total_of
from sextant.calc.forecast_tables import VERSION

log = logging.getLogger(__name__)
LIGHT, ENSEMBLE = f"light-{VERSION}", f"ensemble-{VERSION}"
"""Methods, as forecasts name them."""
LONGEST_SEASON = 24  # of the library's exponential smoothing; longer ones are left to MSTL
SMOOTHED = 8  # of longer seasons, exponential smoothing looks at so many: as good as all, in two thirds of the time
_COVERS = [round(200 * (0.5 - level)) for level in LEVELS[:MEDIAN]]  # the ranges whose ends are our quantiles


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What is forecast from: the newest values (n,) without holes, how often they come, and the steps wanted, rising.
    `with_total`: the sums up to each step as well. `low` and `high`: values beyond cannot exist.
    """

    values: Floats
    frequency: str
    steps: tuple[int, ...]
    with_total: bool = False
    low: float | None = None
    high: float | None = None
    season: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A forecast: the fan (steps, levels), that of the sums where wanted, each member's own, and the method.
    `fan` is empty where the history was too short.
    """

    method: str
    fan: Floats
    total: Floats | None = None
    members: Mapping[str, Floats] = field(default_factory=dict)


def has_library() -> bool:
    """Whether the extra `forecast` is installed. Looks, and loads nothing."""
    return find_spec("statsforecast") is not None


def forecast(history: History, *, light: bool = False) -> Outcome:
    """The forecast of one history, with all members there are or by the light one alone."""
    values = history.values
    method = LIGHT if light or not has_library() else ENSEMBLE
    if len(values) < LEAST_POINTS:
        return Outcome(method, np.empty((0, len(LEVELS))))
    steps = history.steps
    fans = own_fans(history)
    paths: dict[str, Floats] = {}
    if method == ENSEMBLE and np.ptp(values / _unit(values)) > 0:
        paths = library_fans(values, history.frequency, steps[-1], season=history.season)
        fans |= {name: path[np.array(steps) - 1] for name, path in paths.items()}
    fan = combined(values, history.frequency, steps, fans)
    total = None
    if history.with_total:
        sums = own_fans(history, sums=True)
        sums |= {name: total_of(path, steps) for name, path in paths.items()}
        total = combined(values, history.frequency, steps, sums, with_signs=False)
    return Outcome(method, np.clip(fan, history.low, history.high), total, fans)


def own_fans(history: History, *, sums: bool = False) -> dict[str, Floats]:
    """The fans (steps, levels) of the members that need no library. Of steps that the past shows too few moves over,
    the light one speaks for all.
    """
    values, frequency, steps, season = history.values, history.frequency, history.steps, history.season
    light = (light_total_fan if sums else light_fan)(values, frequency, steps, season=season)
    moves = moves_fans(values, frequency, steps, season=season, sums=sums)
    return {"light": light} | {name: np.where(np.isfinite(fan), fan, light) for name, fan in moves.items()}


def library_fans(values: Floats, frequency: str, steps: int, *, season: int | None = None) -> dict[str, Floats]:
    """The fans (steps, levels) of statsforecast's members, every step up to the last. One that fails is left out."""
    models = _library()
    season = season or SEASONS[frequency][0]
    smoothing = season if season <= LONGEST_SEASON else 1
    made: dict[str, Callable[[Floats], Floats]] = {
        "ets": lambda own: _fan_of(
            models.AutoETS(smoothing), own[-SMOOTHED * smoothing :] if smoothing > 7 else own, steps
        ),
    }
    if season > 1 and len(values) > 2 * season:
        made["mstl"] = lambda own: _fan_of(models.MSTL([season]), own, steps)
    unit = _unit(values)
    found: dict[str, Floats] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, build in made.items():
            try:
                fan = build(np.ascontiguousarray(values / unit)) * unit
            except Exception as error:  # a numeric failure of any kind; the other members speak for this one
                log.info("The member %s could not forecast: %s", name, error)
                continue
            if np.all(np.isfinite(fan)):
                found[name] = fan
    return found


def _fan_of(model: Any, values: Floats, steps: int) -> Floats:
    """What a model of the library tells, as a fan (steps, levels)."""
    told = model.forecast(values, h=steps, level=_COVERS)
    lows = [told[f"lo-{cover}"] for cover in _COVERS]
    highs = [told[f"hi-{cover}"] for cover in reversed(_COVERS)]
    return np.stack([*lows, told["mean"], *highs], axis=1)


def _unit(values: Floats) -> float:
    return float(np.max(np.abs(values))) or 1.0


@cache
def _library() -> Any:
    # The library would start threads for matrices far smaller than are worth it, in every process.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsforecast import models
    return models


def forecast_all(histories: Sequence[History], *, light: bool = False) -> list[Outcome]:
    """One after the other, in this process."""
    return [forecast(history, light=light) for history in histories]
