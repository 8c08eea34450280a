"""What surveys found: published periods, the running one as far as it may be told, and the sample behind a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from sextant.calc.periods import Period, spoken
from sextant.calc.surveys import Group, Sample, groups, sample, together
from sextant.core import access
from sextant.core.actors import Actor
from sextant.core.secrets import UnreadableError, unseal
from sextant.metrics.models import Metric
from sextant.surveys.models import FEWEST_ANSWERS, Round, Survey
from sextant.surveys.periods import calendar_for, period_now, period_of_round

TOGETHER = {"week": 13, "month": 12, "quarter": 4}


@dataclass(frozen=True, slots=True)
class Result:
    """One published period. Withheld: everything but `period`, `words` and `published_at` is empty."""

    period: Period
    words: str
    published_at: datetime
    is_entered: bool
    sample: Sample | None
    invited: int | None
    groups: tuple[Group, ...] = ()

    @property
    def is_withheld(self) -> bool:
        return self.sample is None

    @property
    def response(self) -> float | None:
        """Share of those asked who answered, 0 to 1."""
        return self.sample.n / self.invited if self.sample and self.invited else None


@dataclass(frozen=True, slots=True)
class Pooled:
    """Several periods taken as one: more answers, a narrower margin."""

    periods: int
    first: str
    sample: Sample


@dataclass(frozen=True, slots=True)
class Running:
    """The running period: `n` is None while it is below what may be told."""

    words: str
    n: int | None
    invited: int | None = None


def results(survey: Survey, as_of: datetime | None = None) -> list[Result]:
    """Published periods, the newest first; `as_of`: those that were published by then."""
    rows = _published(as_of).filter(survey=survey).order_by("-start")
    return [_result(survey, row) for row in rows]


def _published(as_of: datetime | None) -> QuerySet[Round]:
    rows = Round.objects.filter(published_at__isnull=False)
    return rows if as_of is None else rows.filter(published_at__lte=as_of)


def _result(survey: Survey, row: Round) -> Result:
    period = period_of_round(survey, row)
    assert row.published_at is not None
    words = spoken(period, calendar_for(survey))
    if row.value is None:
        return Result(period, words, row.published_at, row.is_entered, None, None)
    row.survey = survey
    found = sample(survey.kind, row.counts, row.population)
    parts = tuple(groups(survey.kind, row.counts))
    return Result(period, words, row.published_at, row.is_entered, found, row.invited, parts)


def pooled(survey: Survey, as_of: datetime | None = None) -> Pooled | None:
    """The last year (a quarter of one where it is asked weekly) as one period; None below two results."""
    rows = list(_published(as_of).filter(survey=survey, value__isnull=False).order_by("-start"))
    rows = _recent(rows, TOGETHER[survey.metric.frequency]) if survey.metric.frequency in TOGETHER else []
    if len(rows) < 2:
        return None
    found = sample(survey.kind, together([row.counts for row in rows]))
    return Pooled(len(rows), spoken(period_of_round(survey, rows[-1]), calendar_for(survey)), found)


def _recent(rows: Sequence[Round], periods: int) -> list[Round]:
    """Rows within so many periods of the newest; those that were withheld leave gaps."""
    if not rows:
        return []
    length = rows[0].end - rows[0].start
    first = rows[0].end - periods * length - length // 2  # months differ in length
    return [row for row in rows if row.start >= first]


def running(survey: Survey) -> Running:
    """How many have answered so far, told from `FEWEST_ANSWERS` on: one more today would say who."""
    period = period_now(survey)
    row = Round.objects.filter(survey=survey, start=period.start, published_at=None).first()
    n = sum(row.counts) if row is not None else 0
    words = spoken(period, calendar_for(survey))
    if survey.audience != "invited" or row is None:
        return Running(words, n if n >= FEWEST_ANSWERS else None)
    made = survey.invitations.filter(start=period.start).count()
    return Running(words, n if n >= FEWEST_ANSWERS else None, made + (row.late if n >= FEWEST_ANSWERS else 0))


def sample_behind(metric: Metric, period: Period, value: float, as_of: datetime | None = None) -> Result | None:
    """The survey result this value of a metric is; None when it is none, such as one corrected by hand."""
    survey = Survey.objects.select_related("metric").filter(metric=metric).first()
    if survey is None:
        return None
    row = _published(as_of).filter(survey=survey, start=period.start, value=value).first()
    return _result(survey, row) if row is not None else None


def open_link(actor: Actor, survey: Survey) -> str:
    """The address for whoever has the link, for those who may run the survey; empty when there is none to be read."""
    if not survey.sealed_link or not access.can("survey", actor, "change", survey):
        return ""
    try:
        return f"{settings.SITE_URL}{reverse('survey_form', args=[unseal(survey.sealed_link)])}"
    except UnreadableError:  # the signing key has changed since: a new link is needed
        return ""
