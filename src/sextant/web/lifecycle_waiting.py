"""What waits for a person in the life of KPIs: decisions on what is overdue, and the question what changed it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.lifecycle.models import Promotion
from sextant.lifecycle.queries import answers
from sextant.web.lifecycle_words import day_of


@dataclass(frozen=True, slots=True)
class Waits:
    """A KPI that waits for somebody's word, and where it is said."""

    kpi: Kpi
    url: str
    words: str


def overdue(actor: Actor) -> list[Waits]:
    """Promotions past their last day that this person was given, or whose KPI they own, the longest over first."""
    if actor.person_id is None:
        return []
    seen = visible("promotion", actor).filter(ended_at=None, kpi__life__state=calc.OVERDUE)
    own = Q(owner_id=actor.person_id) | Q(kpi__metric__owner_id=actor.person_id)
    found = seen.filter(own).order_by("ends_on", "pk")
    return [
        Waits(one.kpi, reverse("kpi_decision", args=[one.kpi.key]),
              _("ended %(day)s, not back on target") % {"day": day_of(one.ends_on)})
        for one in found
    ]  # fmt: skip


def unanswered(actor: Actor) -> list[Waits]:
    """Promotions of this person that came back, and nobody said what changed it."""
    return [Waits(one.kpi, f"{reverse('kpi', args=[one.kpi.key])}#life-now", _since(one))
            for one in answers.unanswered(actor)]  # fmt: skip


def _since(one: Promotion) -> str:
    return _("restored %(day)s") % {"day": day_of(one.ended_at)} if one.ended_at is not None else ""
