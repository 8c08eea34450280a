"""What a detector of a pitfall brings: the cases it looked at and those that are in it, team by team."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One case that is in a pitfall. `reason` is a key that `practice.sentences` puts into words; `figures` go in.

    `kind` is kpi, objective, key_result or team; never a person.
    """

    team_id: int
    kind: str
    key: str
    label: str
    reason: str
    figures: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Cases by team: how many were looked at, how many are in it, and which.

    `figures` replaces the share of cases where a pitfall has another figure; key None is the organisation. `hints` are
    severities that something else than the figure says. `beside` are figures told with the evidence of all teams.
    `counted_in` names, for counts of people, the team whose group a team's people are part of (None: too few).
    """

    totals: Mapping[int, int] = field(default_factory=dict)
    counts: Mapping[int, int] = field(default_factory=dict)
    items: Sequence[Item] = ()
    figures: Mapping[int | None, float] = field(default_factory=dict)
    hints: Mapping[int | None, str] = field(default_factory=dict)
    beside: Mapping[str, float] = field(default_factory=dict)
    counted_in: Mapping[int, int | None] | None = None

    @classmethod
    def of(
        cls, totals: Mapping[int, int], items: Sequence[Item], beside: Mapping[str, float] | None = None
    ) -> Evidence:
        """Evidence in which a thing counts once, however many reasons there are."""
        once = {(item.team_id, item.kind, item.key) for item in items}
        return cls(totals, Counter(team_id for team_id, _kind, _key in once), items, beside=beside or {})

    @property
    def total(self) -> int:
        return sum(self.totals.values())

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def figure(self, team_id: int | None) -> float | None:
        """The figure of a team, None for the organisation; None where there is nothing to count."""
        if self.figures or team_id in self.figures:
            return self.figures.get(team_id)
        total = self.total if team_id is None else self.totals.get(team_id, 0)
        count = self.count if team_id is None else self.counts.get(team_id, 0)
        return count / total if total else None
