"""What the pages on the practice show: pitfalls by team, levels of maturity, and where each gap is closed."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from sextant.calc.maturity import HIGHEST, LEVELS
from sextant.kpis.queries.standing import Standing
from sextant.people import queries as people
from sextant.people.tree import TeamNode
from sextant.practice.queries.evidence import Item
from sextant.practice.queries.maturity import CheckResult, TeamMaturity
from sextant.practice.queries.pitfalls import Finding, Verdict
from sextant.practice.sentences import (
    BALANCE_FINDINGS,
    SEVERITIES,
    WORDS,
    PitfallWords,
    reason_words,
    verdict_words,
)
from sextant.practice.sentences import CHECKS as CHECK_WORDS
from sextant.practice.sentences import LEVELS as LEVEL_WORDS

MOST_TEAMS = 12
MOST_ITEMS = 100
MOST_MISSING = 12
SHAPES = {"untold": "no_data", "none": "on_target", "some": "watch", "clear": "off_target"}
# Where a gap of a KPI is closed: the name of the page, and the field on it.
FIXES: Mapping[str, tuple[str, str]] = {
    "definition": ("kpi_definition", "id_how_measured"), "owner": ("kpi_edit", "id_owner"),
    "target": ("kpi_targets", "id_target"), "fresh": ("kpi_values", "id_value"),
    "response": ("kpi_edit", "id_response_plan"), "review": ("kpi", ""), "strategy": ("kpi_edit", "id_theme"),
    "drivers": ("kpi_drivers", ""), "balance": ("kpi_edit", "id_perspective"), "guard": ("kpi", ""),
}  # fmt: skip
# Where a pitfall is prevented: the name of the page, and what is asked of it.
REMEDIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "okr-too-prescriptive": ("chooser", {}), "okr-misfit-culture": ("practice_pulse", {}),
    "okr-hard-to-set": ("objective_new", {}), "okr-not-measurable": ("objectives", {}),
    "okr-low-buy-in": ("objective_new", {}), "okr-time-consuming": ("check_in", {}),
    "okr-hard-to-adapt": ("objectives", {}), "okr-unclear-ownership": ("objectives", {}),
    "kpi-no-context": ("kpis", {"report": "no-target"}), "kpi-narrow-focus": ("library", {}),
    "kpi-inflexible": ("kpis", {"report": "review-overdue"}), "kpi-hard-to-measure": ("import_new", {}),
    "kpi-data-quality": ("kpis", {"report": "stale"}), "kpi-over-reliance": ("kpis", {}),
    "kpi-hidden-causes": ("kpis", {}), "kpi-resistance": ("kpis", {}),
}  # fmt: skip
# Where the one field is that takes a case out of a pitfall; without a line it is the page of the thing.
ITEM_PAGES: Mapping[str, str] = {
    "worded-as-work": "key_result_edit", "no-metric": "key_result_edit", "no-baseline": "key_result_figures",
    "no-target": "key_result_figures", "no-bound": "key_result_figures", "no-planned_periods": "key_result_figures",
    "changed-without-reason": "key_result_figures", "never-adapted": "key_result_figures",
    "no-definition": "kpi_definition", "no-running-target": "kpi_targets", "no-history": "kpi_values",
    "old-target": "kpi_targets", "typed-and-late": "kpi_values", "rating-without-rubric": "kpi_definition",
    "says-nothing-hidden": "kpi_edit", "no-drivers": "kpi_drivers", "stopped-after-change": "kpi_values",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One pitfall in one place: the shape, the word, and what was counted."""

    shape: str
    word: str
    said: str
    url: str


@dataclass(frozen=True, slots=True)
class PitfallRow:
    """A line of the table: the pitfall, the organisation, and each team that has a column."""

    key: str
    words: PitfallWords
    url: str
    whole: Cell
    teams: Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team's verdict on the page of one pitfall."""

    name: str
    url: str
    step: int
    cell: Cell


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A case on the page of one pitfall, with the address where it is taken out of it."""

    label: str
    url: str
    team: str
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class LevelBar:
    """A level with its name, and which of the five parts of the bar are filled."""

    level: int
    name: str
    means: str
    parts: Sequence[bool]


@dataclass(frozen=True, slots=True)
class MaturityRow:
    """A team in the comparison: level and what the next one asks for."""

    name: str
    url: str
    step: int
    kpis: int
    bar: LevelBar
    next: Sequence[str]


@dataclass(frozen=True, slots=True)
class MissingLine:
    name: str
    url: str
    team: str
    fix: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check of a team: how many KPIs pass, and those that do not, each with its fix."""

    title: str
    fix: str
    is_met: bool
    passed: int
    total: int
    findings: Sequence[str]
    missing: Sequence[MissingLine]
    more: int


@dataclass(frozen=True, slots=True)
class LevelPart:
    """A level with its checks on the page of a team."""

    bar: LevelBar
    checks: Sequence[CheckLine]


def address(name: str, *args: str, query: Mapping[str, str] | None = None, at: str = "") -> str:
    """The address of a page with its query and anchor; empty where this installation has no such page."""
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return found + (f"?{urlencode(query)}" if query else "") + (f"#{at}" if at else "")


def cell(verdict: Verdict, url: str) -> Cell:
    return Cell(SHAPES[verdict.severity], str(SEVERITIES[verdict.severity]), verdict_words(verdict), url)


def columns(found: Sequence[Finding], team: TeamNode | None) -> tuple[list[TeamNode], int]:
    """The teams that have a column, in tree order, and how many are left out; those with anything to tell."""
    told = {team_id for one in found for team_id, each in one.teams.items() if each.severity != "untold"}
    tree = people.team_tree()
    inside = set(tree.with_descendants(team.pk)) if team is not None else told
    nodes = [node for node in tree.at_work() if node.pk in told & inside and node.parent_id is not None]
    return nodes[:MOST_TEAMS], max(0, len(nodes) - MOST_TEAMS)


def pitfall_rows(found: Sequence[Finding], teams: Sequence[TeamNode], query: Mapping[str, str]) -> list[PitfallRow]:
    rows = []
    for one in found:
        key = one.pitfall.key
        url = address("pitfall", key, query=query)
        cells = [
            cell(one.teams[node.pk], address("pitfall", key, query={**query, "team": node.key}))
            if node.pk in one.teams
            else None
            for node in teams
        ]
        rows.append(PitfallRow(key, WORDS[key], url, cell(one.whole, url), cells))
    return rows


def team_lines(one: Finding, query: Mapping[str, str]) -> list[TeamLine]:
    """The teams with something to tell, in tree order."""
    return [
        TeamLine(node.name, reverse("team", args=[node.key]), _step(node, one.teams),
                 cell(one.teams[node.pk], address("pitfall", one.pitfall.key, query={**query, "team": node.key})))
        for node in people.team_tree().at_work()
        if node.pk in one.teams
    ]  # fmt: skip


def _step(node: TeamNode, shown: Container[int]) -> int:
    """How far a team is set in below those above it that are shown as well: no team seems to belong to another's."""
    return min(sum(above.pk in shown for above in people.team_tree().ancestors(node.pk)), 6)


def item_lines(items: Sequence[Item]) -> list[ItemLine]:
    """The cases, each once with all its reasons."""
    tree = people.team_tree()
    by_thing: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        by_thing.setdefault((item.kind, item.key), []).append(item)
    return [
        ItemLine(own[0].label, _item_url(own[0]), tree[own[0].team_id].name if own[0].kind != "team" else "",
                 [reason_words(item) for item in own])
        for own in list(by_thing.values())[:MOST_ITEMS]
    ]  # fmt: skip


def _item_url(item: Item) -> str:
    page = ITEM_PAGES.get(item.reason, "")
    if page and page.startswith(item.kind):
        return address(page, item.key) or address(item.kind, item.key)
    return address(item.kind, item.key)


def remedy_url(key: str) -> str:
    name, query = REMEDIES[key]
    return address(name, query=query)


def level_bar(level: int) -> LevelBar:
    name, means = LEVEL_WORDS[level]
    return LevelBar(level, str(name), str(means), [number <= level for number in range(1, HIGHEST + 1)])


def maturity_rows(found: Sequence[TeamMaturity], query: Mapping[str, str]) -> list[MaturityRow]:
    tree, shown = people.team_tree(), {one.team_id for one in found}
    return [
        MaturityRow(
            one.team, address("team_maturity", one.team_key, query=query), _step(tree[one.team_id], shown), one.kpis,
            level_bar(one.level), [str(CHECK_WORDS[key][0]) for key in one.next_gaps],
        )
        for one in found
    ]  # fmt: skip


def level_parts(one: TeamMaturity) -> list[LevelPart]:
    """The checks of a team level by level."""
    by_key = {check.key: check for check in one.checks}
    return [
        LevelPart(level_bar(level), [_check_line(by_key[key]) for key in keys if key in by_key])
        for level, keys in LEVELS.items()
    ]


def _check_line(check: CheckResult) -> CheckLine:
    title, fix = CHECK_WORDS[check.key]
    missing = [_missing(check, each) for each in check.missing[:MOST_MISSING]]
    passing = check.tally.total - len(check.missing)
    return CheckLine(
        str(title), str(fix), check.is_met, passing, check.tally.total,
        [str(BALANCE_FINDINGS[key]) for key in check.findings], missing, len(check.missing) - len(missing),
    )  # fmt: skip


def _missing(check: CheckResult, each: Standing) -> MissingLine:
    page, field = FIXES[check.key]
    url = reverse("kpi", args=[each.kpi.key])
    key_result = check.key_results.get(each.kpi.pk)
    fix = address("key_result_edit", key_result, at="id_guard") if key_result else ""
    fix = fix or address(page, each.kpi.key, at=field) or url
    return MissingLine(each.metric.name, url, each.metric.team.name, fix)
