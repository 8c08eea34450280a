"""How far a team has come with its KPIs: a level from 1 to 5, each a named set of checks (docs/method/maturity.md).

A check is met when at least `SHARE` of the KPIs it applies to pass it. A level is reached when all its checks and
those of every level before are met; having KPIs at all is level 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SHARE = 0.8
LEVELS: Mapping[int, tuple[str, ...]] = {
    2: ("definition", "owner"),
    3: ("target", "fresh"),
    4: ("response", "review", "strategy"),
    5: ("drivers", "balance", "guard"),
}
"""The checks that each level above the first asks for, in the order in which they are shown."""
CHECKS = tuple(check for checks in LEVELS.values() for check in checks)
LEVEL_OF = {check: level for level, checks in LEVELS.items() for check in checks}
HIGHEST = max(LEVELS)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the KPIs a check applies to pass it."""

    passed: int
    total: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where the check applies to nothing."""
        return self.passed / self.total if self.total else None

    @property
    def is_met(self) -> bool:
        """Met by enough of them; a check that applies to nothing stands in nobody's way."""
        return self.total == 0 or self.passed >= SHARE * self.total - 1e-9


def maturity_level(kpis: int, tallies: Mapping[str, Tally]) -> int:
    """0 without any KPI, else 1 to 5. A check without a tally applies to nothing."""
    if kpis <= 0:
        return 0
    reached = 1
    for level, checks in LEVELS.items():
        if not all(tallies.get(check, Tally(0, 0)).is_met for check in checks):
            break
        reached = level
    return reached


def gaps(tallies: Mapping[str, Tally]) -> tuple[str, ...]:
    """The checks that are not met, those of the lowest level first."""
    return tuple(check for check in CHECKS if not tallies.get(check, Tally(0, 0)).is_met)
