"""The job of this package: asking for the pulse in its rhythm."""

from __future__ import annotations

from sextant.core.jobs import every, job
from sextant.practice.commands.pulse import keep_rhythm


@job("practice.pulse")
def pulse() -> None:
    keep_rhythm()


every("practice.pulse", seconds=3600)
