"""The form of one key result: when drafting an objective, when adding one, and its parts when changing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.calc.numbers import NumberFormat, read_number
from sextant.calc.periods import hour_of, moment_of
from sextant.calc.wording_drafts import KeyResultDraft
from sextant.core.actors import Actor
from sextant.metrics.models import DIRECTION_CHOICES, FREQUENCY_CHOICES, Metric
from sextant.okrs.models import KeyResult, Terms
from sextant.people.models import Person
from sextant.web.form_fields import FigureField, MetricField, days, lines, person_choices, unit_choices

KINDS = [
    ("metric", gettext_lazy("A number to move")),
    ("guardrail", gettext_lazy("A number to hold")),
    ("baseline", gettext_lazy("Measure first, target later")),
    ("milestones", gettext_lazy("Steps to reach")),
    ("yes_no", gettext_lazy("Done or not")),
]
RELATIVE = [
    ("", gettext_lazy("to this value")),
    ("percent", gettext_lazy("by so many percent")),
    ("points", gettext_lazy("by so many points")),
]
STEP_FORM = gettext_lazy("One step per line: what | day | weight. Such as: Contract signed | 2026-05-31 | 2")
SPLIT = re.compile(r"\s*[|\t;]\s*")


class FiguresForm(forms.Form):
    """Baseline, target and bounds; each kind uses some of them."""

    baseline = FigureField(label=gettext_lazy("Baseline"), help_text=gettext_lazy("Where it starts."))
    baseline_from_series = forms.BooleanField(
        label=gettext_lazy("Baseline from the series at the start"), required=False
    )
    target = FigureField(label=gettext_lazy("Target"))
    relative = forms.ChoiceField(label=gettext_lazy("Meant"), required=False, choices=RELATIVE)
    stretch = FigureField(label=gettext_lazy("Stretch"), help_text=gettext_lazy("Beyond the target."))
    low = FigureField(label=gettext_lazy("At least"))
    high = FigureField(label=gettext_lazy("At most"))
    is_strict = forms.BooleanField(label=gettext_lazy("The bound itself is too much"), required=False)
    planned_periods = forms.IntegerField(
        label=gettext_lazy("For how many periods"), required=False, min_value=1, max_value=1000
    )
    checkpoints = forms.CharField(
        label=gettext_lazy("Checkpoints"), required=False, widget=lines(3, placeholder="50 | 25 %\n30 | 60 %"),
        help_text=gettext_lazy("Where the way is not even: one value and its share of the way per line."),
    )  # fmt: skip
    weight = FigureField(
        label=gettext_lazy("Weight"), help_text=gettext_lazy("Against the others. 0 is shown and not counted.")
    )

    def clean_weight(self) -> float:
        weight: float | None = self.cleaned_data["weight"]
        return 1.0 if weight is None else weight

    def clean_checkpoints(self) -> list[list[float]]:
        pairs = read_pairs(self.cleaned_data["checkpoints"])
        return [[value, share / 100] for value, share in pairs]

    def figures(self) -> dict[str, Any]:
        """As `set_terms` takes them: a relative target is an amount."""
        given = self.cleaned_data
        names = ("baseline", "stretch", "low", "high", "is_strict", "planned_periods", "checkpoints", "weight")
        terms = {name: given[name] for name in names if name in given}
        is_relative = bool(given.get("relative"))
        terms |= {
            "relative": given.get("relative") or "",
            "amount": given.get("target") if is_relative else None,
            "target": None if is_relative else given.get("target"),
            "baseline_from_series": given.get("baseline") is None and bool(given.get("baseline_from_series")),
        }
        return terms


class ChangeFiguresForm(FiguresForm):
    plan = forms.CharField(
        label=gettext_lazy("Planned values"), required=False, widget=lines(3, placeholder="2026-03-31 | 45"),
        help_text=gettext_lazy("Where the way is planned otherwise than straight: a day and its value per line."),
    )  # fmt: skip
    valid_from = days(label=gettext_lazy("From which day on"), help_text=gettext_lazy("Empty: from today."))
    reason = forms.CharField(
        label=gettext_lazy("Why do they change?"), required=False, widget=lines(2),
        help_text=gettext_lazy("Needed once it runs. The former target stays on the chart."),
    )  # fmt: skip

    def clean_plan(self) -> list[list[float]]:
        rows = []
        for line in self.cleaned_data["plan"].splitlines():
            if not line.strip():
                continue
            parts = SPLIT.split(line.strip())
            day = read_day(parts[0])
            if day is None or len(parts) < 2:
                raise forms.ValidationError(_("“%(line)s”: a day such as 2026-03-31 and a value.") % {"line": line})
            rows.append([float(hour_of(datetime.combine(day, time()))), read_figure(parts[1])])
        return rows

    def figures(self) -> dict[str, Any]:
        return super().figures() | {"plan": self.cleaned_data["plan"]}


class KeyResultForm(FiguresForm):
    """A key result with everything needed to publish it."""

    title = forms.CharField(label=gettext_lazy("Key result"), max_length=500, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("It is"), choices=KINDS, initial="metric", required=False)
    metric = MetricField(
        label=gettext_lazy("Measured by a KPI or metric that is there"),
        help_text=gettext_lazy("Name or key. Empty: a measure of its own."),
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), initial="number", required=False)
    direction = forms.ChoiceField(
        label=gettext_lazy("What is good"), choices=DIRECTION_CHOICES, initial="up", required=False
    )
    frequency = forms.ChoiceField(
        label=gettext_lazy("A value comes"), choices=FREQUENCY_CHOICES, initial="week", required=False
    )
    how_measured = forms.CharField(
        label=gettext_lazy("How it is measured"), required=False,
        help_text=gettext_lazy("Where the number comes from, so that two people get the same."),
    )  # fmt: skip
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    due_on = days(label=gettext_lazy("Due"), help_text=gettext_lazy("Empty: the end of the cycle."))
    guard = MetricField(
        label=gettext_lazy("Guard: what must not get worse"), help_text=gettext_lazy("Name or key of a metric.")
    )
    steps = forms.CharField(label=gettext_lazy("Steps"), required=False, widget=lines(3), help_text=STEP_FORM)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        self.fields["unit"].choices = unit_choices(str((self.initial or {}).get("unit", "")))[:-1]  # type: ignore[attr-defined]
        nobody = ("", _("The owner of the objective"))
        self.fields["owner"].choices = [nobody, *person_choices()]  # type: ignore[attr-defined]
        for name in ("metric", "guard"):
            self.fields[name].actor = actor  # type: ignore[attr-defined]

    @property
    def is_blank(self) -> bool:
        return not str(self["title"].value() or "").strip()

    def clean_steps(self) -> list[dict[str, Any]]:
        return read_steps(self.cleaned_data["steps"])

    def draft(self, ref: str) -> KeyResultDraft:
        """As the wording checks see it; figures that cannot be read count as not given."""
        given = self.cleaned_data
        figures = self.figures() if "weight" in given else {}
        metric: Metric | None = given.get("metric")
        return KeyResultDraft(
            ref=ref,
            title=str(given.get("title") or self["title"].value() or "").strip(),
            kind=given.get("kind") or "metric",
            baseline=figures.get("baseline"),
            target=figures.get("target"),
            unit=metric.unit if metric is not None else given.get("unit") or "number",
            direction=metric.direction if metric is not None else given.get("direction") or "up",
            has_guard=given.get("guard") is not None,
            relative=figures.get("relative", ""),
            amount=figures.get("amount"),
            low=figures.get("low"),
            high=figures.get("high"),
            is_baseline_asked=bool(figures.get("baseline_from_series")),
        )

    def arguments(self) -> dict[str, Any]:
        """Of `create_key_result`."""
        given = self.cleaned_data
        kind = given["kind"] or "metric"
        made: dict[str, Any] = {
            "title": given["title"], "kind": kind, "terms": self.figures(), "due_on": given["due_on"],
            "guard": given["guard"],
        }  # fmt: skip
        if given["owner"]:
            made["owner"] = Person.objects.filter(key=given["owner"]).first()
        if kind in ("milestones", "yes_no"):
            steps = given["steps"] or ([] if kind == "milestones" else [{"title": given["title"]}])
            return made | {"milestones": steps}
        if given["metric"] is not None:
            return made | {"metric": given["metric"]}
        own = {
            "unit": given["unit"] or "number", "direction": given["direction"] or "up",
            "frequency": given["frequency"] or "week", "how_measured": given["how_measured"],
        }  # fmt: skip
        return made | {"own_metric": own}


def after_repair(data: Mapping[str, Any], before: KeyResultDraft, after: KeyResultDraft) -> dict[str, Any]:
    """The values of the form with what a repair changed; what was typed elsewhere stays as it is."""
    changed = dict(data)
    if after.title != before.title:
        changed["title"] = after.title
    for name in ("kind", "unit", "direction", "relative", "baseline", "low", "high"):
        if getattr(after, name) != getattr(before, name):
            changed[name] = _typed(getattr(after, name))
    target = after.amount if after.relative else after.target
    if target != (before.amount if before.relative else before.target):
        changed["target"] = _typed(target)
    if after.is_baseline_asked and after.baseline is None:
        changed["baseline_from_series"] = "on"
    return changed


def _typed(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def read_figure(text: str) -> float:
    """Raises ValidationError for what is no number."""
    reading = read_number(text, NumberFormat())
    if reading.kind != "number" or reading.value is None:
        raise forms.ValidationError(_("“%(text)s” is not a number.") % {"text": text[:80]})
    return reading.value


def read_pairs(text: str) -> list[tuple[float, float]]:
    """Lines of two numbers. Raises ValidationError."""
    pairs = []
    for line in text.splitlines():
        if not line.strip():
            continue
        parts = SPLIT.split(line.strip())
        if len(parts) != 2:
            raise forms.ValidationError(
                _("“%(line)s”: a value, a bar and a share, such as 50 | 25 %%.") % {"line": line}
            )
        pairs.append((read_figure(parts[0]), read_figure(parts[1])))
    return pairs


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_steps(text: str) -> list[dict[str, Any]]:
    """Milestones from lines: what | day | weight. Raises ValidationError."""
    steps = []
    for line in text.splitlines():
        if not line.strip():
            continue
        title, *rest = SPLIT.split(line.strip())
        step: dict[str, Any] = {"title": title}
        for part in rest:
            day = read_day(part)
            if day is not None:
                step["due_on"] = day
            elif part:
                step["weight"] = read_figure(part)
        steps.append(step)
    return steps


def step_lines(key_result: KeyResult) -> str:
    """The milestones as the form takes them."""
    rows = key_result.milestones.filter(superseded_at=None)
    return "\n".join(f"{one.title} | {one.due_on or ''} | {one.weight:g}" for one in rows)


def of_terms(terms: Terms | None) -> dict[str, Any]:
    """The values of the figures form as they hold now."""
    if terms is None:
        return {"weight": 1.0}
    names = ("baseline", "baseline_from_series", "stretch", "low", "high", "is_strict", "planned_periods", "weight")
    values: dict[str, Any] = {name: getattr(terms, name) for name in names}
    values["relative"] = terms.relative
    values["target"] = terms.amount if terms.relative else terms.target
    values["checkpoints"] = "\n".join(f"{value:g} | {share * 100:g} %" for value, share in terms.checkpoints)
    values["plan"] = "\n".join(f"{moment_of(int(hour)).date()} | {value:g}" for hour, value in terms.plan)
    return values
