"""Setting and muting rules, always with a reason: for everybody, a team and those below it, a KPI or a key result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sextant.alerts import rules
from sextant.alerts.access import may_set
from sextant.alerts.commands.announcing import announce_thing
from sextant.alerts.models import AlertRule
from sextant.core import access, clock, events, jobs
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.models import Event
from sextant.core.writing import alone, writing
from sextant.kpis.models import Kpi
from sextant.okrs.models import KeyResult
from sextant.people import queries as people
from sextant.people.models import Team


@dataclass(frozen=True, slots=True)
class _Place:
    team: Team | None
    kpi: Kpi | None
    key_result: KeyResult | None

    @property
    def columns(self) -> dict[str, Any]:
        return {"team": self.team, "kpi": self.kpi, "key_result": self.key_result}

    @property
    def thing(self) -> Kpi | KeyResult | None:
        return self.kpi or self.key_result

    def standing(self, rule: str) -> AlertRule | None:
        return AlertRule.objects.filter(rule=rule, superseded_at=None, **self.columns).first()


def set_rule(
    actor: Actor, rule: str, *, settings: Mapping[str, Any], reason: str, team: Team | None = None,
    kpi: Kpi | None = None, key_result: KeyResult | None = None,
) -> AlertRule:  # fmt: skip
    """Say how the rule is set here; what is left out holds as further up. A mute of this place stays.

    The settings of a rule are in `rules.RULES[rule].settable`. Raises Refused for one it does not have.
    """
    place = _checked_place(actor, rule, team, kpi, key_result)
    kept = rules.checked(rules.RULES[rule], settings)
    reason = _checked_reason(reason)
    with writing():
        before = _standing(rule, place)
        mute = {"is_muted": before.is_muted, "until": before.until} if before is not None else {}
        return _replace(actor, rule, place, "alert_rule.changed", settings=kept, reason=reason, **mute)


def mute_rule(
    actor: Actor, rule: str, *, reason: str, until: date | None = None, team: Team | None = None,
    kpi: Kpi | None = None, key_result: KeyResult | None = None,
) -> AlertRule:  # fmt: skip
    """Let the rule be silent here, until the end of a day (None: until somebody unmutes it). Its open alerts end."""
    place = _checked_place(actor, rule, team, kpi, key_result)
    reason = _checked_reason(reason)
    if until is not None and until < people.today():
        raise refuse("bad-day", _("Choose today or a later day."), "until")
    with writing():
        before = _standing(rule, place)
        settings = before.settings if before is not None else {}
        row = _put(rule, place, actor, settings=settings, reason=reason, is_muted=True, until=until)
        event = _announce(actor, "alert_rule.muted", rule, place, reason)
        if until is not None and until < date.max:
            jobs.enqueue("alerts.evaluate", {"event": event.pk}, run_at=_morning_after(until))
        return row


def unmute_rule(
    actor: Actor, rule: str, *, reason: str, team: Team | None = None, kpi: Kpi | None = None,
    key_result: KeyResult | None = None,
) -> AlertRule | None:  # fmt: skip
    """Let it be heard again; the settings of this place stay. What is muted further up stays muted."""
    place = _checked_place(actor, rule, team, kpi, key_result)
    reason = _checked_reason(reason)
    with writing():
        before = _standing(rule, place)
        if before is None or not before.is_muted:
            return before
        return _replace(actor, rule, place, "alert_rule.changed", settings=before.settings, reason=reason)


def restore_rule(
    actor: Actor, rule: str, *, reason: str, team: Team | None = None, kpi: Kpi | None = None,
    key_result: KeyResult | None = None,
) -> None:  # fmt: skip
    """Take back what was said here; what holds further up, or as shipped, holds again."""
    place = _checked_place(actor, rule, team, kpi, key_result)
    reason = _checked_reason(reason)
    with writing():
        alone("alerts_alertrule")
        standing = AlertRule.objects.filter(rule=rule, superseded_at=None, **place.columns)
        if standing.update(superseded_at=clock.now()):
            _announce(actor, "alert_rule.restored", rule, place, reason)


def _checked_place(actor: Actor, rule: str, team: Team | None, kpi: Kpi | None, key_result: KeyResult | None) -> _Place:
    place = _Place(team, kpi, key_result)
    if sum(one is not None for one in (team, kpi, key_result)) > 1:
        raise refuse("one-place", _("A rule is set for a team, for a KPI or for a key result."), "team")
    found = rules.rule_of(rule)
    if not found.is_available:
        raise refuse("not-available", _("There is nothing for this rule to look at in this version."), "rule")
    if place.thing is not None:
        kind = "kpi" if kpi is not None else "key_result"
        access.require(kind, actor, "view", place.thing)
        if kind not in found.things:
            raise refuse("other-thing", _("This rule looks at other things."), "rule")
    if not may_set(actor, team=team, kpi=kpi, key_result=key_result):
        message = _(
            "Alert rules are set by who may change the thing or leads the team; for everybody by an administrator."
        )
        raise NotAllowed(Problem("not-allowed", message, details={"action": "rule.tune"}))
    return place


def _checked_reason(reason: str) -> str:
    return checked_text(reason, "reason", missing=_("Say why. Whoever meets the rule next will want to know."))


def _standing(rule: str, place: _Place) -> AlertRule | None:
    """What holds at this very place; nobody else changes it until this transaction ends."""
    alone("alerts_alertrule")
    return place.standing(rule)


def _morning_after(day: date) -> datetime:
    """When what was silent until then may be heard again, though no value came meanwhile."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(people.organisation().time_zone))


def _replace(actor: Actor, rule: str, place: _Place, event: str, *, reason: str, **fields: Any) -> AlertRule:
    row = _put(rule, place, actor, reason=reason, **fields)
    _announce(actor, event, rule, place, reason)
    return row


def _put(rule: str, place: _Place, actor: Actor, **fields: Any) -> AlertRule:
    now = clock.now()
    AlertRule.objects.filter(rule=rule, superseded_at=None, **place.columns).update(superseded_at=now)
    return AlertRule.objects.create(rule=rule, author=actor.label, known_at=now, **place.columns, **fields)


def _announce(actor: Actor, event: str, rule: str, place: _Place, reason: str) -> Event:
    what, topics = rules.title(rule), ["alerts", "alert_rules"]
    if place.thing is not None:
        return announce_thing(actor, event, place.thing, topics=topics, what=what, rule=rule, reason=reason)
    team = place.team
    where = team.name if team is not None else people.organisation().name
    key = team.key if team is not None else "everybody"
    said: dict[str, Any] = {"what": what, "rule": rule, "reason": reason}
    return events.emit(actor, event, "alert_rule", f"{rule}:{key}", where, topics=topics, **said)
