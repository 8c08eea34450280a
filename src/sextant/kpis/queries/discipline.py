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

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from sextant.calc.periods import Calendar, Frequency, hour_of, moment_of, periods_between
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.kpis.queries.lists import at_work
from sextant.metrics.models import Definition
from sextant.people import queries as people

MONTHS = 13
VERDICTS = ("on_time", "late", "missed")


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


class Due(NamedTuple):
    """A period of a rhythm that fell due: its bounds in hours, the moment, and the month that counts it."""

    start: int
    end: int
    moment: Any  # as the database hands moments out, so that thousands of them are compared as they come
    month: tuple[int, int]


Known = Mapping[int, tuple[Any, bool]]
"""By period start: when its first value was known, as the database says it, and whether an import dated it."""


def discipline(
    actor: Actor, *, months: int = MONTHS, team_ids: Iterable[int] | None = None, now: datetime | None = None
) -> list[TeamDiscipline]:
    """On-time rates of the newest whole months and the running one, per team with KPIs the actor may see.

    `now` is the organisation's wall clock. Two statements, and one per rhythm, whatever the number of KPIs.
    """
    now = now or people.now_local()
    chosen = _months_before(now, months)
    since = hour_of(datetime(*chosen[0], 1))  # noqa: DTZ001 - the calendar line has no zone
    kpis = at_work(actor).filter(state="active", metric__numerator=None).exclude(activated_at=None).order_by()
    if team_ids is not None:
        kpis = kpis.filter(metric__team_id__in=list(team_ids))
    found: dict[int, Counter[tuple[tuple[int, int], str]]] = defaultdict(Counter)
    for rhythm, alike in _by_rhythm(_recorded(list(kpis))).items():
        schedule = _schedule(*rhythm, since, hour_of(now))
        first_known = _first_known([kpi.metric_id for kpi in alike], schedule)
        for kpi in alike:
            found[kpi.metric.team_id].update(verdicts(kpi, schedule, first_known.get(kpi.metric_id, {})))
    return [
        TeamDiscipline(
            node.pk, node.name, node.key, tuple(chosen),
            tuple(Punctuality(*(found[node.pk][month, verdict] for verdict in VERDICTS)) for month in chosen),
        )
        for node in people.team_tree()
        if node.pk in found
    ]  # fmt: skip


def verdicts(kpi: Kpi, schedule: Sequence[Due], known: Known) -> Iterator[tuple[tuple[int, int], str]]:
    """Month and verdict of each period of the KPI that fell due after it was activated; dated history left out."""
    activated = hour_of(_local(kpi.activated_at)) if kpi.activated_at else schedule[-1].end if schedule else 0
    for due in schedule:
        if due.end <= activated:
            continue
        first = known.get(due.start)
        if first is None:
            yield due.month, "missed"
        elif not first[1]:
            yield due.month, "on_time" if first[0] <= due.moment else "late"


Rhythm = tuple[str, int, int | None]
"""Frequency, grace days, and the month a year of its own begins with."""


def _by_rhythm(kpis: Sequence[Kpi]) -> dict[Rhythm, list[Kpi]]:
    found: dict[Rhythm, list[Kpi]] = defaultdict(list)
    for kpi in kpis:
        found[kpi.metric.frequency, kpi.metric.grace_days, kpi.metric.year_start_month].append(kpi)
    return found


def _schedule(frequency: str, grace_days: int, year_start_month: int | None, since: int, now: int) -> list[Due]:
    """What fell due from one hour to another, worked out once for all KPIs of the rhythm."""
    grace, calendar = 24 * grace_days, _calendar(year_start_month)
    periods = periods_between(since - grace - 1, now, Frequency(frequency), calendar)
    ends = ((period, period.end + grace) for period in periods)
    return [
        Due(period.start, period.end, _stored(due_at), (moment_of(due_at).year, moment_of(due_at).month))
        for period, due_at in ends
        if since <= due_at <= now
    ]


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


def _first_known(metric_ids: Sequence[int], schedule: Sequence[Due]) -> dict[int, dict[int, tuple[Any, bool]]]:
    """By metric and period start: when the first value was known, and whether an import dated it."""
    found: dict[int, dict[int, tuple[Any, bool]]] = defaultdict(dict)
    if not schedule:
        return found
    numbers = ",".join(str(int(metric_id)) for metric_id in metric_ids)
    parts = " UNION ALL ".join(
        "SELECT metric_id, start, known_at, dated_by_import FROM metrics_measurement "  # noqa: S608 - whole numbers
        f"WHERE metric_id IN ({numbers}) AND start >= %s AND superseded_at IS {state}"
        for state in ("NULL", "NOT NULL")
    )
    with connection.cursor() as cursor:
        cursor.execute(parts, [schedule[0].start] * 2)
        for metric_id, start, known_at, is_dated in cursor.fetchall():
            own = found[metric_id]
            if start not in own or known_at < own[start][0]:
                own[start] = (known_at, bool(is_dated))
    return found


def _stored(hour: int) -> Any:
    """An hour of the organisation's clock as the database hands moments out: SQLite without a zone, in UTC."""
    moment = moment_of(hour).replace(tzinfo=ZoneInfo(people.organisation().time_zone)).astimezone(UTC)
    return moment.replace(tzinfo=None) if connection.vendor == "sqlite" else moment


def _local(moment: datetime) -> datetime:
    """The organisation's wall clock at a moment."""
    return moment.astimezone(ZoneInfo(people.organisation().time_zone)).replace(tzinfo=None)


def _calendar(year_start_month: int | None) -> Calendar:
    base = people.calendar()
    return base if year_start_month is None else Calendar(year_start_month, base.fiscal_year_named_by)
