"""The jobs of this package: one line each."""

from __future__ import annotations

from typing import Any

from sextant.alerts import evaluating, telling
from sextant.alerts.affected import affected_by
from sextant.core.jobs import every, job


@job("alerts.evaluate", together=5000)
def evaluate(calls: list[dict[str, Any]]) -> None:
    """{"event": id}, {"metrics": [ids]}, {"key_results": [ids]}, or {} for everything."""
    evaluating.evaluate_affected(affected_by(calls))


@job("alerts.recheck")
def recheck() -> None:
    evaluating.recheck()


@job("alerts.sweep")
def sweep() -> None:
    evaluating.sweep()


@job("alerts.tell")
def tell() -> None:
    telling.tell()


every("alerts.recheck", seconds=60)
every("alerts.sweep", seconds=900)
