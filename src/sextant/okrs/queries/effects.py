"""Whether the work moved what it should: the number of its key result before the work and since (GE-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sextant.calc.periods import hour_of
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Initiative
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.standing import Board
from sextant.okrs.queries.values import value_at, whole_series


@dataclass(frozen=True, slots=True)
class Effect:
    """`before` is the value of the last period that was over when the work began, `after` the newest one, `verdict`
    "better", "worse", "same" or "open" (not begun, no key result, or no values on both sides). That the number moved
    does not prove that the work moved it.
    """

    before: float | None
    after: float | None
    verdict: str


OPEN = Effect(None, None, "open")


def effects(initiatives: Iterable[Initiative], board: Board, point: Standpoint) -> dict[int, Effect]:
    """By initiative id, with one read of the series concerned."""
    rows = list(initiatives)
    standings = {one.pk: board.key_results.get(one.key_result_id or 0) for one in rows}
    wanted = {each.metric.id for each in standings.values() if each is not None and each.metric is not None}
    series = whole_series(wanted, point)
    found = {}
    for one in rows:
        each = standings[one.pk]
        if each is None or each.metric is None or one.starts_on is None or one.starts_on > point.now.date():
            found[one.pk] = OPEN
            continue
        own = series.get(each.metric.id)
        start = hour_of(one.starts_on)
        before = value_at(own, start) if own is not None else None
        now = each.reading
        if before is None or before.end > start or now is None or now.end <= start:
            found[one.pk] = OPEN
        else:
            found[one.pk] = Effect(before.value, now.value, _verdict(each, before.value, now.value))
    return found


def _verdict(each: KeyResultStanding, before: float, after: float) -> str:
    if before == after:
        return "same"
    way = None if each.target is None or each.baseline is None else each.target - each.baseline
    if not way and each.metric is not None:
        way = -1.0 if each.metric.direction == "down" else 1.0
    return "better" if (after - before) * (way or 1.0) > 0 else "worse"
