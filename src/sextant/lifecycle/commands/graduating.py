"""Graduating a key result: its number is watched as a KPI from then on, with its history, owner and source."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sextant.calc import promotion as calc
from sextant.calc.periods import Frequency, period_at
from sextant.calc.targets import TargetValues
from sextant.core import access, clock
from sextant.core.actors import Actor
from sextant.core.editing import hold
from sextant.core.errors import Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands import activate_kpi, complete_kpis, restore_kpi, set_target, watch_metric
from sextant.kpis.models import Kpi, Target
from sextant.lifecycle.commands.checking import checked_text, held_life
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
    why = checked_text(why, "why", "") if why.strip() else ""
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
        if kpi.state != "active":
            _complete(actor, key_result, kpi, owner, theme, reason.strip(), how_measured.strip())
        new = _target(actor, kpi, found, target, is_made=is_made)
        graduation, _is_new = Graduation.objects.update_or_create(
            key_result=key_result,
            defaults={
                "kpi": kpi, "made_kpi": is_made, "target": new, "why": why, "author": actor.label,
                "known_at": clock.now(), "undone_at": None,
            },
        )  # fmt: skip
        return _begin(actor, kpi, life, found, graduation)


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
) -> None:  # fmt: skip
    """Fill what is empty from the key result and its objective, and activate it."""
    objective = key_result.objective
    _done, kept_back = complete_kpis(
        actor, [kpi], owner=owner or key_result.owner or objective.owner, theme=theme or objective.theme,
        reason=reason, how_measured=how_measured,
    )  # fmt: skip
    if kept_back:
        raise Refused(*kept_back[kpi.key])
    kpi.refresh_from_db()
    activate_kpi(actor, kpi)


def _target(actor: Actor, kpi: Kpi, found: GraduationOffer, target: float | None, *, is_made: bool) -> Target | None:
    """The target it is watched by; it holds from the first of the periods that were met in a row."""
    own = own_target(kpi, found.aim, target)
    if not is_made and own is None:
        return None
    aim = TargetValues(target=own) if own is not None else found.aim
    if aim is None:
        return None
    frequency = Frequency(kpi.metric.frequency)
    running = period_at(hour_now(frequency), frequency, calendar_for(kpi.metric, here()), kpi.metric.span).start
    since = found.starts[0] if is_made and found.starts else running
    reason = _("Reached as the key result “%(title)s”") % {"title": found.key_result.title}
    if found.key_result.objective.visibility != "organisation":  # whoever sees the KPI reads the reason
        reason = _("Reached as a key result")
    return set_target(
        actor, kpi, valid_from=since, reason=reason, target=aim.target, low=aim.low, high=aim.high
    )  # fmt: skip


def _begin(actor: Actor, kpi: Kpi, prior: calc.Life, found: GraduationOffer, graduation: Graduation) -> Graduation:
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
        actor, kpi, prior, step, graduation=graduation, reason=graduation.why, ends=words,
    )  # fmt: skip
    tell(transition)
    return graduation
