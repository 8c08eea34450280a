"""Taking many objectives and key results in at once, as an import brings them: a few statements for thousands.

What activation would refuse is kept all the same (PRODUCT 4.1b): a key result without its figures stays unpublished
and says what it lacks. Nothing here asks for permission: whoever calls has done so for the teams concerned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from sextant.core.actors import Actor
from sextant.core.keys import new_keys
from sextant.core.writing import writing
from sextant.metrics.commands.metrics import KEY
from sextant.metrics.models import Metric
from sextant.okrs.models import CheckIn, Initiative, KeyResult, Link, Milestone, Objective, Terms
from sextant.okrs.queries.missing import figures_missing
from sextant.people.models import Team

CHUNK = 400


@dataclass(slots=True)
class NewObjective:
    """An objective to take in; `fields` are model fields."""

    fields: dict[str, Any]
    key: str = ""
    contributors: Sequence[Team] = ()


@dataclass(slots=True)
class NewKeyResult:
    """A key result; `objective` is an index into the new objectives or a known one.

    `terms` are rows of figures, the first in force from the start (`valid_from` None); `steps` fields of milestones.
    """

    fields: dict[str, Any]
    objective: int | Objective
    key: str = ""
    metric: Metric | None = None
    terms: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class NewInitiative:
    fields: dict[str, Any]
    objective: int | Objective
    key_result: int | KeyResult | None = None
    key: str = ""


@dataclass(slots=True)
class Adopted:
    """The rows made, in the order given."""

    objectives: list[Objective]
    key_results: list[KeyResult]
    initiatives: list[Initiative]


def adopt(
    actor: Actor,
    *,
    objectives: Sequence[NewObjective],
    key_results: Sequence[NewKeyResult],
    initiatives: Sequence[NewInitiative],
    batch_key: str,
    at: datetime,
) -> Adopted:
    """Store objectives, key results with figures and steps, and initiatives, known from `at` on."""
    with writing():
        rows = [_objective(new, batch_key, at) for new in objectives]
        _give_keys(Objective, rows, [new.key for new in objectives], [row.title for row in rows])
        Objective.objects.bulk_create(rows, batch_size=CHUNK)
        _add_contributors(rows, objectives)
        results = [_key_result(new, rows, batch_key, at) for new in key_results]
        _give_keys(KeyResult, results, [new.key for new in key_results], [row.title for row in results])
        KeyResult.objects.bulk_create(results, batch_size=CHUNK)
        _add_figures(actor, results, key_results, at)
        work = [_initiative(new, rows, results, batch_key, at) for new in initiatives]
        _give_keys(Initiative, work, [new.key for new in initiatives], [row.title for row in work])
        Initiative.objects.bulk_create(work, batch_size=CHUNK)
    return Adopted(rows, results, work)


def adopt_links(actor: Actor, links: Sequence[tuple[Objective, Objective | KeyResult, str]], at: datetime) -> int:
    """Link objectives (child, end, kind) that have no such link yet; a standing parent is kept. Returns how many."""
    children = {child.pk for child, _, _ in links}
    standing = Link.objects.filter(child_id__in=children, superseded_at=None)
    known = {(row.child_id, row.kind, row.objective_id, row.key_result_id) for row in standing}
    has_parent = {child for child, kind, _, _ in known if kind == "contributes"}
    rows = []
    for child, end, kind in links:
        ends = (end.pk, None) if isinstance(end, Objective) else (None, end.pk)
        if (child.pk, kind, *ends) in known or (kind == "contributes" and child.pk in has_parent):
            continue
        known.add((child.pk, kind, *ends))
        has_parent |= {child.pk} if kind == "contributes" else set()
        rows.append(Link(child=child, objective_id=ends[0], key_result_id=ends[1], kind=kind, author=actor.label,
                         known_at=at))  # fmt: skip
    Link.objects.bulk_create(rows, batch_size=CHUNK)
    return len(rows)


def adopt_check_ins(rows: Sequence[CheckIn]) -> int:
    """Keep what was said of key results elsewhere, unless the same was kept already. Returns how many are new."""
    ids = {row.key_result_id for row in rows}
    known = set()
    for first in range(0, len(ids), CHUNK):
        part = sorted(one for one in ids if one is not None)[first : first + CHUNK]
        found = CheckIn.objects.filter(key_result_id__in=part, superseded_at=None).exclude(batch_key="")
        known |= set(found.values_list("key_result_id", "start", "status", "confidence", "note"))
    new = [row for row in rows if (row.key_result_id, row.start, row.status, row.confidence, row.note) not in known]
    CheckIn.objects.bulk_create(new, batch_size=CHUNK)
    return len(new)


def _objective(new: NewObjective, batch_key: str, at: datetime) -> Objective:
    row = Objective(**new.fields, batch_key=batch_key, created_at=at)
    if row.state in ("active", "closed"):
        row.activated_at = at
    if row.state == "closed":
        row.closed_at = at
    return row


def _add_contributors(rows: Sequence[Objective], news: Sequence[NewObjective]) -> None:
    through = Objective.contributors.through
    pairs = [
        through(objective_id=row.pk, team_id=team.pk)
        for row, new in zip(rows, news, strict=True)
        for team in new.contributors
    ]
    through._default_manager.bulk_create(pairs, batch_size=CHUNK, ignore_conflicts=True)


def _key_result(new: NewKeyResult, objectives: Sequence[Objective], batch_key: str, at: datetime) -> KeyResult:
    objective = objectives[new.objective] if isinstance(new.objective, int) else new.objective
    row = KeyResult(**new.fields, objective=objective, metric=new.metric, batch_key=batch_key, created_at=at)
    terms = new.terms[-1] if new.terms else {}
    is_level = terms.get("target") is not None and terms.get("target") == terms.get("baseline")
    lacks = figures_missing(row.kind, terms) or (row.kind == "metric" and is_level)
    row.published_at = None if lacks or (row.kind == "milestones" and not new.steps) else at
    return row


def _add_figures(actor: Actor, rows: Sequence[KeyResult], news: Sequence[NewKeyResult], at: datetime) -> None:
    terms, steps = [], []
    for row, new in zip(rows, news, strict=True):
        terms += [Terms(key_result=row, author=actor.label, known_at=at, **figures) for figures in new.terms or [{}]]
        steps += [
            Milestone(key_result=row, position=place, known_at=at, **{"weight": 1, **step})
            for place, step in enumerate(new.steps)
        ]
    Terms.objects.bulk_create(terms, batch_size=CHUNK)
    Milestone.objects.bulk_create(steps, batch_size=CHUNK)


def _initiative(
    new: NewInitiative, objectives: Sequence[Objective], results: Sequence[KeyResult], batch_key: str, at: datetime
) -> Initiative:
    objective = objectives[new.objective] if isinstance(new.objective, int) else new.objective
    key_result = results[new.key_result] if isinstance(new.key_result, int) else new.key_result
    return Initiative(**new.fields, objective=objective, key_result=key_result, batch_key=batch_key, created_at=at)


def _give_keys(model: type[models.Model], rows: Sequence[Any], wanted: Sequence[str], names: Sequence[str]) -> None:
    """The keys the file gives where they are free and can stand in an address, keys made from the names otherwise."""
    taken = set()
    asked = [key for key in wanted if key]
    for first in range(0, len(asked), CHUNK):
        found = model._default_manager.filter(key__in=asked[first : first + CHUNK])
        taken |= set(found.values_list("key", flat=True))
    used: set[str] = set()
    nameless = []
    for row, key, name in zip(rows, wanted, names, strict=True):
        if key and key not in taken and key not in used and KEY.fullmatch(key):
            row.key = key
            used.add(key)
        else:
            nameless.append((row, name))
    made = new_keys(model, [name for _, name in nameless]) if nameless else []
    for (row, _), key in zip(nameless, made, strict=True):
        number = 1
        row.key = key
        while row.key in used:
            number += 1
            row.key = f"{key}-{number}"
        used.add(row.key)
