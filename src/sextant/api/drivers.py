"""`/metrics/{key}/drivers`: what is supposed to drive a metric, what became of that, and what its inputs explain."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, answer, explained
from sextant.api.asking import Asked, Change, Key, Line, Version, Words, found, named, period_in
from sextant.calc.contributions import explain_contributions
from sextant.calc.effects_drivers import explain_drive
from sextant.calc.periods import Period, label
from sextant.core.errors import Hidden
from sextant.metrics import commands
from sextant.metrics import driver_sentences as words
from sextant.metrics.models import DriverLink, Metric
from sextant.metrics.queries.driver_evidence import Evidence, Known, evidence, read
from sextant.metrics.queries.driver_moves import OutcomeMove, moves_before
from sextant.metrics.queries.driver_shares import MOST_PERIODS, shares
from sextant.metrics.queries.drivers import DriverNode, driver_tree, links_of, nodes_of
from sextant.metrics.queries.series import calendar_for
from sextant.metrics.queries.standpoint import Standpoint, standpoint

router = Router(tags=["Drivers"])


class CaseOut(BaseModel):
    moved: str = Field(description="The period with which the driver moved.")
    side: str = Field(description="above or below what was expected of the driver.")
    due: str = Field(description="The period from which the outcome was to answer.")
    answer: str = Field(description="followed, not, or open: it cannot be said yet.")
    size: float | None = Field(
        description="Mean gap of the outcome to what was expected, in its unit; null while open."
    )
    surprise: float | None = Field(description="The share of cases in which chance alone makes so large a gap.")


class EvidenceOut(BaseModel):
    verdict: str = Field(description="strong, weak, none (no sign so far) or too_few (moves to say anything).")
    sentence: str
    faint: bool = Field(description="The link has lost its line: moves enough, and the outcome mostly did not follow.")
    moved: int
    followed: int
    not_followed: int
    still_open: int
    frequency: str = Field(description="By which periods it was judged.")
    lag: int = Field(description="The lag in those periods.")
    problem: str | None = Field(description="Why nothing can be judged; null where it can.")
    cases: list[CaseOut]


class DriverOut(BaseModel):
    driver: str
    name: str
    kind: str = Field(description="hypothesis, or formula: the outcome is calculated from it.")
    lag: int | None = Field(description="In periods of the outcome's frequency; null for a formula.")
    way: str | None = Field(description="same, other or unknown: which way the outcome should go; null for a formula.")
    reason: str | None = Field(description="Why it should; null for a formula.")
    author: str | None
    since: datetime | None
    version: int | None
    evidence: EvidenceOut | None
    why: dict[str, Explanation] = Field(default_factory=dict)


class DriversOut(BaseModel):
    key: str
    items: list[DriverOut] = Field(description="What it is calculated from first, then the hypotheses, oldest first.")


class MovedOut(BaseModel):
    driver: str
    name: str
    since: str = Field(description="The period with which the driver moved.")
    side: str
    through: list[str] = Field(description="The metrics between it and the outcome, the outcome's own driver first.")
    earlier: str = Field(description="How long before the outcome, in words.")
    surprise: float = Field(description="How many findings as surprising chance alone brings to one KPI in a year.")


class OutcomeMoveOut(BaseModel):
    since: str
    until: str = Field(description="The newest period that shows it.")
    side: str
    drivers: list[MovedOut] = Field(description="Its own drivers first, then the most surprising.")


class DriverMovesOut(BaseModel):
    key: str
    items: list[OutcomeMoveOut] = Field(description="Real moves of the outcome, the newest first.")


class ShareOut(BaseModel):
    input: str
    name: str
    amount: float = Field(description="In the unit of the metric.")


class ContributionsOut(BaseModel):
    key: str
    first: str
    last: str
    former_first: str
    former_last: str
    problem: str | None = Field(description="Why the change cannot be shared out; null where it can.")
    before: float | None
    after: float | None
    periods: int = Field(description="How many periods were compared; those with a missing value are left out.")
    items: list[ShareOut] = Field(description="The largest first; the amounts add up to after - before.")
    why: dict[str, Explanation] = Field(default_factory=dict)


class NewDriver(Change):
    driver: Key
    lag: int = Field(0, ge=0, le=120)
    way: Line = Field("same", description="same, other or unknown.")
    reason: Words = Field(description="Why the one should move the other, in a sentence.")


class DriverChange(Change):
    version: Version
    lag: int = Field(default_factory=int, ge=0, le=120)
    way: Line = Field(default_factory=str)
    reason: Words = Field(default_factory=str)


class EndAsked(BaseModel):
    reason: Line = Field("", description="Why the link ends.")


class ContributionsAsked(Asked):
    over: int = Field(1, ge=1, le=MOST_PERIODS, description="So many periods are compared.")
    against: str = Field(
        "before", pattern="^(before|year)$", description="before: with those before; year: a year ago."
    )
    until: Line = Field("", description="The last of them; the newest when left out.")


@router.get("/metrics/{key}/drivers", response=DriversOut, summary="List the drivers of a metric")
def list_drivers(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """With the evidence for each hypothesis; drivers you may not see are left out."""
    metric: Metric = found("metric", request.actor, key)
    point = standpoint(asked.as_of)
    root = driver_tree(request.actor, metric, point, depth=1)
    links = [node.link for node in root.children if node.link is not None]
    known = read([metric, *(link.driver for link in links)], point) if links else None
    judged = evidence(links, known) if known else {}
    rows = [_shown(node, judged.get(node.link.pk) if node.link else None, point, asked.why) for node in root.children]
    return answer(DriversOut(key=metric.key, items=rows))


@router.post("/metrics/{key}/drivers", response={201: DriverOut}, summary="Name a driver of a metric")
def add_driver(request: ApiRequest, key: str, body: NewDriver) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    driver: Metric = named("metric", request.actor, body.driver, "driver")
    link = commands.link_driver(request.actor, metric, driver, lag=body.lag, way=body.way, why=body.reason)
    return answer(_one(link, standpoint()), 201)


@router.get("/metrics/{key}/drivers/{driver}", response=DriverOut, summary="Get a driver with its evidence")
def get_driver(request: ApiRequest, key: str, driver: str, asked: Query[Asked]) -> HttpResponse:
    point = standpoint(asked.as_of)
    return answer(_one(_link(request, key, driver, point), point, asked.why))


@router.patch("/metrics/{key}/drivers/{driver}", response=DriverOut, summary="State a hypothesis anew")
def patch_driver(request: ApiRequest, key: str, driver: str, body: DriverChange) -> HttpResponse:
    link = _link(request, key, driver, standpoint())
    given = body.given("version")
    changes = {"why" if name == "reason" else name: value for name, value in given.items()}
    made = commands.change_driver(request.actor, link.outcome, link.driver, version=body.version, **changes)
    return answer(_one(made, standpoint()))


@router.delete("/metrics/{key}/drivers/{driver}", response=DriverOut, summary="End a link")
def delete_driver(request: ApiRequest, key: str, driver: str, asked: Query[EndAsked]) -> HttpResponse:
    """With `?reason=`. What was supposed stays in the history."""
    link = _link(request, key, driver, standpoint())
    commands.unlink_driver(request.actor, link.outcome, link.driver, reason=asked.reason)
    return answer(_one(link, standpoint()))


@router.get("/metrics/{key}/driver-moves", response=DriverMovesOut, summary="Which drivers moved before a metric did")
def get_moves(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """Drivers at most three steps away that moved about when their lag would have it. No proof of a cause."""
    metric: Metric = found("metric", request.actor, key)
    point = standpoint(asked.as_of)
    root = driver_tree(request.actor, metric, point)
    known = read([metric, *(node.metric for node in nodes_of(root))], point)
    moves = [_move(metric, each, known) for each in moves_before(root, known)]
    return answer(DriverMovesOut(key=metric.key, items=moves))


@router.get("/metrics/{key}/contributions", response=ContributionsOut, summary="What each input of a formula explains")
def get_contributions(request: ApiRequest, key: str, asked: Query[ContributionsAsked]) -> HttpResponse:
    metric: Metric = found("metric", request.actor, key)
    until = period_in(asked.until, "until").start if asked.until else None
    made = shares(
        request.actor, metric, standpoint(asked.as_of), over=asked.over, against=asked.against, until=until
    )  # fmt: skip
    if made is None:
        raise Hidden("calculated value of", key)
    calendar = made.series.calendar
    names = [label(one, calendar) for one in (made.first, made.last, made.former_first, made.former_last)]
    out = ContributionsOut(
        key=metric.key, first=names[0], last=names[1], former_first=names[2], former_last=names[3],
        problem=made.problem or None, before=made.found.before if made.found else None,
        after=made.found.after if made.found else None, periods=made.found.used if made.found else 0,
        items=[ShareOut(input=one.metric.key, name=one.metric.name, amount=one.amount) for one in made.shares],
    )  # fmt: skip
    if asked.why and made.found:
        out.why = explained({"items": explain_contributions(made.found)}, calendar)
    return answer(out)


def _link(request: ApiRequest, key: str, driver: str, point: Standpoint) -> DriverLink:
    metric: Metric = found("metric", request.actor, key)
    for link in links_of(request.actor, metric, point):
        if link.driver.key == driver:
            return link
    raise Hidden("driver", driver[:60])


def _one(link: DriverLink, point: Standpoint, why: bool = False) -> DriverOut:
    known = read([link.outcome, link.driver], point)
    return _shown(DriverNode(link.driver, link), evidence([link], known)[link.pk], point, why)


def _shown(node: DriverNode, judged: Evidence | None, point: Standpoint, why: bool) -> DriverOut:
    link = node.link
    out = DriverOut(
        driver=node.metric.key, name=node.metric.name, kind="formula" if link is None else "hypothesis",
        lag=link.lag if link else None, way=link.way if link else None, reason=link.why if link else None,
        author=link.author if link else None, since=link.known_at if link else None,
        version=link.pk if link else None,
        evidence=_evidence(link.outcome, judged, point) if link and judged else None,
    )  # fmt: skip
    if why and judged:
        out.why = explained({"evidence": explain_drive(judged.drive)})
    return out


def _evidence(outcome: Metric, one: Evidence, point: Standpoint) -> EvidenceOut:
    calendar = calendar_for(outcome, point)

    def name(period: Period) -> str:
        return label(period, calendar)

    return EvidenceOut(
        verdict=one.verdict, sentence=words.verdict_sentence(one), faint=one.is_faint, moved=one.drive.moved,
        followed=one.drive.followed, not_followed=one.drive.not_followed, still_open=one.drive.still_open,
        frequency=str(one.frequency), lag=one.lag, problem=one.problem or None,
        cases=[
            CaseOut(
                moved=name(case.moved), side=case.finding.side, due=name(case.due), answer=case.answer,
                size=case.following.effect.size, surprise=case.following.effect.surprise,
            )
            for case in one.cases
        ],
    )  # fmt: skip


def _move(metric: Metric, move: OutcomeMove, known: Known) -> OutcomeMoveOut:
    def name(metric_id: int, index: int) -> str:
        series = known.series[metric_id]
        return label(series.period(index), series.calendar)

    one = move.finding
    return OutcomeMoveOut(
        since=name(metric.pk, one.first), until=name(metric.pk, one.last), side=one.side,
        drivers=[
            MovedOut(
                driver=each.metric.key, name=each.metric.name, since=name(each.metric.pk, each.finding.first),
                side=each.finding.side, through=[between.key for between in each.through],
                earlier=words.earlier_words(each.earlier_hours, metric.frequency), surprise=each.finding.surprise,
            )
            for each in move.drivers
        ],
    )  # fmt: skip
