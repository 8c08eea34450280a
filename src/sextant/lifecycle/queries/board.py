"""Every KPI by where it is in its life: how long, who is at it, and what is to be decided next and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import Standing, standings
from sextant.lifecycle.days import last_day, local_day
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.queries.lives import entered, histories, lives_at, standing_transitions
from sextant.lifecycle.queries.marks import Mark, mark_of
from sextant.lifecycle.queries.promotions import ExitProgress, exit_progresses
from sextant.lifecycle.sentences import STATE_WORDS, Teller, day_words
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult
from sextant.people.models import Person, Team
from sextant.people.queries import people_at_work, team_tree

# What needs a word first, then what is worked on, then what is only watched.
ORDER = ("overdue", "suspected", "promoted", "restoring", "accepted", "watched")
BADNESS = {"off_target": 0, "watch": 1}  # what is on target, or cannot be judged, comes after


@dataclass(frozen=True, slots=True)
class Entry:
    """A KPI on the board. `since` and `days`: how long it has been in this state; `by` the transition that did it.

    `next_step` says what comes next, `next_on` when; `decides` who is to decide, None where nobody here answers for it.
    `owner_left`: whoever owned it is not here any more.
    """

    kpi: Kpi
    standing: Standing
    life: calc.Life
    mark: Mark
    since: datetime | None
    days: int
    by: Transition | None
    sentence: str
    promotion: Promotion | None
    key_result: KeyResult | None
    progress: ExitProgress | None
    next_step: str
    next_on: date | None
    decides: Person | None
    owner_left: bool

    @property
    def state(self) -> str:
        return self.life.state

    @property
    def is_relapse(self) -> bool:
        return self.mark.is_relapse

    @property
    def waits_for_decision(self) -> bool:
        return self.life.state in (calc.OVERDUE, calc.SUSPECTED)


@dataclass(frozen=True, slots=True)
class Column:
    """The KPIs in one state, in the order in which they are shown."""

    state: str
    label: str
    entries: tuple[Entry, ...]

    @property
    def count(self) -> int:
        return len(self.entries)


@dataclass(frozen=True, slots=True)
class Board:
    """`columns` in the order of `ORDER`, empty ones included; `monitored` counts those of which nothing is to say.

    `deciding` are those that wait for a person's word, overdue ones first, the longest first.
    """

    columns: tuple[Column, ...]
    deciding: tuple[Entry, ...]
    monitored: int
    counts: Mapping[str, int]

    @property
    def is_empty(self) -> bool:
        return not any(column.entries for column in self.columns)


def board(
    actor: Actor, point: Standpoint, *, team: Team | None = None, include_below: bool = True, is_mine: bool = False
) -> Board:
    """The board of what the actor may see, of a team (with those below it), or of what the actor owns (`is_mine`)."""
    found = visible("kpi", actor).filter(archived_at=None, state="active", metric__archived_at=None)
    if team is not None:
        ids = team_tree().with_descendants(team.pk) if include_below else [team.pk]
        found = found.filter(metric__team_id__in=ids)
    if is_mine:
        given = Promotion.objects.filter(owner_id=actor.person_id or 0, ended_at=None).values("kpi_id")
        found = found.filter(metric__owner_id=actor.person_id or 0) | found.filter(pk__in=given)
    total = found.order_by().distinct().count()
    kpis = _with_a_life(list(_candidates(found, point)), point)
    entries = _entries(actor, kpis, point)
    columns = tuple(
        Column(state, str(STATE_WORDS[state]), tuple(one for one in entries if one.state == state)) for state in ORDER
    )
    counts = Counter(one.state for one in entries)
    deciding = [one for one in entries if one.waits_for_decision]
    deciding.sort(key=lambda one: (one.state != calc.OVERDUE, -one.days))
    monitored = total - len(entries)
    return Board(columns, tuple(deciding), monitored, {**{one: counts[one] for one in ORDER}, "monitored": monitored})


def _candidates(found: QuerySet[Kpi], point: Standpoint) -> QuerySet[Kpi]:
    """Those of whose life anything stands."""
    rows = Transition.objects.filter(standing_transitions(point)).order_by()
    return found.filter(pk__in=rows.values("kpi_id")).distinct().order_by("metric__name", "pk")


def _with_a_life(kpis: list[Kpi], point: Standpoint) -> dict[Kpi, calc.Life]:
    lives = lives_at([kpi.pk for kpi in kpis], point)
    return {kpi: lives[kpi.pk] for kpi in kpis if lives[kpi.pk].state != calc.MONITORED}


def _entries(actor: Actor, kpis: Mapping[Kpi, calc.Life], point: Standpoint) -> list[Entry]:
    if not kpis:
        return []
    past = histories([kpi.pk for kpi in kpis], point)
    named = [life.promotion for life in kpis.values() if life.promotion is not None]
    promotions = Promotion.objects.select_related("kpi__metric", "key_result__objective", "cycle", "owner").in_bulk(
        named
    )
    ways = {kpi.pk: entered(past.get(kpi.pk, []), life.state) for kpi, life in kpis.items()}
    named_results = {one.key_result_id for one in promotions.values()}
    named_results |= {by.graduation.key_result_id for by in ways.values() if by is not None and by.graduation}
    key_results = visible("key_result", actor).in_bulk(named_results)
    progress = exit_progresses([one for one in promotions.values() if _is_at_work(kpis, one)], point)
    here = set(people_at_work().values_list("pk", flat=True))
    stand = {each.kpi.pk: each for each in standings(list(kpis), point)}
    teller = Teller(point.calendar)
    found = []
    for kpi, life in kpis.items():
        promotion = promotions.get(life.promotion or 0)
        by = ways[kpi.pk]
        worked_by = promotion or (by.graduation if by is not None else None)
        key_result = key_results.get(worked_by.key_result_id) if worked_by is not None else None
        said = teller.sentence(by, names_key_result=key_result is not None) if by is not None else ""
        owners = [promotion.owner if promotion is not None else None, kpi.metric.owner]
        since = by.known_at if by is not None else None
        days = max(0, (point.now.date() - local_day(since)).days) if since is not None else 0
        mark = mark_of(life, kpi.metric.frequency, promotion if life.state in calc.AT_WORK else None)
        step, on = _next(life, kpi)
        found.append(Entry(
            kpi, stand[kpi.pk], life, mark, since, days, by, said, promotion,
            key_result, progress.get(promotion.pk) if promotion is not None else None, step, on,
            next((one for one in owners if one is not None and one.pk in here), None),
            any(one is not None and one.pk not in here for one in owners) or all(one is None for one in owners),
        ))  # fmt: skip
    return sorted(found, key=_urgency)


def _urgency(one: Entry) -> tuple[int, int, int, str]:
    """Where it stands on the board: what is off target first, then the longest."""
    badness = BADNESS.get(one.standing.computed, len(BADNESS))
    return ORDER.index(one.state), badness, -one.days, one.kpi.metric.name


def _is_at_work(kpis: Mapping[Kpi, calc.Life], promotion: Promotion) -> bool:
    life = kpis.get(promotion.kpi)
    return life is not None and life.state in calc.AT_WORK


def _next(life: calc.Life, kpi: Kpi) -> tuple[str, date | None]:
    """What comes next and on which day."""
    on = None if life.ends is None else last_day(life.ends, kpi.metric.frequency)
    words = {"day": day_words(on) if on is not None else "–"}
    return {
        calc.OVERDUE: _("Extend, plan anew, accept or end it: its last day was %(day)s"),
        calc.SUSPECTED: _("Promote it, accept it as it is, or set the suspicion aside"),
        calc.PROMOTED: _("Comes back by itself, or is decided about after %(day)s"),
        calc.RESTORING: _("Comes back by itself, or is decided about after %(day)s"),
        calc.ACCEPTED: _("Asked again after %(day)s"),
        calc.WATCHED: _("Watched as usual after %(day)s, unless it relapses"),
    }[life.state] % words, None if life.state == calc.SUSPECTED else on
