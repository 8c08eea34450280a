"""One deviation is told once."""

from __future__ import annotations

from dataclasses import replace

from sextant.calc.findings import Finding
from sextant.calc.findings_joined import joined

BEGAN = Finding("deviation", 40, 43, 44, "below", 100.0, 80.0, -20.0, -0.2, 2.0, 0.3, 44, False)
LATER = Finding("deviation", 45, 46, 50, "below", 90.0, 79.0, -11.0, -0.1222, 1.0, 0.4, 47, True)


def test_a_deviation_that_goes_on_at_its_level_is_one_and_told_against_what_was_expected_first() -> None:
    (one,) = joined([BEGAN, LATER])
    assert (one.first, one.found, one.last, one.is_open) == (40, 46, 50, True)
    assert one.expected == 100.0
    assert round(one.actual, 3) == round((4 * 80 + 2 * 79) / 6, 3)
    assert one.gap == one.actual - 100.0
    assert one.relative == one.gap / 100.0
    assert one.surprise == 0.3


def test_another_side_another_level_a_pause_or_a_single_value_is_another_finding() -> None:
    for other in (
        replace(LATER, side="above"),
        replace(LATER, actual=60.0),
        replace(LATER, first=46),
        replace(LATER, kind="unusual"),
    ):
        assert joined([BEGAN, other]) == (BEGAN, other)


def test_joining_again_changes_nothing() -> None:
    third = replace(LATER, first=51, found=53, last=60, actual=81.0)
    once = joined([BEGAN, LATER, third])
    assert len(once) == 1
    assert joined(once) == once
