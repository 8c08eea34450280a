"""The evidence for one link as its panel shows it: the verdict, two charts over each other, and every case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.utils.translation import gettext as _

from sextant.calc.aggregation import AggregationError
from sextant.calc.effects_drivers import explain_drive
from sextant.calc.periods import Frequency, shift, spoken
from sextant.kpis.queries.kpi_page import as_watched, at_grain
from sextant.kpis.queries.standing import Standing, standing
from sextant.metrics import driver_sentences as words
from sextant.metrics.effect_sentences import effect_sentence
from sextant.metrics.models import DriverLink, Metric
from sextant.metrics.queries.driver_evidence import Case, Evidence, evidence, read
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint
from sextant.reports.pictures import KpiPicture, Marker
from sextant.web import kpi_chart
from sextant.web.kpi_words import Told, day_words, thing_url, told

MOST_SHOWN = 104


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A move of the driver and what the outcome did; `number` stands on both charts."""

    number: int
    moved: str
    period: str
    due: str
    answer: str
    answer_words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """Everything the panel shows. The charts are there when both have values by the same periods."""

    link: DriverLink
    hypothesis: str
    since: str
    verdict: str
    verdict_words: str
    sentence: str
    counts: str
    by: str  # which periods it was judged by, where that is not plain
    is_faint: bool
    cases: list[CaseLine]
    driver_url: str
    outcome_url: str
    driver_chart: KpiPicture | None
    outcome_chart: KpiPicture | None
    shifted: str
    why: Told


def evidence_view(link: DriverLink, point: Standpoint) -> EvidenceView:
    known = read([link.driver, link.outcome], point)
    found = evidence([link], known)[link.pk]
    own = standing(as_watched(link.outcome), point)
    charts = _charts(link, found, point) if not found.problem else (None, None)
    return EvidenceView(
        link=link,
        hypothesis=_hypothesis(link),
        since=day_words(link.known_at.date()),
        verdict="faint" if found.is_faint else found.verdict,
        verdict_words=str(words.VERDICTS[found.verdict]),
        sentence=words.verdict_sentence(found),
        counts="" if found.problem else words.count_words(found.drive),
        by=_by(link, found),
        is_faint=found.is_faint,
        cases=[_case(at, one, link, found, own) for at, one in enumerate(found.cases, 1)][::-1],
        driver_url=thing_url(link.driver),
        outcome_url=thing_url(link.outcome),
        driver_chart=charts[0],
        outcome_chart=charts[1],
        shifted=words.periods_words(found.lag, found.frequency) if found.lag else "",
        why=told(explain_drive(found.drive), own),
    )


def _hypothesis(link: DriverLink) -> str:
    """ "Where Managers trained moves, Engagement moves 3 weeks later, the same way." """
    return _("Where %(driver)s moves, %(outcome)s moves %(lag)s, %(way)s.") % {
        "driver": link.driver.name, "outcome": link.outcome.name, "way": words.WAYS[link.way],
        "lag": words.lag_words(link.lag, link.outcome.frequency),
    }  # fmt: skip


def _by(link: DriverLink, found: Evidence) -> str:
    if found.problem or link.driver.frequency == link.outcome.frequency:
        return ""
    finer = link.driver if found.frequency == link.outcome.frequency else link.outcome
    return _("Judged by %(periods)s: %(name)s is measured more often and was brought to them.") % {
        "periods": words.PERIOD_NAMES[found.frequency], "name": finer.name,
    }  # fmt: skip


def _case(number: int, one: Case, link: DriverLink, found: Evidence, own: Standing) -> CaseLine:
    judged = one.following.effect
    # Which side is the good one is not what is asked here.
    judged = replace(judged, verdict="changed") if judged.is_real else judged
    calendar, due = own.series.calendar, spoken(one.due, own.series.calendar)
    outcome = link.outcome
    return CaseLine(
        number=number,
        moved=str(words.SIDES[one.finding.side]),
        period=spoken(one.moved, calendar),
        due=due,
        answer=one.answer,
        answer_words=str(words.ANSWERS[one.answer]),
        sentence=effect_sentence(
            judged, due, unit=outcome.unit, precision=outcome.precision, frequency=found.frequency
        ),
    )  # fmt: skip


def _charts(
    link: DriverLink, found: Evidence, point: Standpoint
) -> tuple[KpiPicture | None, KpiPicture | None]:  # fmt: skip
    """Driver and outcome over the same width, the driver earlier by the lag: what belongs together stands together."""
    try:
        driver, outcome = (_at(one, found.frequency, point) for one in (link.driver, link.outcome))
    except AggregationError:
        return None, None
    if not driver.series.complete or not outcome.series.complete:
        return None, None
    last = outcome.series.period(outcome.series.complete - 1)
    until = shift(last, -found.lag, outcome.series.calendar).start
    driver = replace(driver, series=_until(driver.series, until))
    count = min(MOST_SHOWN, driver.series.complete, outcome.series.complete)
    if count < 2:
        return None, None
    return (
        _picture(driver, count, [(one.moved.start, at) for at, one in enumerate(found.cases, 1)]),
        _picture(outcome, count, [(one.due.start, at) for at, one in enumerate(found.cases, 1)]),
    )


def _at(metric: Metric, frequency: Frequency, point: Standpoint) -> Standing:
    return at_grain(standing(as_watched(metric), point), frequency)


def _until(series: Series, hour: int) -> Series:
    """The series up to the period with this hour."""
    count = min(series.complete, int(np.searchsorted(series.starts, hour, side="right")))
    return replace(series, starts=series.starts[:count], values=series.values[:count], complete=count)


def _picture(own: Standing, count: int, marked: Sequence[tuple[int, int]]) -> KpiPicture:
    shown = kpi_chart.window(own, str(count))
    first = int(own.series.starts[shown.first])
    marks = [Marker(hour, str(at), "driver", str(at)) for hour, at in marked if hour >= first]
    return replace(kpi_chart.picture(own, shown), markers=tuple(marks), running=None)
