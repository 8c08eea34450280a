"""From where in time a page looks: today, or a past date with what was known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from sextant.calc.periods import Calendar, Frequency, hour_of
from sextant.people import queries as people


@dataclass(frozen=True, slots=True)
class Standpoint:
    """`now` is the organisation's wall clock, `now_utc` the same instant in UTC, both naive.

    `known_at` is None when looking from the present; else what was recorded later does not exist.
    """

    now: datetime
    now_utc: datetime
    calendar: Calendar
    as_of: date | None = None
    known_at: datetime | None = None

    def hour(self, frequency: str) -> int:
        """The present hour on the line the frequency is counted on."""
        return hour_of(self.now_utc if frequency == Frequency.HOUR else self.now)


def standpoint(as_of: date | None = None) -> Standpoint:
    """The view from the present, or from the end of the day `as_of`. A day to come means the present."""
    calendar = people.calendar()
    if as_of is None or as_of >= people.today():
        moment = timezone.now().astimezone(UTC).replace(tzinfo=None)
        return Standpoint(people.now_local(), moment, calendar)
    midnight = datetime.combine(as_of + timedelta(days=1), time())
    known_at = midnight.replace(tzinfo=ZoneInfo(people.organisation().time_zone))
    return Standpoint(midnight, known_at.astimezone(UTC).replace(tzinfo=None), calendar, as_of, known_at)
