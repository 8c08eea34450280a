"""`/objectives` and `/initiatives`: where a team wants to go, and the work for it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Day, Key, Line, Listed, Version, Words, by_key, found, named, named_all
from sextant.api.objective_answers import InitiativeOut, ObjectiveOut, initiatives_shown, reloaded, shown_many
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import Hidden, refuse
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.commands.alignment import align, unlink
from sextant.okrs.commands.initiatives import (
    archive_initiative,
    change_initiative,
    create_initiative,
    restore_initiative,
)
from sextant.okrs.commands.objectives import (
    activate_objective,
    agree_objective,
    archive_objective,
    change_objective,
    create_objective,
    propose_objective,
    restore_objective,
    send_back,
)
from sextant.okrs.models import Initiative, KeyResult, Link, Objective
from sextant.okrs.queries.rows import there

router = Router(tags=["Objectives"])
OBJECTIVE_KINDS = {"team": "team", "owner": "person", "cycle": "cycle", "theme": "theme"}
INITIATIVE_KINDS = {"owner": "person", "key_result": "key_result"}


class ObjectivesAsked(Listed):
    team: Key = ""
    owner: Key = ""
    cycle: Key = ""
    theme: Key = ""
    state: Line = ""
    q: Line = ""
    archived: bool = False


class ObjectiveFields(Change):
    title: Line = Field(default_factory=str)
    description: Words = Field(default_factory=str)
    owner: Key | None = None
    personal: bool = False
    cycle: Key | None = None
    theme: Key | None = None
    ambition: Line = Field(default_factory=str)
    rollup: Line = Field(default_factory=str)
    visibility: Line = Field(default_factory=str)
    viewers: list[Key] = Field(default_factory=list, max_length=500)
    contributors: list[Key] = Field(default_factory=list, max_length=500)
    parent: Key | None = Field(None, description="Key of an objective, or of a key result, it contributes to.")
    supports: list[Key] = Field(default_factory=list, max_length=100)
    step_of: Key | None = None


class NewObjective(ObjectiveFields):
    team: Key
    key: Key = ""


class ObjectiveChange(ObjectiveFields):
    version: Version
    team: Key = Field(default_factory=str)
    archived: bool = False


class StateChange(Change):
    state: Line = Field(description="proposed, agreed, active, or one step back with a `reason`.")
    reason: Words = ""


class InitiativesAsked(Listed):
    objective: Key = ""
    key_result: Key = ""
    owner: Key = ""
    state: Line = ""


class InitiativeFields(Change):
    title: Line = Field(default_factory=str)
    description: Words = Field(default_factory=str)
    key_result: Key | None = None
    owner: Key | None = None
    state: Line = Field(default_factory=str)
    starts_on: Day | None = None
    due_on: Day | None = None
    done_on: Day | None = None
    link: Line = Field(default_factory=str)


class NewInitiative(InitiativeFields):
    objective: Key
    key: Key = ""


class InitiativeChange(InitiativeFields):
    version: Version
    archived: bool = False


@router.get("/objectives", response=Page[ObjectiveOut], summary="List objectives")
def list_objectives(request: ApiRequest, asked: Query[ObjectivesAsked]) -> HttpResponse:
    things = visible("objective", request.actor)
    things = things.exclude(archived_at=None) if asked.archived else things.filter(there(standpoint(asked.as_of)))
    for field in ("team", "owner", "theme"):
        if key := getattr(asked, field):
            things = things.filter(**{f"{field}__key": key})
    if asked.cycle:
        things = things.filter(cycle=None) if asked.cycle == "none" else things.filter(cycle__key=asked.cycle)
    if asked.state:
        things = things.filter(state=asked.state)
    if asked.q:
        things = things.filter(Q(title__icontains=asked.q) | Q(key__icontains=asked.q))
    page, following = by_key(things, asked)
    items = shown_many(request.actor, page, asked.as_of, why=asked.why)
    return answer(Page[ObjectiveOut](items=items, next=following))


@router.post("/objectives", response={201: ObjectiveOut}, summary="Draft an objective")
def add_objective(request: ApiRequest, body: NewObjective) -> HttpResponse:
    actor = request.actor
    fields = _fields(actor, body, body.given("viewers", "contributors", "parent", "supports", "step_of"))
    fields.setdefault("title", "")
    with writing():
        objective = create_objective(actor, **fields, **_circles(actor, body))
        _align(actor, objective, body)
    return answer(reloaded(actor, objective), 201)


@router.get("/objectives/{key}", response=ObjectiveOut, summary="Get an objective with all that is computed")
def get_objective(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    objective: Objective = found("objective", request.actor, key)
    shown_now = shown_many(request.actor, [objective], asked.as_of, why=asked.why)
    if not shown_now:
        raise Hidden("objective", key)
    return answer(shown_now[0])


@router.patch("/objectives/{key}", response=ObjectiveOut, summary="Change, align, archive or restore an objective")
def patch_objective(request: ApiRequest, key: str, body: ObjectiveChange) -> HttpResponse:
    actor = request.actor
    objective: Objective = found("objective", actor, key)
    own = body.given("version", "archived", "viewers", "contributors", "parent", "supports", "step_of")
    fields, circles = _fields(actor, body, own), _circles(actor, body)
    with writing():
        objective = change_objective(actor, objective, version=body.version, **fields, **circles)
        _align(actor, objective, body)
        if "archived" in body.model_fields_set:
            objective = (archive_objective if body.archived else restore_objective)(actor, objective)
    return answer(reloaded(actor, objective))


@router.post("/objectives/{key}/state", response=ObjectiveOut, summary="Propose, agree, start, or send back")
def post_state(request: ApiRequest, key: str, body: StateChange) -> HttpResponse:
    """Starting is refused with everything that is missing."""
    actor = request.actor
    objective: Objective = found("objective", actor, key)
    steps = {"proposed": propose_objective, "agreed": agree_objective, "active": activate_objective}
    if body.state == "draft" or (body.state == "proposed" and objective.state == "agreed"):
        objective = send_back(actor, objective, reason=body.reason)
    elif body.state in steps:
        objective = steps[body.state](actor, objective)
    else:
        raise refuse("unknown-choice", "An objective becomes proposed, agreed or active; closing is /closure.", "state")
    return answer(reloaded(actor, objective))


def _fields(actor: Actor, body: ObjectiveFields, given: dict[str, Any]) -> dict[str, Any]:
    fields = named_all(actor, given, OBJECTIVE_KINDS)
    if "personal" in fields:
        fields["is_personal"] = fields.pop("personal")
    return fields


def _circles(actor: Actor, body: ObjectiveFields) -> dict[str, Any]:
    """The people and teams that were sent."""
    return {
        field: [named(kind, actor, one, field) for one in getattr(body, field)]
        for field, kind in (("viewers", "person"), ("contributors", "team"))
        if field in body.model_fields_set
    }


def _align(actor: Actor, objective: Objective, body: ObjectiveFields) -> None:
    """State the links anew for the fields that were sent."""
    for field, kind in (("parent", "contributes"), ("supports", "supports"), ("step_of", "step_of")):
        if field not in body.model_fields_set:
            continue
        value = getattr(body, field)
        ends = [_end(actor, key, field) for key in (value if isinstance(value, list) else [value] if value else [])]
        standing = Link.objects.filter(child=objective, kind=kind, superseded_at=None)
        for link in standing.select_related("objective", "key_result", "child"):
            if (link.objective or link.key_result) not in ends:
                unlink(actor, link)
        for end in ends:
            align(actor, objective, end, kind=kind)


def _end(actor: Actor, key: str, field: str) -> Objective | KeyResult:
    try:
        end: Objective | KeyResult = found("objective", actor, key)
    except Hidden:
        end = named("key_result", actor, key, field)
    return end


@router.get("/initiatives", response=Page[InitiativeOut], summary="List initiatives", tags=["Initiatives"])
def list_initiatives(request: ApiRequest, asked: Query[InitiativesAsked]) -> HttpResponse:
    things = visible("initiative", request.actor).filter(there(standpoint(asked.as_of)))
    for field in ("objective", "key_result", "owner"):
        if key := getattr(asked, field):
            things = things.filter(**{f"{field}__key": key})
    if asked.state:
        things = things.filter(state=asked.state)
    page, following = by_key(things, asked)
    return answer(Page[InitiativeOut](items=initiatives_shown(page, asked), next=following))


@router.post("/initiatives", response={201: InitiativeOut}, summary="Add an initiative", tags=["Initiatives"])
def add_initiative(request: ApiRequest, body: NewInitiative) -> HttpResponse:
    actor = request.actor
    objective = named("objective", actor, body.objective, "objective")
    fields = named_all(actor, body.given("objective"), INITIATIVE_KINDS)
    fields.setdefault("title", "")
    return answer(initiatives_shown([create_initiative(actor, objective, **fields)])[0], 201)


@router.get("/initiatives/{key}", response=InitiativeOut, summary="Get an initiative", tags=["Initiatives"])
def get_initiative(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    return answer(initiatives_shown([found("initiative", request.actor, key)], asked)[0])


@router.patch("/initiatives/{key}", response=InitiativeOut, summary="Change an initiative", tags=["Initiatives"])
def patch_initiative(request: ApiRequest, key: str, body: InitiativeChange) -> HttpResponse:
    actor = request.actor
    initiative: Initiative = found("initiative", actor, key)
    changes = named_all(actor, body.given("version", "archived"), INITIATIVE_KINDS)
    with writing():
        initiative = change_initiative(actor, initiative, version=body.version, **changes)
        if "archived" in body.model_fields_set:
            (archive_initiative if body.archived else restore_initiative)(actor, initiative)
    return answer(initiatives_shown([visible("initiative", actor).get(pk=initiative.pk)])[0])
