"""What of the library is in use where."""

from __future__ import annotations

from collections import defaultdict

from sextant.core.actors import Actor
from sextant.kpis.access import visible_to
from sextant.kpis.models import Kpi


def installed(actor: Actor) -> dict[str, list[Kpi]]:
    """Library key -> the KPIs made from it that the actor may see."""
    found: dict[str, list[Kpi]] = defaultdict(list)
    for kpi in visible_to(actor).exclude(library_key="").filter(archived_at=None).order_by("metric__team__name"):
        found[kpi.library_key].append(kpi)
    return found
