"""Tuning and muting rules, always with a reason: for everybody, for a team and those below it, for one objective."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _

from sextant.calc.wording_drafts import LEVELS
from sextant.core import access, clock, events
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.errors import NotAllowed, Problem, refuse
from sextant.core.writing import alone, writing
from sextant.okrs.commands.announcing import circle
from sextant.okrs.models import Objective, RuleSetting
from sextant.okrs.queries.rules import ALL_RULES, FOCUS_RULES
from sextant.people.models import Team
from sextant.people.roles import allows

MOST = 1000


def tune_rule(
    actor: Actor, rule: str, *, reason: str, team: Team | None = None, objective: Objective | None = None,
    level: str = "", value: float | None = None,
) -> RuleSetting:  # fmt: skip
    """Give a rule another level or threshold; "" and None leave that part as shipped. The nearest setting holds:
    that of the objective, else of its team, else of a team above, else of everybody.
    """
    _check(rule, level, value)
    return _set(actor, rule, team, objective, reason=reason, level=level, value=value)


def mute_rule(
    actor: Actor, rule: str, *, reason: str, team: Team | None = None, objective: Objective | None = None
) -> RuleSetting:
    """Let a rule be silent here."""
    _check(rule, "", None)
    return _set(actor, rule, team, objective, reason=reason, is_muted=True)


def restore_rule(
    actor: Actor, rule: str, *, reason: str, team: Team | None = None, objective: Objective | None = None
) -> None:
    """Take the setting back that was made here; what holds further up, or as shipped, holds again."""
    _require(actor, team, objective)
    reason = _checked_reason(reason)
    with writing():
        standing = RuleSetting.objects.filter(rule=rule, team=team, objective=objective, superseded_at=None)
        if standing.update(superseded_at=clock.now()):
            _announce(actor, rule, team, objective, reason=reason, change="restored")


def may_tune(actor: Actor, team: Team | None = None, objective: Objective | None = None) -> bool:
    """For everybody an administrator of the organisation, else who leads the team."""
    if objective is not None:
        return allows(actor, "rule.tune", objective.team_id)
    return allows(actor, "rule.tune", team.pk) if team is not None else allows(actor, "organisation.change", None)


def _require(actor: Actor, team: Team | None, objective: Objective | None) -> None:
    if objective is not None:
        access.require("objective", actor, "view", objective)
    if not may_tune(actor, team, objective):
        message = _("Rules are tuned by who leads the team, and for everybody by an administrator.")
        raise NotAllowed(Problem("not-allowed", message, details={"action": "rule.tune"}))


def _checked_reason(reason: str) -> str:
    missing = _("Say why. Whoever meets the rule next will want to know what was decided.")
    return checked_text(reason, "reason", missing=missing, most=A_TEXT)


def _check(rule: str, level: str, value: float | None) -> None:
    shipped = ALL_RULES.get(rule)
    if shipped is None:
        raise refuse("unknown-rule", _("There is no rule “%(rule)s”.") % {"rule": rule}, "rule")
    if level and (level not in LEVELS or rule in FOCUS_RULES):
        raise refuse("unknown-choice", _("This level is not one this rule can have."), "level")
    if value is None:
        return
    if shipped.value is None:
        raise refuse("no-threshold", _("This rule has no threshold to set."), "value")
    is_share = 0 < shipped.value < 1
    if not math.isfinite(value) or not 0 < value <= (1 if is_share else MOST):
        message = _("Give a share above 0 and up to 1.") if is_share else _("Give a number from 1 to 1000.")
        raise refuse("bad-value", message, "value")
    if not is_share and value != int(value):
        raise refuse("bad-value", _("Give a whole number from 1 to 1000."), "value")


def _set(
    actor: Actor, rule: str, team: Team | None, objective: Objective | None, *, reason: str, **fields: Any
) -> RuleSetting:
    _require(actor, team, objective)
    if team is not None and objective is not None:
        raise refuse("one-place", _("A setting is for a team or for one objective."), "team")
    reason = _checked_reason(reason)
    with writing():
        alone("okrs_rulesetting")
        now = clock.now()
        RuleSetting.objects.filter(rule=rule, team=team, objective=objective, superseded_at=None).update(
            superseded_at=now
        )
        setting = RuleSetting.objects.create(
            rule=rule, team=team, objective=objective, reason=reason, author=actor.label, known_at=now, **fields
        )
        threshold = "" if setting.value is None else f"{setting.value:g}"
        change = "muted" if setting.is_muted else f"{setting.level} {threshold}".strip()
        _announce(actor, rule, team, objective, reason=reason, change=change)
    return setting


def _announce(
    actor: Actor, rule: str, team: Team | None, objective: Objective | None, *, reason: str, change: str
) -> None:
    where = team.name if team is not None else objective.title if objective is not None else ""
    team_id, visibility, viewer_ids = circle(objective) if objective is not None else (None, "organisation", [])
    label = f"{rule} ({where})" if where else rule
    about = ("objective", objective.key) if objective is not None else ("rule", rule)  # so it is confined with it
    events.emit(
        actor, "rule.tuned", *about, label, team_id=team.pk if team is not None else team_id,
        visibility=visibility, viewer_ids=viewer_ids, topics=["rules"], reason=reason, change=change,
    )  # fmt: skip
