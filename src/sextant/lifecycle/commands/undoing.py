"""Taking back what happened to a KPI: its life, and all that was done with it, are exactly as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sextant.alerts.commands import reopen, take_back_answer
from sextant.alerts.models import Response
from sextant.calc import promotion as calc
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands import archive_kpi, remove_target, set_target
from sextant.kpis.models import FIGURES, Target
from sextant.lifecycle.access import lent
from sextant.lifecycle.commands.graduating import FILLED
from sextant.lifecycle.commands.promoting import let_action_end
from sextant.lifecycle.living import from_facts, life_of, move
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries.undoing import later_ones, why_not
from sextant.lifecycle.sentences import KIND_WORDS
from sextant.lifecycle.telling import tell
from sextant.metrics.commands.metrics import change_metric
from sextant.metrics.models import Metric
from sextant.okrs.commands.closing import resume_key_result
from sextant.okrs.commands.key_results import archive_key_result, change_key_result
from sextant.okrs.commands.objectives import archive_objective, change_objective
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import IN_FORCE, Objective, Terms
from sextant.strategy.models import Cycle


def undo(actor: Actor, transition: Transition, *, reason: str = "") -> Transition:
    """Take it back within 7 days, with what rules made of it since; the same periods do not bring it about again.

    Raises Refused, with what to do instead, when it is too late or a person decided something since.
    """
    reason = checked_text(reason, "reason")
    kpi = transition.kpi
    access.require("kpi", actor, "change", kpi)
    with writing():
        hold(kpi)
        hold(transition)
        later = later_ones(transition)
        problem = why_not(transition, later, clock.now())
        if problem is not None:
            raise Refused(problem)
        said = reason or _("Taken back.")
        prior = life_of(Life.objects.filter(kpi=kpi).first())
        for one in reversed([transition, *later]):
            take_back = _SIDE_EFFECTS.get(one.kind)
            if take_back is not None:
                take_back(actor, one, said)
        ids = [transition.pk, *(one.pk for one in later)]
        now = clock.now()
        Transition.objects.filter(pk__in=ids).update(undone_at=now)
        transition.undone_at = now
        step = calc.Step("undone", "decision", from_facts(transition.prior))
        done = move(
            actor, kpi, prior, step, promotion=transition.promotion, graduation=transition.graduation,
            reason=reason, undoes=transition, what=str(KIND_WORDS[transition.kind]),
        )  # fmt: skip
        tell(done)
    return done


def _promoted(actor: Actor, one: Transition, reason: str) -> None:
    """The promotion counts for nothing; what was made for it is archived, the alert is as it was."""
    promotion = _held(one)
    key_result = promotion.key_result
    who = _lent(actor, promotion)
    if promotion.made_objective:
        if key_result.objective.archived_at is None:
            archive_objective(who, key_result.objective)
    elif key_result.archived_at is None:
        archive_key_result(who, key_result)
    promotion.outcome, promotion.ended_at = "undone", clock.now()
    _save(promotion, "outcome", "ended_at")
    _put_alert_back(who, promotion, one)


def _put_alert_back(actor: Actor, promotion: Promotion, one: Transition) -> None:
    kept, alert = _kept(one), promotion.alert
    if alert is None or kept.get("alert") != alert.pk:
        return
    response: Response | None = getattr(alert, "response", None)
    answered_at = response.answered_at if response is not None and kept.get("answered") else None
    if response is not None and answered_at is not None and answered_at <= one.known_at:  # nobody answered since
        take_back_answer(actor, response)
    if kept.get("alert_was") == "open" and alert.state == "acknowledged":
        reopen(actor, alert, reason=str(_("The promotion was taken back.")))


def _moved(actor: Actor, one: Transition, reason: str) -> None:
    """End, exit rule and target are those from before."""
    promotion, kept = _held(one), _kept(one)
    who = _lent(actor, promotion)
    promotion.ends_on = date.fromisoformat(kept["ends_on"])
    promotion.cycle = Cycle.objects.filter(pk=kept["cycle"] or 0).first()
    promotion.revert_after, promotion.has_own_target = kept["revert_after"], kept["has_own_target"]
    _save(promotion, "ends_on", "cycle", "revert_after", "has_own_target")
    let_action_end(actor, promotion)
    key_result = promotion.key_result
    if key_result.due_on != promotion.ends_on:
        key_result = change_key_result(who, key_result, version=key_result.version, due_on=promotion.ends_on)
    objective = key_result.objective
    if promotion.made_objective and objective.cycle_id != kept["objective_cycle"]:
        cycle = Cycle.objects.filter(pk=kept["objective_cycle"] or 0).first()
        change_objective(who, objective, version=objective.version, cycle=cycle)
    standing = Terms.objects.filter(key_result=key_result, superseded_at=None).order_by(*IN_FORCE).last()
    former = Terms.objects.filter(pk=kept["terms"] or 0, key_result=key_result).first()
    if former is not None and standing is not None and standing.target != former.target:
        set_terms(who, key_result, reason=reason, target=former.target)


def _ended(actor: Actor, one: Transition, reason: str) -> None:
    """The promotion is at work again, and so are its key result and the objective that was closed with it."""
    if one.promotion_id is None:
        return
    promotion, kept = _held(one), _kept(one)
    key_result = promotion.key_result
    objective = key_result.objective
    if objective.archived_at is not None or key_result.archived_at is not None:
        message = _("%(title)s was archived since then. Restore it first.") % {"title": _named(actor, objective)}
        raise refuse("objective-archived", message, "objective")
    if objective.state == "closed" and kept.get("objective") != objective.pk:
        message = _("%(title)s was closed since then. Reopen it first.") % {"title": _named(actor, objective)}
        raise refuse("objective-closed", message, "objective")
    if kept.get("key_result") is not None:
        resume_key_result(actor, key_result, reason=reason)
    promotion.outcome, promotion.ended_at = "", None
    _save(promotion, "outcome", "ended_at")


def _named(actor: Actor, objective: Objective) -> str:
    """The objective by its title, for who may see it."""
    is_seen = access.visible("objective", actor).filter(pk=objective.pk).exists()
    return _("“%(title)s”") % {"title": objective.title} if is_seen else _("The objective it joined")


def _graduated(actor: Actor, one: Transition, reason: str) -> None:
    """The KPI that was made is archived without its number, which the key result goes by, and the number loses what
    was filled in for it. The target goes, and the one it replaced is back; one that somebody set since stays.
    """
    graduation = one.graduation
    if graduation is None:
        return
    hold(graduation)
    kpi, kept = graduation.kpi, _kept(one)
    who = lent(actor, kpi.metric.team_id)
    target = graduation.target
    if target is not None and target.superseded_at is None:
        remove_target(who, kpi, target.pk)
        former = Target.objects.filter(pk=kept.get("replaced") or 0, kpi=kpi).first()
        if former is not None:
            figures = {name: getattr(former, name) for name in FIGURES}
            set_target(
                who, kpi, valid_from=former.valid_from, reason=former.reason, batch_key=former.batch_key, **figures
            )  # fmt: skip
    if graduation.made_kpi and kpi.archived_at is None:
        kpi.refresh_from_db()
        archive_kpi(who, kpi, with_metric=False)
        _empty(who, kpi.metric, {name: kept[name] for name in FILLED if kept.get(name) is not None})
    graduation.undone_at = clock.now()
    graduation.save(update_fields=["undone_at"])


def _empty(actor: Actor, metric: Metric, filled: Mapping[str, int]) -> None:
    """Take out what was filled in, unless somebody said something else since."""
    metric.refresh_from_db()
    changes = {name: None for name, pk in filled.items() if getattr(metric, f"{name}_id") == pk}
    if changes:
        change_metric(actor, metric, version=metric.version, **changes)


_SIDE_EFFECTS: Mapping[str, Callable[[Actor, Transition, str], None]] = {
    "promoted": _promoted, "extended": _moved, "replanned": _moved, "reverted": _ended, "accepted": _ended,
    "withdrawn": _ended, "graduated": _graduated,
}  # fmt: skip


def _held(one: Transition) -> Promotion:
    promotion = one.promotion
    assert promotion is not None
    hold(promotion)
    return promotion


def _kept(one: Transition) -> dict[str, Any]:
    return dict(one.evidence.get("kept", {}))


def _save(promotion: Promotion, *names: str) -> None:
    promotion.version += 1
    promotion.save(update_fields=[*names, "version"])


def _lent(actor: Actor, promotion: Promotion) -> Actor:
    return lent(actor, promotion.kpi.metric.team_id, promotion.key_result.objective.team_id)
