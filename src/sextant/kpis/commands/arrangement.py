"""Which KPIs stand on a scorecard, in which order and with which weights, said as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Stale, refuse
from sextant.core.writing import writing
from sextant.kpis.commands.scorecards import MOST_KPIS, announce_scorecard, check_weight
from sextant.kpis.models import Kpi, Scorecard, ScorecardItem


def arrangement_version(scorecard: Scorecard) -> str:
    """Changes with every change of KPIs, order or weights, from whichever door it comes."""
    standing = ScorecardItem.objects.filter(scorecard=scorecard, superseded_at=None)
    ids = sorted(standing.values_list("id", flat=True))
    return f"{ids[-1]}-{len(ids)}" if ids else "0"


def set_arrangement(
    actor: Actor, scorecard: Scorecard, items: Sequence[tuple[Kpi, float]], *, version: str | None = None
) -> None:
    """Make these KPIs, in this order and with these weights, what the scorecard shows; past dates keep theirs.

    KPIs on it that the actor may not see keep their places behind the others. Raises Stale when the arrangement is no
    longer the one of `version`.
    """
    access.require("scorecard", actor, "change", scorecard)
    for _kpi, weight in items:
        check_weight(weight)
    wanted = {kpi.id: (place, weight) for place, (kpi, weight) in enumerate(items, 1)}
    with writing():
        hold(scorecard)
        now = clock.now()
        standing = list(
            ScorecardItem.objects.select_for_update(of=("self",), no_key=True)
            .filter(scorecard=scorecard, superseded_at=None)
            .select_related("kpi__metric")
            .order_by("position", "id")
        )
        on_it = [item.kpi_id for item in standing]
        visible = set(access.visible("kpi", actor).filter(id__in=on_it).values_list("id", flat=True))
        current = arrangement_version(scorecard)
        if version is not None and version != current:
            yours = ", ".join(_said(kpi.name, weight) for kpi, weight in items)
            theirs = ", ".join(_said(item.kpi.name, item.weight) for item in standing if item.kpi_id in visible)
            raise Stale({"KPIs": theirs, "version": current}, {"KPIs": yours, "version": version})
        hidden = [item for item in standing if item.kpi_id not in visible and item.kpi_id not in wanted]
        for place, item in enumerate(hidden, len(wanted) + 1):
            wanted[item.kpi_id] = (place, item.weight)
        if len(wanted) > MOST_KPIS:
            raise refuse("scorecard-full", f"A scorecard shows at most {MOST_KPIS} KPIs.")
        kept = {item.kpi_id for item in standing if wanted.get(item.kpi_id) == (item.position, item.weight)}
        gone = [item.id for item in standing if item.kpi_id not in kept]
        new = [(kpi_id, *place) for kpi_id, place in wanted.items() if kpi_id not in kept]
        if not gone and not new:
            return
        ScorecardItem.objects.filter(id__in=gone).update(superseded_at=now)
        ScorecardItem.objects.bulk_create(
            ScorecardItem(scorecard=scorecard, kpi_id=kpi_id, position=place, weight=weight, known_at=now)
            for kpi_id, place, weight in new
        )
        announce_scorecard(actor, "scorecard.changed", scorecard, fields="KPIs")


def _said(name: str, weight: float) -> str:
    return name if weight == 1 else f"{name} (×{weight:g})"
