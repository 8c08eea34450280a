"""Where objectives stand: their key results, what contributes to them, and the roll-up.

One path for one thing and for thousands, with a fixed number of statements; the arithmetic is `calc`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property

from sextant.calc.periods import Calendar
from sextant.calc.rollup import OwnDescendantError, Part, Rolled, RolledMany, roll_up
from sextant.core.errors import Hidden
from sextant.forecasts.queries.chances import Chance
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries import at_once
from sextant.okrs.queries import rows as reading
from sextant.okrs.queries.key_results import Facts, KeyResultStanding
from sextant.okrs.queries.rows import (
    CheckInRow,
    KeyResultRow,
    LinkRow,
    MetricRow,
    ObjectiveRow,
    OverrideRow,
    TermsRow,
    day_of,
)
from sextant.okrs.queries.second_looks import SecondLook, second_looks_in
from sextant.okrs.queries.values import latest_values, newest_of, whole_series

COUNTED_STATES = ("active", "closed")


class ObjectiveStanding:
    """An objective and where it stands: the mean of its parts beside the worst of them."""

    def __init__(self, board: Board, row: ObjectiveRow, key_results: list[KeyResultStanding]) -> None:
        self.board, self.row = board, row
        self.pk, self.key, self.title, self.state = row.id, row.key, row.title, row.state
        self.key_results = key_results
        self.starts_on, self.ends_on = day_of(row.starts_on), day_of(row.ends_on)

    def __repr__(self) -> str:
        return f"<{self.key}: {self.progress} {self.status}>"

    @property
    def objective(self) -> Objective:
        return self.board.objective_models[self.pk]

    @cached_property
    def parent(self) -> LinkRow | None:
        """What it contributes to."""
        return self.board.parents.get(self.pk)

    @cached_property
    def supports(self) -> list[LinkRow]:
        return [one for one in self.board.links_of.get(self.pk, ()) if one.kind == "supports"]

    @cached_property
    def step_of(self) -> list[LinkRow]:
        return [one for one in self.board.links_of.get(self.pk, ()) if one.kind == "step_of"]

    @cached_property
    def children(self) -> list[int]:
        """Objectives that contribute to it or to one of its key results, by id."""
        return [one.child_id for one in self.board.children.get(self.pk, ())]

    @cached_property
    def parts(self) -> list[Part]:
        """What its number is made of, as its switch says; drafts count nowhere. What the switch leaves out weighs
        nothing and is still looked at: nothing hides a part that fails.
        """
        found = [one.part for one in self.key_results if one.is_published]
        if self.row.rollup == "children":
            found = [replace(part, weight=0) for part in found]
        for link in self.board.children.get(self.pk, ()):
            child = self.board.objectives.get(link.child_id)
            if child is not None and child.state in COUNTED_STATES:
                weight = 0 if self.row.rollup == "key_results" else link.weight
                found.append(Part(child.progress, weight, child.status))
        return found

    @cached_property
    def rolled(self) -> Rolled:
        return self.board.rolled_up(self.pk) or roll_up(self.parts)

    @property
    def computed_progress(self) -> float | None:
        return self.rolled.progress

    @cached_property
    def override(self) -> OverrideRow | None:
        return self.board.overrides.get(self.pk)

    @property
    def progress(self) -> float | None:
        """A person's word where one holds, else the roll-up, from 0 to 1."""
        if self.override is not None and self.override.progress is not None:
            return self.override.progress
        return self.rolled.progress

    @property
    def counted(self) -> int:
        return self.rolled.counted

    @property
    def total(self) -> int:
        return self.rolled.total

    @property
    def worst(self) -> str:
        return self.rolled.worst

    @property
    def status(self) -> str:
        """A person's word where one holds, else the worst of its parts; of a draft, incomplete."""
        if self.override is not None and self.override.status:
            return self.override.status
        return self.rolled.worst

    @cached_property
    def is_guardrail_only(self) -> bool:
        """Whether it has health and no percentage."""
        parts = self.parts
        return bool(parts) and all(part.is_guardrail for part in parts)

    @cached_property
    def watermelons(self) -> list[KeyResultStanding]:
        return [one for one in self.key_results if one.reported and one.truths.is_watermelon]


@dataclass(eq=False)
class Board:
    """Objectives with their key results and links at one standpoint. `objectives` holds those asked for and all that
    contribute to them; `asked` names the former, in the order given."""

    point: Standpoint
    asked: list[int] = field(default_factory=list)
    objectives: dict[int, ObjectiveStanding] = field(default_factory=dict)
    key_results: dict[int, KeyResultStanding] = field(default_factory=dict)
    links: list[LinkRow] = field(default_factory=list)
    overrides: dict[int, OverrideRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.point.hour("day")
        self.now_utc = self.point.hour("hour")
        self._calendars: dict[int | None, Calendar] = {}

    def calendar_of(self, metric: MetricRow) -> Calendar:
        month, base = metric.year_start_month, self.point.calendar
        if month is None or month == base.year_start_month:
            return base
        if month not in self._calendars:
            self._calendars[month] = Calendar(month, base.fiscal_year_named_by)
        return self._calendars[month]

    @cached_property
    def links_of(self) -> Mapping[int, list[LinkRow]]:
        """Links by the objective they start from."""
        found: dict[int, list[LinkRow]] = {}
        for link in self.links:
            found.setdefault(link.child_id, []).append(link)
        return found

    @cached_property
    def parents(self) -> Mapping[int, LinkRow]:
        return {one.child_id: one for one in self.links if one.kind == "contributes"}

    @cached_property
    def children(self) -> Mapping[int, list[LinkRow]]:
        """Contributing links by the objective above. What is private moves no number: it would tell of itself."""
        found: dict[int, list[LinkRow]] = {}
        for link in self.links:
            if link.kind == "contributes" and link.child_visibility != "private":
                found.setdefault(link.parent_id, []).append(link)
        return found

    @cached_property
    def models(self) -> Mapping[int, KeyResult]:
        found = KeyResult.objects.select_related(
            "objective", "objective__cycle", "objective__team", "owner", "metric", "guard"
        )
        return found.prefetch_related("contributors").in_bulk(list(self.key_results))

    @cached_property
    def check_ins(self) -> Mapping[int, CheckInRow]:
        """The newest check-ins with all they say, by their own id."""
        signs = (one.facts.check_in for one in self.key_results.values())
        return reading.check_ins_by_id([sign.id for sign in signs if sign is not None])

    @cached_property
    def objective_models(self) -> Mapping[int, Objective]:
        found = Objective.objects.select_related("team", "owner", "cycle", "theme")
        return found.prefetch_related("contributors").in_bulk(list(self.objectives))

    @cached_property
    def second_looks(self) -> Mapping[int, list[SecondLook]]:
        """What to know before trusting a key result, by its id."""
        return second_looks_in(self.key_results.values(), self.point)

    @cached_property
    def outlooks(self) -> Mapping[int, Chance]:
        """The chance of each key result by its id, from the forecasts made by the standpoint."""
        from sextant.okrs.queries.chances import chances_of

        return chances_of(self.key_results.values(), self.point)

    @cached_property
    def missing(self) -> Mapping[int, list[Any]]:
        from sextant.okrs.queries.missing import missing_in

        return missing_in([self.models[one.pk] for one in self.key_results.values() if not one.is_published])

    @cached_property
    def _rolled_up(self) -> tuple[Mapping[int, int], RolledMany] | None:
        """All roll-ups in one pass; not of a few, nor where a person's word stands for a number on the way."""
        if len(self.key_results) < at_once.LEAST or self.overrides:
            return None
        try:
            return at_once.roll_up_all(self, COUNTED_STATES)
        except OwnDescendantError:
            return None

    def rolled_up(self, objective_id: int) -> Rolled | None:
        """What an objective comes to, where all were worked out together."""
        found = self._rolled_up
        return None if found is None else found[1].at(found[0][objective_id])


def okr_board(
    which: QuerySet[Objective] | Iterable[Objective], point: Standpoint, *, links: Sequence[LinkRow] | None = None
) -> Board:
    """Standings of these objectives, in their order, with a fixed number of statements. `links` may be given by who
    has read them already.

    A past standpoint shows what was known then: objectives added later are missing, a state is the one of that day.
    """
    found = which if isinstance(which, QuerySet) else _by_id([one.pk for one in which])
    if point.known_at is not None:
        found = found.filter(created_at__lte=point.known_at)
    asked = reading.objective_rows(found, point)
    if not isinstance(which, QuerySet):
        order = {one.pk: place for place, one in enumerate(which)}
        asked.sort(key=lambda row: order[row.id])
    held = reading.link_rows(point) if links is None else list(links)
    board = Board(point, asked=[row.id for row in asked], links=held)
    below = _below(board, asked)
    others = reading.objective_rows(_by_id(below), point) if below else []
    _fill(board, [*asked, *others], found if not below else None)
    return board


def objective_standing(objective: Objective, point: Standpoint) -> ObjectiveStanding:
    """Raises Hidden when it was not there yet."""
    found = okr_board(Objective.objects.filter(pk=objective.pk), point).objectives.get(objective.pk)
    if found is None:
        raise Hidden("objective", objective.key)
    return found


def key_result_standing(key_result: KeyResult, point: Standpoint) -> KeyResultStanding:
    """One key result that is at work."""
    board = okr_board(Objective.objects.filter(pk=key_result.objective_id), point)
    return board.key_results[key_result.pk]


def standing_on_board(key_result: KeyResult, point: Standpoint) -> KeyResultStanding | None:
    """The same; None for one that is archived, or that was not there at the standpoint."""
    board = okr_board(Objective.objects.filter(pk=key_result.objective_id), point)
    return board.key_results.get(key_result.pk)


def _by_id(ids: Sequence[int]) -> QuerySet[Objective]:
    return Objective.objects.filter(pk__in=ids).order_by("pk")


def _below(board: Board, asked: Sequence[ObjectiveRow]) -> list[int]:
    """Ids of the objectives that contribute to those asked for and are not among them."""
    seen = {row.id for row in asked}
    queue, found = list(seen), []
    while queue:
        for link in board.children.get(queue.pop(), ()):
            if link.child_id not in seen:
                seen.add(link.child_id)
                found.append(link.child_id)
                queue.append(link.child_id)
    return found


def _fill(board: Board, objectives: Sequence[ObjectiveRow], found: QuerySet[Objective] | None) -> None:
    point = board.point
    ids = [row.id for row in objectives]
    within: Any = ids if found is None or len(ids) < 200 else found.order_by().values("pk")
    rows = reading.key_result_rows(within, point)
    chosen = KeyResult.objects.filter(reading.there(point), objective_id__in=within).order_by()
    terms = reading.terms_rows(chosen, point)
    metrics = reading.metric_rows(chosen) if any(row.metric_id is not None for row in rows) else {}
    check_ins = reading.latest_check_ins(chosen, point)
    stepped = any(row.kind in ("milestones", "yes_no") for row in rows)
    milestones = reading.milestone_rows(chosen, point) if stepped else {}
    by_id = {row.id: row for row in objectives}
    series = whole_series(_need_series(rows, terms, metrics), point)
    latest = latest_values([one for one in metrics.values() if one.id not in series or not _calculated(one)], point)
    for metric_id, own in series.items():
        if _calculated(metrics[metric_id]) and (newest := newest_of(own, with_running=not metrics[metric_id].is_kpi)):
            latest[metric_id] = newest
    by_objective: dict[int, list[KeyResultStanding]] = {}
    for row in rows:
        metric_id = row.metric_id or 0
        facts = Facts(
            row, by_id[row.objective_id], terms.get(row.id, ()), metrics.get(metric_id), latest.get(metric_id),
            series.get(metric_id), milestones.get(row.id, ()), check_ins.get(row.id),
        )  # fmt: skip
        standing = KeyResultStanding(board, facts)
        board.key_results[row.id] = standing
        by_objective.setdefault(row.objective_id, []).append(standing)
    if len(rows) >= at_once.LEAST:
        at_once.work_out(board)
    board.overrides = reading.override_rows(ids, point)
    for objective in objectives:
        board.objectives[objective.id] = ObjectiveStanding(board, objective, by_objective.get(objective.id, []))


def _calculated(metric: MetricRow) -> bool:
    return bool(metric.numerator_id is not None or metric.has_formula)


def _need_series(
    rows: Sequence[KeyResultRow], terms: Mapping[int, Sequence[TermsRow]], metrics: Mapping[int, MetricRow]
) -> set[int]:
    """Metrics whose newest value is not enough."""
    needed = {metric.id for metric in metrics.values() if metric.numerator_id is not None or metric.has_formula}
    from_series = {
        one.key_result_id for own in terms.values() for one in own if one.from_series and one.baseline is None
    }
    for row in rows:
        if row.kind == "guardrail" or row.reading == "total" or row.id in from_series:
            needed.add(row.metric_id or 0)
    return needed - {0}
