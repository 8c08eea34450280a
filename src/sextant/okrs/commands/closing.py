"""Closing objectives and cycles: everything is asked, nothing is carried over silently, reopening is an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sextant.calc.planning import score_at_close
from sextant.core import access, clock, events
from sextant.core.actors import Actor
from sextant.core.checking import A_TEXT, checked_text
from sextant.core.editing import fresh, hold
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.metrics.queries.standpoint import Standpoint, standpoint
from sextant.okrs.commands.announcing import announce_key_result, announce_objective
from sextant.okrs.commands.carrying import carry
from sextant.okrs.commands.objectives import archive_objective
from sextant.okrs.commands.planning import require_open_cycle
from sextant.okrs.models import DECISION_CHOICES, Closure, ClosureItem, KeyResult, Objective
from sextant.okrs.queries.standing import ObjectiveStanding, objective_standing
from sextant.people.queries import organisation
from sextant.strategy.models import Cycle

DECISIONS = dict(DECISION_CHOICES)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one key result: keep, modify or drop, and what was learned."""

    decision: str
    learning: str = ""


def close_objective(
    actor: Actor, objective: Objective, *, outcome: str, learning: str, decision: str,
    items: Mapping[str, Verdict | Mapping[str, str]], carry_to: Cycle | None = None, version: int | None = None,
) -> Closure:  # fmt: skip
    """Close it with its scores frozen as they are today. `items` decides on every key result, by key.

    Keep and modify draft the objective anew in `carry_to` (None: the backlog), on the same metrics and without the
    key results that are dropped; a kept key result takes its target along, a modified one asks for a new one. Drop
    carries nothing. Raises Refused with everything that was not answered. KPIs, series and targets are not touched.
    """
    access.require("objective", actor, "close", objective)
    with writing():
        hold(objective)
        fresh(objective, version, {"state": "closed"})
        if objective.state == "closed":
            raise refuse("already-closed", _("It is closed already. Nothing was changed."), "state")
        if objective.archived_at is not None:
            raise refuse("archived", _("It is archived. Restore it to close it."), "state")
        key_results = list(objective.key_results.filter(archived_at=None).select_related("metric", "owner"))
        verdicts = _verdicts(key_results, items, decision)
        _check(objective, outcome, learning, decision, verdicts, carry_to)
        standing = objective_standing(objective, _today())
        closure = _freeze(actor, objective, standing, key_results, verdicts)
        closure.outcome, closure.learning, closure.decision = outcome.strip(), learning.strip(), decision
        now = closure.known_at
        if decision != "drop":
            going = [(one, verdicts[one.key].decision) for one in key_results if verdicts[one.key].decision != "drop"]
            closure.carried_to = carry(actor, objective, going, decision=decision, cycle=carry_to)
        closure.save()
        objective.key_results.filter(archived_at=None, closed_at=None).update(closed_at=now)
        objective.state, objective.closed_at = "closed", now
        objective.version += 1
        objective.save()
        words = "–" if closure.score is None else f"{closure.score:.2f}"
        announce_objective(actor, "objective.closed", objective, score=words, decision=decision)
        if closure.carried_to is not None:
            where = carry_to.name if carry_to is not None else str(_("the backlog"))
            announce_objective(
                actor, "objective.carried", objective, cycle=where,
                topics=[f"objective:{closure.carried_to.key}"], to=closure.carried_to.key,
            )  # fmt: skip
    return closure


def note_learning(actor: Actor, objective: Objective, learning: str) -> Closure | None:
    """Say afterwards what was learned at the standing closing; None where there is none."""
    access.require("objective", actor, "close", objective)
    with writing():
        closure = Closure.objects.filter(objective=objective, superseded_at=None).first()
        if closure is not None and closure.learning != learning.strip():
            closure.learning = learning.strip()
            closure.save(update_fields=["learning"])
    return closure


def reopen_objective(actor: Actor, objective: Objective, *, reason: str) -> Objective:
    """Take a closing back, with a reason; its scores stay in the history.

    The draft it was carried to is archived while it is still a draft; one that went further stays.
    """
    access.require("objective", actor, "close", objective)
    reason = checked_text(reason, "reason", missing=_("Say why it is opened again."), most=A_TEXT)
    with writing():
        hold(objective)
        if objective.state != "closed":
            raise refuse("not-closed", _("It is not closed. Nothing was changed."), "state")
        require_open_cycle(objective.cycle)
        closure = Closure.objects.filter(objective=objective, superseded_at=None).select_related("carried_to").first()
        if closure is not None:
            closure.superseded_at = clock.now()
            closure.save(update_fields=["superseded_at"])
            carried = closure.carried_to
            if carried is not None and carried.state == "draft" and carried.archived_at is None:
                archive_objective(actor, carried)
        objective.key_results.filter(closed_at=objective.closed_at).update(closed_at=None)
        objective.state = "active" if objective.activated_at is not None else "draft"
        objective.closed_at = None
        objective.version += 1
        objective.save()
        announce_objective(actor, "objective.reopened", objective, reason=reason)
    return objective


def end_key_result(
    actor: Actor, key_result: KeyResult, *, outcome: str, learning: str = "", with_objective: bool = False
) -> Closure | None:
    """Close one key result before its objective, when a decision about its KPI ends the work; inside `writing()`.

    Who may take that decision was asked by whoever calls. `with_objective` closes the objective too, with its scores
    frozen and nothing carried, unless other key results of it are still open; then, or without it, None is returned.
    What is closed or archived already stays as it is.
    """
    hold(key_result)
    objective = key_result.objective
    hold(objective)
    if key_result.closed_at is None and key_result.archived_at is None:
        key_result.closed_at = clock.now()
        key_result.version += 1
        key_result.save(update_fields=["closed_at", "version"])
        announce_key_result(actor, "key_result.closed", key_result, outcome=outcome.strip())
    others = objective.key_results.filter(archived_at=None, closed_at=None)
    if not with_objective or objective.state == "closed" or objective.archived_at is not None or others.exists():
        return None
    key_results = list(objective.key_results.filter(archived_at=None).select_related("metric", "owner"))
    verdicts = {one.key: Verdict("drop") for one in key_results}
    closure = _freeze(actor, objective, objective_standing(objective, _today()), key_results, verdicts)
    closure.outcome, closure.learning = outcome.strip(), learning.strip()
    closure.save()
    objective.state, objective.closed_at = "closed", closure.known_at
    objective.version += 1
    objective.save()
    words = "–" if closure.score is None else f"{closure.score:.2f}"
    announce_objective(actor, "objective.closed", objective, score=words, decision="drop")
    return closure


def resume_key_result(actor: Actor, key_result: KeyResult, *, reason: str) -> None:
    """Take `end_key_result` back: the key result runs again, and so does the objective that was closed with it."""
    hold(key_result)
    objective = key_result.objective
    hold(objective)
    if objective.state == "closed":
        Closure.objects.filter(objective=objective, superseded_at=None).update(superseded_at=clock.now())
        objective.state, objective.closed_at = "active", None
        objective.version += 1
        objective.save()
        announce_objective(actor, "objective.reopened", objective, reason=reason.strip())
    if key_result.closed_at is not None:
        key_result.closed_at = None
        key_result.version += 1
        key_result.save(update_fields=["closed_at", "version"])
        announce_key_result(actor, "key_result.reopened", key_result, reason=reason.strip())


def close_cycle(actor: Actor, cycle: Cycle) -> Cycle:
    """Say that a cycle is over and looked back on. Raises Refused with what is still open in it.

    Personal objectives are their owners' affair and hold up nothing; nor do those that restore a KPI, which end by
    their own rule on their own day.
    """
    access.require("cycle", actor, "close", cycle)
    with writing():
        hold(cycle)
        if cycle.closed_at is not None:
            return cycle
        own = cycle.objectives.filter(archived_at=None, is_personal=False, restores=None)
        found = own.exclude(state="closed")
        seen = access.visible("objective", actor).filter(pk__in=found.values("pk")).order_by("team__name", "title")
        problems = [Problem("objective-open", f"{one.team.name}: {one.title}", f"objective:{one.key}") for one in seen]
        if problems:
            words = _("%(count)d objectives are still open. Close them, move them to another cycle, or archive them.")
            raise Refused(Problem("cycle-has-open-objectives", words % {"count": len(problems)}), *problems)
        if found.exists():
            words = _("Something in it is open that you may not see. An administrator can close the cycle.")
            raise refuse("cycle-has-open-objectives", words)
        cycle.closed_at = clock.now()
        cycle.version += 1
        cycle.save(update_fields=["closed_at", "version"])
        events.emit(actor, "cycle.closed", "cycle", cycle.key, cycle.name)
    return cycle


def reopen_cycle(actor: Actor, cycle: Cycle) -> Cycle:
    """Open a closed cycle again; its objectives stay closed until one of them is reopened."""
    access.require("cycle", actor, "close", cycle)
    with writing():
        hold(cycle)
        if cycle.closed_at is not None:
            cycle.closed_at = None
            cycle.version += 1
            cycle.save(update_fields=["closed_at", "version"])
            events.emit(actor, "cycle.reopened", "cycle", cycle.key, cycle.name)
    return cycle


def _today() -> Standpoint:
    """The day that is being written down: today, or the past day of a builder of history."""
    return standpoint(clock.now().astimezone(ZoneInfo(organisation().time_zone)).date())


def _verdicts(
    key_results: list[KeyResult], items: Mapping[str, Verdict | Mapping[str, str]], decision: str
) -> dict[str, Verdict]:
    """The verdict on each key result. Dropping the objective drops those nobody spoke about."""
    unknown = sorted(set(items) - {one.key for one in key_results})
    if unknown:
        message = _("“%(key)s” is not one of its key results.") % {"key": unknown[0]}
        raise refuse("unknown-key-result", message, f"items:{unknown[0]}")
    found = {key: one if isinstance(one, Verdict) else Verdict(**one) for key, one in items.items()}
    if decision == "drop":
        found = {**{one.key: Verdict("drop") for one in key_results}, **found}
    return found


def _check(
    objective: Objective, outcome: str, learning: str, decision: str, verdicts: Mapping[str, Verdict],
    carry_to: Cycle | None,
) -> None:  # fmt: skip
    problems = []
    if not outcome.strip():
        problems.append(Problem("outcome-missing", _("Say in a sentence what came of it."), "outcome"))
    if not learning.strip():
        message = _("Say what was learned; it is shown when something like it is planned.")
        problems.append(Problem("learning-missing", message, "learning"))
    if decision not in DECISIONS:
        problems.append(Problem("decision-missing", _("Keep it, modify it, or drop it?"), "decision"))
    for one in objective.key_results.filter(archived_at=None):
        verdict = verdicts.get(one.key)
        field = f"items:{one.key}"
        if verdict is None or verdict.decision not in DECISIONS:
            message = _("%(title)s: keep it, modify it, or drop it?") % {"title": one.title}
            problems.append(Problem("decision-missing", message, field))
        elif decision == "drop" and verdict.decision != "drop":
            message = _("%(title)s: the objective is dropped, so nothing of it goes on. Modify the objective instead.")
            problems.append(Problem("nothing-to-carry", message % {"title": one.title}, field))
    if problems:
        raise Refused(*problems)
    if decision != "drop":
        if carry_to is not None and carry_to.pk == objective.cycle_id:
            raise refuse("same-cycle", _("Carry it to another cycle than the one it is closed in."), "carry_to")
        require_open_cycle(carry_to)


def _freeze(
    actor: Actor, objective: Objective, standing: ObjectiveStanding, key_results: list[KeyResult],
    verdicts: Mapping[str, Verdict],
) -> Closure:  # fmt: skip
    """The closure and its items with the figures of the day."""
    closure = Closure.objects.create(
        objective=objective, score=score_at_close(standing.progress), decision="drop",
        author=actor.label, known_at=clock.now(),
    )  # fmt: skip
    figures = {one.pk: one for one in standing.key_results}
    for one in key_results:
        stood = figures.get(one.pk)
        share = stood.progress if stood is not None else None
        ClosureItem.objects.create(
            closure=closure, key_result=one, value=stood.value if stood is not None else None, progress=share,
            score=score_at_close(share), decision=verdicts[one.key].decision,
            learning=verdicts[one.key].learning.strip(),
        )  # fmt: skip
    return closure
