"""What to know before trusting a key result (D10): an easy target, one made easier, a guard that gives way, another
measure than at the start, and nobody who answers for it any more; before it starts, a target that asks for next to
nothing or for next to everything.

A hint to look, never a verdict: who may change the key result can explain it away with a reason, which is remembered
until something new is seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sextant.calc.pace import elapsed_share
from sextant.calc.progress import relative_target
from sextant.forecasts.words import hint_key
from sextant.metrics.models import Definition, Metric
from sextant.metrics.queries.series import Series
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Explanation
from sextant.okrs.queries.chances import challenge
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.rows import TermsRow, known
from sextant.okrs.queries.values import newest_of, value_at, whole_series

KEYS = (
    "target-nearly-met", "target-eased", "guard-worse", "measure-changed", "owner-left", "already-likely",
    "very-unlikely",
)  # fmt: skip
NOT_STARTED = ("draft", "proposed", "agreed")
FEW = 12
"""So many key results at most have a missing forecast made while a page waits."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """`key` is one of KEYS; of the last two `share` is the chance. Eased: `before` and `after` are the targets, `share`
    of the time had gone by. Guard: its values at the start and now, in the unit of `guard`, and whether the target is
    met meanwhile. Measure: `hour` is when another definition of its metric came into force.

    `evidence` is what it rests on (the figures, the first period in which the guard was worse, the definition, the
    person who left): an explanation holds as long as that is the same.
    """

    key: str
    evidence: str
    before: float | None = None
    after: float | None = None
    share: float | None = None
    guard: Metric | None = None
    hour: int | None = None
    is_target_met: bool = False
    explanation: Explanation | None = None


def second_looks_in(
    standings: Iterable[KeyResultStanding], point: Standpoint, *, with_explained: bool = False
) -> dict[int, list[SecondLook]]:
    """Second looks by key result id; series of guards, definitions and explanations are read at once for all.

    What was explained is left out, or with `with_explained` carries its explanation.
    """
    rows = list(standings)
    changes = _definitions({one.metric.id for one in rows if one.metric is not None}, point)
    guards = {one.pk: one.key_result.guard for one in rows if one.key_result.guard_id is not None}
    series = whole_series({one.pk for one in guards.values() if one is not None}, point)
    found: dict[int, list[SecondLook]] = {}
    for one in rows:
        looks = [SecondLook("target-nearly-met", f"{one.baseline}>{one.target}")] if one.is_sandbagged else []
        looks += _eased(one) + _chance_at_start(one, at_once=len(rows) <= FEW)
        guard = guards.get(one.pk)
        if guard is not None and one.start is not None and guard.pk in series:
            is_met = one.progress is not None and one.progress >= 1
            looks += _guarded(guard, series[guard.pk], one.start, is_met)
        looks += _measured_otherwise(one, changes)
        owner = one.key_result.owner
        if owner is not None and owner.archived_at is not None and one.facts.objective.state != "closed":
            looks.append(SecondLook("owner-left", str(owner.pk)))
        found[one.pk] = looks
    explained = _explanations([pk for pk, looks in found.items() if looks], point)
    for pk, looks in found.items():
        said = [replace(one, explanation=explained.get((pk, one.key, one.evidence))) for one in looks]
        found[pk] = [one for one in said if with_explained or one.explanation is None]
    return found


def _explanations(key_result_ids: list[int], point: Standpoint) -> dict[tuple[int, str, str], Explanation]:
    """Those that stand, by key result id, key and evidence."""
    if not key_result_ids:
        return {}
    rows = Explanation.objects.filter(known(point), key_result_id__in=key_result_ids)
    return {(one.key_result_id, one.key, one.evidence): one for one in rows}


def _eased(each: KeyResultStanding) -> list[SecondLook]:
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
            return [SecondLook("target-eased", f"{row.id}:{before}>{after}", before, after, share)]
    return []


def _chance_at_start(each: KeyResultStanding, *, at_once: bool) -> list[SecondLook]:
    """Whether its target asks for next to nothing, or for next to everything, before it counts: a hint, never a bar.

    A number nobody had a target for yet is forecast `at_once`, in a few milliseconds.
    """
    if each.kind != "metric" or (each.is_published and each.facts.objective.state not in NOT_STARTED):
        return []
    share = challenge(each).chance.share if at_once else each.chance
    key = "" if share is None else hint_key(share)
    return [SecondLook(key, f"{each.baseline}>{each.target}", share=share)] if key else []


def _target(each: KeyResultStanding, row: TermsRow) -> float | None:
    """The target of these figures; a relative one from the baseline that holds now."""
    if row.relative and row.amount is not None and each.baseline is not None and each.metric is not None:
        return relative_target(each.baseline, row.amount, row.relative, each.metric.direction)
    return row.target


def _guarded(guard: Metric, series: Series, start: int, is_met: bool) -> list[SecondLook]:
    """Whether the guard stands worse now than at the start."""
    before, now = value_at(series, start), newest_of(series, with_running=False)
    if before is None or now is None or now.end <= start or not _is_worse(guard, before.value, now.value):
        return []
    evidence = f"{guard.pk}:{_worse_since(guard, series, before.value, start)}"
    return [SecondLook("guard-worse", evidence, before.value, now.value, guard=guard, is_target_met=is_met)]


def _worse_since(guard: Metric, series: Series, before: float, start: int) -> int:
    """The first hour of the unbroken row of newest periods since the start in which it was worse than `before`."""
    since = int(series.starts[series.complete - 1])
    for index in range(series.complete - 1, -1, -1):
        value = float(series.values[index])
        if math.isnan(value):
            continue
        if series.starts[index] < start or not _is_worse(guard, before, value):
            break
        since = int(series.starts[index])
    return since


def _is_worse(guard: Metric, before: float, now: float) -> bool:
    return now > before if guard.direction == "down" else now < before


def _definitions(metric_ids: set[int], point: Standpoint) -> dict[int, list[int]]:
    """From which hours on other definitions hold, by metric id, ascending."""
    rows = Definition.objects.filter(known(point), metric_id__in=metric_ids, valid_from__isnull=False)
    found: dict[int, list[int]] = {}
    for metric_id, hour in rows.order_by("valid_from").values_list("metric_id", "valid_from"):
        found.setdefault(metric_id, []).append(hour or 0)
    return found


def _measured_otherwise(each: KeyResultStanding, changes: dict[int, list[int]]) -> list[SecondLook]:
    """The newest change of how it is measured between its start and its end, as far as that is past."""
    if each.metric is None or each.start is None:
        return []
    until = min(each.board.now, each.board.now if each.end is None else each.end)
    hours = [hour for hour in changes.get(each.metric.id, ()) if each.start < hour <= until]
    return [SecondLook("measure-changed", f"{each.metric.id}:{hours[-1]}", hour=hours[-1])] if hours else []
