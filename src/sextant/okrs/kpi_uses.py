"""Key results that a change of a KPI would concern: those running that it moves or guards."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from sextant.kpis import using
from sextant.kpis.models import Kpi
from sextant.kpis.using import Use
from sextant.okrs.models import KeyResult


def running_on(kpi: Kpi) -> Sequence[Use]:
    found = KeyResult.objects.filter(Q(metric_id=kpi.metric_id) | Q(guard_id=kpi.metric_id), archived_at=None)
    found = found.filter(closed_at=None, objective__state="active", objective__archived_at=None)
    found = found.exclude(objective__visibility="private")  # to ask its owner would tell that there is one
    return [
        Use("key_result", one.key, one.title, one.owner_id or one.objective.owner_id, one.objective.team_id)
        for one in found.exclude(published_at=None).select_related("objective").order_by("title", "id")
    ]


def register() -> None:
    using.register(running_on)
