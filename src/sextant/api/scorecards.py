"""`/scorecards`: all KPIs x periods of a team in one answer."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, Page, answer, explained
from sextant.api.asking import Asked, Change, Figure, Key, Line, Listed, Version, by_key, found, named, named_all
from sextant.api.kpis import KpiOut, shown_many
from sextant.api.patching import patched, viewers_sent
from sextant.calc.periods import Calendar, label
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.commands import (
    archive_scorecard,
    change_scorecard,
    create_scorecard,
    place_kpi,
    remove_kpi,
    restore_scorecard,
)
from sextant.kpis.models import Scorecard
from sextant.kpis.queries import why as reasons
from sextant.kpis.queries.scorecards import ScorecardView, scorecard
from sextant.kpis.queries.standing import PERIODS, Cell, Standing

router = Router(tags=["Scorecards"])
KINDS = {"team": "team", "owner": "person"}


class ScorecardSummary(BaseModel):
    key: str
    name: str
    team: str
    owner: str | None
    visibility: str
    archived: bool
    version: int


class CellOut(BaseModel):
    period: str
    value: float | None
    status: str = Field(description="Computed: status of this period; running while it has not ended.")
    state: str
    qualifier: str
    coverage: float | None
    running: bool
    why: dict[str, Explanation] = Field(default_factory=dict)


class RowOut(BaseModel):
    position: int
    weight: float
    kpi: KpiOut
    cells: list[CellOut]


class ScorecardOut(ScorecardSummary):
    score: float | None = Field(description="Computed: weighted mean of the scores there are.")
    scored: int = Field(description="Computed: how many KPIs it is made of.")
    counts: dict[str, int] = Field(description="Computed: how many KPIs have each status.")
    without_action: int = Field(description="Computed: off-target KPIs for which nothing is being done.")
    rows: list[RowOut]
    why: dict[str, Explanation] = Field(default_factory=dict)


class ScorecardsAsked(Listed):
    team: Key = ""
    archived: bool = Field(False, description="1: archived scorecards instead of those in use.")


class ScorecardAsked(Asked):
    periods: int = Field(PERIODS, ge=1, le=104, description="How many periods back each row goes.")


class NewScorecard(Change):
    name: Line
    team: Key
    key: Key = ""
    owner: Key | None = None
    visibility: Line = "organisation"
    kpis: list[Key] = Field(default_factory=list, max_length=500, description="Keys in the order wanted.")


class ScorecardChange(Change):
    version: Version
    name: Line = Field(default_factory=str)
    team: Key = Field(default_factory=str)
    owner: Key | None = None
    visibility: Line = Field(default_factory=str)
    viewers: list[Key] = Field(default_factory=list, max_length=200)
    archived: bool = Field(default_factory=bool)


class Place(Change):
    weight: Figure = Field(1, ge=0, le=1000, description="0 is shown and not counted.")
    position: int | None = Field(None, ge=1, le=100_000)


def summary(card: Scorecard) -> dict[str, object]:
    return {
        "key": card.key,
        "name": card.name,
        "team": card.team.key,
        "owner": card.owner.key if card.owner else None,
        "visibility": card.visibility,
        "archived": card.archived_at is not None,
        "version": card.version,
    }


def shown(actor: Actor, card: Scorecard, asked: ScorecardAsked) -> ScorecardOut:
    view = scorecard(actor, card, as_of=asked.as_of)
    stand = [row.standing for row in view.rows]
    rows = [
        RowOut(position=row.position, weight=row.weight, kpi=kpi, cells=_cells(row.standing, asked))
        for row, kpi in zip(view.rows, shown_many(actor, stand, why=asked.why), strict=True)
    ]
    out = ScorecardOut(
        **summary(card),  # type: ignore[arg-type]
        score=view.score,
        scored=view.scored,
        counts=view.counts,
        without_action=view.without_action,
        rows=rows,
    )
    if asked.why:
        out.why = explained(reasons.explain_scorecard(view), _calendar(view))
    return out


def _calendar(view: ScorecardView) -> Calendar:
    return view.point.calendar


def _cells(each: Standing, asked: ScorecardAsked) -> list[CellOut]:
    return [_cell(each, cell, why=asked.why) for cell in each.cells(asked.periods)]


def _cell(each: Standing, cell: Cell, *, why: bool) -> CellOut:
    out = CellOut(
        period=label(cell.period, each.series.calendar),
        value=cell.value,
        status=cell.status,
        state=cell.flag.state if cell.flag else "observed",
        qualifier=cell.flag.qualifier if cell.flag else "",
        coverage=cell.flag.coverage if cell.flag else None,
        running=cell.is_running,
    )
    if why:
        out.why = explained(reasons.explain_cell(each, cell), each.series.calendar)
    return out


@router.get("/scorecards", response=Page[ScorecardSummary], summary="List scorecards")
def list_scorecards(request: ApiRequest, asked: Query[ScorecardsAsked]) -> HttpResponse:
    cards = visible("scorecard", request.actor).filter(archived_at__isnull=not asked.archived)
    if asked.team:
        cards = cards.filter(team__key=asked.team)
    page, following = by_key(cards, asked)
    items = [ScorecardSummary(**summary(card)) for card in page]  # type: ignore[arg-type]
    return answer(Page[ScorecardSummary](items=items, next=following))


@router.post("/scorecards", response={201: ScorecardOut}, summary="Add a scorecard")
def add_scorecard(request: ApiRequest, body: NewScorecard) -> HttpResponse:
    actor = request.actor
    fields = named_all(actor, body.given("kpis"), KINDS)
    kpis = [named("kpi", actor, key, "kpis") for key in dict.fromkeys(body.kpis)]
    return answer(shown(actor, create_scorecard(actor, kpis=kpis, **fields), ScorecardAsked()), 201)  # type: ignore[call-arg]


@router.get("/scorecards/{key}", response=ScorecardOut, summary="All KPIs x periods in one answer")
def get_scorecard(request: ApiRequest, key: str, asked: Query[ScorecardAsked]) -> HttpResponse:
    return answer(shown(request.actor, found("scorecard", request.actor, key), asked))


@router.patch("/scorecards/{key}", response=ScorecardOut, summary="Change, archive or restore a scorecard")
def patch_scorecard(request: ApiRequest, key: str, body: ScorecardChange) -> HttpResponse:
    actor = request.actor
    card: Scorecard = found("scorecard", actor, key)
    changes = named_all(actor, body.given("version", "archived", "viewers"), KINDS)
    changes |= viewers_sent(actor, body.viewers, body)
    card = patched(
        actor, card, body, changes, change=change_scorecard, archive=archive_scorecard, restore=restore_scorecard
    )  # fmt: skip
    return answer(shown(actor, card, ScorecardAsked()))  # type: ignore[call-arg]


@router.put("/scorecards/{key}/kpis/{kpi_key}", response=ScorecardOut, summary="Place a KPI, or weigh it anew")
def put_place(request: ApiRequest, key: str, kpi_key: str, body: Place) -> HttpResponse:
    actor = request.actor
    card: Scorecard = found("scorecard", actor, key)
    place_kpi(actor, card, found("kpi", actor, kpi_key), weight=body.weight, position=body.position)
    return answer(shown(actor, card, ScorecardAsked()))  # type: ignore[call-arg]


@router.delete("/scorecards/{key}/kpis/{kpi_key}", response={204: None}, summary="Take a KPI off")
def delete_place(request: ApiRequest, key: str, kpi_key: str) -> HttpResponse:
    actor = request.actor
    remove_kpi(actor, found("scorecard", actor, key), found("kpi", actor, kpi_key))
    return HttpResponse(status=204)
