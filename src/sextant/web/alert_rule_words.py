"""The settings of alert rules as people say them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sextant.alerts.queries.rules import InForce
from sextant.alerts.rules import HEARER_WORDS, SIDE_WORDS, Settings
from sextant.people.models import Person
from sextant.web.kpi_words import day_words

PATIENCE = ("open_after", "recover_after", "relapse_periods", "side", "budget", "below", "response_days")


def budget_words(budget: float | None) -> str:
    """An alarm budget in words: "at most one false alarm per KPI in two years"."""
    if budget is None:
        return _("as many false alarms as fit how often it is measured")
    if budget >= 1:
        count = f"{budget:g}"
        if budget == 1:
            return _("at most one false alarm per KPI in a year")
        return _("at most %(count)s false alarms per KPI in a year") % {"count": count}
    years = f"{1 / budget:.3g}"
    return _("at most one false alarm per KPI in %(years)s years") % {"years": {"2": _("two"), "4": _("four")}.get(
        years, years)}  # fmt: skip


def setting_words(name: str, settings: Settings) -> str:
    """One setting as the end of a sentence."""
    value = getattr(settings, name)
    if name == "on":
        return _("it raises alerts") if value else _("it raises none")
    if name == "open_after":
        return ngettext("after %(n)s period", "after %(n)s periods in a row", value) % {"n": value}
    if name == "recover_after":
        return ngettext("recovered after %(n)s good period", "recovered after %(n)s good periods in a row", value) % {
            "n": value
        }
    if name == "relapse_periods":
        if not value:
            return _("every time counts as new")
        return ngettext("a relapse within %(n)s period", "a relapse within %(n)s periods", value) % {"n": value}
    if name == "response_days":
        if not value:
            return _("no answer is asked for")
        return ngettext("answered within %(n)s day", "answered within %(n)s days", value) % {"n": value}
    if name == "below":
        return _("below %(share)s %%") % {"share": f"{100 * value:g}"}
    if name == "budget":
        return budget_words(value)
    if name == "side":
        return str(SIDE_WORDS[value]).lower()
    return hearers(value) if name == "hears" else people_words(value)


def hearers(kinds: Sequence[str]) -> str:
    return ", ".join(str(HEARER_WORDS[one]).lower() for one in kinds) or _("nobody by role")


def people_words(ids: Sequence[int]) -> str:
    names = Person.objects.filter(pk__in=ids).order_by("name").values_list("name", flat=True) if ids else []
    return ", ".join(names) or _("nobody else")


def figures(held: InForce) -> list[str]:
    """What the rule is set to, without who hears of it."""
    return [setting_words(name, held.settings) for name in PATIENCE if name in held.rule.settable]


def told(held: InForce) -> str:
    """Who hears of it, in one line."""
    said = hearers(held.settings.hears)
    return f"{said}; {people_words(held.settings.people)}" if held.settings.people else said


def state_words(held: InForce) -> str:
    """On, off, or silent until a day."""
    if not held.rule.is_available:
        return _("nothing to watch yet")
    if held.mute is not None:
        if held.mute.until is None:
            return _("silent")
        return _("silent until %(day)s") % {"day": day_words(held.mute.until)}
    return _("on") if held.settings.on else _("off")
