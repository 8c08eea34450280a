"""Is there recent data? The third truth beside what people report and what is computed."""

from __future__ import annotations

from sextant.calc.periods import Calendar, Frequency, Period, period_at, shift
from sextant.calc.why import Why, method

FRESH = "fresh"
DUE = "due"
STALE = "stale"
NEVER = "never"


def freshness(
    latest_end: int | None,
    now_hour: int,
    frequency: Frequency,
    grace_days: int,
    calendar: Calendar = Calendar(),
) -> str:
    """How recent the newest value is: fresh, due, stale, or never (no value at all).

    ``latest_end`` is the end hour of the newest period with a value. The next value is due once its
    period has ended, and stale when more than ``grace_days`` have gone by since.
    """
    if latest_end is None:
        return NEVER
    due_at = next_due(latest_end, frequency, calendar)
    if now_hour < due_at:
        return FRESH
    return DUE if now_hour <= due_at + 24 * grace_days else STALE


def next_due(latest_end: int, frequency: Frequency, calendar: Calendar = Calendar()) -> int:
    """The hour at which the value after the newest one can be known: the end of the period that follows."""
    following = period_at(latest_end, frequency, calendar)
    in_whole_months = period_at(latest_end, Frequency.MONTH).start == latest_end
    if following.start != latest_end and in_whole_months and frequency.rank > Frequency.MONTH.rank:
        # Calendar years in a house with fiscal years (or the reverse) keep a rhythm of their own.
        return shift(Period(latest_end, latest_end, frequency), 1).start
    return following.end


def explain_freshness(
    latest_end: int | None,
    now_hour: int,
    frequency: Frequency,
    grace_days: int,
    calendar: Calendar = Calendar(),
) -> Why:
    """Why the data count as fresh, due or stale."""
    verdict = freshness(latest_end, now_hour, frequency, grace_days, calendar)
    inputs = {
        "latest_end": latest_end,
        "next_due": None if latest_end is None else next_due(latest_end, frequency, calendar),
        "now": now_hour,
        "grace_days": grace_days,
        "frequency": str(frequency),
        "result": verdict,
    }
    formula = "fresh until the next period ends, then due for the grace days, then stale"
    return Why(f"freshness-{verdict}", formula, inputs, method("freshness"))
