"""The sixteen pitfalls for the organisation and for each team: how clearly one is in them, and on which evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sextant.calc.pitfalls import PITFALLS, UNTOLD, Pitfall, severity, worst
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint
from sextant.people import queries as people
from sextant.practice.queries import pitfalls_kpi, pitfalls_okr, pitfalls_people
from sextant.practice.queries.evidence import Evidence, Item
from sextant.practice.queries.situation import Situation

_DETECTORS = {**pitfalls_okr.DETECTORS, **pitfalls_people.DETECTORS, **pitfalls_kpi.DETECTORS}
DETECTORS = {key: _DETECTORS[key] for key in PITFALLS}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pitfall in one place (team None: the organisation). `count` of `total` cases; `figure` is their share, or
    the pitfall's own figure. `why` says why it cannot be told: no-cases, few-cases, few-people, counted-elsewhere.
    """

    pitfall: Pitfall
    team_id: int | None
    severity: str
    count: int
    total: int
    figure: float | None
    why: str = ""
    counted_in: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One pitfall everywhere: the organisation's verdict, that of each team with something to tell, and the cases."""

    pitfall: Pitfall
    whole: Verdict
    teams: Mapping[int, Verdict]
    items: Sequence[Item]
    beside: Mapping[str, float]


def pitfalls(
    actor: Actor, point: Standpoint, *, only: str | None = None, situation: Situation | None = None
) -> list[Finding]:
    """What the detectors find, in the order of the list; `only` asks for one pitfall.

    Organisation-wide by what the actor may see. A fixed number of statements, whatever the number of things and teams.
    """
    now = situation or Situation(actor, point)
    return [_finding(PITFALLS[key], DETECTORS[key](now)) for key in PITFALLS if only in (None, key)]


def _finding(pitfall: Pitfall, evidence: Evidence) -> Finding:
    at_work = [node.pk for node in people.team_tree().at_work()]
    teams = {team_id: _verdict(pitfall, evidence, team_id) for team_id in at_work}
    told = {team_id: verdict for team_id, verdict in teams.items() if _tells(verdict)}
    return Finding(pitfall, _verdict(pitfall, evidence, None), told, evidence.items, evidence.beside)


def _tells(verdict: Verdict) -> bool:
    """Whether a team's line says anything: a team without a single case is left out."""
    return verdict.total > 0 or verdict.severity != UNTOLD or verdict.why == "few-people"


def _verdict(pitfall: Pitfall, evidence: Evidence, team_id: int | None) -> Verdict:
    if team_id is not None and evidence.counted_in is not None and evidence.counted_in.get(team_id) != team_id:
        return _elsewhere(pitfall, evidence.counted_in.get(team_id), team_id)
    total = evidence.total if team_id is None else evidence.totals.get(team_id, 0)
    count = evidence.count if team_id is None else evidence.counts.get(team_id, 0)
    figure = evidence.figure(team_id)
    found = worst([severity(pitfall, figure, count, total), evidence.hints.get(team_id, UNTOLD)])
    why = ""
    if found == UNTOLD:
        why = "few-cases" if total else "no-cases"
        if evidence.counted_in is not None and not any(evidence.counted_in.values()):
            why = "few-people"
    return Verdict(pitfall, team_id, found, count, total, figure, why)


def _elsewhere(pitfall: Pitfall, group: int | None, team_id: int) -> Verdict:
    """A team whose people are too few to be told of apart from others."""
    tree = people.team_tree()
    name = tree[group].name if group is not None and group in tree else ""
    return Verdict(pitfall, team_id, UNTOLD, 0, 0, None, "few-people", name)
