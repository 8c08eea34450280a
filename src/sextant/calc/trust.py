"""How far a number can be trusted: a grade from A to D, with every reason named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sextant.calc.freshness import NEVER, STALE
from sextant.calc.periods import Calendar, Frequency, expected_latest, hour_of, period_at, shift
from sextant.calc.why import Why, method

EXPECTED_PERIODS = 13
GRADES = ((0, "A"), (2, "B"), (4, "C"))
WEIGHTS = {
    "no-values": 9,
    "stale": 3,
    "no-definition": 2,
    "no-source": 2,
    "not-approved": 2,
    "draft": 2,
    "incomplete-history": 1,
    "estimated-values": 1,
    "no-owner": 1,
    "restated-recently": 1,
    "definition-changed-recently": 1,
    "qualified-latest": 1,
    "dated-by-import": 0,
}
"""Points that each reason costs; 0 names the reason and costs nothing."""


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """What is known about a number.

    ``completeness`` is the share (0 to 1) of the last expected periods that have a value, None while none
    is expected; ``estimated_share`` the share of those values that are estimates.
    """

    has_definition: bool
    has_source: bool
    owner_present: bool
    freshness: str
    completeness: float | None = None
    estimated_share: float = 0.0
    restated_recently: bool = False
    definition_changed_recently: bool = False
    qualified_latest: bool = False
    is_draft: bool = False
    awaiting_approval: bool = False
    dated_by_import: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that weakens trust: a stable key, what to say it with, and the points it costs."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    points: int = 0


@dataclass(frozen=True, slots=True)
class TrustGrade:
    """``grade`` is A, B, C or D; ``reasons`` come in order of weight and are empty when nothing is to
    be said.
    """

    grade: str
    reasons: tuple[Reason, ...]
    points: int


def trust(facts: TrustFacts) -> TrustGrade:
    """Grade a number: no points A, up to 2 B, up to 4 C, more D.

    Every broken ingredient costs at least one point, so none leaves an A, except the note that history
    was dated by the import that brought it.
    """
    reasons = sorted(_reasons(facts), key=lambda reason: -reason.points)
    points = sum(reason.points for reason in reasons)
    grade = next((letter for most, letter in GRADES if points <= most), "D")
    return TrustGrade(grade, tuple(reasons), points)


def explain_trust(facts: TrustFacts) -> Why:
    """Why the number has its grade."""
    graded = trust(facts)
    inputs = asdict(facts) | {
        "points": {reason.key: reason.points for reason in graded.reasons},
        "result": graded.grade,
    }
    formula = "points of all reasons added: 0 is A, 1-2 is B, 3-4 is C, 5 or more is D"
    return Why("trust-grade", formula, inputs, method("trust"))


def completeness(
    present_ends: Collection[int],
    now: datetime,
    frequency: Frequency,
    calendar: Calendar = Calendar(),
    *,
    first_end: int | None = None,
    grace_days: int = 0,
    periods: int = EXPECTED_PERIODS,
) -> float | None:
    """Share of the newest expected periods that have a value; None when none is expected yet.

    ``present_ends`` are the end hours of the periods with a value (also of rolling spans). A period is
    expected once it is complete and its grace days are over, and not before ``first_end`` (None: the
    earliest end present). ``now`` is naive local time (UTC for hourly series).
    """
    earliest = min(present_ends, default=None) if first_end is None else first_end
    if earliest is None:
        return None
    # A period on another grid (a calendar year in a house with fiscal years) counts where its last hour lies.
    present = {period_at(end - 1, frequency, calendar).end for end in present_ends}
    period = expected_latest(frequency, now, calendar)
    last_due = hour_of(now) - 24 * grace_days
    expected = found = 0
    while expected < periods and period.end >= earliest:
        if period.end in present or period.end <= last_due:
            expected += 1
            found += period.end in present
        period = shift(period, -1, calendar)
    return found / expected if expected else None


def _reasons(facts: TrustFacts) -> list[Reason]:
    plain = {
        "no-values": facts.freshness == NEVER,
        "stale": facts.freshness == STALE,
        "no-definition": not facts.has_definition,
        "no-source": not facts.has_source,
        "draft": facts.is_draft,
        "not-approved": facts.awaiting_approval,
        "no-owner": not facts.owner_present,
        "restated-recently": facts.restated_recently,
        "definition-changed-recently": facts.definition_changed_recently,
        "qualified-latest": facts.qualified_latest,
        "dated-by-import": facts.dated_by_import,
    }
    reasons = [Reason(key, {}, WEIGHTS[key]) for key, holds in plain.items() if holds]
    missing = 0.0 if facts.completeness is None else 1 - facts.completeness
    for key, share in (("incomplete-history", missing), ("estimated-values", facts.estimated_share)):
        if share > 0:
            reasons.append(Reason(key, {"percent": round(100 * share, 1)}, WEIGHTS[key] + _extra(share)))
    return reasons


def _extra(share: float) -> int:
    """Further points for a flaw that touches many of the values."""
    return (share > 0.15) + (share > 0.4)
