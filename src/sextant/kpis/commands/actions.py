"""What is being done about a KPI."""

from __future__ import annotations

from datetime import date

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.kpis.commands.kpis import announce_kpi
from sextant.kpis.models import ActionNote, Kpi
from sextant.people.models import Person


def note_action(
    actor: Actor, kpi: Kpi, *, text: str, owner: Person | None = None, due_on: date | None = None
) -> ActionNote:
    """Say what is done about the KPI, by whom and until when; replaces the note before."""
    access.require("kpi", actor, "change", kpi)
    if not text.strip():
        raise refuse("text-missing", "Say what is being done.", "text")
    with writing():
        hold(kpi)
        now = clock.now()
        ActionNote.objects.filter(kpi=kpi, superseded_at=None).update(superseded_at=now)
        note = ActionNote.objects.create(
            kpi=kpi, text=text.strip(), owner=owner, due_on=due_on, author=actor.label, known_at=now
        )
        announce_kpi(actor, "action.noted", kpi)
    return note


def clear_action(actor: Actor, kpi: Kpi) -> None:
    """Say that nothing is being done any more; the note stays in the history."""
    access.require("kpi", actor, "change", kpi)
    with writing():
        if ActionNote.objects.filter(kpi=kpi, superseded_at=None).update(superseded_at=clock.now()):
            announce_kpi(actor, "action.noted", kpi)
