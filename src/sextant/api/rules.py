"""`/rules`: the rules on wording and focus, tuned and muted with a reason."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Figure, Key, Line, Words, named
from sextant.core.actors import Actor
from sextant.core.errors import Hidden
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.rules import mute_rule, restore_rule, tune_rule
from sextant.okrs.models import Objective
from sextant.okrs.queries.rules import ALL_RULES, InForce, rules_in_force
from sextant.people.models import Team

router = Router(tags=["Planning"])


class RulesAsked(Asked):
    team: Key = ""
    objective: Key = ""


class RuleOut(BaseModel):
    key: str
    level: str = Field(description="block, warn or hint.")
    value: float | None = Field(description="The threshold or cap; null for a rule without one.")
    muted: bool
    shipped_level: str
    shipped_value: float | None
    set_for: str = Field(description="shipped, everybody, team or objective.")
    reason: str
    author: str


class RuleIn(Change):
    team: Key | None = Field(None, description="For this team and those below it; for everybody without one.")
    objective: Key | None = None
    level: Line = Field("", description="block, warn, hint; empty: as shipped.")
    value: Figure | None = None
    muted: bool = False
    reason: Words


class RuleBack(Change):
    team: Key | None = None
    objective: Key | None = None
    reason: Words


@router.get("/rules", response=Page[RuleOut], summary="The rules on wording and focus, as they hold")
def list_rules(request: ApiRequest, asked: Query[RulesAsked]) -> HttpResponse:
    """For everybody, for a team, or for one objective."""
    team, objective = _place(request.actor, asked.team or None, asked.objective or None)
    team_id = objective.team_id if objective is not None else team.pk if team is not None else None
    held = rules_in_force(team_id, objective.pk if objective is not None else None, standpoint(asked.as_of))
    return answer(Page[RuleOut](items=[rule_shown(one) for one in held], next=None))


@router.put("/rules/{key}", response=RuleOut, summary="Tune or mute a rule")
def put_rule(request: ApiRequest, key: str, body: RuleIn) -> HttpResponse:
    actor = request.actor
    _known(key)
    team, objective = _place(actor, body.team, body.objective)
    if body.muted:
        mute_rule(actor, key, team=team, objective=objective, reason=body.reason)
    else:
        tune_rule(
            actor, key, team=team, objective=objective, level=body.level, value=body.value, reason=body.reason
        )  # fmt: skip
    return answer(_one_rule(key, team, objective))


@router.post("/rules/{key}/restoration", response=RuleOut, summary="Take a setting of a rule back")
def restore(request: ApiRequest, key: str, body: RuleBack) -> HttpResponse:
    actor = request.actor
    _known(key)
    team, objective = _place(actor, body.team, body.objective)
    restore_rule(actor, key, team=team, objective=objective, reason=body.reason)
    return answer(_one_rule(key, team, objective))


def _known(key: str) -> None:
    if key not in ALL_RULES:
        raise Hidden("rule", key[:60].replace("\0", ""))


def _place(actor: Actor, team: str | None, objective: str | None) -> tuple[Team | None, Objective | None]:
    return named("team", actor, team, "team"), named("objective", actor, objective, "objective")


def _one_rule(key: str, team: Team | None, objective: Objective | None) -> RuleOut:
    team_id = objective.team_id if objective is not None else team.pk if team is not None else None
    held = rules_in_force(team_id, objective.pk if objective is not None else None)
    return rule_shown(next(one for one in held if one.rule.key == key))


def rule_shown(held: InForce) -> RuleOut:
    setting = held.setting
    place = "shipped"
    if setting is not None:
        place = "objective" if setting.objective_id else "team" if setting.team_id else "everybody"
    return RuleOut(
        key=held.rule.key, level=held.level, value=held.value, muted=held.is_muted,
        shipped_level=held.rule.level, shipped_value=held.rule.value, set_for=place,
        reason=setting.reason if setting is not None else "", author=setting.author if setting is not None else "",
    )  # fmt: skip
