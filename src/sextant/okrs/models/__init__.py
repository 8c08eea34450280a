"""Where the organisation wants to go: objectives, key results, the work for them, and what people say about them.

Facts and decisions are rows; progress, pace and status are computed on read. Rows with `known_at` and
`superseded_at` are effective-dated: what was said before stays readable on a past date.
"""

from __future__ import annotations

from sextant.okrs.models.closing import DECISION_CHOICES, Closure, ClosureItem
from sextant.okrs.models.key_results import (
    EVERY_CHOICES,
    IN_FORCE,
    KIND_CHOICES,
    READING_CHOICES,
    RELATIVE_CHOICES,
    Explanation,
    KeyResult,
    Milestone,
    Terms,
)
from sextant.okrs.models.links import LINK_CHOICES, Link
from sextant.okrs.models.objectives import (
    AMBITION_CHOICES,
    REPORTED_CHOICES,
    ROLLUP_CHOICES,
    SEEN_BY_CHOICES,
    STATE_CHOICES,
    Objective,
    Override,
)
from sextant.okrs.models.planning import Candidate, Criterion, RuleSetting
from sextant.okrs.models.work import WORK_CHOICES, Blocker, CheckIn, Initiative

__all__ = [
    "AMBITION_CHOICES", "DECISION_CHOICES", "EVERY_CHOICES", "IN_FORCE", "KIND_CHOICES", "LINK_CHOICES",
    "READING_CHOICES", "RELATIVE_CHOICES", "REPORTED_CHOICES", "ROLLUP_CHOICES", "SEEN_BY_CHOICES", "STATE_CHOICES",
    "WORK_CHOICES", "Blocker", "Candidate", "CheckIn", "Closure", "ClosureItem", "Criterion", "Explanation",
    "Initiative", "KeyResult", "Link", "Milestone", "Objective", "Override", "RuleSetting", "Terms",
]  # fmt: skip
