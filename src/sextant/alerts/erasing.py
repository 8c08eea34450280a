"""Where the rows of this package name people, for the day somebody is to be forgotten."""

from __future__ import annotations

from django.db.models import Q

from sextant.alerts.models import AlertRule, AlertStep, Dismissal, Response
from sextant.core import erasure
from sextant.core.erasure import Erased


def forget_dismissals(who: Erased) -> None:
    """What somebody did not want to read again goes with them."""
    Dismissal.objects.filter(person_id=who.person_id).delete()


def forget_hearers(who: Erased) -> None:
    """Nobody is told any more by a rule that named them."""
    for row in AlertRule.objects.exclude(Q(settings={})).iterator():
        named = row.settings.get("people", [])
        if who.person_id in named:
            row.settings = {**row.settings, "people": [one for one in named if one != who.person_id]}
            row.save(update_fields=["settings"])


def register() -> None:
    for model in (AlertRule, AlertStep):
        erasure.register(erasure.names_in(model, "author"))
    erasure.register(erasure.names_in(Response, "answered_by"))
    erasure.register(forget_dismissals)
    erasure.register(forget_hearers)
