"""The rules in force: as shipped, tuned for everybody, for a team and those below it, or for one objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sextant.calc.wording_drafts import RULES, Rule, RuleTuning, WordingSettings
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.models import Objective, RuleSetting
from sextant.people.queries import team_tree

OBJECTIVE_CAP = "focus-cap-objectives"
KEY_RESULT_CAP = "focus-cap-key-results"
# Caps per team and cycle, shown at planning. They warn and never block.
FOCUS_RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.key: rule for rule in (Rule(OBJECTIVE_CAP, "warn", 5), Rule(KEY_RESULT_CAP, "warn", 20))}
)
ALL_RULES: Mapping[str, Rule] = MappingProxyType({**FOCUS_RULES, **RULES})


@dataclass(frozen=True, slots=True)
class InForce:
    """One rule as it holds in a place. `setting` is the row that says so, None as shipped."""

    rule: Rule
    setting: RuleSetting | None

    @property
    def is_muted(self) -> bool:
        return self.setting is not None and self.setting.is_muted

    @property
    def level(self) -> str:
        return self.setting.level if self.setting is not None and self.setting.level else self.rule.level

    @property
    def value(self) -> float | None:
        tuned = self.setting.value if self.setting is not None else None
        return self.rule.value if tuned is None else tuned


class Tunings:
    """All settings at a standpoint, read with one statement; asked for any number of places."""

    def __init__(self, point: Standpoint) -> None:
        rows = RuleSetting.objects.filter(standing_at(point)).select_related("team", "objective")
        self._tree = team_tree()
        self._everywhere: dict[str, RuleSetting] = {}
        self._teams: dict[tuple[str, int], RuleSetting] = {}
        self._objectives: dict[tuple[str, int], RuleSetting] = {}
        for row in rows:
            if row.objective_id is not None:
                self._objectives[row.rule, row.objective_id] = row
            elif row.team_id is not None:
                self._teams[row.rule, row.team_id] = row
            else:
                self._everywhere[row.rule] = row

    def in_force(self, rule: str, team_id: int | None = None, objective_id: int | None = None) -> InForce:
        """The nearest setting: of the objective, its team, the teams above in turn, everybody."""
        found = self._objectives.get((rule, objective_id)) if objective_id is not None else None
        if found is None and team_id is not None and team_id in self._tree:
            way = [team_id, *(above.pk for above in reversed(self._tree.ancestors(team_id)))]
            found = next((row for at in way if (row := self._teams.get((rule, at))) is not None), None)
        return InForce(ALL_RULES[rule], found or self._everywhere.get(rule))

    def wording(self, team_id: int | None = None, objective_id: int | None = None) -> WordingSettings:
        """What the wording checks take."""
        tunings = {}
        for rule in RULES:
            setting = self.in_force(rule, team_id, objective_id).setting
            if setting is not None:
                tunings[rule] = RuleTuning(setting.level, setting.value, setting.is_muted)
        return WordingSettings(tunings)

    def cap(self, rule: str, team_id: int) -> int | None:
        """A focus cap of the team; None when it is muted there."""
        held = self.in_force(rule, team_id)
        return None if held.is_muted or held.value is None else int(held.value)


def rules_in_force(
    team_id: int | None = None, objective_id: int | None = None, point: Standpoint | None = None
) -> list[InForce]:
    """Every rule as it holds in the place, the focus caps first."""
    tunings = Tunings(point or standpoint())
    return [tunings.in_force(rule, team_id, objective_id) for rule in ALL_RULES]


def wording_settings(objective: Objective | None = None, *, team_id: int | None = None) -> WordingSettings:
    """The settings the wording checks of an objective, or of a new one in the team, run with."""
    if objective is not None:
        return Tunings(standpoint()).wording(objective.team_id, objective.pk)
    return Tunings(standpoint()).wording(team_id)
