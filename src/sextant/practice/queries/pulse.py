"""What the pulse asks and says: the rhythm, the open round, and the results of closed ones by team."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sextant.calc.small_groups import is_told
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.queries.due import local_day
from sextant.people import queries as people
from sextant.people.tree import TeamNode
from sextant.practice.access import visible_rounds
from sextant.practice.models import PulseCount, PulseDone, PulseRhythm, PulseRound
from sextant.practice.queries.home_teams import parents

STATEMENTS = ("focus", "say", "worth", "candour", "numbers")
AGREES = 4


@dataclass(frozen=True, slots=True)
class StatementResult:
    """The mean score of a statement (1 to 5) and the share of answers that agree (4 or 5), 0 to 1."""

    statement: str
    mean: float
    agree: float


@dataclass(frozen=True, slots=True)
class TeamPulse:
    """What a team with all teams below it said. `answers` is None where it may not be told: too few, or they could be
    worked out from what is told of others; `counted_in` then names the team they are part of, "" if none.
    """

    team_id: int
    team: str
    team_key: str
    depth: int
    answers: int | None
    mean: float | None
    statements: tuple[StatementResult, ...]
    counted_in: str = ""


def rhythm() -> PulseRhythm:
    """How the pulse is asked; off where nobody ever said so."""
    return PulseRhythm.objects.first() or PulseRhythm(is_on=False, version=0)


def open_round() -> PulseRound | None:
    """The round that takes answers now; at most one does."""
    return PulseRound.objects.filter(closed_at=None).first()


def round_to_answer(actor: Actor) -> PulseRound | None:
    """The open round, if this person has not answered it yet; one statement."""
    if actor.kind != "person" or actor.person_id is None:
        return None
    answered = PulseDone.objects.filter(person_id=actor.person_id).values("round_id")
    return PulseRound.objects.filter(closed_at=None).exclude(pk__in=answered).first()


def next_round_on() -> date | None:
    """The day the next round is due: so many months after the last one was opened.

    None while the pulse is off, and before somebody opened the first round.
    """
    held = rhythm()
    newest = PulseRound.objects.first() if held.is_on else None
    if newest is None:
        return None
    began = local_day(newest.opened_at) or people.today()
    month = began.year * 12 + began.month - 1 + held.every_months
    return date(month // 12, month % 12 + 1, min(began.day, 28))


def closed_rounds(actor: Actor, point: Standpoint) -> list[PulseRound]:
    """Rounds closed by the standpoint, the newest first."""
    found = visible_rounds(actor).exclude(closed_at=None)
    if point.known_at is not None:
        found = found.filter(closed_at__lte=point.known_at)
    return list(found)


def results(found: PulseRound) -> list[TeamPulse]:
    """What each team with the teams below it said, in tree order; teams nobody answered for are left out.

    The counts are sums of whole groups of at least five (`calc.small_groups`); nothing of an open round is told.
    """
    if found.closed_at is None:
        return []
    counts: dict[int, Counter[tuple[str, int]]] = {}
    rows = PulseCount.objects.filter(round=found).values_list("team_id", "statement", "score", "count")
    for team_id, statement, score, count in rows:
        counts.setdefault(team_id, Counter())[statement, score] += count
    tree, above = people.team_tree(), parents()
    groups = {int(team): group for team, group in found.groups.items() if int(team) in tree}
    lines = []
    for node in tree:
        inside = set(tree.with_descendants(node.pk))
        if not inside & set(groups):
            continue
        if is_told(node.pk, groups, above):
            summed: Counter[tuple[str, int]] = sum((counts[one] for one in inside if one in counts), Counter())
            lines.append(_told(node, summed, found.statements))
        else:
            group = groups.get(node.pk)
            beyond = {groups[one] for one in inside if one in groups} - inside
            elsewhere = next((one for one in (group, *beyond) if one is not None and one not in inside), None)
            counted_in = tree[elsewhere].name if elsewhere is not None and elsewhere in tree else ""
            lines.append(TeamPulse(node.pk, node.name, node.key, node.depth, None, None, (), counted_in))
    return lines


def _told(node: TeamNode, summed: Mapping[tuple[str, int], int], statements: Sequence[str]) -> TeamPulse:
    each = tuple(one for statement in statements if (one := _result(statement, summed)) is not None)
    number = sum(count for (statement, _score), count in summed.items() if statement == statements[0])
    mean = sum(one.mean for one in each) / len(each) if each else None
    return TeamPulse(node.pk, node.name, node.key, node.depth, number, mean, each)


def _result(statement: str, summed: Mapping[tuple[str, int], int]) -> StatementResult | None:
    own = {score: count for (key, score), count in summed.items() if key == statement}
    number = sum(own.values())
    if not number:
        return None
    agree = sum(count for score, count in own.items() if score >= AGREES)
    return StatementResult(statement, sum(score * count for score, count in own.items()) / number, agree / number)


def group_scores(found: PulseRound) -> dict[int, tuple[int, int]]:
    """By the team its group is counted in: the sum of all scores, and how many there are."""
    sums: dict[int, tuple[int, int]] = {}
    for team_id, score, count in PulseCount.objects.filter(round=found).values_list("team_id", "score", "count"):
        total, number = sums.get(team_id, (0, 0))
        sums[team_id] = (total + score * count, number + count)
    return sums
