"""One deviation told once: findings that go on where another ended, at the same level, are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sextant.calc.findings_results import Finding


def joined(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, oldest first, with those put together that go on at the same level.

    A deviation that lasts may be found again while its new level is still being learned. Then it is the same one: it
    began with the first of them and is told against what was expected then.
    """
    found: list[Finding] = []
    for one in findings:
        if found and _goes_on(found[-1], one):
            found[-1] = _together(found[-1], one)
        else:
            found.append(one)
    return tuple(found)


def _goes_on(began: Finding, one: Finding) -> bool:
    is_same_kind = one.kind == began.kind == "deviation" and one.side == began.side
    return is_same_kind and began.last + 1 >= one.first and abs(one.actual - began.actual) <= abs(began.gap) / 2


def _together(began: Finding, one: Finding) -> Finding:
    before, after = began.found - began.first + 1, one.found - one.first + 1
    actual = (before * began.actual + after * one.actual) / (before + after)
    gap = actual - began.expected
    relative = gap / abs(began.expected) if began.relative is not None and began.expected else None
    return replace(
        one, first=began.first, expected=began.expected, actual=actual, gap=gap, relative=relative,
        score=max(began.score, one.score), surprise=min(began.surprise, one.surprise),
    )  # fmt: skip
