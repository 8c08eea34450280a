"""Adding a KPI, changing what is said about it, and changing how it is measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sextant.calc.periods import spoken
from sextant.core.access import can, find, require, visible
from sextant.core.actors import Actor
from sextant.core.errors import NotAllowed, Problem, Refused, refuse
from sextant.core.writing import writing
from sextant.kpis.commands import change_kpi, create_kpi, set_target, watch_metric
from sextant.kpis.models import Kpi
from sextant.metrics.commands import change_definition, change_metric
from sextant.metrics.models import FREQUENCY_CHOICES, Definition, Metric
from sextant.metrics.queries.formula_check import FormulaLook, formula_in_words, look_at
from sextant.metrics.queries.formula_sight import hidden_inputs, without_hidden
from sextant.metrics.queries.standpoint import standpoint
from sextant.web.form_fields import UNIT_WORDS, known_metrics
from sextant.web.kpi_forms import (
    KPI_FIELDS,
    METRIC_FIELDS,
    ChangeKpiForm,
    ChangeMetricForm,
    DefinitionForm,
    MeasureForm,
    NewKpiForm,
    of_kpi,
    of_metric,
)
from sextant.web.kpi_subject import Subject, found, kpi_asked_for
from sextant.web.kpi_values import period_from, record_lines, recorded_words
from sextant.web.kpi_words import address, hour_words, linked, said
from sextant.web.proposal_hint import proposal_hint
from sextant.web.requests import PageRequest, carry_out, say, status_of

# What the chart of pasted data hands over to a new KPI.
CARRIED = ("values", "frequency", "unit", "direction", "target", "name")


@require_http_methods(["GET", "POST"])
def kpi_new(request: PageRequest) -> HttpResponse:
    """A KPI of one's own; the library and the import are offered beside it."""
    actor = request.actor
    _require_some_team(actor)
    carried = request.method == "POST" and request.GET.get("from") == "scratch"
    source = request.POST if carried else request.GET
    initial = {name: source[name] for name in CARRIED if source.get(name)} | {"team": request.GET.get("team", "")}
    initial["owner"] = actor.key
    posted = request.POST if request.method == "POST" and not carried else None
    form = NewKpiForm(posted, actor=actor, initial=initial)
    if posted is not None and form.is_valid():
        made = carry_out(form, lambda: _create(actor, form.cleaned_data))
        if made is not None:
            return redirect(_told_and_filled(request, made, form.cleaned_data))
    context = {
        "form": form, "library_url": address("library"), "imports_url": address("imports"),
        "known_metrics": known_metrics(actor), "list_url": address("kpis"), "carried": bool(initial.get("values")),
    }  # fmt: skip
    return render(request, "kpis/new.html", context, status=status_of(form))


def _require_some_team(actor: Actor) -> None:
    if not actor.may_write or not actor.has_role(None, "contributor"):
        raise NotAllowed(Problem("not-allowed", _("Adding KPIs needs the role of a contributor in a team.")))


def _create(actor: Actor, asked: Mapping[str, Any]) -> Kpi:
    """The draft with its first target; both or neither."""
    fields = {
        name: asked[name] for name in (*METRIC_FIELDS, *KPI_FIELDS) if name in asked and name not in ("name", "team")
    }
    words = {name: asked[name] for name in ("description", "how_measured", "formula")}
    with writing():
        kpi = create_kpi(actor, name=asked["name"], team=asked["team"], viewers=asked["viewers"], **fields, **words)
        if asked["target"] is not None or asked["red_flag"] is not None:
            if not can("kpi", actor, "change", kpi):
                message = _("Only its owner or a lead sets a target. Leave it empty, or name yourself as the owner.")
                raise refuse("not-allowed", message, "target")
            set_target(actor, kpi, target=asked["target"], red_flag=asked["red_flag"])
    return kpi


def _told_and_filled(request: PageRequest, kpi: Kpi, asked: Mapping[str, Any]) -> str:
    """Record the values that came along, say what became of them, and give the address to go on with."""
    say(request, _("%(name)s is added as a draft.") % {"name": kpi.name})
    if asked["values"].strip():
        recorded, problems = record_lines(request.actor, kpi.metric, asked["values"])
        say(request, recorded_words(recorded))
        for problem in problems[:5]:
            say(request, problem)
    return reverse("kpi", args=[kpi.key])


@require_http_methods(["GET", "POST"])
def kpi_change(request: PageRequest, key: str) -> HttpResponse:
    """What is said about the KPI. Only fields that differ are changed, on the version the person saw."""
    subject = kpi_asked_for(request, key)
    if subject.as_of is not None and request.method == "GET":
        return redirect(subject.url())
    subject.require("change")
    initial = of_kpi(subject.kpi)
    form = ChangeKpiForm(request.POST or None, actor=request.actor, kpi=subject.kpi, initial=initial)
    _leave_out_hidden(form, request.actor, subject.metric)
    if request.method == "POST" and form.is_valid():
        changes = _changes(subject.kpi, form)
        version = form.cleaned_data["version"]
        done = carry_out(form, lambda: change_kpi(request.actor, subject.kpi, version=version, **changes))
        if done is not None:
            say(request, _("Saved."))
            return redirect(subject.url())
    context = subject.frame("edit") | {
        "form": form, "known_metrics": known_metrics(request.actor), "propose": proposal_hint(subject),
    }  # fmt: skip
    return render(request, "kpis/edit.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def metric_change(request: PageRequest, key: str) -> HttpResponse:
    """What is said about a metric nobody watches; that of a KPI is changed on the KPI."""
    subject = found(request, "metric", key)
    if subject.is_watched or (subject.as_of is not None and request.method == "GET"):
        return redirect(subject.url("edit") if subject.is_watched else subject.url())
    subject.require("change")
    metric = subject.metric
    form = ChangeMetricForm(request.POST or None, actor=request.actor, metric=metric, initial=of_metric(metric))
    _leave_out_hidden(form, request.actor, metric)
    if request.method == "POST" and form.is_valid():
        changes = _metric_changes(metric, form)
        version = form.cleaned_data["version"]
        done = carry_out(form, lambda: change_metric(request.actor, metric, version=version, **changes))
        if done is not None:
            say(request, _("Saved."))
            return redirect(subject.url())
    context = subject.frame("edit") | {"form": form, "known_metrics": known_metrics(request.actor)}
    return render(request, "metrics/edit.html", context, status=status_of(form))


def _leave_out_hidden(form: MeasureForm, actor: Actor, metric: Metric) -> None:
    """Parts of a ratio that the person may not see stay as they are, unnamed."""
    for name in ("numerator", "denominator"):
        part = getattr(metric, f"{name}_id")
        if part is not None and not visible("metric", actor).filter(pk=part).exists():
            form.initial[name], form.fields[name].disabled = None, True
            form.fields[name].help_text = _("A metric not visible to you.")


def _changes(kpi: Kpi, form: ChangeKpiForm) -> dict[str, Any]:
    """The values that differ from what the form showed, and those confirmed."""
    asked = form.cleaned_data
    confirmed = set(kpi.assumed) if asked.get("confirm") else set()
    own = {name: asked[name] for name in KPI_FIELDS if name in asked and asked[name] != getattr(kpi, name)}
    return own | _metric_changes(kpi.metric, form, confirmed)


def _metric_changes(metric: Metric, form: MeasureForm, confirmed: Collection[str] = ()) -> dict[str, Any]:
    asked = form.cleaned_data
    names = [name for name in METRIC_FIELDS if name in asked and not form.fields[name].disabled]
    changes = {name: asked[name] for name in names if name in confirmed or asked[name] != getattr(metric, name)}
    if {one.pk for one in asked["viewers"]} != set(metric.viewers.values_list("pk", flat=True)):
        changes["viewers"] = asked["viewers"]
    return changes


@require_http_methods(["GET", "POST"])
def definition(request: PageRequest, kind: str, key: str) -> HttpResponseBase:
    """How it is measured, with every version; a new wording or a new version for those who may."""
    subject = found(request, kind, key)
    if kind == "metric" and subject.is_watched and request.method == "GET":
        return redirect(subject.url("definition"))
    current = subject.standing.definition
    own = subject.metric.definitions.filter(superseded_at=None).order_by("number").last()
    assert own is not None
    initial = {
        "version": own.number, "description": own.description, "how_measured": own.how_measured,
        "formula": without_hidden(own.formula, hidden_inputs(request.actor, [own.formula])),
    }  # fmt: skip
    form = DefinitionForm(request.POST or None, initial=initial)
    if request.method == "POST":
        _require_metric(subject)
        if form.is_valid():
            done = carry_out(form, lambda: _change_definition(request.actor, subject, form.cleaned_data))
            if done is not None:
                say(request, _("The definition is saved."))
                return redirect(subject.url())
    words, named = formula_in_words(subject.actor, subject.metric, current.formula if current else "")
    context = subject.frame("definition") | {
        "form": form if subject.may["change"] else None,
        "versions": [_version(subject, one) for one in reversed(subject.standing.versions)],
        "formula": linked(words, named),
        "known_metrics": known_metrics(request.actor),
        "has_values": subject.metric.measurements.exists(),
        "is_ratio": subject.metric.numerator_id is not None,
        "propose": proposal_hint(subject),
    }
    return render(request, "kpis/definition.html", context, status=status_of(form))


def _require_metric(subject: Subject) -> None:
    subject.require("change")
    require("metric", subject.actor, "change", subject.metric)


def _change_definition(actor: Actor, subject: Subject, asked: Mapping[str, Any]) -> Definition:
    is_correction = asked["kind"] == "correction"
    valid_from = None
    if not is_correction:
        if not asked["valid_from"]:
            raise refuse("period-missing", _("Say from which period on the new version holds."), "valid_from")
        valid_from = period_from(asked["valid_from"], subject.metric, field="valid_from").start
    return change_definition(
        actor, subject.metric, number=asked["version"], description=asked["description"],
        how_measured=asked["how_measured"], formula=asked["formula"], reason=asked["reason"], valid_from=valid_from,
        is_correction=is_correction,
    )  # fmt: skip


def _version(subject: Subject, one: Definition) -> dict[str, object]:
    """A version as the page tells it; a formula only in words, with hidden inputs left unnamed."""
    words, named = formula_in_words(subject.actor, subject.metric, one.formula) if one.formula else ("", ())
    since = _("since the beginning")
    if one.valid_from is not None:
        since = _("from %(day)s") % {"day": hour_words(one.valid_from)}
    return {
        "number": one.number, "since": since, "author": one.author, "known_at": one.known_at, "reason": one.reason,
        "description": one.description, "how_measured": one.how_measured, "formula_words": linked(words, named),
    }  # fmt: skip


@require_POST
def formula_check(request: PageRequest) -> HttpResponse:
    """A formula in words, with its unit and newest results, before it is saved. Fields: formula, key, frequency."""
    text = request.POST.get("formula", "").strip()
    key = request.POST.get("key", "")
    metric: Metric | None = find("metric", request.actor, key) if key else None
    asked = request.POST.get("frequency", "")
    frequency = metric.frequency if metric else asked if asked in dict(FREQUENCY_CHOICES) else "month"
    if not text:
        return render(request, "kpis/_formula_look.html", {"look": None, "problems": []})
    try:
        look = look_at(request.actor, text, metric=metric, frequency=frequency, point=standpoint())
    except Refused as refusal:
        context: dict[str, Any] = {"look": None, "problems": [problem.message for problem in refusal.problems]}
        return render(request, "kpis/_formula_look.html", context, status=200)
    unit = metric.unit if metric else request.POST.get("unit", "") or look.unit
    context = {"look": look, "words": linked(look.words, look.inputs), "rows": _look_rows(look, unit), "problems": []}
    context["unit_word"] = str(UNIT_WORDS.get(look.unit, look.unit)).partition(" (")[0]
    context["unit_differs"] = bool(metric and look.unit and look.unit != metric.unit)
    return render(request, "kpis/_formula_look.html", context)


def _look_rows(look: FormulaLook, unit: str) -> list[tuple[str, str, str]]:
    shown = Metric(unit=unit or look.unit or "number")
    words = {
        "divided-by-zero": _("divided by zero"), "overflow": _("too large"),
        "not-a-real-number": _("root of a negative number"), "too-few-periods": _("too few periods before"),
    }  # fmt: skip
    return [
        (
            spoken(one.period, look.series.calendar),
            said(one.value, shown),
            words.get(one.reason, _("no value of an input") if one.reason.startswith("missing-input") else one.reason),
        )
        for one in reversed(look.results)
    ]


@require_POST
def watching(request: PageRequest, key: str) -> HttpResponse:
    """Watch a metric: it becomes a draft KPI on the same series; no value is copied."""
    subject = found(request, "metric", key)
    if subject.as_of is not None:
        subject.require("record")
    metric = visible("metric", request.actor).select_related("team").get(pk=subject.metric.pk)
    kpi = watch_metric(request.actor, metric)
    say(request, _("%(name)s is a KPI now, as a draft.") % {"name": kpi.name})
    return redirect("kpi", kpi.key)
