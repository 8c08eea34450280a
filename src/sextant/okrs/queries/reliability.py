"""Were the chances right: of everything once called likely, how much was met, counted on closed objectives."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from sextant.calc.periods import moment_of
from sextant.core.actors import Actor
from sextant.forecasts.models import Forecast
from sextant.forecasts.queries.chances import Ask, answered, so_far_of
from sextant.forecasts.queries.stored import COLUMNS, Stored
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.access import visible_to
from sextant.okrs.queries.chances import ask_at_end
from sextant.okrs.queries.standing import okr_board
from sextant.okrs.queries.values import total_since, value_at, whole_series
from sextant.people import queries as people

EDGES = (0.0, 0.1, 0.3, 0.7, 0.9, 1.0)
"""Chances are counted in these classes, each from its lower edge to below its upper one; the last holds 100 % too."""
CHECKPOINTS = (0.0, 0.25, 0.5, 0.75)
"""Shares of a key result's time at which its chance is looked up."""
ENOUGH = 100
"""With fewer cases the shares say little, and a page says so."""


@dataclass(frozen=True, slots=True)
class Case:
    """What was said of one key result at one checkpoint, and whether its target was met in the end."""

    key_result_id: int
    checkpoint: float
    share: float
    is_met: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """All chances from `low` to below `high`: how many, how many of them were met, and what was said on average."""

    low: float
    high: float
    count: int
    met: int
    said: float | None

    @property
    def share(self) -> float | None:
        """How many of them were met, from 0 to 1; None without any."""
        return self.met / self.count if self.count else None


@dataclass(frozen=True)
class Reliability:
    """All cases, and what they come to. `without` counts looked-up moments at which no chance was known."""

    cases: Sequence[Case]
    without: int

    @cached_property
    def bins(self) -> list[Bin]:
        return _binned(self.cases)

    @property
    def is_enough(self) -> bool:
        return len(self.cases) >= ENOUGH

    @property
    def brier(self) -> float | None:
        """The mean squared distance of what was said from what came; None without cases."""
        if not self.cases:
            return None
        return float(np.mean([(case.share - case.is_met) ** 2 for case in self.cases]))


def reliability(actor: Actor, point: Standpoint) -> Reliability:
    """The chances that were known at each checkpoint of the closed key results the actor may see, against what came.

    Only what was said at the time counts; nothing is forecast afterwards. The target is the one in force at the end. A
    fixed number of statements.
    """
    board = okr_board(visible_to(actor).filter(state="closed", archived_at=None), point)
    asked = []
    for each in board.key_results.values():
        ask = ask_at_end(each)
        if ask is not None and ask.target is not None and each.start is not None and each.start < ask.end_hour:
            asked.append((ask, each.start))
    series = whole_series({ask.metric_id for ask, _ in asked}, point)
    past = _Past({ask.metric_id for ask, _ in asked})
    cases, without = [], 0
    for at in CHECKPOINTS:
        found, missing = _cases(asked, at, series, past)
        cases += found
        without += missing
    return Reliability(cases, without)


def _cases(
    asked: Sequence[tuple[Ask, int]], at: float, series: Mapping[int, Series], past: _Past
) -> tuple[list[Case], int]:
    """The cases of one checkpoint, and how many had no chance then."""
    truths: list[tuple[Ask, bool]] = []
    plain: dict[int, tuple[Any, ...]] = {}
    said: dict[int, float | None] = {}
    for ask, start in asked:
        is_met = _is_met(ask, series[ask.metric_id])
        if is_met is None:
            continue
        place = len(truths)
        truths.append((ask, is_met))
        row = past.known(ask.metric_id, start + at * (ask.end_hour - start))
        if row is not None and ask.is_sum:
            said[place] = _said_of_sum(ask, row, series[ask.metric_id])
        elif row is not None:
            plain[place] = row
    # Two key results may share a metric and not its forecast, so each stands under a number of its own here.
    held = Stored([(place, *row[1:-1]) for place, row in plain.items()])
    asks = [replace(truths[place][0], id=place, metric_id=place) for place in plain]
    said |= {place: one.share for place, one in answered(asks, held, np.zeros(len(asks))).items()}
    told = {place: share for place, share in said.items() if share is not None}
    cases = [Case(truths[place][0].id, at, share, truths[place][1]) for place, share in told.items()]
    return cases, len(truths) - len(cases)


def _said_of_sum(ask: Ask, row: tuple[Any, ...], series: Series) -> float | None:
    if row[-1] is None:
        return None
    held = Stored([(*row[:8], row[-1])], are_totals=True)
    until, period = held.made[0].history_end, int(held.first_gaps[0])
    return answered([ask], held, np.array([so_far_of(series, ask.since_hour, until, period)]))[ask.id].share


def _is_met(ask: Ask, series: Series) -> bool | None:
    """Whether the target was met at the end; None without a value there."""
    if ask.is_sum:
        found = total_since(series, ask.since_hour or 0, ask.end_hour)
    else:
        found = value_at(series, ask.end_hour)
        if found is not None and found.end > ask.end_hour:
            found = None
    if found is None or ask.target is None:
        return None
    return found.value <= ask.target if ask.direction == "down" else found.value >= ask.target


class _Past:
    """All forecasts ever made of some metrics, in the order in which they were made."""

    def __init__(self, metric_ids: Iterable[int]) -> None:
        self._zone = ZoneInfo(people.organisation().time_zone)
        self._rows: dict[int, list[tuple[Any, ...]]] = {}
        found = Forecast.objects.filter(metric_id__in=sorted(metric_ids)).order_by("metric_id", "made_at")
        for row in found.values_list(*COLUMNS, "total_fan"):
            self._rows.setdefault(row[0], []).append(row)

    def known(self, metric_id: int, hour: float) -> tuple[Any, ...] | None:
        """The forecast that held at the end of the day this hour lies in; None where there was none yet."""
        rows = self._rows.get(metric_id, [])
        midnight = datetime.combine(moment_of(int(hour)).date() + timedelta(days=1), time(), tzinfo=self._zone)
        place = bisect.bisect_left([row[1] for row in rows], midnight)
        return rows[place - 1] if place else None


def _binned(cases: Sequence[Case]) -> list[Bin]:
    found = []
    for low, high in pairwise(EDGES):
        own = [one for one in cases if low <= one.share < high or (high == 1.0 and one.share == 1.0)]
        said = float(np.mean([one.share for one in own])) if own else None
        found.append(Bin(low, high, len(own), sum(one.is_met for one in own), said))
    return found
