"""How far each team has come with its KPIs, from facts, with every missing point (docs/method/maturity.md).

Teams are compared by level and gaps; persons appear nowhere. What has no history of its own (owner, response plan,
review date, theme, perspective) is as it is now, on a past date too; definitions, targets and values are as then known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sextant.calc.maturity import CHECKS, LEVEL_OF, Tally, gaps, maturity_level
from sextant.calc.periods import Frequency, period_at
from sextant.core.actors import Actor
from sextant.kpis.queries.balance import findings_of
from sextant.kpis.queries.standing import Standing
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people import queries as people
from sextant.practice.queries.situation import Situation

Check = Callable[[Standing, Situation], bool]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a team: how many KPIs pass, and which do not. `findings` names what is one-sided about all of them;
    with such a finding the check is not met whatever each KPI says of itself.
    """

    key: str
    tally: Tally
    missing: Sequence[Standing]
    findings: tuple[str, ...] = ()
    key_results: Mapping[int, str] = field(default_factory=dict)  # KPI id -> the key result a guard is missing at

    @property
    def level(self) -> int:
        return LEVEL_OF[self.key]

    @property
    def is_met(self) -> bool:
        return self.tally.is_met


@dataclass(frozen=True, slots=True)
class TeamMaturity:
    """A team's level (0 without KPIs, else 1 to 5), its checks from the lowest level up, and what keeps it there."""

    team_id: int
    team: str
    team_key: str
    depth: int
    kpis: int
    level: int
    checks: tuple[CheckResult, ...]
    gaps: tuple[str, ...]

    @property
    def next_gaps(self) -> tuple[str, ...]:
        """The unmet checks of the level above."""
        return tuple(key for key in self.gaps if LEVEL_OF[key] == self.level + 1)


def maturity(
    actor: Actor,
    point: Standpoint,
    *,
    team_ids: Collection[int] | None = None,
    with_below: bool = False,
    situation: Situation | None = None,
) -> list[TeamMaturity]:
    """One line per team at work with KPIs the actor may see, in tree order; `with_below` counts the teams below too.

    `team_ids` asks for some teams, which then have a line in any case. A fixed number of statements for all of them.
    """
    now = situation or Situation(actor, point)
    tree = people.team_tree()
    lines = []
    for node in tree.at_work():
        if team_ids is not None and node.pk not in team_ids:
            continue
        inside = tree.with_descendants(node.pk) if with_below else [node.pk]
        own = [each for team_id in inside for each in now.kpis_by_team.get(team_id, ())]
        if own or team_ids is not None:
            checks = tuple(_checked(key, own, now) for key in CHECKS) if own else ()
            tallies = {one.key: one.tally for one in checks}
            level = maturity_level(len(own), tallies)
            unmet = gaps(tallies) if own else ()
            lines.append(TeamMaturity(node.pk, node.name, node.key, node.depth, len(own), level, checks, unmet))
    return lines


def _checked(key: str, own: Sequence[Standing], now: Situation) -> CheckResult:
    concerned = [each for each in own if key != "guard" or _is_worked_on(each, now)]
    missing = [each for each in concerned if not _CHECKS[key](each, now)]
    found = findings_of([(each.metric.perspective, each.metric.leads) for each in own]) if key == "balance" else ()
    passed = 0 if found else len(concerned) - len(missing)
    return CheckResult(key, Tally(passed, len(concerned)), missing, found, now.unguarded if key == "guard" else {})


def has_definition(each: Standing) -> bool:
    """Whether it says in words what it is and how it is measured, or is calculated."""
    found = each.definition
    return bool(found and (found.how_measured.strip() or found.formula.strip())) or each.metric.numerator_id is not None


def has_target(each: Standing) -> bool:
    """Whether the running period has a target."""
    frequency = Frequency(each.metric.frequency)
    running = period_at(each.point.hour(frequency), frequency, each.series.calendar)
    found = each.target_of(running)
    return found is not None and (found.target is not None or found.low is not None or found.high is not None)


def _has_owner(each: Standing, now: Situation) -> bool:
    owner = each.metric.owner
    return owner is not None and owner.archived_at is None


def _is_reviewed(each: Standing, now: Situation) -> bool:
    return each.kpi.review_on is not None and each.kpi.review_on >= now.point.now.date()


def _is_placed(each: Standing, now: Situation) -> bool:
    return bool(each.metric.perspective and each.metric.leads)


def _is_worked_on(each: Standing, now: Situation) -> bool:
    return each.kpi.pk in now.guards or each.kpi.pk in now.promoted


def _is_driven(each: Standing, now: Situation) -> bool:
    return each.metric.id in now.driven


_CHECKS: Mapping[str, Check] = {
    "definition": lambda each, now: has_definition(each),
    "owner": _has_owner,
    "target": lambda each, now: has_target(each),
    "fresh": lambda each, now: each.freshness in ("fresh", "due"),
    "response": lambda each, now: bool(each.kpi.response_plan.strip()),
    "review": _is_reviewed,
    "strategy": lambda each, now: each.metric.theme_id is not None or bool(each.kpi.reason.strip()),
    "drivers": _is_driven,
    "balance": _is_placed,
    "guard": lambda each, now: now.guards.get(each.kpi.pk, False),
}
