"""What a worked example gives and prints, and whether a result is what it prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sextant.calc.periods import Calendar
from sextant.calc.targets import TargetValues

Given = Mapping[str, str]
Lines = Sequence[tuple[str, str]]
CALENDAR = Calendar()


def figure(text: str) -> float | None:
    return None if text == "none" else float(text)


def figures(given: Given) -> TargetValues:
    names = ("target", "red_flag", "low", "high", "red_low", "red_high")
    return TargetValues(**{name: float(given[name]) for name in names if name in given})


def same(found: float | None, printed: str) -> bool:
    """Equal to as many digits as the page prints."""
    wanted = figure(printed)
    if found is None or wanted is None:
        return found is None and wanted is None
    digits = len(printed.partition(".")[2])
    return abs(found - wanted) <= 0.51 * 10**-digits


def pairs_of(text: str) -> list[tuple[float, float]]:
    return [(float(at), float(value)) for at, value in (pair.split() for pair in text.split(" | "))]
