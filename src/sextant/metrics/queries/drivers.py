"""What moves a number: what it is calculated from, and what people suppose to drive it (METHOD.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from sextant.calc.driver_tree import shortest_way
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.models import DriverLink, Metric
from sextant.metrics.queries.dependants import formulas, inputs_by_metric
from sextant.metrics.queries.standpoint import Standpoint

DEPTH = 3
MOST_NODES = 80
"""A tree of more is cut: nobody reads it, and every node is judged."""
MOST_INPUTS = 3
"""More inputs of one formula, such as the units of a total, are folded below the first level."""


@dataclass(frozen=True, slots=True)
class DriverNode:
    """A metric in a tree of drivers. `link` is the hypothesis that ties it to the node above (None: the formula does,
    or it is the root). Where it stands above itself (`is_loop`) or was unfolded before (`is_again`) it is not followed
    further; `folded` counts the inputs of a formula that are too many to be shown below the first level.
    """

    metric: Metric
    link: DriverLink | None
    children: tuple[DriverNode, ...] = ()
    is_loop: bool = False
    is_again: bool = False
    folded: int = 0


def standing_links(point: Standpoint) -> QuerySet[DriverLink]:
    """The hypotheses that stood at the standpoint."""
    if point.known_at is None:
        return DriverLink.objects.filter(superseded_at=None)
    moment = point.known_at
    return DriverLink.objects.filter(Q(known_at__lte=moment) & (Q(superseded_at=None) | Q(superseded_at__gt=moment)))


def metric_ids_with_drivers(actor: Actor, metric_ids: Iterable[int], point: Standpoint) -> set[int]:
    """Those of the metrics that have a driver: an input of their formula, or a hypothesis whose driver the actor may
    see. A few statements in all.
    """
    wanted = set(metric_ids)
    seen = standing_links(point).filter(outcome__in=wanted, driver__in=visible("metric", actor).values("pk"))
    linked = seen.values_list("outcome_id", flat=True)
    calculated = {metric_id for metric_id, inputs in _inputs(point).items() if inputs}
    return wanted & (calculated | set(linked))


def links_of(actor: Actor, metric: Metric, point: Standpoint) -> list[DriverLink]:
    """The hypotheses about one outcome whose driver the actor may see, the oldest first."""
    seen = visible("metric", actor).values("pk")
    return list(standing_links(point).filter(outcome=metric, driver__in=seen).select_related("driver", "outcome"))


def driver_tree(actor: Actor, metric: Metric, point: Standpoint, *, depth: int = DEPTH) -> DriverNode:
    """The drivers of a metric and theirs, with a fixed number of statements; what the actor may not see is left out.

    What it is calculated from stands first, in the order of the names.
    """
    inputs = _inputs(point)
    links = _links_below(metric, point, depth, inputs)
    known = {link.driver_id for rows in links.values() for link in rows}
    ids = known | {each for outcome in {metric.pk, *links} for each in inputs.get(outcome, ())} | {metric.pk}
    seen = {
        one.pk: one
        for one in visible("metric", actor)
        .filter(pk__in=ids)
        .select_related("team", "owner", "theme", "kpi", "numerator", "denominator")
    }
    unfolding = _Unfolding(inputs, links, seen, depth)
    return unfolding.node(metric, None, ())


@dataclass(slots=True)
class _Unfolding:
    """Makes the tree from edges and the metrics that may be seen; each metric is unfolded once."""

    inputs: Mapping[int, set[int]]
    links: Mapping[int, Sequence[DriverLink]]
    seen: Mapping[int, Metric]
    depth: int
    unfolded: set[int] = field(default_factory=set)
    left: int = MOST_NODES

    def node(self, metric: Metric, link: DriverLink | None, above: tuple[int, ...]) -> DriverNode:
        if metric.pk in above or metric.pk in self.unfolded:
            return DriverNode(metric, link, is_loop=metric.pk in above, is_again=metric.pk not in above)
        if len(above) == self.depth:
            return DriverNode(metric, link)
        made = [self.seen[each] for each in self.inputs.get(metric.pk, ()) if each in self.seen]
        folded = len(made) if above and len(made) > MOST_INPUTS else 0
        rows: list[tuple[Metric, DriverLink | None]] = [] if folded else [(one, None) for one in made]
        rows.sort(key=lambda pair: pair[0].name)
        rows += [(self.seen[one.driver_id], one) for one in self.links.get(metric.pk, ()) if one.driver_id in self.seen]
        rows = rows[: self.left]
        self.left -= len(rows)
        if rows:
            self.unfolded.add(metric.pk)
        way = (*above, metric.pk)
        return DriverNode(metric, link, tuple(self.node(*row, way) for row in rows), folded=folded)


def nodes_of(root: DriverNode) -> list[DriverNode]:
    """All nodes below the root, each above its own drivers."""
    return [each for child in root.children for each in (child, *nodes_of(child))]


def way_without_lag(driver: Metric, outcome: Metric) -> list[int]:
    """Ids from the outcome to the driver along which the outcome moves the driver at once; empty: there is none.

    A link without lag from the driver to the outcome would close a circle along it.
    """
    edges = {outcome_id: list(inputs) for outcome_id, inputs in inputs_by_metric().items()}
    at_once = DriverLink.objects.filter(superseded_at=None, lag=0)
    for outcome_id, driver_id in at_once.values_list("outcome_id", "driver_id"):
        edges.setdefault(outcome_id, []).append(driver_id)
    return shortest_way(edges, driver.pk, outcome.pk)[::-1]


def is_calculated_from(outcome: Metric, driver: Metric) -> bool:
    """Whether the driver goes into the formula of the outcome, at any distance: it drives it by arithmetic."""
    return bool(shortest_way(inputs_by_metric(), outcome.pk, driver.pk))


def _inputs(point: Standpoint) -> Mapping[int, set[int]]:
    return inputs_by_metric(formulas(as_of=point.known_at))


def _links_below(
    metric: Metric, point: Standpoint, depth: int, inputs: Mapping[int, set[int]]
) -> dict[int, Sequence[DriverLink]]:
    """The hypotheses by outcome, level by level; the key of every metric reached is there."""
    found: dict[int, Sequence[DriverLink]] = {}
    level = {metric.pk}
    for _turn in range(depth):
        rows: dict[int, list[DriverLink]] = {each: [] for each in level}
        for link in standing_links(point).filter(outcome__in=level).select_related("driver", "outcome"):
            rows[link.outcome_id].append(link)
        found |= rows
        below = {link.driver_id for links in rows.values() for link in links}
        level = (below | {each for outcome in level for each in inputs.get(outcome, ())}) - set(found)
        if not level:
            break
    return found
