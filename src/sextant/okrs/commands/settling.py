"""Closing one key result whose KPI needs it no more, and taking that back exactly."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.okrs.commands.announcing import announce_key_result
from sextant.okrs.commands.closing import close_objective, reopen_objective
from sextant.okrs.models import KeyResult


def settle_key_result(actor: Actor, key_result: KeyResult, *, outcome: str) -> KeyResult:
    """Close it, and with it the objective that was begun for nothing but bringing its KPI back.

    `outcome` says in a sentence what came of it. What was learned is asked afterwards (`closing.note_learning`). One
    that is closed or archived already stays as it is.
    """
    access.require("key_result", actor, "close", key_result)
    with writing():
        hold(key_result)
        objective = key_result.objective
        hold(objective)
        if key_result.closed_at is not None or key_result.archived_at is not None or objective.state == "closed":
            return key_result
        others = objective.key_results.filter(archived_at=None, closed_at=None).exclude(pk=key_result.pk)
        if objective.restores_id is not None and objective.archived_at is None and not others.exists():
            close_objective(actor, objective, outcome=outcome, learning=None, decision="drop", items={})
            key_result.refresh_from_db(fields=["closed_at"])
            return key_result
        key_result.closed_at, key_result.version = clock.now(), key_result.version + 1
        key_result.save(update_fields=["closed_at", "version"])
        announce_key_result(actor, "key_result.closed", key_result, outcome=outcome)
    return key_result


def unsettle_key_result(actor: Actor, key_result: KeyResult, *, reason: str) -> KeyResult:
    """Open it again, and the objective that was closed with it. Refused where the objective was closed since."""
    access.require("key_result", actor, "close", key_result)
    with writing():
        hold(key_result)
        objective = key_result.objective
        hold(objective)
        if objective.state == "closed":
            if objective.closed_at != key_result.closed_at:
                message = _("“%(title)s” was closed since then. Reopen it first.") % {"title": objective.title}
                raise refuse("objective-closed", message, "objective")
            reopen_objective(actor, objective, reason=reason)
            key_result.refresh_from_db(fields=["closed_at"])
        elif key_result.closed_at is not None:
            key_result.closed_at, key_result.version = None, key_result.version + 1
            key_result.save(update_fields=["closed_at", "version"])
            announce_key_result(actor, "key_result.reopened", key_result, reason=reason)
    return key_result
