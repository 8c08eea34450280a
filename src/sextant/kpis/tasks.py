"""The jobs of this package: one line each."""

from __future__ import annotations

from sextant.core.jobs import every, job
from sextant.kpis.commands.applying import apply_proposals as apply_due


@job("kpis.apply_proposals")
def apply_proposals() -> None:
    apply_due()


every("kpis.apply_proposals", seconds=600)
