"""`/surveys`: what is asked, the links to ask with, and the results. Answers come by the form alone."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Page, answer
from sextant.api.asking import Asked, Change, Key, Line, Listed, Version, by_key, found, named, named_all
from sextant.api.patching import patched
from sextant.calc.periods import PeriodError, label, parse_period
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.metrics.queries.standpoint import standpoint
from sextant.surveys import commands
from sextant.surveys.models import Survey
from sextant.surveys.periods import calendar_for
from sextant.surveys.queries.results import Result, open_link, results, running

router = Router(tags=["Surveys"])
KINDS = {"team": "team", "owner": "person", "metric": "metric"}
STEPS = {"open": commands.open_survey, "paused": commands.pause_survey, "closed": commands.close_survey}


class SurveyOut(BaseModel):
    key: str
    name: str
    question: str
    low_label: str
    high_label: str
    kind: str
    points: int = Field(description="How many answers there are to choose from.")
    audience: str
    state: str
    min_answers: int
    frequency: str
    metric: str
    team: str
    owner: str | None
    link: str = Field(description="The open link, for those who may run the survey; empty for other audiences.")
    archived: bool
    version: int


class SurveysAsked(Listed):
    team: Key = ""
    archived: bool = Field(False, description="1: archived surveys instead of those in use.")


class NewSurvey(Change):
    name: Line
    question: Line
    kind: Line = Field(description="nps, csat or rating.")
    audience: Line = Field(description="invited, internal or link.")
    points: int | None = Field(None, ge=3, le=10, description="Points of a rating scale.")
    low_label: Line = ""
    high_label: Line = ""
    min_answers: int = Field(5, ge=0, le=100_000, description="At least 5.")
    key: Key = ""
    metric: Key | None = Field(None, description="Fill this metric; without, the survey gets one of its own.")
    team: Key | None = None
    frequency: Line = "month"
    owner: Key | None = None
    visibility: Line = "organisation"
    viewers: list[Key] = Field(default_factory=list, max_length=200)


class SurveyChange(Change):
    version: Version
    name: Line = Field(default_factory=str)
    question: Line = Field(default_factory=str)
    low_label: Line = Field(default_factory=str)
    high_label: Line = Field(default_factory=str)
    audience: Line = Field(default_factory=str)
    min_answers: int = Field(5, ge=0, le=100_000)
    archived: bool = Field(default_factory=bool)


class State(Change):
    state: Line = Field(description="open, paused or closed.")


class Invitations(Change):
    count: int = Field(ge=0, le=100_000, description="How many links, up to 2000.")


class Links(BaseModel):
    links: list[str] = Field(description="Each takes one answer. They are given out this once.")


class Counts(Change):
    period: Line
    counts: list[int] = Field(max_length=20, description="Answers per score, the lowest score first.")
    invited: int | None = Field(None, ge=0, le=10_000_000)


class GroupOut(BaseModel):
    key: str
    count: int


class ResultOut(BaseModel):
    period: str
    withheld: bool = Field(description="Fewer answers than `min_answers`: nothing else is told.")
    value: float | None
    n: int | None
    margin: float | None = Field(description="Computed: half the range that holds 95 of 100 such samples.")
    low: float | None = Field(description="Computed: lower end of that range.")
    high: float | None = Field(description="Computed: upper end of that range.")
    rough: bool = Field(description="Computed: few answers, or all alike; the margin is an orientation.")
    invited: int | None
    groups: list[GroupOut]
    entered: bool = Field(description="Counted elsewhere and entered.")
    published_at: datetime


class ResultsOut(BaseModel):
    items: list[ResultOut]
    running: str = Field(description="The running period.")
    answers_so_far: int | None = Field(description="Told from 5 answers on.")


def shown(actor: Actor, survey: Survey) -> SurveyOut:
    metric = survey.metric
    return SurveyOut(
        key=survey.key, name=survey.name, question=survey.question, low_label=survey.low_label,
        high_label=survey.high_label, kind=survey.kind, points=survey.points, audience=survey.audience,
        state=survey.state, min_answers=survey.min_answers, frequency=metric.frequency, metric=metric.key,
        team=metric.team.key, owner=metric.owner.key if metric.owner else None, link=open_link(actor, survey),
        archived=survey.archived_at is not None, version=survey.version,
    )  # fmt: skip


def _result(survey: Survey, one: Result) -> ResultOut:
    sample = one.sample
    return ResultOut(
        period=label(one.period, calendar_for(survey)),
        withheld=one.is_withheld,
        value=sample.value if sample else None,
        n=sample.n if sample else None,
        margin=sample.margin if sample else None,
        low=sample.low if sample else None,
        high=sample.high if sample else None,
        rough=sample.is_rough if sample else True,
        invited=one.invited,
        groups=[GroupOut(key=group.key, count=group.count) for group in one.groups],
        entered=one.is_entered,
        published_at=one.published_at,
    )


@router.get("/surveys", response=Page[SurveyOut], summary="List surveys")
def list_surveys(request: ApiRequest, asked: Query[SurveysAsked]) -> HttpResponse:
    rows = visible("survey", request.actor).filter(archived_at__isnull=not asked.archived)
    if asked.team:
        rows = rows.filter(metric__team__key=asked.team)
    page, following = by_key(rows, asked)
    return answer(Page[SurveyOut](items=[shown(request.actor, one) for one in page], next=following))


@router.post("/surveys", response={201: SurveyOut}, summary="Add a survey")
def add_survey(request: ApiRequest, body: NewSurvey) -> HttpResponse:
    actor = request.actor
    fields = named_all(actor, body.given("viewers"), KINDS)
    viewers = [named("person", actor, key, "viewers") for key in body.viewers]
    return answer(shown(actor, commands.create_survey(actor, viewers=viewers, **fields)), 201)


@router.get("/surveys/{key}", response=SurveyOut, summary="One survey")
def get_survey(request: ApiRequest, key: str) -> HttpResponse:
    return answer(shown(request.actor, found("survey", request.actor, key)))


@router.patch("/surveys/{key}", response=SurveyOut, summary="Change, archive or restore a survey")
def patch_survey(request: ApiRequest, key: str, body: SurveyChange) -> HttpResponse:
    actor = request.actor
    survey: Survey = found("survey", actor, key)
    changes = body.given("version", "archived")
    survey = patched(
        actor, survey, body, changes,
        change=commands.change_survey, archive=commands.archive_survey, restore=commands.restore_survey,
    )  # fmt: skip
    return answer(shown(actor, survey))


@router.put("/surveys/{key}/state", response=SurveyOut, summary="Open, pause or close a survey")
def put_state(request: ApiRequest, key: str, body: State) -> HttpResponse:
    survey: Survey = found("survey", request.actor, key)
    step = STEPS.get(body.state)
    if step is None:
        raise refuse("unknown-choice", "A survey is open, paused or closed.", "state")
    return answer(shown(request.actor, step(request.actor, survey)))


@router.post("/surveys/{key}/invitations", response={201: Links}, summary="Make personal links")
def add_invitations(request: ApiRequest, key: str, body: Invitations) -> HttpResponse:
    survey: Survey = found("survey", request.actor, key)
    response = answer(Links(links=commands.make_invitations(request.actor, survey, count=body.count)), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/surveys/{key}/results", response=ResultsOut, summary="Published results, the newest first")
def get_results(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    survey: Survey = found("survey", request.actor, key)
    items = [_result(survey, one) for one in results(survey, standpoint(asked.as_of).known_at)]
    now = running(survey)
    so_far = now.n if asked.as_of is None else None
    return answer(ResultsOut(items=items, running=now.words, answers_so_far=so_far))


@router.put("/surveys/{key}/results", response=ResultOut, summary="Enter counts that were taken elsewhere")
def put_result(request: ApiRequest, key: str, body: Counts) -> HttpResponse:
    survey: Survey = found("survey", request.actor, key)
    try:
        period = parse_period(body.period, calendar=calendar_for(survey))
    except PeriodError as error:
        raise refuse(error.key, str(error), "period") from None
    commands.enter_counts(request.actor, survey, period=period, counts=body.counts, invited=body.invited)
    return answer(next(_result(survey, one) for one in results(survey) if one.period == period))
