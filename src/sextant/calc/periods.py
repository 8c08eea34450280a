"""Periods: the one door to the calendar line, to reading periods and to naming them."""

from sextant.calc.period_grid import (
    Calendar,
    Frequency,
    Period,
    PeriodError,
    containing,
    expected_latest,
    hour_of,
    is_complete,
    moment_of,
    period_at,
    period_of,
    periods_between,
    shift,
)
from sextant.calc.period_guess import guess_day_first, guess_frequency
from sextant.calc.period_labels import label, spoken, spoken_before
from sextant.calc.period_text import PeriodReading, parse_period, read_period

__all__ = [
    "Calendar",
    "Frequency",
    "Period",
    "PeriodError",
    "PeriodReading",
    "containing",
    "expected_latest",
    "guess_day_first",
    "guess_frequency",
    "hour_of",
    "is_complete",
    "label",
    "moment_of",
    "parse_period",
    "period_at",
    "period_of",
    "periods_between",
    "read_period",
    "shift",
    "spoken",
    "spoken_before",
]
