"""Adding key results to an objective, one by one or as pasted lines; changing their words and their figures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from sextant.core.access import visible
from sextant.core.actors import Actor
from sextant.okrs.commands.drafting import add_key_results
from sextant.okrs.commands.key_results import change_key_result, create_key_result
from sextant.okrs.commands.terms import set_terms
from sextant.okrs.models import EVERY_CHOICES, IN_FORCE, READING_CHOICES, KeyResult
from sextant.people.models import Person
from sextant.web.form_fields import MetricField, days, known_metrics, lines, person_choices
from sextant.web.key_result_forms import (
    KINDS,
    STEP_FORM,
    ChangeFiguresForm,
    KeyResultForm,
    of_terms,
    read_steps,
    step_lines,
)
from sextant.web.key_result_view import relative_words
from sextant.web.objective_subject import key_result_asked_for, objective_asked_for
from sextant.web.okr_forms import differing
from sextant.web.pasted_key_results import rows_of
from sextant.web.requests import PageRequest, carry_out, say, status_of

FIELDS = ("title", "kind", "metric", "guard", "reading", "owner", "starts_on", "due_on", "check_in_every", "note")


class PasteForm(forms.Form):
    pasted = forms.CharField(
        label=gettext_lazy("Key results, one per line"),
        widget=lines(8, placeholder="Waiting time | 60 | 20\nSatisfaction from 7.1 to 8.5"),
        help_text=gettext_lazy("A title, and if there are, baseline and target after a bar or tab."),
    )


class ChangeKeyResultForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Key result"), max_length=500, widget=lines(2))
    kind = forms.ChoiceField(label=gettext_lazy("It is"), choices=KINDS)
    metric = MetricField(
        label=gettext_lazy("Measured by"), help_text=gettext_lazy("Name or key of a KPI or metric that is there.")
    )
    reading = forms.ChoiceField(label=gettext_lazy("What counts"), choices=READING_CHOICES)
    guard = MetricField(label=gettext_lazy("Guard: what must not get worse"))
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    contributors = forms.MultipleChoiceField(
        label=gettext_lazy("These people contribute"), required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )
    check_in_every = forms.ChoiceField(label=gettext_lazy("Check in"), choices=EVERY_CHOICES)
    starts_on = days(label=gettext_lazy("Starts"), help_text=gettext_lazy("Empty: with the cycle."))
    due_on = days(label=gettext_lazy("Due"), help_text=gettext_lazy("Empty: the end of the cycle."))
    steps = forms.CharField(label=gettext_lazy("Steps"), required=False, widget=lines(4), help_text=STEP_FORM)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=lines(2))

    def __init__(self, *args: Any, actor: Actor, key_result: KeyResult, **options: Any) -> None:
        super().__init__(*args, **options)
        own = person_choices(key_result.owner)
        self.fields["owner"].choices = [("", _("Nobody yet")), *own]  # type: ignore[attr-defined]
        self.fields["contributors"].choices = own  # type: ignore[attr-defined]
        for name in ("metric", "guard"):
            self.fields[name].actor = actor  # type: ignore[attr-defined]
            held = getattr(key_result, name)
            if held is not None and not visible("metric", actor).filter(pk=held.pk).exists():
                self.initial[name], self.fields[name].disabled = None, True
                self.fields[name].help_text = _("A metric not visible to you.")
        if key_result.kind not in ("milestones", "yes_no"):
            del self.fields["steps"]
        else:
            for name in ("metric", "reading"):
                del self.fields[name]

    def clean_steps(self) -> list[dict[str, Any]]:
        return read_steps(self.cleaned_data["steps"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["owner"] = Person.objects.filter(key=given["owner"]).first() if given.get("owner") else None
        given["contributors"] = list(Person.objects.filter(key__in=given.get("contributors") or []))
        return given


@require_http_methods(["GET", "POST"])
def new(request: PageRequest, key: str) -> HttpResponse:
    """One key result, or many as pasted lines (`do=paste`); all lines or none."""
    subject = objective_asked_for(request, key)
    subject.require("change")
    is_paste = request.method == "POST" and request.POST.get("do") == "paste"
    initial = {"weight": 1.0, "title": request.GET.get("title", ""), "metric": request.GET.get("metric", "")}
    form = KeyResultForm(request.POST if request.method == "POST" and not is_paste else None, actor=request.actor,
                         initial=initial)  # fmt: skip
    form.fields["title"].required = True
    pasted = PasteForm(request.POST if is_paste else None)
    shown: forms.Form = pasted if is_paste else form
    if request.method == "POST" and shown.is_valid():
        if is_paste:
            rows = rows_of(pasted.cleaned_data["pasted"])
            made = carry_out(pasted, lambda: add_key_results(request.actor, subject.objective, rows))
            count = len(made) if made is not None else None
        else:
            one = carry_out(form, lambda: create_key_result(request.actor, subject.objective, **form.arguments()))
            count = 1 if one is not None else None
        if count is not None:
            say(request, ngettext("%(n)s key result is added.", "%(n)s key results are added.", count) % {"n": count})
            return redirect(f"{subject.url()}#key-results")
    context = subject.frame() | {
        "form": form, "paste_form": pasted, "known_metrics": known_metrics(request.actor),
    }  # fmt: skip
    return render(request, "key_results/new.html", context, status=status_of(shown))


@require_http_methods(["GET", "POST"])
def edit(request: PageRequest, key: str) -> HttpResponse:
    """What is said of it, its figures apart, on the version the person saw."""
    subject = key_result_asked_for(request, key)
    subject.require("change")
    row = subject.key_result
    initial: dict[str, Any] = {name: getattr(row, name) for name in FIELDS} | {
        "version": row.version, "owner": row.owner.key if row.owner else "", "steps": step_lines(row),
        "contributors": list(row.contributors.values_list("key", flat=True)),
    }  # fmt: skip
    form = ChangeKeyResultForm(request.POST or None, actor=request.actor, key_result=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: _change(request.actor, row, form))
        if done is not None:
            say(request, _("Saved."))
            return redirect(subject.url())
    context = subject.frame() | {"form": form, "known_metrics": known_metrics(request.actor)}
    return render(request, "key_results/edit.html", context, status=status_of(form))


def _change(actor: Actor, row: KeyResult, form: ChangeKeyResultForm) -> KeyResult:
    asked = form.cleaned_data
    changes = differing(asked, row, [name for name in FIELDS if name in asked and not form.fields[name].disabled])
    if {one.pk for one in asked["contributors"]} != set(row.contributors.values_list("pk", flat=True)):
        changes["contributors"] = asked["contributors"]
    if "steps" in asked and "steps" in form.changed_data:
        changes["milestones"] = asked["steps"]
    return change_key_result(actor, row, version=asked["version"], **changes)


@require_http_methods(["GET", "POST"])
def figures(request: PageRequest, key: str) -> HttpResponse:
    """Baseline, target, bounds and weight; once it runs, with a reason, and the former ones stay on the chart."""
    subject = key_result_asked_for(request, key)
    subject.require("change")
    row = subject.key_result
    newest = row.terms.filter(superseded_at=None).order_by(*IN_FORCE).last()
    form = ChangeFiguresForm(request.POST or None, initial=of_terms(newest))
    runs = row.published_at is not None and row.objective.state == "active"
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        done = carry_out(
            form,
            lambda: set_terms(
                request.actor, row, reason=asked["reason"], valid_from=asked["valid_from"], **form.figures()
            ),
        )
        if done is not None:
            say(request, _("The figures are set. What held before stays in the history."))
            return redirect(subject.url())
    each = subject.standing
    context = subject.frame() | {
        "form": form, "runs": runs, "standing": each, "relative": relative_words(each) if each is not None else "",
        "guardrail_url": reverse("key_result_edit", args=[key]),
    }  # fmt: skip
    return render(request, "key_results/figures.html", context, status=status_of(form))


urlpatterns = [
    path("objectives/<str:key>/key-results/new", new, name="key_result_new"),
    path("key-results/<str:key>/edit", edit, name="key_result_edit"),
    path("key-results/<str:key>/figures", figures, name="key_result_figures"),
]
