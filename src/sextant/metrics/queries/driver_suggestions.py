"""What might drive a metric: hypotheses worth a thought, found by trying. A suggestion is no proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from statistics import NormalDist

from django.db.models import Q

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.models import Metric
from sextant.metrics.queries.dependants import inputs_by_metric
from sextant.metrics.queries.driver_evidence import Evidence, Known, judged
from sextant.metrics.queries.drivers import standing_links
from sextant.metrics.queries.standpoint import Standpoint

LAGS = range(9)
MOST_CANDIDATES = 40
ALARM = 0.05
"""In so many of all searches chance alone may suggest anything."""
MOVES_TO_SUGGEST = 3
"""Two moves may be one bad spell, up and back, that something else had at the same time."""
SCATTER = 2.5
"""Of the strength of numbers that have nothing to do with each other (benchmarks/method/effects.py, section 4)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A metric that stood out as a driver at this lag; `way` is the one it showed."""

    metric: Metric
    lag: int
    way: str
    evidence: Evidence


def bound(candidates: int) -> float:
    """The strength needed when so many candidates are tried at every lag (Bonferroni).

    >>> [round(bound(count), 1) for count in (1, 10, 40)]
    [6.9, 8.6, 9.5]
    """
    tries = max(1, candidates) * len(LAGS)
    return SCATTER * NormalDist().inv_cdf(1 - ALARM / (2 * tries))


def candidates(actor: Actor, metric: Metric, point: Standpoint, near: Iterable[int] = ()) -> list[Metric]:
    """Metrics to try: those of the team and `near` (ids, such as those on the same scorecards), by name; at most
    `MOST_CANDIDATES`. What is linked already, or tied by arithmetic, is left out.
    """
    inputs = inputs_by_metric()
    linked = set(standing_links(point).filter(outcome=metric).values_list("driver_id", flat=True))
    tied = _reached(metric.pk, inputs) | _reached(metric.pk, _reverse(inputs)) | linked | {metric.pk}
    parts = [Q(part_of=metric)] + ([Q(pk=metric.part_of_id)] if metric.part_of_id else [])
    seen = visible("metric", actor).filter(archived_at=None).exclude(pk__in=tied).exclude(reduce(or_, parts))
    found = seen.filter(Q(team=metric.team_id) | Q(pk__in=list(near))).select_related(
        "team", "kpi", "numerator", "denominator"
    )
    return list(found.order_by("name", "pk")[:MOST_CANDIDATES])


def suggested(metric: Metric, tried: Sequence[Metric], known: Known, least: float) -> list[Suggestion]:
    """Those of the candidates that stand out with at least this strength at some lag, the strongest first.

    `known` holds the metric and the candidates. A candidate that did not move often enough suggests nothing.
    """
    found = []
    for one in tried:
        by_lag = [(lag, judged(one.pk, metric.pk, lag, "unknown", known)) for lag in LAGS]
        lag, best = max(by_lag, key=lambda pair: pair[1].drive.strength)
        if best.drive.strength >= least and best.drive.followed + best.drive.not_followed >= MOVES_TO_SUGGEST:
            found.append(Suggestion(one, lag, _way(best), best))
    return sorted(found, key=lambda each: -each.evidence.drive.strength)


def _way(found: Evidence) -> str:
    """Which way the outcome went after the moves, all in all."""
    cases = [each.following for each in found.cases if each.answer != "open"]
    return "same" if sum(each.effect.score * each.move.way for each in cases) >= 0 else "other"


def _reverse(inputs: dict[int, set[int]]) -> dict[int, set[int]]:
    turned: dict[int, set[int]] = {}
    for result, needs in inputs.items():
        for each in needs:
            turned.setdefault(each, set()).add(result)
    return turned


def _reached(first: int, edges: dict[int, set[int]]) -> set[int]:
    found, waiting = {first}, [first]
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
