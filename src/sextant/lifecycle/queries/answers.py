"""What people say changed a KPI, found again by its words."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.lifecycle.models import Promotion

LONGEST_QUERY = 200


def search(actor: Actor, text: str = "", *, kpi_ids: Collection[int] | None = None, most: int = 50) -> list[Promotion]:
    """Answered promotions in which every word of `text` occurs, the newest answer first; of some KPIs where asked."""
    found = answered(actor)
    if kpi_ids is not None:
        found = found.filter(kpi_id__in=kpi_ids)
    for word in text[:LONGEST_QUERY].split():
        found = found.filter(
            Q(what_changed__icontains=word) | Q(why__icontains=word) | Q(kpi__metric__name__icontains=word)
        )
    return list(found.order_by("-answered_at", "-pk")[:most])


def answered(actor: Actor) -> QuerySet[Promotion]:
    """Promotions the actor may see of which somebody said what changed them."""
    found: QuerySet[Promotion] = visible("promotion", actor).exclude(what_changed="").exclude(outcome="undone")
    return found


def unanswered(actor: Actor) -> list[Promotion]:
    """The actor's own promotions that came back and still wait for an answer, the oldest first.

    Where who worked on it has left, the owner of the KPI is asked.
    """
    if actor.person_id is None:
        return []
    found = visible("promotion", actor).filter(outcome="reverted", what_changed="")
    own = Q(owner_id=actor.person_id) | Q(
        Q(owner=None) | Q(owner__archived_at__isnull=False), kpi__metric__owner_id=actor.person_id
    )
    return list(found.filter(own).order_by("ended_at", "pk"))
