"""Forms of a proposal to change a KPI: what changes and from when, and the words said to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.periods import Calendar, Frequency, label, period_at
from sextant.calc.targets import TargetValues
from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.errors import refuse
from sextant.core.words import Words
from sextant.kpis.commands.proposals import MEASURE, MOST_NOTICE_DAYS, NOTICE_DAYS, PARTS, WORDS, as_it_stands
from sextant.kpis.models import FIGURES, ChangeProposal, Kpi
from sextant.metrics.models import AGGREGATION_CHOICES, DIRECTION_CHOICES, Metric
from sextant.metrics.queries.formula_sight import hidden_inputs, without_hidden
from sextant.web.form_fields import MetricField, TargetFields, lines, unit_choices
from sextant.web.kpi_values import metric_calendar, period_from

FIELD_WORDS: dict[str, Words] = {
    "description": gettext_lazy("In one plain sentence"),
    "how_measured": gettext_lazy("How it is measured"),
    "formula": gettext_lazy("Formula"),
    "direction": gettext_lazy("What is good"),
    "unit": gettext_lazy("Unit"),
    "aggregation": gettext_lazy("For a longer period"),
    "numerator": gettext_lazy("Ratio: this metric"),
    "denominator": gettext_lazy("… divided by this one"),
    "target": gettext_lazy("Target"),
}


class ProposalForm(TargetFields):
    """A KPI as it is now, to be written over; what is left as it is does not change."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why should it change?"), widget=lines(2),
        help_text=gettext_lazy("Those who are asked decide by it, and the chart is marked with it."),
    )  # fmt: skip
    description = forms.CharField(label=gettext_lazy("In one plain sentence"), required=False, widget=lines(2))
    how_measured = forms.CharField(label=gettext_lazy("How it is measured"), required=False, widget=lines(4))
    formula = forms.CharField(label=gettext_lazy("Formula"), required=False, widget=lines(2, spellcheck="false"))
    direction = forms.ChoiceField(label=gettext_lazy("What is good"), choices=DIRECTION_CHOICES)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    aggregation = forms.ChoiceField(label=gettext_lazy("For a longer period take"), choices=AGGREGATION_CHOICES)
    numerator = MetricField(label=gettext_lazy("Ratio: this metric …"))
    denominator = MetricField(label=gettext_lazy("… divided by this one"))
    holds = forms.ChoiceField(
        label=gettext_lazy("It holds"),
        choices=[
            ("from", gettext_lazy("From a period on: earlier periods stay as they are")),
            ("all", gettext_lazy("For the whole history")),
        ],
        initial="from",
        widget=forms.RadioSelect,
    )
    period = forms.CharField(
        label=gettext_lazy("First period"), required=False, max_length=40,
        help_text=gettext_lazy("Such as 2026-03, 2026-Q1 or 2026-W11. Values across it are not compared."),
    )  # fmt: skip
    notice_days = forms.IntegerField(
        label=gettext_lazy("Days of notice"), min_value=0, max_value=MOST_NOTICE_DAYS, initial=NOTICE_DAYS,
        help_text=gettext_lazy("So long can those concerned object. Silence is no objection."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, kpi: Kpi, target: TargetValues | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor, self.kpi, metric = actor, kpi, kpi.metric
        self.now = as_it_stands(kpi)
        self.shown_target = {name: getattr(target, name) for name in FIGURES} if target is not None else {}
        self.shown_formula = without_hidden(self.now["formula"], hidden_inputs(actor, [self.now["formula"]]))
        self.fields["reason"].required = self.data.get("do") != "look"  # looking needs none
        self.fields["unit"].choices = unit_choices(metric.unit)  # type: ignore[attr-defined]
        self.keep_figures_for(str(self.data.get("direction") or metric.direction))
        if metric.measurements.exists():  # a calculated metric has no values of its own
            for name in ("formula", *PARTS):
                del self.fields[name]
        elif metric.numerator_id is not None or not _sees_parts(actor, metric):
            del self.fields["formula"]
        for name in PARTS:
            if name in self.fields:
                self.fields[name].actor = actor  # type: ignore[attr-defined]
            if name in self.fields and not _sees_parts(actor, metric):
                del self.fields[name]

    def changes(self) -> dict[str, Any]:
        """What was written over, by the names of a proposal."""
        asked = self.cleaned_data
        given: dict[str, Any] = {name: asked[name] for name in (*WORDS, *MEASURE) if name in asked}
        if "formula" in given and given["formula"].strip() == self.shown_formula:
            del given["formula"]
        for name in PARTS:
            if name in asked:
                given[name] = asked[name].key if asked[name] is not None else ""
        figures = {name: asked[name] for name in FIGURES if asked.get(name) is not None}
        is_new = any(asked.get(name) != self.shown_target.get(name) for name in FIGURES)
        return given | ({"target": figures} if figures and is_new else {})

    def valid_from(self) -> int | None:
        """The hour at which its first period begins. Raises Refused where none is named."""
        if self.cleaned_data["holds"] == "all":
            return None
        if not self.cleaned_data["period"].strip():
            raise refuse("period-missing", _("Say from which period on it holds."), "period")
        return period_from(self.cleaned_data["period"], self.kpi.metric).start

    def given(self) -> dict[str, Any]:
        """Everything the commands take."""
        return {
            "changes": self.changes(), "reason": self.cleaned_data["reason"], "valid_from": self.valid_from(),
            "notice_days": self.cleaned_data["notice_days"],
        }  # fmt: skip


class ReasonForm(forms.Form):
    """A reason, for an objection, an overruling, a withdrawal or a taking back."""

    reason = forms.CharField(label=gettext_lazy("Why?"), required=False, widget=lines(2))


def initial_of(
    kpi: Kpi, actor: Actor, proposal: ChangeProposal | None, first_period: str, target: TargetValues | None
) -> dict[str, Any]:
    """The KPI as it is, with the changes of a draft written over."""
    values: dict[str, Any] = as_it_stands(kpi)
    values |= {name: getattr(target, name) for name in FIGURES} if target is not None else {}
    values |= {"period": first_period, "notice_days": NOTICE_DAYS, "holds": "from"}
    if proposal is not None:
        changes: Mapping[str, Any] = proposal.changes
        values |= {name: value for name, value in changes.items() if name != "target"}
        if "target" in changes:
            values |= {name: changes["target"].get(name) for name in FIGURES}
        values |= {"reason": proposal.reason, "notice_days": proposal.notice_days, "version": proposal.version}
        values["holds"] = "all" if proposal.valid_from is None else "from"
        if proposal.valid_from is not None:
            values["period"] = label(_period(kpi.metric, proposal.valid_from), _calendar(kpi.metric))
    values["formula"] = without_hidden(values["formula"], hidden_inputs(actor, [values["formula"]]))
    return values


def _period(metric: Metric, hour: int) -> Any:
    return period_at(hour, Frequency(metric.frequency), _calendar(metric))


def _calendar(metric: Metric) -> Calendar:
    return metric_calendar(metric)


def _sees_parts(actor: Actor, metric: Metric) -> bool:
    parts = {part for part in (metric.numerator_id, metric.denominator_id) if part is not None}
    return visible("metric", actor).filter(pk__in=parts).count() == len(parts)
