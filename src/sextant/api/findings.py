"""`/kpis/{key}/findings`: what changed, since when, by how much, and how surprising that is."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sextant.alerts.queries.detected import detection_of
from sextant.api.actors import ApiRequest
from sextant.api.answering import Explanation, answer, explained
from sextant.api.asking import Asked, found
from sextant.calc.findings import Detection
from sextant.calc.periods import label
from sextant.kpis.finding_sentences import explain_finding, finding_sentence
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics.queries.standpoint import standpoint

router = Router(tags=["KPIs"])


class FindingOut(BaseModel):
    kind: str = Field(description="deviation, or unusual for a single value.")
    since: str = Field(description="The period with which it began.")
    until: str = Field(description="The newest period that shows it.")
    open: bool = Field(description="The newest values still show it.")
    side: str = Field(description="above or below what season and trend led to expect.")
    expected: float = Field(description="Mean of what was expected.")
    actual: float
    size: float = Field(description="actual - expected, in the unit of the KPI.")
    relative: float | None = Field(description="The size as a share of what was expected; null around zero.")
    surprise: float = Field(description="How many findings as surprising chance alone brings to one KPI in a year.")
    sentence: str
    why: dict[str, Explanation] = Field(default_factory=dict)


class FindingsOut(BaseModel):
    key: str
    enough_history: bool = Field(description="There are values enough to tell changes.")
    points: int = Field(description="Values since the newest divider.")
    points_needed: int
    items: list[FindingOut] = Field(description="The newest first.")


def findings_shown(each: Standing, judged: Detection, *, why: bool) -> list[FindingOut]:
    """What changed, the newest first."""
    series = each.series
    out = []
    for one in reversed(judged.findings):
        out.append(
            FindingOut(
                kind=one.kind, since=label(series.period(one.first), series.calendar),
                until=label(series.period(one.last), series.calendar), open=one.is_open, side=one.side,
                expected=one.expected, actual=one.actual, size=one.gap, relative=one.relative, surprise=one.surprise,
                sentence=finding_sentence(each, one),
            )
        )  # fmt: skip
        if why:
            out[-1].why = explained({"finding": explain_finding(each, judged, one)}, series.calendar)
    return out


@router.get("/kpis/{key}/findings", response=FindingsOut, summary="What changed in a KPI")
def kpi_findings(request: ApiRequest, key: str, asked: Query[Asked]) -> HttpResponse:
    """As of a past day, what was known and judged then."""
    kpi: Kpi = found("kpi", request.actor, key)
    own = standing(kpi, standpoint(asked.as_of))
    judged = detection_of(own)
    return answer(
        FindingsOut(
            key=kpi.key, enough_history=judged.enough_history, points=judged.points, points_needed=judged.points_needed,
            items=findings_shown(own, judged, why=asked.why),
        )
    )  # fmt: skip
