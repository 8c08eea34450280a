"""Check-ins as a lead sees them: who owes what, what waits to be read, what is in the way, and how punctual teams are.

Discipline is counted from rows, and anybody can count again (docs/guide/check-ins.md):

1. Counted are published key results of objectives that run or were closed, each in the team of its objective.
2. A due day counts in the month it lies in, once its window is over or something was said in it; and only if the
   key result ran already when the window opened. A closed one counts until the day it was closed.
3. On time: the first published check-in of the window was made on the due day or before. Late: after it. Missed:
   there is none. A check-in that was taken back counts for nothing.
4. Rate = on time / (on time + late + missed). KPIs are counted by their values (`kpis.queries.discipline`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from sextant.calc.rhythm import OPEN, slots_between, verdict
from sextant.core.actors import Actor
from sextant.kpis.access import visible_to as visible_kpis
from sextant.kpis.models import Kpi
from sextant.kpis.queries.discipline import MONTHS, VERDICTS, Punctuality, TeamDiscipline
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs import subjects
from sextant.okrs.access import visible_check_ins, visible_key_results
from sextant.okrs.models import Blocker, CheckIn, KeyResult
from sextant.okrs.queries.check_ins import visible_blockers
from sextant.okrs.queries.due import (
    Owed,
    active,
    day_of,
    local_day,
    owed_key_results,
    owed_kpis,
    rhythm_of_key_result,
    running,
)
from sextant.people import queries as people
from sextant.people.models import Person

ESCALATE_AFTER_DAYS = 7
UNREAD_DAYS = 28  # what nobody read for four weeks, nobody will
MOST_UNREAD = 50


@dataclass(frozen=True, slots=True)
class OpenBlocker:
    """A blocker with its age; escalated when it is open longer than a week."""

    blocker: Blocker
    age_days: int

    @property
    def subject(self) -> subjects.Subject:
        found: subjects.Subject | None = self.blocker.key_result or self.blocker.kpi
        assert found is not None
        return found

    @property
    def is_escalated(self) -> bool:
        return self.age_days > ESCALATE_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class OwedBy:
    """What one person owes (None: nobody owns it), the most urgent first."""

    person: Person | None
    items: tuple[tuple[subjects.Subject, Owed], ...]

    @property
    def late(self) -> int:
        return sum(owed.is_late for _, owed in self.items)


@dataclass(frozen=True, slots=True)
class LeadList:
    """What a lead looks at before the meeting."""

    team_ids: frozenset[int]
    unread: tuple[CheckIn, ...]
    owed: tuple[OwedBy, ...]
    blockers: tuple[OpenBlocker, ...]

    @property
    def escalated(self) -> int:
        return sum(one.is_escalated for one in self.blockers)


def teams_led(actor: Actor) -> frozenset[int]:
    """The teams whose check-ins this person reads: all of them for an administrator."""
    if actor.is_admin:
        return frozenset(node.pk for node in people.team_tree().at_work())
    return frozenset(team_id for team_id in actor.roles if actor.has_role(team_id, "lead"))


def lead_list(
    actor: Actor, *, team_ids: Collection[int] | None = None, point: Standpoint | None = None
) -> LeadList:  # fmt: skip
    """Unread check-ins, what is owed and by whom, and open blockers of the teams the actor leads.

    `team_ids` narrows it to some of them. A fixed number of statements.
    """
    point = point or standpoint()
    led = teams_led(actor)
    chosen = led if team_ids is None else led & frozenset(team_ids)
    here = Q(key_result__objective__team_id__in=chosen) | Q(kpi__metric__team_id__in=chosen)
    return LeadList(
        chosen, _unread(actor, here), _owed_by(actor, chosen, point), open_blockers(actor, here, point=point)
    )


def open_blockers(actor: Actor, where: Q | None = None, *, point: Standpoint | None = None) -> tuple[OpenBlocker, ...]:
    """Blockers nobody cleared yet, the oldest first."""
    day = day_of(point or standpoint())
    rows = visible_blockers(actor).filter(where or Q(), resolved_at=None).order_by("known_at", "id")
    return tuple(OpenBlocker(row, (day - (local_day(row.known_at) or day)).days) for row in rows)


def _unread(actor: Actor, where: Q) -> tuple[CheckIn, ...]:
    rows = visible_check_ins(actor).filter(where, is_draft=False, superseded_at=None, acknowledged_at=None)
    rows = rows.filter(known_at__gte=timezone.now() - timedelta(days=UNREAD_DAYS))
    if actor.person_id is not None:
        rows = rows.exclude(author_person_id=actor.person_id)
    rows = rows.exclude(key_result__objective__state="closed").select_related(
        "key_result__objective__team", "key_result__metric", "kpi__metric__team"
    )
    return tuple(rows.order_by("-known_at", "-id")[:MOST_UNREAD])


def _owed_by(actor: Actor, team_ids: Collection[int], point: Standpoint) -> tuple[OwedBy, ...]:
    key_results = running(visible_key_results(actor)).filter(objective__team_id__in=team_ids)
    kpis = active(visible_kpis(actor)).filter(metric__team_id__in=team_ids)
    owed_here, owed_there = owed_key_results(key_results, point), owed_kpis(kpis, point)
    found: dict[Person | None, list[tuple[subjects.Subject, Owed]]] = defaultdict(list)
    for one in KeyResult.objects.filter(pk__in=list(owed_here)).select_related("owner", "objective__team"):
        found[one.owner].append((one, owed_here[one.pk]))
    for kpi in Kpi.objects.filter(pk__in=list(owed_there)).select_related("metric__owner", "metric__team"):
        found[kpi.metric.owner].append((kpi, owed_there[kpi.pk]))
    people_owing = [
        OwedBy(person, tuple(sorted(items, key=lambda item: (item[1].due_on, str(item[0])))))
        for person, items in found.items()
    ]
    return tuple(sorted(people_owing, key=lambda one: (-one.late, one.person.name if one.person else "")))


def check_in_discipline(
    actor: Actor, *, months: int = MONTHS, team_ids: Collection[int] | None = None, today: date | None = None
) -> list[TeamDiscipline]:
    """On time, late and missed check-ins on key results by team and month, the running month last."""
    with people.remembering():
        return _discipline(actor, today or people.today(), months, team_ids)


def _discipline(
    actor: Actor, today: date, months: int, team_ids: Collection[int] | None
) -> list[TeamDiscipline]:  # fmt: skip
    chosen = _months_before(today, months)
    since = date(*chosen[0], 1)
    found: dict[int, Counter[tuple[tuple[int, int], str]]] = defaultdict(Counter)
    key_results = visible_key_results(actor).filter(
        published_at__isnull=False, archived_at=None, objective__state__in=("active", "closed"),
        objective__archived_at=None,
    )  # fmt: skip
    if team_ids is not None:
        key_results = key_results.filter(objective__team_id__in=list(team_ids))
    rows = list(key_results)
    said = _days_said([one.pk for one in rows], since)
    for one in rows:
        found[one.objective.team_id].update(_verdicts(one, said.get(one.pk, ()), since, today))
    return [
        TeamDiscipline(
            node.pk, node.name, node.key, tuple(chosen),
            tuple(Punctuality(*(found[node.pk][month, one] for one in VERDICTS)) for month in chosen),
        )
        for node in people.team_tree()
        if node.pk in found
    ]  # fmt: skip


def _verdicts(
    one: KeyResult, said: Sequence[date], since: date, today: date
) -> Iterator[tuple[tuple[int, int], str]]:  # fmt: skip
    rhythm = rhythm_of_key_result(one)
    ended = [day for day in (rhythm.last, local_day(one.closed_at), local_day(one.objective.closed_at)) if day]
    last = min([today, *ended])
    for slot in slots_between(max(since, rhythm.first), last, rhythm.every, rhythm.weekday, rhythm.anchor):
        if slot.opens < rhythm.first:
            continue
        place = bisect_left(said, slot.opens)
        first_said = said[place] if place < len(said) and said[place] <= slot.closes else None
        found = verdict(slot, first_said, today)
        if found != OPEN:
            yield (slot.due.year, slot.due.month), found


def _days_said(ids: Sequence[int], since: date) -> dict[int, list[date]]:
    """By key result: the days on which something was said, ascending."""
    rows: Any = CheckIn.objects.filter(key_result_id__in=ids, is_draft=False, superseded_at=None)
    rows = rows.filter(known_at__date__gte=since - timedelta(days=40)).order_by("known_at")
    found: dict[int, list[date]] = defaultdict(list)
    for key_result_id, moment in rows.values_list("key_result_id", "known_at"):
        day = local_day(moment)
        if day is not None:
            found[key_result_id].append(day)
    return found


def _months_before(day: date, count: int) -> list[tuple[int, int]]:
    last = day.year * 12 + day.month - 1
    return [(month // 12, month % 12 + 1) for month in range(last - count + 1, last + 1)]
