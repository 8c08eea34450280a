"""`/alert-rules`: what raises alerts where, set and silenced with a reason."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.alerts import commands
from sextant.alerts.models import AlertRule
from sextant.alerts.queries.rules import InForce, RulesHere, history_of_rule, rules_for
from sextant.alerts.rules import RULES
from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import Asked, Change, Day, Key, Words, named
from sextant.calc.why import Why
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.metrics.queries.standpoint import standpoint
from sextant.people.models import Person

router = Router(tags=["Alerts"])
SETTINGS = (
    "`on`, `open_after`, `recover_after`, `relapse_periods` (periods), `side` (adverse or both), `budget` (false "
    "alarms per KPI and year; null: as fits the frequency), `below` (a chance, 0 to 1), `response_days`, `hears` "
    "(owner, lead, followers), `people` (keys). A rule has those named in `settable`."
)


class RulesAsked(Asked):
    team: Key = ""
    kpi: Key = ""
    key_result: Key = ""


class OriginOut(BaseModel):
    place: str = Field(description="shipped, organisation, team, kpi or key_result.")
    name: str


class MuteOut(BaseModel):
    reason: str
    until: Day | None
    author: str


class AlertRuleOut(BaseModel):
    key: str
    title: str
    says: str
    available: bool = Field(description="Whether there is anything for it to look at in this version.")
    heard: bool = Field(description="Computed: whether it may raise alerts here.")
    settable: list[str]
    settings: dict[str, Any] = Field(description=f"Computed: as they hold here. {SETTINGS}")
    origins: dict[str, OriginOut] = Field(description="Computed: the nearest place that says each setting.")
    muted: MuteOut | None
    own: dict[str, Any] | None = Field(description="What this very place says; null when it says nothing.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class PlaceIn(Change):
    """For everybody when none of the three is named."""

    team: Key | None = Field(None, description="For this team and those below it.")
    kpi: Key | None = None
    key_result: Key | None = None


class AlertRuleIn(PlaceIn):
    settings: dict[str, Any] = Field(max_length=20, description=f"What is left out holds as further up. {SETTINGS}")
    reason: Words


class MuteIn(PlaceIn):
    until: Day | None = Field(None, description="The last day of silence; null: until somebody lifts it.")
    reason: Words


class BackIn(PlaceIn):
    reason: Words


class FormerOut(BaseModel):
    settings: dict[str, Any]
    muted: bool
    until: Day | None
    reason: str
    author: str
    at: datetime
    superseded_at: datetime | None


@router.get("/alert-rules", response=Page[AlertRuleOut], summary="The alert rules, as they hold")
def list_rules(request: ApiRequest, asked: Query[RulesAsked]) -> HttpResponse:
    """For everybody, for a team, for a KPI or for a key result."""
    place = _place(request.actor, asked.team or None, asked.kpi or None, asked.key_result or None)
    here = rules_for(request.actor, **place, point=standpoint(asked.as_of))
    return answer(Page[AlertRuleOut](items=[rule_shown(one, here, why=asked.why) for one in here.rules], next=None))


@router.put("/alert-rules/{key}", response=AlertRuleOut, summary="Set an alert rule")
def put_rule(request: ApiRequest, key: str, body: AlertRuleIn) -> HttpResponse:
    actor, place = request.actor, _known(request.actor, key, body)
    commands.set_rule(actor, key, settings=_settings(body.settings), reason=body.reason, **place)
    return answer(_one(actor, key, place))


@router.post("/alert-rules/{key}/restoration", response=AlertRuleOut, summary="Take a setting of an alert rule back")
def post_restoration(request: ApiRequest, key: str, body: BackIn) -> HttpResponse:
    actor, place = request.actor, _known(request.actor, key, body)
    commands.restore_rule(actor, key, reason=body.reason, **place)
    return answer(_one(actor, key, place))


@router.post("/alert-rules/{key}/muting", response=AlertRuleOut, summary="Silence an alert rule")
def post_muting(request: ApiRequest, key: str, body: MuteIn) -> HttpResponse:
    """Its open alerts end without a note."""
    actor, place = request.actor, _known(request.actor, key, body)
    commands.mute_rule(actor, key, until=body.until, reason=body.reason, **place)
    return answer(_one(actor, key, place))


@router.delete("/alert-rules/{key}/muting", response=AlertRuleOut, summary="Let an alert rule be heard again")
def delete_muting(request: ApiRequest, key: str, asked: Query[BackIn]) -> HttpResponse:
    """With `?reason=`, and `?team=`, `?kpi=` or `?key_result=`."""
    actor, place = request.actor, _known(request.actor, key, asked)
    commands.unmute_rule(actor, key, reason=asked.reason, **place)
    return answer(_one(actor, key, place))


@router.get("/alert-rules/{key}/history", response=Page[FormerOut], summary="What was said of an alert rule in a place")
def get_history(request: ApiRequest, key: str, asked: Query[RulesAsked]) -> HttpResponse:
    place = _place(request.actor, asked.team or None, asked.kpi or None, asked.key_result or None)
    if key not in RULES:
        raise Hidden("alert rule", key[:60])
    rows = history_of_rule(key, **place, point=standpoint(asked.as_of))
    return answer(Page[FormerOut](items=[_former(one) for one in rows[:500]], next=None))


def _former(row: AlertRule) -> FormerOut:
    return FormerOut(
        settings=_by_key(row.settings), muted=row.is_muted, until=row.until, reason=row.reason, author=row.author,
        at=row.known_at, superseded_at=row.superseded_at,
    )  # fmt: skip


def _known(actor: Actor, key: str, body: PlaceIn) -> dict[str, Any]:
    if key not in RULES:
        raise Hidden("alert rule", key[:60].replace("\0", ""))
    return _place(actor, body.team, body.kpi, body.key_result)


def _place(actor: Actor, team: str | None, kpi: str | None, key_result: str | None) -> dict[str, Any]:
    """The place as the commands take it. Refused (422) for more than one, or one out of sight."""
    if sum(one is not None for one in (team, kpi, key_result)) > 1:
        raise refuse("one-place", "A rule is set for a team, for a KPI or for a key result.", "team")
    return {
        "team": named("team", actor, team, "team"), "kpi": named("kpi", actor, kpi, "kpi"),
        "key_result": named("key_result", actor, key_result, "key_result"),
    }  # fmt: skip


def _settings(said: dict[str, Any]) -> dict[str, Any]:
    """People by key become people. Refused (422) for a key nobody has."""
    if "people" not in said:
        return said
    keys = said["people"]
    if not isinstance(keys, list) or any(not isinstance(one, str) for one in keys):
        raise refuse("unknown-person", "Name people by their keys.", "people")
    found = dict(Person.objects.filter(key__in=keys[:200]).values_list("key", "pk"))
    if missing := sorted(set(keys) - set(found)):
        raise refuse("unknown-person", f"There is no person '{missing[0][:60]}' here.", "people")
    return {**said, "people": [found[one] for one in keys]}


def _by_key(settings: Any) -> dict[str, Any]:
    """People by id become keys."""
    if "people" not in settings:
        return dict(settings)
    keys = Person.objects.filter(pk__in=settings["people"]).order_by("key").values_list("key", flat=True)
    return {**settings, "people": list(keys)}


def _one(actor: Actor, key: str, place: dict[str, Any]) -> AlertRuleOut:
    here = rules_for(actor, **place)
    return rule_shown(next(one for one in here.rules if one.rule.key == key), here)


def rule_shown(held: InForce, here: RulesHere, *, why: bool = False) -> AlertRuleOut:
    rule, own = held.rule, here.own.get(held.rule.key)
    values = asdict(held.settings)
    out = AlertRuleOut(
        key=rule.key,
        title=str(rule.title),
        says=str(rule.says),
        available=rule.is_available,
        heard=held.is_heard,
        settable=list(rule.settable),
        settings=_by_key({name: values[name] for name in rule.settable}),
        origins={
            name: OriginOut(place=held.origins[name].kind, name=held.origins[name].name) for name in rule.settable
        },
        muted=MuteOut(reason=held.mute.reason, until=held.mute.until, author=held.mute.author) if held.mute else None,
        own=_by_key(own.settings) if own is not None else None,
    )
    if why:
        results = {"heard": out.heard, "settings": out.settings, "origins": [*out.origins]}
        reason = held.why
        out.why = explained({
            field: Why(reason.rule, reason.formula, {**reason.inputs, "result": result}, reason.source)
            for field, result in results.items()
        })  # fmt: skip
    return out
