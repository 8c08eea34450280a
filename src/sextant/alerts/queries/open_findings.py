"""Which KPIs have an open finding, for pages that show many of them: one statement, nothing judged anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q

from sextant.alerts.models import Alert
from sextant.metrics.queries.standpoint import Standpoint

RULES = ("deviation", "unusual")


def open_findings(kpi_ids: Sequence[int], point: Standpoint) -> dict[int, list[tuple[int, int]]]:
    """The first and last period (start hours) of every open finding, by KPI id, as known at the standpoint."""
    rows = Alert.objects.filter(kpi_id__in=kpi_ids, rule__in=RULES, since__isnull=False).order_by()
    if point.known_at is None:
        rows = rows.filter(closed_at=None)
    else:
        rows = rows.filter(Q(closed_at=None) | Q(closed_at__gt=point.known_at), opened_at__lte=point.known_at)
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for kpi_id, since, until in rows.values_list("kpi_id", "since", "until"):
        found[kpi_id].append((since, since if until is None else until))
    return found
