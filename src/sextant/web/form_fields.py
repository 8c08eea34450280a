"""Fields and choices that forms share: figures, metrics, days, people, teams, themes and units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.numbers import NumberFormat, read_number
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.metrics.models import Metric
from sextant.people import queries as people
from sextant.people.models import Person, Team
from sextant.strategy import queries as strategy

UNIT_WORDS: dict[str, Words] = {
    "number": gettext_lazy("Number"),
    "percent": gettext_lazy("Percent (47.8 is 47.8 %)"),
    "count": gettext_lazy("Count"),
    "rating": gettext_lazy("Rating"),
    "currency:EUR": gettext_lazy("Euro"),
    "currency:USD": gettext_lazy("US dollar"),
    "currency:GBP": gettext_lazy("Pound sterling"),
    "currency:CHF": gettext_lazy("Swiss franc"),
    "duration:ms": gettext_lazy("Milliseconds"),
    "duration:s": gettext_lazy("Seconds"),
    "duration:min": gettext_lazy("Minutes"),
    "duration:h": gettext_lazy("Hours"),
    "duration:d": gettext_lazy("Days"),
}


OWN_CURRENCY = "currency:"
LINE_FIGURES = ("target", "red_flag", "stretch")
BAND_FIGURES = ("low", "high", "red_low", "red_high")


class FigureField(forms.CharField):
    """A number as people type it: "1,234.5", "47.8 %", "€3.5m". Empty is None."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"})
        )
        super().__init__(**options)

    def clean(self, value: Any) -> float | None:
        text = super().clean(value)
        if not text.strip():
            return None
        reading = read_number(text, NumberFormat())
        if reading.kind != "number" or reading.value is None:
            raise forms.ValidationError(_("“%(text)s” is not a number. Type one such as 1234.5.") % {"text": text})
        return reading.value

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.15g}" if isinstance(value, float) else value


class TargetFields(forms.Form):
    """The figures of a target, as many as fit what is good: a line to pass, or a band to stay within."""

    target = FigureField(label=gettext_lazy("Target"))
    red_flag = FigureField(label=gettext_lazy("Red flag"), help_text=gettext_lazy("The value past which it is bad."))
    stretch = FigureField(label=gettext_lazy("Stretch target"))
    low = FigureField(label=gettext_lazy("Band from"))
    high = FigureField(label=gettext_lazy("Band to"))
    red_low = FigureField(label=gettext_lazy("Red flag below"))
    red_high = FigureField(label=gettext_lazy("Red flag above"))

    def keep_figures_for(self, direction: str) -> None:
        """Drop the fields that say nothing where this is good: "up", "down" or "within"."""
        for name in LINE_FIGURES if direction == "within" else BAND_FIGURES:
            del self.fields[name]


class MetricField(forms.CharField):
    """A metric by its name or key, among those the actor may see. Empty is None."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("widget", forms.TextInput(attrs={"list": "known-metrics", "autocomplete": "off"}))
        super().__init__(**options)
        self.actor: Actor | None = None

    def clean(self, value: Any) -> Metric | None:
        text = super().clean(value).strip()
        if not text or self.actor is None:
            return None
        seen = visible("metric", self.actor).filter(archived_at=None)
        found = list(seen.filter(key=text)) or list(seen.filter(name__iexact=text)[:2])
        if len(found) == 1:
            metric: Metric = found[0]
            return metric
        if found:
            message = _("Several metrics are called “%(text)s”. Type the key of the one you mean.")
        else:
            message = _("There is no metric called “%(text)s” here. Type its name or its key.")
        raise forms.ValidationError(message % {"text": text})

    def prepare_value(self, value: Any) -> Any:
        return value.key if isinstance(value, Metric) else value


def days(**options: Any) -> forms.DateField:
    return forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def lines(rows: int = 3, **attributes: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attributes})


def team_choices(actor: Actor, own: Team | None) -> list[tuple[str, Words]]:
    """Teams the actor may add KPIs to, as the way to them; its own team in any case."""
    nodes = [node for node in people.team_tree().at_work() if actor.has_role(node.pk, "contributor")]
    choices: list[tuple[str, Words]] = [(node.key, node.path_words) for node in nodes]
    if own is not None and own.key not in dict(choices):
        choices.insert(0, (own.key, own.name))
    return choices


def person_choices(own: Person | None = None) -> list[tuple[str, Words]]:
    found: list[tuple[str, Words]] = list(people.people_at_work().order_by("name").values_list("key", "name"))
    if own is not None and own.key not in dict(found):
        found.insert(0, (own.key, own.name))
    return found


def theme_choices(actor: Actor, metric: Metric | None) -> list[tuple[str, Words]]:
    found: list[tuple[str, Words]] = list(strategy.themes(actor).values_list("key", "name"))
    if metric is not None and metric.theme is not None and metric.theme.key not in dict(found):
        found.insert(0, (metric.theme.key, metric.theme.name))
    return found


def unit_choices(own: str) -> list[tuple[str, Words]]:
    choices: list[tuple[str, Words]] = list(UNIT_WORDS.items())
    if own and own not in UNIT_WORDS:
        choices.append((own, own.partition(":")[2] or own))
    return [*choices, (OWN_CURRENCY, _("Another currency"))]


def known_metrics(actor: Actor, most: int = 300) -> list[tuple[str, str]]:
    """Key and name of metrics to choose from while typing."""
    found = visible("metric", actor).filter(archived_at=None).order_by("name")
    return list(found.values_list("key", "name")[:most])
