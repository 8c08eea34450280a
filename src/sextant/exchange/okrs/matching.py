"""Which objectives and key results of the product the files mean: by id, key, or name; near ones are asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sextant.core import access
from sextant.core.actors import Actor
from sextant.exchange.matching import MOST_NEAR, NEAR, folded
from sextant.exchange.models import Import
from sextant.exchange.okr_reading import OkrDocument, ReadKeyResult, ReadObjective
from sextant.exchange.okrs.naming import NEW, Names
from sextant.okrs.models import KeyResult, Objective
from sextant.people.roles import allows

SKIP = "skip"
MOST_COMPARED = 3_000
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class ObjectiveMatch:
    """What an objective of the files is here; `state`: new, known, asked or left_out."""

    read: ReadObjective
    objective: Objective | None = None
    by: str = ""
    near: tuple[Objective, ...] = ()

    @property
    def state(self) -> str:
        if self.by == SKIP:
            return "left_out"
        if self.near:
            return "asked"
        return "known" if self.objective is not None else "new"


@dataclass(frozen=True, slots=True)
class KeyResultMatch:
    read: ReadKeyResult
    key_result: KeyResult | None = None
    is_taken: bool = True


def match_objectives(
    actor: Actor, document: OkrDocument, names: Names, source: str, answers: Mapping[str, Mapping[str, Any]]
) -> list[ObjectiveMatch]:
    """One match per objective, in order. Each known one is taken once."""
    known = list(access.visible("objective", actor).order_by("pk"))
    ours = [one for one in known if allows(actor, "objective.create", one.team_id)]
    index = _Index(ours, source)
    taken: set[int] = set()
    found = []
    for read in document.objectives:
        match = index.match(read, names, taken, answers)
        if match.objective is not None:
            taken.add(match.objective.pk)
        found.append(match)
    return found


class _Index:
    def __init__(self, known: Sequence[Objective], source: str) -> None:
        self.by_id = {one.external_id: one for one in known if one.external_id and one.source == source}
        standing = [one for one in known if one.archived_at is None]
        self.by_key = {one.key: one for one in standing}
        self.by_name: dict[tuple[int, int | None, str], list[Objective]] = {}
        for one in standing:
            self.by_name.setdefault((one.team_id, one.cycle_id, folded(one.title)), []).append(one)

    def match(
        self, read: ReadObjective, names: Names, taken: set[int], answers: Mapping[str, Mapping[str, Any]]
    ) -> ObjectiveMatch:
        answer = str((answers.get(read.external_id) or answers.get(read.title) or {}).get("match", ""))
        if answer == SKIP:
            return ObjectiveMatch(read, by=SKIP)
        if answer and answer != NEW and answer in self.by_key:
            return ObjectiveMatch(read, self.by_key[answer], "answer")
        if answer == NEW:
            return ObjectiveMatch(read, by=NEW)
        if read.external_id in self.by_id and self.by_id[read.external_id].pk not in taken:
            return ObjectiveMatch(read, self.by_id[read.external_id], "id")
        if read.key and read.key in self.by_key and self.by_key[read.key].pk not in taken:
            return ObjectiveMatch(read, self.by_key[read.key], "key")
        team, cycle = names.team(read.teams), names.cycle(read.cycle, make=False)
        place = (team.pk, cycle.pk if cycle is not None else None)
        same = [one for one in self.by_name.get((*place, folded(read.title)), ()) if one.pk not in taken]
        if len(same) == 1 and not (same[0].external_id and has_own_id(read)):
            return ObjectiveMatch(read, same[0], "name")
        if has_own_id(read) or read.key:
            return ObjectiveMatch(read)
        return ObjectiveMatch(read, near=self._near(read, place, taken))

    def _near(self, read: ReadObjective, place: tuple[int, int | None], taken: set[int]) -> tuple[Objective, ...]:
        """Objectives of the same team and cycle that are nearly called so."""
        if len(self.by_name) > MOST_COMPARED:
            return ()
        name = folded(read.title)
        digits = _DIGITS.findall(name)
        found = []
        matcher = SequenceMatcher(b=name)
        for (team_id, cycle_id, other), ones in self.by_name.items():
            if (team_id, cycle_id) != place or other == name or _DIGITS.findall(other) != digits:
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR:
                found += [one for one in ones if one.pk not in taken]
        return tuple(found[:MOST_NEAR])


def has_own_id(read: ReadObjective | ReadKeyResult) -> bool:
    """Whether the file itself gives an id, not only a place and words."""
    return bool(read.external_id) and not re.search(r"(?:^|:|\|)[0-9a-f]{12}(?:#\d+)?$", read.external_id)


def match_key_results(
    document: OkrDocument, objectives: Mapping[str, ObjectiveMatch], source: str
) -> list[KeyResultMatch]:
    """One match per key result, within its objective: by id, key, then name."""
    known_ids = [match.objective.pk for match in objectives.values() if match.objective is not None]
    undone = undone_batches()
    rows: list[KeyResult] = []
    for first in range(0, len(known_ids), 500):
        found = KeyResult.objects.filter(objective_id__in=known_ids[first : first + 500]).select_related("metric")
        rows += [row for row in found if row.archived_at is None or row.batch_key in undone or row.external_id]
    by_id = {(row.objective_id, row.external_id): row for row in rows if row.external_id and row.source == source}
    by_key = {row.key: row for row in rows}
    by_name = {(row.objective_id, folded(row.title)): row for row in rows}
    taken: set[int] = set()
    matches = []
    for read in document.key_results:
        above = objectives.get(read.objective_ref)
        if above is None or above.state in ("asked", "left_out"):
            matches.append(KeyResultMatch(read, is_taken=False))
            continue
        row = None
        if above.objective is not None:
            place = above.objective.pk
            candidates = (by_id.get((place, read.external_id)), by_key.get(read.key) if read.key else None,
                          by_name.get((place, folded(read.title))))  # fmt: skip
            row = next((one for one in candidates if one is not None and one.pk not in taken), None)
        if row is not None:
            taken.add(row.pk)
        matches.append(KeyResultMatch(read, row))
    return matches


def undone_batches() -> set[str]:
    """What an undone import made is archived and comes back under the same key when its file comes again."""
    undone = Import.objects.filter(state="undone").exclude(batch=None)
    return set(undone.values_list("batch__key", flat=True))
