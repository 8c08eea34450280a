"""What people owe: key results by their rhythm, and KPIs whose values they enter by hand. One rule for both lists.

A key result is asked for in the window of each of its due days (`calc.rhythm`) that lies between its start and its
end, until something is said in that window; one nobody ever said anything about is asked for from its first day on.
A KPI is asked for when a period has ended without a value; it is late once the grace days are over. Both lists are
read with a fixed number of statements and no series, so that every page can show the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from sextant.calc.periods import Calendar, Frequency, Period, expected_latest, moment_of
from sextant.calc.rhythm import Slot, slot_on
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.metrics.models import Definition, Measurement
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.access import visible_key_results
from sextant.okrs.models import CheckIn, KeyResult
from sextant.okrs.queries.rows import known
from sextant.people import queries as people

FED_BY_MACHINES = "push"
_RHYTHM = (
    "id", "check_in_every", "starts_on", "due_on", "objective__cycle__starts_on", "objective__cycle__ends_on",
    "published_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """When something is due; `period` is the one a KPI waits for."""

    due_on: date
    is_late: bool
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a key result is asked for, from which day and until which."""

    every: str
    weekday: int
    anchor: date  # two weeks are counted from here
    first: date
    last: date | None

    def owed(self, day: date, last_said: date | None) -> Slot | None:
        """The slot the day asks for; None when it was answered or nothing is asked."""
        if day < self.first:
            return None
        slot = slot_on(day, self.every, self.weekday, self.anchor)
        if slot.due < self.first:
            if last_said is not None:
                return None
            slot = slot_on(slot.closes + timedelta(days=1), self.every, self.weekday, self.anchor)
        if self.last is not None and slot.due > self.last:
            return None
        return None if last_said is not None and last_said >= slot.opens else slot


def count_due(actor: Actor) -> int:
    """How many check-ins this person owes today; three short statements."""
    if actor.person_id is None or not actor.may_read:
        return 0
    point = standpoint()
    return len(owed_key_results(mine(actor), point)) + len(owed_kpis(own_kpis(actor), point))


def running(key_results: QuerySet[KeyResult]) -> QuerySet[KeyResult]:
    """Those that check-ins are expected of: published, in an objective that runs."""
    return key_results.filter(
        objective__state="active", objective__archived_at=None, archived_at=None, closed_at=None,
        published_at__isnull=False,
    )  # fmt: skip


def mine(actor: Actor) -> QuerySet[KeyResult]:
    """Running key results the person owns or contributes to, and may see."""
    through = KeyResult.contributors.through.objects.filter(person_id=actor.person_id or 0)
    own = Q(owner_id=actor.person_id) | Q(pk__in=through.values("keyresult_id"))
    return running(visible_key_results(actor)).filter(own)


def own_kpis(actor: Actor) -> QuerySet[Kpi]:
    """Active KPIs the person owns; an owner sees what they own, so the rule need not be asked."""
    if actor.person_id is None or not actor.may_read:
        return Kpi.objects.none()
    return active(Kpi.objects.filter(metric__owner_id=actor.person_id))


def active(kpis: QuerySet[Kpi]) -> QuerySet[Kpi]:
    return kpis.filter(state="active", archived_at=None, metric__archived_at=None)


def owed_key_results(key_results: QuerySet[KeyResult], point: Standpoint) -> dict[int, Owed]:
    """By id: those of these key results that a check-in is due on. One statement."""
    said = CheckIn.objects.filter(known(point), key_result=OuterRef("pk"), is_draft=False)
    newest = Subquery(said.order_by("-known_at").values("known_at")[:1])
    rows = key_results.order_by().annotate(last_said=newest).values_list(*_RHYTHM, "last_said")
    day, zone, weekday = day_of(point), _zone(), people.organisation().check_in_weekday
    found = {}
    for pk, *facts, last_said in rows:
        slot = rhythm_of(*facts, weekday=weekday, zone=zone).owed(day, local_day(last_said, zone))
        if slot is not None:
            found[pk] = Owed(slot.due, day > slot.due)
    return found


def slot_owed(key_result: KeyResult, day: date) -> Slot | None:
    """The slot a check-in on this day answers; None when nobody waits for one."""
    if key_result.published_at is None:
        return None
    said = CheckIn.objects.filter(key_result=key_result, is_draft=False, superseded_at=None)
    newest = said.order_by("-known_at").values_list("known_at", flat=True).first()
    zone = _zone()
    return rhythm_of_key_result(key_result).owed(day, local_day(newest, zone))


def rhythm_of_key_result(key_result: KeyResult) -> Rhythm:
    cycle = key_result.objective.cycle
    return rhythm_of(
        key_result.check_in_every, key_result.starts_on, key_result.due_on, cycle.starts_on if cycle else None,
        cycle.ends_on if cycle else None, key_result.published_at,
        weekday=people.organisation().check_in_weekday, zone=_zone(),
    )  # fmt: skip


def rhythm_of(
    every: str, starts_on: date | None, due_on: date | None, cycle_starts: date | None, cycle_ends: date | None,
    published_at: datetime | None, *, weekday: int, zone: ZoneInfo,
) -> Rhythm:  # fmt: skip
    """A key result runs from its start, or from the day it was published if that was later, to its due day."""
    published = local_day(published_at, zone)
    planned = starts_on or cycle_starts
    first = max(filter(None, (planned, published)), default=date.min)
    return Rhythm(every, weekday, planned or first, first, due_on or cycle_ends)


def owed_kpis(kpis: QuerySet[Kpi], point: Standpoint) -> dict[int, Owed]:
    """By id: those of these KPIs whose newest complete period waits for a value entered by hand. Two statements."""
    expected: dict[int, tuple[int, Period, int]] = {}
    for pk, metric_id, frequency, span, grace, year_start, newest in _manual(kpis, point):
        if newest == FED_BY_MACHINES:
            continue
        now = point.now_utc if frequency == Frequency.HOUR else point.now
        period = expected_latest(Frequency(frequency), now, _calendar(year_start, point.calendar), span)
        expected[metric_id] = (pk, period, grace)
    known_starts = _recorded({metric_id: period.start for metric_id, (_, period, _) in expected.items()}, point)
    found = {}
    for metric_id, (pk, period, grace) in expected.items():
        if metric_id not in known_starts:
            due = moment_of(period.end) + timedelta(days=grace)
            found[pk] = Owed(due.date(), point.now > due, period)
    return found


def _manual(kpis: QuerySet[Kpi], point: Standpoint) -> Iterable[tuple[Any, ...]]:
    """What decides when a KPI is due, calculated ones left out; last, how its newest value came in."""
    calculated = Definition.objects.filter(metric=OuterRef("metric"), superseded_at=None).exclude(formula="")
    newest = Measurement.objects.filter(known(point), metric=OuterRef("metric")).order_by("-start")
    return (
        kpis.order_by()
        .filter(metric__numerator=None)
        .annotate(newest_kind=Subquery(newest.values("batch__kind")[:1]))
        .filter(~Exists(calculated))
        .values_list(
            "pk", "metric_id", "metric__frequency", "metric__span", "metric__grace_days", "metric__year_start_month",
            "newest_kind",
        )
    )  # fmt: skip


def _recorded(starts: Mapping[int, int], point: Standpoint) -> set[int]:
    """The metrics among these that have a row for the period starting then; "not applicable" is an answer too."""
    if not starts:
        return set()
    rows = Measurement.objects.filter(known(point), metric_id__in=list(starts), start__in=set(starts.values()))
    return {metric_id for metric_id, start in rows.values_list("metric_id", "start") if starts[metric_id] == start}


def day_of(point: Standpoint) -> date:
    """The day a page looks from."""
    return point.as_of or point.now.date()


def local_day(moment: datetime | None, zone: ZoneInfo | None = None) -> date | None:
    """The organisation's day at a moment."""
    return None if moment is None else moment.astimezone(zone or _zone()).date()


def _zone() -> ZoneInfo:
    return ZoneInfo(people.organisation().time_zone)


def _calendar(year_start_month: int | None, base: Calendar) -> Calendar:
    return base if year_start_month is None else Calendar(year_start_month, base.fiscal_year_named_by)
