"""Which driver moved when the outcome moved: nearness in time at the stated lag, along a tree of drivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sextant.calc.driver_tree import HOURS
from sextant.calc.findings import Finding
from sextant.metrics.models import Metric
from sextant.metrics.queries.driver_evidence import Known
from sextant.metrics.queries.drivers import DriverNode

NEAR_PERIODS = 2
"""A move counts as the one before when it came so many periods, or half the lag, earlier or later than stated."""
WAYS: Mapping[str, int] = {"same": 1, "other": -1, "unknown": 0}


@dataclass(frozen=True, slots=True)
class MovedBefore:
    """A driver that moved about when its lag would have it, `earlier_hours` before the outcome (a little below 0: later
    in the same period of it). `through` are the metrics between it and the outcome, the outcome's own driver first.
    """

    metric: Metric
    through: tuple[Metric, ...]
    finding: Finding
    earlier_hours: float


@dataclass(frozen=True, slots=True)
class OutcomeMove:
    """A real move of the outcome, and the drivers that moved before it: its own first, then the most surprising."""

    finding: Finding
    drivers: tuple[MovedBefore, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A node with the lag from the outcome in hours and the way it should move (0: not said)."""

    node: DriverNode
    through: tuple[Metric, ...]
    lag_hours: float
    way: int


def moves_before(root: DriverNode, known: Known) -> list[OutcomeMove]:
    """For each real move of the root, the newest first. `known` holds all metrics of the tree.

    A driver that moved the wrong way is none; where the way is not said, either counts.
    """
    places = _places(root, (), 0.0, 1)
    return [
        OutcomeMove(one, tuple(_moved(one, root, places, known))) for one in reversed(known.moves(root.metric.pk))
    ]  # fmt: skip


def _places(node: DriverNode, through: tuple[Metric, ...], lag_hours: float, way: int) -> list[_Place]:
    found = []
    for child in node.children:
        if child.is_loop:
            continue
        period = HOURS[node.metric.frequency]
        lag = lag_hours + (child.link.lag * period if child.link else 0.0)
        # A formula may divide by its input: arithmetic does not say which way without figures.
        own_way = way * (WAYS[child.link.way] if child.link else 0)
        found.append(_Place(child, through, lag, own_way))
        found += _places(child, (*through, child.metric), lag, own_way)
    return found


def _moved(one: Finding, root: DriverNode, places: Sequence[_Place], known: Known) -> list[MovedBefore]:
    at, ends = known.hour(root.metric.pk, one.first), known.series[root.metric.pk].period(one.first).end
    nearest: dict[int, MovedBefore] = {}
    for place in places:
        metric = place.node.metric
        period = max(HOURS[metric.frequency], HOURS[root.metric.frequency])
        reach = max(NEAR_PERIODS * period, place.lag_hours / 2)
        matching = [
            (abs(at - hour - place.lag_hours), hour, each)
            for each in known.moves(metric.pk)
            if not place.way or (each.side == one.side) == (place.way > 0)
            for hour in [known.hour(metric.pk, each.first)]
            if hour < ends and abs(at - hour - place.lag_hours) <= reach
        ]
        if matching and metric.pk not in nearest:
            _, hour, each = min(matching, key=lambda found: found[:2])
            nearest[metric.pk] = MovedBefore(metric, place.through, each, at - hour)
    return sorted(nearest.values(), key=lambda each: (len(each.through), each.finding.surprise, each.metric.name))
