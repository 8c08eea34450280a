"""Naming what keeps a key result or a KPI from moving, who clears it, and that it is cleared."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from sextant.core import clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import writing
from sextant.notifications.commands import notify
from sextant.okrs import subjects
from sextant.okrs.models import Blocker, KeyResult
from sextant.okrs.subjects import Subject
from sextant.people.leavers import require_here
from sextant.people.models import Person


def raise_blocker(
    actor: Actor, subject: Subject, *, text: str, owner: Person | None = None, known_at: datetime | None = None
) -> Blocker:
    """Name what is in the way and who clears it (None: nobody yet, which the lead sees). The owner is told."""
    subjects.require_check_in(actor, subject)
    _check(text, owner)
    _require_open(subject)
    with writing():
        row = Blocker.objects.create(
            **subjects.on(subject), text=text.strip(), owner=owner, author=actor.label,
            known_at=known_at or clock.now(),
        )  # fmt: skip
        subjects.announce(actor, "blocker.raised", subject, text=row.text[:300], blocker=row.pk)
        _tell(actor, row)
    return row


def change_blocker(
    actor: Actor, blocker: Blocker, *, text: str | None = None, owner: Person | None = None, hand_over: bool = False
) -> Blocker:
    """Word it differently, or with `hand_over` give it to another owner (None: to nobody)."""
    _require(actor, blocker)
    with writing():
        hold(blocker)
        before = blocker.owner_id
        if text is not None:
            _check(text, None)
            blocker.text = text.strip()
        if hand_over:
            _check(blocker.text, owner)
            blocker.owner = owner
        blocker.save(update_fields=["text", "owner"])
        subject = subject_of(blocker)
        subjects.announce(actor, "blocker.changed", subject, text=blocker.text[:300], blocker=blocker.pk)
        if blocker.owner_id != before:
            _tell(actor, blocker)
    return blocker


def resolve_blocker(actor: Actor, blocker: Blocker, *, resolution: str = "") -> Blocker:
    """Say that it is out of the way, and how, if that helps others."""
    _require(actor, blocker)
    resolution = checked_text(resolution, "resolution")
    with writing():
        hold(blocker)
        if blocker.resolved_at is None:
            blocker.resolved_at, blocker.resolution = clock.now(), resolution
            blocker.save(update_fields=["resolved_at", "resolution"])
            subjects.announce(actor, "blocker.resolved", subject_of(blocker), blocker=blocker.pk)
    return blocker


def reopen_blocker(actor: Actor, blocker: Blocker) -> Blocker:
    """It is in the way again, with its age from the first day."""
    _require(actor, blocker)
    with writing():
        hold(blocker)
        if blocker.resolved_at is not None:
            blocker.resolved_at, blocker.resolution = None, ""
            blocker.save(update_fields=["resolved_at", "resolution"])
            subject = subject_of(blocker)
            subjects.announce(actor, "blocker.raised", subject, text=blocker.text[:300], blocker=blocker.pk)
    return blocker


def take_back_blockers(actor: Actor, subject: Subject, *, author: str, known_at: datetime) -> None:
    """Clear what came with a check-in that is taken back."""
    came = Blocker.objects.filter(**subjects.on(subject), author=author, known_at=known_at, resolved_at=None)
    for blocker in came:
        resolve_blocker(actor, blocker, resolution=_("Taken back with its check-in."))


def subject_of(blocker: Blocker) -> Subject:
    found: Subject | None = blocker.key_result or blocker.kpi
    assert found is not None
    return found


def may_clear(actor: Actor, blocker: Blocker) -> bool:
    """Its owner may, and whoever may check in on the thing."""
    mine = actor.person_id is not None and actor.person_id == blocker.owner_id
    return (mine and actor.may_write) or subjects.may_check_in(actor, subject_of(blocker))


def _require(actor: Actor, blocker: Blocker) -> None:
    if not may_clear(actor, blocker):
        message = _("Its owner clears it, or somebody who checks in on it.")
        raise NotAllowed(Problem("not-allowed", message, details={"action": "blocker.resolve"}))


def _require_open(subject: Subject) -> None:
    if isinstance(subject, KeyResult) and subject.objective.state == "closed":
        raise refuse("closed", _("The objective is closed. Reopen it to change it."), "state")


def _check(text: str, owner: Person | None) -> None:
    checked_text(text, "blocker", missing=_("Say what is in the way."), key="text-missing")
    require_here(owner, "blocker_owner")


def _tell(actor: Actor, blocker: Blocker) -> None:
    if blocker.owner is None:
        return
    subject = subject_of(blocker)
    notify(actor, subjects.kind_of(subject), subject.key, [blocker.owner], "blocker")
