"""The life of one KPI as a story: what happened, by whom, on which evidence, and what can still be taken back."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.errors import Problem
from sextant.kpis.models import Kpi
from sextant.lifecycle.days import at_moment
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.queries.lives import standing_transitions
from sextant.lifecycle.queries.undoing import undo_until, why_not
from sextant.lifecycle.sentences import KIND_WORDS, RULE_WORDS, Teller, periods_of
from sextant.metrics.models import Measurement, Metric
from sextant.metrics.queries.series import Series, series_many
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult


@dataclass(frozen=True, slots=True)
class Evidence:
    """A period a transition rests on, with its value as it was known that day, read from the series.

    `now` is the value as it is known now, where it was corrected since; else None.
    """

    start: int
    label: str
    value: float | None
    now: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`is_struck`: taken back since, by `undone_by`. `problem` says why it cannot be taken back; None when it can."""

    transition: Transition
    kind: str
    label: str
    rule: str
    sentence: str
    author: str
    is_by_person: bool
    at: datetime
    evidence: tuple[Evidence, ...]
    is_struck: bool
    undone_by: Transition | None
    can_undo_until: datetime | None
    problem: Problem | None
    promotion: Promotion | None
    key_result: KeyResult | None

    @property
    def can_undo(self) -> bool:
        return self.problem is None and self.can_undo_until is not None


def timeline(actor: Actor, kpi: Kpi, point: Standpoint) -> list[Line]:
    """The newest first. A key result the actor may not see is left out of its line; so is the undo they may not do."""
    found = Transition.objects.filter(kpi=kpi).select_related(
        "kpi__metric", "promotion__key_result__objective", "promotion__owner", "graduation__key_result", "undoes"
    )
    if point.known_at is not None:
        found = found.filter(known_at__lte=point.known_at)
    rows = list(found.order_by("pk"))
    if not rows:
        return []
    undone: dict[int | None, Transition] = {one.undoes_id: one for one in rows if one.undoes_id is not None}
    stands = set(Transition.objects.filter(standing_transitions(point), kpi=kpi).values_list("pk", flat=True))
    named = {one.promotion.key_result_id for one in rows if one.promotion is not None}
    named |= {one.graduation.key_result_id for one in rows if one.graduation is not None}
    seen = set(access.visible("key_result", actor).filter(pk__in=named).values_list("pk", flat=True))
    may_undo = point.known_at is None and access.can("kpi", actor, "change", kpi)
    values, teller = _Values(kpi.metric, rows, point), Teller(point.calendar)
    lines = []
    for place, one in enumerate(rows):
        later = [other for other in rows[place + 1 :] if other.pk in stands]
        lines.append(_line(one, later, undone, stands, seen, may_undo, values, teller))
    return lines[::-1]


def _line(
    one: Transition, later: list[Transition], undone: dict[int | None, Transition], stands: set[int], seen: set[int],
    may_undo: bool, values: _Values, teller: Teller,
) -> Line:  # fmt: skip
    is_struck = one.pk not in stands and one.kind != "undone"
    problem = why_not(one, later, clock.now()) if may_undo else None
    key_result = one.promotion.key_result if one.promotion is not None else None
    if key_result is None and one.graduation is not None:
        key_result = one.graduation.key_result
    if key_result is not None and key_result.pk not in seen:
        key_result = None
    rule = RULE_WORDS.get(one.rule, one.rule)
    return Line(
        one, one.kind, str(KIND_WORDS.get(one.kind, one.kind)), str(rule),
        teller.sentence(one, names_key_result=key_result is not None), one.author,
        one.actor_kind != "system", one.known_at,
        tuple(
            Evidence(start, teller.period(one.kpi.metric, start), *values.at(start, one.known_at))
            for start in periods_of(one)
        ),
        is_struck, undone.get(one.pk), undo_until(one) if may_undo and problem is None else None, problem,
        one.promotion, key_result,
    )  # fmt: skip


class _Values:
    """Values of one metric as they were known at some moments.

    Recorded ones with one statement for all of them; a calculated series is worked out for each moment.
    """

    def __init__(self, metric: Metric, rows: Sequence[Transition], point: Standpoint) -> None:
        self.metric, self.point = metric, point
        starts = {start for one in rows for start in periods_of(one)}
        self._present = self._series(point)
        self._past: dict[datetime, Series] = {}
        self._known: dict[int, list[Measurement]] = defaultdict(list)
        if starts and not self._present.is_calculated:
            for row in Measurement.objects.filter(metric=metric, start__in=starts).order_by("known_at", "pk"):
                self._known[row.start].append(row)

    def at(self, start: int, moment: datetime) -> tuple[float | None, float | None]:
        """(as known then, as known at the standpoint where that differs)."""
        then, now = self._then(start, moment), _value_in(self._present, start)
        return then, now if now != then else None

    def _then(self, start: int, moment: datetime) -> float | None:
        if self._present.is_calculated:
            if moment not in self._past:
                self._past[moment] = self._series(at_moment(moment))
            return _value_in(self._past[moment], start)
        for row in reversed(self._known[start]):
            if row.known_at <= moment and (row.superseded_at is None or row.superseded_at > moment):
                return row.value
        return None

    def _series(self, point: Standpoint) -> Series:
        return series_many([self.metric], point)[self.metric.pk]


def _value_in(series: Series, start: int) -> float | None:
    index = int(np.searchsorted(series.starts, start))
    if index >= len(series.starts) or series.starts[index] != start or math.isnan(series.values[index]):
        return None
    return float(series.values[index])
