"""Adding, changing, publishing and archiving key results; their figures are `commands.terms`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import fresh, hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.keys import is_taken, new_keys
from sextant.core.writing import writing
from sextant.metrics.commands.metrics import check_key, create_metric, keep_to
from sextant.metrics.models import Metric
from sextant.okrs.commands.announcing import announce_key_result
from sextant.okrs.commands.terms import add_first_terms
from sextant.okrs.models import (
    AMBITION_CHOICES,
    EVERY_CHOICES,
    KIND_CHOICES,
    READING_CHOICES,
    KeyResult,
    Milestone,
    Objective,
)
from sextant.people.leavers import named_leaver
from sextant.people.models import Person

CHANGEABLE = (
    "title", "metric", "guard", "reading", "owner", "team", "ambition", "starts_on", "due_on", "check_in_every",
    "position", "note", "kind",
)  # fmt: skip
_CHOICES = {
    "kind": KIND_CHOICES,
    "reading": READING_CHOICES,
    "ambition": [("", ""), *AMBITION_CHOICES],
    "check_in_every": EVERY_CHOICES,
}
MEASURED = ("metric", "baseline", "guardrail")


def create_key_result(
    actor: Actor, objective: Objective, *, title: str, kind: str = "metric", key: str = "",
    metric: Metric | None = None, own_metric: Mapping[str, Any] | None = None, terms: Mapping[str, Any] | None = None,
    milestones: Sequence[Mapping[str, Any]] = (), contributors: Sequence[Person] = (), source: str = "",
    external_id: str = "", batch_key: str = "", **fields: Any,
) -> KeyResult:  # fmt: skip
    """A key result under an objective; it is published with the objective, or by `publish_key_result`.

    `metric` binds it to a series that is there, such as a KPI's; `own_metric` holds the fields of a new one (unit,
    direction, frequency, aggregation, how_measured ...). `terms` are its figures, `milestones` its steps (title,
    weight, due_on). Its owner is the objective's unless said.
    """
    access.require("objective", actor, "change", objective)
    key_result = KeyResult(
        objective=objective, kind=kind, metric=metric, source=source, external_id=external_id, batch_key=batch_key,
        created_at=clock.now(),
    )  # fmt: skip
    _assign(key_result, {"title": title, "owner": objective.owner, **fields})
    check(key_result)
    if metric is not None:
        access.require("metric", actor, "view", metric)
    if key:
        check_key(key)
    with writing():
        hold(objective)
        _require_open(objective)
        if key and is_taken(KeyResult, key):
            raise refuse("key-taken", _("The key “%(key)s” is used by another key result.") % {"key": key}, "key")
        if key_result.metric is None and own_metric is not None and kind in MEASURED:
            key_result.metric = _own_metric(actor, objective, title, own_metric, terms or {})
        key_result.key = key or new_keys(KeyResult, [key_result.title])[0]
        if not key_result.position:
            key_result.position = objective.key_results.count() + 1
        key_result.save()
        key_result.contributors.set(contributors)
        add_first_terms(actor, key_result, terms or {})
        steps = milestones or ([{"title": title}] if kind == "yes_no" else [])
        _set_milestones(key_result, steps)
        announce_key_result(actor, "key_result.created", key_result)
    return key_result


def change_key_result(
    actor: Actor, key_result: KeyResult, *, version: int, contributors: Sequence[Person] | None = None,
    milestones: Sequence[Mapping[str, Any]] | None = None, **changes: Any,
) -> KeyResult:  # fmt: skip
    """Change what is said of a key result, its figures apart. Raises Stale with both versions.

    `milestones` states its steps anew (title, weight, due_on): one with a known title keeps what was done of it, one
    that is left out is superseded. None leaves them as they are.
    """
    access.require("key_result", actor, "change", key_result)
    with writing():
        row = fresh(key_result, version, changes)
        _require_open(row.objective)
        _assign(row, changes)
        check(row)
        row.version += 1
        row.save()
        if contributors is not None:
            row.contributors.set(contributors)
        if milestones is not None:
            _set_milestones(row, milestones)
        others = "contributors" if milestones is None else "milestones"
        announce_key_result(actor, "key_result.changed", row, fields=", ".join(sorted(changes)) or others)
    return row


def publish_key_result(actor: Actor, key_result: KeyResult) -> KeyResult:
    """Let it count. Raises Refused with everything that is missing."""
    from sextant.okrs.queries.missing import missing_of

    access.require("key_result", actor, "change", key_result)
    with writing():
        hold(key_result)
        if problems := missing_of(key_result):
            raise Refused(*problems)
        if key_result.published_at is None:
            key_result.published_at, key_result.version = clock.now(), key_result.version + 1
            key_result.save(update_fields=["published_at", "version"])
            announce_key_result(actor, "key_result.published", key_result)
    return key_result


def archive_key_result(actor: Actor, key_result: KeyResult) -> KeyResult:
    return _set_archived(actor, key_result, archived=True)


def restore_key_result(actor: Actor, key_result: KeyResult) -> KeyResult:
    return _set_archived(actor, key_result, archived=False)


def _set_milestones(key_result: KeyResult, steps: Sequence[Mapping[str, Any]]) -> None:
    now = clock.now()
    standing = {one.title: one for one in key_result.milestones.filter(superseded_at=None)}
    for position, step in enumerate(steps):
        title = str(step.get("title", "")).strip()
        weight = float(step.get("weight") or 1)
        if not title:
            raise refuse("title-missing", _("Give every step a name."), "milestones")
        if len(title) > 300:
            raise refuse("too-long", _("Use at most 300 characters for the name of a step."), "milestones")
        if not 0 < weight <= 1000:
            raise refuse("bad-weight", _("The weight of a step lies above 0 and up to 1000."), "milestones")
        known = standing.pop(title, None) or Milestone(key_result=key_result, title=title, known_at=now)
        known.weight, known.due_on, known.position = weight, step.get("due_on"), position
        known.save()
    for gone in standing.values():
        gone.superseded_at = now
        gone.save(update_fields=["superseded_at"])


def mark_milestone(
    actor: Actor, milestone: Milestone, *, done: bool = True, evidence: str = "", on: date | None = None
) -> Milestone:
    """Say that a step is reached, with a link or a note as evidence; or take it back."""
    key_result = milestone.key_result
    access.require("key_result", actor, "check_in", key_result)
    if done and not evidence.strip():
        raise refuse("evidence-missing", _("Add a link or a note that shows it is done."), "evidence")
    with writing():
        hold(milestone)
        _require_open(key_result.objective)
        if done and milestone.done_at is not None:
            message = _("%(name)s marked it as done: %(evidence)s. Take that back to say it differently.")
            words = {"name": milestone.done_by, "evidence": milestone.evidence}
            raise refuse("already-done", message % words, "evidence")
        if not done and milestone.done_at is None:
            return milestone
        milestone.done_at = clock.now() if done else None
        milestone.done_by = actor.label if done else ""
        milestone.evidence = evidence.strip() if done else ""
        milestone.save()
        name = "milestone.done" if done else "milestone.undone"
        announce_key_result(actor, name, key_result, milestone=milestone.title)
    return milestone


def check(key_result: KeyResult) -> None:
    """Raise Refused, one problem per field, unless the key result makes sense."""
    problems = [
        Problem("unknown-choice", _("“%(value)s” is not one of the choices.") % {"value": value}, name)
        for name, choices in _CHOICES.items()
        if (value := getattr(key_result, name)) not in dict(choices)
    ]
    if not key_result.title:
        problems.append(Problem("title-missing", _("Say what will be different."), "title"))
    if len(key_result.title) > 500:
        problems.append(Problem("too-long", _("Use at most 500 characters."), "title"))
    if key_result.starts_on and key_result.due_on and key_result.due_on < key_result.starts_on:
        problems.append(Problem("due-before-start", _("It would be due before it starts."), "due_on"))
    if (gone := named_leaver(key_result.owner)) is not None:
        problems.append(gone)
    if problems:
        raise Refused(*problems)


def _own_metric(
    actor: Actor, objective: Objective, title: str, fields: Mapping[str, Any], terms: Mapping[str, Any]
) -> Metric:
    """A metric for this key result alone, seen by whoever sees the objective."""
    given = {"name": title[:300], "frequency": "week", "aggregation": "last", "owner": objective.owner, **fields}
    baseline, target = terms.get("baseline"), terms.get("target")
    if "direction" not in given and baseline is not None and target is not None and target < baseline:
        given["direction"] = "down"
    if objective.visibility == "organisation":
        return create_metric(actor, team=objective.team, **given)
    given["owner"] = objective.owner
    metric = create_metric(actor, team=objective.team, visibility="people", **given)
    return keep_to(
        actor, metric, team=objective.team, owner=objective.owner, visibility=objective.visibility,
        viewers=list(objective.viewers.all()),
    )  # fmt: skip


def _set_archived(actor: Actor, key_result: KeyResult, *, archived: bool) -> KeyResult:
    access.require("key_result", actor, "change", key_result)
    with writing():
        hold(key_result)
        _require_open(key_result.objective)
        key_result.archived_at = clock.now() if archived else None
        key_result.version += 1
        key_result.save(update_fields=["archived_at", "version"])
        announce_key_result(actor, "key_result.archived" if archived else "key_result.restored", key_result)
    return key_result


def _require_open(objective: Objective) -> None:
    if objective.state == "closed":
        raise refuse("closed", _("The objective is closed. Reopen it to change it."), "state")


def _assign(key_result: KeyResult, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name not in CHANGEABLE:
            raise refuse("unknown-field", _("A key result has no field “%(name)s”.") % {"name": name}, name)
        setattr(key_result, name, value.strip() if isinstance(value, str) else value)
