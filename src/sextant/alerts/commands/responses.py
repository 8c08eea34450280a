"""Answering what is done about an alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from sextant.alerts.commands.announcing import announce
from sextant.alerts.commands.life import acknowledge
from sextant.alerts.models import Response
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.writing import writing
from sextant.kpis.commands.actions import clear_action, note_action
from sextant.kpis.models import ActionNote, Kpi
from sextant.people.leavers import require_here
from sextant.people.models import Person


def answer_response(
    actor: Actor, response: Response, *, what: str, action_owner: Person | None = None, due_on: date | None = None
) -> Response:
    """Say what is done about it, by whom and until when: it becomes the action on the KPI's scorecard row.

    Answering again replaces the answer. An open alert counts as taken note of.
    """
    what = checked_text(what, "what", missing=_("Say what is being done."), key="text-missing")
    require_here(action_owner, "action_owner")
    with writing():
        access.require("alert", actor, "handle", response.alert)
        hold(response)
        alert = response.alert
        response.what, response.action_owner, response.action_due_on = what, action_owner, due_on
        response.answered_at, response.answered_by = clock.now(), actor.label
        response.save(update_fields=["what", "action_owner", "action_due_on", "answered_at", "answered_by"])
        if alert.kpi is not None:
            note_action(_lent(actor, alert.kpi), alert.kpi, text=what, owner=action_owner, due_on=due_on)
        if alert.state == "open":
            acknowledge(actor, alert)
        announce(actor, "response.answered", alert)
    return response


def postpone_answer(actor: Actor, response: Response, *, what: str, due_on: date) -> Response:
    """Let the action that was the answer run until another day, in new words; who does it, and the time of it, stay.

    Nothing changes where nobody answered, or where something else was noted since.
    """
    with writing():
        access.require("alert", actor, "handle", response.alert)
        hold(response)
        alert = response.alert
        if alert.kpi is None or response.answered_at is None or _standing_note(response) is None:
            return response
        response.what, response.action_due_on = what, due_on
        response.save(update_fields=["what", "action_due_on"])
        note_action(_lent(actor, alert.kpi), alert.kpi, text=what, owner=response.action_owner, due_on=due_on)
        announce(actor, "response.answered", alert)
    return response


def _standing_note(response: Response) -> ActionNote | None:
    """The note that the answer made; None where it was replaced or cleared."""
    return ActionNote.objects.filter(kpi=response.alert.kpi, superseded_at=None, text=response.what).first()


def _lent(actor: Actor, kpi: Kpi) -> Actor:
    """Who may answer for the alert may note the action, though they may not change the KPI otherwise."""
    return replace(actor, roles={**actor.roles, kpi.metric.team_id: "lead"})


def take_back_answer(actor: Actor, response: Response) -> Response:
    """Let it wait for an answer again; the note on the KPI is the one from before. What was not answered stays."""
    with writing():
        access.require("alert", actor, "handle", response.alert)
        hold(response)
        kpi = response.alert.kpi
        if response.answered_at is None:
            return response
        if kpi is not None and _standing_note(response) is not None:
            then = response.answered_at
            before = ActionNote.objects.filter(kpi=kpi, known_at__lt=then, superseded_at__gte=then).last()
            if before is None:
                clear_action(_lent(actor, kpi), kpi)
            else:
                note_action(_lent(actor, kpi), kpi, text=before.text, owner=before.owner, due_on=before.due_on)
        response.what, response.action_owner, response.action_due_on = "", None, None
        response.answered_at, response.answered_by = None, ""
        response.save(update_fields=["what", "action_owner", "action_due_on", "answered_at", "answered_by"])
        announce(actor, "response.taken_back", response.alert)
    return response
