"""Carrying out a step of a life that the series asked for: what ends with it, the transition, and who is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sextant.alerts.insight_sentences import span_words
from sextant.calc import promotion as calc
from sextant.core import clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.kpis.models import Kpi
from sextant.lifecycle.living import move
from sextant.lifecycle.models import Promotion, Transition
from sextant.lifecycle.sentences import Teller
from sextant.lifecycle.telling import tell
from sextant.okrs.commands.closing import end_key_result

ENDS = ("reverted", "retired", "withdrawn")  # kinds of steps that end a promotion, and its outcomes


def carry_out(actor: Actor, kpi: Kpi, life: calc.Life, step: calc.Step, promotion: Promotion | None) -> Transition:
    """Write the step and all that follows from it; inside `writing()`, with the KPI's row held.

    A promotion that ends closes its key result, and the objective that was made for it. What it ended is kept with
    the transition, so that taking it back restores exactly that.
    """
    kept: dict[str, Any] = {}
    if promotion is not None and step.kind in ENDS and promotion.ended_at is None:
        kept = end_promotion(actor, promotion, step.kind, _outcome(kpi, step))
    reason = _outcome(kpi, step) if step.kind == "withdrawn" else ""
    transition = move(actor, kpi, life, step, promotion=promotion, reason=reason, kept=kept)
    tell(transition)
    return transition


def end_promotion(actor: Actor, promotion: Promotion, outcome: str, words: str) -> dict[str, Any]:
    """End the promotion with one of its outcomes; `words` say it. Returns what that closed, by id."""
    hold(promotion)
    promotion.outcome, promotion.ended_at = outcome, clock.now()
    promotion.version += 1
    promotion.save(update_fields=["outcome", "ended_at", "version"])
    key_result = promotion.key_result
    was_open = key_result.closed_at is None and key_result.archived_at is None
    if not was_open:
        return {"key_result": None, "objective": None}
    closure = end_key_result(actor, key_result, outcome=words, with_objective=promotion.made_objective)
    return {"key_result": key_result.pk, "objective": closure.objective_id if closure is not None else None}


def _outcome(kpi: Kpi, step: calc.Step) -> str:
    """What ended a promotion, as the closing of its key result says it."""
    if step.kind == "withdrawn":
        return _("Its key result was closed or archived.")
    if step.kind == "retired":
        return _("The KPI is not watched any more.")
    span = span_words(kpi.metric.frequency, len(step.periods))
    return _("Restored: on target for %(span)s in a row (%(when)s).") % {
        "span": span, "when": Teller().stretch(kpi.metric, step.periods),
    }  # fmt: skip
