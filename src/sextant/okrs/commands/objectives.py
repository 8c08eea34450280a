"""Drafting, proposing, agreeing, starting, changing and archiving an objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.editing import fresh, hold
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.core.keys import is_taken, new_keys
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.metrics.commands.metrics import check_key, require_team
from sextant.okrs.commands.announcing import announce_objective, circle
from sextant.okrs.commands.confining import confine
from sextant.okrs.models import AMBITION_CHOICES, ROLLUP_CHOICES, SEEN_BY_CHOICES, KeyResult, Objective
from sextant.people.leavers import named_leaver
from sextant.people.models import Person, Team
from sextant.people.queries import organisation
from sextant.people.roles import allows

CHANGEABLE = (
    "title", "description", "team", "owner", "is_personal", "cycle", "theme", "ambition", "rollup", "visibility",
)  # fmt: skip
_CHOICES = {"ambition": AMBITION_CHOICES, "rollup": ROLLUP_CHOICES, "visibility": SEEN_BY_CHOICES}
STEPS = {"draft": "proposed", "proposed": "agreed", "agreed": "active"}


def create_objective(
    actor: Actor, *, title: str, team: Team, key: str = "", library_key: str = "", source: str = "",
    external_id: str = "", batch_key: str = "", viewers: Sequence[Person] = (), contributors: Sequence[Team] = (),
    restores: Kpi | None = None, **fields: Any,
) -> Objective:  # fmt: skip
    """A draft. Its key results, alignment and wording can wait until it is proposed.

    `restores` is the KPI it brings back: such an objective needs no cycle where its key result says by when.
    """
    if not allows(actor, "objective.create", team.pk):
        raise NotAllowed(Problem("not-allowed", _("You may not add objectives to %(team)s.") % {"team": team.name}))
    objective = Objective(
        team=team, library_key=library_key, source=source, external_id=external_id, batch_key=batch_key,
        restores=restores, created_at=clock.now(),
    )  # fmt: skip
    _assign(objective, {"title": title, **fields})
    check(objective)
    if key:
        check_key(key)
    with writing():
        if key and is_taken(Objective, key):
            raise refuse("key-taken", _("The key “%(key)s” is used by another objective.") % {"key": key}, "key")
        objective.key = key or new_keys(Objective, [objective.title])[0]
        objective.save()
        objective.viewers.set(viewers)
        objective.contributors.set(contributors)
        announce_objective(actor, "objective.created", objective)
    return objective


def change_objective(
    actor: Actor, objective: Objective, *, version: int, viewers: Sequence[Person] | None = None,
    contributors: Sequence[Team] | None = None, **changes: Any,
) -> Objective:  # fmt: skip
    """Change what is said of an objective. Raises Stale with both versions when somebody else was faster."""
    access.require("objective", actor, "change", objective)
    with writing():
        row = fresh(objective, version, changes)
        _require_open(row)
        require_team(actor, "objective.create", row.team_id, changes.get("team"))
        before = circle(row)
        _assign(row, changes)
        check(row)
        row.version += 1
        row.save()
        if viewers is not None:
            row.viewers.set(viewers)
        if contributors is not None:
            row.contributors.set(contributors)
        if circle(row) != before:
            confine(actor, row)
        announce_objective(actor, "objective.changed", row, fields=", ".join(sorted(changes)) or "viewers")
    return row


def propose_objective(actor: Actor, objective: Objective) -> Objective:
    """Put a draft up for debate."""
    return _step(actor, objective, "propose", "draft", "proposed")


def agree_objective(actor: Actor, objective: Objective) -> Objective:
    """Say yes to a proposal; from then on it counts in coverage."""
    return _step(actor, objective, "agree", "proposed", "agreed")


def send_back(actor: Actor, objective: Objective, *, reason: str) -> Objective:
    """Take a proposed or agreed objective one step back, with a reason."""
    access.require("objective", actor, "agree", objective)
    reason = checked_text(reason, "reason", missing=_("Say why it goes back."), most=A_TEXT)
    with writing():
        hold(objective)
        back = {"proposed": "draft", "agreed": "proposed"}.get(objective.state)
        if back is None:
            raise _wrong_state(objective)
        _save_state(objective, back)
        announce_objective(actor, "objective.sent_back", objective, state=back, reason=reason)
    return objective


def activate_objective(actor: Actor, objective: Objective) -> Objective:
    """Start an objective and publish its key results. Raises Refused with everything that is missing."""
    access.require("objective", actor, "activate", objective)
    with writing():
        hold(objective)
        if objective.state not in STEPS:
            raise _wrong_state(objective)
        key_results = list(_own_key_results(objective))
        problems = missing_for_activation(objective, key_results)
        if problems:
            raise Refused(*problems)
        now = clock.now()
        KeyResult.objects.filter(pk__in=[one.pk for one in key_results], published_at=None).update(published_at=now)
        objective.activated_at = objective.activated_at or now
        _save_state(objective, "active")
        announce_objective(actor, "objective.activated", objective)
    return objective


def missing_for_activation(objective: Objective, key_results: Sequence[KeyResult] | None = None) -> list[Problem]:
    """What an objective still lacks before a person may start it, its key results included."""
    from sextant.okrs.queries.missing import missing_in

    problems = []
    if objective.owner_id is None:
        problems.append(Problem("owner-missing", _("Name the one person who answers for it."), "owner"))
    if objective.cycle_id is None and objective.restores_id is None:
        problems.append(Problem("cycle-missing", _("Choose the cycle; without one it waits in the backlog."), "cycle"))
    own = list(_own_key_results(objective)) if key_results is None else list(key_results)
    if not own and objective.rollup != "children":
        problems.append(Problem("key-results-missing", _("Add at least one key result."), "key_results"))
    missing = missing_in(own)
    for key_result in own:
        problems += [
            Problem(one.key, f"{key_result.title}: {one.message}", f"key_result:{key_result.key}")
            for one in missing[key_result.pk]
        ]
    return problems


def archive_objective(actor: Actor, objective: Objective) -> Objective:
    return _set_archived(actor, objective, archived=True)


def restore_objective(actor: Actor, objective: Objective) -> Objective:
    return _set_archived(actor, objective, archived=False)


def check(objective: Objective) -> None:
    """Raise Refused, one problem per field, unless the objective makes sense."""
    problems = [
        Problem("unknown-choice", _("“%(value)s” is not one of the choices.") % {"value": value}, name)
        for name, choices in _CHOICES.items()
        if (value := getattr(objective, name)) not in dict(choices)
    ]
    if not objective.title:
        problems.append(Problem("title-missing", _("Say in a sentence what is to be reached."), "title"))
    if len(objective.title) > 300:
        problems.append(Problem("too-long", _("Use at most 300 characters."), "title"))
    if objective.is_personal and not organisation().personal_objectives:
        message = _("Personal objectives are off. An administrator can allow them under Settings.")
        problems.append(Problem("personal-objectives-off", message, "is_personal"))
    if objective.visibility == "private" and not objective.is_personal:
        problems.append(Problem("private-is-personal", _("Only a personal objective is private."), "visibility"))
    if objective.is_personal and objective.owner is None:
        problems.append(Problem("owner-missing", _("A personal objective belongs to a person."), "owner"))
    if objective.state != "closed" and (gone := named_leaver(objective.owner)) is not None:
        problems.append(gone)
    if problems:
        raise Refused(*problems)


def _own_key_results(objective: Objective) -> Any:
    return objective.key_results.filter(archived_at=None).select_related("metric", "objective__cycle", "owner")


def _step(actor: Actor, objective: Objective, action: str, before: str, after: str) -> Objective:
    access.require("objective", actor, action, objective)
    with writing():
        hold(objective)
        if objective.state != before:
            raise _wrong_state(objective)
        _save_state(objective, after)
        announce_objective(actor, f"objective.{after}", objective)
    return objective


def _save_state(objective: Objective, state: str) -> None:
    objective.state = state
    objective.version += 1
    objective.save()


def _set_archived(actor: Actor, objective: Objective, *, archived: bool) -> Objective:
    access.require("objective", actor, "change", objective)
    with writing():
        hold(objective)
        objective.archived_at = clock.now() if archived else None
        objective.version += 1
        objective.save()
        announce_objective(actor, "objective.archived" if archived else "objective.restored", objective)
    return objective


def _require_open(objective: Objective) -> None:
    if objective.state == "closed":
        raise refuse("closed", _("It is closed. Reopen it to change it."), "state")


def _wrong_state(objective: Objective) -> Refused:
    message = _("It is “%(state)s” now, so this step does not apply. Nothing was changed.")
    return refuse("wrong-state", message % {"state": objective.get_state_display()}, "state")


def _assign(objective: Objective, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name not in CHANGEABLE:
            raise refuse("unknown-field", _("An objective has no field “%(name)s”.") % {"name": name}, name)
        setattr(objective, name, value.strip() if isinstance(value, str) else value)
