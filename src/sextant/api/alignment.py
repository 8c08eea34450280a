"""`/alignment`: who contributes to what, as nodes and links, and how much of it reaches the strategy."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import Asked, Key, Line, named
from sextant.metrics.queries.standpoint import standpoint
from sextant.okrs.queries.alignment import Alignment, Filters, alignment
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import LinkRow
from sextant.people.queries import team_tree
from sextant.strategy import queries as strategy

router = Router(tags=["Alignment"])


class StepOut(BaseModel):
    kind: str = Field(description="vision, theme, objective, key_result or hidden.")
    key: str
    title: str


class KeyResultNode(BaseModel):
    key: str
    title: str
    progress: float | None
    status: str


class ObjectiveNode(BaseModel):
    key: str
    title: str
    team: str
    theme: str | None
    state: str
    progress: float | None = Field(description="Computed: 0 to 1.")
    counted: int
    total: int
    status: str = Field(description="Computed: the worst status of its parts, or a person's word.")
    watermelons: int
    key_results: list[KeyResultNode]
    hidden_children: int = Field(description="Contributing objectives you may not see; their numbers count.")
    orphan: bool = Field(description="Nothing leads from it to a theme, and so to the vision.")
    fits: bool = Field(description="0: it is there because something that fits contributes to it.")
    path: list[StepOut] = Field(description="From the vision down to it.")


class LinkOut(BaseModel):
    child: str
    parent: str = Field(description="Key of the objective above.")
    key_result: str | None = Field(description="The key result of the parent it leads to, where it is one.")
    kind: str = Field(description="contributes, supports or step_of.")
    weight: float


class AlignmentOut(BaseModel):
    vision: str
    nodes: list[ObjectiveNode]
    links: list[LinkOut]
    items: int = Field(description="Objectives and published key results, drafts left out.")
    items_with_path: int
    coverage: float | None = Field(description="Computed: items_with_path / items.")


class AlignmentAsked(Asked):
    cycle: Key = Field("", description="Key of a cycle, or none for the backlog.")
    team: Key = Field("", description="With the teams below it.")
    theme: Key = ""
    state: Line = ""
    focus: Key = Field("", description="Key of an objective: its way up and everything below it.")


@router.get("/alignment", response=AlignmentOut, summary="The alignment map as nodes and links")
def get_alignment(request: ApiRequest, asked: Query[AlignmentAsked]) -> HttpResponse:
    actor = request.actor
    cycles: tuple[int, ...] | None = None
    if asked.cycle and asked.cycle != "none":
        cycles = (named("cycle", actor, asked.cycle, "cycle").pk,)
    filters = Filters(
        cycles=cycles,
        with_backlog=asked.cycle == "none",
        teams=tuple(team_tree().with_descendants(named("team", actor, asked.team, "team").pk)) if asked.team else (),
        states=(asked.state,) if asked.state else (),
        theme=named("theme", actor, asked.theme, "theme").pk if asked.theme else None,
        focus=asked.focus,
    )
    aligned = alignment(actor, standpoint(asked.as_of), filters)
    vision = strategy.vision(actor)
    coverage = aligned.coverage
    return answer(
        AlignmentOut(
            vision=vision.text if vision else "",
            nodes=[_node(aligned, one) for one in aligned.ordered],
            links=[_link(aligned, one) for one in aligned.links],
            items=coverage.items,
            items_with_path=coverage.with_path,
            coverage=coverage.share,
        )
    )


def _node(aligned: Alignment, objective_id: int) -> ObjectiveNode:
    each, tree = aligned.standing(objective_id), team_tree()
    theme = aligned.ways.themes.get(each.row.theme_id or 0)
    return ObjectiveNode(
        key=each.key,
        title=each.title,
        team=tree[each.row.team_id].key,
        theme=theme.key if theme else None,
        state=each.state,
        progress=each.progress,
        counted=each.counted,
        total=each.total,
        status=each.status,
        watermelons=len(each.watermelons),
        key_results=[_key_result(one) for one in each.key_results],
        hidden_children=aligned.hidden_children(objective_id),
        orphan=objective_id in aligned.coverage.orphan_ids,
        fits=objective_id in set(aligned.shown),
        path=[StepOut(kind=one.kind, key=one.key, title=one.title) for one in aligned.ways.path(objective_id)],
    )


def _key_result(one: KeyResultStanding) -> KeyResultNode:
    return KeyResultNode(key=one.key, title=one.title, progress=one.progress, status=one.status)


def _link(aligned: Alignment, link: LinkRow) -> LinkOut:
    key_result = aligned.board.key_results.get(link.key_result_id or 0)
    return LinkOut(
        child=aligned.standing(link.child_id).key,
        parent=aligned.standing(link.parent_id).key,
        key_result=key_result.key if key_result else None,
        kind=link.kind,
        weight=link.weight,
    )
