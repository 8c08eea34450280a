"""Where the rows of this package name people, for the day somebody is to be forgotten."""

from __future__ import annotations

from sextant.core import erasure
from sextant.okrs.models import (
    Blocker,
    Candidate,
    CheckIn,
    Closure,
    Explanation,
    Link,
    Milestone,
    Override,
    RuleSetting,
    Terms,
)


def register() -> None:
    for model in (Terms, Link, CheckIn, Blocker, Override, Closure, Explanation, RuleSetting, Candidate):
        erasure.register(erasure.names_in(model, "author"))
    erasure.register(erasure.names_in(CheckIn, "acknowledged_by"))
    erasure.register(erasure.names_in(Milestone, "done_by"))
