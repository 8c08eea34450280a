"""What is said about a promotion before it begins and about a key result when it closes: doubts, offers, how long a
KPI is watched afterwards. The rules of a life itself are in `calc.promotion`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sextant.calc import assurance as limits
from sextant.calc.period_grid import PLAIN_CALENDAR, Calendar, Frequency, unit_of, unit_start
from sextant.calc.targets import TargetValues

MET, NONE = "met", "none"
GRADUATE_AFTER = 6  # periods met in a row, where there are too few values for limits
ENOUGH_PAST = 6  # judged periods, before "it never met this target" says anything
WATCHED_PERIODS = 6
# Doubts that warn of an exit rule that can hardly hold, and hints beside them.
WARNINGS = ("no-target", "beyond-bounds", "too-few-periods", "stale", "already-met")
HINTS = ("never-met-before", "guard-missing")


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a key result is offered to go on as a KPI, by which rule ("" for none), and how many periods in a row
    met the target of how many that are needed."""

    is_offered: bool
    rule: str
    met: int
    needed: int = GRADUATE_AFTER


@dataclass(frozen=True, slots=True)
class Entry:
    """What a promotion would begin with.

    `now` and `ends` are hours, `ends` the first that is past. `arrives_after`: hours from the end of a period until its
    value usually comes. `verdicts`: what the past periods say against this target, newest last. `least` and `most` are
    the bounds of what the metric can be.
    """

    now: int
    ends: int
    frequency: Frequency
    target: TargetValues | None
    direction: str
    revert_after: int = 3
    verdicts: tuple[str, ...] = ()
    calendar: Calendar = PLAIN_CALENDAR
    span: int = 1
    arrives_after: int = 0
    least: float | None = None
    most: float | None = None
    is_stale: bool = False
    has_guard: bool = False


def graduation(verdicts: Sequence[str], assurance: str) -> Offer:
    """Whether to offer that a key result becomes a KPI. `verdicts`: one per complete period, newest last.

    Offered while the newest period meets the target and the process limits lie on its good side
    (`calc.assurance.MEETS`), or, with too few values for limits, when 6 periods in a row met it.
    """
    met = _row(verdicts)
    if met and assurance == limits.MEETS:
        return Offer(True, "process-limits", met)
    if met >= GRADUATE_AFTER and assurance == limits.NOT_ENOUGH_HISTORY:
        return Offer(True, "periods-met", met)
    return Offer(False, "", met)


def watch_end(now: int, length: int, frequency: Frequency, calendar: Calendar = PLAIN_CALENDAR, span: int = 1) -> int:
    """The hour at which a watch that begins now ends: after twice `length` hours, and after 6 whole periods at least.

    `length` is that of the cycle, or of the promotion where it had an end of its own. Whole days, except by the hour.
    """
    running = unit_of(now, frequency, calendar)
    least = unit_start(running + WATCHED_PERIODS + span, frequency, calendar)
    if frequency == Frequency.HOUR:
        return max(now + 2 * length, least)
    return max(-(-(now + 2 * length) // 24) * 24, least)


def countable_periods(entry: Entry) -> int:
    """How many periods end within the promotion early enough for their values to arrive before its end."""
    unit = unit_of(entry.now, entry.frequency, entry.calendar) - entry.span + 1  # the first that ends after now
    count = 0
    while unit_start(unit + entry.span, entry.frequency, entry.calendar) + entry.arrives_after <= entry.ends:
        unit, count = unit + 1, count + 1
    return count


def doubts(entry: Entry) -> list[str]:
    """Why the exit rule of this promotion may never hold, or hold at once: keys of `WARNINGS`, then of `HINTS`."""
    has_target = entry.target is not None and entry.target.judges(entry.direction)
    judged = [one for one in entry.verdicts if one != NONE]
    found = {
        "no-target": not has_target,
        "beyond-bounds": has_target and _is_beyond(entry),
        "too-few-periods": countable_periods(entry) < entry.revert_after,
        "stale": entry.is_stale,
        "already-met": _row(entry.verdicts) >= entry.revert_after,
        "never-met-before": has_target and len(judged) >= ENOUGH_PAST and MET not in judged,
        "guard-missing": not entry.has_guard,
    }
    return [key for key in (*WARNINGS, *HINTS) if found[key]]


def _row(verdicts: Sequence[str]) -> int:
    """How many of the newest periods in a row met the target; a period without a value ends the row."""
    count = 0
    for one in reversed(verdicts):
        if one != MET:
            break
        count += 1
    return count


def _is_beyond(entry: Entry) -> bool:
    """Whether no value the metric can have would meet the target."""
    target = entry.target
    assert target is not None
    low, high = {
        "up": (target.target, None), "down": (None, target.target), "within": (target.low, target.high),
    }[entry.direction]  # fmt: skip
    above = low is not None and entry.most is not None and low > entry.most
    return above or (high is not None and entry.least is not None and high < entry.least)
