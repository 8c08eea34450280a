"""Forms of the life of a KPI: promoting it, the decisions on a promotion, and the answer to "what changed it?"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sextant.core.actors import Actor
from sextant.lifecycle.commands.checking import MOST_PERIODS
from sextant.lifecycle.queries.drafts import open_cycles
from sextant.okrs.models import Objective
from sextant.people.models import Person
from sextant.web.form_fields import FigureField, MetricField, days, lines, person_choices


def words(label: Any = gettext_lazy("Why?"), rows: int = 2, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=lines(rows), **options)


class UntilForm(forms.Form):
    """An end: the last day of a cycle or sprint, or a day of its own, which counts where it is given."""

    until = forms.ChoiceField(label=gettext_lazy("Until when?"), required=False)
    ends_on = days(
        label=gettext_lazy("Or until a day of your own"),
        help_text=gettext_lazy("A day given here counts instead of the cycle."),
    )

    def __init__(self, *args: Any, actor: Actor, after: date | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cycles = {cycle.key: cycle for cycle in open_cycles(actor) if after is None or cycle.ends_on > after}
        named = [(key, _("%(name)s, until %(day)s") % {"name": one.name, "day": date_format(one.ends_on, "j M Y")})
                 for key, one in self.cycles.items()]  # fmt: skip
        self.fields["until"].choices = [("", _("Choose a cycle or sprint")), *named]  # type: ignore[attr-defined]

    @property
    def end(self) -> dict[str, Any]:
        """What the commands take: a cycle, or a day; neither where nothing was said, which they refuse."""
        given = self.cleaned_data
        cycle = None if given.get("ends_on") else self.cycles.get(given.get("until") or "")
        return {"cycle": cycle, "ends_on": given.get("ends_on")}


class PromoteForm(UntilForm):
    """A promotion, filled in before anybody types. `version` is that of the life it was filled in from."""

    why = words(
        gettext_lazy("Why now?"), 3, help_text=gettext_lazy("Filled in from the evidence; change it or keep it.")
    )
    objective = forms.ChoiceField(label=gettext_lazy("Under which objective?"), required=False)
    target = FigureField(
        label=gettext_lazy("Target"), help_text=gettext_lazy("The target of the KPI. Another one holds for this only.")
    )
    owner = forms.ChoiceField(label=gettext_lazy("Who works on it?"), required=False)
    revert_after = forms.IntegerField(
        label=gettext_lazy("Periods in a row on target"), min_value=1, max_value=MOST_PERIODS,
        widget=forms.NumberInput(attrs={"class": "num"}),
    )  # fmt: skip
    heeds_findings = forms.BooleanField(
        label=gettext_lazy("and no change for the worse among them"), required=False,
    )  # fmt: skip
    guard = MetricField(
        label=gettext_lazy("What must not get worse meanwhile?"),
        help_text=gettext_lazy("A number that would suffer if only the target counted: its name or key."),
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("why", "until", "ends_on", "objective", "target", "owner", "revert_after", "heeds_findings", "guard")

    def __init__(self, *args: Any, actor: Actor, objectives: Iterable[Objective] = (), **options: Any) -> None:
        super().__init__(*args, actor=actor, **options)
        self.objectives = {one.key: one for one in objectives}
        own = ("", _("One of its own, counted apart from the others"))
        named = [(key, one.title) for key, one in self.objectives.items()]
        self.fields["objective"].choices = [own, *named]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", _("Nobody named")), *person_choices()]  # type: ignore[attr-defined]
        self.fields["guard"].actor = actor  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """What the command takes."""
        given = self.cleaned_data
        return self.end | {
            "why": given["why"], "objective": self.objectives.get(given["objective"]), "guard": given["guard"],
            "target": given["target"], "owner": person(given["owner"]), "revert_after": given["revert_after"],
            "heeds_findings": given["heeds_findings"],
        }  # fmt: skip


class ExtendForm(UntilForm):
    prefix = "extend"
    reason = words(gettext_lazy("Why is more time right?"))


class ReplanForm(UntilForm):
    prefix = "replan"
    target = FigureField(label=gettext_lazy("New target"))
    revert_after = forms.IntegerField(
        label=gettext_lazy("Periods in a row on target"), min_value=1, max_value=MOST_PERIODS,
        widget=forms.NumberInput(attrs={"class": "num"}),
    )  # fmt: skip
    reason = words(gettext_lazy("Why is another plan right?"))


class AcceptForm(forms.Form):
    prefix = "accept"
    until = forms.DateField(
        label=gettext_lazy("Until when is it accepted?"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Then it is asked again, unless it is on target before."),
    )
    reason = words(gettext_lazy("Why is it accepted as it is?"))


class WithdrawForm(forms.Form):
    prefix = "withdraw"
    reason = words(gettext_lazy("Why is the work on it ended?"))


class SetAsideForm(forms.Form):
    prefix = "aside"
    reason = words(gettext_lazy("Why is it no reason to act?"))


class WhatChangedForm(forms.Form):
    prefix = "changed"
    text = forms.CharField(
        label=gettext_lazy("What changed it?"), max_length=4000, widget=lines(3),
        help_text=gettext_lazy("Whoever works on this KPI again, or searches, will read it."),
    )  # fmt: skip


class GraduateForm(forms.Form):
    """How a key result is watched as a KPI. Where its number is a KPI already, nothing of this is asked."""

    prefix = "graduate"
    target = FigureField(label=gettext_lazy("Target"))
    reason = words(gettext_lazy("What is it watched for?"), required=False)
    response_plan = words(gettext_lazy("What is done when it goes off?"), 3, required=False)


def person(key: str | None) -> Person | None:
    return Person.objects.filter(key=key).first() if key else None
