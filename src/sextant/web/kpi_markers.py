"""Notes on a KPI's chart, and what is being done about it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sextant.calc.effects import Band, Effect
from sextant.calc.periods import period_at, spoken
from sextant.core.errors import refuse
from sextant.kpis.commands import clear_action, note_action
from sextant.kpis.models import ActionNote
from sextant.metrics.commands import add_marker, remove_marker
from sextant.metrics.effect_sentences import effect_sentence, verdict_words
from sextant.metrics.models import Marker
from sextant.metrics.queries import revisions
from sextant.metrics.queries.marker_effects import marker_effects
from sextant.web.kpi_forms import ActionForm, MarkerForm
from sextant.web.kpi_subject import Subject, found, kpi_asked_for
from sextant.web.kpi_values import period_from
from sextant.web.requests import PageRequest, carry_out, say, status_of


@require_http_methods(["GET", "POST"])
def markers(request: PageRequest, kind: str, key: str) -> HttpResponse:
    """What happened, as dated notes that stand on the chart."""
    subject = found(request, kind, key)
    form = MarkerForm(request.POST or None, initial={"period": request.GET.get("period", "")})
    if request.method == "POST":
        subject.require("record")
        if form.is_valid():
            done = carry_out(form, lambda: _add(subject, form.cleaned_data["period"], form.cleaned_data["label"]))
            if done is not None:
                undo = reverse(f"{subject.kind}_marker_removal", args=[subject.key, done.pk])
                say(request, _("The note stands on the chart."), undo=undo)
                return redirect(subject.url("markers"))
    series = subject.standing.series
    notes = list(reversed(revisions.markers(subject.metric, subject.point)))
    judged = marker_effects(notes, subject.point, _band(subject))
    rows = []
    for one in notes:
        when = spoken(period_at(one.start, series.frequency, series.calendar), series.calendar)
        since = judged.get(one.pk)
        rows.append((one, when, *(_told(subject, since.effect, when) if since is not None else ("", "", ""))))
    changes = [one for one in reversed(subject.standing.versions) if one.number > 1]
    context = subject.frame("markers") | {
        "form": form if subject.may["record"] else None, "rows": rows, "changes": changes,
    }  # fmt: skip
    return render(request, "kpis/markers.html", context, status=status_of(form))


def _band(subject: Subject) -> Band:
    """What counts as good where a number is to stay within a band."""
    target = subject.standing.target
    return (None, None) if target is None else (target.low, target.high)


def _told(subject: Subject, found: Effect, when: str) -> tuple[str, str, str]:
    """The verdict, as people say it, and the whole sentence."""
    metric = subject.metric
    said = effect_sentence(found, when, unit=metric.unit, precision=metric.precision, frequency=metric.frequency)
    return found.verdict, verdict_words(found.verdict), said


def _add(subject: Subject, period: str, label: str) -> Marker:
    start = period_from(period, subject.metric).start
    return add_marker(subject.actor, subject.metric, start=start, label=label)


@require_POST
def removal(request: PageRequest, kind: str, key: str, marker: int) -> HttpResponse:
    subject = found(request, kind, key)
    subject.require("record")
    remove_marker(request.actor, subject.metric, marker)
    undo = reverse(f"{subject.kind}_marker_restoral", args=[subject.key, marker])
    say(request, _("The note is taken off the chart."), undo=undo)
    return redirect(subject.url("markers"))


@require_POST
def restoral(request: PageRequest, kind: str, key: str, marker: int) -> HttpResponse:
    """Put a note back that was taken off."""
    subject = found(request, kind, key)
    subject.require("record")
    former = Marker.objects.filter(metric=subject.metric, pk=marker).exclude(superseded_at=None).first()
    if former is None:
        raise refuse("unknown-marker", _("There is no such note to put back."))
    add_marker(request.actor, subject.metric, start=former.start, label=former.label, kind=former.kind)
    say(request, _("The note is back."))
    return redirect(subject.url("markers"))


@require_http_methods(["GET", "POST"])
def action(request: PageRequest, key: str) -> HttpResponse:
    """What is being done about the KPI, by whom and until when; what was noted before stays in the history."""
    subject = kpi_asked_for(request, key)
    note = ActionNote.objects.filter(kpi=subject.kpi, superseded_at=None).select_related("owner").first()
    initial = {"text": note.text, "owner": note.owner.key if note.owner else "", "due_on": note.due_on} if note else {}
    form = ActionForm(request.POST or None, initial=initial)
    if request.method == "POST":
        subject.require("change")
        if form.is_valid():
            done = carry_out(form, lambda: note_action(request.actor, subject.kpi, **form.cleaned_data))
            if done is not None:
                say(request, _("Noted."))
                return redirect(subject.url())
    earlier = ActionNote.objects.filter(kpi=subject.kpi).select_related("owner").order_by("-known_at")
    if subject.point.known_at is not None:
        earlier = earlier.filter(known_at__lte=subject.point.known_at)
    context = subject.frame("action") | {
        "form": form if subject.may["change"] else None, "note": note, "rows": earlier[:50],
    }  # fmt: skip
    return render(request, "kpis/action.html", context, status=status_of(form))


@require_POST
def clearing(request: PageRequest, key: str) -> HttpResponse:
    """Nothing is being done any more."""
    subject = kpi_asked_for(request, key)
    subject.require("change")
    clear_action(request.actor, subject.kpi)
    say(request, _("Nothing is noted to be done any more."))
    return redirect(subject.url())
