"""What people do with an alert: take note, snooze, close, reopen, give it to somebody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sextant.alerts.commands.announcing import announce
from sextant.alerts.models import LIVE_STATES, Alert, AlertStep, Response
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import refuse
from sextant.core.writing import writing
from sextant.notifications.commands import notify
from sextant.people import queries as people
from sextant.people.leavers import require_here
from sextant.people.models import Person

LONGEST_SNOOZE = timedelta(days=366)


def acknowledge(actor: Actor, alert: Alert, *, reason: str = "") -> Alert:
    """Say that somebody saw it. Doing so twice, or two people at once, is one note."""
    reason = checked_text(reason, "reason")
    with writing():
        row = _held(actor, alert)
        if row.state == "acknowledged":
            return row
        _change(actor, row, "acknowledged", {"state": "acknowledged", "snooze_until": None}, reason)
        announce(actor, "alert.acknowledged", row)
    return row


def snooze(actor: Actor, alert: Alert, *, until: date, reason: str = "") -> Alert:
    """Let it rest until the morning of a day, on the clock of the organisation; then it is open again, if it still
    holds."""
    reason = checked_text(reason, "reason")
    today = people.today()
    if until <= today or until - today > LONGEST_SNOOZE:
        raise refuse("bad-day", _("Choose a day after today, at most a year ahead."), "until")
    zone = ZoneInfo(people.organisation().time_zone)
    wakes = datetime.combine(until, time(), tzinfo=zone)
    with writing():
        row = _held(actor, alert)
        _change(actor, row, "snoozed", {"state": "snoozed", "snooze_until": wakes, "recheck_at": wakes}, reason)
        announce(actor, "alert.snoozed", row, until=until.isoformat())
    return row


def close(actor: Actor, alert: Alert, *, reason: str) -> Alert:
    """End it by a person's word. It opens no more for the same cause: only once it has ceased and begins anew."""
    reason = checked_text(reason, "reason", missing=_("Say why. Whoever meets it next will want to know."))
    with writing():
        row = _held(actor, alert)
        ended = {"state": "closed", "closed_at": clock.now(), "closed_how": "person", "is_over": False}
        _change(actor, row, "closed", {**ended, "snooze_until": None, "recheck_at": None}, reason)
        announce(actor, "alert.closed", row, reason=reason)
    return row


def reopen(actor: Actor, alert: Alert, *, reason: str = "") -> Alert:
    """Bring a closed one back, or wake a snoozed one. Refused while another one of the same rule is open."""
    reason = checked_text(reason, "reason")
    with writing():
        access.require("alert", actor, "handle", alert)
        hold(alert)
        if alert.state == "open":
            return alert
        others = Alert.objects.filter(rule=alert.rule, kpi=alert.kpi, key_result=alert.key_result, closed_at=None)
        if others.exclude(pk=alert.pk).exists():
            raise refuse("already-open", _("A newer alert of the same rule is open. Go on there."), "state")
        fresh = {"state": "open", "closed_at": None, "closed_how": "", "is_over": False}
        _change(actor, alert, "reopened", {**fresh, "snooze_until": None, "recheck_at": None}, reason)
        announce(actor, "alert.reopened", alert)
    return alert


def assign(actor: Actor, alert: Alert, owner: Person | None) -> Alert:
    """Give it, with a response that waits, to somebody (None: to nobody, which the PMO sees). They are told."""
    require_here(owner)
    if owner is not None and not access.visible("alert", people.actor_of_person(owner)).filter(pk=alert.pk).exists():
        message = _("%(name)s may not see what this is about.") % {"name": owner.name}
        raise refuse("owner-may-not-see", message, "owner")
    with writing():
        row = _held(actor, alert)
        owner_id = owner.pk if owner is not None else None
        if row.owner_id == owner_id:
            return row
        _change(actor, row, "assigned", {"owner": owner}, "")
        Response.objects.filter(alert=row, answered_at=None).update(owner=owner)
        event = announce(actor, "alert.assigned", row)
        if owner is not None:
            notify(actor, "alert", str(row.pk), [owner], "alert_assigned", event=event)
    return row


def _held(actor: Actor, alert: Alert) -> Alert:
    """The live row, held for this transaction. Refused when it was closed meanwhile."""
    access.require("alert", actor, "handle", alert)
    hold(alert)
    if alert.state not in LIVE_STATES:
        raise refuse("alert-closed", _("This alert is closed. Reopen it first."), "state")
    return alert


def _change(actor: Actor, row: Alert, kind: str, values: Mapping[str, Any], reason: str) -> None:
    before = row.state
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*values, "version"])
    AlertStep.objects.create(
        alert=row, kind=kind, before=before, after=row.state, evidence=row.evidence, reason=reason,
        author=actor.label, known_at=clock.now(),
    )  # fmt: skip
