"""What leads where: from a key result or an objective up to the vision, and what hangs below.

The way up is the contributing link, and a theme on any objective of the way leads to the vision. Supporting another
objective, or being a step of a longer one, is a link beside that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.metrics.queries.standpoint import Standpoint
from sextant.okrs.access import visible_to
from sextant.okrs.models import KeyResult, Objective
from sextant.okrs.queries.coverage import followed
from sextant.okrs.queries.rows import LinkRow, ObjectiveRow, link_rows, objective_rows
from sextant.strategy import queries as strategy
from sextant.strategy.models import Theme


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a path. Kinds: vision, theme, objective, key_result; `hidden` has neither key nor title."""

    kind: str
    key: str = ""
    title: str = ""


HIDDEN = Step("hidden")


@dataclass(eq=False)
class Ways:
    """All links at a standpoint and the objectives along them, as one actor may see them."""

    links: Sequence[LinkRow]
    rows: dict[int, ObjectiveRow] = field(default_factory=dict)
    visible: set[int] = field(default_factory=set)
    key_results: dict[int, tuple[str, str]] = field(default_factory=dict)  # id -> key, title
    themes: Mapping[int, Theme] = field(default_factory=dict)
    vision: str = ""

    @cached_property
    def up(self) -> Mapping[int, LinkRow]:
        """The link by which an objective contributes, by its id."""
        return {one.child_id: one for one in self.links if one.kind == "contributes"}

    @cached_property
    def down(self) -> Mapping[int, list[LinkRow]]:
        """The links that come up to an objective or to one of its key results, by its id."""
        found: dict[int, list[LinkRow]] = {}
        for link in self.up.values():
            found.setdefault(link.parent_id, []).append(link)
        return found

    def links_up(self, objective_id: int) -> Iterator[LinkRow]:
        """From the objective to the top, nearest first; a circle in the data ends it."""
        seen = {objective_id}
        while (link := self.up.get(objective_id)) is not None and link.parent_id not in seen:
            yield link
            objective_id = link.parent_id
            seen.add(objective_id)

    def below(self, objective_id: int) -> list[int]:
        """Everything that leads up to the objective, by id, itself left out."""
        found, seen, waiting = [], {objective_id}, [objective_id]
        while waiting:
            for link in self.down.get(waiting.pop(), ()):
                if link.child_id not in seen:
                    seen.add(link.child_id)
                    found.append(link.child_id)
                    waiting.append(link.child_id)
        return found

    def above(self, objective_ids: Iterable[int]) -> set[int]:
        """Every objective on the ways up from these."""
        found: set[int] = set()
        for objective_id in objective_ids:
            for link in self.links_up(objective_id):
                if link.parent_id in found:
                    break
                found.add(link.parent_id)
        return found

    @cached_property
    def reached(self) -> Mapping[int, int]:
        """Objective id -> id of the theme at the end of its way; read once every row is known."""
        steps = {pk: row.theme_id for pk, row in self.rows.items() if row.state != "draft"}
        return followed(steps, {child: link.parent_id for child, link in self.up.items()})

    def path(self, objective_id: int) -> tuple[Step, ...]:
        """From the vision down to the objective, itself included. Without a path it begins at the topmost one."""
        steps = [self._step(objective_id)]
        for link in self.links_up(objective_id):
            if link.key_result_id is not None:
                named = self.key_results.get(link.key_result_id)
                steps.append(Step("key_result", *named) if named and link.parent_id in self.visible else HIDDEN)
            steps.append(self._step(link.parent_id))
        theme_id = self.reached.get(objective_id) or self.rows[objective_id].theme_id  # of a draft, its own
        if theme_id is not None and theme_id in self.themes:
            theme = self.themes[theme_id]
            steps.append(Step("theme", theme.key, theme.name))
            if self.vision:
                steps.append(Step("vision", "", self.vision))
        return _without_repeats(steps[::-1])

    def _step(self, objective_id: int) -> Step:
        row = self.rows.get(objective_id)
        if row is None or objective_id not in self.visible:
            return HIDDEN
        return Step("objective", row.key, row.title)


def _without_repeats(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Several hidden stations in a row are one."""
    return tuple(one for place, one in enumerate(steps) if one.kind != "hidden" or steps[place - 1 : place] != [HIDDEN])


def ways(actor: Actor, point: Standpoint) -> Ways:
    """Every link and what stands on top, without the objectives yet; see `complete`."""
    vision = strategy.vision(actor)
    return Ways(
        link_rows(point),
        themes={one.pk: one for one in visible("theme", actor)},
        vision=vision.text if vision is not None else "",
    )


def complete(found: Ways, actor: Actor, ids: Iterable[int]) -> None:
    """Read these objectives, which of them the actor may see, and the key results that are parents on the way."""
    lacking = sorted(set(ids) - found.rows.keys())
    if lacking:
        which = Objective.objects.filter(pk__in=lacking, archived_at=None)
        found.rows.update((row.id, row) for row in objective_rows(which.order_by()))
        found.visible.update(visible_to(actor).filter(pk__in=lacking).order_by().values_list("pk", flat=True))
    wanted = {link.key_result_id for link in found.up.values() if link.key_result_id is not None}
    wanted -= found.key_results.keys()
    if wanted:
        rows = KeyResult.objects.filter(pk__in=wanted).order_by().values_list("pk", "key", "title")
        found.key_results.update((pk, (key, title)) for pk, key, title in rows)


def path_to_vision(actor: Actor, thing: Objective | KeyResult, point: Standpoint) -> list[Step]:
    """The stations from the vision down to an objective or key result the actor may see, itself the last one."""
    objective_id = thing.pk if isinstance(thing, Objective) else thing.objective_id
    found = ways(actor, point)
    complete(found, actor, [objective_id, *found.above([objective_id])])
    steps = list(found.path(objective_id))
    if isinstance(thing, KeyResult):
        steps.append(Step("key_result", thing.key, thing.title))
    return steps
