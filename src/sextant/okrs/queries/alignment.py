"""How objectives hang together: who contributes to what, what hangs in the air, and how much reaches the strategy.

One read for the list, the tree, the map and the API. What an actor may not see is absent and only counted; its
progress still moves the number above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q, QuerySet

from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.access import visible_to
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.coverage import Coverage
from sextant.okrs.queries.paths import Ways, complete, ways
from sextant.okrs.queries.rows import LinkRow, there
from sextant.okrs.queries.standing import Board, ObjectiveStanding, okr_board


@dataclass(frozen=True, slots=True)
class Filters:
    """Which objectives. Empty parts do not narrow; `cycles` are ids, `with_backlog` adds those without a cycle,
    `with_restoring` what runs without one to bring a KPI back by a day.

    `statuses` are those shown (worst of the parts), `words` must all occur in a title, `focus` is the key of an
    objective: then only it, its way up and everything below it is meant, whatever else is said.
    """

    cycles: tuple[int, ...] | None = None
    with_backlog: bool = False
    with_restoring: bool = False
    teams: tuple[int, ...] = ()
    states: tuple[str, ...] = ()
    theme: int | None = None
    owner: int | None = None
    statuses: frozenset[str] = frozenset()
    words: str = ""
    focus: str = ""

    def narrow(self, found: QuerySet[Objective]) -> QuerySet[Objective]:
        """The objectives that fit, as far as their rows tell."""
        if self.cycles is not None:
            of_cycle = Q(cycle_id__in=self.cycles)
            if self.with_restoring:
                of_cycle |= Q(cycle=None, restores__isnull=False, state="active")
            found = found.filter(of_cycle | Q(cycle=None) if self.with_backlog else of_cycle)
        elif self.with_backlog:
            found = found.filter(cycle=None)
        if self.teams:
            found = found.filter(team_id__in=self.teams)
        if self.states:
            found = found.filter(state__in=self.states)
        if self.theme is not None:
            found = found.filter(theme_id=self.theme)
        if self.owner is not None:
            mine = KeyResult.objects.filter(owner_id=self.owner, archived_at=None).values("objective_id")
            found = found.filter(Q(owner_id=self.owner) | Q(pk__in=mine))
        for word in self.words.split()[:8]:
            in_results = KeyResult.objects.filter(title__icontains=word, archived_at=None).values("objective_id")
            found = found.filter(Q(title__icontains=word) | Q(pk__in=in_results))
        return found


@dataclass(eq=False)
class Alignment:
    """Objectives with their standings and ways. `shown` fit the filters, in the order of their titles; `context` are
    objectives above them that do not, and are there so that the way up can be drawn."""

    board: Board
    ways: Ways
    shown: list[int]
    context: list[int] = field(default_factory=list)

    @cached_property
    def nodes(self) -> set[int]:
        return {*self.shown, *self.context}

    def standing(self, objective_id: int) -> ObjectiveStanding:
        return self.board.objectives[objective_id]

    @cached_property
    def links(self) -> list[LinkRow]:
        """Links of any kind with both ends among the nodes."""
        nodes = self.nodes
        return [one for one in self.ways.links if one.child_id in nodes and one.parent_id in nodes]

    def children(self, objective_id: int) -> list[LinkRow]:
        """What leads up to the objective among the nodes."""
        nodes = self.nodes
        return [one for one in self.ways.down.get(objective_id, ()) if one.child_id in nodes]

    def parent(self, objective_id: int) -> LinkRow | None:
        """The link up, if its end is among the nodes."""
        link = self.ways.up.get(objective_id)
        return link if link is not None and link.parent_id in self.nodes else None

    def supports(self, objective_id: int) -> list[LinkRow]:
        own = self.board.links_of.get(objective_id, ())
        return [one for one in own if one.kind == "supports" and one.parent_id in self.ways.visible]

    def hidden_children(self, objective_id: int) -> int:
        """How many contribute and may not be seen by the actor."""
        visible = self.ways.visible
        return sum(one.child_id not in visible for one in self.board.children.get(objective_id, ()))

    @cached_property
    def roots(self) -> list[int]:
        """Nodes without a parent among the nodes, in the order of their titles."""
        return [one for one in self.ordered if self.parent(one) is None]

    @cached_property
    def ordered(self) -> list[int]:
        titles = self.board.objectives
        return sorted(self.nodes, key=lambda one: (titles[one].title.casefold(), one))

    @cached_property
    def orphans(self) -> list[int]:
        """Objectives shown that are no drafts and lead to no theme, and so not to the vision."""
        return [one for one in self.shown if one in self.coverage.orphan_ids]

    @cached_property
    def coverage(self) -> Coverage:
        """Of what is shown; drafts excluded."""
        items = with_path = 0
        orphans = set()
        for one in self.shown:
            standing = self.board.objectives[one]
            if standing.state == "draft":
                continue
            own = 1 + sum(key_result.is_published for key_result in standing.key_results)
            items += own
            if one in self.ways.reached:
                with_path += own
            else:
                orphans.add(one)
        return Coverage(items, with_path, frozenset(orphans))


def alignment(actor: Actor, point: Standpoint, filters: Filters | None = None) -> Alignment:
    """What the actor may see of these objectives; a fixed number of statements for any number of them."""
    filters = filters or Filters()
    found = ways(actor, point)
    seen = visible_to(actor).filter(there(point))
    if filters.focus:
        chosen = _around(found, seen, filters.focus)
        which = seen.filter(pk__in=chosen).order_by("title", "pk")
    else:
        which = filters.narrow(seen).order_by("title", "pk")
    asked = set(which.order_by().values_list("pk", flat=True))
    context = found.above(asked) - asked
    if context:  # what stands above belongs on the picture, wherever it was put
        ids = Q(pk__in=asked) | Q(pk__in=context)
        which = seen.filter(ids).order_by("title", "pk")
    board = okr_board(which, point, links=found.links)
    _learn(found, actor, board)
    shown = [one for one in board.asked if one in asked and _fits(board.objectives[one], filters)]
    around = found.above(shown) & set(board.asked)
    return Alignment(board, found, shown, sorted(around - set(shown)))


def _around(found: Ways, seen: QuerySet[Objective], key: str) -> list[int]:
    """The objective with this key, its way up and everything below it, by id; nothing when it may not be seen."""
    first = seen.filter(key=key).order_by().values_list("pk", flat=True).first() if "\0" not in key else None
    return [] if first is None else [first, *found.above([first]), *found.below(first)]


def _learn(found: Ways, actor: Actor, board: Board) -> None:
    """What the board has read already need not be read again."""
    found.rows.update((pk, one.row) for pk, one in board.objectives.items())
    found.visible.update(board.asked)
    others = board.objectives.keys() - found.visible
    if others:
        found.visible.update(visible_to(actor).filter(pk__in=others).order_by().values_list("pk", flat=True))
    found.key_results.update((pk, (one.key, one.title)) for pk, one in board.key_results.items())
    complete(found, actor, found.above(board.asked))


def _fits(standing: ObjectiveStanding, filters: Filters) -> bool:
    return not filters.statuses or shown_status(standing) in filters.statuses


def shown_status(standing: ObjectiveStanding) -> str:
    """The status by which objectives are counted and filtered: a draft is one, whatever its numbers say."""
    return "draft" if standing.state == "draft" else standing.status
