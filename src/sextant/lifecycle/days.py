"""The calendar line a KPI is counted on: its present hour, and the hours at which days end on the organisation's clock.

By the hour the line is UTC; for everything longer it is the organisation's own clock (ADR 0002).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sextant.calc.periods import Frequency, hour_of, moment_of
from sextant.core import clock
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.people import queries as people


def _zone() -> ZoneInfo:
    return ZoneInfo(people.organisation().time_zone)


def today() -> date:
    """The day that is being written down: today, or the past day of a builder of history."""
    return clock.now().astimezone(_zone()).date()


def here() -> Standpoint:
    """The standpoint from which a decision is taken."""
    return standpoint(today() if clock.is_history() else None)


def hour_now(frequency: str) -> int:
    """The hour in which something is decided now."""
    zone = UTC if frequency == Frequency.HOUR else _zone()
    return hour_of(clock.now().astimezone(zone).replace(tzinfo=None))


def hour_after(day: date, frequency: str) -> int:
    """The first hour that is past the day."""
    if frequency != Frequency.HOUR:
        return hour_of(day) + 24
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=_zone()).astimezone(UTC)
    return hour_of(midnight) + bool(midnight.minute)  # an hour that midnight divides still belongs to the day


def last_day(ends: int, frequency: str) -> date:
    """The day of which `hour_after` gives this hour."""
    moment = moment_of(ends - 1)
    if frequency != Frequency.HOUR:
        return moment.date()
    return moment.replace(tzinfo=UTC).astimezone(_zone()).date()


def local_day(moment: datetime) -> date:
    """The day of a moment on the organisation's clock."""
    return moment.astimezone(_zone()).date()


def at_moment(moment: datetime) -> Standpoint:
    """The standpoint of a past moment, with what was known in it."""
    local, utc = moment.astimezone(_zone()).replace(tzinfo=None), moment.astimezone(UTC).replace(tzinfo=None)
    return Standpoint(local, utc, people.calendar(), local.date(), moment)
