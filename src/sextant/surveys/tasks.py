"""The jobs of this package: one line each."""

from __future__ import annotations

from sextant.core.jobs import every, job
from sextant.surveys.commands.publishing import publish_due


@job("surveys.publish")
def publish() -> None:
    publish_due()


every("surveys.publish", seconds=3600)
