"""Looking at key results: whether the target is still likely, and whether somebody checked in."""

from __future__ import annotations

from datetime import date

from sextant.alerts.looks import ALL_CLEAR, NOTHING_TO_SEE, Look
from sextant.calc.episodes import CLEAR, HOLDS, UNDECIDED, Check
from sextant.calc.pace import OFF_TRACK, ON_TRACK
from sextant.calc.periods import hour_of
from sextant.okrs.queries.due import Owed
from sextant.okrs.queries.key_results import KeyResultStanding

MARGIN = 0.1  # so much above the threshold a chance has to come before the key result counts as recovered


def look_at_chance(standing: KeyResultStanding, below: float) -> Look:
    """The look of `unlikely`. With a chance it is unlikely below the threshold, and likely enough a margin above it;
    without one, it is far behind its path, and back when it keeps pace.
    """
    if standing.kind == "baseline" or standing.computed in ("too_early", "no_data", "incomplete"):
        return NOTHING_TO_SEE
    chance = chance_of(standing)
    place = standing.board.now
    evidence = {
        "value": standing.value, "target": standing.target, "chance": chance, "pace": standing.pace,
        "progress": standing.progress, "expected": standing.expected,
        "due_on": standing.due_on.isoformat() if standing.due_on else None,
        "start": place if standing.reading is None else standing.reading.start,
    }  # fmt: skip
    if chance is not None:
        verdict = HOLDS if chance < below else CLEAR if chance >= min(1.0, below + MARGIN) else UNDECIDED
        return Look(Check(verdict, 1, 0, place), evidence)
    verdict = {OFF_TRACK: HOLDS, ON_TRACK: CLEAR}.get(standing.computed, UNDECIDED)
    return Look(Check(verdict, 1, 0, place), evidence)


def chance_of(standing: KeyResultStanding) -> float | None:
    """The share of the futures in which the target is met; None where there is no usable forecast."""
    found: float | None = getattr(standing, "chance", None)
    return found


def look_for_check_in(owed: Owed | None) -> Look:
    """The look of `check_in_late`. It ends when somebody checks in, not when the next check-in is asked for."""
    if owed is None:
        return ALL_CLEAR
    if not owed.is_late:
        return NOTHING_TO_SEE
    day: date = owed.due_on
    place = hour_of(day)
    return Look(Check(HOLDS, 1, 0, place), {"due_on": day.isoformat(), "since": place, "start": place})
