"""The work meant to move key results. It is dated and linked to where it is tracked; it never counts as progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import fresh, hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.keys import is_taken, new_keys
from sextant.core.writing import writing
from sextant.metrics.commands.metrics import check_key
from sextant.okrs.commands.announcing import announce_initiative
from sextant.okrs.models import WORK_CHOICES, Initiative, KeyResult, Objective
from sextant.people.queries import today

CHANGEABLE = ("title", "description", "key_result", "owner", "state", "starts_on", "due_on", "done_on", "link")


def create_initiative(
    actor: Actor, objective: Objective, *, title: str, key: str = "", key_result: KeyResult | None = None,
    batch_key: str = "", **fields: Any,
) -> Initiative:  # fmt: skip
    """Work for an objective, or for one of its key results."""
    access.require("objective", actor, "work", objective)
    initiative = Initiative(objective=objective, batch_key=batch_key, created_at=clock.now())
    _assign(initiative, {"title": title, "key_result": key_result, **fields})
    check(initiative)
    if key:
        check_key(key)
    with writing():
        if key and is_taken(Initiative, key):
            raise refuse("key-taken", _("The key “%(key)s” is used by another initiative.") % {"key": key}, "key")
        initiative.key = key or new_keys(Initiative, [initiative.title])[0]
        initiative.save()
        announce_initiative(actor, "initiative.created", initiative)
    return initiative


def change_initiative(actor: Actor, initiative: Initiative, *, version: int, **changes: Any) -> Initiative:
    """Change it. Done without a day means done today. Raises Stale with both versions."""
    access.require("initiative", actor, "change", initiative)
    with writing():
        row = fresh(initiative, version, changes)
        _assign(row, changes)
        if row.state == "done" and row.done_on is None:
            row.done_on = today()
        if row.state != "done":
            row.done_on = None
        check(row)
        row.version += 1
        row.save()
        announce_initiative(actor, "initiative.changed", row, fields=", ".join(sorted(changes)))
    return row


def archive_initiative(actor: Actor, initiative: Initiative) -> Initiative:
    return _set_archived(actor, initiative, archived=True)


def restore_initiative(actor: Actor, initiative: Initiative) -> Initiative:
    return _set_archived(actor, initiative, archived=False)


def check(initiative: Initiative) -> None:
    """Raise Refused, one problem per field, unless the initiative makes sense."""
    problems = []
    if not initiative.title:
        problems.append(Problem("title-missing", _("Say what will be done."), "title"))
    if len(initiative.title) > 300:
        problems.append(Problem("too-long", _("Use at most 300 characters."), "title"))
    if initiative.state not in dict(WORK_CHOICES):
        problems.append(Problem("unknown-choice", _("Work is planned, in progress, done or dropped."), "state"))
    if initiative.starts_on and initiative.due_on and initiative.due_on < initiative.starts_on:
        problems.append(Problem("due-before-start", _("It would be due before it starts."), "due_on"))
    if initiative.link and not _leads_to_the_web(initiative.link):
        problems.append(Problem("bad-link", _("A link starts with https:// and has at most 500 characters."), "link"))
    if initiative.key_result is not None and initiative.key_result.objective_id != initiative.objective_id:
        problems.append(Problem("other-objective", _("This key result is of another objective."), "key_result"))
    if problems:
        raise Refused(*problems)


def _leads_to_the_web(link: str) -> bool:
    """Whether it is an address of the web; a host inside the house needs no point in its name."""
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and len(link) <= 500 and link.isprintable()
    except ValueError:
        return False


def _set_archived(actor: Actor, initiative: Initiative, *, archived: bool) -> Initiative:
    access.require("initiative", actor, "change", initiative)
    with writing():
        hold(initiative)
        initiative.archived_at = clock.now() if archived else None
        initiative.version += 1
        initiative.save(update_fields=["archived_at", "version"])
        announce_initiative(actor, "initiative.archived" if archived else "initiative.restored", initiative)
    return initiative


def _assign(initiative: Initiative, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name not in CHANGEABLE:
            raise refuse("unknown-field", _("An initiative has no field “%(name)s”.") % {"name": name}, name)
        setattr(initiative, name, value.strip() if isinstance(value, str) else value)
