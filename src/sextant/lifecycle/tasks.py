"""The jobs of this package: one line each."""

from __future__ import annotations

from typing import Any

from sextant.core.jobs import every, job
from sextant.lifecycle import evaluating, telling


@job("lifecycle.evaluate", together=5000)
def evaluate(calls: list[dict[str, Any]]) -> None:
    """{"event": id}, {"metrics": [ids]}, {"key_results": [ids]}, or {} for everything."""
    evaluating.evaluate_affected(calls)


@job("lifecycle.sweep")
def sweep() -> None:
    """Periods and promotions end while nobody records anything, and questions stay unanswered."""
    evaluating.evaluate()
    telling.remind()


every("lifecycle.sweep", seconds=900)
