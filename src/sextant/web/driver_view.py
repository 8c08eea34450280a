"""The tree of drivers as its page shows it: nodes with where they stand, edges with what became of the bet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sextant.calc.findings import Finding
from sextant.calc.periods import spoken
from sextant.core.actors import Actor
from sextant.core.words import stretch_words
from sextant.kpis.finding_sentences import surprise_words
from sextant.kpis.models import Kpi
from sextant.kpis.queries.kpi_page import as_watched
from sextant.kpis.queries.standing import Standing, draw_together, standings
from sextant.metrics import driver_sentences as words
from sextant.metrics.models import Metric
from sextant.metrics.queries.driver_evidence import Evidence, Known, evidence, read
from sextant.metrics.queries.driver_moves import MovedBefore, OutcomeMove, moves_before
from sextant.metrics.queries.drivers import DriverNode, driver_tree, nodes_of
from sextant.metrics.queries.standpoint import Standpoint
from sextant.reports.sparklines import sparkline
from sextant.web.kpi_words import said, thing_url

SPARK_PERIODS = 26
MOST_MOVES = 8


@dataclass(frozen=True, slots=True)
class EdgeView:
    """The line from a driver to what it drives; `look` is how it is drawn, `url` opens the evidence."""

    look: str  # formula | strong | weak | none | too_few | faint
    lag: str
    counts: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class NodeView:
    """A metric of the tree, ready to be read."""

    name: str
    url: str
    drivers_url: str
    value: str
    period: str
    status: str
    against: str
    spark: SafeString
    moved: str
    is_loop: bool
    is_again: bool
    is_archived: bool
    folded: int
    edge: EdgeView | None
    children: tuple[NodeView, ...]


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A driver that moved before the outcome, in words."""

    name: str
    url: str
    told: str  # "fell 3 weeks before (week 12, 2026)"
    through: str
    often: str


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A real move of the outcome and the drivers that moved before it."""

    told: str
    until: int
    over: int
    drivers: tuple[MovedLine, ...]


@dataclass(frozen=True, slots=True)
class TreeView:
    root: NodeView
    moves: list[MoveLine]
    count: int
    faint: list[tuple[str, EdgeView]]  # links that lost their line, by the name of the driver


def tree_view(actor: Actor, metric: Metric, point: Standpoint) -> TreeView:
    """The tree below a metric with all that is known of its nodes and edges, with a fixed number of statements."""
    root = driver_tree(actor, metric, point)
    nodes = nodes_of(root)
    known = read([root.metric, *(one.metric for one in nodes)], point)
    judged = evidence([one.link for one in nodes if one.link is not None], known)
    places = _standings([root.metric, *(one.metric for one in nodes)], point)
    drawn = _Drawn(known, judged, places, point)
    made = drawn.node(root, None)
    faint = [(each.name, each.edge) for each in _below(made) if each.edge is not None and each.edge.look == "faint"]
    return TreeView(made, move_lines(root, known), len(nodes), faint)


def _standings(metrics: Sequence[Metric], point: Standpoint) -> dict[int, Standing]:
    by_id = {one.pk: one for one in metrics}
    found = standings([_kpi_of(one) for one in by_id.values()], point)
    draw_together(found)
    return {each.metric.pk: each for each in found}


def _kpi_of(metric: Metric) -> Kpi:
    kpi: Kpi | None = getattr(metric, "kpi", None)
    if kpi is None or kpi.archived_at is not None:
        return as_watched(metric)
    kpi.metric = metric
    return kpi


def _below(node: NodeView) -> list[NodeView]:
    return [each for child in node.children for each in (child, *_below(child))]


def page_of(metric: Metric, page: str, point: Standpoint, *more: str) -> str:
    """A page of a metric, or of its KPI where it has one, with the past day kept."""
    kpi: Kpi | None = getattr(metric, "kpi", None)
    kind, key = ("kpi", kpi.key) if kpi is not None else ("metric", metric.key)
    asked = f"?as_of={point.as_of.isoformat()}" if point.as_of else ""
    return reverse(f"{kind}_{page}", args=[key, *more]) + asked


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Draws nodes from what was read once for all of them."""

    known: Known
    judged: Mapping[int, Evidence]
    places: Mapping[int, Standing]
    point: Standpoint

    def node(self, node: DriverNode, outcome: Metric | None) -> NodeView:
        metric, own = node.metric, self.places[node.metric.pk]
        newest = own.series.newest(SPARK_PERIODS)
        spark = sparkline(
            newest.values[: newest.complete], lower=own.chart.lower_now, upper=own.chart.upper_now,
            target=own.target.target if own.target else None, title=metric.name,
        )  # fmt: skip
        moves = self.known.moves(metric.pk)
        return NodeView(
            name=metric.name,
            url=thing_url(metric) + (f"?as_of={self.point.as_of.isoformat()}" if self.point.as_of else ""),
            drivers_url=page_of(metric, "drivers", self.point),
            value=said(own.value, metric),
            period=spoken(own.period, own.series.calendar) if own.period else "",
            status="exceeded" if own.is_exceeded and own.status == "on_target" else own.status,
            against="",
            spark=spark,
            moved=self._moved(metric.pk, moves[-1]) if moves else "",
            is_loop=node.is_loop,
            is_again=node.is_again,
            folded=node.folded,
            is_archived=metric.archived_at is not None,
            edge=self._edge(node, outcome) if outcome is not None else None,
            children=tuple(self.node(child, metric) for child in node.children),
        )

    def _moved(self, metric_id: int, one: Finding) -> str:
        series = self.known.series[metric_id]
        told = {"moved": words.SIDES[one.side], "period": spoken(series.period(one.first), series.calendar)}
        return _("%(moved)s: %(period)s") % told

    def _edge(self, node: DriverNode, outcome: Metric) -> EdgeView:
        if node.link is None:
            url = f"{page_of(outcome, 'drivers', self.point)}#shares"
            return EdgeView("formula", _("by formula"), "", _("It is calculated from it."), url)
        found = self.judged[node.link.pk]
        way = str(words.WAYS[node.link.way])
        lag = words.lag_words(node.link.lag, outcome.frequency)
        return EdgeView(
            "faint" if found.is_faint else found.verdict,
            f"{lag}, {way}",
            words.short_counts(found.drive) if not found.problem else _("cannot be judged"),
            f"{words.VERDICTS[found.verdict]}: {words.verdict_sentence(found)}",
            page_of(outcome, "driver", self.point, node.metric.key),
        )


def move_lines(root: DriverNode, known: Known, most: int = MOST_MOVES) -> list[MoveLine]:
    """The newest real moves of the outcome, each with the drivers that moved before it."""
    return [_move_line(root.metric, each, known) for each in moves_before(root, known)[:most]]


def _move_line(metric: Metric, move: OutcomeMove, known: Known) -> MoveLine:
    series, one = known.series[metric.pk], move.finding
    first, last = (spoken(series.period(index), series.calendar) for index in (one.first, one.found))
    told = {"name": metric.name, "moved": words.SIDES[one.side], "when": stretch_words(first, last)}
    sentence = _("%(name)s %(moved)s: %(when)s")
    return MoveLine(
        sentence % told, int(series.starts[one.found]), one.found - one.first + 1,
        tuple(moved_line(metric, each, known) for each in move.drivers),
    )  # fmt: skip


def moved_line(outcome: Metric, one: MovedBefore, known: Known) -> MovedLine:
    """ "fell 3 weeks before (week 12, 2026)" """
    series = known.series[one.metric.pk]
    told = {
        "moved": words.SIDES[one.finding.side],
        "earlier": words.earlier_words(one.earlier_hours, outcome.frequency),
        "period": spoken(series.period(one.finding.first), series.calendar),
    }
    return MovedLine(
        one.metric.name, page_of(one.metric, "drivers", known.point), _("%(moved)s %(earlier)s (%(period)s)") % told,
        ", ".join(each.name for each in one.through), surprise_words(one.finding.surprise),
    )  # fmt: skip
