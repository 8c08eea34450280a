"""What is worth a second look at a key result, in sentences: what is seen and what to do, never who is to blame."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.numbers import format_value
from sextant.calc.periods import moment_of
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.forecasts.words import HINTS, start_hint
from sextant.metrics.models import Metric
from sextant.okrs.queries.key_results import KeyResultStanding
from sextant.okrs.queries.second_looks import SecondLook

TITLES: dict[str, Words] = {
    "target-nearly-met": gettext_lazy("Target nearly met from the start"),
    "target-eased": gettext_lazy("Target made easier"),
    "guard-worse": gettext_lazy("Guard gave way"),
    "measure-changed": gettext_lazy("Measured otherwise"),
    "owner-left": gettext_lazy("Owner has left"),
    "already-likely": gettext_lazy("Likely without doing anything"),
    "very-unlikely": gettext_lazy("Hardly to be reached"),
}
ADVICE: dict[str, Words] = {
    "target-nearly-met": gettext_lazy("Consider a target that asks for something, or watch it as a KPI."),
    "target-eased": gettext_lazy("Say what changed, so that the result can still be compared."),
    "guard-worse": gettext_lazy("Check whether the one was bought with the other."),
    "measure-changed": gettext_lazy("Compare only what was measured alike, or set the baseline anew."),
    "owner-left": gettext_lazy("Name somebody who answers for it."),
    "already-likely": gettext_lazy("Consider a target that asks for more."),
    "very-unlikely": gettext_lazy("Say what will be done differently, or ask for less."),
}


def title(look: SecondLook) -> str:
    return str(TITLES[look.key])


def advice(look: SecondLook) -> str:
    """What a look would check."""
    return str(ADVICE[look.key])


def seen_guards(actor: Actor, looks: Iterable[SecondLook]) -> set[int]:
    """Ids of the guards among these that the actor may see; one statement, none without a guard."""
    ids = {look.guard.pk for look in looks if look.guard is not None}
    return set(visible("metric", actor).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def sentence(each: KeyResultStanding, look: SecondLook, seen: Collection[int], locale: str = "en") -> str:
    """What is seen, with its figures; a guard that is not among the `seen` is not named."""
    if look.key == "target-nearly-met":
        return _("It started close to its target: nine tenths or more were there already.")
    if look.key == "target-eased":
        words = {
            "before": _figure(each, look.before, locale), "after": _figure(each, look.after, locale),
            "share": format_value(float(round((look.share or 0) * 100)), "percent", 0, locale=locale),
        }  # fmt: skip
        return _("The target came nearer, from %(before)s to %(after)s, with %(share)s of the time gone.") % words
    if look.key == "measure-changed":
        day = date_format(moment_of(look.hour or 0).date(), "j M Y")
        return _("It is measured otherwise since %(day)s: values before and after may not compare.") % {"day": day}
    if look.key == "owner-left":
        return _("Its owner has left: it needs a new owner.")
    if look.key in HINTS:
        return start_hint(look.share or 0)
    return _guarded(look, seen, locale)


def _guarded(look: SecondLook, seen: Collection[int], locale: str) -> str:
    guard = look.guard
    if guard is None or guard.pk not in seen:
        if look.is_target_met:
            return _("The target is met, and what must not get worse did.")
        return _("What must not get worse did.")
    words = {"name": guard.name, "before": _said(look.before, guard, locale), "after": _said(look.after, guard, locale)}
    if look.is_target_met:
        return _("The target is met, and what must not get worse did: %(name)s was %(before)s, now %(after)s.") % words
    return _("What must not get worse did: %(name)s was %(before)s and is %(after)s.") % words


def _figure(each: KeyResultStanding, value: float | None, locale: str) -> str:
    if each.metric is None:
        return format_value(value, "number", None, locale=locale)
    return format_value(value, each.metric.unit, each.metric.precision, locale=locale)


def _said(value: float | None, metric: Metric, locale: str) -> str:
    return format_value(value, metric.unit, metric.precision, locale=locale)
