"""Periods as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sextant.calc.period_grid import Calendar, Frequency, Period, PeriodError, period_of


@dataclass(frozen=True, slots=True)
class PeriodReading:
    period: Period
    qualifier: str = ""


def parse_period(
    text: str,
    *,
    calendar: Calendar = Calendar(),
    frequency: Frequency | None = None,
    day_first: bool | None = None,
) -> Period:
    try:
        if len(text) == 4:
            return period_of(
                date(calendar.first_calendar_year(int(text)), calendar.year_start_month, 1),
                Frequency.YEAR,
                calendar,
            )
        if len(text) == 7:
            return period_of(date.fromisoformat(text + "-01"), Frequency.MONTH, calendar)
        if len(text) > 10:
            return period_of(datetime.fromisoformat(text), frequency or Frequency.HOUR, calendar)
        return period_of(date.fromisoformat(text), frequency or Frequency.DAY, calendar)
    except ValueError:
        raise PeriodError("unreadable-period", f"“{text}” cannot be read as a period.") from None


def read_period(
    text: str,
    *,
    calendar: Calendar = Calendar(),
    frequency: Frequency | None = None,
    day_first: bool | None = None,
) -> PeriodReading:
    return PeriodReading(parse_period(text, calendar=calendar, frequency=frequency, day_first=day_first))
