"""Forms about a KPI and its metric. They read text into values; what makes sense is the commands' business."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.core.words import Words
from sextant.kpis.models import Kpi
from sextant.metrics.models import (
    AGGREGATION_CHOICES,
    DIRECTION_CHOICES,
    FREQUENCY_CHOICES,
    LEADS_CHOICES,
    PERSPECTIVE_CHOICES,
    STATE_CHOICES,
    Metric,
)
from sextant.people.models import VISIBILITY_CHOICES, Person, Team
from sextant.web.form_fields import (
    OWN_CURRENCY,
    FigureField,
    MetricField,
    TargetFields,
    days,
    lines,
    person_choices,
    team_choices,
    theme_choices,
    unit_choices,
)

METRIC_FIELDS = (
    "name", "unit", "unit_label", "direction", "frequency", "aggregation", "precision", "numerator", "denominator",
    "perspective", "leads", "grace_days", "lower_bound", "upper_bound", "team", "owner", "theme", "visibility",
)  # fmt: skip
KPI_FIELDS = (
    "reason", "decision", "response_plan", "does_not_show", "review_on", "review_every_months", "needs_approval",
)  # fmt: skip


class MeasureForm(forms.Form):
    """What a metric is: shared by adding and changing."""

    actor: Actor
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    team = forms.ChoiceField(label=gettext_lazy("Team"))
    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"), required=False, help_text=gettext_lazy("One person answers for it.")
    )
    theme = forms.ChoiceField(label=gettext_lazy("Strategic theme"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why it is watched"), required=False, widget=lines(2),
        help_text=gettext_lazy("Needed where no theme says so."),
    )  # fmt: skip
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), initial="number")
    unit_label = forms.CharField(
        label=gettext_lazy("The unit in your words"), required=False, max_length=80,
        help_text=gettext_lazy("Such as bed days, or CAD for a currency that is not in the list."),
    )  # fmt: skip
    direction = forms.ChoiceField(label=gettext_lazy("What is good"), choices=DIRECTION_CHOICES)
    frequency = forms.ChoiceField(
        label=gettext_lazy("A value comes"), choices=FREQUENCY_CHOICES, initial="month",
        help_text=gettext_lazy("It cannot change once there are values."),
    )  # fmt: skip
    aggregation = forms.ChoiceField(
        label=gettext_lazy("For a longer period take"), choices=AGGREGATION_CHOICES, initial="last",
        help_text=gettext_lazy("Percentages are never added or averaged: name the two parts of the ratio below."),
    )  # fmt: skip
    precision = forms.IntegerField(
        label=gettext_lazy("Decimals"), required=False, min_value=0, max_value=9,
        help_text=gettext_lazy("Empty: as many as say something."),
    )  # fmt: skip
    numerator = MetricField(
        label=gettext_lazy("Ratio: this metric …"), help_text=gettext_lazy("Name or key, when the value is a ratio.")
    )
    denominator = MetricField(label=gettext_lazy("… divided by this one"))
    perspective = forms.ChoiceField(label=gettext_lazy("Perspective"), required=False, choices=PERSPECTIVE_CHOICES)
    leads = forms.ChoiceField(
        label=gettext_lazy("Leading or lagging"), required=False, choices=LEADS_CHOICES,
        help_text=gettext_lazy("Leading moves first; lagging shows the outcome."),
    )  # fmt: skip
    decision = forms.CharField(
        label=gettext_lazy("The decision it serves"), required=False, widget=lines(2),
        help_text=gettext_lazy("Who decides what when it moves? Without one it is nice to know."),
    )  # fmt: skip
    response_plan = forms.CharField(
        label=gettext_lazy("Response plan"), required=False, widget=lines(3),
        help_text=gettext_lazy("Written in advance: what is done when it goes off target."),
    )  # fmt: skip
    does_not_show = forms.CharField(label=gettext_lazy("What it does not show"), required=False, widget=lines(2))
    visibility = forms.ChoiceField(
        label=gettext_lazy("Who may see it"), choices=VISIBILITY_CHOICES, initial="organisation"
    )
    viewers = forms.MultipleChoiceField(
        label=gettext_lazy("These people may see it"), required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=gettext_lazy("Only where it is kept to named people."),
    )  # fmt: skip
    lower_bound = FigureField(
        label=gettext_lazy("No value can be below"), help_text=gettext_lazy("Limits of the chart stay within.")
    )
    upper_bound = FigureField(label=gettext_lazy("No value can be above"))
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days until a value counts as late"), min_value=0, max_value=400, initial=7, required=False
    )
    review_every_months = forms.IntegerField(
        label=gettext_lazy("Review it every … months"), min_value=1, max_value=60, initial=12, required=False
    )

    needs_approval = forms.BooleanField(
        label=gettext_lazy("A lead approves each new value"), required=False,
        help_text=gettext_lazy("For sensitive numbers: until then the trust grade says that it is not approved."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, metric: Metric | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        self.metric = metric
        self._choose("team", team_choices(actor, metric.team if metric else None))
        self._choose("owner", [("", _("Nobody yet")), *person_choices(metric.owner if metric else None)])
        self._choose("theme", [("", _("No theme")), *theme_choices(actor, metric)])
        self._choose("unit", unit_choices(metric.unit if metric else ""))
        self._choose("viewers", person_choices())
        if metric is not None and metric.visibility == "private":
            self._choose("visibility", [("private", _("Only me"))])
        for name in ("numerator", "denominator"):
            self.fields[name].actor = actor  # type: ignore[attr-defined]

    def _choose(self, name: str, choices: Iterable[tuple[str, Words]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Keys become things, and a currency written in words becomes its code."""
        given = super().clean() or {}
        given["team"] = Team.objects.filter(key=given.get("team") or "").first()
        given["owner"] = Person.objects.filter(key=given["owner"]).first() if given.get("owner") else None
        theme = given.get("theme")
        given["theme"] = visible("theme", self.actor).filter(key=theme).first() if theme else None
        given["viewers"] = list(Person.objects.filter(key__in=given.get("viewers") or []))
        if given.get("unit") == OWN_CURRENCY:
            code = str(given.get("unit_label") or "").strip().upper()
            if len(code) == 3 and code.isalpha():
                given["unit"], given["unit_label"] = f"currency:{code}", ""
            else:
                self.add_error("unit_label", _("Type the three letters of the currency, such as CAD."))
        for name, usual in (("grace_days", 7), ("review_every_months", 12)):
            if given.get(name) is None and name in self.fields:
                given[name] = usual
        return given


class NewKpiForm(MeasureForm):
    """A KPI of one's own, with the first words of its definition and, when at hand, its values."""

    description = forms.CharField(
        label=gettext_lazy("In one plain sentence"), required=False, widget=lines(2),
        help_text=gettext_lazy("What does the number say to somebody who has never seen it?"),
    )  # fmt: skip
    how_measured = forms.CharField(
        label=gettext_lazy("How it is measured"), required=False, widget=lines(3),
        help_text=gettext_lazy("Where the values come from, what counts and what does not."),
    )  # fmt: skip
    formula = forms.CharField(label=gettext_lazy("Formula"), required=False, widget=lines(2, spellcheck="false"))
    target = FigureField(label=gettext_lazy("Target"))
    red_flag = FigureField(label=gettext_lazy("Red flag"), help_text=gettext_lazy("The value past which it is bad."))
    values = forms.CharField(
        label=gettext_lazy("Values you have already"), required=False,
        widget=lines(6, placeholder="2026-01\t74.5\n2026-02\t76.1", spellcheck="false"),
        help_text=gettext_lazy("One period and value per line, as copied from a spreadsheet."),
    )  # fmt: skip


class ChangeKpiForm(MeasureForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    review_on = days(label=gettext_lazy("Next review"))
    confirm = forms.BooleanField(label=gettext_lazy("What was assumed is right"), required=False)

    def __init__(self, *args: Any, kpi: Kpi, **options: Any) -> None:
        super().__init__(*args, metric=kpi.metric, **options)
        if not kpi.assumed:
            del self.fields["confirm"]
        else:
            shown = ", ".join(name.replace("_", " ") for name in kpi.assumed)
            self.fields["confirm"].help_text = _("The import assumed: %(what)s.") % {"what": shown}
        if kpi.metric.measurements.exists():
            self.fields["frequency"].disabled = True


class ChangeMetricForm(MeasureForm):
    """What a metric is, without what only a KPI has."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, metric: Metric, **options: Any) -> None:
        super().__init__(*args, metric=metric, **options)
        for name in (*KPI_FIELDS, "review_every_months"):
            self.fields.pop(name, None)
        if metric.measurements.exists():
            self.fields["frequency"].disabled = True


class DefinitionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    description = forms.CharField(label=gettext_lazy("In one plain sentence"), required=False, widget=lines(2))
    how_measured = forms.CharField(label=gettext_lazy("How it is measured"), required=False, widget=lines(5))
    formula = forms.CharField(label=gettext_lazy("Formula"), required=False, widget=lines(2, spellcheck="false"))
    kind = forms.ChoiceField(
        label=gettext_lazy("What are you doing?"),
        choices=[
            ("correction", gettext_lazy("Wording it better: what is measured stays the same")),
            ("version", gettext_lazy("Measuring differently from now on: a new version that marks the chart")),
        ],
        initial="correction",
        widget=forms.RadioSelect,
    )
    valid_from = forms.CharField(
        label=gettext_lazy("New version from period"), required=False, max_length=40,
        help_text=gettext_lazy("Such as 2026-03, 2026-Q1 or 2026-W11. Values across it are not compared."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why does it change?"), required=False, widget=lines(2),
        help_text=gettext_lazy("Stands on the chart and in the history. A new version needs it."),
    )  # fmt: skip


class TargetForm(TargetFields):
    when = forms.ChoiceField(
        label=gettext_lazy("It holds"),
        choices=[
            ("from", gettext_lazy("From a period on")),
            ("period", gettext_lazy("For one period only")),
            ("always", gettext_lazy("Since the beginning")),
            ("aim", gettext_lazy("As a long-term aim, to be reached by the end of a period")),
        ],
        initial="from",
        widget=forms.RadioSelect,
    )
    period = forms.CharField(
        label=gettext_lazy("Period"), required=False, max_length=40,
        help_text=gettext_lazy("Such as 2026-03, 2026-Q1, 2026 or FY2026."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Why this target?"), required=False, widget=lines(2))

    def __init__(self, *args: Any, direction: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.keep_figures_for(direction)


class PasteForm(forms.Form):
    """Lines copied from a spreadsheet."""

    pasted = forms.CharField(
        label=gettext_lazy("Lines"), widget=lines(6, spellcheck="false", placeholder="2026-01\t74.5\n2026-02\t76.1")
    )


class ValueForm(forms.Form):
    period = forms.CharField(label=gettext_lazy("Period"), max_length=40)
    value = forms.CharField(
        label=gettext_lazy("Value"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"}),
    )  # fmt: skip
    state = forms.ChoiceField(label=gettext_lazy("It is"), choices=STATE_CHOICES, initial="observed")
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=2000, widget=lines(2),
        help_text=gettext_lazy("Why it changed or what is special about it."),
    )  # fmt: skip


class MarkerForm(forms.Form):
    period = forms.CharField(
        label=gettext_lazy("When"), max_length=40, help_text=gettext_lazy("A period or a day, such as 2026-03-14.")
    )
    label = forms.CharField(label=gettext_lazy("What happened"), max_length=200)


class ActionForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("What is being done"), widget=lines(3))
    owner = forms.ChoiceField(label=gettext_lazy("By whom"), required=False)
    due_on = days(label=gettext_lazy("Until when"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].choices = [("", _("Nobody named")), *person_choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["owner"] = Person.objects.filter(key=given["owner"]).first() if given.get("owner") else None
        return given


def of_kpi(kpi: Kpi) -> dict[str, Any]:
    """What the form of a KPI shows at first."""
    own = {name: getattr(kpi, name) for name in KPI_FIELDS}
    return of_metric(kpi.metric) | own | {"version": kpi.version}


def of_metric(metric: Metric) -> dict[str, Any]:
    """What the form of a metric shows at first."""
    shown: dict[str, Any] = {name: getattr(metric, name) for name in METRIC_FIELDS}
    for name in ("team", "owner", "theme"):
        shown[name] = getattr(shown[name], "key", "")
    viewers = list(metric.viewers.values_list("key", flat=True))
    return shown | {"viewers": viewers, "version": metric.version}
