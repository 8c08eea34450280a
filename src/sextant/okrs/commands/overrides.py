"""Putting a person's word beside the computed progress or status of an objective, with a reason and an end."""

from __future__ import annotations

import math
from datetime import date

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.okrs.commands.announcing import announce_objective
from sextant.okrs.models import REPORTED_CHOICES, Objective, Override
from sextant.people.queries import today


def override(
    actor: Actor, objective: Objective, *, progress: float | None = None, status: str = "", reason: str,
    expires_on: date,
) -> Override:  # fmt: skip
    """Say another progress (a share from 0 to 1), another status, or both, until a day.

    The computed figures stay beside it. Raises Refused while the word of somebody holds: it is taken back first,
    never overwritten.
    """
    access.require("objective", actor, "override", objective)
    _check(objective, progress, status, reason, expires_on)
    with writing():
        hold(objective)
        standing = objective.overrides.filter(superseded_at=None).first()
        if standing is not None and standing.expires_on >= today():
            message = _("%(name)s has said something else until %(day)s: “%(reason)s”. Take that back first.")
            words = {"name": standing.author, "day": standing.expires_on, "reason": standing.reason}
            raise refuse("override-stands", message % words)
        now = clock.now()
        if standing is not None:
            standing.superseded_at = now
            standing.save(update_fields=["superseded_at"])
        made = Override.objects.create(
            objective=objective, progress=progress, status=status, reason=reason.strip(), expires_on=expires_on,
            author=actor.label, known_at=now,
        )  # fmt: skip
        announce_objective(actor, "objective.overridden", objective, reason=made.reason)
    return made


def end_override(actor: Actor, objective: Objective) -> Override:
    """Take the word back; the computed figures hold again. It stays in the history."""
    access.require("objective", actor, "override", objective)
    with writing():
        hold(objective)
        standing = objective.overrides.filter(superseded_at=None).first()
        if standing is None:
            raise refuse("no-override", _("Nobody's word stands here, so there is nothing to take back."))
        standing.superseded_at = clock.now()
        standing.save(update_fields=["superseded_at"])
        announce_objective(actor, "objective.override_ended", objective)
    return standing


def _check(objective: Objective, progress: float | None, status: str, reason: str, expires_on: date) -> None:
    problems = []
    if objective.state == "closed":
        problems.append(Problem("closed", _("It is closed: what it ended with is its score."), "state"))
    if progress is None and not status:
        problems.append(Problem("nothing-said", _("Give a progress, a status, or both."), "progress"))
    if progress is not None and not (math.isfinite(progress) and 0 <= progress <= 1):
        problems.append(Problem("bad-progress", _("Progress lies between 0 and 100 %."), "progress"))
    if status not in dict(REPORTED_CHOICES):
        problems.append(Problem("unknown-choice", _("It is on track, at risk or off track."), "status"))
    if not reason.strip():
        problems.append(Problem("reason-missing", _("Say why the computed figures are not right."), "reason"))
    if expires_on < today():
        problems.append(Problem("expires-in-past", _("Choose today or a later day."), "expires_on"))
    if problems:
        raise Refused(*problems)
