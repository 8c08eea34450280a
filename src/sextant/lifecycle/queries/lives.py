"""Where KPIs are in their lives at a standpoint, and how they got there; one statement each for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Q

from sextant.calc import promotion as calc
from sextant.lifecycle.living import from_facts, lives_of
from sextant.lifecycle.models import Transition
from sextant.metrics.queries.standpoint import Standpoint

UNTOLD = ("undone", "restated")  # they change no state by themselves


def standing_transitions(point: Standpoint) -> Q:
    """Transitions that nobody had taken back at the standpoint, without the word that something was taken back."""
    if point.known_at is None:
        return Q(undone_at=None) & ~Q(kind="undone")
    later = Q(undone_at=None) | Q(undone_at__gt=point.known_at)
    return Q(known_at__lte=point.known_at) & later & ~Q(kind="undone")


def histories(kpi_ids: Collection[int], point: Standpoint) -> dict[int, list[Transition]]:
    """What stands of each KPI's life, oldest first, by KPI id."""
    found: dict[int, list[Transition]] = defaultdict(list)
    rows = Transition.objects.filter(standing_transitions(point), kpi_id__in=kpi_ids)
    for one in rows.select_related("kpi__metric", "promotion__key_result", "graduation__key_result", "undoes").order_by(
        "pk"
    ):
        found[one.kpi_id].append(one)
    return found


def lives_at(kpi_ids: Collection[int], point: Standpoint) -> dict[int, calc.Life]:
    """The life of each KPI as it was at the standpoint; monitored where nothing had happened."""
    if point.known_at is None:
        return lives_of(kpi_ids)
    past = histories(kpi_ids, point)
    return {kpi_id: life_after(past.get(kpi_id, [])) for kpi_id in kpi_ids}


def life_after(history: Sequence[Transition]) -> calc.Life:
    """The life after the newest of these transitions."""
    return from_facts(history[-1].after) if history else calc.Life()


def entered(history: Sequence[Transition], state: str) -> Transition | None:
    """The transition with which the present stay in this state began; None where nothing stands of it."""
    found = None
    for one in reversed(history):
        if one.kind in UNTOLD:
            continue
        if one.state != state:
            break
        found = one
        if one.before != state:
            break
    return found
