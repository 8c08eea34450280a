"""One shape for everything that can be refused; each door renders it in its own way."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong, where, what was kept and what to do.

    `key` is stable and kebab-case; `message` is for people; `field` names the form field or JSON member.
    """

    key: str
    message: str
    field: str | None = None
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A command refused its input. Nothing was written."""

    status = 422

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class NotAllowed(Refused):
    """The actor may see the thing but not do this to it."""

    status = 403


class Hidden(Refused):
    """There is no such thing, or none this actor may see: the two answers must not differ."""

    status = 404

    def __init__(self, kind: str = "page", key: str = "") -> None:
        super().__init__(Problem("not-found", f"There is no {kind} '{key}' here, or it is not visible to you."))


class Stale(Refused):
    """Somebody else changed the thing since the editor opened it; `theirs` and `yours` show both versions."""

    status = 409

    def __init__(self, theirs: Mapping[str, object], yours: Mapping[str, object]) -> None:
        super().__init__(
            Problem(
                "stale-version",
                "Somebody changed this while you were editing. Nothing of yours was saved: compare, decide.",
                details={"theirs": dict(theirs), "yours": dict(yours)},
            )
        )
        self.theirs, self.yours = theirs, yours


def refuse(key: str, message: str, field: str | None = None) -> Refused:
    """A refusal with one problem, ready to raise."""
    return Refused(Problem(key, message, field))
