"""The periods of a survey: those of its metric, on the organisation's wall clock."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sextant.calc.periods import Calendar, Frequency, Period, hour_of, period_at
from sextant.core import clock
from sextant.metrics.commands.recording import calendar_of
from sextant.people import queries as people
from sextant.surveys.models import Round, Survey

GRACE_DAYS = {Frequency.WEEK: 3, Frequency.MONTH: 7, Frequency.QUARTER: 14}


def local_hour() -> int:
    """The hour it is, or of the moment of the past that is being written down."""
    zone = ZoneInfo(people.organisation().time_zone)
    return hour_of(clock.now().astimezone(zone).replace(tzinfo=None))


def calendar_for(survey: Survey) -> Calendar:
    """The calendar of the survey's metric: its own year, else that of the organisation."""
    return calendar_of(survey.metric, people.calendar())


def period_holding(survey: Survey, hour: int) -> Period:
    """The period of the survey that holds this hour of the organisation's wall clock."""
    return period_at(hour, Frequency(survey.metric.frequency), calendar_for(survey))


def period_now(survey: Survey) -> Period:
    """The period in which an answer given now counts."""
    return period_holding(survey, local_hour())


def period_of_round(survey: Survey, row: Round) -> Period:
    """The period a round asks about."""
    return Period(row.start, row.end, Frequency(survey.metric.frequency))


def link_ends(survey: Survey, period: Period) -> int:
    """The hour at which a personal link made in this period ends: some days after the period, for late readers."""
    return period.end + 24 * GRACE_DAYS.get(Frequency(survey.metric.frequency), 0)
