"""Runs the worked examples on the page about what is worth a second look."""

from __future__ import annotations

from sextant.calc import second_looks
from sextant.calc.targets import TargetValues
from tests.docs.printed import Given, Lines


def figures_in(text: str) -> list[float]:
    return [float(word) for word in text.split()]


def run_frozen(given: Given, lines: Lines) -> None:
    for values, wanted in lines:
        found = second_looks.frozen(
            figures_in(values), int(given["periods a year"]), is_by_hand=given["by"] == "hand", lower=0, upper=100
        )
        assert (f"{found.count} values" if found else "nothing") == wanted, values


def run_smooth(given: Given, lines: Lines) -> None:
    for values, wanted in lines:
        found = second_looks.too_smooth(figures_in(values))
        assert (f"step {found.step:.2f}, usual {found.usual:.1f}" if found else "nothing") == wanted, values


def run_long_met(given: Given, lines: Lines) -> None:
    lower, upper = figures_in(given["range"])
    for values, wanted in lines:
        found = second_looks.long_met(figures_in(values), float(given["target"]), "up", lower, upper)
        assert (f"{found:g}" if found is not None else "nothing") == wanted, values


def run_eased(given: Given, lines: Lines) -> None:
    """Targets before and after, and when it was changed as a share of the period."""
    for asked, wanted in lines:
        before, after, _, share = asked.split()
        is_easier = second_looks.is_easier(
            TargetValues(target=float(before)), TargetValues(target=float(after)), given["direction"]
        )
        is_late = second_looks.is_late(0, 720, round(720 * float(share)))
        assert ("late" if is_easier and is_late else "nothing") == wanted, asked
