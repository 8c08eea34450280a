"""Promoting a KPI: work on it as a key result for a limited time, with the rule by which it comes back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from sextant.alerts.commands import acknowledge, answer_response, postpone_answer
from sextant.alerts.models import LIVE_STATES, Alert
from sextant.calc import promotion as calc
from sextant.calc.promotion_advice import countable_periods
from sextant.calc.targets import TargetValues
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.errors import Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.models import Kpi
from sextant.kpis.queries.standing import Standing, standing
from sextant.lifecycle.access import lent
from sextant.lifecycle.commands.checking import checked_end, checked_owner, checked_periods, held_life
from sextant.lifecycle.days import here, hour_after, hour_now, today
from sextant.lifecycle.living import life_of, move
from sextant.lifecycle.models import Life, Promotion, Transition
from sextant.lifecycle.queries import drafts
from sextant.lifecycle.queries.entries import aimed, doubts_of, entry_of, standard_of
from sextant.lifecycle.queries.lives import standing_transitions
from sextant.lifecycle.sentences import day_words
from sextant.lifecycle.telling import tell
from sextant.metrics.models import Metric
from sextant.okrs.commands.key_results import create_key_result, publish_key_result
from sextant.okrs.commands.objectives import activate_objective, create_objective
from sextant.okrs.models import KeyResult, Objective
from sextant.people.models import Person
from sextant.strategy.models import Cycle


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was asked for, checked."""

    why: str
    cycle: Cycle | None
    ends_on: date
    aim: TargetValues
    has_own_target: bool
    guard: Metric | None
    revert_after: int
    heeds_findings: bool
    owner: Person | None
    entry: calc.Entry


def promote(
    actor: Actor, kpi: Kpi, *, why: str, cycle: Cycle | None = None, ends_on: date | None = None,
    objective: Objective | None = None, title: str = "", key_result_title: str = "", target: float | None = None,
    guard: Metric | None = None, revert_after: int = 3, heeds_findings: bool = True, owner: Person | None = None,
    alert: Alert | None = None, accept_doubts: bool = False, version: int | None = None,
) -> Promotion:  # fmt: skip
    """Make the KPI a key result until a day (that of `cycle`, or `ends_on`); it stays watched and comes back by itself.

    The key result is on the KPI's own metric: its baseline is what the series says at the start, its target is the
    KPI's, unless `target` says another one. It joins `objective`, or an objective "Restore ..." is made and started for
    it. `revert_after`: so many periods in a row on target bring it back. `alert`: what it was promoted from, else the
    open alert about its value. Raises Refused with the doubts about its exit rule unless they are accepted, and where
    it is promoted already; `version` is that of the draft.
    """
    access.require("kpi", actor, "change", kpi)
    if alert is not None and alert.kpi_id != kpi.pk:
        raise refuse("other-alert", _("This alert is about something else."), "alert")
    if objective is not None and drafts.shows_more(objective, kpi):
        message = _("More people see this objective than may see the KPI. Choose another one, or let it make one.")
        raise refuse("objective-too-open", message, "objective")
    stand = standing(kpi, here())
    standard = standard_of(stand)
    plan = _plan(actor, kpi, stand, standard, why, cycle, ends_on, target, guard, revert_after, heeds_findings, owner)
    with writing():
        row = held_life(actor, kpi, version)
        problem = drafts.problem_of(kpi, row, standard, has_own_target=plan.has_own_target)
        if problem is not None:
            raise Refused(problem)
        _settle_doubts(kpi, plan, accept_doubts)
        words = key_result_title.strip() or drafts.key_result_title(stand, plan.aim)
        key_result = _key_result(actor, kpi, plan, objective, title.strip() or drafts.title_of(kpi), words)
        return _begin(actor, kpi, row, plan, key_result, alert, made_objective=objective is None)


def _plan(
    actor: Actor, kpi: Kpi, stand: Standing, standard: TargetValues | None, why: str, cycle: Cycle | None,
    ends_on: date | None, target: float | None, guard: Metric | None, revert_after: int, heeds_findings: bool,
    owner: Person | None,
) -> _Plan:  # fmt: skip
    why = checked_text(why, "why", missing=_("Say in a sentence why it is worked on now."))
    last = checked_end(cycle, ends_on)
    own = own_target(kpi, standard, target)
    aim = aimed(standard, kpi.metric.direction, own)
    if guard is not None:
        access.require("metric", actor, "view", guard)
        if guard.pk == kpi.metric_id:
            raise refuse("guard-is-itself", _("It cannot guard itself. Choose another metric."), "guard")
    periods = checked_periods(revert_after)
    entry = entry_of(stand, aim, last, revert_after=periods, has_guard=guard is not None)
    given = checked_owner(owner, kpi) if owner is not None else drafts.owner_of(kpi)
    return _Plan(
        why, cycle, last, aim or TargetValues(), own is not None, guard, periods, heeds_findings, given, entry
    )  # fmt: skip


def own_target(kpi: Kpi, standard: TargetValues | None, target: float | None) -> float | None:
    """The target where it is another one than the KPI's. Refused for a band, which is the KPI's to change."""
    if target is None or (standard is not None and target == standard.target):
        return None
    if kpi.metric.direction == "within":
        message = _("It is to stay within bounds. Change those of the KPI to promote it to others.")
        raise refuse("target-is-a-band", message, "target")
    if not math.isfinite(target):
        raise refuse("not-finite", _("This is a finite number."), "target")
    return target


def _settle_doubts(kpi: Kpi, plan: _Plan, accept_doubts: bool) -> None:
    warnings = [one for one in doubts_of(kpi, plan.entry) if not one.is_hint]
    if warnings and not accept_doubts:
        raise Refused(*(Problem(one.key, one.message, "accept_doubts") for one in warnings))


def _key_result(
    actor: Actor, kpi: Kpi, plan: _Plan, objective: Objective | None, title: str, key_result_title: str
) -> KeyResult:
    """The published key result on the KPI's metric, under the objective given or one that is made and started."""
    if objective is not None:
        key_result = _add_key_result(actor, kpi, plan, objective, key_result_title)
        return publish_key_result(actor, key_result)
    metric = kpi.metric
    who = lent(actor, metric.team_id)
    cycle = plan.cycle or drafts.covering(actor, plan.ends_on)
    owner = plan.owner or Person.objects.filter(pk=actor.person_id or 0, archived_at=None).first()
    made = create_objective(
        who, title=title, team=metric.team, owner=owner, cycle=cycle, theme=metric.theme, description=plan.why,
        visibility=metric.visibility, viewers=list(metric.viewers.all()), restores=kpi,
    )  # fmt: skip
    key_result = _add_key_result(who, kpi, plan, made, key_result_title)
    activate_objective(who, made)
    key_result.refresh_from_db()
    return key_result


def _add_key_result(actor: Actor, kpi: Kpi, plan: _Plan, objective: Objective, title: str) -> KeyResult:
    fields: dict[str, Any] = {"starts_on": today(), "due_on": plan.ends_on, "guard": plan.guard}
    if plan.owner is not None:
        fields["owner"] = plan.owner
    if kpi.metric.direction == "within":
        planned = max(1, countable_periods(plan.entry))
        terms: dict[str, Any] = {"low": plan.aim.low, "high": plan.aim.high, "planned_periods": planned}
        return create_key_result(
            actor, objective, title=title[:500], kind="guardrail", metric=kpi.metric, terms=terms, **fields
        )  # fmt: skip
    terms = {"baseline_from_series": True, "target": plan.aim.target}
    return create_key_result(actor, objective, title=title[:500], metric=kpi.metric, terms=terms, **fields)


def _begin(
    actor: Actor, kpi: Kpi, row: Life | None, plan: _Plan, key_result: KeyResult, alert: Alert | None, *,
    made_objective: bool,
) -> Promotion:  # fmt: skip
    """The promotion with its transition; inside `writing()`, with the KPI's row held."""
    frequency = kpi.metric.frequency
    since = hour_now(frequency)
    alert = alert or drafts.live_alert(actor, kpi)
    promotion = Promotion.objects.create(
        kpi=kpi, key_result=key_result, alert=alert, made_objective=made_objective, why=plan.why, cycle=plan.cycle,
        since=since, ends_on=plan.ends_on, revert_after=plan.revert_after, heeds_findings=plan.heeds_findings,
        has_own_target=plan.has_own_target, owner=plan.owner, started_at=clock.now(), started_by=actor.label,
    )  # fmt: skip
    prior = life_of(row)
    periods, finding = _evidence(kpi, prior)
    after = calc.Life(calc.PROMOTED, since, hour_after(plan.ends_on, frequency), promotion.pk)
    # Who sees the KPI sees what was made for it; an objective it joined may be for fewer eyes than the event.
    both = {"key_result": key_result.key, "objective": key_result.objective.key}
    named: dict[str, Any] = both if made_objective else {}
    transition = move(
        actor, kpi, prior, calc.Step("promoted", "decision", after, periods, finding), promotion=promotion,
        reason=plan.why, kept=_take_note(actor, promotion), ends=day_words(plan.ends_on), **named,
    )  # fmt: skip
    tell(transition)
    return promotion


def _evidence(kpi: Kpi, prior: calc.Life) -> tuple[tuple[int, ...], int | None]:
    """What spoke for it when it was suspected; nothing where nobody suspected it."""
    if prior.state != calc.SUSPECTED:
        return (), None
    now = standing_transitions(here())
    found = Transition.objects.filter(now, kpi=kpi, kind__in=("suspected", "relapsed")).order_by("-pk").first()
    if found is None:
        return (), None
    return tuple(found.evidence.get("periods", ())), found.evidence.get("finding")


def _take_note(actor: Actor, promotion: Promotion) -> dict[str, Any]:
    """Promoting is what is done about the alert: it is taken note of, and its response answered."""
    alert = promotion.alert
    if alert is None or alert.state not in LIVE_STATES:
        return {}
    who = lent(actor, promotion.kpi.metric.team_id)
    response = getattr(alert, "response", None)
    kept = {"alert": alert.pk, "alert_was": alert.state, "answered": False}
    said = _said(promotion)
    if response is not None and response.answered_at is None:
        answer_response(who, response, what=said, action_owner=promotion.owner, due_on=promotion.ends_on)
        return kept | {"answered": True}
    if alert.state == "open":
        acknowledge(who, alert, reason=said)
    return kept


def _said(promotion: Promotion) -> str:
    words = {"ends": day_words(promotion.ends_on), "why": promotion.why}
    return (_("Promoted to a key result until %(ends)s: %(why)s") % words)[:2_000]


def let_action_end(actor: Actor, promotion: Promotion) -> None:
    """The action that promoting noted on the scorecard ends with the promotion, whose last day was moved.

    An answer of somebody else stays as it is.
    """
    alert = promotion.alert
    response = getattr(alert, "response", None)
    made = Transition.objects.filter(promotion=promotion, kind="promoted").order_by("pk").last()
    if response is None or response.answered_at is None or made is None:
        return
    if made.evidence.get("kept", {}).get("answered") and response.answered_at <= made.known_at:
        who = lent(actor, promotion.kpi.metric.team_id)
        postpone_answer(who, response, what=_said(promotion), due_on=promotion.ends_on)
