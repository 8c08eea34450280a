"""Explaining what was worth a second look, and taking the explanation back."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import Explanation, Kpi
from sextant.kpis.queries.second_looks import KEYS, second_looks
from sextant.metrics.queries.standpoint import standpoint


def explain_second_look(actor: Actor, kpi: Kpi, *, key: str, reason: str) -> Explanation:
    """Say why something worth a look is all right; it is not shown again until something new is seen."""
    access.require("kpi", actor, "change", kpi)
    reason = checked_text(reason, "reason", missing=_("Say why it is all right: whoever looks next wants to know."))
    if key not in KEYS or all(one.key != key for one in second_looks([kpi], standpoint())[kpi.id]):
        raise refuse("nothing-to-explain", _("This is not seen any more; there is nothing to explain."), "key")
    with writing():
        hold(kpi)
        now = clock.now()
        Explanation.objects.filter(kpi=kpi, key=key, superseded_at=None).update(superseded_at=now)
        explanation = Explanation.objects.create(kpi=kpi, key=key, reason=reason, author=actor.label, known_at=now)
        announce_kpi(actor, "second_look.explained", kpi)
    return explanation


def take_back_explanation(actor: Actor, kpi: Kpi, *, key: str) -> None:
    """Let it be seen again; the explanation stays in the history."""
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        standing = Explanation.objects.filter(kpi=kpi, key=key, superseded_at=None)
        if standing.update(superseded_at=clock.now()):
            announce_kpi(actor, "second_look.reopened", kpi)
