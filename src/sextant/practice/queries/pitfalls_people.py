"""The three pitfalls that are seen in what people do: taking part, coming in time, and the time it takes.

Counted by team, never by person, and only in groups of at least five people (`calc.small_groups`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import median

from sextant.calc.pitfalls import pulse_severity
from sextant.calc.small_groups import gathered
from sextant.notifications.models import Comment
from sextant.okrs.models import CheckIn
from sextant.okrs.queries.team_check_ins import check_in_discipline
from sextant.people import queries as people
from sextant.practice.queries.evidence import Evidence
from sextant.practice.queries.home_teams import parents
from sextant.practice.queries.pulse import closed_rounds, group_scores
from sextant.practice.queries.situation import Situation

MONTHS = 3
PART_DAYS = 182
EFFORT_DAYS = 91
ITEMS = 5
"""A usual week: five things to check in on."""
OKR_KINDS = ("objective", "key_result", "initiative", "check_in")


def misfit_culture(now: Situation) -> Evidence:
    """Check-ins that were late or missed in three months, and what the last pulse says."""
    groups = gathered(now.people, parents())
    own = check_in_discipline(now.actor, months=MONTHS, today=now.point.now.date())
    totals: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for row in own:
        group = _group_of(row.team_id, groups)
        if group is not None:
            totals[group] += row.whole.due
            counts[group] += row.whole.late + row.whole.missed
    hints, beside = _pulse(now)
    return Evidence(totals, counts, hints=hints, beside=beside, counted_in=_with_empty(now, groups))


def _pulse(now: Situation) -> tuple[dict[int | None, str], dict[str, float]]:
    """What the newest closed pulse says of each group, and of the organisation."""
    newest = next((one for one in closed_rounds(now.actor, now.point) if one.answers), None)
    if newest is None:
        return {}, {}
    scores = group_scores(newest)
    total, number = (sum(column) for column in zip(*scores.values(), strict=True)) if scores else (0, 0)
    if not number:
        return {}, {}
    hints: dict[int | None, str] = {team_id: pulse_severity(own / count) for team_id, (own, count) in scores.items()}
    hints[None] = pulse_severity(total / number)
    return hints, {"pulse-mean": total / number}


def low_buy_in(now: Situation) -> Evidence:
    """People who neither checked in nor said a word on an objective or key result in half a year."""
    groups = gathered(now.people, parents())
    if not now.open_objectives:
        return Evidence(counted_in=_with_empty(now, groups))
    active = _took_part(now)
    totals: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for person_id, team_id in now.homes.items():
        group = groups.get(team_id)
        if group is not None:
            totals[group] += 1
            counts[group] += person_id not in active
    return Evidence(totals, counts, counted_in=_with_empty(now, groups))


def _took_part(now: Situation) -> set[int]:
    since = now.since(PART_DAYS)
    said = CheckIn.objects.filter(is_draft=False, superseded_at=None, known_at__gte=since, known_at__lte=now.moment)
    wrote = Comment.objects.filter(
        subject_kind__in=OKR_KINDS, deleted_at=None, known_at__gte=since, known_at__lte=now.moment
    )
    found = set(said.values_list("author_person_id", flat=True)) | set(wrote.values_list("author_id", flat=True))
    return {person_id for person_id in found if person_id is not None}


def time_consuming(now: Situation) -> Evidence:
    """Median seconds for five check-ins in the last quarter, as the page measured them."""
    rows = CheckIn.objects.filter(
        is_draft=False, superseded_at=None, seconds__isnull=False, known_at__gte=now.since(EFFORT_DAYS),
        known_at__lte=now.moment, author_person__isnull=False,
    )  # fmt: skip
    by_team: dict[int, list[float]] = defaultdict(list)
    who: dict[int, set[int]] = defaultdict(set)
    for person_id, seconds in rows.values_list("author_person_id", "seconds"):
        if person_id in now.homes:
            by_team[now.homes[person_id]].append(seconds or 0.0)
            who[now.homes[person_id]].add(person_id)
    groups = gathered({team_id: len(each) for team_id, each in who.items()}, parents())
    grouped: dict[int, list[float]] = defaultdict(list)
    for team_id, seconds_each in by_team.items():
        group = groups.get(team_id)
        if group is not None:
            grouped[group] += seconds_each
    totals = {group: len(each) for group, each in grouped.items()}
    figures: dict[int | None, float] = {group: ITEMS * median(each) for group, each in grouped.items()}
    whole = [seconds for each in grouped.values() for seconds in each]
    if whole:
        figures[None] = ITEMS * median(whole)
    beside = {"automation": automation_share(now)} if now.running else {}
    return Evidence(totals, totals, figures=figures, beside=beside, counted_in=_with_empty(now, groups))


def automation_share(now: Situation) -> float:
    """The share of key results at work whose number comes from a KPI or a formula, so that nobody types it again."""
    numbered = [one.metric for one in now.running if one.metric is not None]
    fed = [one for one in numbered if one.is_kpi or one.has_formula or one.numerator_id is not None]
    return len(fed) / len(numbered) if numbered else 0.0


def _group_of(team_id: int, groups: Mapping[int, int | None]) -> int | None:
    """Where a team's people are counted; without people of its own it is the group of its teams, or of those above."""
    if team_id in groups.values():
        return team_id
    tree = people.team_tree()
    way: Iterable[int] = [team_id, *(node.pk for node in reversed(tree.ancestors(team_id)))]
    return next((groups[one] for one in way if one in groups), None)


def _with_empty(now: Situation, groups: Mapping[int, int | None]) -> dict[int, int | None]:
    """The group of every team, also of those without people of their own."""
    return {node.pk: _group_of(node.pk, groups) for node in people.team_tree()}


DETECTORS: Mapping[str, Callable[[Situation], Evidence]] = {
    "okr-misfit-culture": misfit_culture,
    "okr-low-buy-in": low_buy_in,
    "okr-time-consuming": time_consuming,
}
