"""Do values come in time? The on-time rate per team and month (ZO-5).

The rule, reproducible by hand (docs/method/discipline.md says it for everybody):

1. Counted are the KPIs that are active now and whose values are recorded, not calculated.
2. A period counts once its grace days are over: it is *due* at its end plus the metric's grace days. The month in
   which that moment lies is the month it counts in.
3. It counts only if it ended after the KPI was activated: nobody could be late before.
4. *On time* if the first value for the period was known at the due moment or before; *late* if later; *missed* if
   there is none. A later correction changes nothing: the first value decides.
5. A value whose date comes from an import of history ("dated by import") says nothing about discipline: left out.
6. Rate = on time / (on time + late + missed). Without any due period there is no rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from sextant.calc.periods import Calendar, Frequency, hour_of, moment_of, periods_between
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.kpis.queries.lists import at_work
from sextant.metrics.models import Definition
from sextant.people import queries as people

MONTHS = 13


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How the periods that fell due in a month were met."""

    on_time: int = 0
    late: int = 0
    missed: int = 0

    @property
    def due(self) -> int:
        return self.on_time + self.late + self.missed

    @property
    def rate(self) -> float | None:
        """Share met in time, 0 to 1; None when nothing was due."""
        return self.on_time / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class TeamDiscipline:
    """One team by month; `months` are (year, month), oldest first, as in every other row."""

    team_id: int
    team: str
    team_key: str
    months: tuple[tuple[int, int], ...]
    each: tuple[Punctuality, ...]

    @property
    def whole(self) -> Punctuality:
        return Punctuality(
            sum(one.on_time for one in self.each),
            sum(one.late for one in self.each),
            sum(one.missed for one in self.each),
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a KPI that fell due: when (hours), and when its first value was known (None: not yet)."""

    due_at: int
    known_at: int | None

    @property
    def verdict(self) -> str:
        if self.known_at is None:
            return "missed"
        return "on_time" if self.known_at <= self.due_at else "late"


def discipline(
    actor: Actor, *, months: int = MONTHS, team_ids: Iterable[int] | None = None, now: datetime | None = None
) -> list[TeamDiscipline]:
    """On-time rates of the newest whole months and the running one, per team with KPIs the actor may see.

    `now` is the organisation's wall clock. Three statements whatever the number of KPIs.
    """
    now = now or people.now_local()
    chosen = _months_before(now, months)
    since = hour_of(datetime(*chosen[0], 1))  # noqa: DTZ001 - the calendar line has no zone
    kpis = at_work(actor).filter(state="active", metric__numerator=None).exclude(activated_at=None).order_by()
    if team_ids is not None:
        kpis = kpis.filter(metric__team_id__in=list(team_ids))
    counted = _recorded(list(kpis))
    first_known = _first_known([kpi.metric_id for kpi in counted], since)
    found: dict[int, dict[tuple[int, int], dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for kpi in counted:
        own = found[kpi.metric.team_id]
        for due in due_periods(kpi, first_known.get(kpi.metric_id, {}), since, hour_of(now)):
            moment = moment_of(due.due_at)
            own[moment.year, moment.month][due.verdict] += 1
    return [
        TeamDiscipline(
            node.pk, node.name, node.key, tuple(chosen),
            tuple(Punctuality(**found[node.pk][month]) for month in chosen),
        )
        for node in people.team_tree()
        if node.pk in found
    ]  # fmt: skip


def due_periods(kpi: Kpi, first_known: dict[int, tuple[int, bool]], since: int, now: int) -> list[Due]:
    """The periods of a KPI that fell due from hour `since` to `now`; those dated by an import are left out.

    `first_known` maps a period's start to when its first value was known and whether an import dated it.
    """
    metric = kpi.metric
    grace, calendar = 24 * metric.grace_days, _calendar(metric.year_start_month)
    activated = hour_of(_local(kpi.activated_at)) if kpi.activated_at else now
    found = []
    for period in periods_between(max(since - grace, activated) - 24, now, Frequency(metric.frequency), calendar):
        due_at = period.end + grace
        if not since <= due_at <= now or period.end <= activated:
            continue
        known_at, is_dated = first_known.get(period.start, (None, False))
        if not is_dated:
            found.append(Due(due_at, known_at))
    return found


def _months_before(now: datetime, count: int) -> list[tuple[int, int]]:
    last = now.year * 12 + now.month - 1
    return [(month // 12, month % 12 + 1) for month in range(last - count + 1, last + 1)]


def _recorded(kpis: Sequence[Kpi]) -> list[Kpi]:
    calculated = set(
        Definition.objects.filter(superseded_at=None, metric_id__in=[kpi.metric_id for kpi in kpis])
        .exclude(formula="")
        .values_list("metric_id", flat=True)
    )
    return [kpi for kpi in kpis if kpi.metric_id not in calculated and kpi.metric.span == 1]


def _first_known(metric_ids: Sequence[int], since: int) -> dict[int, dict[int, tuple[int, bool]]]:
    """By metric and period start: when the first value was known (hours, local), and whether an import dated it."""
    found: dict[int, dict[int, tuple[int, bool]]] = defaultdict(dict)
    if not metric_ids:
        return found
    numbers = ",".join(str(int(metric_id)) for metric_id in metric_ids)
    parts = " UNION ALL ".join(
        "SELECT metric_id, start, known_at, dated_by_import FROM metrics_measurement "  # noqa: S608 - whole numbers
        f"WHERE metric_id IN ({numbers}) AND start >= %s AND superseded_at IS {state}"
        for state in ("NULL", "NOT NULL")
    )
    earliest = since - 24 * 800  # a year's value may fall due long after its period began
    with connection.cursor() as cursor:
        cursor.execute(f"{parts} ORDER BY metric_id, start, known_at DESC", [earliest, earliest])
        for metric_id, start, known_at, is_dated in cursor.fetchall():
            found[metric_id][start] = (
                hour_of(_local(known_at)),
                bool(is_dated),
            )  # the last one read is the first known
    return found


def _local(moment: Any) -> datetime:
    """The organisation's wall clock at a stored moment; SQLite keeps moments as text in UTC."""
    known = datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment
    return known.astimezone(ZoneInfo(people.organisation().time_zone)).replace(tzinfo=None)


def _calendar(year_start_month: int | None) -> Calendar:
    base = people.calendar()
    return base if year_start_month is None else Calendar(year_start_month, base.fiscal_year_named_by)
