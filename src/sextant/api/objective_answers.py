"""Objectives and initiatives as the API sends them, with everything that is computed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, Field

from sextant.api.answering import Explanation, explained
from sextant.api.asking import Asked
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.models import Initiative, Objective
from sextant.okrs.queries import why as reasons
from sextant.okrs.queries.effects import OPEN, Effect, effects_of, explain
from sextant.okrs.queries.rows import day_of
from sextant.okrs.queries.standing import ObjectiveStanding, okr_board


class OverrideOut(BaseModel):
    progress: float | None
    status: str
    reason: str
    author: str
    expires_on: date | None


class ObjectiveOut(BaseModel):
    key: str
    title: str
    description: str
    team: str
    owner: str | None
    owner_left: bool = Field(description="Computed: it needs a new owner.")
    personal: bool
    cycle: str | None = Field(description="null: it waits in the backlog.")
    theme: str | None
    state: str = Field(description="draft, proposed, agreed, active or closed.")
    ambition: str
    rollup: str = Field(description="key_results, children or both.")
    visibility: str
    contributors: list[str] = Field(description="Teams that take part.")
    parent: str | None = Field(description="The objective or key result it contributes to.")
    parent_kind: str | None = Field(description="objective or key_result.")
    supports: list[str]
    step_of: list[str]
    key_results: list[str]
    archived: bool
    version: int
    progress: float | None = Field(description="Computed: 0 to 1; null without data or with guardrails alone.")
    counted: int = Field(description="Computed: parts with data.")
    total: int = Field(description="Computed: parts that count.")
    status: str = Field(description="Computed: the worst status of its parts, or a person's word.")
    computed_progress: float | None
    computed_status: str
    override: OverrideOut | None
    watermelons: int = Field(description="Computed: key results reported better than computed.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class EffectOut(BaseModel):
    """Whether the number of the key result moved since the work began; that it did does not prove that the work did."""

    verdict: str = Field(
        description="better, worse, changed, no_evidence, too_early, not_enough_history, not_comparable, or open: not"
        " begun, or no key result with a number."
    )
    size: float | None = Field(description="Mean gap to what was expected, in the metric's unit.")
    low: float | None = Field(description="`low` to `high` hold the size in nine of ten cases.")
    high: float | None
    surprise: float | None = Field(description="Share of cases in which chance alone makes so large a gap.")
    sentence: str


class InitiativeOut(BaseModel):
    key: str
    title: str
    description: str
    objective: str
    key_result: str | None = Field(description="The key result it should move.")
    owner: str | None
    state: str = Field(description="planned, doing, done or dropped.")
    starts_on: date | None
    due_on: date | None
    done_on: date | None
    link: str
    effect: EffectOut = Field(description="Computed: did it work?")
    archived: bool
    version: int
    why: dict[str, Explanation] = Field(default_factory=dict)


def shown(actor: Actor, each: ObjectiveStanding, *, why: bool = False) -> ObjectiveOut:
    """A standing as it is sent; what the actor may not see is not named."""
    objective, override = each.objective, each.override
    links = [link for link in (each.parent, *each.supports, *each.step_of) if link is not None]
    names = _names(actor, [link.objective_id for link in links], [link.key_result_id for link in links])
    parent = each.parent
    out = ObjectiveOut(
        key=each.key,
        title=each.title,
        description=objective.description,
        team=objective.team.key,
        owner=objective.owner.key if objective.owner else None,
        owner_left=objective.owner is not None and objective.owner.archived_at is not None,
        personal=objective.is_personal,
        cycle=objective.cycle.key if objective.cycle else None,
        theme=objective.theme.key if objective.theme else None,
        state=each.state,
        ambition=objective.ambition,
        rollup=objective.rollup,
        visibility=objective.visibility,
        contributors=[team.key for team in objective.contributors.all()],
        parent=names.get((parent.objective_id, parent.key_result_id)) if parent else None,
        parent_kind=("objective" if parent.objective_id else "key_result")
        if parent and names.get((parent.objective_id, parent.key_result_id))
        else None,
        supports=[key for one in each.supports if (key := names.get((one.objective_id, one.key_result_id)))],
        step_of=[key for one in each.step_of if (key := names.get((one.objective_id, one.key_result_id)))],
        key_results=[one.key for one in each.key_results],
        archived=objective.archived_at is not None,
        version=objective.version,
        progress=each.progress,
        counted=each.counted,
        total=each.total,
        status=each.status,
        computed_progress=each.computed_progress,
        computed_status=each.worst,
        override=OverrideOut(
            progress=override.progress, status=override.status, reason=override.reason, author=override.author,
            expires_on=day_of(override.expires_on),
        )
        if override
        else None,
        watermelons=len(each.watermelons),
    )  # fmt: skip
    if why:
        out.why = explained(reasons.explain_objective(each))
    return out


def _names(
    actor: Actor, objectives: list[int | None], key_results: list[int | None]
) -> dict[tuple[int | None, int | None], str]:
    """Keys of the ends of links, of those the actor may see."""
    names: dict[tuple[int | None, int | None], str] = {}
    if wanted := [one for one in objectives if one is not None]:
        rows = visible("objective", actor).filter(pk__in=wanted).values_list("pk", "key")
        names |= {(pk, None): key for pk, key in rows}
    if wanted := [one for one in key_results if one is not None]:
        rows = visible("key_result", actor).filter(pk__in=wanted).values_list("pk", "key")
        names |= {(None, pk): key for pk, key in rows}
    return names


def shown_many(actor: Actor, objectives: list[Objective], as_of: date | None, *, why: bool) -> list[ObjectiveOut]:
    board = okr_board(objectives, standpoint(as_of))
    return [shown(actor, board.objectives[pk], why=why) for pk in board.asked]


def reloaded(actor: Actor, objective: Objective) -> ObjectiveOut:
    return shown_many(actor, [visible("objective", actor).get(pk=objective.pk)], None, why=False)[0]


def initiatives_shown(things: Iterable[Initiative], asked: Asked | None = None) -> list[InitiativeOut]:
    """Initiatives as they are sent, all judged at once."""
    rows = list(things)
    point = standpoint(asked.as_of if asked is not None else None)
    moved = effects_of(rows, point)
    return [
        InitiativeOut(
            key=one.key,
            title=one.title,
            description=one.description,
            objective=one.objective.key,
            key_result=one.key_result.key if one.key_result else None,
            owner=one.owner.key if one.owner else None,
            state=one.state,
            starts_on=one.starts_on,
            due_on=one.due_on,
            done_on=one.done_on,
            link=one.link,
            effect=_effect(moved.get(one.pk, OPEN)),
            archived=one.archived_at is not None,
            version=one.version,
            why=explained(explain(moved.get(one.pk, OPEN)), point.calendar) if asked is not None and asked.why else {},
        )
        for one in rows
    ]


def _effect(found: Effect) -> EffectOut:
    judged = found.judged
    return EffectOut(
        verdict=found.verdict, size=found.size, low=found.low, high=found.high,
        surprise=None if judged is None else judged.surprise, sentence=found.sentence,
    )  # fmt: skip
