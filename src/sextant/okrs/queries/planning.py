"""The planning page of a cycle: candidates ranked, caps and counts, what is not aligned, who has nothing, lessons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sextant.calc.planning import candidate_score, cap_line, explain_candidate_score
from sextant.calc.why import Why
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Candidate, Criterion, KeyResult, Objective
from sextant.okrs.queries.coverage import Coverage, coverage_of
from sextant.okrs.queries.lessons import Lesson, lessons
from sextant.okrs.queries.rows import there
from sextant.okrs.queries.rules import KEY_RESULT_CAP, OBJECTIVE_CAP, Tunings
from sextant.people.queries import team_tree
from sextant.people.tree import TeamNode
from sextant.strategy.models import Cycle


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its scores in the order of the criteria; `rank` is None while a score is missing, and of
    what was left."""

    candidate: Candidate
    scores: tuple[float | None, ...]
    score: float | None
    rank: int | None
    why: Why

    @property
    def scored(self) -> int:
        return sum(one is not None for one in self.scores)


@dataclass(frozen=True, slots=True)
class TeamCandidates:
    """A team's candidates: the ranked ones with the line of its cap after `line` of them, those that wait for
    scores, and those that were left. `cap` is None where the cap is muted, and then there is no line."""

    team: TeamNode
    ranked: tuple[Ranked, ...]
    waiting: tuple[Ranked, ...]
    left: tuple[Ranked, ...]
    line: int | None
    cap: int | None
    in_cycle: int  # objectives that are in the cycle without having been one of these candidates


@dataclass(frozen=True, slots=True)
class Together:
    """A candidate among those of all teams. `is_past_cap`: it stands below the line of its own team."""

    one: Ranked
    team: TeamNode
    is_past_cap: bool


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """What a team has in a cycle against its focus caps. Drafts, and what brings a KPI back (`restoring`), are named
    and do not count."""

    team: TeamNode
    objectives: int
    drafts: int
    key_results: int
    objective_cap: int | None
    key_result_cap: int | None
    restoring: int = 0

    @property
    def is_over(self) -> bool:
        return self._above(self.objectives, self.objective_cap) or self._above(self.key_results, self.key_result_cap)

    @property
    def would_be_over(self) -> bool:
        """With its drafts taken up."""
        return not self.is_over and self._above(self.objectives + self.drafts, self.objective_cap)

    @staticmethod
    def _above(count: int, cap: int | None) -> bool:
        return cap is not None and count > cap


@dataclass(frozen=True, slots=True)
class Plan:
    cycle: Cycle
    criteria: tuple[Criterion, ...]
    teams: tuple[TeamCandidates, ...]
    loads: tuple[TeamLoad, ...]
    coverage: Coverage
    orphans: tuple[Objective, ...]
    teams_without: tuple[TeamNode, ...]
    lessons: tuple[Lesson, ...]

    @property
    def together(self) -> tuple[Together, ...]:
        """The candidates of all teams in one ranking, then those that wait for scores, then those that were left."""
        ranked = [
            Together(one, team.team, team.line is not None and place >= team.line and not one.candidate.choice)
            for team in self.teams
            for place, one in enumerate(team.ranked)
        ]
        ranked.sort(key=lambda row: -(row.one.score or 0))
        scores = [row.one.score for row in ranked]
        placed = [
            Together(replace(row.one, rank=scores.index(row.one.score) + 1), row.team, row.is_past_cap)
            for row in ranked
        ]  # fmt: skip
        waiting = [Together(one, team.team, False) for team in self.teams for one in team.waiting]
        left = [Together(one, team.team, False) for team in self.teams for one in team.left]
        return (*placed, *waiting, *left)


def plan(cycle: Cycle, actor: Actor, point: Standpoint, *, team_id: int | None = None, query: str = "") -> Plan:
    """Everything needed to choose, for the whole organisation or for a team and those below it.

    `query` searches the lessons. Personal objectives count nowhere here.
    """
    tree, tunings = team_tree(), Tunings(point)
    scope = set(tree.with_descendants(team_id)) if team_id is not None else {node.pk for node in tree}
    found = visible("objective", actor).filter(there(point), cycle=cycle, is_personal=False, team_id__in=scope)
    offered = visible("candidate", actor).filter(there(point), cycle=cycle, team_id__in=scope)
    objectives = list(found.order_by("team__name", "title"))
    candidates = list(offered.select_related("kpi__metric").order_by("created_at", "pk"))
    criteria = list(cycle.criteria.all())
    settled = [one for one in objectives if one.state != "draft"]
    coverage = coverage_of([one.pk for one in settled], point)
    loads = _loads(objectives, [node for node in tree.at_work() if node.pk in scope], tunings)
    return Plan(
        cycle=cycle,
        criteria=tuple(criteria),
        teams=_ranked_by_team(criteria, candidates, settled, tunings),
        loads=tuple(one for one in loads if one.objectives or one.drafts or one.restoring),
        coverage=coverage,
        orphans=tuple(one for one in settled if one.pk in coverage.orphan_ids),
        teams_without=tuple(one.team for one in loads if not one.objectives),
        lessons=tuple(_lessons(actor, point, candidates, objectives, query)),
    )


def _ranked_by_team(
    criteria: Sequence[Criterion], candidates: Sequence[Candidate], settled: Sequence[Objective], tunings: Tunings
) -> tuple[TeamCandidates, ...]:
    by_team: dict[int, list[Ranked]] = {}
    for one in candidates:
        by_team.setdefault(one.team_id, []).append(_scored(one, criteria))
    made = {one.objective_id for one in candidates if one.objective_id is not None}
    others = Counter(one.team_id for one in settled if one.pk not in made and one.restores_id is None)
    tree = team_tree()
    return tuple(
        _team_candidates(tree[team_id], rows, others[team_id], tunings.cap(OBJECTIVE_CAP, team_id))
        for team_id, rows in sorted(by_team.items(), key=lambda pair: tree[pair[0]].path)
    )


def _scored(candidate: Candidate, criteria: Sequence[Criterion]) -> Ranked:
    scores = [candidate.scores.get(str(one.pk)) for one in criteria]
    weights = [one.weight for one in criteria]
    named = {one.name: score for one, score in zip(criteria, scores, strict=True)}
    why = explain_candidate_score(named, {one.name: one.weight for one in criteria})
    return Ranked(candidate, tuple(scores), candidate_score(scores, weights), None, why)


def _team_candidates(team: TeamNode, rows: Sequence[Ranked], in_cycle: int, cap: int | None) -> TeamCandidates:
    """Best first, at equal scores the one put forward earlier; equal scores share a rank."""
    standing = [one for one in rows if one.candidate.choice != "left"]
    best = sorted((one for one in standing if one.score is not None), key=lambda one: -(one.score or 0))
    scores = [one.score for one in best]
    ranked = [
        Ranked(one.candidate, one.scores, one.score, scores.index(one.score) + 1, one.why) for one in best
    ]  # fmt: skip
    line = None if cap is None else cap_line([one.candidate.choice == "taken" for one in ranked], cap - in_cycle)
    return TeamCandidates(
        team=team,
        ranked=tuple(ranked),
        waiting=tuple(one for one in standing if one.score is None),
        left=tuple(one for one in rows if one.candidate.choice == "left"),
        line=line,
        cap=cap,
        in_cycle=in_cycle,
    )


def _loads(objectives: Sequence[Objective], teams: Collection[TeamNode], tunings: Tunings) -> list[TeamLoad]:
    chosen = [one for one in objectives if one.restores_id is None]
    settled: Mapping[int, int] = Counter(one.team_id for one in chosen if one.state != "draft")
    drafts: Mapping[int, int] = Counter(one.team_id for one in chosen if one.state == "draft")
    restoring: Mapping[int, int] = Counter(one.team_id for one in objectives if one.restores_id is not None)
    ids = [one.pk for one in chosen if one.state != "draft"]
    found = KeyResult.objects.filter(objective_id__in=ids, archived_at=None).order_by()
    key_results: Mapping[int, int] = Counter(found.values_list("objective__team_id", flat=True))
    return [
        TeamLoad(
            team=node,
            objectives=settled.get(node.pk, 0),
            drafts=drafts.get(node.pk, 0),
            key_results=key_results.get(node.pk, 0),
            objective_cap=tunings.cap(OBJECTIVE_CAP, node.pk),
            key_result_cap=tunings.cap(KEY_RESULT_CAP, node.pk),
            restoring=restoring.get(node.pk, 0),
        )
        for node in teams
    ]


def _lessons(
    actor: Actor, point: Standpoint, candidates: Sequence[Candidate], objectives: Sequence[Objective], query: str
) -> list[Lesson]:
    """About what is being planned; with words to search for, about anything."""
    if query.strip():
        return lessons(actor, point, query=query)
    metric_ids = {one.kpi.metric_id for one in candidates if one.kpi is not None}
    ids = [one.pk for one in objectives]
    bound = KeyResult.objects.filter(objective_id__in=ids, archived_at=None).exclude(metric=None)
    metric_ids.update(bound.order_by().values_list("metric_id", flat=True))
    theme_ids = {one.theme_id for one in objectives if one.theme_id is not None}
    theme_ids.update(
        one.kpi.metric.theme_id
        for one in candidates
        if one.kpi is not None and one.kpi.metric.theme_id is not None
    )  # fmt: skip
    team_ids = {one.team_id for one in candidates} | {one.team_id for one in objectives}
    if not (metric_ids or theme_ids or team_ids):
        return []
    return lessons(actor, point, metric_ids=metric_ids, theme_ids=theme_ids, team_ids=team_ids)
