"""Forms that set an alert rule: its figures as people think of them, and silence for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.alerts.queries.rules import InForce
from sextant.alerts.rules import HEARER_WORDS, SIDE_WORDS, Settings
from sextant.people.models import Person
from sextant.web.alert_rule_words import budget_words, setting_words
from sextant.web.form_fields import days, lines, person_choices

BUDGETS = (4.0, 2.0, 1.0, 0.5, 0.25, 0.1)  # false alarms per KPI and year
AS_FITS = ""
LABELS: Mapping[str, Any] = {
    "on": gettext_lazy("It raises alerts"),
    "open_after": gettext_lazy("After how many periods in a row?"),
    "recover_after": gettext_lazy("Recovered after how many good periods in a row?"),
    "relapse_periods": gettext_lazy("Back within how many periods is a relapse?"),
    "side": gettext_lazy("Which changes count?"),
    "budget": gettext_lazy("How many false alarms are acceptable?"),
    "below": gettext_lazy("Below which chance is it unlikely, in percent?"),
    "response_days": gettext_lazy("Days to answer the response plan"),
    "hears": gettext_lazy("Who hears of it?"),
    "people": gettext_lazy("Who else hears of it?"),
}
HELP: Mapping[str, Any] = {
    "relapse_periods": gettext_lazy("0: it counts as new every time."),
    "budget": gettext_lazy("Fewer false alarms mean that true changes are found later."),
    "response_days": gettext_lazy("0: no answer is asked for."),
}


class RuleForm(forms.Form):
    """The settings this rule has. What equals the setting above is not said here and follows it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why?"), widget=lines(2),
        help_text=gettext_lazy("It is shown beside the rule, and stays in the history."),
    )  # fmt: skip

    def __init__(self, *args: Any, held: InForce, above: Settings, **options: Any) -> None:
        super().__init__(*args, **options)
        self.held, self.above = held, above
        last = self.fields.pop("reason")
        for name in held.rule.settable:
            made = _MAKERS[name](held.settings)
            made.label = LABELS[name]
            made.help_text = " ".join(filter(None, [str(HELP.get(name, "")), self._above_words(name)]))
            self.fields[name] = made
        self.fields["reason"] = last

    def _above_words(self, name: str) -> str:
        if name == "on":
            return ""
        return _("Otherwise: %(setting)s.") % {"setting": setting_words(name, self.above)}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("below") is not None:
            given["below"] = given["below"] / 100
        if "budget" in given:
            given["budget"] = float(given["budget"]) if given["budget"] else None
        if "people" in given:
            keys = given["people"]
            given["people"] = sorted(Person.objects.filter(key__in=keys).values_list("pk", flat=True))
        return given

    @property
    def said_here(self) -> dict[str, Any]:
        """The settings that differ from those above."""
        above = asdict(self.above)
        found = {}
        for name in self.held.rule.settable:
            value, other = self.cleaned_data.get(name), above[name]
            if name in ("hears", "people"):
                value, other = list(value or []), list(other)
            if value != other:
                found[name] = value
        return found


def values_of(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """The settings as the form shows them."""
    said = asdict(settings)
    values = {name: said[name] for name in names}
    if "below" in values:
        values["below"] = round(100 * settings.below, 6)
    if "budget" in values:
        values["budget"] = AS_FITS if settings.budget is None else repr(settings.budget)
    if "people" in values:
        values["people"] = list(Person.objects.filter(pk__in=settings.people).values_list("key", flat=True))
    return values


class MuteForm(forms.Form):
    """Silence for a while, or until somebody lifts it."""

    prefix = "mute"
    until = days(
        label=gettext_lazy("Until the end of"), help_text=gettext_lazy("Empty: until somebody lifts it.")
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why?"), widget=lines(2))


class UnmuteForm(forms.Form):
    prefix = "unmute"
    reason = forms.CharField(label=gettext_lazy("Why?"), widget=lines(2))


def _yes_or_no(settings: Settings) -> forms.Field:
    return forms.BooleanField(required=False)


def _count(settings: Settings) -> forms.Field:
    return forms.IntegerField(min_value=0)


def _percent(settings: Settings) -> forms.Field:
    return forms.FloatField(min_value=1, max_value=99)


def _budget(settings: Settings) -> forms.Field:
    """The usual budgets in words, and the one in force where it is another one."""
    figures = sorted({*BUDGETS, *([settings.budget] if settings.budget else [])}, reverse=True)
    usual = _("as fits how often it is measured")
    return forms.ChoiceField(
        required=False, choices=[(AS_FITS, usual), *((repr(one), budget_words(one)) for one in figures)]
    )


def _side(settings: Settings) -> forms.Field:
    return forms.ChoiceField(choices=list(SIDE_WORDS.items()), widget=forms.RadioSelect)


def _hears(settings: Settings) -> forms.Field:
    return forms.MultipleChoiceField(
        required=False, choices=list(HEARER_WORDS.items()), widget=forms.CheckboxSelectMultiple
    )


def _people(settings: Settings) -> forms.Field:
    return forms.MultipleChoiceField(
        required=False, choices=person_choices(), widget=forms.SelectMultiple(attrs={"size": 5})
    )


_MAKERS: Mapping[str, Any] = {
    "on": _yes_or_no, "open_after": _count, "recover_after": _count, "relapse_periods": _count, "side": _side,
    "budget": _budget, "below": _percent, "response_days": _count, "hears": _hears, "people": _people,
}  # fmt: skip
