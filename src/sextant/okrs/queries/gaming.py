"""What to know before trusting a key result (D10): an easy target, one made easier, a guard that gives way, another
measure than at the start, and nobody who answers for it any more; before it starts, a target that asks for next to
nothing or for next to everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sextant.calc.pace import elapsed_share
from sextant.calc.progress import relative_target
from sextant.forecasts.words import hint_key
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.queries.chances import challenge
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import TermsRow, known
from sextant.okrs.queries.values import newest_of, value_at, whole_series

NOT_STARTED = ("draft", "proposed", "agreed")
FEW = 12
"""So many key results at most have a missing forecast made while a page waits."""


@dataclass(frozen=True, slots=True)
class Flag:
    """`key` is target-nearly-met, target-eased, guard-worse, measure-changed, owner-left, already-likely or
    very-unlikely (`share` is the chance). Eased: `before` and `after` are the targets, `share` of the time had gone by.
    Guard: its values at the start and now, in the unit of `guard`, and whether the target is met meanwhile. Measure:
    `hour` is when another definition of its metric came into force.
    """

    key: str
    before: float | None = None
    after: float | None = None
    share: float | None = None
    guard: Metric | None = None
    hour: int | None = None
    is_target_met: bool = False


def flags_in(standings: Iterable[KeyResultStanding], point: Standpoint) -> dict[int, list[Flag]]:
    """Flags by key result id; the series of all guards are read at once, and so are the definitions."""
    rows = list(standings)
    changes = _definitions({one.metric.id for one in rows if one.metric is not None}, point)
    guards = {one.pk: one.key_result.guard for one in rows if one.key_result.guard_id is not None}
    series = whole_series({one.pk for one in guards.values() if one is not None}, point)
    found: dict[int, list[Flag]] = {}
    for one in rows:
        flags = [Flag("target-nearly-met")] if one.is_sandbagged else []
        flags += _eased(one) + _chance_at_start(one, at_once=len(rows) <= FEW)
        guard = guards.get(one.pk)
        if guard is not None and one.start is not None and guard.pk in series:
            is_met = one.progress is not None and one.progress >= 1
            flags += _guarded(guard, series[guard.pk], one.start, is_met)
        flags += _measured_otherwise(one, changes)
        owner = one.key_result.owner
        if owner is not None and owner.archived_at is not None and one.facts.objective.state != "closed":
            flags.append(Flag("owner-left"))
        found[one.pk] = flags
    return found


def _eased(each: KeyResultStanding) -> list[Flag]:
    """The newest change that brought the target nearer to the baseline after the start."""
    rows = [one for one in each.facts.terms if one.valid_from is None or one.valid_from <= each.board.now]
    if each.kind != "metric" or each.baseline is None or each.start is None or each.end is None:
        return []
    for former, row in zip(rows[-2::-1], rows[:0:-1], strict=False):
        before, after = _target(each, former), _target(each, row)
        if before is None or after is None or row.valid_from is None:
            continue
        if abs(after - each.baseline) < abs(before - each.baseline):
            share = elapsed_share(row.valid_from, each.start, each.end)
            return [Flag("target-eased", before, after, share)]
    return []


def _chance_at_start(each: KeyResultStanding, *, at_once: bool) -> list[Flag]:
    """Whether its target asks for next to nothing, or for next to everything, before it counts: a hint, never a bar.

    A number nobody had a target for yet is forecast `at_once`, in a few milliseconds.
    """
    if each.kind != "metric" or (each.is_published and each.facts.objective.state not in NOT_STARTED):
        return []
    share = challenge(each).chance.share if at_once else each.chance
    key = "" if share is None else hint_key(share)
    return [Flag(key, share=share)] if key else []


def _target(each: KeyResultStanding, row: TermsRow) -> float | None:
    """The target of these figures; a relative one from the baseline that holds now."""
    if row.relative and row.amount is not None and each.baseline is not None and each.metric is not None:
        return relative_target(each.baseline, row.amount, row.relative, each.metric.direction)
    return row.target


def _guarded(guard: Metric, series: Series, start: int, is_met: bool) -> list[Flag]:
    """Whether the guard stands worse now than at the start."""
    before, now = value_at(series, start), newest_of(series, with_running=False)
    if before is None or now is None or now.end <= start or not _is_worse(guard, before.value, now.value):
        return []
    return [Flag("guard-worse", before.value, now.value, guard=guard, is_target_met=is_met)]


def _is_worse(guard: Metric, before: float, now: float) -> bool:
    return now > before if guard.direction == "down" else now < before


def _definitions(metric_ids: set[int], point: Standpoint) -> dict[int, list[int]]:
    """From which hours on other definitions hold, by metric id, ascending."""
    rows = Definition.objects.filter(known(point), metric_id__in=metric_ids, valid_from__isnull=False)
    found: dict[int, list[int]] = {}
    for metric_id, hour in rows.order_by("valid_from").values_list("metric_id", "valid_from"):
        found.setdefault(metric_id, []).append(hour or 0)
    return found


def _measured_otherwise(each: KeyResultStanding, changes: dict[int, list[int]]) -> list[Flag]:
    """The newest change of how it is measured between its start and its end, as far as that is past."""
    if each.metric is None or each.start is None:
        return []
    until = min(each.board.now, each.board.now if each.end is None else each.end)
    hours = [hour for hour in changes.get(each.metric.id, ()) if each.start < hour <= until]
    return [Flag("measure-changed", hour=hours[-1])] if hours else []
