"""What people decide about a promotion that is at work, about a KPI as it is, and about a suspicion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sextant.alerts.commands.announcing import announce_thing
from sextant.calc import promotion as calc
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import fresh
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import standing
from sextant.lifecycle.access import lent
from sextant.lifecycle.carrying_out import end_promotion
from sextant.lifecycle.commands.checking import checked_end, checked_periods, checked_reason, held_life
from sextant.lifecycle.commands.promoting import let_action_end, own_target
from sextant.lifecycle.days import here, hour_after, hour_now, last_day, today
from sextant.lifecycle.living import life_of, move
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries.drafts import covering
from sextant.lifecycle.queries.entries import standard_of
from sextant.lifecycle.sentences import STATE_WORDS, day_words
from sextant.lifecycle.telling import tell
from sextant.metrics.queries.series import series_many
from sextant.okrs.commands.closing import note_learning
from sextant.okrs.commands.key_results import change_key_result
from sextant.okrs.commands.objectives import change_objective
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import IN_FORCE, Terms
from sextant.strategy.models import Cycle

LONGEST_ACCEPTANCE = 366  # days; nothing is accepted for good


def extend(
    actor: Actor, promotion: Promotion, *, cycle: Cycle | None = None, ends_on: date | None = None, reason: str,
    version: int | None = None,
) -> Transition:  # fmt: skip
    """Give it more time: until the end of `cycle`, or until `ends_on`, which lies after its last day so far."""
    reason, last = checked_reason(reason), checked_end(cycle, ends_on)
    with writing():
        row = _held(actor, promotion, "extended", version)
        life = life_of(row)
        if last <= _last_day(promotion, life):
            message = _("It runs until %(day)s already. Choose a later day, or plan it anew to shorten it.")
            raise refuse("not-later", message % {"day": day_words(_last_day(promotion, life))}, "ends_on")
        kept = _kept(promotion)
        frequency = promotion.kpi.metric.frequency
        state = calc.PROMOTED if life.state == calc.OVERDUE else life.state
        after = replace(life, state=state, ends=hour_after(last, frequency))
        _change(promotion, ends_on=last, cycle=cycle or promotion.cycle)
        _let_key_result_end(actor, promotion)
        let_action_end(actor, promotion)
        return _move(actor, promotion, life, calc.Step("extended", "decision", after), reason, kept)


def replan(
    actor: Actor, promotion: Promotion, *, ends_on: date | None = None, cycle: Cycle | None = None,
    target: float | None = None, revert_after: int | None = None, reason: str, version: int | None = None,
) -> Transition:  # fmt: skip
    """Begin anew with another end, target or exit rule: only periods that are not over by now count for it.

    `target` None leaves what it is judged by; one that is the KPI's own puts it back on that.
    """
    reason, last = checked_reason(reason), checked_end(cycle, ends_on)
    standard = standard_of(standing(promotion.kpi, here()))
    own = own_target(promotion.kpi, standard, target)
    with writing():
        row = _held(actor, promotion, "replanned", version)
        life, kept = life_of(row), _kept(promotion)
        periods = promotion.revert_after if revert_after is None else checked_periods(revert_after)
        has_own = promotion.has_own_target if target is None else own is not None
        _change(
            promotion, ends_on=last, cycle=cycle, revert_after=periods,
            has_own_target=has_own,
        )  # fmt: skip
        _let_key_result_end(actor, promotion)
        let_action_end(actor, promotion)
        if target is not None:
            set_terms(_lent(actor, promotion), promotion.key_result, reason=reason, target=target)
        frequency = promotion.kpi.metric.frequency
        after = calc.Life(calc.PROMOTED, hour_now(frequency), hour_after(last, frequency), promotion.pk)
        return _move(actor, promotion, life, calc.Step("replanned", "decision", after), reason, kept)


def accept(actor: Actor, thing: Kpi | Promotion, *, until: date, reason: str, version: int | None = None) -> Transition:
    """Accept the KPI as it is until a day, at most a year ahead; then it is asked again. A promotion ends with it.

    `version` is that of the promotion, or of the KPI's life where nothing works on it.
    """
    reason = checked_reason(reason)
    if until <= today() or (until - today()).days > LONGEST_ACCEPTANCE:
        raise refuse("bad-day", _("Choose a day after today, at most a year ahead."), "until")
    with writing():
        kpi, row, promotion = _thing(actor, thing, "accepted", version)
        frequency = kpi.metric.frequency
        after = calc.Life(calc.ACCEPTED, hour_now(frequency), hour_after(until, frequency))
        words = _("Accepted as it is until %(day)s: %(reason)s") % {"day": day_words(until), "reason": reason}
        kept = end_promotion(actor, promotion, "accepted", words) if promotion is not None else {}
        step = calc.Step("accepted", "decision", after)
        return _moved(actor, kpi, life_of(row), step, promotion, reason, kept, day_words(until))


def withdraw(actor: Actor, promotion: Promotion, *, reason: str, version: int | None = None) -> Transition:
    """End it before the KPI is restored. What speaks against the KPI so far suggests nothing any more."""
    reason = checked_reason(reason)
    with writing():
        row = _held(actor, promotion, "withdrawn", version)
        kpi = promotion.kpi
        after = calc.Life(answered=_newest(kpi))
        kept = end_promotion(
            actor, promotion, "withdrawn", _("Ended before it was restored: %(why)s") % {"why": reason}
        )
        return _moved(
            actor, kpi, life_of(row), calc.Step("withdrawn", "decision", after), promotion, reason, kept, "–"
        )  # fmt: skip


def set_aside(actor: Actor, kpi: Kpi, *, reason: str, version: int | None = None) -> Transition:
    """Say that a suspicion is none; it comes back only with something new. A relapse goes back to its watch."""
    reason = checked_reason(reason)
    with writing():
        row = held_life(actor, kpi, version)
        life = life_of(row)
        _require_state(life, "set_aside")
        calm, newest = calc.calmed(life, hour_now(kpi.metric.frequency)), _newest(kpi)
        step = calc.Step("set_aside", "decision", replace(calm, answered=newest))
        return _moved(actor, kpi, life, step, None, reason, {}, "–")


def answer(actor: Actor, promotion: Promotion, text: str, *, version: int | None = None) -> Promotion:
    """Say what changed it; answering again replaces the answer. It is what was learned from the closing as well."""
    text = checked_text(text, "text", missing=_("Say what changed it, in a sentence or two."))
    access.require("promotion", actor, "answer", promotion)
    with writing():
        held = fresh(promotion, version, {"what_changed": text})
        if held.outcome == "undone":
            raise refuse("undone", _("This promotion was taken back."), "text")
        held.what_changed, held.answered_by, held.answered_at = text, actor.label, clock.now()
        held.version += 1
        held.save(update_fields=["what_changed", "answered_by", "answered_at", "version"])
        if held.made_objective:
            note_learning(_lent(actor, held), held.key_result.objective, text)
        _announce_answer(actor, held, text)
    return held


def _held(actor: Actor, promotion: Promotion, kind: str, version: int | None) -> Life | None:
    """The life of its KPI, with the promotion read anew and held. Refused when it is not at work any more."""
    access.require("promotion", actor, "decide", promotion)
    row = held_life(actor, promotion.kpi, None)
    held = fresh(promotion, version, {"ends_on": promotion.ends_on, "outcome": promotion.get_outcome_display()})
    for name in (field.attname for field in Promotion._meta.concrete_fields):
        setattr(promotion, name, getattr(held, name))
    life = life_of(row)
    if promotion.ended_at is not None or life.promotion != promotion.pk:
        words = {"outcome": promotion.get_outcome_display().lower()}
        raise refuse("already-ended", _("This promotion has ended: %(outcome)s. Nothing was changed.") % words, "state")
    _require_state(life, kind)
    return row


def _thing(
    actor: Actor, thing: Kpi | Promotion, kind: str, version: int | None
) -> tuple[Kpi, Life | None, Promotion | None]:
    if isinstance(thing, Promotion):
        return thing.kpi, _held(actor, thing, kind, version), thing
    row = held_life(actor, thing, version)
    life = life_of(row)
    _require_state(life, kind)
    promotion = row.promotion if row is not None and life.state in calc.AT_WORK else None
    return thing, row, promotion


def _require_state(life: calc.Life, kind: str) -> None:
    if life.state not in calc.DECISIONS[kind]:
        raise wrong_state(life)


def wrong_state(life: calc.Life) -> Refused:
    """What is refused where a decision does not apply to the state of the KPI."""
    message = _("It is “%(state)s” now, so this does not apply. Nothing was changed.")
    return refuse("wrong-state", message % {"state": STATE_WORDS[life.state]}, "state")


def _kept(promotion: Promotion) -> dict[str, Any]:
    """What an undo puts back; figures stay where they are, in the terms of the key result."""
    key_result = promotion.key_result
    terms = Terms.objects.filter(key_result=key_result, superseded_at=None).order_by(*IN_FORCE).last()
    return {
        "ends_on": promotion.ends_on.isoformat(), "cycle": promotion.cycle_id, "revert_after": promotion.revert_after,
        "has_own_target": promotion.has_own_target, "terms": terms.pk if terms is not None else None,
        "objective_cycle": key_result.objective.cycle_id,
    }  # fmt: skip


def _last_day(promotion: Promotion, life: calc.Life) -> date:
    return promotion.ends_on if life.ends is None else last_day(life.ends, promotion.kpi.metric.frequency)


def _change(promotion: Promotion, **values: Any) -> None:
    for name, value in values.items():
        setattr(promotion, name, value)
    promotion.version += 1
    promotion.save(update_fields=[*values, "version"])


def _let_key_result_end(actor: Actor, promotion: Promotion) -> None:
    """The key result is due on the last day of the promotion; the objective made for it goes along to that cycle."""
    who, key_result = _lent(actor, promotion), promotion.key_result
    key_result.refresh_from_db()
    if key_result.due_on != promotion.ends_on:
        change_key_result(who, key_result, version=key_result.version, due_on=promotion.ends_on)
    objective = key_result.objective
    cycle = promotion.cycle if promotion.cycle is not None and promotion.cycle.ends_on >= promotion.ends_on else None
    cycle = cycle or covering(actor, promotion.ends_on)
    if promotion.made_objective and cycle is not None and objective.cycle_id != cycle.pk:
        change_objective(who, objective, version=objective.version, cycle=cycle)


def _lent(actor: Actor, promotion: Promotion) -> Actor:
    return lent(actor, promotion.kpi.metric.team_id, promotion.key_result.objective.team_id)


def _newest(kpi: Kpi) -> int | None:
    """The start of the newest complete period; None before there is any."""
    series = series_many([kpi.metric], here(), newest=2)[kpi.metric_id]
    return int(series.starts[series.complete - 1]) if series.complete else None


def _move(
    actor: Actor, promotion: Promotion, prior: calc.Life, step: calc.Step, reason: str, kept: dict[str, Any]
) -> Transition:
    return _moved(actor, promotion.kpi, prior, step, promotion, reason, kept, day_words(promotion.ends_on))


def _moved(
    actor: Actor, kpi: Kpi, prior: calc.Life, step: calc.Step, promotion: Promotion | None, reason: str,
    kept: dict[str, Any], ends: str,
) -> Transition:  # fmt: skip
    transition = move(actor, kpi, prior, step, promotion=promotion, reason=reason, kept=kept, ends=ends)
    tell(transition)
    return transition


def _announce_answer(actor: Actor, promotion: Promotion, text: str) -> None:
    kpi = promotion.kpi
    announce_thing(
        actor, "lifecycle.answered", kpi, topics=["lifecycle", f"kpi:{kpi.key}"], text=text, promotion=promotion.pk
    )  # fmt: skip
