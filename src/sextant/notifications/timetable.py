"""When somebody may be disturbed: quiet hours and the times of digests, on the wall clock of where they are.

Pure arithmetic. Times of a day are minutes since midnight, days of the week 0 (Monday) to 6 (Sunday).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
DAYS_AHEAD = 15  # two weeks hold every pattern of one week, wherever it begins


@dataclass(frozen=True, slots=True)
class Timetable:
    """The hours of one person, or of a team's channel. `quiet_from` None: there are no quiet hours."""

    zone: ZoneInfo
    quiet_from: int | None = 20 * 60
    quiet_to: int = 7 * 60
    quiet_weekdays: frozenset[int] = frozenset(range(7))  # on which days the quiet hours begin
    quiet_days: frozenset[int] = frozenset()  # quiet from midnight to midnight
    digest_at: int = 8 * 60
    digest_weekday: int = 0
    most_a_week: int | None = 3  # messages at once through one channel in seven days; None: any number

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the quiet that holds at `now` ends, in UTC; None outside of it, or where it would never end."""
        end = now
        for start, stop in sorted(self._quiet_spans(now)):
            if start <= end < stop:
                end = stop
        never = now + timedelta(days=DAYS_AHEAD - 3)
        return None if end == now or end > never else end.astimezone(UTC)

    def next_digest(self, now: datetime, pace: str) -> datetime:
        """The next moment after `now` at which a digest of this pace ("daily" or "weekly") is due, in UTC."""
        today = now.astimezone(self.zone).date()
        for days in range(DAYS_AHEAD):
            day = today + timedelta(days=days)
            if pace == "weekly" and day.weekday() != self.digest_weekday:
                continue
            due = self._moments(day, self.digest_at)[0]
            if due > now:
                return due
        raise AssertionError("A week has every weekday.")

    def _quiet_spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = now.astimezone(self.zone).date()
        for days in range(-2, DAYS_AHEAD):
            day = today + timedelta(days=days)
            if day.weekday() in self.quiet_days:
                yield self._span(day, 0, MINUTES_A_DAY)
            if self.quiet_from is not None and day.weekday() in self.quiet_weekdays:
                to = self.quiet_to if self.quiet_to > self.quiet_from else self.quiet_to + MINUTES_A_DAY
                yield self._span(day, self.quiet_from, to)

    def _span(self, day: date, start: int, stop: int) -> tuple[datetime, datetime]:
        """Of a time the clock shows twice, or never, the reading that keeps the quiet longer."""
        return min(self._moments(day, start)), max(self._moments(day, stop))

    def _moments(self, day: date, minutes: int) -> tuple[datetime, datetime]:
        day += timedelta(days=minutes // MINUTES_A_DAY)
        wall = datetime.combine(day, time(minutes % MINUTES_A_DAY // 60, minutes % 60), self.zone)
        return wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
