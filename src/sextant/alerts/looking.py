"""Looking at many things at once: reading what their rules need with a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import DatabaseError
from django.db.models import QuerySet

from sextant.alerts.corrections import Correction, as_corrected, corrections, look_at_corrections
from sextant.alerts.finding_looks import Judged, judge, look_at_deviation, look_at_unusual
from sextant.alerts.key_result_looks import look_at_chance, look_for_check_in
from sextant.alerts.kpi_looks import KpiFacts, look_at_target, look_for_values
from sextant.alerts.looks import ALL_CLEAR, NOTHING_TO_SEE, Look, failed, in_halves
from sextant.alerts.queries.rules import RulesInForce, budgets_of
from sextant.alerts.rules import ABOUT_THE_TARGET, FROM_FINDINGS
from sextant.core import clock
from sextant.kpis.models import Kpi
from sextant.kpis.queries import facts as reading
from sextant.metrics.queries.series import BASELINE, series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.due import owed_key_results, running
from sextant.okrs.queries.standing import Board, okr_board
from sextant.people.queries import organisation

FIRST_LOOK = 4  # periods that say whether anything changed at all
WHOLE_LOOK = BASELINE  # periods in which since when is looked for


@dataclass(frozen=True, slots=True)
class Looked:
    """`looks` by thing and rule holds those that are watched; `teams` and `frequencies` all that were asked for."""

    looks: Mapping[int, Mapping[str, Look]]
    teams: Mapping[int, int]
    frequencies: Mapping[int, str]


def with_relations(kind: str, ids: Collection[int]) -> Mapping[int, Kpi | KeyResult]:
    """The things with what their events and owners need; one statement."""
    if not ids:
        return {}
    if kind == "kpi":
        return Kpi.objects.select_related("metric").in_bulk(list(ids))
    return KeyResult.objects.select_related("objective", "metric").in_bulk(list(ids))


def watched_key_results() -> QuerySet[KeyResult]:
    """Key results that rules look at: those check-ins are expected of."""
    return running(KeyResult.objects.all())


def look_at_kpis(
    ids: Sequence[int], held: RulesInForce, point: Standpoint, rules: frozenset[str], *, newest: int
) -> Looked:
    """The looks at these KPIs; a rule that nobody hears is not looked at."""
    things = Kpi.objects.select_related("metric").in_bulk(list(ids))
    watched = [
        kpi for kpi in things.values()
        if kpi.state == "active" and kpi.archived_at is None and kpi.metric.archived_at is None
    ]  # fmt: skip
    needed = max(newest, 1 + held.most_patient) if newest < WHOLE_LOOK else newest
    facts, faults = in_halves(watched, lambda part: facts_of(part, point, newest=needed, is_brief=needed < WHOLE_LOOK))
    heard = {kpi.pk: _heard(kpi, held, rules) for kpi in watched}
    judged, unjudged = in_halves(
        [kpi for kpi in watched if kpi.pk in facts and heard[kpi.pk] & set(FROM_FINDINGS)],
        lambda part: _judged(part, held, point),
    )
    corrected = _corrected(watched, heard, point)
    looks: dict[int, dict[str, Look]] = {}
    for pk, own in facts.items():
        looks[pk] = _looks(own, heard[pk], held, judged.get(pk), corrected.get(own.kpi.metric_id, ()))
    for kpi, error in unjudged:
        looks[kpi.pk] |= {rule: failed(error) for rule in FROM_FINDINGS if rule in heard[kpi.pk]}
    for kpi, error in faults:
        looks[kpi.pk] = {rule: failed(error) for rule in heard[kpi.pk]}
    teams = {pk: kpi.metric.team_id for pk, kpi in things.items()}
    return Looked(looks, teams, {pk: kpi.metric.frequency for pk, kpi in things.items()})


def _heard(kpi: Kpi, held: RulesInForce, rules: frozenset[str]) -> frozenset[str]:
    team_id = kpi.metric.team_id
    return frozenset(rule for rule in rules if held.at(rule, team_id, kpi_id=kpi.pk).is_heard)


def facts_of(kpis: Sequence[Kpi], point: Standpoint, *, newest: int, is_brief: bool = False) -> dict[int, KpiFacts]:
    """What was read of these KPIs, by id: so many of the newest periods and one more, targets, and the wall clock."""
    metrics = {kpi.pk: kpi.metric for kpi in kpis}
    series = series_many(list(metrics.values()), point, newest=newest)
    targets = reading.target_rows(metrics, point)
    zone = ZoneInfo(organisation().time_zone)
    return {
        kpi.pk: KpiFacts(kpi, series[kpi.metric_id].newest(newest + 1), targets.get(kpi.pk, ()), point, zone, is_brief)
        for kpi in kpis
    }


def _judged(kpis: Sequence[Kpi], held: RulesInForce, point: Standpoint) -> dict[int, Judged]:
    found = judge([kpi.metric for kpi in kpis], point, budgets_of(held, kpis))
    return {kpi.pk: found[kpi.metric_id] for kpi in kpis if kpi.metric_id in found}


def _corrected(
    kpis: Sequence[Kpi], heard: Mapping[int, frozenset[str]], point: Standpoint
) -> dict[int, list[Correction]]:
    """Past corrections are no news to somebody who looks from a past date."""
    if point.known_at is not None:
        return {}
    asked = [kpi.metric_id for kpi in kpis if heard[kpi.pk] & {"restated", *FROM_FINDINGS}]
    return corrections(asked, clock.now()) if asked else {}


def _looks(
    facts: KpiFacts, heard: frozenset[str], held: RulesInForce, judged: Judged | None, corrected: Sequence[Correction]
) -> dict[str, Look]:
    """One look per rule; a rule that stumbles fails alone."""
    direction, kpi = facts.kpi.metric.direction, facts.kpi
    looks: dict[str, Look] = {}
    if heard & set(ABOUT_THE_TARGET):
        both = _safely(lambda: look_at_target(facts, is_crossing_heard="target_crossed" in heard))
        pair = both if isinstance(both, tuple) else (both, both)
        looks |= dict(zip(ABOUT_THE_TARGET, pair, strict=True))
    if "late" in heard:
        looks["late"] = _one(lambda: look_for_values(facts))
    if "restated" in heard:
        looks["restated"] = _one(lambda: look_at_corrections(facts, corrected)) if corrected else ALL_CLEAR
    if judged is not None:
        seen = as_corrected(corrected)
        for rule, look in (("deviation", look_at_deviation), ("unusual", look_at_unusual)):
            if rule in heard:
                side = held.at(rule, kpi.metric.team_id, kpi_id=kpi.pk).settings.side
                looks[rule] = _one(lambda look=look, side=side: look(judged, direction, side, seen))  # type: ignore[misc]
    return {rule: look for rule, look in looks.items() if rule in heard}


def _one(look: Callable[[], Look]) -> Look:
    found = _safely(look)
    assert isinstance(found, Look)
    return found


def _safely(look: Callable[[], Look | tuple[Look, Look]]) -> Look | tuple[Look, Look]:
    try:
        return look()
    except DatabaseError:
        raise
    except Exception as error:  # shown to people as a RuleFailure
        return failed(error)


def look_at_key_results(
    ids: Sequence[int], held: RulesInForce, point: Standpoint, rules: frozenset[str], *, newest: int
) -> Looked:
    """The looks at these key results. `newest` is for KPIs: their standings read what they need."""
    asked = KeyResult.objects.filter(pk__in=list(ids)).order_by()
    rows = list(asked.values_list("pk", "objective_id", "team_id", "objective__team_id"))
    teams = {pk: own or above for pk, _, own, above in rows}
    watched = set(running(asked).values_list("pk", flat=True))
    looks: dict[int, dict[str, Look]] = {pk: {} for pk in watched}
    if "unlikely" in rules and watched:
        of = {pk: objective_id for pk, objective_id, _, _ in rows if pk in watched}
        boards, faults = in_halves(sorted(set(of.values())), lambda part: _boards(part, point))
        broken = dict(faults)
        for pk, own in looks.items():
            if of[pk] in broken:
                own["unlikely"] = failed(broken[of[pk]])
            else:
                below = held.at("unlikely", teams[pk], key_result_id=pk).settings.below
                own["unlikely"] = _likelihood(pk, boards[of[pk]], below)
    if "check_in_late" in rules and watched:
        owed = owed_key_results(asked.filter(pk__in=watched), point)
        for pk, own in looks.items():
            own["check_in_late"] = look_for_check_in(owed.get(pk))
    return Looked(looks, teams, dict.fromkeys(teams, "week"))


def _likelihood(key_result_id: int, board: Board, below: float) -> Look:
    standing = board.key_results.get(key_result_id)
    return NOTHING_TO_SEE if standing is None else _one(lambda: look_at_chance(standing, below))


def _boards(objective_ids: Sequence[int], point: Standpoint) -> dict[int, Board]:
    """The one board of all these objectives, by the id of each."""
    board = okr_board(Objective.objects.filter(pk__in=list(objective_ids)), point)
    return dict.fromkeys(objective_ids, board)
