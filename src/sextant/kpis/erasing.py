"""Where the rows of this package name people, for the day somebody is to be forgotten."""

from __future__ import annotations

from sextant.core import erasure
from sextant.kpis.models import ActionNote, Approval, ChangeProposal, Explanation, SignOff, Target


def register() -> None:
    for model in (Target, ActionNote, Approval, ChangeProposal, Explanation):
        erasure.register(erasure.names_in(model, "author"))
    erasure.register(erasure.names_in(SignOff, "overruled_by"))
