"""What the detector says of one KPI under the alarm budget set for it: the same on its page and in the API."""

from __future__ import annotations

from sextant.alerts.queries.rules import RulesInForce, budgets_of
from sextant.calc.findings import Detection
from sextant.kpis.queries.standing import Standing
from sextant.metrics.queries.findings import findings


def detection_of(standing: Standing) -> Detection:
    """The judgement of a KPI with its whole history, or of a metric nobody watches; indexes are those of its series."""
    metric = standing.kpi.metric
    budgets = budgets_of(RulesInForce(standing.point), [standing.kpi]) if standing.kpi.id > 0 else {}
    return findings([metric], standing.point, budgets=budgets, series={metric.id: standing.series})[metric.id]
