"""Vouching for the values of sensitive KPIs."""

from __future__ import annotations

from django.utils import timezone

from sextant.calc.periods import spoken
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import Approval, Kpi
from sextant.kpis.queries.standing import standing
from sextant.metrics.queries.standpoint import standpoint


def approve_value(actor: Actor, kpi: Kpi, *, value: float) -> Approval:
    """Vouch for the newest value. `value` is what the approver saw: a value that changed meanwhile is refused."""
    access.require("kpi", actor, "approve", kpi)
    with writing():
        now = standing(kpi, standpoint())
        if now.index is None or now.value is None or now.period is None:
            raise refuse("nothing-to-approve", "There is no value to approve yet.")
        if now.value != value:
            raise refuse("value-changed", "The value changed meanwhile. Look again, then approve it.", "value")
        approval = Approval.objects.create(
            kpi=kpi, start=int(now.series.starts[now.index]), value=value, author=actor.label, known_at=timezone.now()
        )
        announce_kpi(actor, "value.approved", kpi, period=spoken(now.period, now.series.calendar))
    return approval
