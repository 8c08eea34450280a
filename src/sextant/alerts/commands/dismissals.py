"""Insights a person does not want to read again."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.alerts.models import Dismissal
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.writing import alone, writing

LONGEST = 300


def dismiss(actor: Actor, insight: str, *, reason: str = "") -> Dismissal:
    """Read this insight no more; remembered for this person. It is their own affair and leaves no event."""
    person_id = _person(actor)
    if not insight or len(insight) > LONGEST or "\0" in insight or "\0" in reason:
        raise refuse("unknown-insight", _("There is no such insight."), "insight")
    with writing():
        alone("alerts_dismissal")
        standing = Dismissal.objects.filter(person_id=person_id, insight=insight, superseded_at=None).first()
        return standing or Dismissal.objects.create(
            person_id=person_id, insight=insight, reason=reason.strip(), known_at=clock.now()
        )


def restore_insight(actor: Actor, insight: str) -> None:
    """Read it again."""
    with writing():
        mine = Dismissal.objects.filter(person_id=_person(actor), insight=insight, superseded_at=None)
        mine.update(superseded_at=clock.now())


def _person(actor: Actor) -> int:
    access.require_writer(actor, "insight.dismiss")
    if actor.person_id is None:
        raise refuse("nobody", _("Only a person can dismiss something."))
    return actor.person_id
