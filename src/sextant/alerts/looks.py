"""One look at one rule for one thing: what it says, and the evidence for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import DatabaseError

from sextant.calc.episodes import CLEAR, FAILED, UNDECIDED, Check

Key = TypeVar("Key")
Found = TypeVar("Found")
LONGEST_FAULT = 500


@dataclass(frozen=True, slots=True)
class Look:
    """`corrected` are values corrected in the last days: (start of the period, when in milliseconds, the value before).
    `fault` says why it could not look.
    """

    check: Check
    evidence: Mapping[str, Any] = field(default_factory=dict)
    corrected: tuple[tuple[int, int, float | None], ...] = ()
    fault: str = ""


NOTHING_TO_SEE = Look(Check(UNDECIDED))
ALL_CLEAR = Look(Check(CLEAR))


def failed(error: Exception) -> Look:
    """A look that could not be taken."""
    return Look(Check(FAILED), fault=fault_words(error))


def fault_words(error: Exception) -> str:
    """The fault as it is kept, cut to `LONGEST_FAULT` characters."""
    return f"{type(error).__name__}: {error}"[:LONGEST_FAULT]


def in_halves(
    things: Sequence[Key], read: Callable[[Sequence[Key]], Mapping[int, Found]]
) -> tuple[dict[int, Found], list[tuple[Key, Exception]]]:
    """What `read` gives for all of the things; one it fails on is found by halving and does not stop the others.

    A database that does not answer is no fault of a rule: that is raised, and the whole is tried again later.
    """
    if not things:
        return {}, []
    try:
        return dict(read(things)), []
    except DatabaseError:
        raise
    except Exception as error:  # whatever a rule stumbles over is shown to people, see RuleFailure
        if len(things) == 1:
            return {}, [(things[0], error)]
    middle = len(things) // 2
    first, first_faults = in_halves(things[:middle], read)
    second, second_faults = in_halves(things[middle:], read)
    return first | second, first_faults + second_faults
