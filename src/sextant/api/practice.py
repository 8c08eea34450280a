"""`/practice`: the sixteen pitfalls, maturity by team, and results of the pulse. Nothing here names a person."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import answer
from sextant.api.asking import Asked, Key, named
from sextant.calc.pitfalls import PITFALLS
from sextant.core.errors import Hidden
from sextant.metrics.queries.standpoint import standpoint
from sextant.people import queries as people
from sextant.people.models import Team
from sextant.practice.models import PulseRound
from sextant.practice.queries.maturity import CheckResult, TeamMaturity, maturity
from sextant.practice.queries.pitfalls import Finding, Verdict, pitfalls
from sextant.practice.queries.pulse import TeamPulse, closed_rounds, results
from sextant.practice.sentences import CHECKS, LEVELS, STATEMENTS, WORDS, reason_words

router = Router(tags=["Practice"])


class VerdictOut(BaseModel):
    severity: str = Field(description="Computed: none, some, clear, or untold where it cannot be told yet.")
    count: int = Field(description="Computed: cases that are in the pitfall.")
    total: int = Field(description="Computed: cases looked at.")
    figure: float | None = Field(description="Computed: their share, or seconds for five check-ins.")
    why: str = Field(description="Why it cannot be told: no-cases, few-cases, few-people.")


class TeamVerdictOut(VerdictOut):
    team: str


class CaseOut(BaseModel):
    kind: str = Field(description="kpi, key_result, objective or team; never a person.")
    key: str
    label: str
    team: str
    reason: str
    sentence: str


class PitfallSummary(BaseModel):
    key: str
    title: str
    means: str
    counted: str = Field(description="What is counted, with the thresholds.")
    remedy: str
    whole: VerdictOut = Field(description="For the whole organisation, as far as one may see it.")
    teams: list[TeamVerdictOut]


class PitfallOut(PitfallSummary):
    cases: list[CaseOut]
    beside: dict[str, float] = Field(description="Computed: figures told beside the evidence.")


class PitfallsOut(BaseModel):
    items: list[PitfallSummary]


class CheckOut(BaseModel):
    check: str
    title: str
    level: int = Field(description="The level that asks for it.")
    met: bool = Field(description="Computed: at least four of five KPIs it applies to pass.")
    passed: int
    total: int
    missing: list[str] = Field(description="Keys of the KPIs that do not pass.")
    findings: list[str] = Field(description="What is one-sided about all of them: only-financial, nothing-leads.")


class MaturityOut(BaseModel):
    team: str
    kpis: int
    level: int = Field(description="Computed: 0 without an active KPI, else 1 to 5.")
    name: str
    gaps: list[str] = Field(description="Computed: checks that are not met, the lowest level first.")
    checks: list[CheckOut]


class MaturitiesOut(BaseModel):
    items: list[MaturityOut]


class MaturityAsked(Asked):
    team: Key = Field("", description="One team only.")
    below: bool = Field(False, description="1: the KPIs of the teams below count too.")


class StatementOut(BaseModel):
    statement: str
    words: str
    mean: float = Field(description="Computed: 1 (not at all) to 5 (fully).")
    agree: float = Field(description="Computed: the share that chose 4 or 5.")


class TeamPulseOut(BaseModel):
    team: str
    answers: int | None = Field(description="Five or more; null where it is withheld.")
    mean: float | None
    statements: list[StatementOut]


class RoundOut(BaseModel):
    key: str
    opened: str = Field(description="The day it was opened.")
    answers: int | None = Field(description="Null where fewer than five people answered: nothing was kept.")
    teams: list[TeamPulseOut] = Field(description="Each team with the teams below it.")


class RoundsOut(BaseModel):
    items: list[RoundOut]


def _verdict(one: Verdict) -> dict[str, object]:
    return {
        "severity": one.severity, "count": one.count, "total": one.total, "figure": one.figure, "why": one.why,
    }  # fmt: skip


def _summary(one: Finding) -> dict[str, object]:
    words, tree = WORDS[one.pitfall.key], people.team_tree()
    return {
        "key": one.pitfall.key, "title": str(words.title), "means": str(words.means), "counted": str(words.counted),
        "remedy": str(words.remedy), "whole": _verdict(one.whole),
        "teams": [{"team": tree[pk].key, **_verdict(each)} for pk, each in one.teams.items()],
    }  # fmt: skip


@router.get("/practice/pitfalls", response=PitfallsOut, summary="The sixteen pitfalls of OKRs and KPIs")
def list_pitfalls(request: ApiRequest, asked: Query[Asked]) -> HttpResponse:
    """How clearly the organisation and each team are in them. Counts of people are told for five or more only."""
    items = [PitfallSummary.model_validate(_summary(one)) for one in pitfalls(request.actor, standpoint(asked.as_of))]
    return answer(PitfallsOut(items=items))


@router.get("/practice/pitfalls/{key}", response=PitfallOut, summary="One pitfall with its cases")
def get_pitfall(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    if key not in PITFALLS:
        raise Hidden("pitfall", key)
    [one] = pitfalls(request.actor, standpoint(asked.as_of), only=key)
    tree = people.team_tree()
    cases = [
        CaseOut(kind=item.kind, key=item.key, label=item.label, team=tree[item.team_id].key, reason=item.reason,
                sentence=reason_words(item))
        for item in one.items
    ]  # fmt: skip
    return answer(PitfallOut.model_validate({**_summary(one), "cases": cases, "beside": dict(one.beside)}))


@router.get("/practice/maturity", response=MaturitiesOut, summary="Maturity of KPIs by team")
def list_maturity(request: ApiRequest, asked: Query[MaturityAsked]) -> HttpResponse:
    team: Team | None = named("team", request.actor, asked.team, "team") if asked.team else None
    lines = maturity(
        request.actor, standpoint(asked.as_of), team_ids=[team.pk] if team is not None else None,
        with_below=asked.below,
    )  # fmt: skip
    return answer(MaturitiesOut(items=[_maturity(one) for one in lines]))


def _maturity(one: TeamMaturity) -> MaturityOut:
    return MaturityOut(
        team=one.team_key, kpis=one.kpis, level=one.level, name=str(LEVELS[one.level][0]), gaps=list(one.gaps),
        checks=[_check(check) for check in one.checks],
    )  # fmt: skip


def _check(one: CheckResult) -> CheckOut:
    return CheckOut(
        check=one.key, title=str(CHECKS[one.key][0]), level=one.level, met=one.is_met,
        passed=one.tally.total - len(one.missing), total=one.tally.total,
        missing=[each.kpi.key for each in one.missing], findings=list(one.findings),
    )  # fmt: skip


@router.get("/practice/pulse", response=RoundsOut, summary="Results of the pulse by team")
def list_pulse(request: ApiRequest, asked: Query[Asked]) -> HttpResponse:
    """Closed rounds, the newest first. Each figure rests on five answers or more, and so does any difference."""
    rounds = closed_rounds(request.actor, standpoint(asked.as_of))
    return answer(RoundsOut(items=[_round(one) for one in rounds]))


def _round(one: PulseRound) -> RoundOut:
    return RoundOut(
        key=one.key, opened=one.opened_at.date().isoformat(), answers=one.answers,
        teams=[_team_pulse(line) for line in results(one)],
    )  # fmt: skip


def _team_pulse(line: TeamPulse) -> TeamPulseOut:
    statements = [
        StatementOut(statement=one.statement, words=str(STATEMENTS.get(one.statement, one.statement)), mean=one.mean,
                     agree=one.agree)
        for one in line.statements
    ]  # fmt: skip
    return TeamPulseOut(team=line.team_key, answers=line.answers, mean=line.mean, statements=statements)
