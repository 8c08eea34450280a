"""KPI, key result or initiative? What a sentence is about, told from its words, with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """`kind` is kpi, key_result, initiative or objective; `confidence` 0 to 1; `reason` a rule key.

    `evidence` are the pieces of the text that decided, in the order they weigh.
    """

    kind: str
    confidence: float
    reason: str
    evidence: tuple[str, ...] = ()


def choose(text: str) -> Choice:
    """What the sentence describes. An empty text is an objective with confidence 0."""
    return Choice("objective", 0.0, "nothing-said")
