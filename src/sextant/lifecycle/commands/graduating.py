"""Graduating a key result: its number is watched as a KPI from then on, with its history, owner and source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.calc.periods import Frequency, Period, period_at
from sextant.calc.targets import TargetValues, check_target_values
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.checking import checked_text
from sextant.core.editing import hold
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands import activate_kpi, complete_kpis, restore_kpi, set_target, watch_metric
from sextant.kpis.commands.kpis import missing_for_activation
from sextant.kpis.models import Kpi, Target
from sextant.kpis.queries.standing import standing
from sextant.lifecycle.commands.checking import held_life
from sextant.lifecycle.commands.deciding import wrong_state
from sextant.lifecycle.commands.promoting import own_target
from sextant.lifecycle.days import here, hour_now, last_day, today
from sextant.lifecycle.living import life_of, move
from sextant.lifecycle.models import Graduation
from sextant.lifecycle.queries.graduations import GraduationOffer, offer
from sextant.lifecycle.sentences import day_words
from sextant.lifecycle.telling import tell
from sextant.metrics.queries.series import calendar_for
from sextant.okrs.models import KeyResult
from sextant.people.models import Person
from sextant.strategy.models import Theme

FILLED = ("owner", "theme")  # of the metric, where it has none


def graduate(
    actor: Actor, key_result: KeyResult, *, why: str = "", target: float | None = None, theme: Theme | None = None,
    reason: str = "", response_plan: str = "", owner: Person | None = None, how_measured: str = "",
) -> Graduation:  # fmt: skip
    """Watch the number of the key result as an active KPI, closely at first.

    The series stays where it is. Owner and theme are those of the key result and its objective unless the metric has
    its own or others are said; the target is the key result's unless `target` says another. On a KPI that is watched
    already only a `target` that is said is set. Raises Refused with everything an active KPI would lack.
    """
    access.require("key_result", actor, "close", key_result)
    why = checked_text(why, "why")
    metric = key_result.metric
    if metric is None or key_result.kind not in ("metric", "guardrail"):
        raise refuse("no-metric", _("It is not measured by a metric, so there is nothing to watch."), "metric")
    found = offer(key_result, here())
    with writing():
        hold(key_result)
        if Graduation.objects.filter(key_result=key_result, undone_at=None).exists():
            raise refuse("already-graduated", _("It is watched as a KPI already. Nothing was changed."), "state")
        kpi, is_made = _watched(actor, key_result, found.kpi, reason.strip(), response_plan.strip())
        row = held_life(actor, kpi, None)
        life = life_of(row)
        if life.state not in calc.DECISIONS["graduated"]:
            raise wrong_state(life)
        filled: dict[str, Any] = {}
        if is_made:
            filled = _complete(actor, key_result, kpi, owner, theme, reason.strip(), how_measured.strip())
        new, replaced = _target(actor, kpi, found, target, is_made=is_made)
        graduation, _is_new = Graduation.objects.update_or_create(
            key_result=key_result,
            defaults={
                "kpi": kpi, "made_kpi": is_made, "target": new, "why": why, "author": actor.label,
                "known_at": clock.now(), "undone_at": None,
            },
        )  # fmt: skip
        kept = filled | {"target": new.pk if new is not None else None, "replaced": replaced}
        return _begin(actor, kpi, life, found, graduation, kept)


def _watched(actor: Actor, key_result: KeyResult, kpi: Kpi | None, reason: str, response_plan: str) -> tuple[Kpi, bool]:
    """The KPI on its metric, and whether it is there for this: made as a draft, or brought back from an undo."""
    metric = key_result.metric
    assert metric is not None
    if kpi is None:
        return watch_metric(actor, metric, reason=reason, response_plan=response_plan), True
    access.require("kpi", actor, "change", kpi)
    if kpi.archived_at is not None and kpi.graduations.filter(undone_at__isnull=False, made_kpi=True).exists():
        return restore_kpi(actor, kpi), True
    if kpi.state != "active" or kpi.archived_at is not None:
        message = _("There is a KPI on this number that is not watched now. Bring it back and activate it first.")
        raise refuse("kpi-not-active", message, "kpi")
    return kpi, False


def _complete(
    actor: Actor, key_result: KeyResult, kpi: Kpi, owner: Person | None, theme: Theme | None, reason: str,
    how_measured: str,
) -> dict[str, Any]:  # fmt: skip
    """Fill what is empty from the key result and its objective, and activate it; returns whom and what was filled in,
    by id.
    """
    objective, metric = key_result.objective, kpi.metric
    was_empty = [name for name in FILLED if getattr(metric, f"{name}_id") is None]
    _done, kept_back = complete_kpis(
        actor, [kpi], owner=owner or key_result.owner or objective.owner, theme=theme or objective.theme,
        reason=reason, how_measured=how_measured,
    )  # fmt: skip
    if kept_back:
        raise Refused(*kept_back[kpi.key])
    kpi.refresh_from_db()
    if kpi.state != "active":
        activate_kpi(actor, kpi)
    elif problems := missing_for_activation(kpi):
        raise Refused(*problems)
    return {name: getattr(kpi.metric, f"{name}_id") for name in was_empty}


def _target(
    actor: Actor, kpi: Kpi, found: GraduationOffer, target: float | None, *, is_made: bool
) -> tuple[Target | None, int | None]:
    """The target it is watched by from now on, and the id of the one that it replaces; none where nothing is set.

    It holds from the first of the periods that were met in a row.
    """
    frequency = Frequency(kpi.metric.frequency)
    running = period_at(hour_now(frequency), frequency, calendar_for(kpi.metric, here()), kpi.metric.span)
    own = own_target(kpi, found.aim if is_made else None, target)
    aim = _aimed(kpi, own, running) if own is not None else found.aim
    if aim is None or (not is_made and own is None):
        return None, None
    since = found.starts[0] if is_made and found.starts else running.start
    reason = _("Reached as the key result “%(title)s”") % {"title": found.key_result.title}
    if found.key_result.objective.visibility != "organisation":  # whoever sees the KPI reads the reason
        reason = _("Reached as a key result")
    former = Target.objects.filter(kpi=kpi, superseded_at=None, valid_from=since).first()
    new = set_target(
        actor, kpi, valid_from=since, reason=reason, target=aim.target, red_flag=aim.red_flag, low=aim.low,
        high=aim.high,
    )  # fmt: skip
    if former is not None and former.pk == new.pk:
        return None, None
    return new, former.pk if former is not None else None


def _aimed(kpi: Kpi, target: float, running: Period) -> TargetValues:
    """This target, with the red flag the KPI has now where that still is on the worse side."""
    present = standing(kpi, here()).target_of(running)
    with_flag = TargetValues(target, present.red_flag if present is not None else None)
    return TargetValues(target) if check_target_values(with_flag, kpi.metric.direction) else with_flag


def _begin(
    actor: Actor, kpi: Kpi, prior: calc.Life, found: GraduationOffer, graduation: Graduation, kept: Mapping[str, Any]
) -> Graduation:
    """It is watched closely for two cycles; the transition names the periods that were met."""
    metric, objective = kpi.metric, found.key_result.objective
    first = found.key_result.starts_on or (objective.cycle.starts_on if objective.cycle is not None else today())
    last = found.key_result.due_on or (objective.cycle.ends_on if objective.cycle is not None else today())
    length = max(1, (last - first).days + 1) * 24
    now, frequency = hour_now(metric.frequency), Frequency(metric.frequency)
    ends = calc.watch_end(now, length, frequency, calendar_for(metric, here()), metric.span)
    after = calc.Life(calc.WATCHED, now, ends, origin="graduated")
    step = calc.Step("graduated", found.offer.rule or "decision", after, found.starts)
    words = day_words(last_day(ends, metric.frequency))
    transition = move(
        actor, kpi, prior, step, graduation=graduation, reason=graduation.why, kept=kept, ends=words,
    )  # fmt: skip
    tell(transition)
    return graduation
