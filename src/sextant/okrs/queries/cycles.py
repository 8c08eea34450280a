"""Cycles as they went: which run, which are over and not closed, how several of them compare, how a line went on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from sextant.calc.planning import is_achieved
from sextant.calc.progress import clamp
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.kpis.queries.facts import standing_at
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import Closure, Link, Objective
from sextant.okrs.queries.rows import there
from sextant.okrs.queries.standing import okr_board
from sextant.strategy.models import Cycle

OPEN_STATES = ("draft", "proposed", "agreed", "active")


@dataclass(frozen=True, slots=True)
class CycleState:
    """A cycle with the number of its objectives by state, as far as the actor may see them."""

    cycle: Cycle
    counts: Mapping[str, int]
    today: date

    @property
    def open(self) -> int:
        return sum(self.counts.get(state, 0) for state in OPEN_STATES)

    @property
    def drafts(self) -> int:
        return self.counts.get("draft", 0)

    @property
    def unfinished(self) -> int:
        """Open ones, drafts apart."""
        return self.open - self.drafts

    @property
    def total(self) -> int:
        """Drafts apart."""
        return sum(self.counts.values()) - self.counts.get("draft", 0)

    @property
    def phase(self) -> str:
        """coming, running, ended (and not closed) or closed."""
        if self.cycle.closed_at is not None:
            return "closed"
        if self.today < self.cycle.starts_on:
            return "coming"
        return "running" if self.today <= self.cycle.ends_on else "ended"


def cycle_states(actor: Actor, point: Standpoint, cycles: Iterable[Cycle] | None = None) -> list[CycleState]:
    """Cycles at work with what is in them; all of them unless said, the latest start first. Two statements."""
    found = list(visible("cycle", actor).filter(archived_at=None)) if cycles is None else list(cycles)
    counts: dict[int, Counter[str]] = {}
    rows = _objectives(actor, point).filter(cycle_id__in=[one.pk for one in found])
    for cycle_id, state in rows.order_by().values_list("cycle_id", "state"):
        counts.setdefault(cycle_id, Counter())[state] += 1
    today = point.now.date() if point.known_at is None else point.as_of or point.now.date()
    return [CycleState(one, counts.get(one.pk, Counter()), today) for one in found]


def objectives_to_close(actor: Actor, today: date) -> QuerySet[Objective]:
    """The actor's own objectives whose cycle is over and that nobody closed, the longest over first (SX-19)."""
    found = visible("objective", actor).filter(owner_id=actor.person_id or 0, archived_at=None)
    ended = found.filter(cycle__ends_on__lt=today, restores=None).exclude(state="closed")
    return ended.order_by("cycle__ends_on", "title")


@dataclass(frozen=True, slots=True)
class Tally:
    """How objectives of a cycle went. Mean score and share are over those closed with a score."""

    objectives: int
    closed: int
    scored: int
    mean_score: float | None
    achieved: int
    mean_so_far: float | None  # progress of those that still run

    @property
    def share_achieved(self) -> float | None:
        return self.achieved / self.scored if self.scored else None


@dataclass(frozen=True, slots=True)
class Row:
    """A team or a theme with one tally per cycle, in the order of the cycles; None where it had no objective."""

    label: str
    key: str
    tallies: tuple[Tally | None, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """An objective in one cycle of its line: the score of its time, or the progress so far."""

    objective: Objective
    score: float | None
    so_far: float | None
    achieved: bool | None
    closure: Closure | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An objective carried through several cycles, one stop or None for each."""

    title: str
    stops: tuple[Stop | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    cycles: tuple[Cycle, ...]
    overall: tuple[Tally, ...]
    teams: tuple[Row, ...]
    themes: tuple[Row, ...]
    lines: tuple[Line, ...]


def compare(actor: Actor, cycles: Sequence[Cycle], point: Standpoint) -> Comparison:
    """Cycles side by side. Scores are those written down at closing, so they keep the targets of their time.

    Drafts count nowhere, and personal objectives are never compared.
    """
    found = _objectives(actor, point).filter(cycle_id__in=[one.pk for one in cycles], is_personal=False)
    objectives = list(found.exclude(state="draft").order_by("title", "pk"))
    stops = {one.objective.pk: one for one in stops_of(objectives, point)}
    by_cycle = [[stops[one.pk] for one in objectives if one.cycle_id == cycle.pk] for cycle in cycles]
    return Comparison(
        cycles=tuple(cycles),
        overall=tuple(_tally(column) for column in by_cycle),
        teams=_rows(by_cycle, lambda one: (one.team.name, one.team.key)),
        themes=_rows(by_cycle, lambda one: (one.theme.name, one.theme.key) if one.theme is not None else ("", "")),
        lines=_lines(by_cycle, stops),
    )


def score_history(actor: Actor, objective: Objective, point: Standpoint) -> list[Stop]:
    """The objective through the cycles it was carried through, the earliest first, as far as the actor may see.

    Each closed stop has the score that was written down then; the last one, when it runs, its progress so far.
    """
    line = [objective]
    seen = {objective.pk}
    standing = Closure.objects.filter(standing_at(point)).select_related("objective", "carried_to")
    while (before := standing.filter(carried_to=line[0]).first()) is not None and before.objective_id not in seen:
        line.insert(0, before.objective)
        seen.add(before.objective_id)
    while (closure := standing.filter(objective=line[-1]).first()) is not None:
        following = closure.carried_to
        if following is None or following.pk in seen or following.archived_at is not None:
            break
        line.append(following)
        seen.add(following.pk)
    allowed = {one.pk: one for one in visible("objective", actor).filter(pk__in=seen)}
    return stops_of([allowed[one.pk] for one in line if one.pk in allowed], point)


def steps_of(actor: Actor, objective: Objective, point: Standpoint) -> list[Stop]:
    """The steps of a longer objective (GE-7), in the order of their cycles, each with its score or its progress."""
    links = Link.objects.filter(standing_at(point), kind="step_of").filter(
        Q(objective=objective) | Q(key_result__objective=objective)
    )
    found = _objectives(actor, point).filter(pk__in=links.values("child_id")).exclude(state="draft")
    return stops_of(list(found.order_by("cycle__starts_on", "title")), point)


def stops_of(objectives: Sequence[Objective], point: Standpoint) -> list[Stop]:
    """Each objective with its frozen score, or while it runs its progress so far; a fixed number of statements."""
    rows = Closure.objects.filter(standing_at(point), objective_id__in=[one.pk for one in objectives])
    closures = {row.objective_id: row for row in rows.select_related("carried_to")}
    running = [one for one in objectives if one.pk not in closures]
    board = okr_board(running, point) if running else None
    found = []
    for one in objectives:
        closure = closures.get(one.pk)
        standing = board.objectives.get(one.pk) if board is not None and closure is None else None
        score = closure.score if closure is not None else None
        so_far = standing.progress if standing is not None else None
        found.append(Stop(one, score, so_far, is_achieved(score, one.ambition), closure))
    return found


def _objectives(actor: Actor, point: Standpoint) -> QuerySet[Objective]:
    return visible("objective", actor).filter(there(point))


def _tally(stops: Sequence[Stop]) -> Tally:
    scores = [one.score for one in stops if one.score is not None]
    so_far = [clamp(one.so_far) for one in stops if one.so_far is not None]
    return Tally(
        objectives=len(stops),
        closed=sum(one.closure is not None for one in stops),
        scored=len(scores),
        mean_score=math.fsum(scores) / len(scores) if scores else None,
        achieved=sum(one.achieved is True for one in stops),
        mean_so_far=math.fsum(so_far) / len(so_far) if so_far else None,
    )


def _rows(by_cycle: Sequence[Sequence[Stop]], group: Callable[[Objective], tuple[str, str]]) -> tuple[Row, ...]:
    """One row per group, by name; objectives without one come last, with an empty name."""
    names = {group(one.objective) for column in by_cycle for one in column}
    rows = []
    for label, key in sorted(names, key=lambda name: (not name[1], name[0].casefold(), name[1])):
        columns = [[one for one in column if group(one.objective) == (label, key)] for column in by_cycle]
        rows.append(Row(label, key, tuple(_tally(column) if column else None for column in columns)))
    return tuple(rows)


def _lines(by_cycle: Sequence[Sequence[Stop]], stops: Mapping[int, Stop]) -> tuple[Line, ...]:
    """Objectives that were carried from one of these cycles to another, under the title they have last."""
    place = {one.objective.pk: at for at, column in enumerate(by_cycle) for one in column}
    after = {
        pk: one.closure.carried_to_id
        for pk, one in stops.items()
        if one.closure is not None and one.closure.carried_to_id in place
    }
    lines = []
    for first in [pk for pk in place if pk in after and pk not in after.values()]:
        cells: list[Stop | None] = [None] * len(by_cycle)
        at: int | None = first
        while at is not None:
            cells[place[at]] = stops[at]
            title = stops[at].objective.title
            at = after.get(at)
        lines.append(Line(title, tuple(cells)))
    return tuple(sorted(lines, key=lambda one: one.title.casefold()))
