"""The cheapest look: which KPIs could be off target at all, asked of the database with a few statements.

It may name too many and never too few; whoever it names is looked at with `calc`. For most KPIs it is the only look.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from sextant.calc.periods import Frequency
from sextant.kpis.models import Kpi
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.standpoint import Standpoint

# Past a target of any time: which one judges the period is decided by whoever looks at it then.
_MISSED = (
    "(m.direction = 'up' AND x.value < t.target) OR (m.direction = 'down' AND x.value > t.target) "
    "OR (m.direction = 'within' AND (x.value < t.low OR x.value > t.high))"
)


def perhaps_off_target(kpi_ids: Sequence[int], point: Standpoint) -> set[int]:
    """Those of these KPIs whose newest complete value misses one of their targets, or is calculated.

    From a past day all of them: what was known then is not to be had so cheaply.
    """
    if point.known_at is not None or not kpi_ids:
        return set(kpi_ids)
    numbers = ",".join(str(int(pk)) for pk in kpi_ids)
    newest = (
        'SELECT id FROM metrics_measurement WHERE metric_id = m.id AND value IS NOT NULL AND "end" <= '
        "CASE WHEN m.frequency = 'hour' THEN %s ELSE %s END AND superseded_at IS NULL ORDER BY start DESC LIMIT 1"
    )
    statement = (
        "SELECT k.id FROM kpis_kpi k JOIN metrics_metric m ON m.id = k.metric_id "  # noqa: S608 - whole numbers
        f"WHERE k.id IN ({numbers}) AND EXISTS (SELECT 1 FROM kpis_target t "
        f"JOIN metrics_measurement x ON x.id = ({newest}) "  # in here, or SQLite looks it up for every metric there is
        f"WHERE t.kpi_id = k.id AND t.superseded_at IS NULL AND ({_MISSED}))"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [point.hour(Frequency.HOUR), point.hour(Frequency.DAY)])
        found = {row[0] for row in cursor.fetchall()}
    return found | _calculated() & set(kpi_ids)


def _calculated() -> set[int]:
    """All KPIs whose values are worked out from others. Asked for as a whole: the few there are, are found faster."""
    formulas = Definition.objects.filter(superseded_at=None).exclude(formula="").order_by()
    metrics = set(formulas.values_list("metric_id", flat=True))
    metrics |= set(Metric.objects.filter(numerator__isnull=False).order_by().values_list("pk", flat=True))
    return set(Kpi.objects.filter(metric_id__in=metrics).order_by().values_list("pk", flat=True)) if metrics else set()
